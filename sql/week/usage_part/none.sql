-- No charging records were accepted, so there are no parts.
SELECT ''::VARCHAR AS service, ''::VARCHAR AS access, 0::INTEGER AS subscriber_id,
    0::BIGINT AS day_index, 0::BIGINT AS in_bytes, 0::BIGINT AS out_bytes, true AS is_first
WHERE false
