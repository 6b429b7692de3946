-- Flows at addresses whose ports are shared: those that enter no figure because no access is set for
-- their holders, and those without a port, which nobody owns.
SELECT attribution, sum(flows)::BIGINT AS flows, sum(bytes)::BIGINT AS bytes
FROM attribution_week
WHERE week = $week AND attribution IN ('apart', 'no_port')
GROUP BY attribution
ORDER BY attribution
