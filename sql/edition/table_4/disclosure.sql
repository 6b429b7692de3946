-- table-4: what port tables reveal about few subscribers is determined over all their rows.
SELECT year, level, protocol, port, least_subscribers
FROM port_disclosure
WHERE table_id = 'table-4'
