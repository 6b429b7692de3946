-- How many ports a cell has. Flows find the owners of their ports by cell, which are as many as an
-- address has slots on average, so that few slots lie in a cell, and few cells in a slot.
SELECT greatest(65536 * count(DISTINCT ipv4_address) // greatest(count(*), 1), 1)::INTEGER AS cell_ports
FROM (SELECT DISTINCT ipv4_address, high FROM port_claim)
