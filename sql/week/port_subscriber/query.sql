-- Which subscribers had flows on which port in a piece of the week.
SELECT DISTINCT port_key, subscriber_id
FROM (
    -- Few flows go from one subscriber to another, so their second side is handled separately.
    SELECT port_key, CASE WHEN src_subscriber_id >= 0 THEN src_subscriber_id ELSE dst_subscriber_id END
            AS subscriber_id
    FROM flow_placed
    WHERE src_subscriber_id >= 0 OR dst_subscriber_id >= 0
    UNION ALL
    SELECT port_key, dst_subscriber_id
    FROM flow_placed
    WHERE src_subscriber_id >= 0 AND dst_subscriber_id >= 0
)
