-- Lines and numbers of the week's snapshot. Broadband subscribers are (contract, access), mobile
-- subscribers are numbers (docs/method.md, rule 14).
SELECT service, access, login_or_number,
    CASE WHEN service = 'mobile' THEN login_or_number ELSE contract END AS identity,
    segment, true AS in_snapshot
FROM subscribers
