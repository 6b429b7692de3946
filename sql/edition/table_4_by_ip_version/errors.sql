-- Errors of shares of ports, by sampling alone, which stand beside them (docs/method.md, rule 17). No
-- share is less than nothing or more than everything.
SELECT year, ip_version, level, protocol, port, 'share_percent' AS column_name, share_percent AS value,
    error_points AS half_width, 0 AS at_least, 100 AS at_most
FROM table_4_by_ip_version
