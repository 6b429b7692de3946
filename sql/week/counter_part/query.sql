-- One row per interface, pair of readings and hour: the difference of the counters, spread evenly
-- between the readings (docs/method.md, rule 2). A pair is usable if neither counter decreased (a
-- reset) or jumped, and the readings are no further apart than the longest gap. Of several readings
-- at one time the first counts, by file and position, as in the rule counters.doubled_reading.
WITH single AS (
    SELECT interface, service, access, time_ms, in_octets, out_octets
    FROM counters
    WINDOW at_one_time AS (
        PARTITION BY interface, service, access, time_ms ORDER BY file_index, position
    )
    QUALIFY row_number() OVER at_one_time = 1
),
pair AS (
    SELECT interface, service, access, time_ms AS to_ms,
        lag(time_ms) OVER by_interface AS from_ms,
        in_octets AS in_after, lag(in_octets) OVER by_interface AS in_before,
        out_octets AS out_after, lag(out_octets) OVER by_interface AS out_before
    FROM single
    WINDOW by_interface AS (PARTITION BY interface, service, access ORDER BY time_ms)
),
placed AS (
    SELECT pair.*, in_after::HUGEINT - in_before::HUGEINT AS in_bytes,
        out_after::HUGEINT - out_before::HUGEINT AS out_bytes,
        unnest(range(first_quarter.hour_index, last_quarter.hour_index + 1)) AS hour_index
    FROM pair
    JOIN quarter_hour AS first_quarter
        ON first_quarter.quarter = (larger_of(from_ms, $week_start_ms) - $week_start_ms) // 900000
    JOIN quarter_hour AS last_quarter
        ON last_quarter.quarter = (smaller_of(to_ms, $week_end_ms) - 1 - $week_start_ms) // 900000
    WHERE from_ms IS NOT NULL AND to_ms > from_ms AND to_ms - from_ms <= $longest_gap_ms
        AND in_after >= in_before AND out_after >= out_before
        AND NOT is_jump(in_before, in_after, from_ms, to_ms)
        AND NOT is_jump(out_before, out_after, from_ms, to_ms)
        AND from_ms < $week_end_ms AND to_ms > $week_start_ms
)
SELECT interface, service, access, hour_index,
    amount_within(in_bytes, from_ms, to_ms, hour.start_ms, hour.end_ms)::BIGINT AS in_bytes,
    amount_within(out_bytes, from_ms, to_ms, hour.start_ms, hour.end_ms)::BIGINT AS out_bytes,
    smaller_of(to_ms, hour.end_ms) - larger_of(from_ms, hour.start_ms) AS covered_ms
FROM placed
JOIN hour USING (hour_index)
