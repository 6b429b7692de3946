-- errors: sampling error, population error and 95 % interval of every computed figure of the other
-- tables (docs/method.md, rules 17 and 18). Errors of distributions stand in volume_error, as those
-- of the natural logarithm; those of mode ratios are propagated from there; those of port shares
-- and of parts of growth stand in their tables. What is not given in a table has no row here.
WITH volume AS (
    SELECT 'table-1' AS table_id, 'broadband' AS service, * FROM table_1
    UNION ALL
    SELECT 'table-2', 'mobile', * FROM table_2
),
-- Figures of distributions, and around what their interval lies: of a published mode, which is moved
-- to a grid, around the estimate.
of_distribution AS (
    SELECT table_id, 'mean_mb' AS column_name, year, service, direction,
        NULL::INTEGER AS top_percent, 'mean' AS statistic, mean_mb AS value, mean_mb AS center
    FROM volume
    UNION ALL
    SELECT table_id, 'median_mb', year, service, direction, NULL, 'median', median_mb, median_mb
    FROM volume
    UNION ALL
    SELECT table_id, 'mode_mb', year, service, direction, NULL, 'mode', mode_mb, mode_estimate_mb
    FROM volume
    UNION ALL
    SELECT table_id, 'mode_estimate_mb', year, service, direction, NULL, 'mode',
        mode_estimate_mb, mode_estimate_mb
    FROM volume
    UNION ALL
    SELECT 'concentration', 'share_percent', year, service, direction, top_percent,
        'top_' || top_percent, share_percent, share_percent
    FROM concentration
),
distribution AS (
    SELECT of_distribution.*, sampling_log, standard_log, down_log, up_log, shift_log,
        few_packets_percent, reason
    FROM of_distribution
    JOIN volume_error USING (year, service, direction, statistic)
),
-- A ratio of modes: variances of logarithms add up; the two weeks are taken as independent.
mode_ratio AS (
    SELECT growth.*, later.center / earlier.center AS center,
        sqrt(later.sampling_log ** 2 + earlier.sampling_log ** 2) AS sampling_log,
        sqrt(later.standard_log ** 2 + earlier.standard_log ** 2) AS standard_log,
        sqrt(later.down_log ** 2 + earlier.up_log ** 2) AS down_log,
        sqrt(later.up_log ** 2 + earlier.down_log ** 2) AS up_log,
        later.shift_log - earlier.shift_log AS shift_log, NULL AS few_packets_percent,
        coalesce(later.reason, earlier.reason) AS reason
    FROM growth
    JOIN distribution AS earlier
        ON earlier.column_name = 'mode_mb'
        AND earlier.service = growth.service
        AND earlier.direction = growth.direction
        AND earlier.year::VARCHAR = growth."from"
    JOIN distribution AS later
        ON later.column_name = 'mode_mb'
        AND later.service = growth.service
        AND later.direction = growth.direction
        AND later.year::VARCHAR = growth."to"
    WHERE growth.measure LIKE '%mode_ratio'
),
by_logarithm AS (
    SELECT table_id, column_name, year, service, direction, top_percent, NULL AS measure,
        NULL AS "from", NULL AS "to", value, center,
        sampling_log, standard_log, down_log, up_log, shift_log,
        few_packets_percent, reason
    FROM distribution
    UNION ALL
    SELECT 'growth', 'value', NULL, service, direction, NULL, measure, "from", "to", value, center,
        sampling_log, standard_log, down_log, up_log, shift_log,
        few_packets_percent, reason
    FROM mode_ratio
),
port AS (
    SELECT 'table-3' AS table_id, 'broadband' AS service, year, NULL AS ip_version, level, protocol,
        port, share_percent, error_points
    FROM table_3
    UNION ALL
    SELECT 'table-4', 'mobile', year, NULL, level, protocol, port, share_percent, error_points
    FROM table_4
    UNION ALL
    SELECT 'table-4-by-ip-version', 'mobile', year, ip_version, level, protocol, port,
        share_percent, error_points
    FROM table_4_by_ip_version
),
figure AS (
    SELECT table_id, column_name, year, service, direction, NULL::UTINYINT AS ip_version,
        NULL AS level, NULL AS protocol, NULL AS port, top_percent, measure, NULL AS part, "from", "to",
        value,
        if(reason IS NULL, 1.96 * value * sampling_log, NULL) AS sampling_error,
        -- The spread of estimates holds that by sampling already.
        if(
            reason IS NULL,
            1.96 * value * sqrt(greatest(standard_log ** 2 - sampling_log ** 2, 0)),
            NULL
        ) AS population_error,
        if(reason IS NULL, least(value, center * exp(-greatest(down_log, 1.96 * sampling_log))), NULL)
            AS low,
        -- No share is more than everything.
        if(
            reason IS NULL,
            least(
                greatest(value, center * exp(greatest(up_log, 1.96 * sampling_log))),
                if(table_id = 'concentration', 100, 'infinity'::DOUBLE)
            ),
            NULL
        ) AS high,
        if(reason = 'few_subscribers', NULL, value * (exp(shift_log) - 1)) AS sampling_shift,
        few_packets_percent, reason
    FROM by_logarithm
    UNION ALL
    SELECT table_id, 'share_percent', year, service, NULL, ip_version, level, protocol, port, NULL,
        NULL, NULL, NULL, NULL, share_percent, error_points, NULL,
        if(error_points IS NULL, NULL, greatest(share_percent - error_points, 0)),
        if(error_points IS NULL, NULL, least(share_percent + error_points, 100)), NULL, NULL,
        if(error_points IS NULL, 'few_packets', NULL)
    FROM port
    UNION ALL
    SELECT 'growth', 'value', NULL, service, direction, NULL, NULL, NULL, NULL, NULL, measure, NULL,
        "from", "to", value, 0, NULL, NULL, NULL, NULL, NULL, 'counters'
    FROM growth
    WHERE measure NOT LIKE '%mode_ratio'
    UNION ALL
    SELECT 'growth-parts', 'growth_points', NULL, service, direction, NULL, NULL, NULL, NULL, NULL, NULL,
        part, "from", "to", growth_points, error_points, NULL, growth_points - error_points,
        growth_points + error_points, NULL, NULL, if(error_points IS NULL, 'few_packets', NULL)
    FROM growth_parts
)
SELECT table_id, column_name, year, service, direction, ip_version, level, protocol, port, top_percent,
    measure, part, "from", "to", value, sampling_error, population_error, (high - low) / 2 AS error,
    low, high, sampling_shift, few_packets_percent, reason
FROM figure
WHERE value IS NOT NULL
ORDER BY table_id, year, service, direction, top_percent, measure, part, "from", "to", ip_version,
    level, protocol, port, column_name
