-- Mean rate of each calendar month by service (docs/method.md, rule 9): bytes divided by covered
-- time for each interface, then added over interfaces. Hours start at local midnight, so months end
-- between two of them.
WITH interface_month AS (
    SELECT date_trunc('month', hour_start) AS month_start, service, access, interface,
        sum(covered_ms) AS covered_ms,
        mean_rate(in_bytes, covered_ms) AS in_rate,
        mean_rate(out_bytes, covered_ms) AS out_rate
    FROM rate_hour
    GROUP BY ALL
),
-- Added in the order of names, because the last digit of a sum of fractions depends on the order.
access_month AS (
    SELECT month_start, service, access,
        list_sum(list(in_rate ORDER BY interface)) AS in_rate,
        list_sum(list(out_rate ORDER BY interface)) AS out_rate,
        100 * min(covered_ms)::DOUBLE
            / (epoch_ms(month_start + INTERVAL 1 MONTH) - epoch_ms(month_start))::DOUBLE
            AS coverage_percent
    FROM interface_month
    GROUP BY month_start, service, access
),
-- An access that was ever measured is expected in every later month.
expected AS (
    SELECT month_start, service, access
    FROM (SELECT DISTINCT month_start, service FROM access_month)
    JOIN (
        SELECT service, access, min(month_start) AS since FROM access_month GROUP BY ALL
    ) USING (service)
    WHERE month_start >= since
)
SELECT month_start::DATE AS month, service,
    sum(in_rate) AS in_bytes_per_second,
    sum(out_rate) AS out_bytes_per_second,
    sum(in_rate) FILTER (access = 'pppoe') AS pppoe_in_bytes_per_second,
    sum(out_rate) FILTER (access = 'pppoe') AS pppoe_out_bytes_per_second,
    sum(in_rate) FILTER (access = 'ipoe') AS ipoe_in_bytes_per_second,
    sum(out_rate) FILTER (access = 'ipoe') AS ipoe_out_bytes_per_second,
    min(coalesce(coverage_percent, 0)) FILTER (access = 'pppoe') AS pppoe_coverage_percent,
    min(coalesce(coverage_percent, 0)) FILTER (access = 'ipoe') AS ipoe_coverage_percent,
    min(coalesce(coverage_percent, 0)) AS coverage_percent
FROM expected
LEFT JOIN access_month USING (month_start, service, access)
GROUP BY ALL
ORDER BY service, month
