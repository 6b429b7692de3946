-- Flows that appear to be exported by two exporters of one service: the same addresses, ports and
-- protocol at the same time. Sampled copies differ in packets and bytes, so this is a suspicion,
-- stated as a share.
WITH shared AS (
    SELECT conversation, min(exporter) AS one_exporter
    FROM looked_at
    GROUP BY conversation
    HAVING min(exporter) <> max(exporter)
),
met AS MATERIALIZED (
    SELECT looked_at.*, shared.one_exporter
    FROM looked_at
    JOIN shared USING (conversation)
),
copy AS MATERIALIZED (
    SELECT DISTINCT other.conversation, other.exporter, other.first_seen_ms, other.bytes
    FROM met AS other
    JOIN met AS one
        ON one.conversation = other.conversation
        AND one.exporter = one.one_exporter
        AND one.first_seen_ms <= other.last_seen_ms + $apart_ms
        AND one.last_seen_ms >= other.first_seen_ms - $apart_ms
    WHERE other.exporter <> other.one_exporter
)
SELECT count(*) AS copies, countable(coalesce(sum(bytes), 0)) AS copied_bytes,
    (SELECT count(*) FROM looked_at) AS flows
FROM copy
