-- Every attempt to load a feed of one week, in order, with the snapshot that it left: the archive
-- can be read as of that snapshot.
SELECT week, feed, revision, loaded_at, input_digest, verdict, coverage_percent, delivered_rows,
    loaded_rows, quarantined_rows, out_of_week_rows, snapshot_id AS snapshot, aggregates,
    accepted_reason
FROM load_log
WHERE week = $week
ORDER BY week, feed, revision
