-- percentiles: the daily volume at each percentile that the settings ask for, and the share of consumers
-- above each threshold (docs/method.md, rule 24). bin_below states how many consumers lie below
-- each bin, so that only those in the bin of a place are looked at one by one.
WITH
-- The last digit of a logarithm could move a threshold into the bin beside its own: these count too.
at_place AS (
    SELECT measure, place,
        CASE
            WHEN measure = 'share_above' THEN floor($fine_bins_per_decade * log10(place * 1e9))
        END AS threshold_bin
    FROM volume_place
),
wanted AS (
    SELECT DISTINCT year, service, direction, bin, below, consumers
    FROM bin_below
    JOIN at_place ON CASE
            WHEN measure = 'share_above' THEN abs(bin - threshold_bin) <= 1
            ELSE below < place / 100 * (consumers - 1) + 1
                AND below + subscribers > place / 100 * (consumers - 1)
        END
),
ranked AS (
    SELECT year, service, direction, bin, week_bytes, consumers,
        below + row_number() OVER (
            PARTITION BY year, service, direction, bin ORDER BY week_bytes
        ) - 1 AS position
    FROM (
        SELECT *, floor($fine_bins_per_decade * log10(week_bytes / 7))::INTEGER AS bin
        FROM consumer_volume
    )
    JOIN wanted USING (year, service, direction, bin)
),
-- Of the two consumers next to a percentile, each counts the more the nearer it is.
percentile AS (
    SELECT year, service, direction, measure, place,
        sum(week_bytes * (1 - abs(position - place / 100 * (consumers - 1)))) / 7e6 AS volume_mb,
        NULL AS share_percent
    FROM ranked
    JOIN at_place ON measure = 'percentile' AND abs(position - place / 100 * (consumers - 1)) < 1
    GROUP BY ALL
),
far_above AS (
    SELECT year, service, direction, measure, place, max(consumers) AS consumers,
        coalesce(sum(subscribers) FILTER (bin > threshold_bin + 1), 0) AS above
    FROM bin_below
    JOIN at_place ON measure = 'share_above'
    GROUP BY ALL
),
near_above AS (
    SELECT year, service, direction, measure, place, count(*) AS above
    FROM ranked
    JOIN at_place ON measure = 'share_above' AND abs(bin - threshold_bin) <= 1
    WHERE week_bytes > place * 7e9
    GROUP BY ALL
),
share_above AS (
    SELECT year, service, direction, measure, place, NULL,
        100 * (far_above.above + coalesce(near_above.above, 0))::DOUBLE / consumers::DOUBLE
    FROM far_above
    LEFT JOIN near_above USING (year, service, direction, measure, place)
),
figure AS (
    SELECT * FROM percentile
    UNION ALL
    SELECT * FROM share_above
),
about AS (
    SELECT year, service, direction, any_value(population) AS population,
        min(coverage_percent) AS coverage_percent
    FROM consumer_volume
    GROUP BY ALL
)
SELECT year, service, direction, measure, place, volume_mb, share_percent, population,
    coverage_percent, 'computed' AS status
FROM figure
JOIN about USING (year, service, direction)
ORDER BY year, service, direction, measure, place
