-- Volume of a piece of the week by collector, hour, port and the side that is a subscriber, each
-- flow once. It is much shorter than the flows; sums that need no single subscriber are formed from
-- it.
SELECT source_id, hour_index, port_key, src_subscriber_id IS NOT NULL AS is_from_subscriber,
    dst_subscriber_id IS NOT NULL AS is_to_subscriber,
    count(*) FILTER (is_first) AS flows, sum(bytes)::BIGINT AS bytes,
    sum(sampled_packets)::BIGINT AS sampled_packets, sum(variance_bytes2) AS variance_bytes2
FROM flow_part
GROUP BY ALL
