-- Errors of the parts of growth, by packet sampling and rounding, which are computed with them
-- (docs/method.md, rule 15).
SELECT service, direction, "from", "to", part, 'growth_points' AS column_name,
    growth_points AS value, error_points AS half_width
FROM growth_parts
