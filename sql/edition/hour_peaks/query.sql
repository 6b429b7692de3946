-- hour-peaks: hours of a weekday that stand out from those around them (docs/method.md, rule 26). The
-- day is a circle: 23:00 is beside 0:00.
WITH hour_rate AS (
    SELECT week, service, direction, hour, coverage_percent,
        rate / max(rate) OVER of_day AS share,
        24 * rate / list_sum(list(rate ORDER BY hour) OVER of_day) AS mean_ratio
    FROM weekday_hour
    WHERE week IN (SELECT week FROM hour_week WHERE figure = 'years')
    WINDOW of_day AS (PARTITION BY week, service, direction)
    QUALIFY count(rate) OVER of_day = 24 AND max(rate) OVER of_day > 0
),
-- Dips are peaks of the rates turned upside down. Of equal hours the earliest counts as the higher;
-- rates that differ in the last digits of a sum only are equal.
height AS (
    SELECT *, row_number() OVER (
            PARTITION BY week, service, direction, kind ORDER BY round(height, 10) DESC, hour
        ) AS place
    FROM (
        SELECT *, unnest(['peak', 'dip']) AS kind, unnest([share, -share]) AS height
        FROM hour_rate
    )
),
-- From each hour, both ways around the clock: the lowest and the highest hour met so far.
way AS (
    SELECT one.week, one.service, one.direction, one.kind, one.hour, one.place, side, distance,
        min(other.height) OVER so_far AS lowest,
        min(other.place) OVER so_far AS highest_place
    FROM height AS one
    CROSS JOIN (SELECT unnest([1, 23]) AS side)
    CROSS JOIN (SELECT unnest(range(1, 24)) AS distance)
    JOIN height AS other
        ON other.week = one.week
        AND other.service = one.service
        AND other.direction = one.direction
        AND other.kind = one.kind
        AND other.hour = (one.hour + side * distance) % 24
    WINDOW so_far AS (
        PARTITION BY one.week, one.service, one.direction, one.kind, one.hour, side ORDER BY distance
    )
),
-- The lowest hour on the way to a higher one; around the whole clock if there is none.
saddle AS (
    SELECT week, service, direction, kind, hour, side,
        coalesce(
            max(lowest) FILTER (highest_place < place), min(lowest)
        ) AS height
    FROM way
    GROUP BY week, service, direction, kind, hour, side
),
prominence AS (
    SELECT height.week, height.service, height.direction, height.kind, height.hour, mean_ratio,
        coverage_percent, 100 * (any_value(height.height) - max(saddle.height)) AS prominence_percent
    FROM height
    JOIN saddle
        ON saddle.week = height.week
        AND saddle.service = height.service
        AND saddle.direction = height.direction
        AND saddle.kind = height.kind
        AND saddle.hour = height.hour
    GROUP BY height.week, height.service, height.direction, height.kind, height.hour, mean_ratio,
        coverage_percent
)
SELECT week, service, direction, kind, hour, mean_ratio, prominence_percent, coverage_percent,
    'computed' AS status
FROM prominence
-- A withheld row would still name its hour, so weeks about few subscribers have no rows.
LEFT JOIN week_subscribers USING (week, service)
-- Rounded, or a peak of exactly 5 % could be missed.
WHERE round(prominence_percent, 9) >= 5
    AND ($minimum_subscribers = 1 OR subscribers >= $minimum_subscribers)
ORDER BY service, direction, kind DESC, hour, week
