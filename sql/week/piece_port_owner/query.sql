-- Owners of port ranges while the flows of a piece began, once for each cell of ports.
SELECT scope_id, ip_version, low, first_port, last_port, from_ms, to_ms, subscriber_id,
    unnest(range(first_port // cell_ports, last_port // cell_ports + 1))::INTEGER AS cell
FROM (
    SELECT *, slot_first(high) AS first_port, slot_last(high) AS last_port
    FROM piece_owner
    WHERE ip_version = 4 AND high > 0
)
CROSS JOIN port_cell
