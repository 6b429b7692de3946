-- Flows and volume of a piece of the week by collector and by which side is a subscriber.
SELECT source_id,
    CASE
        WHEN src_subscriber_id IS NOT NULL AND dst_subscriber_id IS NOT NULL THEN 'both'
        WHEN src_subscriber_id IS NOT NULL THEN 'in'
        WHEN dst_subscriber_id IS NOT NULL THEN 'out'
        ELSE 'none'
    END AS attribution,
    count(*) FILTER (is_first) AS flows, sum(bytes)::BIGINT AS bytes
FROM flow_part
GROUP BY ALL
