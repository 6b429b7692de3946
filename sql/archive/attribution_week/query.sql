-- How much of each broadband collector's volume was given to subscribers, and how.
SELECT $week::DATE AS week, source, attribution, sum(flows)::BIGINT AS flows,
    sum(bytes)::BIGINT AS bytes
FROM attribution_part
JOIN source USING (source_id)
WHERE service = 'broadband'
GROUP BY ALL
ORDER BY source, attribution
