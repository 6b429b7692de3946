-- Octets of a service and access in each hour. An interface that is covered for a part of the hour counts
-- with that part alone; least_coverage_percent shows where this matters.
SELECT week, service, access, hour_start,
    count(*) AS interfaces,
    sum(in_bytes)::BIGINT AS in_bytes,
    sum(out_bytes)::BIGINT AS out_bytes,
    min(100 * covered_ms / hour_ms) AS least_coverage_percent
FROM rate_hour
GROUP BY ALL
