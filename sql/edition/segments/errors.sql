-- Errors of segments, by packet sampling: IN and OUT are volumes of other packets, so that the
-- variances of their logarithms add up (docs/method.md, rules 14 and 17). Without 30 sampled packets either
-- way there is none. The possible effect of rounding is added.
SELECT year, service, segment, 'out_in_ratio' AS column_name, out_in_ratio AS value,
    CASE
        WHEN in_variance_bytes2 + out_variance_bytes2 = 0 OR least_sampled_packets >= 30
            THEN 1.96 * out_in_ratio * sqrt(
                in_variance_bytes2 / in_bytes ** 2 + out_variance_bytes2 / out_bytes ** 2
            )
            + if($minimum_subscribers > 1, ratio_step(out_bytes / in_bytes, heaviest_part) / 2, 0)
    END AS half_width,
    0.0::DOUBLE AS at_least
FROM segments
JOIN segment_volume USING (year, service, segment)
