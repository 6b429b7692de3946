-- growth-by-access: a rate describes the subscribers of its access, of all segments; with the growth
-- of broadband, published beside it, also those of the other access. Without a snapshot of both
-- years, their number is unknown. A year without subscribers of an access counts as 0.
WITH counted AS (
    SELECT year, access, sum(subscribers) AS subscribers
    FROM subscriber_snapshot
    JOIN analysis_week USING (week)
    WHERE service = 'broadband'
    GROUP BY ALL
),
of_year AS (
    SELECT year::VARCHAR AS year, least(
            coalesce(sum(subscribers) FILTER (access = 'pppoe'), 0),
            coalesce(sum(subscribers) FILTER (access = 'ipoe'), 0)
        ) AS subscribers
    FROM counted
    GROUP BY year
)
SELECT access, direction, "from", "to",
    least(coalesce(earlier.subscribers, 0), coalesce(later.subscribers, 0))::BIGINT
        AS least_subscribers
FROM computed
LEFT JOIN of_year AS earlier ON earlier.year = "from"[:4]
LEFT JOIN of_year AS later ON later.year = "to"[:4]
