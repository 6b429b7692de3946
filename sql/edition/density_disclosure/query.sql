-- Whom a value of a density curve describes, and the rounding steps (docs/method.md, rule 21). A value
-- describes cells of enough consumers, each a multiple of the minimum. It is rounded to the largest part
-- that one consumer has in it, so that it does not reveal their number, and a share beyond the axis to the
-- part of all that the fewest subscribers are.
SELECT year, service, direction, subscribers AS least_subscribers,
    rounding_step(4 / subscribers::DOUBLE) AS density_step,
    rounding_step(100 * $minimum_subscribers / subscribers::DOUBLE) AS share_step
FROM volume_disclosure
