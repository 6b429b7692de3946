-- Readings that are lower than the previous one, or higher by more than any network carries: the
-- interface's counters were reset, or jumped. The series, and the choice between two readings at
-- one time, are those of the load (week/counter_part).
WITH single AS (
    SELECT interface, service, access, file_index, time_ms, in_octets, out_octets
    FROM counters
    WINDOW at_one_time AS (
        PARTITION BY interface, service, access, time_ms ORDER BY file_index, position
    )
    QUALIFY row_number() OVER at_one_time = 1
),
reading AS (
    SELECT interface, service, access, file_index, time_ms, in_octets, out_octets,
        lag(in_octets) OVER by_interface AS in_before,
        lag(out_octets) OVER by_interface AS out_before,
        lag(time_ms) OVER by_interface AS before_ms
    FROM single
    WINDOW by_interface AS (PARTITION BY interface, service, access ORDER BY time_ms)
)
SELECT file_index, interface, before_ms AS start_ms, time_ms AS end_ms
FROM reading
WHERE in_octets < in_before OR out_octets < out_before
    OR is_jump(in_before, in_octets, before_ms, time_ms)
    OR is_jump(out_before, out_octets, before_ms, time_ms)
ORDER BY interface, service, access, time_ms
