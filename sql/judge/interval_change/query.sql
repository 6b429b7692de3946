-- Where the intervals of an exporter are others than in the file before: those it announced, or
-- where files hold no announcements the one that most of its flows tell.
WITH announced AS (
    SELECT file_index, exporter, list_sort(list(DISTINCT announced_interval)) AS intervals
    FROM announcement
    WHERE announced_interval > 0
    GROUP BY file_index, exporter
),
told AS (
    SELECT file_index, exporter, [arg_max(sampling_interval, flows)] AS intervals
    FROM flow_sampling
    WHERE sampling_interval > 1
    GROUP BY file_index, exporter
),
by_file AS (
    SELECT file.source, exporter, file_index, file.start_ms,
        coalesce(announced.intervals, told.intervals) AS intervals
    FROM announced
    FULL JOIN told USING (file_index, exporter)
    JOIN delivered_file AS file USING (file_index)
    WHERE NOT file.is_double
),
compared AS (
    SELECT *, lag(intervals) OVER (PARTITION BY source, exporter ORDER BY file_index) AS before
    FROM by_file
)
SELECT source, exporter, start_ms, array_to_string(before, ' and ') AS interval_before,
    array_to_string(intervals, ' and ') AS interval_after
FROM compared
WHERE before <> intervals
ORDER BY source, exporter, file_index
