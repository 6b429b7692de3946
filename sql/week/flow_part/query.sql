-- One row a flow and hour of the week (DOMAIN rule 2); nine in ten flows lie within one hour.
WITH placed AS (
    SELECT flows.*,
        service_port(protocol, src_port, dst_port) AS port,
        packets // sampling_interval AS sampled_packets,
        sampling_variance(bytes, packets, sampling_interval) AS variance_bytes2,
        first_seen_ms >= $week_start_ms AND last_seen_ms < $week_end_ms
            AND first_quarter.hour_index = last_quarter.hour_index AS whole,
        first_quarter.hour_index AS first_hour,
        unnest(range(first_quarter.hour_index, last_quarter.hour_index + 1)) AS hour_index
    FROM flow_owned AS flows
    JOIN quarter_hour AS first_quarter
        ON first_quarter.quarter
            = (greatest(first_seen_ms, $week_start_ms) - $week_start_ms) // 900000
    JOIN quarter_hour AS last_quarter
        ON last_quarter.quarter
            = (least(greatest(first_seen_ms, last_seen_ms - 1), $week_end_ms - 1)
                - $week_start_ms) // 900000
    WHERE first_seen_ms < $week_end_ms
        AND (last_seen_ms > $week_start_ms OR first_seen_ms >= $week_start_ms)
)
SELECT service, source, ip_version, protocol, port, hour.hour_index, hour.day_index,
    src_subscriber_id, dst_subscriber_id,
    CASE
        WHEN whole THEN bytes
        ELSE amount_within(bytes, first_seen_ms, last_seen_ms, hour.start_ms, hour.end_ms)
    END::BIGINT AS bytes,
    CASE
        WHEN whole THEN sampled_packets
        ELSE amount_within(
            sampled_packets, first_seen_ms, last_seen_ms, hour.start_ms, hour.end_ms
        )
    END::BIGINT AS sampled_packets,
    CASE
        WHEN whole THEN variance_bytes2
        ELSE amount_within(
            variance_bytes2, first_seen_ms, last_seen_ms, hour.start_ms, hour.end_ms
        )
    END AS variance_bytes2,
    -- The first part of a flow stands for its record, so that records can be counted.
    hour_index = first_hour AS is_first
FROM placed
JOIN hour USING (hour_index)
