-- One row per charging record and day of the week, spread like flows (docs/method.md, rule 2).
WITH placed AS (
    SELECT usage.*,
        subscriber_key.subscriber_id,
        first_quarter.day_index AS first_day,
        unnest(range(first_quarter.day_index, last_quarter.day_index + 1)) AS day_index
    FROM usage
    JOIN subscriber_key
        ON subscriber_key.service = usage.service
        AND subscriber_key.access = usage.access
        AND subscriber_key.login_or_number = usage.subscriber
    JOIN quarter_hour AS first_quarter
        ON first_quarter.quarter
            = (larger_of(usage.start_ms, $week_start_ms) - $week_start_ms) // 900000
    JOIN quarter_hour AS last_quarter
        ON last_quarter.quarter
            = (smaller_of(larger_of(usage.start_ms, usage.end_ms - 1), $week_end_ms - 1)
                - $week_start_ms) // 900000
    WHERE usage.start_ms < $week_end_ms
        AND (usage.end_ms > $week_start_ms OR usage.start_ms >= $week_start_ms)
)
SELECT placed.service, placed.access, placed.subscriber_id, day.day_index,
    amount_within(placed.in_bytes, placed.start_ms, placed.end_ms, day.start_ms, day.end_ms)::BIGINT
        AS in_bytes,
    amount_within(placed.out_bytes, placed.start_ms, placed.end_ms, day.start_ms, day.end_ms)::BIGINT
        AS out_bytes,
    -- The first part represents its record, so that records can be counted.
    day.day_index = placed.first_day AS is_first
FROM placed
JOIN day USING (day_index)
