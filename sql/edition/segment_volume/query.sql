-- Volume of the consumers and of the businesses of each year's population, and what its ratios reveal
-- about few of them (docs/method.md, rules 14 and 21).
WITH subscriber AS (
    SELECT year, service, 'consumer' AS segment, in_bytes, out_bytes,
        in_variance_bytes2::DOUBLE AS in_variance_bytes2,
        out_variance_bytes2::DOUBLE AS out_variance_bytes2,
        coalesce(in_sampled_packets, 0) AS in_sampled_packets,
        coalesce(out_sampled_packets, 0) AS out_sampled_packets
    FROM subscriber_week
    UNION ALL
    SELECT year, service, 'business', sum(in_bytes), sum(out_bytes),
        sum(in_variance_bytes2)::DOUBLE, sum(out_variance_bytes2)::DOUBLE,
        coalesce(sum(in_sampled_packets), 0), coalesce(sum(out_sampled_packets), 0)
    FROM subscriber_day
    JOIN analysis_week USING (week)
    JOIN analysis_population USING (year, service, access)
    WHERE segment = 'business'
    GROUP BY year, service, access, subscriber
),
measured AS (
    SELECT year, service, segment,
        least(count_if(in_bytes > 0), count_if(out_bytes > 0))::BIGINT AS subscribers,
        sum(in_bytes) AS in_bytes,
        sum(out_bytes) AS out_bytes,
        -- Added from the smallest on, because the last digit of a sum of fractions depends on the order.
        list_sum(list(in_variance_bytes2 ORDER BY in_variance_bytes2)) AS in_variance_bytes2,
        list_sum(list(out_variance_bytes2 ORDER BY out_variance_bytes2)) AS out_variance_bytes2,
        least(sum(in_sampled_packets), sum(out_sampled_packets))::BIGINT AS least_sampled_packets,
        max(in_bytes, $minimum_subscribers) AS in_heaviest,
        max(out_bytes, $minimum_subscribers) AS out_heaviest
    FROM subscriber
    GROUP BY ALL
)
SELECT year, service, segment, subscribers, in_bytes::DOUBLE AS in_bytes, out_bytes::DOUBLE AS out_bytes,
    in_variance_bytes2, out_variance_bytes2, least_sampled_packets,
    greatest(
        list_sum(in_heaviest)::DOUBLE / in_bytes::DOUBLE,
        list_sum(out_heaviest)::DOUBLE / out_bytes::DOUBLE
    ) / $minimum_subscribers AS heaviest_part,
    outweighs(in_bytes, in_heaviest, $minimum_subscribers)
    OR outweighs(out_bytes, out_heaviest, $minimum_subscribers) AS is_outweighed
FROM measured
WHERE in_bytes > 0 AND out_bytes > 0
ORDER BY year, service, segment
