-- Consumers who are in no distribution because nothing of theirs was seen in the week
-- (docs/method.md, rule 5), as a share, because numbers of subscribers are not published; empty if
-- they, or those in the distribution, are too few to describe.
WITH consumers AS (
    SELECT year, service, sum(subscribers) AS consumers
    FROM consumer_count
    GROUP BY ALL
),
seen AS (
    SELECT year, service, direction, count(*) AS seen
    FROM consumer_volume
    GROUP BY ALL
)
SELECT year, service, direction,
    CASE
        WHEN $minimum_subscribers = 1 OR least(seen, consumers - seen) >= $minimum_subscribers
            THEN 100 * (1 - seen::DOUBLE / consumers::DOUBLE)
    END AS without_volume_percent
FROM consumers
JOIN seen USING (year, service)
ORDER BY year, service, direction
