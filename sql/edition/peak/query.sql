-- peak: the busy hour of an analysis week and its ratio to the mean rate of the week (docs/method.md,
-- rule 10): bytes divided by covered time for each interface, then added over interfaces.
WITH hour_of_week AS (
    SELECT year, service, access, interface,
        CASE WHEN isodow(hour_start) > 5 THEN 'weekend' ELSE 'weekday' END AS day_type,
        date_part('hour', hour_start) AS hour,
        in_bytes, out_bytes, covered_ms, hour_ms
    FROM rate_hour
    JOIN analysis_week USING (week)
),
-- Of each interface: the hours of the day, all hours of one kind of day (hour is empty), and the
-- week (day_type is empty too). An hour that a clock change repeats counts with both.
interface_rate AS (
    SELECT year, service, access, interface, day_type, hour,
        100 * sum(covered_ms)::DOUBLE / sum(hour_ms)::DOUBLE AS coverage_percent,
        1000 * sum(in_bytes)::DOUBLE / nullif(sum(covered_ms), 0)::DOUBLE AS in_rate,
        1000 * sum(out_bytes)::DOUBLE / nullif(sum(covered_ms), 0)::DOUBLE AS out_rate
    FROM hour_of_week
    GROUP BY GROUPING SETS (
        (year, service, access, interface, day_type, hour),
        (year, service, access, interface, day_type),
        (year, service, access, interface)
    )
),
-- Added in the order of names, because the last digit of a sum of fractions depends on the order.
-- An interface without covered time leaves no rate.
access_rate AS (
    SELECT year, service, access, day_type, hour, coverage_percent, unnest([
        {direction: 'in', rate: if(is_known, in_rate, NULL)},
        {direction: 'out', rate: if(is_known, out_rate, NULL)}
    ], recursive := true)
    FROM (
        SELECT year, service, access, day_type, hour,
            count(in_rate) = count(*) AS is_known,
            min(coverage_percent) AS coverage_percent,
            list_sum(list(in_rate ORDER BY interface)) AS in_rate,
            list_sum(list(out_rate ORDER BY interface)) AS out_rate
        FROM interface_rate
        GROUP BY ALL
    )
),
hour_rate AS (
    SELECT year, service, access, direction, day_type, hour, rate,
        max(rate) OVER (PARTITION BY year, service, access, direction, day_type) AS top_rate
    FROM access_rate
    WHERE hour IS NOT NULL
),
-- Rates that differ in the last digit of a sum only are equal.
busy AS (
    SELECT year, service, access, direction, day_type, any_value(top_rate) AS top_rate,
        min(hour) FILTER (rate >= (1 - 1e-12) * top_rate) AS busy_hour,
        count(rate) AS hours
    FROM hour_rate
    GROUP BY ALL
),
coverage AS (
    SELECT year, service, access, direction, day_type, coverage_percent
    FROM access_rate
    WHERE day_type IS NOT NULL AND hour IS NULL
),
week_rate AS (
    SELECT year, service, access, direction, nullif(rate, 0) AS rate
    FROM access_rate
    WHERE day_type IS NULL
),
-- The subscribers behind the rates, and the volume of the heaviest of them, of all segments.
snapshot AS (
    SELECT year, service, access, sum(subscribers) AS subscribers,
        min(subscribers) FILTER (subscribers > 0) AS smallest_segment
    FROM subscriber_snapshot
    JOIN analysis_week USING (week)
    WHERE $publish_totals
    GROUP BY ALL
    HAVING sum(subscribers) > 0
),
subscriber_volume AS (
    SELECT year, service, access, subscriber, sum(in_bytes)::BIGINT AS in_bytes,
        sum(out_bytes)::BIGINT AS out_bytes
    FROM subscriber_day
    JOIN analysis_week USING (week)
    WHERE $publish_totals
    GROUP BY ALL
),
heaviest AS (
    SELECT year, service, access, unnest([
        {direction: 'in', total_bytes: sum(in_bytes),
            heaviest_bytes: max(in_bytes, $minimum_subscribers)},
        {direction: 'out', total_bytes: sum(out_bytes),
            heaviest_bytes: max(out_bytes, $minimum_subscribers)}
    ], recursive := true)
    FROM subscriber_volume
    GROUP BY year, service, access
),
-- The mean of the week in kbit/s, and the contribution of one of the heaviest to it.
per_subscriber AS (
    SELECT year, service, access, direction, smallest_segment, total_bytes, heaviest_bytes,
        0.008::DOUBLE * rate / subscribers::DOUBLE AS mean,
        rounding_step(nullif(
            0.008::DOUBLE * list_sum(heaviest_bytes)::DOUBLE
            / ($minimum_subscribers * 604800 * subscribers)::DOUBLE, 0
        )) AS step
    FROM week_rate
    JOIN snapshot USING (year, service, access)
    LEFT JOIN heaviest USING (year, service, access, direction)
),
-- The mean is rounded once, so that several busy hours, with their ratios, cannot be compared to
-- narrow it down. It is not given if it, or its difference from the consumers' published total,
-- describes few subscribers of a segment (docs/method.md, rule 21).
given AS (
    SELECT year, service, access, direction,
        CASE
            WHEN $minimum_subscribers = 1 THEN mean
            WHEN smallest_segment < $minimum_subscribers THEN NULL
            WHEN outweighs(total_bytes, heaviest_bytes, $minimum_subscribers) THEN NULL
            -- A step under 1 is 1 / n with whole n; dividing by n adds no error.
            WHEN step < 1 THEN nullif(floor(mean / step + 0.5), 0) / round(1 / step)
            ELSE nullif(floor(mean / step + 0.5), 0) * step
        END AS mean
    FROM per_subscriber
),
-- An access that was ever measured is expected in every later week.
expected AS (
    SELECT year, service, access
    FROM (SELECT DISTINCT week, service FROM rate_hour)
    JOIN analysis_week USING (week)
    JOIN (SELECT service, access, min(week) AS since FROM rate_hour GROUP BY ALL) USING (service)
    WHERE week >= since
)
SELECT year, service, access, direction, day_type,
    if(rate IS NULL, NULL, busy_hour)::INTEGER AS busy_hour,
    top_rate / rate AS peak_ratio,
    top_rate / rate * given.mean AS kbit_per_second_per_subscriber,
    coalesce(hours, 0) AS hours,
    coalesce(coverage_percent, 0) AS coverage_percent,
    'computed' AS status
FROM expected
CROSS JOIN (SELECT unnest(['in', 'out']) AS direction)
CROSS JOIN (SELECT unnest(['weekday', 'weekend']) AS day_type)
LEFT JOIN busy USING (year, service, access, direction, day_type)
LEFT JOIN coverage USING (year, service, access, direction, day_type)
LEFT JOIN week_rate USING (year, service, access, direction)
LEFT JOIN given USING (year, service, access, direction)
ORDER BY service, access DESC, year, day_type, direction
