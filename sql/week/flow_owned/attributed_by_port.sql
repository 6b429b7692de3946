-- Broadband flows with their owners, where sessions hold port ranges: as attributed.sql, and for
-- addresses whose ports are shared, the subscribers who held the ports.
WITH whole_owner AS (
    SELECT * FROM piece_owner WHERE ip_version = 6 OR high = 0
)
SELECT flows.* EXCLUDE (
        scope_id, src_network_high, src_network_low, dst_network_high, dst_network_low,
        src_end_port, dst_end_port, cell_ports
    ),
    coalesce(
        source_owner.subscriber_id, source_port_owner.subscriber_id,
        nobody_at(source_shared.is_apart, src_end_port)
    ) AS src_subscriber_id,
    coalesce(
        destination_owner.subscriber_id, destination_port_owner.subscriber_id,
        nobody_at(destination_shared.is_apart, dst_end_port)
    ) AS dst_subscriber_id
FROM (
    SELECT broadband_flow.*, scope_id, cell_ports,
        prefix_high(src_addr_high, longest_prefix_length) AS src_network_high,
        network_low(ip_version, src_addr_low, longest_prefix_length) AS src_network_low,
        prefix_high(dst_addr_high, longest_prefix_length) AS dst_network_high,
        network_low(ip_version, dst_addr_low, longest_prefix_length) AS dst_network_low,
        end_port(protocol, src_port, dst_port) AS src_end_port,
        end_port(protocol, dst_port, src_port) AS dst_end_port
    FROM broadband_flow
    JOIN exporter_scope USING (exporter)
    CROSS JOIN port_cell
) AS flows
LEFT JOIN whole_owner AS source_owner
    ON source_owner.scope_id = flows.scope_id
    AND source_owner.ip_version = flows.ip_version
    AND source_owner.high = flows.src_network_high
    AND source_owner.low = flows.src_network_low
    AND source_owner.from_ms <= flows.first_seen_ms
    AND source_owner.to_ms > flows.first_seen_ms
LEFT JOIN piece_port_owner AS source_port_owner
    ON source_port_owner.scope_id = flows.scope_id
    AND source_port_owner.ip_version = flows.ip_version
    AND source_port_owner.low = flows.src_network_low
    AND source_port_owner.cell = flows.src_end_port // cell_ports
    AND source_port_owner.first_port <= flows.src_end_port
    AND source_port_owner.last_port >= flows.src_end_port
    AND source_port_owner.from_ms <= flows.first_seen_ms
    AND source_port_owner.to_ms > flows.first_seen_ms
LEFT JOIN shared_address AS source_shared
    ON source_shared.ip_version = flows.ip_version
    AND source_shared.low = flows.src_network_low
LEFT JOIN whole_owner AS destination_owner
    ON destination_owner.scope_id = flows.scope_id
    AND destination_owner.ip_version = flows.ip_version
    AND destination_owner.high = flows.dst_network_high
    AND destination_owner.low = flows.dst_network_low
    AND destination_owner.from_ms <= flows.first_seen_ms
    AND destination_owner.to_ms > flows.first_seen_ms
LEFT JOIN piece_port_owner AS destination_port_owner
    ON destination_port_owner.scope_id = flows.scope_id
    AND destination_port_owner.ip_version = flows.ip_version
    AND destination_port_owner.low = flows.dst_network_low
    AND destination_port_owner.cell = flows.dst_end_port // cell_ports
    AND destination_port_owner.first_port <= flows.dst_end_port
    AND destination_port_owner.last_port >= flows.dst_end_port
    AND destination_port_owner.from_ms <= flows.first_seen_ms
    AND destination_port_owner.to_ms > flows.first_seen_ms
LEFT JOIN shared_address AS destination_shared
    ON destination_shared.ip_version = flows.ip_version
    AND destination_shared.low = flows.dst_network_low
UNION ALL BY NAME
SELECT flows.*, NULL::INTEGER AS src_subscriber_id, NULL::INTEGER AS dst_subscriber_id
FROM flows
WHERE service <> 'broadband'
