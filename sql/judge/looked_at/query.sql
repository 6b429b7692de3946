-- Flows that are examined for copies: in large weeks those of one in $one_in address pairs.
SELECT service, exporter, first_seen_ms, last_seen_ms, bytes,
    hash(
        service, protocol, src_addr_high, src_addr_low, src_port, dst_addr_high, dst_addr_low,
        dst_port
    ) AS conversation
FROM flows
WHERE bytes > 0 AND hash(src_addr_low, dst_addr_low) % $one_in::UBIGINT = 0
