-- Findings as the load passes them on, with their week.
SELECT $week::DATE AS week, feed, revision, number, rule, severity, source, file,
    to_timestamp(start_ms / 1000) AS start_at, to_timestamp(end_ms / 1000) AS end_at,
    rows, bytes, count, unit, sentence
FROM found
