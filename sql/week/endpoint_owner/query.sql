-- Who owned an address when: disjoint spans, one owner each (DOMAIN rule 1). An address belongs to
-- the longest assigned prefix around it; of sessions that overlap, the latest start wins.
-- Owners are told apart by network: IPv4 addresses, and of IPv6 addresses the first bits, as many as
-- the longest held prefix has, because within these nobody else can hold one. A shorter prefix holds
-- more networks than anybody uses: of these, those that flows show.
WITH scoped AS (
    SELECT scope.scope_id, holding.ip_version, holding.high, holding.low, holding.prefix_length,
        holding.start_ms, holding.end_ms, holding.session, subscriber_key.subscriber_id
    FROM holding
    JOIN (SELECT DISTINCT scope_id, scope FROM exporter_scope) AS scope
        ON scope.scope = holding.access_server OR scope.scope = ''
    JOIN subscriber_key
        ON subscriber_key.service = 'broadband'
        AND subscriber_key.access = 'pppoe'
        AND subscriber_key.login_or_number = holding.login
    WHERE start_ms < end_ms
),
shorter AS MATERIALIZED (
    SELECT scoped.*
    FROM scoped
    JOIN (SELECT max(longest_prefix_length) AS longest FROM exporter_scope)
        ON ip_version = 6 AND prefix_length < longest
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
    -- Where all prefixes are equally long, flows need not be looked at.
    SEMI JOIN shorter ON shorter.scope_id = exporter_scope.scope_id
),
-- Every shorter prefix that a network could lie in. Materialized, or the masks are computed for
-- every pair of network and session.
seen_prefix AS MATERIALIZED (
    SELECT seen.*, prefix_length, prefix_high(seen.high, prefix_length) AS of_high,
        prefix_low(seen.low, prefix_length) AS of_low
    FROM seen
    CROSS JOIN (SELECT DISTINCT prefix_length FROM shorter) AS length
),
candidate AS MATERIALIZED (
    FROM scoped
    ANTI JOIN shorter USING (scope_id, ip_version, prefix_length)
    UNION ALL
    SELECT shorter.scope_id, 6::UTINYINT, seen_prefix.high, seen_prefix.low,
        shorter.prefix_length, shorter.start_ms, shorter.end_ms, shorter.session,
        shorter.subscriber_id
    FROM seen_prefix
    JOIN shorter
        ON shorter.scope_id = seen_prefix.scope_id
        AND shorter.prefix_length = seen_prefix.prefix_length
        AND shorter.high = seen_prefix.of_high
        AND shorter.low = seen_prefix.of_low
),
placed AS (
    SELECT scope_id, ip_version, high, low, start_ms,
        max(end_ms) OVER (
            PARTITION BY scope_id, ip_version, high, low ORDER BY start_ms
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS held_until_ms
    FROM candidate
),
contested AS MATERIALIZED (
    SELECT DISTINCT scope_id, ip_version, high, low FROM placed WHERE held_until_ms > start_ms
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
        span.next_ms AS to_ms, candidate.subscriber_id
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
SELECT scope_id, ip_version, high, low, from_ms, to_ms, subscriber_id
FROM settled
UNION ALL
SELECT scope_id, ip_version, high, low, start_ms, end_ms, subscriber_id
FROM candidate
ANTI JOIN contested USING (scope_id, ip_version, high, low)
