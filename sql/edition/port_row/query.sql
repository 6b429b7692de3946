-- Ports with a row of their own (docs/method.md, rule 3): those over the threshold in any of the
-- years; if there are too many, those with the largest share in any year. Tables by IP version have
-- the same rows for both versions, so that they can be compared: ports over the threshold in
-- either.
WITH total AS (
    SELECT year, service, ip_version, sum(bytes) AS bytes
    FROM port_volume
    GROUP BY ALL
)
SELECT service, by_version, protocol, port
FROM (
    SELECT port_volume.service, ip_version <> '4+6' AS by_version, port_volume.protocol,
        port_volume.port,
        max(100 * port_volume.bytes::DOUBLE / total.bytes::DOUBLE) AS largest_percent
    FROM port_volume
    JOIN total USING (year, service, ip_version)
    WHERE port_volume.class IN ('<1024', '>=1024')
    GROUP BY ALL
)
WHERE largest_percent > $threshold_percent
QUALIFY row_number() OVER (
    PARTITION BY service, by_version ORDER BY largest_percent DESC, protocol, port
) <= $most_ports
ORDER BY ALL
