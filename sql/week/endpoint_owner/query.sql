-- Who owned each address when: disjoint spans with one owner each (docs/method.md, rule 1). An
-- address belongs to the longest assigned prefix that contains it; of overlapping sessions, the
-- latest start wins.
-- Sessions compete within the space in which an address is assigned only once. Space 0 is the whole
-- network; it holds sessions of shared pools and, for exporters that are no access server, all
-- sessions. Sessions of a separate pool compete within the space of their access server's scope.
-- What a session owns in the whole network, it owns only in the scope of its access server.
-- Owners are determined by network: IPv4 addresses, slots of their ports, or the first bits of IPv6
-- addresses, as many as the longest held prefix has, because within these nobody else can hold a
-- prefix. A shorter prefix contains more networks than anybody uses, so only those seen in flows are
-- included.
WITH scope AS (
    SELECT DISTINCT scope_id, scope FROM exporter_scope
),
held AS (
    -- Every login of an access has a key. Holders of no access are one holder, -1 (end_kind).
    SELECT holding.*, coalesce(subscriber_key.subscriber_id, -1) AS subscriber_id,
        scope.scope_id AS home_scope_id
    FROM holding
    LEFT JOIN subscriber_key
        ON subscriber_key.service = 'broadband'
        AND subscriber_key.access = holding.access
        AND subscriber_key.login_or_number = holding.login
    LEFT JOIN scope ON scope.scope = holding.access_server
),
scoped AS (
    SELECT 0 AS space_id, ip_version, high, low, prefix_length, start_ms,
        end_anywhere_ms AS end_ms, turn, subscriber_id,
        CASE WHEN pool = '' THEN home_scope_id END AS home_scope_id
    FROM held
    WHERE (pool = '' OR EXISTS (FROM scope WHERE scope = '')) AND start_ms < end_anywhere_ms
    UNION ALL
    SELECT home_scope_id, ip_version, high, low, prefix_length, start_ms, end_ms, turn,
        subscriber_id, home_scope_id
    FROM held
    WHERE pool <> '' AND home_scope_id IS NOT NULL AND start_ms < end_ms
),
longest AS (
    SELECT max(longest_prefix_length) AS longest FROM exporter_scope
),
shorter AS MATERIALIZED (
    SELECT scoped.*
    FROM scoped
    JOIN longest ON ip_version = 6 AND prefix_length < longest
),
-- Exporters whose space has shorter prefixes. If all prefixes are equally long, flows need not be
-- examined.
looked_at AS (
    SELECT *
    FROM exporter_scope
    WHERE 0 IN (SELECT space_id FROM shorter) OR scope_id IN (SELECT space_id FROM shorter)
),
seen AS (
    SELECT DISTINCT space_id, high, low
    FROM (
        SELECT DISTINCT scope_id, prefix_high(high, longest_prefix_length) AS high,
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
        JOIN looked_at USING (exporter)
    )
    CROSS JOIN (SELECT unnest([0, 1]) AS is_own)
    JOIN (SELECT DISTINCT space_id FROM shorter) ON space_id = scope_id * is_own
),
-- Every shorter prefix that could contain a network. Materialized, because otherwise the masks are
-- computed for every pair of network and session.
seen_prefix AS MATERIALIZED (
    SELECT seen.*, prefix_length, prefix_high(seen.high, prefix_length) AS of_high,
        prefix_low(seen.low, prefix_length) AS of_low
    FROM seen
    CROSS JOIN (SELECT DISTINCT prefix_length FROM shorter) AS length
),
candidate AS MATERIALIZED (
    SELECT scoped.*
    FROM scoped
    JOIN longest ON ip_version = 4 OR prefix_length = longest
    UNION ALL
    SELECT shorter.* REPLACE (seen_prefix.high AS high, seen_prefix.low AS low)
    FROM seen_prefix
    JOIN shorter
        ON shorter.space_id = seen_prefix.space_id
        AND shorter.prefix_length = seen_prefix.prefix_length
        AND shorter.high = seen_prefix.of_high
        AND shorter.low = seen_prefix.of_low
),
placed AS (
    SELECT space_id, ip_version, high, low, start_ms,
        max(end_ms) OVER (
            PARTITION BY space_id, ip_version, high, low ORDER BY start_ms
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS held_until_ms
    FROM candidate
),
contested AS MATERIALIZED (
    SELECT DISTINCT space_id, ip_version, high, low FROM placed WHERE held_until_ms > start_ms
),
edge AS (
    SELECT space_id, ip_version, high, low, start_ms AS edge_ms
    FROM candidate SEMI JOIN contested USING (space_id, ip_version, high, low)
    UNION
    SELECT space_id, ip_version, high, low, end_ms
    FROM candidate SEMI JOIN contested USING (space_id, ip_version, high, low)
),
span AS (
    SELECT *,
        lead(edge_ms) OVER (PARTITION BY space_id, ip_version, high, low ORDER BY edge_ms) AS next_ms
    FROM edge
),
settled AS (
    SELECT span.space_id, span.ip_version, span.high, span.low, span.edge_ms AS from_ms,
        span.next_ms AS to_ms, candidate.subscriber_id, candidate.home_scope_id
    FROM span
    JOIN candidate
        ON candidate.space_id = span.space_id
        AND candidate.ip_version = span.ip_version
        AND candidate.high = span.high
        AND candidate.low = span.low
        AND candidate.start_ms <= span.edge_ms
        AND candidate.end_ms >= span.next_ms
    WHERE span.next_ms IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY span.space_id, span.ip_version, span.high, span.low, span.edge_ms
        ORDER BY candidate.prefix_length DESC, candidate.turn DESC
    ) = 1
),
owned AS MATERIALIZED (
    FROM settled
    UNION ALL
    SELECT space_id, ip_version, high, low, start_ms, end_ms, subscriber_id, home_scope_id
    FROM candidate
    ANTI JOIN contested USING (space_id, ip_version, high, low)
)
SELECT home_scope_id AS scope_id, ip_version, high, low, from_ms, to_ms, subscriber_id
FROM owned
WHERE home_scope_id IS NOT NULL
UNION ALL
SELECT everywhere.scope_id, ip_version, high, low, from_ms, to_ms, subscriber_id
FROM owned
JOIN scope AS everywhere ON everywhere.scope = ''
WHERE space_id = 0
