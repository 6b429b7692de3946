-- IPv4 addresses of which sessions hold port ranges, and whether the sources of all of them set no
-- access.
SELECT 4::UTINYINT AS ip_version, low, bool_and(access = '') AS is_apart
FROM holding
WHERE ip_version = 4 AND port_first IS NOT NULL
GROUP BY low
