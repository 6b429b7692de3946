-- Whom the values of the port curves describe (docs/method.md, rule 21). The archive does not keep
-- the number of subscribers behind an hour's port group. A value counts as so many average
-- subscribers as have its volume in that hour, or in the week's mean hour if that is busier; and as
-- no more than the port group is known to have in the whole week. Without flows it describes nobody.
WITH counted AS (
    SELECT year, service, sum(subscribers)::DOUBLE AS subscribers
    FROM subscriber_snapshot
    JOIN analysis_week USING (week)
    WHERE access IN ('pppoe', '')
    GROUP BY ALL
),
-- Several ports together have at least the subscribers of the largest one.
in_week AS (
    SELECT year, service, port_group(protocol, port) AS port_group,
        CASE WHEN count(subscribers) = count(*) THEN max(subscribers) END AS subscribers
    FROM port_week
    JOIN analysis_week USING (week)
    GROUP BY ALL
),
cell AS (
    SELECT year, service, port_group, hour_start, port_curve.bytes,
        coalesce(counted.subscribers, 0) AS subscribers,
        port_curve.hour_start = flow_peak.hour_start AS is_peak,
        flow_peak.bytes::DOUBLE AS peak_bytes,
        -- A billionth more, so that rounding leaves no fraction below a whole number.
        least(
            floor(
                port_curve.bytes::DOUBLE * coalesce(counted.subscribers, 0)
                / greatest(flow_hour.bytes::DOUBLE, flow_peak.mean_bytes) + 1e-9
            ),
            in_week.subscribers
        )::BIGINT AS behind
    FROM port_curve
    JOIN flow_hour USING (year, service, hour_start)
    JOIN flow_peak USING (year, service)
    LEFT JOIN counted USING (year, service)
    LEFT JOIN in_week USING (year, service, port_group)
    WHERE relative_volume IS NOT NULL AND port_curve.bytes > 0
),
-- In the busiest hour, everything together is 1. So what has no value there, because it is not drawn
-- or is withheld, is known as a sum; if this describes few, the smallest value goes as well.
at_peak AS (
    SELECT year, service, port_group, hour_start,
        floor(subscribers * hidden_bytes / peak_bytes + 1e-9)::BIGINT AS revealed
    FROM (
        SELECT *, peak_bytes - sum(bytes) OVER (PARTITION BY year, service) AS hidden_bytes
        FROM cell
        WHERE is_peak AND behind >= $minimum_subscribers
    )
    WHERE hidden_bytes > 0
    QUALIFY row_number() OVER (PARTITION BY year, service ORDER BY bytes, port_group) = 1
        AND revealed < $minimum_subscribers
),
-- Port tables give the port group's share of the week, which is the sum of its hours. So withheld
-- hours are known as a sum; if there is only one, or none with enough subscribers, the smallest other
-- hour goes as well.
of_week AS (
    SELECT cell.*, coalesce(at_peak.revealed, behind) AS least_subscribers
    FROM cell
    LEFT JOIN at_peak USING (year, service, port_group, hour_start)
),
placed AS (
    SELECT *,
        least_subscribers < $minimum_subscribers AS is_withheld,
        count(*) FILTER (least_subscribers < $minimum_subscribers) OVER of_group AS withheld,
        max(behind) FILTER (least_subscribers < $minimum_subscribers) OVER of_group AS most_behind,
        min(least_subscribers) OVER of_group AS fewest,
        row_number() OVER (
            PARTITION BY year, service, port_group, least_subscribers < $minimum_subscribers
            ORDER BY bytes, hour_start
        ) AS place
    FROM of_week
    WINDOW of_group AS (PARTITION BY year, service, port_group)
)
SELECT year, service, port_group, hour_start,
    CASE
        WHEN placed.least_subscribers IS NULL THEN $minimum_subscribers
        WHEN NOT is_withheld AND place = 1 AND withheld > 0
            AND (withheld = 1 OR most_behind < $minimum_subscribers) THEN fewest
        ELSE placed.least_subscribers
    END::BIGINT AS least_subscribers,
    rounding_step(1 / nullif(counted.subscribers, 0)) AS step
FROM port_curve
LEFT JOIN placed USING (year, service, port_group, hour_start)
LEFT JOIN counted USING (year, service)
