-- Figures as read from a file, with details of the import.
SELECT table_id, year, key, column_name, value, text, note, position,
    $imported_at::TIMESTAMPTZ AS imported_at, $file::VARCHAR AS file,
    $file_sha256::VARCHAR AS file_sha256
FROM figure_read
