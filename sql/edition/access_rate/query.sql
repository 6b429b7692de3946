-- Mean rates of each access over the hours of the weeks that show them (docs/method.md, rule 10):
-- bytes divided by covered time for each interface, then added over interfaces.
WITH asked AS (
    SELECT week FROM analysis_week
    UNION
    SELECT week FROM hour_week
),
hour_of_week AS (
    SELECT week, service, access, interface,
        CASE
            WHEN isodow(hour_start) > 5 THEN 'weekend'
            WHEN holiday.day IS NOT NULL THEN 'holiday'
            ELSE 'weekday'
        END AS day_type,
        date_part('hour', hour_start) AS hour,
        in_bytes, out_bytes, covered_ms, hour_ms
    FROM rate_hour
    JOIN asked USING (week)
    LEFT JOIN holiday ON holiday.day = hour_start::DATE
),
-- Of each interface: the hours of the day, all hours of one kind of day (hour is empty), and the
-- week (day_type is empty too). An hour that a clock change repeats counts with both.
interface_rate AS (
    SELECT week, service, access, interface, day_type, hour,
        100 * sum(covered_ms)::DOUBLE / sum(hour_ms)::DOUBLE AS coverage_percent,
        mean_rate(in_bytes, covered_ms) AS in_rate,
        mean_rate(out_bytes, covered_ms) AS out_rate
    FROM hour_of_week
    GROUP BY GROUPING SETS (
        (week, service, access, interface, day_type, hour),
        (week, service, access, interface, day_type),
        (week, service, access, interface)
    )
),
-- Added in the order of names, because the last digit of a sum of fractions depends on the order.
-- An interface without covered time leaves no rate.
measured AS (
    SELECT week, service, access, day_type, hour,
        count(in_rate) = count(*) AS is_known,
        min(coverage_percent) AS coverage_percent,
        list_sum(list(in_rate ORDER BY interface)) AS in_rate,
        list_sum(list(out_rate ORDER BY interface)) AS out_rate
    FROM interface_rate
    GROUP BY ALL
),
-- An access that was ever measured is expected in every later week of its service.
expected AS (
    SELECT week, service, access
    FROM (SELECT DISTINCT week, service FROM rate_hour)
    JOIN asked USING (week)
    JOIN (SELECT service, access, min(week) AS since FROM rate_hour GROUP BY ALL) USING (service)
    WHERE week >= since
)
SELECT week, service, access, unnest(['in', 'out']) AS direction, day_type, hour,
    unnest([if(is_known, in_rate, NULL), if(is_known, out_rate, NULL)]) AS rate,
    coalesce(coverage_percent, 0) AS coverage_percent
FROM expected
LEFT JOIN measured USING (week, service, access)
