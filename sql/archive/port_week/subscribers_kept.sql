-- The new rows of a week whose flows could not be attributed, with the subscriber counts that the
-- archive has for the same ports: what cannot be recomputed stays as it was.
SELECT new_port_week.* REPLACE (held.subscribers AS subscribers)
FROM new_port_week
LEFT JOIN (FROM port_week WHERE week = $week) AS held
    ON held.service = new_port_week.service
    AND held.ip_version = new_port_week.ip_version
    AND held.protocol = new_port_week.protocol
    AND held.port IS NOT DISTINCT FROM new_port_week.port
ORDER BY service, ip_version, protocol, port
