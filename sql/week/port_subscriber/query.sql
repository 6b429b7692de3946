-- Which subscribers had flows on which port in a piece of the week.
SELECT DISTINCT port_key, subscriber_id
FROM (
    -- Few flows go from one subscriber to another, so their second side is handled separately.
    SELECT port_key, coalesce(src_subscriber_id, dst_subscriber_id) AS subscriber_id
    FROM flow_placed
    WHERE src_subscriber_id IS NOT NULL OR dst_subscriber_id IS NOT NULL
    UNION ALL
    SELECT port_key, dst_subscriber_id
    FROM flow_placed
    WHERE src_subscriber_id IS NOT NULL AND dst_subscriber_id IS NOT NULL
)
