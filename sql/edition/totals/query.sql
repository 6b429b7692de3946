-- totals: numbers of consumers and their volume (docs/method.md, rule 13). Numbers are rounded to
-- the minimum number of subscribers; the volume follows from published values, so that two
-- roundings of one sum cannot be compared.
WITH known AS (
    SELECT year, service, direction, sum(subscribers) AS subscribers
    FROM access_volume
    GROUP BY ALL
),
published AS (
    SELECT year, 'broadband' AS service, direction, mean_mb, coverage_percent FROM table_1
    UNION ALL
    SELECT year, 'mobile', direction, mean_mb, coverage_percent FROM table_2
),
counted AS (
    SELECT year, service, direction, mean_mb, coverage_percent,
        multiple_of(volume_disclosure.subscribers, rounding_step($minimum_subscribers))
            AS counted_subscribers,
        multiple_of(known.subscribers, rounding_step($minimum_subscribers)) AS known_subscribers
    FROM published
    JOIN volume_disclosure USING (year, service, direction)
    LEFT JOIN known USING (year, service, direction)
    WHERE mean_mb IS NOT NULL
)
SELECT year, service, direction, counted_subscribers, known_subscribers,
    mean_mb * 7 * counted_subscribers / 1e6 AS week_tb, coverage_percent
FROM counted
ORDER BY year, service, direction
