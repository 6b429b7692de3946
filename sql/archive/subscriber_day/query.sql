-- Volume by subscriber and local day: broadband PPPoE from attributed flows, IPoE and mobile from
-- charging records. Only sources that were accepted have parts here.
WITH directed AS (
    SELECT 'broadband' AS service, 'pppoe' AS access, *
    FROM subscriber_part
    UNION ALL
    SELECT service, access, subscriber_id, day_index,
        in_bytes, out_bytes, NULL, NULL, 0, 0
    FROM usage_part
),
coverage AS (
    SELECT service, access, day_index,
        100.0 * sum(delivered_ms)::DOUBLE / sum(expected_ms) AS coverage_percent,
        sum(sequence_failures) FILTER (feed = 'flows')::BIGINT AS sequence_failures
    FROM source_hour
    JOIN hour USING (hour_index)
    -- Flows of mobile serve port figures only, and say nothing of its volumes (DOMAIN rule 1).
    WHERE feed = 'usage' OR (feed = 'flows' AND access = 'pppoe')
    GROUP BY ALL
)
SELECT $week::DATE AS week, directed.service, directed.access, subscriber.segment,
    subscriber.subscriber, day.day,
    sum(directed.in_bytes)::BIGINT AS in_bytes,
    sum(directed.out_bytes)::BIGINT AS out_bytes,
    sum(directed.in_sampled_packets)::BIGINT AS in_sampled_packets,
    sum(directed.out_sampled_packets)::BIGINT AS out_sampled_packets,
    sum(directed.in_variance_bytes2)::DECIMAL(38, 0) AS in_variance_bytes2,
    sum(directed.out_variance_bytes2)::DECIMAL(38, 0) AS out_variance_bytes2,
    any_value(coverage.coverage_percent) AS coverage_percent,
    any_value(coverage.sequence_failures) AS sequence_failures
FROM directed
JOIN day USING (day_index)
JOIN subscriber USING (subscriber_id)
LEFT JOIN coverage USING (service, access, day_index)
GROUP BY directed.service, directed.access, subscriber.segment, subscriber.subscriber, day.day
ORDER BY service, access, subscriber, day
