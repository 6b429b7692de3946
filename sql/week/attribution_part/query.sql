-- Flows and volume of a piece of the week, by collector and by the side that is a subscriber.
SELECT source_id,
    CASE
        WHEN source_kind = 1 AND destination_kind = 1 THEN 'both'
        WHEN source_kind = 1 THEN 'in'
        WHEN destination_kind = 1 THEN 'out'
        WHEN source_kind = 2 OR destination_kind = 2 THEN 'apart'
        WHEN source_kind >= 4 OR destination_kind >= 4 THEN 'no_port'
        ELSE 'none'
    END AS attribution,
    sum(flows)::BIGINT AS flows, sum(bytes)::BIGINT AS bytes
FROM port_hour
GROUP BY ALL
