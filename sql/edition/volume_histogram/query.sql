-- Number of consumers by volume a day on a logarithmic grid (docs/method.md, rules 6 and 7): bin k is
-- centred on 10^(k / $bins_per_decade) bytes a day.
SELECT year, service, direction,
    round($bins_per_decade * log10(week_bytes / 7))::INTEGER AS bin,
    count(*) AS subscribers
FROM subscriber_week
UNPIVOT (week_bytes FOR direction IN (in_bytes AS 'in', out_bytes AS 'out'))
WHERE week_bytes > 0
GROUP BY ALL
ORDER BY ALL
