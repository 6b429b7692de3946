-- The sampling ledger: the interval of each exporter and day, from three sources.
-- Configured: by the settings. Announced: by the exporter, as its collector recorded it, or as the
-- records state it. Inferred: packets of scaled flows are multiples of the interval, so the
-- greatest common divisor over 20 flows or more shows it; if intervals mix, it collapses.
WITH file_group AS (
    SELECT file.source, noted.exporter, file.day, noted.sampling_interval AS told_interval,
        file.configured_interval, file.is_scaled, noted.flows, noted.bytes, noted.packets_divisor
    FROM flow_sampling AS noted
    JOIN delivered_file AS file USING (file_index)
    WHERE NOT file.is_double
),
-- Flows do not name their sampler: these are the samplers that announced the interval that day.
announced AS (
    SELECT source, exporter, day, announced_interval AS told_interval,
        array_to_string(list(DISTINCT sampler ORDER BY sampler), ', ') AS samplers
    FROM announcement
    JOIN delivered_file USING (file_index)
    GROUP BY ALL
)
SELECT source, exporter, day, told_interval, any_value(samplers) AS samplers,
    any_value(configured_interval) AS configured_interval,
    any_value(is_scaled) AS is_scaled, sum(flows)::BIGINT AS flows, countable(sum(bytes)) AS bytes,
    coalesce( -- noqa: PRS
        -- Among the files with enough flows, the divisor with the most flows.
        arg_max(packets_divisor, flows) FILTER (WHERE flows >= 20),
        CASE
            WHEN sum(flows) >= 20
                THEN list_reduce(list(packets_divisor), lambda one, other: gcd(one, other))
        END
    )::BIGINT AS inferred_interval,
    -- The exporter reports no sampling all week, whatever the settings say.
    max(told_interval) OVER (PARTITION BY source, exporter) <= 1 AS is_silent
FROM file_group
LEFT JOIN announced USING (source, exporter, day, told_interval)
GROUP BY source, exporter, day, told_interval
