-- One row a session and prefix: which login held which address or prefix, from when to when, on
-- which access server, with the end of open sessions settled (DOMAIN rule 1).
WITH used AS (
    SELECT *
    FROM assignments
    WHERE start_ms < $window_end_ms AND coalesce(stop_ms, $window_end_ms) >= $window_start_ms
),
prefix AS (
    SELECT session, login, access_server, start_ms, stop_ms, 4::UTINYINT AS ip_version,
        0::UBIGINT AS high, ipv4_address::UBIGINT AS low, 32::UTINYINT AS prefix_length
    FROM used
    WHERE ipv4_address IS NOT NULL
    UNION ALL
    SELECT session, login, access_server, start_ms, stop_ms, 6::UTINYINT,
        prefix_high(framed_prefix_high, framed_prefix_length),
        prefix_low(framed_prefix_low, framed_prefix_length), framed_prefix_length
    FROM used
    WHERE framed_prefix_high IS NOT NULL
    UNION ALL
    SELECT session, login, access_server, start_ms, stop_ms, 6::UTINYINT,
        prefix_high(delegated_prefix_high, delegated_prefix_length),
        prefix_low(delegated_prefix_low, delegated_prefix_length), delegated_prefix_length
    FROM used
    WHERE delegated_prefix_high IS NOT NULL
),
restart AS (
    SELECT DISTINCT access_server, stop_ms AS restart_ms
    FROM assignments
    WHERE terminate_cause = 'NAS-Reboot' AND stop_ms IS NOT NULL
),
drawn AS (
    SELECT max(greatest(start_ms, coalesce(update_ms, start_ms), coalesce(stop_ms, start_ms)))
        AS drawn_ms
    FROM assignments
),
-- Every prefix beside every length that prefixes of its version have: two of them overlap when their
-- first bits, as many as the shorter one has, are the same.
beside AS (
    SELECT prefix.*, length.prefix_length AS other_length,
        least(prefix.prefix_length, length.prefix_length) AS shared_length,
        prefix_high(high, shared_length) AS shared_high,
        network_low(ip_version, low, shared_length) AS shared_low
    FROM prefix
    JOIN (SELECT DISTINCT ip_version, prefix_length FROM prefix) AS length USING (ip_version)
),
-- The next start on the same prefix, or on one that contains it or lies in it. Joined by equality
-- and the nearest time, because pairs of overlapping sessions grow with the square of the week.
next_start AS (
    SELECT open.session, open.prefix_length, open.high, open.low, min(later.start_ms) AS next_ms
    FROM (FROM beside WHERE stop_ms IS NULL) AS open
    ASOF JOIN beside AS later
        ON later.access_server = open.access_server
        AND later.ip_version = open.ip_version
        AND later.prefix_length = open.other_length
        AND later.other_length = open.prefix_length
        AND later.shared_high = open.shared_high
        AND later.shared_low = open.shared_low
        AND later.start_ms > open.start_ms
    GROUP BY ALL
),
next_restart AS (
    SELECT open.session, min(restart.restart_ms) AS restart_ms
    FROM used AS open
    JOIN restart
        ON restart.access_server = open.access_server AND restart.restart_ms > open.start_ms
    WHERE open.stop_ms IS NULL
    GROUP BY ALL
)
SELECT prefix.session, prefix.login, prefix.access_server, prefix.ip_version, prefix.high,
    prefix.low, prefix.prefix_length, prefix.start_ms,
    coalesce(
        prefix.stop_ms, least(next_start.next_ms, next_restart.restart_ms), drawn.drawn_ms
    ) AS end_ms
FROM prefix
CROSS JOIN drawn
LEFT JOIN next_start USING (session, prefix_length, high, low)
LEFT JOIN next_restart USING (session)
