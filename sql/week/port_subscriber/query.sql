-- Who had flows on which port in a piece of the week.
SELECT DISTINCT port_key, subscriber_id
FROM (
    -- Few flows go from one subscriber to another: their second side is looked at apart.
    SELECT port_key, coalesce(src_subscriber_id, dst_subscriber_id) AS subscriber_id
    FROM flow_placed
    WHERE src_subscriber_id IS NOT NULL OR dst_subscriber_id IS NOT NULL
    UNION ALL
    SELECT port_key, dst_subscriber_id
    FROM flow_placed
    WHERE src_subscriber_id IS NOT NULL AND dst_subscriber_id IS NOT NULL
)
