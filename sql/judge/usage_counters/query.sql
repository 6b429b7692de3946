-- Volumes by usage records against the counters of the same access, a local day each, over days
-- that both cover in full.
WITH counted AS (
    SELECT service, access, hour_start::DATE AS day,
        sum(in_bytes::HUGEINT + out_bytes) AS counter_bytes
    FROM rate_hour
    WHERE week = $week
    GROUP BY service, access, day
    HAVING bool_and(covered_ms = hour_ms)
),
used AS (
    SELECT service, access, day, sum(in_bytes::HUGEINT + out_bytes) AS usage_bytes
    FROM subscriber_day
    WHERE week = $week AND access <> 'pppoe'
    GROUP BY service, access, day
    HAVING min(coverage_percent) >= 100
)
SELECT service, access, day, usage_bytes::DOUBLE AS measured_bytes,
    counter_bytes::DOUBLE AS counter_bytes
FROM counted
JOIN used USING (service, access, day)
ORDER BY service, access, day
