-- daytime-by-term: counters count everything, and how much they miss is unknown (docs/method.md, rule
-- 10).
SELECT year, service, direction, period, 'daytime_ratio' AS column_name, daytime_ratio AS value,
    'counters' AS reason
FROM daytime_by_term
