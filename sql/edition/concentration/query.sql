-- concentration: share of a direction's volume held by its top 1 % and top 10 % of consumers, their
-- number rounded up, ranked in that direction (docs/method.md, rule 8).
WITH ranked AS (
    SELECT year, service, direction, week_bytes,
        row_number() OVER (
            PARTITION BY year, service, direction ORDER BY week_bytes DESC
        ) AS place,
        count(*) OVER (PARTITION BY year, service, direction) AS subscribers
    FROM consumer_volume
),
-- place <= ceil(subscribers * percent / 100), in whole numbers
held AS (
    SELECT year, service, direction, sum(week_bytes) AS total_bytes,
        sum(week_bytes) FILTER (place <= (subscribers + 99) // 100) AS top_1_bytes,
        sum(week_bytes) FILTER (place <= (subscribers + 9) // 10) AS top_10_bytes
    FROM ranked
    GROUP BY ALL
)
SELECT year, service, direction, top_percent,
    100 * top_bytes::DOUBLE / total_bytes::DOUBLE AS share_percent,
    'computed' AS status
FROM (
    SELECT year, service, direction, total_bytes, unnest([
        {top_percent: 1, top_bytes: top_1_bytes},
        {top_percent: 10, top_bytes: top_10_bytes}
    ], recursive := true)
    FROM held
)
ORDER BY year, service, direction, top_percent
