-- Subscribers that the rates of a drawn week describe: those of the smaller access, because either
-- access could be worked out from the other; divided by the base, a rate also describes those of
-- the base's week (docs/method.md, rule 21).
WITH base AS (
    SELECT figure, min(week) AS week
    FROM drawn_hour
    WHERE relative_rate IS NOT NULL
    GROUP BY figure
)
SELECT figure, drawn.week,
    least(coalesce(own.subscribers, 0), coalesce(of_base.subscribers, 0)) AS least_subscribers
FROM (SELECT DISTINCT figure, week FROM drawn_hour) AS drawn
LEFT JOIN base USING (figure)
LEFT JOIN week_subscribers AS own ON own.week = drawn.week AND own.service = 'broadband'
LEFT JOIN week_subscribers AS of_base
    ON of_base.week = base.week AND of_base.service = 'broadband'
