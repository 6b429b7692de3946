-- Volume of a port group in an hour, divided by the highest hourly volume of the week over all
-- protocols (docs/method.md, rule 11), with its sampling error (docs/method.md, rule 17). Volumes of
-- two hours are taken as independent; in the busiest hour, the group is part of the volume that it
-- is divided by. A group without flows in an hour with others has the volume 0.
WITH place AS (
    SELECT *, unnest(
        CASE service
            WHEN 'broadband' THEN ['tcp_80', 'tcp_443', 'tcp_dynamic', 'udp_443']
            ELSE ['tcp_80', 'tcp_443', 'udp_443']
        END
    ) AS port_group
    FROM flow_hour
),
part AS (
    SELECT year, service, port_group, hour_start, bytes, sampled_packets, variance_bytes2
    FROM port_group_hour
    JOIN analysis_week USING (week)
),
cell AS (
    SELECT year, service, port_group, hour_start,
        place.coverage_percent,
        place.is_covered,
        place.hour_start = flow_peak.hour_start AS is_peak,
        coalesce(part.bytes, 0) AS bytes,
        coalesce(part.bytes, 0)::DOUBLE / flow_peak.bytes::DOUBLE AS ratio,
        coalesce(part.variance_bytes2, 0)::DOUBLE AS variance_of_part,
        flow_peak.variance_bytes2::DOUBLE AS variance_of_peak,
        flow_peak.bytes::DOUBLE AS peak_bytes,
        least(coalesce(part.sampled_packets, 0), flow_peak.sampled_packets) AS sampled_packets,
        place.variance_bytes2 + flow_peak.variance_bytes2 = 0 AS is_counted
    FROM place
    LEFT JOIN part USING (year, service, port_group, hour_start)
    LEFT JOIN flow_peak USING (year, service)
),
-- A few sampled packets do not show their own variance; where all were counted, there is none.
bounded AS (
    SELECT *,
        CASE
            WHEN sampled_packets >= 30 OR is_counted THEN 1.96 * sqrt(
                CASE
                    WHEN is_peak THEN (1 - ratio) ** 2 * variance_of_part
                        + ratio ** 2 * (variance_of_peak - variance_of_part)
                    ELSE variance_of_part + ratio ** 2 * variance_of_peak
                END
            ) / peak_bytes
        END AS half_width
    FROM cell
)
SELECT year, service, port_group, hour_start, bytes::BIGINT AS bytes,
    if(is_covered, ratio, NULL) AS relative_volume,
    CASE WHEN is_covered AND half_width IS NOT NULL THEN greatest(ratio - half_width, 0) END
        AS relative_volume_low,
    CASE WHEN is_covered AND half_width IS NOT NULL THEN least(ratio + half_width, 1) END
        AS relative_volume_high,
    coverage_percent
FROM bounded
