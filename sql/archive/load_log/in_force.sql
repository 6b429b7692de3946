-- Of each feed of a week the load that stands in the archive, and what it was made of. Archives from
-- before runs over one week took turns may hold a revision twice: of these the one that came last
-- counts.
SELECT feed, revision, files, slots, delivered_rows, quarantined_rows, quarantined_bytes
FROM load_log
WHERE week = $week AND verdict IN ('passed', 'warned')
QUALIFY row_number() OVER (PARTITION BY feed ORDER BY revision DESC, loaded_at DESC) = 1
ORDER BY feed
