-- Volumes for the port tables (docs/method.md, rule 3) in the years that they print: both IP
-- versions together and, for mobile, each version by itself. IPv6-ICMP is counted with ICMP.
SELECT year, service, ip_version, protocol, port,
    port_class(protocol, port) AS class,
    sum(bytes)::BIGINT AS bytes,
    sum(sampled_packets)::BIGINT AS sampled_packets,
    sum(variance_bytes2)::DECIMAL(38, 0) AS variance_bytes2,
    min(coverage_percent) AS coverage_percent
FROM (
    SELECT year, service,
        unnest(
            CASE service WHEN 'mobile' THEN ['4+6', ip_version::VARCHAR] ELSE ['4+6'] END
        ) AS ip_version,
        counted_protocol(protocol) AS protocol,
        port, bytes, sampled_packets, variance_bytes2, coverage_percent
    FROM port_week
    JOIN analysis_week USING (week)
    WHERE year >= $first_port_year
)
GROUP BY ALL
