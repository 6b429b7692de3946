-- Sessions that got an address or prefix within minutes after another subscriber released it.
SELECT count(DISTINCT session) AS sessions, min(start_ms) AS start_ms, max(start_ms) AS end_ms
FROM held_prefix
WHERE login <> login_before AND start_ms BETWEEN stop_before_ms AND stop_before_ms + $soon_ms
