-- One row per flow and hour of the week that it touches; nearly all flows have only one part.
SELECT source_id, port_key, hour_index, day_index, src_subscriber_id, dst_subscriber_id, bytes,
    sampled_packets, variance_bytes2, true AS is_first
FROM flow_placed
WHERE is_whole
UNION ALL BY NAME
FROM flow_split
