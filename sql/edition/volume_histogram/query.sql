-- Number of consumers by daily volume on a logarithmic grid (docs/method.md, rules 6 and 7): bin k
-- is centred on 10^(k / $bins_per_decade) bytes per day.
SELECT year, service, direction,
    round($bins_per_decade * log10(week_bytes / 7))::INTEGER AS bin,
    count(*) AS subscribers
FROM consumer_volume
GROUP BY ALL
ORDER BY ALL
