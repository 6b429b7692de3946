-- Flows of which neither address is one of the provider's, by source: transit between others, or
-- subscribers whose prefix the settings lack.
WITH outside AS (
    SELECT flows.file_index, count(*) AS records, sum(coalesce(flows.bytes, 0)) AS size
    FROM flows
    ANTI JOIN provider_block AS src
        ON src.ip_version = flows.ip_version
        AND src.block = CASE
            WHEN flows.ip_version = 4 THEN flows.src_addr_low >> $shift_4
            ELSE flows.src_addr_high >> $shift_6
        END
    ANTI JOIN provider_block AS dst
        ON dst.ip_version = flows.ip_version
        AND dst.block = CASE
            WHEN flows.ip_version = 4 THEN flows.dst_addr_low >> $shift_4
            ELSE flows.dst_addr_high >> $shift_6
        END
    WHERE flows.ip_version > 0
    GROUP BY flows.file_index
),
delivered AS (
    SELECT file_index, count(*) AS records, sum(coalesce(bytes, 0)) AS size
    FROM flows
    WHERE ip_version > 0
    GROUP BY file_index
)
SELECT delivered_file.source, coalesce(sum(outside.records), 0)::BIGINT AS outside_records,
    sum(delivered.records)::BIGINT AS records,
    countable(coalesce(sum(outside.size), 0)) AS outside_bytes,
    coalesce(sum(outside.size), 0)::DOUBLE / nullif(sum(delivered.size), 0) AS share
FROM delivered
JOIN delivered_file USING (file_index)
LEFT JOIN outside USING (file_index)
GROUP BY delivered_file.source
ORDER BY delivered_file.source
