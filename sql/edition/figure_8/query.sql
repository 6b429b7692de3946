-- figure-8: the port curves of mobile (docs/method.md, rule 11). An hour that a clock change repeats
-- has two rows, one that it skips has none.
SELECT year, port_group,
    hour_of_week(hour_start) AS week_hour,
    local_time(hour_start) AS hour_start,
    relative_volume, relative_volume_low, relative_volume_high, coverage_percent,
    'computed' AS status
FROM port_curve
WHERE service = 'mobile'
ORDER BY list_position(['tcp_80', 'tcp_443', 'tcp_dynamic', 'udp_443'], port_group), year,
    hour_start::TIMESTAMPTZ
