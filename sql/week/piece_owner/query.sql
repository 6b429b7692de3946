-- Owners while the flows of some files began: a shorter table in which to look up every flow.
SELECT endpoint_owner.*
FROM endpoint_owner
JOIN (
    SELECT min(first_seen_ms) AS earliest_ms, max(first_seen_ms) AS latest_ms
    FROM broadband_flow
    WHERE file_index BETWEEN $first_file AND $last_file
) ON to_ms > earliest_ms AND from_ms <= latest_ms
