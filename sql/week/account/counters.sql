-- Readings have no volume by themselves; readings outside the week's edges are out of week.
SELECT
    count(*) FILTER (time_ms BETWEEN $week_start_ms AND $week_end_ms) AS loaded_rows,
    0::BIGINT AS loaded_bytes,
    count(*) FILTER (time_ms < $week_start_ms OR time_ms > $week_end_ms) AS out_of_week_rows,
    0::BIGINT AS out_of_week_bytes
FROM counters
