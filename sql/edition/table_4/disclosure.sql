-- table-4: what port tables tell about few subscribers is found over all their rows.
SELECT year, level, protocol, port, least_subscribers
FROM port_disclosure
WHERE table_id = 'table-4'
