-- Volumes that port tables are made of (docs/method.md, rule 3), of the years they print: IP
-- versions together and, of mobile, each version by itself. IPv6-ICMP is counted with ICMP.
SELECT year, service, ip_version, protocol, port,
    CASE
        WHEN protocol NOT IN (6, 17) THEN NULL
        WHEN port IS NULL THEN 'unknown'
        WHEN port < 1024 THEN '<1024'
        ELSE '>=1024'
    END AS class,
    sum(bytes)::BIGINT AS bytes,
    sum(sampled_packets)::BIGINT AS sampled_packets,
    sum(variance_bytes2)::DECIMAL(38, 0) AS variance_bytes2,
    min(coverage_percent) AS coverage_percent
FROM (
    SELECT year, service,
        unnest(
            CASE service WHEN 'mobile' THEN ['4+6', ip_version::VARCHAR] ELSE ['4+6'] END
        ) AS ip_version,
        (CASE protocol WHEN 58 THEN 1 ELSE protocol END)::UTINYINT AS protocol,
        port, bytes, sampled_packets, variance_bytes2, coverage_percent
    FROM port_week
    JOIN analysis_week USING (week)
    WHERE year >= $first_port_year
)
GROUP BY ALL
