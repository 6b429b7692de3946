-- Every attempt to load a feed's week, in the order in which they were made; with the snapshot that
-- it left, from which the archive can be read as it was then.
SELECT week, feed, revision, loaded_at, input_digest, verdict, coverage_percent, delivered_rows,
    loaded_rows, quarantined_rows, out_of_week_rows, snapshot_id AS snapshot, aggregates,
    accepted_reason
FROM load_log
ORDER BY week, feed, revision
