-- The subscriber of each login or number.
SELECT service, access, login_or_number, subscriber_id, in_snapshot
FROM subscriber_name
JOIN subscriber_identity USING (service, access, identity)
