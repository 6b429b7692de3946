-- The load in force of each feed of a week, and its inputs. Archives from before concurrent runs
-- over a week took turns may have a revision twice; the last one counts.
SELECT feed, revision, files, slots, delivered_rows, quarantined_rows, quarantined_bytes
FROM load_log
WHERE week = $week AND verdict IN ('passed', 'warned')
QUALIFY row_number() OVER (PARTITION BY feed ORDER BY revision DESC, loaded_at DESC) = 1
ORDER BY feed
