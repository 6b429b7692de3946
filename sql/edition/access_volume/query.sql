-- Consumers by access and their volume in each analysis week, for the split of growth
-- (docs/method.md, rule 15). All consumers of the customer system are counted, because the number
-- seen depends on sampling.
WITH volume AS (
    SELECT year, service, access, coverage_percent, unnest([
        {direction: 'in', bytes: in_bytes, sampled_packets: in_sampled_packets,
            variance_bytes2: in_variance_bytes2},
        {direction: 'out', bytes: out_bytes, sampled_packets: out_sampled_packets,
            variance_bytes2: out_variance_bytes2}
    ], recursive := true)
    FROM (
        SELECT year, service, access,
            min(coverage_percent) AS coverage_percent,
            sum(in_bytes)::BIGINT AS in_bytes,
            sum(out_bytes)::BIGINT AS out_bytes,
            coalesce(sum(in_sampled_packets), 0)::BIGINT AS in_sampled_packets,
            coalesce(sum(out_sampled_packets), 0)::BIGINT AS out_sampled_packets,
            sum(in_variance_bytes2)::DECIMAL(38, 0) AS in_variance_bytes2,
            sum(out_variance_bytes2)::DECIMAL(38, 0) AS out_variance_bytes2
        FROM subscriber_week
        GROUP BY ALL
    )
),
-- A year is complete if all accesses of the service are known in it. A year of PPPoE alone never
-- is, whatever the other years of the edition contain: its growth would pass for growth of
-- broadband, and a move to IPoE for a loss of subscribers.
complete AS (
    SELECT year, service, direction,
        list_has_all(list(access), any_value(accesses_of(service))) AND sum(bytes) > 0 AS is_complete
    FROM volume
    JOIN consumer_count USING (year, service, access)
    GROUP BY ALL
)
SELECT year, service, direction, access, subscribers, bytes, sampled_packets, variance_bytes2,
    coverage_percent, is_complete
FROM volume
JOIN consumer_count USING (year, service, access)
JOIN complete USING (year, service, direction)
ORDER BY ALL
