-- Volume of a service that a revision of flows would replace, before and now: by day and for the
-- week.
SELECT service AS name, hour_start::DATE AS day, 'bytes' AS unit,
    coalesce(sum(bytes) FILTER (NOT is_new), 0)::HUGEINT AS before,
    coalesce(sum(bytes) FILTER (is_new), 0)::HUGEINT AS now
FROM revision_row
GROUP BY GROUPING SETS ((service, day), (service))
ORDER BY ALL
