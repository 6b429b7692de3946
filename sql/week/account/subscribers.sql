-- A snapshot belongs to the week for which it was delivered.
SELECT count(*) AS loaded_rows, 0::BIGINT AS loaded_bytes, 0::BIGINT AS out_of_week_rows,
    0::BIGINT AS out_of_week_bytes
FROM subscribers
