-- Number of consumers by how far apart their daily volumes are (docs/method.md, rule 27): bin k begins at
-- 10^(k / $fine_bins_per_decade) percent. Variances are added as whole numbers, because the last digit of a
-- sum of fractions depends on the order. A blur of more than 3 says no more than one of 3.
SELECT year, service, direction,
    floor($fine_bins_per_decade * log10(greatest(spread_percent, 0.1)))::INTEGER AS bin,
    count(*) AS subscribers,
    count_if(is_sampled)::BIGINT AS sampled,
    sum(round(1e6 * least(blur, 3) ** 2)::BIGINT)::BIGINT AS blur_millionths
FROM consumer_spread
WHERE spread_percent IS NOT NULL
GROUP BY year, service, direction, bin
ORDER BY year, service, direction, bin
