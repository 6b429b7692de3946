-- Volume by subscriber and day of a piece of the week, from attributed flows.
WITH pair AS MATERIALIZED (
    -- Both sides at once: most flows have a subscriber on one of them.
    SELECT src_subscriber_id, dst_subscriber_id, day_index, sum(bytes)::BIGINT AS bytes,
        sum(sampled_packets)::BIGINT AS sampled_packets, sum(variance_bytes2) AS variance_bytes2
    FROM flow_part
    WHERE src_subscriber_id IS NOT NULL OR dst_subscriber_id IS NOT NULL
    GROUP BY ALL
)
SELECT subscriber_id, day_index, sum(in_bytes)::BIGINT AS in_bytes,
    sum(out_bytes)::BIGINT AS out_bytes, sum(in_sampled_packets)::BIGINT AS in_sampled_packets,
    sum(out_sampled_packets)::BIGINT AS out_sampled_packets,
    sum(in_variance_bytes2) AS in_variance_bytes2, sum(out_variance_bytes2) AS out_variance_bytes2
FROM (
    SELECT src_subscriber_id AS subscriber_id, day_index, bytes AS in_bytes, 0 AS out_bytes,
        sampled_packets AS in_sampled_packets, 0 AS out_sampled_packets,
        variance_bytes2 AS in_variance_bytes2, 0 AS out_variance_bytes2
    FROM pair
    WHERE src_subscriber_id IS NOT NULL
    UNION ALL
    SELECT dst_subscriber_id, day_index, 0, bytes, 0, sampled_packets, 0, variance_bytes2
    FROM pair
    WHERE dst_subscriber_id IS NOT NULL
)
GROUP BY ALL
