-- Present columns of a table, with the numbers that its files use for them.
SELECT column_name, column_id
FROM __ducklake_metadata_archive.ducklake_column AS one
JOIN __ducklake_metadata_archive.ducklake_table USING (table_id)
WHERE table_name = $table AND one.end_snapshot IS NULL
ORDER BY column_order
