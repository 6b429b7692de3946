-- Subscribers with volume that are missing from the week's snapshot of the customer system.
SELECT service, access, count(DISTINCT subscriber) AS subscribers,
    sum(in_bytes::HUGEINT + out_bytes)::BIGINT AS bytes
FROM subscriber_day
WHERE week = $week AND segment = 'unknown'
GROUP BY service, access
ORDER BY service, access
