-- How much of each broadband collector's volume was given to subscribers, and how.
SELECT $week::DATE AS week, source,
    CASE
        WHEN src_subscriber_id IS NOT NULL AND dst_subscriber_id IS NOT NULL THEN 'both'
        WHEN src_subscriber_id IS NOT NULL THEN 'in'
        WHEN dst_subscriber_id IS NOT NULL THEN 'out'
        ELSE 'none'
    END AS attribution,
    count(*) FILTER (is_first) AS flows,
    sum(bytes)::BIGINT AS bytes
FROM flow_part
WHERE service = 'broadband'
GROUP BY ALL
ORDER BY source, attribution
