-- growth: rates describe all subscribers of a service, a share of IPoE those of either access, and
-- a ratio of modes the consumers of both distributions. Without a snapshot, the number is unknown.
WITH counted AS (
    SELECT year, service, access, sum(subscribers) AS subscribers
    FROM subscriber_snapshot
    JOIN analysis_week USING (week)
    GROUP BY ALL
),
of_service AS (
    SELECT service, min(subscribers) AS subscribers
    FROM (SELECT year, service, sum(subscribers) AS subscribers FROM counted GROUP BY ALL)
    GROUP BY ALL
),
-- Every year has both accesses: one without subscribers counts as 0.
of_access AS (
    SELECT year, least(
            coalesce(sum(subscribers) FILTER (access = 'ipoe'), 0),
            coalesce(sum(subscribers) FILTER (access = 'pppoe'), 0)
        ) AS subscribers
    FROM counted
    WHERE service = 'broadband'
    GROUP BY year
)
SELECT measure, computed.service, computed.direction, "from", "to",
    CASE
        WHEN contains(measure, 'mode')
            THEN least(
                coalesce(earlier.least_subscribers, 0), coalesce(later.least_subscribers, 0)
            )
        WHEN measure = 'ipoe_share_percent' THEN of_access.subscribers
        ELSE of_service.subscribers
    END::BIGINT AS least_subscribers
FROM computed
LEFT JOIN of_service USING (service)
LEFT JOIN of_access ON of_access.year = "to"[:4]::INTEGER
LEFT JOIN volume_disclosure AS earlier
    ON earlier.year = "from"[:4]::INTEGER
    AND earlier.service = computed.service
    AND earlier.direction = computed.direction
LEFT JOIN volume_disclosure AS later
    ON later.year = "to"[:4]::INTEGER
    AND later.service = computed.service
    AND later.direction = computed.direction
