-- Where to look for the sessions of an exporter's flows: on that access server when it is one,
-- else on all of them (empty scope). Scopes are numbered, because flows are joined by them.
SELECT exporter, scope, dense_rank() OVER (ORDER BY scope)::INTEGER AS scope_id
FROM (
    SELECT exporter,
        CASE WHEN exporter IN (SELECT access_server FROM holding) THEN exporter ELSE '' END AS scope
    FROM (SELECT DISTINCT exporter FROM broadband_flow)
)
