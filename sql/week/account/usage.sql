-- Account of the accepted charging records; see flows.sql.
SELECT
    (SELECT count(*) FROM usage_part WHERE is_first) AS loaded_rows,
    (SELECT coalesce(sum(in_bytes + out_bytes), 0) FROM usage_part)::BIGINT AS loaded_bytes,
    count(*) FILTER (
        end_ms <= $week_start_ms AND start_ms < $week_start_ms OR start_ms >= $week_end_ms
    ) AS out_of_week_rows,
    coalesce(
        sum(
            amount_before(in_bytes, start_ms, end_ms, $week_start_ms)
            + in_bytes - amount_before(in_bytes, start_ms, end_ms, $week_end_ms)
            + amount_before(out_bytes, start_ms, end_ms, $week_start_ms)
            + out_bytes - amount_before(out_bytes, start_ms, end_ms, $week_end_ms)
        ),
        0
    )::BIGINT AS out_of_week_bytes
FROM usage
