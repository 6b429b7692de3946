-- One row per session and address or prefix that it held, with the holders before and after it in
-- the same pool; of duplicate records, the first. Sessions that hold ranges of an address's ports are
-- compared by slot (port_claim).
WITH session AS (
    SELECT *, greatest(start_ms, update_ms) AS alive_ms,
        turn_of(session, start_ms, update_ms, stop_ms) AS turn
    FROM assignments
    QUALIFY row_number() OVER (
        PARTITION BY session, port_first ORDER BY file_index, position
    ) = 1
),
restart AS (
    SELECT access_server, max(stop_ms) AS restart_ms
    FROM session
    WHERE is_restart(terminate_cause)
    GROUP BY access_server
),
held AS (
    SELECT session, login, access_server, start_ms, stop_ms, alive_ms, turn,
        4::UTINYINT AS ip_version, coalesce(port_claim.high, 0)::UBIGINT AS high,
        session.ipv4_address::UBIGINT AS low, 32::UTINYINT AS prefix_length
    FROM session
    LEFT JOIN port_claim
        ON port_claim.ipv4_address = session.ipv4_address
        AND port_claim.port_first IS NOT DISTINCT FROM session.port_first
        AND port_claim.port_last IS NOT DISTINCT FROM session.port_last
        AND port_claim.port_distance IS NOT DISTINCT FROM session.port_distance
    WHERE session.ipv4_address IS NOT NULL
    UNION ALL
    SELECT session, login, access_server, start_ms, stop_ms, alive_ms, turn, 6::UTINYINT,
        prefix_high(framed_prefix_high, framed_prefix_length),
        prefix_low(framed_prefix_low, framed_prefix_length), framed_prefix_length
    FROM session
    WHERE framed_prefix_high IS NOT NULL
    UNION ALL
    SELECT session, login, access_server, start_ms, stop_ms, alive_ms, turn, 6::UTINYINT,
        prefix_high(delegated_prefix_high, delegated_prefix_length),
        prefix_low(delegated_prefix_low, delegated_prefix_length), delegated_prefix_length
    FROM session
    WHERE delegated_prefix_high IS NOT NULL
)
SELECT held.session, held.login, held.access_server, held.start_ms, held.stop_ms, held.alive_ms,
    held.ip_version, held.high, held.low, held.prefix_length,
    CASE WHEN restart.restart_ms > held.start_ms THEN restart.restart_ms END AS restart_ms,
    lag(login) OVER held_in_turn AS login_before,
    lag(stop_ms) OVER held_in_turn AS stop_before_ms,
    -- A session with a later sign of life still held it.
    max(coalesce(stop_ms, alive_ms)) OVER (
        held_in_turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS held_until_ms,
    lead(start_ms) OVER held_in_turn AS next_ms
FROM held
LEFT JOIN restart USING (access_server)
WINDOW held_in_turn AS (
    PARTITION BY pool_of(held.access_server, ip_version, high, low, $shared_pools), ip_version, high,
        low, prefix_length
    ORDER BY turn
)
