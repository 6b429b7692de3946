-- figure-1: mean rate of each month of the look back, divided by the OUT rate of the service in the
-- base month (docs/method.md, rule 9). Every month has a row for each service and, where there are
-- two, each access of broadband; without a rate its ratio is empty.
WITH drawn AS (
    SELECT unnest(
        generate_series($first_month::DATE, $last_month::DATE, INTERVAL 1 MONTH)
    )::DATE AS month
),
rate AS (
    SELECT month, service, unnest([
        {access: 'all', coverage_percent: coverage_percent,
            in_rate: in_bytes_per_second, out_rate: out_bytes_per_second},
        {access: 'pppoe', coverage_percent: pppoe_coverage_percent,
            in_rate: pppoe_in_bytes_per_second, out_rate: pppoe_out_bytes_per_second},
        {access: 'ipoe', coverage_percent: ipoe_coverage_percent,
            in_rate: ipoe_in_bytes_per_second, out_rate: ipoe_out_bytes_per_second}
    ], recursive := true)
    FROM service_month
),
-- An access that was ever measured; if it is alone in its service, it is the whole service.
line AS (
    SELECT service, access
    FROM rate
    GROUP BY service, access
    HAVING count(coverage_percent) > 0
    QUALIFY access = 'all' OR count(*) OVER (PARTITION BY service) > 2
),
base AS (
    SELECT service, out_rate AS base_rate
    FROM rate
    WHERE month = $base_month AND access = 'all' AND out_rate > 0
        AND coverage_percent >= $minimum_coverage_percent
),
drawn_rate AS (
    SELECT service, access, month, coalesce(coverage_percent, 0) AS coverage_percent, unnest([
        {direction: 'in', rate: in_rate},
        {direction: 'out', rate: out_rate}
    ], recursive := true)
    FROM line
    CROSS JOIN drawn
    LEFT JOIN rate USING (service, access, month)
)
SELECT service, access, direction, month, $base_month::DATE AS base_month,
    CASE WHEN coverage_percent >= $minimum_coverage_percent THEN rate / base_rate END
        AS ratio_to_base,
    coverage_percent, 'computed' AS status
FROM drawn_rate
LEFT JOIN base USING (service)
ORDER BY service, list_position(['all', 'pppoe', 'ipoe'], access), direction, month
