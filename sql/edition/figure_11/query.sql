-- figure-11: density of the daily volume of broadband consumers, every year (docs/method.md, rule 6).
-- The mode is that of table-1, as published.
SELECT year, direction, log10_bytes, density, density_low, density_high,
    100 * beyond AS beyond_percent, 100 * beyond_low AS beyond_percent_low,
    100 * beyond_high AS beyond_percent_high,
    coalesce(abs(log10(table_1.mode_mb * 1e6) - log10_bytes) < 0.01, FALSE) AS is_mode,
    daily_volume.population, daily_volume.coverage_percent, 'computed' AS status
FROM volume_density
JOIN daily_volume USING (year, service, direction)
LEFT JOIN table_1 USING (year, direction)
WHERE service = 'broadband'
ORDER BY year, direction, log10_bytes
