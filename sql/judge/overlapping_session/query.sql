-- Sessions that began on an address or prefix while another session with a known stop held it.
SELECT count(DISTINCT session) AS sessions, min(start_ms) AS start_ms, max(start_ms) AS end_ms
FROM held_prefix
WHERE held_until_ms > start_ms
