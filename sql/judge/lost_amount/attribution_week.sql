-- Volume and flow records of a collector that a revision would replace, before and after.
SELECT source AS name, NULL::DATE AS day, unit,
    coalesce(sum(amount) FILTER (NOT is_new), 0)::HUGEINT AS before,
    coalesce(sum(amount) FILTER (is_new), 0)::HUGEINT AS now
FROM (
    SELECT source, is_new, unnest(['bytes', 'rows']) AS unit, unnest([bytes, flows]) AS amount
    FROM revision_row
)
GROUP BY source, unit
ORDER BY ALL
