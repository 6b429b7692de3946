-- Volumes of usage records compared with the counters of the same access, by local day, over days
-- that both cover completely, with the uncertainty of usage records at day edges.
WITH counted AS (
    SELECT service, access, hour_start::DATE AS day,
        sum(in_bytes::HUGEINT + out_bytes) AS counter_bytes
    FROM rate_hour
    WHERE week = $week
    GROUP BY service, access, day
    HAVING bool_and(covered_ms = hour_ms)
),
used AS (
    SELECT service, access, day, sum(in_bytes::HUGEINT + out_bytes) AS usage_bytes,
        count(DISTINCT subscriber) AS subscribers
    FROM subscriber_day
    WHERE week = $week AND access <> 'pppoe'
    GROUP BY service, access, day
    HAVING min(coverage_percent) >= 100
)
SELECT service, access, day, usage_bytes::DOUBLE AS measured_bytes,
    counter_bytes::DOUBLE AS counter_bytes, coalesce(usage_crossing.bytes, 0)::DOUBLE AS error_bytes,
    used.subscribers
FROM counted
JOIN used USING (service, access, day)
LEFT JOIN usage_crossing USING (service, access, day)
ORDER BY service, access, day
