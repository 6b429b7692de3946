-- One attempt to load a feed's week: what was delivered and judged, and the outcome.
SELECT $week::DATE AS week, $feed::VARCHAR AS feed, $revision::BIGINT AS revision,
    $loaded_at::TIMESTAMPTZ AS loaded_at, $input_digest::VARCHAR AS input_digest,
    $files::VARCHAR AS files, $slots::VARCHAR AS slots,
    $verdict::VARCHAR AS verdict, $aggregates::VARCHAR AS aggregates,
    $delivered_rows::BIGINT AS delivered_rows, $loaded_rows::BIGINT AS loaded_rows,
    $quarantined_rows::BIGINT AS quarantined_rows, $out_of_week_rows::BIGINT AS out_of_week_rows,
    $delivered_bytes::BIGINT AS delivered_bytes, $loaded_bytes::BIGINT AS loaded_bytes,
    $quarantined_bytes::BIGINT AS quarantined_bytes,
    $out_of_week_bytes::BIGINT AS out_of_week_bytes,
    coalesce(100.0 * $delivered_ms / nullif($expected_ms, 0), 0)::DOUBLE AS coverage_percent,
    $version::VARCHAR AS version, $accepted_reason::VARCHAR AS accepted_reason
