-- Subscribers of the smallest access behind the rates of a week, because each access could be
-- worked out from the others (docs/decisions/disclosure.md). A week with counters alone
-- has no snapshot: the nearest before and after count, whichever has fewer. An access that a
-- snapshot does not list has none there.
WITH asked AS (
    SELECT week FROM analysis_week
    UNION
    SELECT week FROM hour_week
),
counted AS (
    SELECT week, service, access, sum(subscribers)::BIGINT AS subscribers
    FROM subscriber_snapshot
    SEMI JOIN asked USING (week)
    GROUP BY ALL
),
nearest AS (
    SELECT asked.week, taken.service,
        unnest([
            max(taken.week) FILTER (taken.week <= asked.week),
            min(taken.week) FILTER (taken.week >= asked.week)
        ]) AS snapshot_week
    FROM asked
    CROSS JOIN (SELECT DISTINCT week, service FROM counted) AS taken
    GROUP BY asked.week, taken.service
)
SELECT measured.week, measured.service, min(coalesce(counted.subscribers, 0)) AS subscribers
FROM (SELECT DISTINCT week, service, access FROM access_rate) AS measured
JOIN nearest
    ON nearest.week = measured.week
    AND nearest.service = measured.service
    AND nearest.snapshot_week IS NOT NULL
LEFT JOIN counted
    ON counted.week = nearest.snapshot_week
    AND counted.service = measured.service
    AND counted.access = measured.access
GROUP BY measured.week, measured.service
