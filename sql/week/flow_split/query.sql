-- Flows that are not completely within one hour of the week, one row for each hour that they touch
-- (docs/method.md, rule 2). The first part represents the record, so that records can be counted.
WITH touched AS (
    SELECT flow_placed.*,
        unnest(range(flow_placed.hour_index, last_quarter.hour_index + 1)) AS touched_hour
    FROM flow_placed
    JOIN quarter_hour AS last_quarter
        ON last_quarter.quarter
            = (smaller_of(last_seen_ms, $week_end_ms) - 1 - $week_start_ms) // 900000
    WHERE NOT is_whole
)
SELECT source_id, port_key, hour.hour_index, hour.day_index, src_subscriber_id, dst_subscriber_id,
    amount_within(bytes, first_seen_ms, last_seen_ms, hour.start_ms, hour.end_ms)::BIGINT AS bytes,
    amount_within(sampled_packets, first_seen_ms, last_seen_ms, hour.start_ms, hour.end_ms)::BIGINT
        AS sampled_packets,
    amount_within(variance_bytes2, first_seen_ms, last_seen_ms, hour.start_ms, hour.end_ms)
        AS variance_bytes2,
    touched_hour = touched.hour_index AS is_first
FROM touched
JOIN hour ON hour.hour_index = touched_hour
