-- Where the intervals of an exporter differ from the previous file: the announced ones or, if files
-- hold no announcements, the one of most of its flows. Includes the flows until the next change.
WITH announced AS (
    SELECT file_index, exporter, list_sort(list(DISTINCT announced_interval)) AS intervals
    FROM announcement
    WHERE announced_interval > 0
    GROUP BY file_index, exporter
),
stated AS (
    SELECT file_index, exporter,
        [arg_max(sampling_interval, flows) FILTER (WHERE sampling_interval > 1)] AS intervals,
        sum(flows) FILTER (WHERE sampling_interval > 1) AS flows,
        sum(bytes) FILTER (WHERE sampling_interval > 1) AS bytes
    FROM flow_sampling
    GROUP BY file_index, exporter
    HAVING max(sampling_interval) > 1
),
by_file AS (
    SELECT file.source, exporter, file_index, file.start_ms, stated.flows, stated.bytes,
        coalesce(announced.intervals, stated.intervals) AS intervals
    FROM announced
    FULL JOIN stated USING (file_index, exporter)
    JOIN delivered_file AS file USING (file_index)
    WHERE NOT file.is_double
),
compared AS (
    SELECT *, lag(intervals) OVER (PARTITION BY source, exporter ORDER BY file_index) AS before
    FROM by_file
),
stretch AS (
    SELECT *,
        count(*) FILTER (WHERE before <> intervals)
            OVER (PARTITION BY source, exporter ORDER BY file_index) AS number
    FROM compared
)
SELECT source, exporter, min(start_ms) AS start_ms,
    array_to_string(arg_min(before, file_index), ' and ') AS interval_before,
    array_to_string(any_value(intervals), ' and ') AS interval_after,
    coalesce(sum(flows), 0)::BIGINT AS flows, countable(coalesce(sum(bytes), 0)) AS bytes
FROM stretch
WHERE number > 0
GROUP BY source, exporter, number
ORDER BY source, exporter, number
