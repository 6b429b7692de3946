-- The load in force of each week and feed. Archives from before concurrent runs over a week took turns may
-- have a revision twice; the last one counts.
SELECT week, feed, revision, loaded_at, verdict, coverage_percent, delivered_rows, quarantined_rows
FROM load_log
WHERE verdict IN ('passed', 'warned')
QUALIFY
    row_number() OVER (PARTITION BY week, feed ORDER BY revision DESC, loaded_at DESC) = 1
