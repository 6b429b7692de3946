-- Volume of a piece of the week by collector, hour, port and what is at either end, each flow once.
-- It is much shorter than the flows; sums that need no single subscriber are formed from it.
SELECT source_id, hour_index, port_key, end_kind(src_subscriber_id) AS source_kind,
    end_kind(dst_subscriber_id) AS destination_kind,
    count(*) FILTER (is_first) AS flows, sum(bytes)::BIGINT AS bytes,
    sum(sampled_packets)::BIGINT AS sampled_packets, sum(variance_bytes2) AS variance_bytes2
FROM flow_part
GROUP BY ALL
