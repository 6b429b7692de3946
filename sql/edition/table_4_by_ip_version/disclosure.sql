-- table-4-by-ip-version: what port tables tell about few subscribers is found over all their rows.
SELECT year, ip_version, level, protocol, port, least_subscribers
FROM port_disclosure
WHERE table_id = 'table-4-by-ip-version'
