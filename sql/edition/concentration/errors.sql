-- Errors of the shares of the heaviest consumers (docs/method.md, rule 18). No share exceeds 100 %.
SELECT concentration.year, concentration.service, concentration.direction, top_percent,
    'share_percent' AS column_name, share_percent AS value, share_percent AS center,
    sampling_log, standard_log, down_log, up_log, shift_log, few_packets_percent,
    100 AS at_most, reason
FROM concentration
JOIN volume_error
    ON volume_error.year = concentration.year
    AND volume_error.service = concentration.service
    AND volume_error.direction = concentration.direction
    AND statistic = 'top_' || top_percent
