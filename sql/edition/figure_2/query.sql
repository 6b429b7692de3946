-- figure-2: broadband by hour of the day from Monday to Friday, in the weeks of the last year that
-- the settings name (docs/method.md, rule 10).
SELECT week, direction, hour, relative_rate, coverage_percent, 'computed' AS status
FROM drawn_hour
WHERE figure = 'day'
ORDER BY week, direction DESC, hour
