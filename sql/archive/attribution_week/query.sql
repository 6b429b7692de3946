-- Attributed and unattributed volume of each broadband collector, by side.
WITH coverage AS (
    SELECT source, sum(sequence_failures)::BIGINT AS sequence_failures
    FROM source_hour
    WHERE feed = 'flows'
    GROUP BY source
)
SELECT $week::DATE AS week, source, attribution, sum(flows)::BIGINT AS flows,
    sum(bytes)::BIGINT AS bytes,
    any_value(coverage.sequence_failures) AS sequence_failures
FROM attribution_part
JOIN source USING (source_id)
LEFT JOIN coverage USING (source)
WHERE service = 'broadband'
GROUP BY ALL
ORDER BY source, attribution
