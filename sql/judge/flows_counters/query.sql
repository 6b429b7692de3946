-- PPPoE flows compared with PPPoE counters, by local day, over the hours that both cover
-- completely. Flows have their sampling error, as a standard deviation.
WITH counted AS (
    SELECT hour_start, sum(in_bytes::HUGEINT + out_bytes) AS counter_bytes
    FROM rate_hour
    WHERE week = $week AND service = 'broadband' AND access = 'pppoe'
    GROUP BY hour_start
    HAVING bool_and(covered_ms = hour_ms)
),
seen AS (
    SELECT hour_start, sum(bytes) AS flow_bytes, sum(variance_bytes2) AS variance_bytes2
    FROM port_group_hour
    WHERE week = $week AND service = 'broadband'
    GROUP BY hour_start
    HAVING min(coverage_percent) >= 100
)
SELECT hour_start::DATE AS day, sum(flow_bytes)::DOUBLE AS measured_bytes,
    sum(counter_bytes)::DOUBLE AS counter_bytes, sqrt(sum(variance_bytes2)::DOUBLE) AS error_bytes,
    count(*) AS hours
FROM counted
JOIN seen USING (hour_start)
GROUP BY day
ORDER BY day
