-- daytime-by-term: the daytime rate of weekdays over the mean rate of their week, in and out of school
-- term, by year (docs/method.md, rule 26).
WITH year_span AS (
    SELECT year, make_date(year - 1, $growth_month, 1) + INTERVAL 1 MONTH AS first_day,
        make_date(year, $growth_month, 1) + INTERVAL 1 MONTH - INTERVAL 1 DAY AS last_day
    FROM analysis_week
),
-- Days far beyond the terms that the settings name are neither in nor out of term.
known AS (
    SELECT min(first_day) - $days_beyond_terms AS first_day,
        max(last_day) + $days_beyond_terms AS last_day
    FROM school_term
),
weekday AS (
    SELECT year, day, date_trunc('week', day)::DATE AS week
    FROM (
        SELECT year, unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS day
        FROM year_span
    )
    ANTI JOIN holiday USING (day)
    WHERE isodow(day) < 6
),
day_of_term AS (
    SELECT DISTINCT day
    FROM weekday
    JOIN school_term ON day BETWEEN first_day AND last_day
),
period_day AS (
    SELECT year, 'all' AS period, week, day
    FROM weekday
    UNION ALL
    SELECT year, if(day_of_term.day IS NULL, 'out_of_term', 'term'), week, weekday.day
    FROM weekday
    LEFT JOIN day_of_term ON day_of_term.day = weekday.day
    WHERE year IN (
        SELECT year
        FROM year_span
        JOIN known ON year_span.first_day >= known.first_day AND year_span.last_day <= known.last_day
    )
),
-- Weekdays of a period in a week.
period_week AS (
    SELECT year, period, week, count(*) AS days
    FROM period_day
    GROUP BY year, period, week
),
-- An access that was ever measured is expected in every later week of its service.
expected AS (
    SELECT week, service, access
    FROM (SELECT DISTINCT week, service FROM rate_hour)
    JOIN (SELECT service, access, min(week) AS since FROM rate_hour GROUP BY ALL) USING (service)
    WHERE week >= since
),
-- Bytes divided by covered time for each interface, then added over interfaces, in the order of
-- names, because the last digit of a sum of fractions depends on the order.
week_rate AS (
    SELECT week, service, access, count(in_rate) = count(*) AS is_known,
        list_sum(list(in_rate ORDER BY interface)) AS in_rate,
        list_sum(list(out_rate ORDER BY interface)) AS out_rate
    FROM (
        SELECT week, service, access, interface,
            mean_rate(in_bytes, covered_ms) AS in_rate,
            mean_rate(out_bytes, covered_ms) AS out_rate
        FROM rate_hour
        GROUP BY ALL
    )
    GROUP BY week, service, access
),
daytime_rate AS (
    SELECT year, period, week, service, access, count(in_rate) = count(*) AS is_known,
        list_sum(list(in_rate ORDER BY interface)) AS in_rate,
        list_sum(list(out_rate ORDER BY interface)) AS out_rate,
        min(coverage_percent) AS coverage_percent
    FROM (
        SELECT year, period, rate_hour.week, service, access, interface,
            mean_rate(in_bytes, covered_ms) AS in_rate,
            mean_rate(out_bytes, covered_ms) AS out_rate,
            100 * sum(covered_ms)::DOUBLE / sum(hour_ms)::DOUBLE AS coverage_percent
        FROM rate_hour
        JOIN period_day ON period_day.day = rate_hour.hour_start::DATE
        WHERE date_part('hour', hour_start) >= $daytime_from
            AND date_part('hour', hour_start) < $daytime_until
        GROUP BY ALL
    )
    GROUP BY year, period, week, service, access
),
-- The rates of a service; a week counts if every expected access has both.
service_week AS (
    SELECT year, period, week, service, direction, days, coverage_percent,
        if(is_known, daytime / nullif(whole, 0), NULL) AS ratio
    FROM (
        SELECT year, period, week, service, days,
            bool_and(coalesce(daytime_rate.is_known AND week_rate.is_known, false)) AS is_known,
            min(coalesce(daytime_rate.coverage_percent, 0)) AS coverage_percent,
            unnest(['in', 'out']) AS direction,
            unnest([
                list_sum(list(daytime_rate.in_rate ORDER BY access)),
                list_sum(list(daytime_rate.out_rate ORDER BY access))
            ]) AS daytime,
            unnest([
                list_sum(list(week_rate.in_rate ORDER BY access)),
                list_sum(list(week_rate.out_rate ORDER BY access))
            ]) AS whole
        FROM period_week
        JOIN expected USING (week)
        LEFT JOIN daytime_rate USING (year, period, week, service, access)
        LEFT JOIN week_rate USING (week, service, access)
        GROUP BY year, period, week, service, days
    )
),
-- Each weekday counts once. Nothing missing is filled in.
mean AS (
    SELECT year, period, service, direction,
        list_sum(list(days * ratio ORDER BY week))
        / nullif(sum(days) FILTER (ratio IS NOT NULL), 0)::DOUBLE AS ratio,
        coalesce(sum(days) FILTER (ratio IS NOT NULL), 0) AS days,
        list_sum(list(if(ratio IS NULL, 0, days * coverage_percent) ORDER BY week)) AS covered
    FROM service_week
    GROUP BY year, period, service, direction
),
period_length AS (
    SELECT year, period, sum(days)::DOUBLE AS days
    FROM period_week
    GROUP BY year, period
)
SELECT year, service, direction, period,
    if(covered / period_length.days >= $minimum_coverage_percent, ratio, NULL) AS daytime_ratio,
    coalesce(mean.days, 0)::BIGINT AS days,
    coalesce(covered / period_length.days, 0) AS coverage_percent,
    'computed' AS status
FROM period_length
CROSS JOIN (SELECT DISTINCT service FROM rate_hour)
CROSS JOIN (SELECT unnest(['in', 'out']) AS direction)
LEFT JOIN mean USING (year, period, service, direction)
ORDER BY service, year, direction, period
