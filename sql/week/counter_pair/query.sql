-- One row per interface and pair of successive readings: by how much its counters rose, and whether
-- that is known (docs/method.md, rule 9). Of several readings at one time the first counts, by file
-- and position, as in the rule counters.doubled_reading.
--
-- A counter that fell was reset, or has 32 bits and began again at 0 (RFC 2863, ifInOctets). 32 bits
-- are followed where all readings are below 2^32, and the highest rate between readings that rose
-- needs less than half of them from one reading to the next: the counter then wraps at most once in
-- between. A fall is taken for a wrap if it needs no more than 1.25 times that rate; any other is a
-- reset.
WITH single AS (
    SELECT interface, service, access, file_index, time_ms, in_octets, out_octets
    FROM counters
    WINDOW at_one_time AS (
        PARTITION BY interface, service, access, time_ms ORDER BY file_index, position
    )
    QUALIFY row_number() OVER at_one_time = 1
),
pair AS (
    SELECT interface, service, access, file_index, time_ms AS to_ms,
        lag(time_ms) OVER by_interface AS from_ms,
        in_octets AS in_after, lag(in_octets) OVER by_interface AS in_before,
        out_octets AS out_after, lag(out_octets) OVER by_interface AS out_before
    FROM single
    WINDOW by_interface AS (PARTITION BY interface, service, access ORDER BY time_ms)
),
change AS (
    SELECT *, to_ms - from_ms AS length_ms,
        in_after::HUGEINT - in_before::HUGEINT AS in_bytes,
        out_after::HUGEINT - out_before::HUGEINT AS out_bytes
    FROM pair
    WHERE from_ms IS NOT NULL
),
-- The highest rate, in octets a millisecond, of counters that fall and never reach 2^32.
falling AS (
    SELECT interface, service, access,
        CASE
            WHEN min(in_bytes) < 0 AND max(greatest(in_before, in_after)) < 4294967296
                THEN max(in_bytes / length_ms)
        END AS in_rate,
        CASE
            WHEN min(out_bytes) < 0 AND max(greatest(out_before, out_after)) < 4294967296
                THEN max(out_bytes / length_ms)
        END AS out_rate
    FROM change
    GROUP BY interface, service, access
    HAVING in_rate IS NOT NULL OR out_rate IS NOT NULL
),
followed AS (
    SELECT change.*, in_rate, out_rate,
        coalesce(is_wrap(in_bytes, in_rate, length_ms), false) AS in_wrapped,
        coalesce(is_wrap(out_bytes, out_rate, length_ms), false) AS out_wrapped
    FROM change
    LEFT JOIN falling USING (interface, service, access)
)
SELECT interface, service, access, file_index, from_ms, to_ms,
    CASE WHEN in_wrapped THEN in_bytes + 4294967296 ELSE in_bytes END AS in_bytes,
    CASE WHEN out_wrapped THEN out_bytes + 4294967296 ELSE out_bytes END AS out_bytes,
    in_wrapped::TINYINT + out_wrapped::TINYINT AS wraps,
    (in_bytes < 0 AND NOT in_wrapped) OR (out_bytes < 0 AND NOT out_wrapped)
        OR is_jump(in_bytes, length_ms) OR is_jump(out_bytes, length_ms) AS is_reset,
    -- A counter that wraps may have done so unseen where readings are too far apart.
    coalesce(bool_or(in_wrapped) OVER series AND in_rate * length_ms >= 2147483648, false)
        OR coalesce(bool_or(out_wrapped) OVER series AND out_rate * length_ms >= 2147483648, false)
        AS is_too_long
FROM followed
WINDOW series AS (PARTITION BY interface, service, access)
