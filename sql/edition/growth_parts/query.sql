-- growth-parts: growth of the consumers' volume between analysis weeks, and its parts.
-- statistics/decomposition.py makes the split (docs/method.md, rule 15). For disclosure control,
-- parts are rounded to the contribution of one of the heaviest to the growth; the growth is then
-- the sum of its parts, so that they still add up, and errors include the possible effect of
-- rounding. Unrounded, the part of the subscribers would reveal their number.
WITH stepped AS (
    SELECT growth_part.*,
        CASE
            WHEN $minimum_subscribers > 1 THEN rounding_step(
                100 * greatest(earlier.heaviest_mean_bytes, later.heaviest_mean_bytes)
                / earlier.total_bytes::DOUBLE
            )
        END AS step
    FROM growth_part
    JOIN volume_disclosure AS earlier
        ON earlier.year = from_year
        AND earlier.service = growth_part.service
        AND earlier.direction = growth_part.direction
    JOIN volume_disclosure AS later
        ON later.year = to_year
        AND later.service = growth_part.service
        AND later.direction = growth_part.direction
),
rounded AS (
    SELECT *,
        CASE
            WHEN part = 'volume' THEN sum(multiple) FILTER (part <> 'volume') OVER (
                PARTITION BY service, direction, from_year, to_year
            )
            ELSE multiple
        END AS multiple_of_step,
        step / 2 * CASE
            WHEN part = 'volume' THEN count(*) OVER (
                PARTITION BY service, direction, from_year, to_year
            ) - 1
            ELSE 1
        END AS moved_points
    FROM (SELECT *, floor(growth_points / step + 0.5) AS multiple FROM stepped)
)
SELECT service, direction, from_year::VARCHAR AS "from", to_year::VARCHAR AS "to", part,
    CASE
        WHEN step IS NULL THEN growth_points
        -- A step under 1 is 1 / n with whole n; dividing by n adds no error.
        WHEN step < 1 THEN multiple_of_step / round(1 / step)
        ELSE multiple_of_step * step
    END AS growth_points,
    error_points + coalesce(moved_points, 0) AS error_points, coverage_percent, 'computed' AS status
FROM rounded
ORDER BY service, to_year - from_year > 1, from_year, direction,
    list_position(['volume', 'subscribers', 'volume_per_subscriber', 'access_mix'], part)
