-- Lines and numbers of charging records that are missing from the snapshot.
SELECT DISTINCT service, access, subscriber AS login_or_number,
    CASE WHEN service = 'mobile' THEN subscriber ELSE 'login ' || subscriber END AS identity,
    'unknown' AS segment, false AS in_snapshot
FROM usage
ANTI JOIN subscribers
    ON subscribers.service = usage.service AND subscribers.access = usage.access
    AND subscribers.login_or_number = usage.subscriber
