-- Who owned an address when: disjoint spans, one owner each (DOMAIN rule 1). An address belongs to
-- the longest assigned prefix around it; of sessions that overlap, the latest start wins.
-- IPv4 addresses come from the sessions, IPv6 networks from the flows that show them: the first bits
-- of addresses, as many as the longest held prefix has, because within these nobody else can hold one.
WITH scoped AS (
    SELECT scope.scope_id, holding.*
    FROM holding
    JOIN (SELECT DISTINCT scope_id, scope FROM exporter_scope) AS scope
        ON scope.scope = holding.access_server OR scope.scope = ''
),
seen AS (
    SELECT DISTINCT exporter_scope.scope_id, prefix_high(high, longest_prefix_length) AS high,
        prefix_low(low, longest_prefix_length) AS low
    FROM (
        SELECT exporter, src_addr_high AS high, src_addr_low AS low
        FROM broadband_flow
        WHERE ip_version = 6
        UNION ALL
        SELECT exporter, dst_addr_high, dst_addr_low
        FROM broadband_flow
        WHERE ip_version = 6
    )
    JOIN exporter_scope USING (exporter)
),
-- Every prefix that a network could lie in. Materialized, or the masks are computed for every
-- pair of network and session.
seen_prefix AS MATERIALIZED (
    SELECT seen.*, prefix_length, prefix_high(seen.high, prefix_length) AS of_high,
        prefix_low(seen.low, prefix_length) AS of_low
    FROM seen
    CROSS JOIN (SELECT DISTINCT prefix_length FROM holding WHERE ip_version = 6) AS length
),
candidate AS MATERIALIZED (
    SELECT scope_id, ip_version, high, low, prefix_length, start_ms, end_ms, session, login
    FROM scoped
    WHERE ip_version = 4 AND start_ms < end_ms
    UNION ALL
    SELECT seen_prefix.scope_id, 6::UTINYINT, seen_prefix.high, seen_prefix.low,
        scoped.prefix_length, scoped.start_ms, scoped.end_ms, scoped.session, scoped.login
    FROM seen_prefix
    JOIN scoped
        ON scoped.scope_id = seen_prefix.scope_id
        AND scoped.ip_version = 6
        AND scoped.prefix_length = seen_prefix.prefix_length
        AND scoped.high = seen_prefix.of_high
        AND scoped.low = seen_prefix.of_low
    WHERE scoped.start_ms < scoped.end_ms
),
placed AS (
    SELECT *,
        coalesce(
            max(end_ms) OVER (
                PARTITION BY scope_id, ip_version, high, low ORDER BY start_ms, end_ms, session
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) > start_ms,
            false
        ) AS is_contested
    FROM candidate
),
contested AS MATERIALIZED (
    SELECT DISTINCT scope_id, ip_version, high, low FROM placed WHERE is_contested
),
edge AS (
    SELECT scope_id, ip_version, high, low, start_ms AS edge_ms
    FROM candidate SEMI JOIN contested USING (scope_id, ip_version, high, low)
    UNION
    SELECT scope_id, ip_version, high, low, end_ms
    FROM candidate SEMI JOIN contested USING (scope_id, ip_version, high, low)
),
span AS (
    SELECT *,
        lead(edge_ms) OVER (PARTITION BY scope_id, ip_version, high, low ORDER BY edge_ms) AS next_ms
    FROM edge
),
settled AS (
    SELECT span.scope_id, span.ip_version, span.high, span.low, span.edge_ms AS from_ms,
        span.next_ms AS to_ms, candidate.login
    FROM span
    JOIN candidate
        ON candidate.scope_id = span.scope_id
        AND candidate.ip_version = span.ip_version
        AND candidate.high = span.high
        AND candidate.low = span.low
        AND candidate.start_ms <= span.edge_ms
        AND candidate.end_ms >= span.next_ms
    WHERE span.next_ms IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY span.scope_id, span.ip_version, span.high, span.low, span.edge_ms
        ORDER BY candidate.prefix_length DESC, candidate.start_ms DESC, candidate.session DESC
    ) = 1
)
SELECT scope_id, ip_version, high, low, from_ms, to_ms, subscriber_key.subscriber_id
FROM settled
JOIN subscriber_key
    ON subscriber_key.service = 'broadband'
    AND subscriber_key.access = 'pppoe'
    AND subscriber_key.login_or_number = settled.login
UNION ALL
SELECT scope_id, ip_version, high, low, start_ms, end_ms, subscriber_key.subscriber_id
FROM candidate
ANTI JOIN contested USING (scope_id, ip_version, high, low)
JOIN subscriber_key
    ON subscriber_key.service = 'broadband'
    AND subscriber_key.access = 'pppoe'
    AND subscriber_key.login_or_number = candidate.login
