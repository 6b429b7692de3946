-- Access servers with open sessions whose newest record is long before the week's end, although
-- more was to be expected: they report signs of life, or would have begun twenty sessions since at
-- the previous rate. Either the records were drawn too early, or the server's accounting stopped.
WITH server AS (
    SELECT access_server, count(DISTINCT session) FILTER (stop_ms IS NULL) AS sessions,
        count(DISTINCT session) FILTER (start_ms >= $week_start_ms) AS starts,
        bool_or(alive_ms > start_ms) AS has_updates,
        max(greatest(alive_ms, stop_ms)) AS newest_ms
    FROM held_prefix
    GROUP BY access_server
)
SELECT access_server, sessions, newest_ms
FROM server
WHERE sessions > 0 AND newest_ms < $week_end_ms - $silent_ms
    AND (
        has_updates
        OR starts >= 20
            AND starts * ($week_end_ms - newest_ms) >= 20 * (newest_ms - $week_start_ms)
    )
ORDER BY access_server
