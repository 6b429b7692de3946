-- Files and slots of one revision of a feed's week. Archives from before runs over one week took
-- turns may hold a revision twice: of these the one that came last counts.
SELECT files, slots
FROM load_log
WHERE week = $week AND feed = $feed AND revision = $revision
ORDER BY loaded_at DESC
LIMIT 1
