-- Sampling intervals of flows, by collector and analysis week. Packet counts delivered as scaled
-- show the interval that was used, whatever was announced; unscaled counts show nothing (1).
WITH used AS (
    SELECT year, source, flows,
        CASE
            WHEN inferred_interval > 1 THEN inferred_interval
            WHEN told_interval > 0 THEN told_interval
            ELSE coalesce(configured_interval, 0)
        END AS sampling_interval
    FROM sampling_day
    JOIN analysis_week USING (week)
)
SELECT year, coalesce(service, '') AS service, source, sampling_interval,
    sum(flows)::BIGINT AS flows,
    100 * sum(flows)::DOUBLE / sum(sum(flows)) OVER (PARTITION BY year, source)::DOUBLE
        AS flows_percent
FROM used
LEFT JOIN flow_source USING (source)
GROUP BY year, service, source, sampling_interval
ORDER BY year, service, source, sampling_interval
