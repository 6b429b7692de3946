-- Sessions that hold an address or a prefix outside the provider's prefixes, by source. A prefix as
-- wide as the provider's own is inside, a wider one is not.
WITH held AS (
    SELECT file_index, position, 4 AS ip_version, 0::UBIGINT AS high,
        ipv4_address::UBIGINT AS low, 32 AS length
    FROM assignments
    WHERE ipv4_address IS NOT NULL
    UNION ALL
    SELECT file_index, position, 6, framed_prefix_high, framed_prefix_low, framed_prefix_length
    FROM assignments
    WHERE framed_prefix_high IS NOT NULL
    UNION ALL
    SELECT file_index, position, 6, delegated_prefix_high, delegated_prefix_low,
        delegated_prefix_length
    FROM assignments
    WHERE delegated_prefix_high IS NOT NULL
),
outside AS (
    SELECT DISTINCT held.file_index, held.position
    FROM held
    ANTI JOIN provider_block AS own
        ON own.ip_version = held.ip_version
        AND own.block = CASE
            WHEN held.ip_version = 4 THEN held.low >> $shift_4
            ELSE held.high >> $shift_6
        END
        AND held.length >= own.length
)
SELECT delivered_file.source, count(outside.position)::BIGINT AS outside_records,
    count(assignments.position)::BIGINT AS records, 0::BIGINT AS outside_bytes,
    count(outside.position)::DOUBLE / count(assignments.position) AS share
FROM assignments
JOIN delivered_file USING (file_index)
LEFT JOIN outside USING (file_index, position)
GROUP BY delivered_file.source
ORDER BY delivered_file.source
