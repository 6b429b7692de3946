-- table-4-by-ip-version: what port tables reveal about few subscribers is determined over all their
-- rows.
SELECT year, ip_version, level, protocol, port, least_subscribers
FROM port_disclosure
WHERE table_id = 'table-4-by-ip-version'
