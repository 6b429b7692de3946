-- figure-10: the IN rates of figure-9, on the base of figure-9 (docs/method.md, rule 10).
SELECT week, hour, relative_rate, coverage_percent, status
FROM figure_9
WHERE direction = 'in'
ORDER BY week, hour
