-- Sessions that got an address or prefix within minutes after somebody else gave it back.
WITH placed AS (
    SELECT session, login, start_ms,
        lag(login) OVER held AS login_before, lag(stop_ms) OVER held AS stop_before_ms
    FROM held_prefix
    WINDOW held AS (
        PARTITION BY access_server, ip_version, high, low, prefix_length ORDER BY start_ms, session
    )
)
SELECT count(DISTINCT session) AS sessions, min(start_ms) AS start_ms, max(start_ms) AS end_ms
FROM placed
WHERE login <> login_before AND start_ms BETWEEN stop_before_ms AND stop_before_ms + $soon_ms
