-- figure-1: rates describe all subscribers of a service, as in growth. Those of an access also
-- describe the other one, by their difference from the whole: the fewest subscribers of either in the
-- last snapshot before the end of the month and in the first from its beginning on. Without a
-- snapshot, the number is unknown. A row without a ratio describes nobody.
WITH of_year AS (
    SELECT year, week, service, sum(subscribers) AS subscribers,
        least(
            coalesce(sum(subscribers) FILTER (access = 'ipoe'), 0),
            coalesce(sum(subscribers) FILTER (access = 'pppoe'), 0)
        ) AS of_either_access
    FROM subscriber_snapshot
    JOIN analysis_week USING (week)
    GROUP BY ALL
),
of_service AS (
    SELECT service, min(subscribers) AS subscribers
    FROM of_year
    GROUP BY service
),
month AS (
    SELECT DISTINCT service, month
    FROM computed
    WHERE access <> 'all'
),
of_month AS (
    SELECT service, month,
        least(
            arg_max(of_either_access, week) FILTER (week < month + INTERVAL 1 MONTH),
            arg_min(of_either_access, week) FILTER (week >= month)
        ) AS subscribers
    FROM month
    JOIN of_year USING (service)
    GROUP BY ALL
)
SELECT service, access, direction, month,
    CASE
        WHEN ratio_to_base IS NULL THEN $minimum_subscribers
        WHEN access = 'all' THEN of_service.subscribers
        ELSE least(of_service.subscribers, of_month.subscribers)
    END::BIGINT AS least_subscribers
FROM computed
LEFT JOIN of_service USING (service)
LEFT JOIN of_month USING (service, month)
