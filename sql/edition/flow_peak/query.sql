-- The highest hourly volume over all protocols in a week (docs/method.md, rule 11): of equal hours,
-- the earliest.
SELECT year, service, hour_start, bytes, sampled_packets, variance_bytes2,
    avg(bytes) OVER (PARTITION BY year, service) AS mean_bytes
FROM flow_hour
WHERE is_covered
QUALIFY row_number() OVER (PARTITION BY year, service ORDER BY bytes DESC, hour_start) = 1
    AND bytes > 0
