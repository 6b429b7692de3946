-- Broadband flows with their owners: the subscribers who held the source and the destination when
-- the flow began (docs/method.md, rule 1).
SELECT flows.* EXCLUDE (
        scope_id, src_network_high, src_network_low, dst_network_high, dst_network_low
    ),
    source_owner.subscriber_id AS src_subscriber_id,
    destination_owner.subscriber_id AS dst_subscriber_id
FROM (
    SELECT broadband_flow.*, scope_id,
        prefix_high(src_addr_high, longest_prefix_length) AS src_network_high,
        network_low(ip_version, src_addr_low, longest_prefix_length) AS src_network_low,
        prefix_high(dst_addr_high, longest_prefix_length) AS dst_network_high,
        network_low(ip_version, dst_addr_low, longest_prefix_length) AS dst_network_low
    FROM broadband_flow
    JOIN exporter_scope USING (exporter)
) AS flows
LEFT JOIN piece_owner AS source_owner
    ON source_owner.scope_id = flows.scope_id
    AND source_owner.ip_version = flows.ip_version
    AND source_owner.high = flows.src_network_high
    AND source_owner.low = flows.src_network_low
    AND source_owner.from_ms <= flows.first_seen_ms
    AND source_owner.to_ms > flows.first_seen_ms
LEFT JOIN piece_owner AS destination_owner
    ON destination_owner.scope_id = flows.scope_id
    AND destination_owner.ip_version = flows.ip_version
    AND destination_owner.high = flows.dst_network_high
    AND destination_owner.low = flows.dst_network_low
    AND destination_owner.from_ms <= flows.first_seen_ms
    AND destination_owner.to_ms > flows.first_seen_ms
UNION ALL BY NAME
SELECT flows.*, NULL::INTEGER AS src_subscriber_id, NULL::INTEGER AS dst_subscriber_id
FROM flows
WHERE service <> 'broadband'
