-- Volume of each hour over all protocols (docs/method.md, rule 11), in the weeks of the last two
-- years. Hours are counted from local midnight, as in the archive, so that a week has 167 to 169 of
-- them. An hour without any flow has no row in the archive and counts as not covered.
WITH drawn AS (
    SELECT year, week
    FROM analysis_week
    QUALIFY row_number() OVER (ORDER BY year DESC) <= 2
),
calendar AS (
    SELECT year, week, unnest(generate_series(
        day::TIMESTAMPTZ, (day + 1)::TIMESTAMPTZ - INTERVAL 1 SECOND, INTERVAL 1 HOUR
    )) AS hour_start
    FROM (SELECT year, week, unnest(range(7))::INTEGER + week AS day FROM drawn)
),
total AS (
    SELECT year, service, hour_start, sum(bytes) AS bytes, sum(sampled_packets) AS sampled_packets,
        sum(variance_bytes2) AS variance_bytes2, min(coverage_percent) AS coverage_percent
    FROM port_group_hour
    JOIN drawn USING (week)
    GROUP BY ALL
)
SELECT year, service, hour_start,
    coalesce(total.bytes, 0)::BIGINT AS bytes,
    coalesce(total.sampled_packets, 0)::BIGINT AS sampled_packets,
    coalesce(total.variance_bytes2, 0)::DECIMAL(38, 0) AS variance_bytes2,
    coalesce(total.coverage_percent, 0) AS coverage_percent,
    coalesce(total.coverage_percent >= $minimum_hour_coverage_percent, false) AS is_covered
FROM calendar
JOIN (SELECT DISTINCT year, service FROM port_group_hour JOIN drawn USING (week)) USING (year)
LEFT JOIN total USING (year, service, hour_start)
