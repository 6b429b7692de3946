-- totals: a row tells about the consumers of its distribution.
SELECT year, service, direction, least_subscribers
FROM volume_disclosure
