-- Errors of percentiles and of shares above a volume (docs/method.md, rule 24). No share is more than
-- everything.
SELECT year, service, direction, measure, place,
    if(measure = 'percentile', 'volume_mb', 'share_percent') AS column_name,
    coalesce(volume_mb, share_percent) AS value, coalesce(volume_mb, share_percent) AS center,
    sampling_log, standard_log, down_log, up_log, shift_log, few_packets_percent,
    if(measure = 'share_above', 100, NULL) AS at_most, reason
FROM percentiles
JOIN place_error USING (year, service, direction, measure, place)
