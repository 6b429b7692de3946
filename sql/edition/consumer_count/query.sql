-- Consumers of the year's population in the customer system's snapshot of each analysis week.
SELECT year, service, access, sum(subscribers)::BIGINT AS subscribers
FROM subscriber_snapshot
JOIN analysis_week USING (week)
JOIN analysis_population USING (year, service, access)
WHERE segment = 'consumer'
GROUP BY ALL
HAVING sum(subscribers) > 0
ORDER BY ALL
