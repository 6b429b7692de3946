-- What the distributions reveal about few subscribers, by year, service and direction, and the
-- rounding steps of their figures that prevent it (docs/method.md, rule 21).
WITH measured AS (
    SELECT year, service, direction, count(*) AS subscribers, sum(week_bytes) AS total_bytes,
        max(week_bytes, $minimum_subscribers) AS heaviest_bytes,
        median(week_bytes) / 7e6 AS median_mb
    FROM consumer_volume
    GROUP BY ALL
),
-- Figures that are a position in the distribution, and the consumers next to it on either side.
place AS (
    SELECT year, service, direction, unnest([
        {figure: 'median', place_mb: median_mb},
        {figure: 'mode_estimate', place_mb: estimate_bytes / 1e6}
    ], recursive := true)
    FROM measured
    JOIN volume_mode USING (year, service, direction)
),
beside AS (
    SELECT year, service, direction, figure, place_mb,
        volumes_beside(week_bytes, place_mb, $minimum_subscribers) AS beside_mb
    FROM consumer_volume
    JOIN place USING (year, service, direction)
    GROUP BY ALL
),
shared AS (
    SELECT year, service, direction, figure,
        shared_step(beside_mb, place_mb, $minimum_subscribers) AS step
    FROM beside
),
shared_step AS (
    SELECT year, service, direction,
        any_value(step) FILTER (figure = 'median') AS median_mb_step,
        any_value(step) FILTER (figure = 'mode_estimate') AS mode_estimate_mb_step
    FROM shared
    GROUP BY ALL
),
-- The bins around the mode: four to either side, twice the smoothing.
hill AS (
    SELECT year, service, direction, sum(histogram.subscribers) AS subscribers
    FROM volume_histogram AS histogram
    JOIN volume_mode USING (year, service, direction)
    WHERE abs(bin - $bins_per_decade * log10(mode_bytes)) < 4.5
    GROUP BY ALL
)
SELECT measured.year, measured.service, measured.direction,
    measured.subscribers,
    total_bytes,
    heaviest_bytes[1] AS heaviest_one_bytes,
    coalesce(heaviest_bytes[2], 0) AS heaviest_two_bytes,
    (list_sum(heaviest_bytes) / $minimum_subscribers)::DOUBLE AS heaviest_mean_bytes,
    CASE
        WHEN outweighs(total_bytes, heaviest_bytes, $minimum_subscribers) THEN 1
        WHEN median_mb_step IS NULL OR mode_estimate_mb_step IS NULL THEN 0
        ELSE least(measured.subscribers, coalesce(hill.subscribers, 0))
    END::BIGINT AS least_subscribers,
    rounding_step(heaviest_mean_bytes / (measured.subscribers * 7e6)) AS mean_mb_step,
    median_mb_step,
    mode_estimate_mb_step
FROM measured
LEFT JOIN shared_step USING (year, service, direction)
LEFT JOIN hill USING (year, service, direction)
ORDER BY year, service, direction
