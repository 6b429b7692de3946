-- Files in which an exporter that samples has flows that are not marked as sampled.
-- Late: the file has no announcement and no marked flow of the exporter, so its collector did not
-- know the interval yet. Unflagged: the collector knew it, and did not mark these flows.
WITH noted AS (
    SELECT file.source, flow_sampling.*
    FROM flow_sampling
    JOIN delivered_file AS file USING (file_index)
),
announced AS (
    SELECT DISTINCT file_index, exporter FROM announcement WHERE announced_interval > 1
),
samples AS (
    SELECT source, exporter
    FROM noted
    GROUP BY source, exporter
    HAVING max(sampling_interval) > 1
    UNION
    SELECT file.source, announced.exporter
    FROM announced
    JOIN delivered_file AS file USING (file_index)
),
informed AS (
    SELECT file_index, exporter FROM announced
    UNION
    SELECT file_index, exporter FROM noted WHERE sampling_interval > 1
)
SELECT noted.file_index, noted.exporter,
    CASE WHEN informed.file_index IS NULL THEN 'late' ELSE 'unflagged' END AS sampling_fault
FROM noted
JOIN samples USING (source, exporter)
LEFT JOIN informed
    ON informed.file_index = noted.file_index AND informed.exporter = noted.exporter
WHERE noted.sampling_interval = 1
