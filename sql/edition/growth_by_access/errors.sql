-- Errors of growth-by-access: counters count everything, and how much they miss is unknown.
SELECT access, direction, "from", "to", 'growth_percent' AS column_name, growth_percent AS value,
    'counters' AS reason
FROM growth_by_access
