-- Sessions that began on an address or prefix while another one, whose stop is known, held it.
WITH placed AS (
    SELECT session, start_ms,
        max(stop_ms) OVER (
            PARTITION BY access_server, ip_version, high, low, prefix_length
            ORDER BY start_ms, session
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS held_until_ms
    FROM held_prefix
)
SELECT count(DISTINCT session) AS sessions, min(start_ms) AS start_ms, max(start_ms) AS end_ms
FROM placed
WHERE held_until_ms > start_ms
