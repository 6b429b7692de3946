-- The newest attempt to load each feed of a week.
SELECT feed, max(revision) AS revision
FROM load_log
WHERE week = $week
GROUP BY feed
ORDER BY feed
