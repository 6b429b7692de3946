-- figure-13: growth over the look back and its parts, of growth-parts the longest span of each service, and
-- of equally long ones the last (docs/method.md, rule 15).
SELECT service, direction, part, "from", "to", growth_points, error_points, coverage_percent, status
FROM growth_parts
QUALIFY dense_rank() OVER (
        PARTITION BY service ORDER BY "to"::INTEGER - "from"::INTEGER DESC, "to" DESC
    ) = 1
ORDER BY service, direction,
    list_position(['subscribers', 'volume_per_subscriber', 'access_mix', 'volume'], part)
