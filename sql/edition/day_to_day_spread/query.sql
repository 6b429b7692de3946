-- day-to-day-spread: how much a consumer's seven daily volumes vary, as the median over the consumers of
-- whom enough is known (docs/method.md, rule 27). A day that was not delivered looks like one without
-- traffic: if more of one day is missing than minimum_hour_coverage_percent allows, there is no figure.
-- Nor is there if fewer than half are measured: whatever the others do, the median of all could lie anywhere.
-- The share measured is rounded to the share of minimum_subscribers in all consumers, so that it does not
-- single out those who are not measured (docs/method.md, rule 21).
WITH counted AS (
    SELECT year, service, direction,
        median(spread_percent) AS spread_percent,
        100 * count(spread_percent)::DOUBLE / count(*)::DOUBLE AS measured_percent,
        100 * $minimum_subscribers / count(*)::DOUBLE AS least_percent,
        any_value(population) AS population,
        any_value(coverage_percent) AS coverage_percent
    FROM consumer_spread
    GROUP BY ALL
),
stepped AS (
    SELECT *, rounding_step(least_percent) AS step FROM counted
)
SELECT year, service, direction,
    if(
        coverage_percent >= 100 - (100 - $minimum_hour_coverage_percent) / 7 AND measured_percent >= 50,
        spread_percent, NULL
    ) AS spread_percent,
    CASE
        WHEN $minimum_subscribers = 1 THEN measured_percent
        -- A step under 1 is 1 / n with whole n; dividing by n adds no error.
        WHEN step < 1 THEN floor(measured_percent / step + 0.5) / round(1 / step)
        ELSE least(floor(measured_percent / step + 0.5) * step, 100)
    END AS measured_percent,
    population, coverage_percent, 'computed' AS status
FROM stepped
ORDER BY service, year, direction
