-- Columns of a table as they are now, with the numbers by which its files name them.
SELECT column_name, column_id
FROM __ducklake_metadata_archive.ducklake_column AS one
JOIN __ducklake_metadata_archive.ducklake_table USING (table_id)
WHERE table_name = $table AND one.end_snapshot IS NULL
ORDER BY column_order
