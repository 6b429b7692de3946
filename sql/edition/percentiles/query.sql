-- percentiles: the daily volume at each percentile that the settings ask for, and the share of consumers
-- above each threshold (docs/method.md, rule 24).
WITH ranked AS (
    SELECT year, service, direction, week_bytes,
        row_number() OVER (PARTITION BY year, service, direction ORDER BY week_bytes) - 1 AS position,
        count(*) OVER (PARTITION BY year, service, direction) AS consumers
    FROM consumer_volume
),
-- Of the two consumers next to a percentile, each counts the more the nearer it is.
percentile AS (
    SELECT year, service, direction, measure, place,
        sum(week_bytes * (1 - abs(position - place / 100 * (consumers - 1)))) / 7e6 AS volume_mb,
        NULL AS share_percent
    FROM ranked
    JOIN volume_place ON measure = 'percentile' AND abs(position - place / 100 * (consumers - 1)) < 1
    GROUP BY ALL
),
share_above AS (
    SELECT year, service, direction, measure, place, NULL,
        100 * count(*) FILTER (week_bytes > place * 7e9)::DOUBLE / count(*)::DOUBLE
    FROM consumer_volume
    JOIN volume_place ON measure = 'share_above'
    GROUP BY ALL
),
figure AS (
    SELECT * FROM percentile
    UNION ALL
    SELECT * FROM share_above
),
about AS (
    SELECT year, service, direction, any_value(population) AS population,
        min(coverage_percent) AS coverage_percent
    FROM consumer_volume
    GROUP BY ALL
)
SELECT year, service, direction, measure, place, volume_mb, share_percent, population,
    coverage_percent, 'computed' AS status
FROM figure
JOIN about USING (year, service, direction)
ORDER BY year, service, direction, measure, place
