-- Volume by hour and port group of a piece of the week, each flow once.
SELECT service, hour_index, port_group(protocol_of(port_key), port_of(port_key)) AS port_group,
    sum(bytes)::BIGINT AS bytes, sum(sampled_packets)::BIGINT AS sampled_packets,
    sum(variance_bytes2) AS variance_bytes2
FROM port_hour
JOIN source USING (source_id)
WHERE enters_figures(source_kind, destination_kind)
GROUP BY ALL
