-- figure-4: whom a value describes is decided for all density curves.
SELECT year, direction, log10_bytes, least_subscribers,
    density_step, density_step AS density_low_step_down, density_step AS density_high_step_up,
    share_step AS beyond_percent_step, share_step AS beyond_percent_low_step_down,
    share_step AS beyond_percent_high_step_up
FROM density_disclosure
JOIN computed USING (year, direction)
WHERE service = 'mobile'
