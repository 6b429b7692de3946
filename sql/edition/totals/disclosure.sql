-- totals: a row describes the consumers of its distribution.
SELECT year, service, direction, least_subscribers
FROM volume_disclosure
