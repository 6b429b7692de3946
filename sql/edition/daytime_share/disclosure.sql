-- daytime-share: a share describes the subscribers of every access of the service, because either
-- could be worked out from the other, and its change those of the oldest week as well
-- (docs/method.md, rule 21). A row without a share describes nobody.
WITH oldest AS (
    SELECT service, direction, min(week) AS week
    FROM computed
    WHERE daytime_share_percent IS NOT NULL
    GROUP BY service, direction
)
SELECT computed.week, computed.service, computed.direction,
    if(
        daytime_share_percent IS NULL, $minimum_subscribers,
        least(coalesce(own.subscribers, 0), coalesce(of_oldest.subscribers, 0))
    )::BIGINT AS least_subscribers
FROM computed
LEFT JOIN oldest USING (service, direction)
LEFT JOIN week_subscribers AS own ON own.week = computed.week AND own.service = computed.service
LEFT JOIN week_subscribers AS of_oldest
    ON of_oldest.week = oldest.week AND of_oldest.service = computed.service
