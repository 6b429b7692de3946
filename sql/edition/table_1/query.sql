-- table-1: daily volume of broadband consumers.
SELECT year, direction, mean_mb, median_mb, mode_mb, mode_estimate_mb, population,
    coverage_percent, 'computed' AS status
FROM daily_volume
WHERE service = 'broadband'
ORDER BY year, direction
