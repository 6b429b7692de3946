-- Mean rate of a service by hour of the day from Monday to Friday, all accesses together
-- (docs/method.md, rule 10). An access that is expected and has no rate leaves none.
WITH expected AS (
    SELECT week, service, access, direction, unnest(range(24)) AS hour
    FROM access_rate
    SEMI JOIN hour_week USING (week)
    WHERE day_type IS NULL
)
SELECT week, service, direction, hour::INTEGER AS hour,
    -- Added in the order of names, because the last digit of a sum of fractions depends on it.
    if(count(rate) = count(*), list_sum(list(rate ORDER BY access)), NULL) AS rate,
    min(coalesce(coverage_percent, 0)) AS coverage_percent
FROM expected
LEFT JOIN (FROM access_rate WHERE day_type = 'weekday' AND hour IS NOT NULL)
    USING (week, service, access, direction, hour)
GROUP BY week, service, direction, hour
