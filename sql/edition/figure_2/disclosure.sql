-- figure-2: a rate describes the subscribers of both accesses, because either could be worked out
-- from the other; divided by the base it also describes those of the base's week (docs/method.md,
-- rule 21). A row without a rate describes nobody.
WITH fewest AS (
    SELECT week, min(subscribers) AS subscribers
    FROM week_subscribers
    WHERE service = 'broadband'
    GROUP BY week
),
base AS (
    SELECT min(week) AS week
    FROM computed
    WHERE relative_rate IS NOT NULL
)
SELECT computed.week, direction, hour,
    if(
        relative_rate IS NULL, $minimum_subscribers,
        least(coalesce(own.subscribers, 0), coalesce(of_base.subscribers, 0))
    )::BIGINT AS least_subscribers
FROM computed
CROSS JOIN base
LEFT JOIN fewest AS own ON own.week = computed.week
LEFT JOIN fewest AS of_base ON of_base.week = base.week
