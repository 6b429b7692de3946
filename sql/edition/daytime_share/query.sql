-- daytime-share: the share of the daytime hours in a weekday's traffic in each week of figure-9, and
-- its change since the oldest of them (docs/method.md, rule 26). An hour without a rate leaves no share.
WITH weekday AS (
    SELECT week, service, direction, count(rate) = 24 AS is_whole,
        -- Added in the order of hours, because the last digit of a sum depends on it.
        list_sum(list(rate ORDER BY hour)) AS rate,
        list_sum(list(
            if(hour >= $daytime_from AND hour < $daytime_until, rate, 0) ORDER BY hour
        )) AS daytime_rate,
        min(coverage_percent) AS coverage_percent
    FROM weekday_hour
    WHERE week IN (SELECT week FROM hour_week WHERE figure = 'years')
    GROUP BY week, service, direction
),
share AS (
    SELECT week, service, direction, coverage_percent,
        if(is_whole, 100 * daytime_rate / nullif(rate, 0), NULL) AS daytime_share_percent
    FROM weekday
)
SELECT week, service, direction, daytime_share_percent,
    daytime_share_percent - first_value(daytime_share_percent IGNORE NULLS) OVER (
        PARTITION BY service, direction ORDER BY week
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS change_points,
    coverage_percent, 'computed' AS status
FROM share
ORDER BY service, week, direction
