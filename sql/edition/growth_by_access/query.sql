-- growth-by-access: yearly growth of an access and direction, from the mean rates of two growth
-- months (docs/method.md, rules 9 and 12). A month below the minimum coverage of the access has no
-- value.
WITH rate AS (
    SELECT date_part('year', month)::INTEGER AS year, strftime(month, '%Y-%m') AS month,
        unnest([
            {access: 'pppoe', direction: 'in', rate: pppoe_in_bytes_per_second,
                coverage_percent: pppoe_coverage_percent},
            {access: 'pppoe', direction: 'out', rate: pppoe_out_bytes_per_second,
                coverage_percent: pppoe_coverage_percent},
            {access: 'ipoe', direction: 'in', rate: ipoe_in_bytes_per_second,
                coverage_percent: ipoe_coverage_percent},
            {access: 'ipoe', direction: 'out', rate: ipoe_out_bytes_per_second,
                coverage_percent: ipoe_coverage_percent}
        ], recursive := true)
    FROM service_month
    WHERE service = 'broadband' AND date_part('month', month) = $growth_month
),
covered AS (
    SELECT year, month, access, direction, rate
    FROM rate
    JOIN analysis_week USING (year)
    WHERE rate > 0 AND coverage_percent >= $minimum_coverage_percent
)
SELECT access, direction, earlier.month AS "from", later.month AS "to",
    100 * (later.rate / earlier.rate - 1) AS growth_percent,
    'computed' AS status
FROM covered AS earlier
JOIN covered AS later USING (access, direction)
WHERE later.year = earlier.year + 1
ORDER BY access DESC, "to", direction
