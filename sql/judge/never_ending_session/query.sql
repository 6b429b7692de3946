-- Open sessions that nothing ended and whose last sign of life is long before the newest record of
-- their access server, although that server reports signs of life. It is unknown whether they still
-- hold their addresses.
WITH server AS (
    SELECT access_server, max(greatest(alive_ms, stop_ms)) AS newest_ms
    FROM held_prefix
    GROUP BY access_server
    HAVING bool_or(alive_ms > start_ms)
),
open_session AS (
    SELECT access_server, session, min(start_ms) AS start_ms, max(alive_ms) AS alive_ms
    FROM held_prefix
    WHERE stop_ms IS NULL
    GROUP BY access_server, session
    HAVING max(next_ms) IS NULL AND max(restart_ms) IS NULL
)
SELECT count(*) AS sessions, min(start_ms) AS start_ms, max(alive_ms) AS end_ms
FROM open_session
JOIN server USING (access_server)
WHERE newest_ms - alive_ms > $silent_ms
