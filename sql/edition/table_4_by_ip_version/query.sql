-- table-4-by-ip-version: port shares of mobile within each IP version, and the share of each
-- version.
SELECT year, ip_version::UTINYINT AS ip_version, level, protocol, port, label, share_percent,
    error_points, coverage_percent, 'computed' AS status
FROM port_share
WHERE service = 'mobile' AND ip_version <> '4+6'
ORDER BY year, ip_version, position
