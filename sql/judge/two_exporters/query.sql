-- Flows that look exported by two exporters of one service: the same addresses, ports and protocol
-- at the same time. Sampled copies differ in packets and bytes, so this is a suspicion with a share.
-- Of large weeks one in $one_in of all address pairs is looked at, and counts are scaled up.
WITH looked_at AS (
    SELECT service, exporter, first_seen_ms, last_seen_ms, bytes,
        hash(
            service, protocol, src_addr_high, src_addr_low, src_port, dst_addr_high, dst_addr_low,
            dst_port
        ) AS conversation
    FROM flows
    WHERE bytes > 0
        AND hash(src_addr_low, dst_addr_low) % $one_in = 0
),
shared AS (
    SELECT conversation, min(exporter) AS one_exporter
    FROM looked_at
    GROUP BY conversation
    HAVING min(exporter) <> max(exporter)
),
met AS (
    SELECT looked_at.*, shared.one_exporter
    FROM looked_at
    JOIN shared USING (conversation)
),
copy AS (
    SELECT DISTINCT other.conversation, other.exporter, other.first_seen_ms, other.bytes
    FROM met AS other
    JOIN met AS one
        ON one.conversation = other.conversation
        AND one.exporter = one.one_exporter
        AND one.first_seen_ms <= other.last_seen_ms + $apart_ms
        AND one.last_seen_ms >= other.first_seen_ms - $apart_ms
    WHERE other.exporter <> other.one_exporter
)
SELECT (SELECT count(*) FROM copy) * $one_in AS copies,
    (SELECT coalesce(sum(bytes), 0) FROM copy)::BIGINT * $one_in AS copied_bytes,
    (SELECT count(*) FROM looked_at) * $one_in AS flows
