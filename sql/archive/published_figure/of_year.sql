-- The imported figures of one table and year.
SELECT key, column_name, value, text, note
FROM published_figure
WHERE table_id = $table_id AND year = $year
