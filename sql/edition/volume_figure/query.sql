-- Figures of the distributions as published, one row per figure; the interval of a published mode,
-- which is moved to a grid, is centred on its estimate (docs/method.md, rule 18).
WITH volume AS (
    SELECT year, 'broadband' AS service, direction, mean_mb, median_mb, mode_mb, mode_estimate_mb
    FROM table_1
    UNION ALL
    SELECT year, 'mobile', direction, mean_mb, median_mb, mode_mb, mode_estimate_mb
    FROM table_2
)
SELECT year, service, direction, unnest([
    {column_name: 'mean_mb', statistic: 'mean', "value": mean_mb, center: mean_mb},
    {column_name: 'median_mb', statistic: 'median', "value": median_mb, center: median_mb},
    {column_name: 'mode_mb', statistic: 'mode', "value": mode_mb, center: mode_estimate_mb},
    {column_name: 'mode_estimate_mb', statistic: 'mode', "value": mode_estimate_mb, center: mode_estimate_mb}
], recursive := true)
FROM volume
