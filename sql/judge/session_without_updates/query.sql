-- Open sessions that nothing ended, on access servers whose sessions never report a sign of life:
-- it is unknown whether their stop records were lost.
WITH server AS (
    SELECT access_server
    FROM held_prefix
    GROUP BY access_server
    HAVING NOT bool_or(alive_ms > start_ms)
),
open_session AS (
    SELECT access_server, session, min(start_ms) AS start_ms
    FROM held_prefix
    WHERE stop_ms IS NULL
    GROUP BY access_server, session
    HAVING max(next_ms) IS NULL AND max(restart_ms) IS NULL
)
SELECT count(*) AS sessions, min(start_ms) AS start_ms, max(start_ms) AS end_ms
FROM open_session
SEMI JOIN server USING (access_server)
