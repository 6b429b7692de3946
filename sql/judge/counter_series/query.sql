-- Interfaces whose counters decreased or jumped: how often, from when to when, among how many
-- readings, and how high the counters get.
SELECT interface, min(file_index) AS file_index, count(*) AS resets, min(start_ms) AS start_ms,
    max(end_ms) AS end_ms, any_value(readings) AS readings, any_value(largest) AS largest
FROM counter_reset
JOIN (
    SELECT interface, count(*) AS readings,
        greatest(max(in_octets), max(out_octets)) AS largest
    FROM counters
    GROUP BY interface
) AS series USING (interface)
GROUP BY interface
ORDER BY interface
