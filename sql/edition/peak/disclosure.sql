-- peak: a row describes the subscribers of its access, of all segments, because counters hold
-- everybody (docs/method.md, rule 21). Without a snapshot, their number is unknown. A row without a
-- rate describes nobody. The query rounds rates per subscriber.
WITH counted AS (
    SELECT year, service, access, sum(subscribers) AS subscribers
    FROM subscriber_snapshot
    JOIN analysis_week USING (week)
    GROUP BY ALL
)
SELECT year, service, access, direction, day_type,
    if(peak_ratio IS NULL, $minimum_subscribers, subscribers)::BIGINT AS least_subscribers
FROM computed
LEFT JOIN counted USING (year, service, access)
