-- Flows of some files with a part in the week, with the hour in which that part begins. Nearly all
-- of them are completely within it.
SELECT source_id,
    port_key(ip_version, protocol, service_port(protocol, src_port, dst_port)) AS port_key,
    quarter_hour.hour_index, quarter_hour.day_index, src_subscriber_id, dst_subscriber_id, bytes,
    packets // sampling_interval AS sampled_packets,
    sampling_variance(bytes, packets, sampling_interval) AS variance_bytes2,
    first_seen_ms, last_seen_ms,
    first_seen_ms >= $week_start_ms AND last_seen_ms <= quarter_hour.hour_end_ms AS is_whole
FROM flow_owned
JOIN quarter_hour
    ON quarter_hour.quarter = (larger_of(first_seen_ms, $week_start_ms) - $week_start_ms) // 900000
WHERE file_index BETWEEN $first_file AND $last_file
    AND first_seen_ms < $week_end_ms
    AND (last_seen_ms > $week_start_ms OR first_seen_ms >= $week_start_ms)
