-- hour-peaks: a row describes the subscribers of every access of the service (docs/method.md, rule
-- 21). The query has already left out weeks about few.
SELECT computed.week, computed.service, direction, kind, hour,
    coalesce(subscribers, 0)::BIGINT AS least_subscribers
FROM computed
LEFT JOIN week_subscribers USING (week, service)
