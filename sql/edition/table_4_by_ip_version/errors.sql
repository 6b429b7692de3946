-- Errors of shares of ports, by packet sampling only, which are computed with them (docs/method.md,
-- rule 17). Shares are between 0 and 100 %.
SELECT year, ip_version, level, protocol, port, 'share_percent' AS column_name, share_percent AS value,
    error_points AS half_width, 0 AS at_least, 100 AS at_most
FROM table_4_by_ip_version
