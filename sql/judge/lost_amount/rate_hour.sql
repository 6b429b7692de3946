-- Octets and covered time of an interface that a revision would replace, before and now: by day and
-- for the week.
SELECT interface AS name, day, unit,
    coalesce(sum(amount) FILTER (NOT is_new), 0)::HUGEINT AS before,
    coalesce(sum(amount) FILTER (is_new), 0)::HUGEINT AS now
FROM (
    SELECT interface, hour_start::DATE AS day, is_new,
        unnest(['bytes', 'ms of covered time']) AS unit,
        unnest([in_bytes::HUGEINT + out_bytes, covered_ms::HUGEINT]) AS amount
    FROM revision_row
)
GROUP BY GROUPING SETS ((interface, day, unit), (interface, unit))
ORDER BY ALL
