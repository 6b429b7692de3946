-- The row of a week after one more load.
SELECT $week::DATE AS week, (coalesce(max(loads), -1) + 1)::BIGINT AS loads
FROM week_load
WHERE week = $week
