-- growth-of-businesses: growth describes the businesses of both weeks. It is rounded no finer than
-- one of the heaviest could move it. IN and OUT are not given apart: with `segments`, which divides
-- one by the other, one number would be rounded twice.
SELECT computed.service, "from", "to",
    least(
        if(earlier.is_outweighed, 1, earlier.subscribers),
        if(later.is_outweighed, 1, later.subscribers)
    )::BIGINT AS least_subscribers,
    growth_step(growth_percent, earlier.heaviest_part, later.heaviest_part) AS growth_percent_step
FROM computed
LEFT JOIN segment_volume AS earlier
    ON earlier.year::VARCHAR = "from"
    AND earlier.service = computed.service
    AND earlier.segment = 'business'
LEFT JOIN segment_volume AS later
    ON later.year::VARCHAR = "to"
    AND later.service = computed.service
    AND later.segment = 'business'
