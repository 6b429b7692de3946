-- Volume by hour and port group, IN and OUT together, each flow once (docs/method.md, rule 11).
WITH coverage AS (
    SELECT service, hour_index,
        delivered_percent(delivered_ms, expected_ms) AS coverage_percent,
        sum(sequence_failures)::BIGINT AS sequence_failures
    FROM source_hour
    WHERE feed = 'flows'
    GROUP BY ALL
)
SELECT $week::DATE AS week, service, to_timestamp(hour.start_ms / 1000) AS hour_start, port_group,
    sum(bytes)::BIGINT AS bytes,
    sum(sampled_packets)::BIGINT AS sampled_packets,
    sum(variance_bytes2)::DECIMAL(38, 0) AS variance_bytes2,
    any_value(coverage.coverage_percent) AS coverage_percent,
    any_value(coverage.sequence_failures) AS sequence_failures
FROM port_group_part
JOIN hour USING (hour_index)
LEFT JOIN coverage USING (service, hour_index)
GROUP BY service, hour.start_ms, port_group
ORDER BY service, hour_start, port_group
