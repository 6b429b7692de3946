-- Volume by subscriber and local day: broadband PPPoE from attributed flows, IPoE and mobile from
-- charging records. Only accepted sources contribute.
WITH attributed AS (
    -- Grouped by numbers first: grouping by names and pseudonyms takes twice as long.
    SELECT subscriber_id, day_index,
        coalesce(sum(bytes) FILTER (is_from_subscriber), 0)::BIGINT AS in_bytes,
        coalesce(sum(bytes) FILTER (NOT is_from_subscriber), 0)::BIGINT AS out_bytes,
        coalesce(sum(sampled_packets) FILTER (is_from_subscriber), 0)::BIGINT
            AS in_sampled_packets,
        coalesce(sum(sampled_packets) FILTER (NOT is_from_subscriber), 0)::BIGINT
            AS out_sampled_packets,
        coalesce(sum(variance_bytes2) FILTER (is_from_subscriber), 0)::DECIMAL(38, 0)
            AS in_variance_bytes2,
        coalesce(sum(variance_bytes2) FILTER (NOT is_from_subscriber), 0)::DECIMAL(38, 0)
            AS out_variance_bytes2
    FROM subscriber_part
    GROUP BY ALL
),
volume AS (
    SELECT 'broadband' AS service, 'pppoe' AS access, *
    FROM attributed
    UNION ALL BY NAME
    -- Charging records count every packet, so nothing was sampled.
    SELECT service, access, subscriber_id, day_index, sum(in_bytes)::BIGINT AS in_bytes,
        sum(out_bytes)::BIGINT AS out_bytes, 0 AS in_variance_bytes2, 0 AS out_variance_bytes2
    FROM usage_part
    GROUP BY ALL
),
coverage AS (
    SELECT known.service, known.access, day_index,
        delivered_percent(delivered_ms, expected_ms) AS coverage_percent,
        sum(sequence_failures) FILTER (feed = 'flows')::BIGINT AS sequence_failures
    FROM (SELECT DISTINCT service, access FROM volume) AS known
    -- If the rows of a source state service or access, the source may deliver any of them.
    JOIN source_hour
        ON coalesce(source_hour.service, known.service) = known.service
        AND coalesce(source_hour.access, known.access) = known.access
        -- Mobile flows serve port figures only; mobile volumes do not come from them
        -- (docs/method.md, rule 1).
        AND source_hour.feed = CASE known.access WHEN 'pppoe' THEN 'flows' ELSE 'usage' END
    JOIN hour USING (hour_index)
    GROUP BY ALL
)
SELECT $week::DATE AS week, volume.service, volume.access, subscriber.segment,
    subscriber.subscriber, day.day, in_bytes, out_bytes, in_sampled_packets, out_sampled_packets,
    in_variance_bytes2, out_variance_bytes2, coverage_percent, sequence_failures
FROM volume
JOIN day USING (day_index)
JOIN subscriber USING (subscriber_id)
LEFT JOIN coverage USING (service, access, day_index)
ORDER BY service, access, subscriber, day
