-- One row per session and prefix: which login held which address or prefix, from when to when, on
-- which access server, with ends for open sessions (docs/method.md, rule 1).
-- An open session ends as a whole: at the first start of another session on any of its addresses or
-- prefixes or on an overlapping one, at a restart of its access server, or with the week's dump.
-- `pool` is the access server within which a prefix is assigned only once; it is empty if that is
-- the whole network. `end_anywhere_ms` is the end for a view of all access servers at once.
-- Of an IPv4 address whose ports are shared, `high` is a slot of ports (port_claim), so that a start
-- on other ports ends nothing.
WITH started AS (
    SELECT *, turn_of(session, start_ms, update_ms, stop_ms) AS turn
    FROM assignments
    WHERE start_ms < $window_end_ms
),
prefix AS MATERIALIZED (
    SELECT *, pool_of(access_server, ip_version, high, low, $shared_pools) AS pool
    FROM (
        SELECT session, login, access, access_server, start_ms, stop_ms, turn, started.port_first,
            started.port_last, 4::UTINYINT AS ip_version, coalesce(port_claim.high, 0)::UBIGINT AS high,
            started.ipv4_address::UBIGINT AS low, 32::UTINYINT AS prefix_length
        FROM started
        LEFT JOIN port_claim
            ON port_claim.ipv4_address = started.ipv4_address
            AND port_claim.port_first IS NOT DISTINCT FROM started.port_first
            AND port_claim.port_last IS NOT DISTINCT FROM started.port_last
            AND port_claim.port_distance IS NOT DISTINCT FROM started.port_distance
        WHERE started.ipv4_address IS NOT NULL
        UNION ALL
        SELECT session, login, access, access_server, start_ms, stop_ms, turn, port_first,
            port_last, 6::UTINYINT, prefix_high(framed_prefix_high, framed_prefix_length),
            prefix_low(framed_prefix_low, framed_prefix_length), framed_prefix_length
        FROM started
        WHERE framed_prefix_high IS NOT NULL
        UNION ALL
        SELECT session, login, access, access_server, start_ms, stop_ms, turn, port_first,
            port_last, 6::UTINYINT, prefix_high(delegated_prefix_high, delegated_prefix_length),
            prefix_low(delegated_prefix_low, delegated_prefix_length), delegated_prefix_length
        FROM started
        WHERE delegated_prefix_high IS NOT NULL
    )
),
-- Every prefix with every prefix length of its IP version: two prefixes overlap if their first
-- bits, as many as the shorter one has, are the same. Each is looked up in its own pool and in the
-- whole network.
beside AS (
    SELECT turn, start_ms, stop_ms, pool, asked_pool, ip_version, high, low, prefix_length,
        other_length, least(prefix_length, other_length) AS shared_length,
        prefix_high(high, shared_length) AS shared_high,
        network_low(ip_version, low, shared_length) AS shared_low
    FROM (
        SELECT *, pool AS asked_pool FROM prefix
        UNION ALL
        SELECT *, '' FROM prefix WHERE pool <> ''
    ) AS asked
    JOIN (SELECT DISTINCT ip_version, prefix_length AS other_length FROM prefix) USING (ip_version)
),
open_beside AS MATERIALIZED (
    FROM beside WHERE stop_ms IS NULL
),
-- The next start on the same prefix, or on one that contains it or is contained in it. Joined by
-- equality and the nearest turn, because the number of pairs of overlapping sessions is quadratic.
next_start AS MATERIALIZED (
    SELECT open.turn, open.ip_version, open.high, open.low, open.prefix_length,
        open.asked_pool = open.pool AS is_own_pool, min(later.start_ms) AS next_ms
    FROM open_beside AS open
    ASOF JOIN (
        FROM beside
        SEMI JOIN open_beside USING (asked_pool, ip_version, shared_high, shared_low)
    ) AS later
        ON later.asked_pool = open.asked_pool
        AND later.ip_version = open.ip_version
        AND later.prefix_length = open.other_length
        AND later.other_length = open.prefix_length
        AND later.shared_high = open.shared_high
        AND later.shared_low = open.shared_low
        AND later.turn > open.turn
    GROUP BY ALL
),
next_restart AS (
    SELECT open.turn, restart.restart_ms
    FROM (
        SELECT DISTINCT turn, access_server, start_ms FROM prefix WHERE stop_ms IS NULL
    ) AS open
    ASOF JOIN (
        SELECT DISTINCT access_server, stop_ms AS restart_ms
        FROM assignments
        WHERE is_restart(terminate_cause) AND stop_ms IS NOT NULL
    ) AS restart
        ON restart.access_server = open.access_server AND restart.restart_ms > open.start_ms
),
open_end AS (
    SELECT turn, min(end_ms) AS end_ms
    FROM (
        SELECT turn, next_ms AS end_ms FROM next_start WHERE is_own_pool
        UNION ALL
        FROM next_restart
    )
    GROUP BY turn
)
SELECT session, login, access, access_server, port_first, port_last, ip_version, high, low,
    prefix_length, start_ms, stop_ms AS end_ms, stop_ms AS end_anywhere_ms, pool, turn
FROM prefix
WHERE stop_ms >= $window_start_ms
UNION ALL
SELECT session, login, access, access_server, port_first, port_last, ip_version, high, low,
    prefix_length, start_ms, coalesce(open_end.end_ms, $window_end_ms),
    coalesce(least(open_end.end_ms, elsewhere.next_ms), $window_end_ms), pool, turn
FROM (FROM prefix WHERE stop_ms IS NULL)
LEFT JOIN open_end USING (turn)
LEFT JOIN (FROM next_start WHERE NOT is_own_pool) AS elsewhere
    USING (turn, ip_version, high, low, prefix_length)
