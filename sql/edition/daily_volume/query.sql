-- Mean, median and mode of the consumers' daily volume (docs/method.md, rules 4, 5 and 7), over
-- consumers with bytes in that direction in that week. A day is a seventh of the week, 1 MB is 10^6
-- bytes.
SELECT year, service, direction,
    sum(week_bytes)::DOUBLE / (count(*) * 7e6) AS mean_mb,
    median(week_bytes) / 7e6 AS median_mb,
    any_value(volume_mode.mode_bytes) / 1e6 AS mode_mb,
    any_value(volume_mode.estimate_bytes) / 1e6 AS mode_estimate_mb,
    any_value(population) AS population,
    min(coverage_percent) AS coverage_percent
FROM consumer_volume
JOIN volume_mode USING (year, service, direction)
GROUP BY ALL
ORDER BY year, service, direction
