-- growth-parts: a row describes the consumers of each access in both weeks, because the volume of
-- single accesses follows from the parts. Growth is rounded already; errors have two significant
-- digits.
WITH access AS (
    SELECT year, service, direction, access, count(*) AS subscribers, sum(week_bytes) AS total_bytes,
        max(week_bytes, 2) AS heaviest_bytes
    FROM consumer_volume
    GROUP BY ALL
),
described AS (
    SELECT year, service, direction,
        min(
            CASE
                WHEN outweighs(total_bytes, heaviest_bytes, $minimum_subscribers) THEN 1
                ELSE subscribers
            END
        )::BIGINT AS least_subscribers
    FROM access
    GROUP BY ALL
)
SELECT computed.service, computed.direction, "from", "to", part,
    least(coalesce(earlier.least_subscribers, 0), coalesce(later.least_subscribers, 0))
        AS least_subscribers,
    rounding_step(nullif(error_points, 0) / 50) AS error_points_step_up
FROM computed
LEFT JOIN described AS earlier
    ON earlier.year::VARCHAR = "from"
    AND earlier.service = computed.service
    AND earlier.direction = computed.direction
LEFT JOIN described AS later
    ON later.year::VARCHAR = "to"
    AND later.service = computed.service
    AND later.direction = computed.direction
