-- Subscribers with volume that are missing from the week's snapshot of the customer system, beside
-- all that have volume.
SELECT service, access,
    count(DISTINCT subscriber) FILTER (segment = 'unknown') AS subscribers,
    count(DISTINCT subscriber) AS all_subscribers,
    sum(in_bytes::HUGEINT + out_bytes) FILTER (segment = 'unknown')::BIGINT AS bytes
FROM subscriber_day
WHERE week = $week
GROUP BY service, access
HAVING count_if(segment = 'unknown') > 0
ORDER BY service, access
