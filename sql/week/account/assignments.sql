-- Accounting sessions have no volume here; sessions that do not touch the window are out of week.
SELECT
    (
        SELECT count(DISTINCT session) FILTER (port_first IS NULL)
            -- A session may have several records, one for each of its port ranges.
            + count(DISTINCT row(session, port_first, port_last)) FILTER (port_first IS NOT NULL)
        FROM holding
    ) AS loaded_rows,
    0::BIGINT AS loaded_bytes,
    count(*) FILTER (
        start_ms >= $window_end_ms OR coalesce(stop_ms, $window_end_ms) < $window_start_ms
    ) AS out_of_week_rows,
    0::BIGINT AS out_of_week_bytes
FROM assignments
