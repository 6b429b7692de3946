-- One row a flow and hour of the week that it touches (DOMAIN rule 2). The first part stands for the
-- record, so that records can be counted.
SELECT source_id, ip_version, protocol, port, hour_index, day_index, src_subscriber_id,
    dst_subscriber_id, bytes, sampled_packets, variance_bytes2, true AS is_first
FROM flow_placed
WHERE is_whole
UNION ALL
SELECT source_id, ip_version, protocol, port, hour.hour_index, hour.day_index, src_subscriber_id,
    dst_subscriber_id,
    amount_within(bytes, first_seen_ms, last_seen_ms, hour.start_ms, hour.end_ms)::BIGINT,
    amount_within(sampled_packets, first_seen_ms, last_seen_ms, hour.start_ms, hour.end_ms)::BIGINT,
    amount_within(variance_bytes2, first_seen_ms, last_seen_ms, hour.start_ms, hour.end_ms),
    hour.hour_index = flow_placed.hour_index
FROM flow_placed
JOIN hour
    ON hour.start_ms < flow_placed.last_seen_ms AND hour.end_ms > flow_placed.first_seen_ms
WHERE NOT is_whole
