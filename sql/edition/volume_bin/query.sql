-- Number, volume and variance of consumers by daily volume, on a grid fine enough for all
-- statistics of a distribution: bin k begins at 10^(k / $fine_bins_per_decade) bytes per day.
SELECT year, service, direction,
    floor($fine_bins_per_decade * log10(week_bytes / 7))::INTEGER AS bin,
    count(*) AS subscribers,
    sum(week_bytes)::DOUBLE AS week_bytes,
    sum(variance_bytes2)::DOUBLE AS variance_bytes2,
    CASE WHEN count(sampled_packets) > 0 THEN count(*) FILTER (sampled_packets < 30) END
        AS few_packets
FROM consumer_volume
GROUP BY year, service, direction, bin
ORDER BY year, service, direction, bin
