-- Populations of analysis weeks for which the archive has no consumer.
SELECT DISTINCT week, service, access
FROM analysis_population
JOIN analysis_week USING (year)
ANTI JOIN (SELECT * FROM subscriber_day WHERE segment = 'consumer')
    USING (week, service, access)
ORDER BY week, service, access DESC
