-- Errors of mean, median and mode of mobile volumes (docs/method.md, rule 18).
SELECT year, direction, column_name, value, center, sampling_log, standard_log, down_log, up_log,
    shift_log, few_packets_percent, reason
FROM volume_figure
JOIN volume_error USING (year, service, direction, statistic)
WHERE service = 'mobile'
