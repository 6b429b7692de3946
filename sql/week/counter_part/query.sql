-- One row per interface, pair of readings and hour: the difference of the counters, spread evenly
-- between the readings (docs/method.md, rule 2). A pair is usable if neither counter was reset or
-- jumped, and the readings are no further apart than the longest gap and than a wrap allows.
WITH placed AS (
    SELECT counter_pair.*,
        unnest(range(first_quarter.hour_index, last_quarter.hour_index + 1)) AS hour_index
    FROM counter_pair
    JOIN quarter_hour AS first_quarter
        ON first_quarter.quarter = (larger_of(from_ms, $week_start_ms) - $week_start_ms) // 900000
    JOIN quarter_hour AS last_quarter
        ON last_quarter.quarter = (smaller_of(to_ms, $week_end_ms) - 1 - $week_start_ms) // 900000
    WHERE NOT is_reset AND NOT is_too_long AND to_ms - from_ms <= $longest_gap_ms
        AND from_ms < $week_end_ms AND to_ms > $week_start_ms
)
SELECT interface, service, access, hour_index,
    amount_within(in_bytes, from_ms, to_ms, hour.start_ms, hour.end_ms)::BIGINT AS in_bytes,
    amount_within(out_bytes, from_ms, to_ms, hour.start_ms, hour.end_ms)::BIGINT AS out_bytes,
    smaller_of(to_ms, hour.end_ms) - larger_of(from_ms, hour.start_ms) AS covered_ms
FROM placed
JOIN hour USING (hour_index)
