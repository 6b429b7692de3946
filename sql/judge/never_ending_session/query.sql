-- Open sessions that gave no sign of life for long before the records were drawn, and whose address
-- was not given out again: what they hold cannot be told from what they held.
WITH drawn AS (
    SELECT max(greatest(alive_ms, coalesce(stop_ms, start_ms))) AS drawn_ms FROM held_prefix
),
placed AS (
    SELECT *,
        lead(start_ms) OVER (
            PARTITION BY access_server, ip_version, high, low, prefix_length
            ORDER BY start_ms, session
        ) AS next_ms
    FROM held_prefix
)
SELECT count(DISTINCT session) AS sessions, min(start_ms) AS start_ms, max(alive_ms) AS end_ms
FROM placed
CROSS JOIN drawn
WHERE stop_ms IS NULL AND next_ms IS NULL AND drawn_ms - alive_ms > $silent_ms
