-- table-1: a row describes the consumers of its distribution.
SELECT year, direction, least_subscribers, mean_mb_step, median_mb_step, mode_estimate_mb_step
FROM volume_disclosure
WHERE service = 'broadband'
