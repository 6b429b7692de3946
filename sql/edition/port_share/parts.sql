-- The smallest parts of a week's volume that rows of port tables can be told apart by: ports with a row
-- of their own, and of each class what is left; with what is known of how many subscribers they have.
-- Of several ports together at least the subscribers of the largest one are behind them.
SELECT year, service, ip_version::VARCHAR AS ip_version,
    coalesce(protocol_name.name, part.protocol::VARCHAR) AS protocol,
    CASE
        WHEN part.protocol NOT IN (6, 17) THEN NULL
        WHEN part.port IS NULL THEN 'unknown'
        WHEN part.port < 1024 THEN '<1024'
        ELSE '>=1024'
    END AS class,
    named_port.port,
    CASE WHEN count(subscribers) = count(*) THEN max(subscribers) END AS subscribers,
    sum(sampled_packets)::BIGINT AS sampled_packets
FROM (
    SELECT * EXCLUDE protocol, CASE protocol WHEN 58 THEN 1 ELSE protocol END AS protocol
    FROM port_week
) AS part
JOIN analysis_week USING (week)
LEFT JOIN protocol_name ON protocol_name.protocol = part.protocol
LEFT JOIN named_port
    ON named_port.protocol = protocol_name.name AND named_port.port = part.port::VARCHAR
WHERE year >= $first_port_year AND bytes > 0
GROUP BY ALL
ORDER BY ALL
