-- Subscribers with volume that the week's snapshot of the customer system does not know.
SELECT service, access, count(DISTINCT subscriber) AS subscribers,
    sum(in_bytes::HUGEINT + out_bytes)::BIGINT AS bytes
FROM subscriber_day
WHERE week = $week AND segment = 'unknown'
GROUP BY service, access
ORDER BY service, access
