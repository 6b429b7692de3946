-- Volume and number of subscribers of an access that a revision would replace, before and now: by
-- day and for the week.
WITH amount AS (
    SELECT trim(service || ' ' || access) AS name, day, is_new,
        sum(in_bytes::HUGEINT + out_bytes) AS bytes, count(DISTINCT subscriber) AS subscribers
    FROM revision_row
    GROUP BY GROUPING SETS ((service, access, day, is_new), (service, access, is_new))
)
SELECT name, day, unit, coalesce(sum(amount) FILTER (NOT is_new), 0)::HUGEINT AS before,
    coalesce(sum(amount) FILTER (is_new), 0)::HUGEINT AS now
FROM (
    SELECT name, day, is_new, unnest(['bytes', 'subscribers']) AS unit,
        unnest([bytes, subscribers::HUGEINT]) AS amount
    FROM amount
)
GROUP BY name, day, unit
ORDER BY ALL
