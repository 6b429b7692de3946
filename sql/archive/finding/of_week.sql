-- Findings about the newest revision of each feed of a week, or about one revision.
WITH shown AS (
    SELECT week, feed, coalesce($revision, max(revision)) AS revision
    FROM load_log
    WHERE week = $week
    GROUP BY week, feed
)
SELECT feed, rule, severity, source, file, epoch_ms(start_at) AS start_ms,
    epoch_ms(end_at) AS end_ms, rows, bytes, count, unit, sentence
FROM finding
SEMI JOIN shown USING (week, feed, revision)
ORDER BY feed, number
