-- table-2: daily volume of mobile consumers.
SELECT year, direction, mean_mb, median_mb, mode_mb, mode_estimate_mb, population,
    coverage_percent, 'computed' AS status
FROM daily_volume
WHERE service = 'mobile'
ORDER BY year, direction
