-- The files of the newest attempt to load each feed of a week, whatever became of it.
SELECT feed, files
FROM load_log
WHERE week = $week
QUALIFY row_number() OVER (PARTITION BY feed ORDER BY revision DESC, loaded_at DESC) = 1
ORDER BY feed
