-- concentration: a share describes the consumers at the top, those who are not, and by its
-- difference from a smaller top those in between. It is rounded to the contribution of one of the
-- heaviest to the total, equally for every top, so that a larger top never appears to hold less.
WITH top AS (
    SELECT year, service, direction, top_percent, share_percent,
        (subscribers * top_percent + 99) // 100 AS top_subscribers,
        subscribers - top_subscribers AS other_subscribers,
        total_bytes, heaviest_one_bytes, heaviest_two_bytes, heaviest_mean_bytes
    FROM computed
    JOIN volume_disclosure USING (year, service, direction)
),
counted AS (
    SELECT *, coalesce(max(top_subscribers) FILTER (top_subscribers >= $minimum_subscribers) OVER (
            PARTITION BY year, service, direction ORDER BY top_percent
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS smaller_top_subscribers
    FROM top
)
SELECT year, service, direction, top_percent,
    CASE
        WHEN outweighs(
            share_percent / 100 * total_bytes::DOUBLE,
            [heaviest_one_bytes, heaviest_two_bytes],
            $minimum_subscribers
        ) THEN 1
        ELSE least(other_subscribers, top_subscribers - smaller_top_subscribers)
    END AS least_subscribers,
    rounding_step(100 * heaviest_mean_bytes / total_bytes::DOUBLE) AS share_percent_step
FROM counted
