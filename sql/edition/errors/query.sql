-- errors: sampling error, population error and 95 % interval of every computed figure of the other
-- tables (docs/method.md, rules 17 and 18), from the errors.sql of their folders (figure_error).
-- Errors of the logarithm become errors of the figure; the interval contains the figure and at
-- least what sampling alone would give. A withheld figure has no row here.
WITH figure AS (
    SELECT *, standard_log IS NOT NULL AS is_logarithm,
        coalesce(
            reason,
            if(standard_log IS NULL AND half_width IS NULL, 'few_packets', NULL)
        ) AS why_none
    FROM figure_error
    WHERE value IS NOT NULL
),
measured AS (
    SELECT * EXCLUDE (reason),
        CASE
            WHEN why_none = 'counters' THEN 0
            WHEN why_none IS NOT NULL THEN NULL
            WHEN is_logarithm THEN 1.96 * value * sampling_log
            ELSE half_width
        END AS sampling_error,
        -- The spread of the estimates already includes that by sampling.
        CASE
            WHEN why_none IS NULL AND is_logarithm
                THEN 1.96 * value * sqrt(greatest(standard_log ** 2 - sampling_log ** 2, 0))
        END AS population_error,
        CASE
            WHEN why_none IS NOT NULL THEN NULL
            WHEN is_logarithm
                THEN least(value, center * exp(-greatest(down_log, 1.96 * sampling_log)))
            ELSE value - half_width
        END AS reaches_down_to,
        CASE
            WHEN why_none IS NOT NULL THEN NULL
            WHEN is_logarithm
                THEN greatest(value, center * exp(greatest(up_log, 1.96 * sampling_log)))
            ELSE value + half_width
        END AS reaches_up_to,
        CASE WHEN coalesce(why_none, '') <> 'few_subscribers' THEN value * (exp(shift_log) - 1) END
            AS sampling_shift
    FROM figure
),
bounded AS (
    SELECT *,
        if(reaches_down_to IS NULL, NULL, greatest(reaches_down_to, at_least)) AS low,
        if(reaches_up_to IS NULL, NULL, least(reaches_up_to, at_most)) AS high
    FROM measured
)
SELECT * EXCLUDE (
        center, sampling_log, standard_log, down_log, up_log, shift_log, few_packets_percent, half_width,
        at_least, at_most, is_logarithm, why_none, reaches_down_to, reaches_up_to, sampling_error,
        population_error, low, high, sampling_shift
    ),
    sampling_error, population_error, (high - low) / 2 AS error, low, high, sampling_shift,
    few_packets_percent, why_none AS reason
FROM bounded
-- Keys of further tables are in the row itself.
ORDER BY table_id, year, service, direction, top_percent, measure, part, "from", "to", ip_version,
    level, protocol, port, column_name, bounded
