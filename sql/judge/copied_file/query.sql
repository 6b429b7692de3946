-- Delivered files whose content is in force under another name: of another day, or of another week
-- if names state no time. Files that are already in force in this week are not reported.
WITH in_force AS (
    SELECT week, files
    FROM load_log
    WHERE feed = $feed AND week BETWEEN $first_week AND $last_week
        AND verdict IN ('passed', 'warned')
    QUALIFY row_number() OVER (PARTITION BY week ORDER BY revision DESC) = 1
),
known AS (
    SELECT week, file ->> 'source' AS source, file ->> 'name' AS name, file ->> 'sha256' AS sha256
    FROM (SELECT week, unnest(from_json(files, '["JSON"]')) AS file FROM in_force)
)
SELECT candidate.source, candidate.name,
    min({week: known.week, name: known.name}).week AS known_week,
    min({week: known.week, name: known.name}).name AS known_name
FROM candidate
JOIN known
    ON known.sha256 = candidate.sha256
    AND (known.name <> candidate.name OR (known.week <> $week AND NOT candidate.tells_slot))
ANTI JOIN known AS unchanged
    ON unchanged.week = $week AND unchanged.source = candidate.source
    AND unchanged.name = candidate.name AND unchanged.sha256 = candidate.sha256
GROUP BY candidate.source, candidate.name
ORDER BY ALL
