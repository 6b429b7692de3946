-- Who had flows on which port in a piece of the week.
SELECT DISTINCT ip_version, protocol, port, subscriber_id
FROM (
    SELECT ip_version, protocol, port, src_subscriber_id AS subscriber_id FROM flow_part
    UNION ALL
    SELECT ip_version, protocol, port, dst_subscriber_id FROM flow_part
)
WHERE subscriber_id IS NOT NULL
