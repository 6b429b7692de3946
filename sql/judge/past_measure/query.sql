-- The measures of a week that are compared with its baseline: delivered rows of each feed, bytes by
-- flows, usage and counters, subscribers with volume, and shares of ports.
WITH port AS (
    SELECT week, service, protocol, port, sum(bytes)::DOUBLE AS bytes
    FROM port_week
    WHERE week BETWEEN $first_week AND $week
    GROUP BY week, service, protocol, port
),
measure AS (
    SELECT week, 'rows' AS kind, feed, feed AS name,
        max_by(delivered_rows, revision)::DOUBLE AS value
    FROM load_log
    WHERE verdict IN ('passed', 'warned')
    GROUP BY week, feed
    UNION ALL
    SELECT week, 'bytes', 'flows', service, sum(bytes)::DOUBLE
    FROM port_group_hour
    GROUP BY week, service
    UNION ALL
    SELECT week, 'bytes', 'usage', trim(service || ' ' || access),
        sum(in_bytes::HUGEINT + out_bytes)::DOUBLE
    FROM subscriber_day
    WHERE access <> 'pppoe'
    GROUP BY week, service, access
    UNION ALL
    SELECT week, 'bytes', 'counters', trim(service || ' ' || access),
        sum(in_bytes::HUGEINT + out_bytes)::DOUBLE
    FROM rate_hour
    GROUP BY week, service, access
    UNION ALL
    SELECT week, 'subscribers', CASE access WHEN 'pppoe' THEN 'flows' ELSE 'usage' END,
        trim(service || ' ' || access), count(DISTINCT subscriber)::DOUBLE
    FROM subscriber_day
    GROUP BY week, service, access
    UNION ALL
    SELECT week, 'port_share', 'flows',
        concat(service, ' protocol ', protocol, ' port ' || port),
        100 * bytes / sum(bytes) OVER (PARTITION BY week, service)
    FROM port
)
SELECT kind, feed, name, week, value
FROM measure
WHERE week BETWEEN $first_week AND $week AND (kind <> 'port_share' OR value >= 0.5)
ORDER BY kind, feed, name, week
