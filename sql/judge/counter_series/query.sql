-- Interfaces whose counters were reset, jumped or wrapped: how often each, from when to when, among
-- how many readings, and how high the counters get. The pairs of readings are those of the load
-- (week/counter_pair).
SELECT interface, min(file_index) FILTER (is_reset OR wraps > 0) AS file_index,
    count(*) FILTER (is_reset) AS resets,
    min(from_ms) FILTER (is_reset) AS reset_start_ms, max(to_ms) FILTER (is_reset) AS reset_end_ms,
    sum(wraps)::BIGINT AS wraps,
    min(from_ms) FILTER (wraps > 0) AS wrap_start_ms, max(to_ms) FILTER (wraps > 0) AS wrap_end_ms,
    any_value(readings) AS readings, any_value(largest) AS largest
FROM counter_pair
JOIN (
    SELECT interface, count(*) AS readings,
        greatest(max(in_octets), max(out_octets)) AS largest
    FROM counters
    GROUP BY interface
) AS series USING (interface)
GROUP BY interface
HAVING resets > 0 OR wraps > 0
ORDER BY interface
