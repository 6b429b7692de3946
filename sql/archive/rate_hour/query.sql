-- Octets by interface and hour (docs/method.md, rules 9 and 10); every hour of the week has a row,
-- even if it is not covered.
WITH interface AS (
    SELECT DISTINCT service, access, interface FROM counters
)
SELECT $week::DATE AS week, interface.service, interface.access, interface.interface,
    to_timestamp(hour.start_ms / 1000) AS hour_start,
    coalesce(sum(counter_part.in_bytes), 0)::BIGINT AS in_bytes,
    coalesce(sum(counter_part.out_bytes), 0)::BIGINT AS out_bytes,
    coalesce(sum(counter_part.covered_ms), 0)::BIGINT AS covered_ms,
    hour.end_ms - hour.start_ms AS hour_ms
FROM interface
CROSS JOIN hour
LEFT JOIN counter_part
    ON counter_part.service = interface.service
    AND counter_part.access = interface.access
    AND counter_part.interface = interface.interface
    AND counter_part.hour_index = hour.hour_index
GROUP BY interface.service, interface.access, interface.interface, hour.start_ms, hour.end_ms
ORDER BY service, access, interface, hour_start
