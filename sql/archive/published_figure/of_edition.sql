-- Published figures that an edition may print: those of its year and before, in the order of their
-- files.
SELECT table_id, year, key, column_name, value, text, note, position, imported_at, file, file_sha256
FROM published_figure
WHERE year <= $edition
ORDER BY table_id, year, position, key, column_name
