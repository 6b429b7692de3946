-- Subscribers of a snapshot that a revision would replace, before and after.
SELECT concat_ws(' ', service, nullif(access, ''), segment) AS name, NULL::DATE AS day,
    'subscribers' AS unit, coalesce(sum(subscribers) FILTER (NOT is_new), 0)::HUGEINT AS before,
    coalesce(sum(subscribers) FILTER (is_new), 0)::HUGEINT AS now
FROM revision_row
GROUP BY service, access, segment
ORDER BY ALL
