-- figure-7: whom a value describes is decided for the curves of both services.
SELECT year, port_group,
    hour_of_week(hour_start) AS week_hour,
    local_time(hour_start) AS hour_start,
    least_subscribers,
    step AS relative_volume_step,
    step AS relative_volume_low_step_down,
    step AS relative_volume_high_step_up
FROM port_curve_disclosure
WHERE service = 'broadband'
