-- Consumers in the snapshot of the customer system in each analysis week, those of the year's population.
SELECT year, service, access, sum(subscribers)::BIGINT AS subscribers
FROM subscriber_snapshot
JOIN analysis_week USING (week)
JOIN analysis_population USING (year, service, access)
WHERE segment = 'consumer'
GROUP BY ALL
HAVING sum(subscribers) > 0
ORDER BY ALL
