-- Files and slots of one revision of a feed's week.
SELECT files, slots
FROM load_log
WHERE week = $week AND feed = $feed AND revision = $revision
