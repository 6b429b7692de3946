-- Number of consumers of the last year with bytes in both directions, by their daily volumes on a grid:
-- place k begins at 10^(k / $cells_per_decade) bytes per day (docs/method.md, rule 5).
SELECT year, service,
    floor($cells_per_decade * log10(out_bytes / 7))::INTEGER AS out_place,
    floor($cells_per_decade * log10(in_bytes / 7))::INTEGER AS in_place,
    count(*) AS subscribers
FROM subscriber_week
WHERE in_bytes > 0 AND out_bytes > 0 AND year = (SELECT max(year) FROM analysis_week)
GROUP BY ALL
ORDER BY ALL
