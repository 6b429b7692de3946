-- errors: only of published figures, so a row describes as many subscribers as these. Errors of
-- distributions depend on the heaviest subscribers: they have two significant digits, and intervals
-- are widened accordingly. Those of parts of growth are rounded with these.
WITH given AS (
    SELECT *, level IS NULL AND part IS NULL AS is_rounded,
        CASE WHEN is_rounded THEN rounding_step(nullif(error, 0) / 50) END AS step
    FROM computed
)
SELECT * EXCLUDE (
        value, sampling_error, population_error, error, low, high, sampling_shift, few_packets_percent,
        reason, is_rounded, step
    ),
    $minimum_subscribers AS least_subscribers,
    CASE WHEN is_rounded THEN rounding_step(nullif(sampling_error, 0) / 50) END
        AS sampling_error_step,
    CASE WHEN is_rounded THEN rounding_step(nullif(population_error, 0) / 50) END
        AS population_error_step,
    step AS error_step,
    CASE WHEN is_rounded THEN rounding_step(nullif(abs(sampling_shift), 0) / 50) END
        AS sampling_shift_step,
    step AS low_step_down,
    step AS high_step_up
FROM given
