-- Bytes of each collector that no accounting session explains.
SELECT source, coalesce(sum(bytes) FILTER (WHERE attribution = 'none'), 0)::BIGINT AS bytes,
    coalesce(sum(flows) FILTER (WHERE attribution = 'none'), 0)::BIGINT AS flows,
    sum(bytes)::BIGINT AS all_bytes
FROM attribution_week
WHERE week = $week
GROUP BY source
HAVING sum(bytes) > 0
ORDER BY source
