-- Rows of the analysis weeks with a negative variance, which is impossible, by archive table.
SELECT week, 'subscriber_day' AS archive_table, count(*) AS rows
FROM subscriber_day
SEMI JOIN analysis_week USING (week)
WHERE least(in_variance_bytes2, out_variance_bytes2) < 0
GROUP BY week
UNION ALL
SELECT week, 'port_week', count(*)
FROM port_week
SEMI JOIN analysis_week USING (week)
WHERE variance_bytes2 < 0
GROUP BY week
ORDER BY week, archive_table
