-- Where to look for the sessions of an exporter's flows: on that access server if it is one,
-- otherwise on all of them (empty scope). Scopes are numbered, because flows are joined by them. Of
-- IPv6 addresses, as many bits matter as the longest held prefix has.
SELECT exporter, scope, dense_rank() OVER (ORDER BY scope)::INTEGER AS scope_id,
    coalesce((SELECT max(prefix_length) FROM holding WHERE ip_version = 6), 0)::UTINYINT
        AS longest_prefix_length
FROM (
    SELECT exporter,
        CASE WHEN exporter IN (SELECT access_server FROM holding) THEN exporter ELSE '' END AS scope
    FROM (SELECT DISTINCT exporter FROM broadband_flow)
)
