-- Readings that are lower than the one before: the interface's counters began again.
WITH reading AS (
    SELECT interface, file_index, time_ms, in_octets, out_octets,
        lag(in_octets) OVER by_interface AS in_before,
        lag(out_octets) OVER by_interface AS out_before,
        lag(time_ms) OVER by_interface AS before_ms
    FROM counters
    WINDOW by_interface AS (PARTITION BY interface ORDER BY time_ms)
)
SELECT file_index, interface, before_ms AS start_ms, time_ms AS end_ms
FROM reading
WHERE in_octets < in_before OR out_octets < out_before
ORDER BY interface, time_ms
