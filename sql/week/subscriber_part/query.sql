-- Volume by subscriber, day and direction of a piece of the week, from attributed flows: what
-- subscribers sent as sources and received as destinations.
SELECT src_subscriber_id AS subscriber_id, day_index, true AS is_from_subscriber,
    sum(bytes)::BIGINT AS bytes, sum(sampled_packets)::BIGINT AS sampled_packets,
    sum(variance_bytes2) AS variance_bytes2
FROM flow_part
WHERE src_subscriber_id >= 0
GROUP BY ALL
UNION ALL
SELECT dst_subscriber_id, day_index, false, sum(bytes)::BIGINT, sum(sampled_packets)::BIGINT,
    sum(variance_bytes2)
FROM flow_part
WHERE dst_subscriber_id >= 0
GROUP BY ALL
