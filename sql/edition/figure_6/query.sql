-- figure-6: daily volumes of mobile consumers of the last year, IN against OUT: cells with the number of
-- points that are drawn in each (docs/method.md, rule 21).
SELECT year, cell, out_low_bytes, out_high_bytes, in_low_bytes, in_high_bytes, points, points_low,
    points_high, daily_volume.population, daily_volume.coverage_percent, 'computed' AS status
FROM volume_cell
JOIN daily_volume USING (year, service)
WHERE service = 'mobile' AND direction = 'out'
ORDER BY year, cell
