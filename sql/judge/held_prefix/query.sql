-- One row a session and address or prefix that it held, with who held it before and who after, on the
-- same access server; of doubled records the first.
WITH session AS (
    SELECT *
    FROM assignments
    QUALIFY row_number() OVER (PARTITION BY session ORDER BY file_index, position) = 1
),
held AS (
    SELECT session, login, access_server, start_ms, stop_ms,
        greatest(start_ms, coalesce(update_ms, start_ms)) AS alive_ms,
        4::UTINYINT AS ip_version, 0::UBIGINT AS high, ipv4_address::UBIGINT AS low,
        32::UTINYINT AS prefix_length
    FROM session
    WHERE ipv4_address IS NOT NULL
    UNION ALL
    SELECT session, login, access_server, start_ms, stop_ms,
        greatest(start_ms, coalesce(update_ms, start_ms)), 6::UTINYINT, framed_prefix_high,
        framed_prefix_low, framed_prefix_length
    FROM session
    WHERE framed_prefix_high IS NOT NULL
    UNION ALL
    SELECT session, login, access_server, start_ms, stop_ms,
        greatest(start_ms, coalesce(update_ms, start_ms)), 6::UTINYINT, delegated_prefix_high,
        delegated_prefix_low, delegated_prefix_length
    FROM session
    WHERE delegated_prefix_high IS NOT NULL
)
SELECT *,
    lag(login) OVER held_in_turn AS login_before,
    lag(stop_ms) OVER held_in_turn AS stop_before_ms,
    max(stop_ms) OVER (
        held_in_turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS held_until_ms,
    lead(start_ms) OVER held_in_turn AS next_ms
FROM held
WINDOW held_in_turn AS (
    PARTITION BY access_server, ip_version, high, low, prefix_length ORDER BY start_ms, session
)
