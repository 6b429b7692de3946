-- Volume of each consumer in each analysis week, from which the distributions are made
-- (docs/method.md, rules 4 and 5), and how far apart its days are (docs/method.md, rule 27).
-- analysis_population states which accesses belong to a year's population.
WITH access_day AS (
    SELECT week, service, access, day, min(coverage_percent) AS coverage_percent
    FROM subscriber_day
    GROUP BY ALL
),
-- A day without any record has no row and counts as not covered. Added in the order of days,
-- because the last digit of a sum of fractions depends on the order.
access_week AS (
    SELECT week, service, access, list_sum(list(coverage_percent ORDER BY day)) / 7
        AS coverage_percent
    FROM access_day
    GROUP BY ALL
),
coverage AS (
    SELECT year, service, min(coalesce(access_week.coverage_percent, 0)) AS coverage_percent
    FROM analysis_population
    JOIN analysis_week USING (year)
    LEFT JOIN access_week USING (week, service, access)
    GROUP BY ALL
),
summed AS (
    SELECT year, service, access, subscriber_day.subscriber,
        sum(subscriber_day.in_bytes)::BIGINT AS in_bytes,
        sum(subscriber_day.out_bytes)::BIGINT AS out_bytes,
        analysis_population.population,
        coverage.coverage_percent,
        sum(subscriber_day.in_sampled_packets)::BIGINT AS in_sampled_packets,
        sum(subscriber_day.out_sampled_packets)::BIGINT AS out_sampled_packets,
        sum(subscriber_day.in_variance_bytes2)::DECIMAL(38, 0) AS in_variance_bytes2,
        sum(subscriber_day.out_variance_bytes2)::DECIMAL(38, 0) AS out_variance_bytes2,
        -- Sums of whole numbers, which do not depend on the order.
        sum(square_of_bytes(subscriber_day.in_bytes)) AS in_squares,
        sum(square_of_bytes(subscriber_day.out_bytes)) AS out_squares
    FROM subscriber_day
    JOIN analysis_week USING (week)
    JOIN analysis_population USING (year, service, access)
    JOIN coverage USING (year, service)
    WHERE subscriber_day.segment = 'consumer'
    GROUP BY ALL
)
SELECT * EXCLUDE (in_squares, out_squares),
    squared_spread(in_bytes, in_squares, in_variance_bytes2, in_sampled_packets) AS in_squared_spread,
    squared_spread(out_bytes, out_squares, out_variance_bytes2, out_sampled_packets)
        AS out_squared_spread
FROM summed
