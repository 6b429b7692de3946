-- Every file that the catalogue names, in any snapshot: data files, and files that list deleted
-- rows of a data file. Paths are relative to the data folder; a file belongs to the snapshots from
-- begin_snapshot to before end_snapshot.
WITH place AS (
    SELECT table_id, any_value(table_name) AS table_name,
        any_value(ducklake_schema.path || ducklake_table.path) AS folder
    FROM __ducklake_metadata_archive.ducklake_table
    JOIN __ducklake_metadata_archive.ducklake_schema USING (schema_id)
    GROUP BY table_id
),
data_file AS (
    SELECT data_file_id, table_id, path, path_is_relative, record_count, file_size_bytes,
        footer_size, begin_snapshot, end_snapshot, try_cast(partition_value AS DATE) AS week
    FROM __ducklake_metadata_archive.ducklake_data_file
    LEFT JOIN __ducklake_metadata_archive.ducklake_file_partition_value
        USING (data_file_id, table_id)
),
listed AS (
    SELECT table_id, week, false AS tells_deleted, path, path_is_relative, record_count,
        file_size_bytes, footer_size, begin_snapshot, end_snapshot
    FROM data_file
    UNION ALL
    SELECT deleted.table_id, week, true, deleted.path, deleted.path_is_relative, delete_count,
        deleted.file_size_bytes, deleted.footer_size, deleted.begin_snapshot,
        deleted.end_snapshot
    FROM __ducklake_metadata_archive.ducklake_delete_file AS deleted
    JOIN data_file USING (data_file_id)
)
SELECT CASE WHEN path_is_relative = 1 THEN folder || path ELSE path END AS place,
    table_name, week, tells_deleted, record_count, file_size_bytes, footer_size, begin_snapshot,
    end_snapshot
FROM listed
JOIN place USING (table_id)
ORDER BY table_name, week, begin_snapshot, place
