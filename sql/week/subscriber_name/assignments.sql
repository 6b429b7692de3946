-- Logins of sessions that are missing from the snapshot.
SELECT DISTINCT 'broadband' AS service, access, login AS login_or_number,
    'login ' || login AS identity, 'unknown' AS segment, false AS in_snapshot
FROM assignments
ANTI JOIN subscribers
    ON subscribers.service = 'broadband' AND subscribers.access = assignments.access
    AND subscribers.login_or_number = assignments.login
WHERE access <> ''
