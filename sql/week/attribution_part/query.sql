-- Flows and volume of a piece of the week, by collector and by the side that is a subscriber.
SELECT source_id,
    CASE
        WHEN is_from_subscriber AND is_to_subscriber THEN 'both'
        WHEN is_from_subscriber THEN 'in'
        WHEN is_to_subscriber THEN 'out'
        ELSE 'none'
    END AS attribution,
    sum(flows)::BIGINT AS flows, sum(bytes)::BIGINT AS bytes
FROM port_hour
GROUP BY ALL
