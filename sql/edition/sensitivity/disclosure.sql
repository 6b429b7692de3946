-- sensitivity: figures of other weeks have passed the same guard as those of the edition; there is
-- a row only if both may be published.
SELECT "table", year, service, direction, top_percent, ip_version, level, protocol, port, "column",
    offset_weeks, $minimum_subscribers AS least_subscribers
FROM computed
