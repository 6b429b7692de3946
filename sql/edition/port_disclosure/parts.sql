-- The smallest parts of a week's volume that rows of port tables distinguish: ports with a row of
-- their own, and the rest of each class, with what is known about the number of their subscribers.
-- Several ports together have at least the subscribers of the largest one. Without attribution the
-- number is unknown; a part then counts as the number of average subscribers with its volume.
WITH counted AS (
    SELECT week, service, sum(subscribers) AS subscribers
    FROM subscriber_snapshot
    GROUP BY ALL
),
total AS (
    SELECT week, service, sum(bytes) AS bytes
    FROM port_week
    GROUP BY ALL
)
SELECT year, part.service, ip_version::VARCHAR AS ip_version,
    coalesce(protocol_name.name, part.protocol::VARCHAR) AS protocol,
    port_class(part.protocol, part.port) AS class,
    named_port.port,
    CASE WHEN count(part.subscribers) = count(*) THEN max(part.subscribers) END AS subscribers,
    sum(part.bytes)::DOUBLE * coalesce(any_value(counted.subscribers), 0)::DOUBLE
        / any_value(total.bytes)::DOUBLE AS average_subscribers
FROM (
    SELECT * REPLACE (counted_protocol(protocol) AS protocol)
    FROM port_week
    WHERE bytes > 0
) AS part
JOIN analysis_week USING (week)
JOIN total USING (week, service)
LEFT JOIN counted USING (week, service)
LEFT JOIN protocol_name ON protocol_name.protocol = part.protocol
LEFT JOIN named_port
    ON named_port.protocol = protocol_name.name AND named_port.port = part.port::VARCHAR
WHERE year >= $first_port_year
GROUP BY year, part.service, ip_version, part.protocol, protocol_name.name, class, named_port.port
ORDER BY ALL
