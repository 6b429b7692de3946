-- The sampling ledger from the judging of the week.
SELECT $week::DATE AS week, source, exporter, day, told_interval, samplers, configured_interval,
    inferred_interval, flows, bytes
FROM sampling_ledger
