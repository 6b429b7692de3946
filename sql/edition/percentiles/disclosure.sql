-- percentiles: a row describes the consumers between its place and the next place on either side
-- (docs/method.md, rule 21). A percentile is rounded until enough consumers share the value, a share to
-- the part of all that the fewest subscribers are, so that a share and a percentile near it do not
-- single out those between them.
WITH spot AS (
    SELECT year, service, direction, measure, place,
        if(measure = 'percentile', volume_mb, 1000 * place) AS place_mb,
        floor($fine_bins_per_decade * log10(place_mb * 1e6)) AS place_bin
    FROM computed
),
-- How many consumers are in bins below that of the place, and in bins up to it, leaving out the bins beside
-- it: the last digit of a logarithm could move the place there.
edge AS (
    SELECT year, service, direction, measure, place, place_mb,
        place_bin,
        coalesce(sum(subscribers) FILTER (bin < place_bin - 1), 0)::BIGINT AS lower,
        coalesce(sum(subscribers) FILTER (bin <= place_bin + 1), 0)::BIGINT AS upto
    FROM spot
    JOIN bin_below USING (year, service, direction)
    GROUP BY ALL
),
-- The bins that hold the consumers next to a place, enough on either side.
wanted AS (
    SELECT year, service, direction, measure, place, place_mb, bin, consumers,
        min(below) OVER (PARTITION BY year, service, direction, measure, place) AS below
    FROM edge
    JOIN bin_below USING (year, service, direction)
    WHERE abs(bin - place_bin) <= 1
        OR bin < place_bin - 1 AND lower - below - subscribers < $minimum_subscribers
        OR bin > place_bin + 1 AND below - upto < $minimum_subscribers
),
counted AS (
    SELECT year, service, direction, measure, place, any_value(place_mb) AS place_mb,
        any_value(consumers) AS consumers,
        any_value(consumers) - any_value(below)
        - count(*) FILTER (week_bytes / 7e6 <= place_mb) AS above,
        volumes_beside(week_bytes, place_mb, $minimum_subscribers) AS beside_mb
    FROM (
        SELECT *, floor($fine_bins_per_decade * log10(week_bytes / 7))::INTEGER AS bin
        FROM consumer_volume
    )
    JOIN wanted USING (year, service, direction, bin)
    GROUP BY ALL
),
between_places AS (
    SELECT *,
        coalesce(lag(above) OVER (
            PARTITION BY year, service, direction, measure ORDER BY place
        ), consumers) - above AS subscribers_below,
        above - coalesce(lead(above) OVER (
            PARTITION BY year, service, direction, measure ORDER BY place
        ), 0) AS subscribers_above,
        shared_step(beside_mb, place_mb, $minimum_subscribers) AS step
    FROM counted
)
SELECT year, service, direction, measure, place,
    CASE
        WHEN measure = 'percentile' AND step IS NULL THEN 0
        ELSE least(subscribers_below, subscribers_above)
    END AS least_subscribers,
    step AS volume_mb_step,
    rounding_step(100 * $minimum_subscribers / consumers::DOUBLE) AS share_percent_step
FROM between_places
