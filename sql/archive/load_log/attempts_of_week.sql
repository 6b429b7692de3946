-- Every attempt to load a feed of one week, in the order in which they were made; with the snapshot
-- that it left, from which the archive can be read as it was then.
SELECT week, feed, revision, loaded_at, input_digest, verdict, coverage_percent, delivered_rows,
    loaded_rows, quarantined_rows, out_of_week_rows, snapshot_id AS snapshot, aggregates,
    accepted_reason
FROM load_log
WHERE week = $week
ORDER BY week, feed, revision
