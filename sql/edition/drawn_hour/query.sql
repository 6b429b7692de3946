-- Weekday rates of broadband in the weeks of each figure, divided by the highest hourly OUT rate of
-- the oldest week drawn (docs/method.md, rule 10). A week without any rate is not drawn.
WITH known AS (
    SELECT figure, week, direction, hour, rate, coverage_percent
    FROM hour_week
    JOIN weekday_hour USING (week)
    WHERE service = 'broadband'
),
base AS (
    SELECT figure, nullif(max(rate), 0) AS rate
    FROM known
    WHERE direction = 'out' AND rate IS NOT NULL
    GROUP BY figure, week
    QUALIFY week = min(week) OVER (PARTITION BY figure)
)
SELECT figure, week, direction, hour, known.rate / base.rate AS relative_rate, coverage_percent
FROM known
LEFT JOIN base USING (figure)
