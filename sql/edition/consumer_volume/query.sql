-- Volume of each consumer with bytes in a direction, one row per direction: the data of a
-- distribution (docs/method.md, rule 5). UNION ALL takes half the time of UNPIVOT.
SELECT year, service, access, subscriber, 'in' AS direction, in_bytes AS week_bytes, population,
    coverage_percent, in_sampled_packets AS sampled_packets, in_variance_bytes2 AS variance_bytes2
FROM subscriber_week
WHERE in_bytes > 0
UNION ALL
SELECT year, service, access, subscriber, 'out', out_bytes, population, coverage_percent,
    out_sampled_packets, out_variance_bytes2
FROM subscriber_week
WHERE out_bytes > 0
