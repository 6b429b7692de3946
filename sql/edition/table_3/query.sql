-- table-3: port shares of broadband (PPPoE; IPoE has no flows).
SELECT year, level, protocol, port, label, share_percent, error_points, coverage_percent,
    'computed' AS status
FROM port_share
WHERE service = 'broadband' AND ip_version = '4+6'
ORDER BY year, position
