-- percentiles: a row describes the consumers between its place and the next place on either side
-- (docs/method.md, rule 21). A percentile is rounded until enough consumers share the value, a share to
-- the part of all that the fewest subscribers are, so that a share and a percentile near it do not
-- single out those between them.
WITH spot AS (
    SELECT year, service, direction, measure, place,
        if(measure = 'percentile', volume_mb, 1000 * place) AS place_mb
    FROM computed
),
counted AS (
    SELECT spot.year, spot.service, spot.direction, measure, place, any_value(place_mb) AS place_mb,
        count(*) AS consumers,
        count(*) FILTER (week_bytes / 7e6 > place_mb) AS above,
        volumes_beside(week_bytes, place_mb, $minimum_subscribers) AS beside_mb
    FROM consumer_volume
    JOIN spot USING (year, service, direction)
    GROUP BY ALL
),
between_places AS (
    SELECT *,
        coalesce(lag(above) OVER (
            PARTITION BY year, service, direction, measure ORDER BY place
        ), consumers) - above AS subscribers_below,
        above - coalesce(lead(above) OVER (
            PARTITION BY year, service, direction, measure ORDER BY place
        ), 0) AS subscribers_above,
        shared_step(beside_mb, place_mb, $minimum_subscribers) AS step
    FROM counted
)
SELECT year, service, direction, measure, place,
    CASE
        WHEN measure = 'percentile' AND step IS NULL THEN 0
        ELSE least(subscribers_below, subscribers_above)
    END AS least_subscribers,
    step AS volume_mb_step,
    rounding_step(100 * $minimum_subscribers / consumers::DOUBLE) AS share_percent_step
FROM between_places
