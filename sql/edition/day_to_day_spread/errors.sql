-- Errors of the median spread from day to day (docs/method.md, rule 27).
SELECT year, service, direction, 'spread_percent' AS column_name,
    spread_percent AS value, spread_percent AS center, sampling_log, standard_log, down_log, up_log, reason
FROM day_to_day_spread
JOIN spread_error USING (year, service, direction)
