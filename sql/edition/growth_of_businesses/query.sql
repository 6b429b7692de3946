-- growth-of-businesses: by how much the volume of a service's businesses grew from one analysis week
-- to the next year's, IN and OUT together (docs/method.md, rules 12 and 14). Years of different
-- populations are not compared.
WITH volume AS (
    SELECT year, service, in_bytes + out_bytes AS bytes
    FROM segment_volume
    WHERE segment = 'business'
),
covered AS (
    SELECT year, service, access, min(coverage_percent) AS coverage_percent
    FROM access_volume
    GROUP BY ALL
),
of_year AS (
    SELECT year, service, any_value(bytes) AS bytes, any_value(population) AS population,
        min(coverage_percent) AS coverage_percent
    FROM volume
    JOIN analysis_population USING (year, service)
    LEFT JOIN covered USING (year, service, access)
    GROUP BY year, service
)
SELECT service, earlier.year::VARCHAR AS "from", later.year::VARCHAR AS "to",
    100 * (later.bytes / earlier.bytes - 1) AS growth_percent,
    least(earlier.coverage_percent, later.coverage_percent) AS coverage_percent,
    'computed' AS status
FROM of_year AS earlier
JOIN of_year AS later USING (service, population)
WHERE later.year = earlier.year + 1
ORDER BY service, later.year
