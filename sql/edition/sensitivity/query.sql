-- sensitivity: figures of the weeks around each analysis week beside the published figure
-- (docs/method.md, rule 16).
SELECT neighbour.table_id AS "table", neighbour.year, neighbour.service, neighbour.direction,
    neighbour.top_percent, neighbour.ip_version, neighbour.level, neighbour.protocol, neighbour.port,
    neighbour.column_name AS "column", neighbour.offset_weeks, neighbour.week, neighbour.value,
    chosen.value AS edition_value,
    100 * (neighbour.value / nullif(chosen.value, 0) - 1) AS difference_percent,
    neighbour.coverage_percent
FROM week_figure AS neighbour
JOIN week_figure AS chosen
    ON chosen.offset_weeks = 0
    AND neighbour.offset_weeks <> 0
    AND chosen.table_id = neighbour.table_id
    AND chosen.year = neighbour.year
    AND chosen.service = neighbour.service
    AND chosen.direction IS NOT DISTINCT FROM neighbour.direction
    AND chosen.top_percent IS NOT DISTINCT FROM neighbour.top_percent
    AND chosen.ip_version IS NOT DISTINCT FROM neighbour.ip_version
    AND chosen.level IS NOT DISTINCT FROM neighbour.level
    AND chosen.protocol IS NOT DISTINCT FROM neighbour.protocol
    AND chosen.port IS NOT DISTINCT FROM neighbour.port
    AND chosen.column_name = neighbour.column_name
ORDER BY neighbour.table_id, neighbour.year, chosen.position, neighbour.offset_weeks
