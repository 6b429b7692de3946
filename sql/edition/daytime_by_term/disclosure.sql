-- daytime-by-term: a figure describes the subscribers of every access of the service, counted in the
-- year's analysis week, because either could be worked out from the other (docs/method.md, rule 21). A
-- row without a figure describes nobody.
SELECT year, service, direction, period,
    if(daytime_ratio IS NULL, $minimum_subscribers, coalesce(subscribers, 0))::BIGINT
        AS least_subscribers
FROM computed
LEFT JOIN analysis_week USING (year)
LEFT JOIN week_subscribers USING (week, service)
