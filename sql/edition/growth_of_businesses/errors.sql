-- Errors of growth-of-businesses, by packet sampling: the weeks have other packets, so that the
-- variances of their logarithms add up (docs/method.md, rules 14 and 17). Without 30 sampled packets
-- in either direction of a week there is none. The possible effect of rounding is added.
WITH volume AS (
    SELECT year::VARCHAR AS year, service, in_bytes + out_bytes AS bytes, heaviest_part,
        (in_variance_bytes2 + out_variance_bytes2) / (in_bytes + out_bytes) ** 2 AS variance_log,
        in_variance_bytes2 + out_variance_bytes2 = 0 OR least_sampled_packets >= 30 AS is_known
    FROM segment_volume
    WHERE segment = 'business'
)
SELECT growth_of_businesses.service, "from", "to", 'growth_percent' AS column_name,
    growth_percent AS value,
    CASE
        WHEN earlier.is_known AND later.is_known
            THEN 1.96 * (100 + growth_percent) * sqrt(earlier.variance_log + later.variance_log)
                + if(
                    $minimum_subscribers > 1,
                    growth_step(
                        100 * (later.bytes / earlier.bytes - 1), earlier.heaviest_part,
                        later.heaviest_part
                    ) / 2,
                    0
                )
    END AS half_width,
    -100.0::DOUBLE AS at_least
FROM growth_of_businesses
JOIN volume AS earlier
    ON earlier.year = "from" AND earlier.service = growth_of_businesses.service
JOIN volume AS later
    ON later.year = "to" AND later.service = growth_of_businesses.service
