-- table-4-by-ip-version: what the port tables tell about few subscribers is found over all their
-- rows. A row without volume tells about nobody.
SELECT computed.year, computed.ip_version, computed.level, computed.protocol, computed.port,
    coalesce(port_disclosure.least_subscribers, $minimum_subscribers) AS least_subscribers
FROM computed
LEFT JOIN port_disclosure
    ON table_id = 'table-4-by-ip-version'
    AND port_disclosure.year = computed.year
    AND port_disclosure.ip_version = computed.ip_version
    AND port_disclosure.level = computed.level
    AND port_disclosure.protocol IS NOT DISTINCT FROM computed.protocol
    AND port_disclosure.port IS NOT DISTINCT FROM computed.port
