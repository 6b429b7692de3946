-- Of each feed of a week the load that stands in the archive, and what it was made of.
SELECT feed, revision, files, delivered_rows, quarantined_rows, quarantined_bytes
FROM load_log
WHERE week = $week AND verdict IN ('passed', 'warned')
QUALIFY row_number() OVER (PARTITION BY feed ORDER BY revision DESC) = 1
ORDER BY feed
