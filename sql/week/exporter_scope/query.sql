-- Where to look for the sessions of an exporter's flows: on that access server when it is one,
-- else on all of them (empty scope).
SELECT exporter,
    CASE WHEN exporter IN (SELECT access_server FROM holding) THEN exporter ELSE '' END AS scope
FROM (SELECT DISTINCT exporter FROM broadband_flow)
