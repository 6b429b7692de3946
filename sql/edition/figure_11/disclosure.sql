-- figure-11: a value of a curve describes cells of enough consumers, each a multiple of the minimum
-- (docs/method.md, rule 21). It is rounded to the largest part that one consumer has in it, so that it does
-- not reveal their number, and a share beyond the axis to the part of all that the fewest subscribers are.
SELECT year, direction, log10_bytes, subscribers AS least_subscribers,
    density_step, density_step AS density_low_step_down, density_step AS density_high_step_up,
    share_step AS beyond_percent_step, share_step AS beyond_percent_low_step_down,
    share_step AS beyond_percent_high_step_up
FROM (
    SELECT year, service, direction, subscribers,
        rounding_step(4 / subscribers::DOUBLE) AS density_step,
        rounding_step(100 * $minimum_subscribers / subscribers::DOUBLE) AS share_step
    FROM volume_disclosure
)
JOIN computed USING (year, direction)
WHERE service = 'broadband'
