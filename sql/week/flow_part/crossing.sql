-- Flows across an edge of an hour or of the week: one row an hour that they touch (DOMAIN rule 2).
WITH placed AS (
    SELECT flow_owned.*,
        packets // sampling_interval AS sampled_packets,
        sampling_variance(bytes, packets, sampling_interval) AS variance_bytes2,
        first_quarter.hour_index AS first_hour,
        unnest(range(first_quarter.hour_index, last_quarter.hour_index + 1)) AS hour_index
    FROM flow_owned
    JOIN quarter_hour AS first_quarter
        ON first_quarter.quarter
            = (greatest(first_seen_ms, $week_start_ms) - $week_start_ms) // 900000
    JOIN quarter_hour AS last_quarter
        ON last_quarter.quarter
            = (least(greatest(first_seen_ms, last_seen_ms - 1), $week_end_ms - 1)
                - $week_start_ms) // 900000
    WHERE file_index BETWEEN $first_file AND $last_file
        AND first_seen_ms < $week_end_ms AND last_seen_ms > $week_start_ms
        -- The next line follows from the one after it, but looks at the flow alone, so that it is
        -- applied before owners are looked for.
        AND (first_seen_ms < $week_start_ms
            OR (first_seen_ms - $week_start_ms) // 900000
                < (last_seen_ms - $week_start_ms) // 900000)
        AND (first_seen_ms < $week_start_ms OR last_seen_ms > first_quarter.hour_end_ms)
)
SELECT source_id, ip_version, protocol, service_port(protocol, src_port, dst_port) AS port,
    hour.hour_index, hour.day_index, src_subscriber_id, dst_subscriber_id,
    amount_within(bytes, first_seen_ms, last_seen_ms, hour.start_ms, hour.end_ms)::BIGINT AS bytes,
    amount_within(sampled_packets, first_seen_ms, last_seen_ms, hour.start_ms, hour.end_ms)::BIGINT
        AS sampled_packets,
    amount_within(variance_bytes2, first_seen_ms, last_seen_ms, hour.start_ms, hour.end_ms)
        AS variance_bytes2,
    -- The first part stands for its record, so that records can be counted.
    hour.hour_index = first_hour AS is_first
FROM placed
JOIN hour USING (hour_index)
