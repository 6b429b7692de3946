-- growth: yearly growth, ratios over the span and per year, mode ratios, shares of IPoE
-- (docs/method.md, rules 9 and 12), from unrounded rates and from modes on their grid. A month
-- below the minimum coverage has no value.
WITH rate AS (
    SELECT month, service, unnest([
        {direction: 'in', rate: in_bytes_per_second, ipoe_rate: ipoe_in_bytes_per_second},
        {direction: 'out', rate: out_bytes_per_second, ipoe_rate: ipoe_out_bytes_per_second}
    ], recursive := true)
    FROM service_month
    WHERE coverage_percent >= $minimum_coverage_percent
),
growth_rate AS (
    SELECT year, strftime(month, '%Y-%m') AS month, service, direction, rate, ipoe_rate
    FROM rate
    JOIN analysis_week
        ON analysis_week.year = date_part('year', month)
        AND date_part('month', month) = $growth_month
    WHERE rate > 0
),
base_rate AS (
    SELECT strftime(month, '%Y-%m') AS month, service, rate
    FROM rate
    WHERE month = $base_month AND direction = 'out' AND rate > 0
),
span AS (
    SELECT min(year) AS first_year, max(year) AS last_year, last_year - first_year AS years
    FROM analysis_week
),
-- Every month of the look back for which the archive has counters.
month_rate AS (
    SELECT strftime(month, '%Y-%m') AS month, service, direction, rate
    FROM rate
    JOIN span
        ON month BETWEEN make_date(first_year, $growth_month, 1)
        AND make_date(last_year, $growth_month, 1)
    WHERE rate > 0
),
span_ratio AS (
    SELECT earlier.service, earlier.direction, earlier.month AS from_month,
        later.month AS to_month, later.rate / earlier.rate AS ratio, years
    FROM span
    JOIN growth_rate AS earlier ON earlier.year = first_year
    JOIN growth_rate AS later
        ON later.year = last_year
        AND later.service = earlier.service
        AND later.direction = earlier.direction
    WHERE years > 0
),
mode_ratio AS (
    SELECT earlier.service, earlier.direction, earlier.year AS from_year, later.year AS to_year,
        later.mode_bytes / earlier.mode_bytes AS ratio
    FROM volume_mode AS earlier
    JOIN volume_mode AS later USING (service, direction)
),
measured AS (
    SELECT 1 AS measure_position, 'yearly_growth_percent' AS measure, service, direction,
        earlier.month AS "from", later.month AS "to",
        100 * (later.rate / earlier.rate - 1) AS value
    FROM growth_rate AS earlier
    JOIN growth_rate AS later USING (service, direction)
    WHERE later.year = earlier.year + 1
    UNION ALL
    SELECT 2, 'ratio_to_base', service, direction, base_rate.month, month_rate.month,
        month_rate.rate / base_rate.rate
    FROM month_rate
    JOIN base_rate USING (service)
    UNION ALL
    SELECT 3, $span || '_year_ratio', service, direction, from_month, to_month, ratio
    FROM span_ratio
    UNION ALL
    SELECT 4, 'annualised_ratio', service, direction, from_month, to_month, ratio ** (1 / years)
    FROM span_ratio
    UNION ALL
    SELECT 5, $span || '_year_mode_ratio', service, direction, from_year::VARCHAR,
        to_year::VARCHAR, ratio
    FROM mode_ratio
    JOIN span ON from_year = first_year AND to_year = last_year
    WHERE years > 0
    UNION ALL
    SELECT 6, 'yearly_mode_ratio', service, direction, from_year::VARCHAR, to_year::VARCHAR, ratio
    FROM mode_ratio
    WHERE to_year = from_year + 1
    UNION ALL
    SELECT 7, 'ipoe_share_percent', service, direction, month, month, 100 * ipoe_rate / rate
    FROM growth_rate
    WHERE ipoe_rate IS NOT NULL
)
SELECT measure, service, direction, "from", "to", value, 'computed' AS status
FROM measured
ORDER BY measure_position, service, "from", "to", direction
