-- Errors of growth: ratios of modes have those of the two modes, whose weeks are treated as
-- independent, so that variances of logarithms add up (docs/method.md, rule 18). Counters count
-- everything, and how much they miss is unknown.
WITH mode AS (
    SELECT year::VARCHAR AS year, service, direction, center, sampling_log, standard_log, down_log,
        up_log, shift_log, reason
    FROM volume_figure
    JOIN volume_error USING (year, service, direction, statistic)
    WHERE column_name = 'mode_mb'
)
SELECT measure, growth.service, growth.direction, "from", "to", 'value' AS column_name, value,
    later.center / earlier.center AS center,
    sqrt(later.sampling_log ** 2 + earlier.sampling_log ** 2) AS sampling_log,
    sqrt(later.standard_log ** 2 + earlier.standard_log ** 2) AS standard_log,
    sqrt(later.down_log ** 2 + earlier.up_log ** 2) AS down_log,
    sqrt(later.up_log ** 2 + earlier.down_log ** 2) AS up_log,
    later.shift_log - earlier.shift_log AS shift_log,
    coalesce(later.reason, earlier.reason) AS reason
FROM growth
JOIN mode AS earlier
    ON earlier.service = growth.service
    AND earlier.direction = growth.direction
    AND earlier.year = growth."from"
JOIN mode AS later
    ON later.service = growth.service
    AND later.direction = growth.direction
    AND later.year = growth."to"
WHERE measure LIKE '%mode_ratio'
UNION ALL
SELECT measure, service, direction, "from", "to", 'value', value, NULL, NULL, NULL, NULL, NULL, NULL,
    'counters'
FROM growth
WHERE measure NOT LIKE '%mode_ratio'
