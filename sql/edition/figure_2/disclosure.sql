-- figure-2: a rate describes the subscribers of its week and of the base (drawn_week). A row without
-- a rate describes nobody.
SELECT week, direction, hour,
    if(relative_rate IS NULL, $minimum_subscribers, drawn_week.least_subscribers) AS least_subscribers
FROM computed
JOIN drawn_week USING (week)
WHERE figure = 'day'
