-- Account of the accepted flows: bytes inside the week from the aggregated parts, bytes outside
-- from the flows themselves. The two are counted separately and must add up.
SELECT
    (SELECT coalesce(sum(flows), 0) FROM attribution_part)::BIGINT AS loaded_rows,
    (SELECT coalesce(sum(bytes), 0) FROM attribution_part)::BIGINT AS loaded_bytes,
    count(*) FILTER (
        last_seen_ms <= $week_start_ms AND first_seen_ms < $week_start_ms
        OR first_seen_ms >= $week_end_ms
    ) AS out_of_week_rows,
    coalesce(
        sum(
            amount_before(bytes, first_seen_ms, last_seen_ms, $week_start_ms)
            + bytes - amount_before(bytes, first_seen_ms, last_seen_ms, $week_end_ms)
        ),
        0
    )::BIGINT AS out_of_week_bytes
FROM flows
WHERE first_seen_ms < $week_start_ms OR last_seen_ms >= $week_end_ms
