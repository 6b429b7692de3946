-- table-4: port shares of mobile.
SELECT year, level, protocol, port, label, share_percent, error_points, coverage_percent,
    'computed' AS status
FROM port_share
WHERE service = 'mobile'
ORDER BY year, position
