-- Open sessions that gave no sign of life for long before the records were drawn, and of whose
-- addresses none was given out again: what they hold cannot be told from what they held.
WITH drawn AS (
    SELECT max(greatest(alive_ms, coalesce(stop_ms, start_ms))) AS drawn_ms FROM held_prefix
),
open_session AS (
    SELECT session, min(start_ms) AS start_ms, max(alive_ms) AS alive_ms
    FROM held_prefix
    WHERE stop_ms IS NULL
    GROUP BY session
    HAVING max(next_ms) IS NULL
)
SELECT count(*) AS sessions, min(start_ms) AS start_ms, max(alive_ms) AS end_ms
FROM open_session
CROSS JOIN drawn
WHERE drawn_ms - alive_ms > $silent_ms
