-- figure-5: a row describes the consumers of its cell, who are at least the minimum, unless the service has
-- fewer (docs/method.md, rule 21).
SELECT year, cell, subscribers AS least_subscribers
FROM volume_cell
WHERE service = 'broadband'
