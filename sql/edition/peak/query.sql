-- peak: the busy hour of an analysis week and its ratio to the mean rate of the week (docs/method.md,
-- rule 10).
WITH of_year AS (
    SELECT year, service, access, direction, day_type, hour, rate, coverage_percent
    FROM access_rate
    JOIN analysis_week USING (week)
),
hour_rate AS (
    SELECT year, service, access, direction, day_type, hour, rate,
        max(rate) OVER (PARTITION BY year, service, access, direction, day_type) AS top_rate
    FROM of_year
    WHERE hour IS NOT NULL
),
-- Rates that differ in the last digit of a sum only are equal.
busy AS (
    SELECT year, service, access, direction, day_type, any_value(top_rate) AS top_rate,
        min(hour) FILTER (rate >= (1 - 1e-12) * top_rate) AS busy_hour,
        count(rate) AS hours
    FROM hour_rate
    GROUP BY ALL
),
coverage AS (
    SELECT year, service, access, direction, day_type, coverage_percent
    FROM of_year
    WHERE day_type IS NOT NULL AND hour IS NULL
),
week_rate AS (
    SELECT year, service, access, direction, nullif(rate, 0) AS rate
    FROM of_year
    WHERE day_type IS NULL
),
-- The subscribers behind the rates, and the volume of the heaviest of them, of all segments.
snapshot AS (
    SELECT year, service, access, sum(subscribers) AS subscribers,
        min(subscribers) FILTER (subscribers > 0) AS smallest_segment
    FROM subscriber_snapshot
    JOIN analysis_week USING (week)
    WHERE $publish_totals
    GROUP BY ALL
    HAVING sum(subscribers) > 0
),
subscriber_volume AS (
    SELECT year, service, access, subscriber, sum(in_bytes)::BIGINT AS in_bytes,
        sum(out_bytes)::BIGINT AS out_bytes
    FROM subscriber_day
    JOIN analysis_week USING (week)
    WHERE $publish_totals
    GROUP BY ALL
),
heaviest AS (
    SELECT year, service, access, unnest([
        {direction: 'in', total_bytes: sum(in_bytes),
            heaviest_bytes: max(in_bytes, $minimum_subscribers)},
        {direction: 'out', total_bytes: sum(out_bytes),
            heaviest_bytes: max(out_bytes, $minimum_subscribers)}
    ], recursive := true)
    FROM subscriber_volume
    GROUP BY year, service, access
),
-- The mean of the week in kbit/s, and the contribution of one of the heaviest to it.
per_subscriber AS (
    SELECT year, service, access, direction, smallest_segment, total_bytes, heaviest_bytes,
        0.008::DOUBLE * rate / subscribers::DOUBLE AS mean,
        rounding_step(nullif(
            0.008::DOUBLE * list_sum(heaviest_bytes)::DOUBLE
            / ($minimum_subscribers * 604800 * subscribers)::DOUBLE, 0
        )) AS step
    FROM week_rate
    JOIN snapshot USING (year, service, access)
    LEFT JOIN heaviest USING (year, service, access, direction)
),
-- The mean is rounded once, so that several busy hours, with their ratios, cannot be compared to
-- narrow it down. It is not given if it, or its difference from the consumers' published total,
-- describes few subscribers of a segment (docs/method.md, rule 21).
given AS (
    SELECT year, service, access, direction,
        CASE
            WHEN $minimum_subscribers = 1 THEN mean
            WHEN smallest_segment < $minimum_subscribers THEN NULL
            WHEN outweighs(total_bytes, heaviest_bytes, $minimum_subscribers) THEN NULL
            -- A step under 1 is 1 / n with whole n; dividing by n adds no error.
            WHEN step < 1 THEN nullif(floor(mean / step + 0.5), 0) / round(1 / step)
            ELSE nullif(floor(mean / step + 0.5), 0) * step
        END AS mean
    FROM per_subscriber
)
SELECT year, service, access, direction, day_type,
    if(rate IS NULL, NULL, busy_hour)::INTEGER AS busy_hour,
    top_rate / rate AS peak_ratio,
    top_rate / rate * given.mean AS kbit_per_second_per_subscriber,
    coalesce(hours, 0) AS hours,
    coalesce(coverage_percent, 0) AS coverage_percent,
    'computed' AS status
FROM week_rate
CROSS JOIN (SELECT unnest(['weekday', 'weekend']) AS day_type)
LEFT JOIN busy USING (year, service, access, direction, day_type)
LEFT JOIN coverage USING (year, service, access, direction, day_type)
LEFT JOIN given USING (year, service, access, direction)
ORDER BY service, access DESC, year, day_type, direction
