-- table-4: port shares of mobile.
SELECT year, level, protocol, port, label, share_percent, error_points, coverage_percent,
    'computed' AS status
FROM port_share
WHERE service = 'mobile' AND ip_version = '4+6'
ORDER BY year, position
