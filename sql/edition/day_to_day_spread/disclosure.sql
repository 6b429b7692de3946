-- day-to-day-spread: a median describes the consumers measured, and is rounded until enough of them share
-- it (docs/method.md, rule 21).
WITH counted AS (
    SELECT year, service, direction,
        count(consumer_spread.spread_percent) AS measured,
        any_value(computed.spread_percent) AS middle,
        list_concat(
            max(consumer_spread.spread_percent, $minimum_subscribers) FILTER (
                consumer_spread.spread_percent <= computed.spread_percent
            ),
            min(consumer_spread.spread_percent, $minimum_subscribers) FILTER (
                consumer_spread.spread_percent > computed.spread_percent
            )
        ) AS beside
    FROM computed
    JOIN consumer_spread USING (year, service, direction)
    GROUP BY ALL
)
SELECT year, service, direction, measured AS least_subscribers,
    shared_step(beside, middle, $minimum_subscribers) AS spread_percent_step
FROM counted
