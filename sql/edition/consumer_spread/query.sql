-- How far apart the seven daily volumes of a consumer are, one row per direction, and how far packet sampling
-- blurs that (docs/method.md, rule 27). With c the spread and u the mean sampling variance of a day over the
-- squared mean, the variance of the logarithm of c is u / (6 c²) + u² / (12 c⁴) + u / 7.
WITH direction_week AS (
    SELECT year, service, access, subscriber, 'in' AS direction, population, coverage_percent,
        in_squared_spread AS squared, in_bytes AS week_bytes, in_variance_bytes2 AS variance_bytes2
    FROM subscriber_week
    WHERE in_bytes > 0
    UNION ALL
    SELECT year, service, access, subscriber, 'out', population, coverage_percent,
        out_squared_spread, out_bytes, out_variance_bytes2
    FROM subscriber_week
    WHERE out_bytes > 0
),
relative AS (
    SELECT *, 7 * variance_bytes2::DOUBLE / week_bytes::DOUBLE ** 2 AS part,
        -- The blur of a spread near 0 is without meaning; it is far from the median.
        greatest(squared, 1e-6) AS square
    FROM direction_week
)
SELECT year, service, access, subscriber, direction, population, coverage_percent,
    variance_bytes2 > 0 AS is_sampled,
    if(squared IS NULL, NULL, 100 * sqrt(greatest(squared, 0))) AS spread_percent,
    if(
        squared IS NULL, NULL,
        sqrt(part / (6 * square) + part ** 2 / (12 * square ** 2) + part / 7)
    ) AS blur
FROM relative
