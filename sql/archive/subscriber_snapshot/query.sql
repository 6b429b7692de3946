-- Subscribers of the week's snapshot. Broadband: a contract counts once per access, however many
-- logins it has; mobile: every number counts.
SELECT $week::DATE AS week, service, access, segment, count(DISTINCT subscriber)::BIGINT AS subscribers
FROM subscriber_key
JOIN subscriber USING (subscriber_id)
WHERE in_snapshot
GROUP BY ALL
ORDER BY service, access, segment
