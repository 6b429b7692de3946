-- Volume by protocol and port (docs/method.md, rule 3), each flow once, with the number of distinct
-- subscribers if broadband flows were attributed.
WITH volume AS (
    SELECT service, port_key, sum(bytes)::BIGINT AS bytes,
        sum(sampled_packets)::BIGINT AS sampled_packets,
        sum(variance_bytes2)::DECIMAL(38, 0) AS variance_bytes2
    FROM port_part
    GROUP BY ALL
),
subscribers AS (
    -- Distinct first: counting distinct values in each of many thousand groups is far slower.
    SELECT 'broadband' AS service, port_key, count(*) AS subscribers
    FROM (SELECT DISTINCT * FROM port_subscriber)
    GROUP BY ALL
),
coverage AS (
    SELECT service, delivered_percent(delivered_ms, expected_ms) AS coverage_percent,
        sum(sequence_failures)::BIGINT AS sequence_failures
    FROM source_hour
    WHERE feed = 'flows'
    GROUP BY service
)
SELECT $week::DATE AS week, volume.service, ip_version_of(volume.port_key) AS ip_version,
    protocol_of(volume.port_key) AS protocol, port_of(volume.port_key) AS port,
    volume.bytes, volume.sampled_packets, volume.variance_bytes2,
    CASE
        WHEN $attributed AND volume.service = 'broadband' THEN coalesce(subscribers.subscribers, 0)
    END::BIGINT AS subscribers,
    coverage.coverage_percent,
    coverage.sequence_failures
FROM volume
LEFT JOIN subscribers
    ON subscribers.service = volume.service AND subscribers.port_key = volume.port_key
LEFT JOIN coverage ON coverage.service = volume.service
ORDER BY service, ip_version, protocol, port
