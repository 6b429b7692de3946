-- No flows were accepted: no parts.
SELECT ''::VARCHAR AS service, ''::VARCHAR AS source, 4::UTINYINT AS ip_version,
    0::UTINYINT AS protocol, 0::USMALLINT AS port, 0::BIGINT AS hour_index, 0::BIGINT AS day_index,
    0::INTEGER AS src_subscriber_id, 0::INTEGER AS dst_subscriber_id, 0::BIGINT AS bytes,
    0::BIGINT AS sampled_packets, 0::HUGEINT AS variance_bytes2, true AS is_first
WHERE false
