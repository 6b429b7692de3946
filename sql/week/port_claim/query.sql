-- The slots of every IPv4 address of which sessions hold port ranges: ports that are always held
-- together, so that sessions compete for slots as they compete for addresses (docs/method.md,
-- rule 1). One row per range and slot in it; a session with all ports of such an address holds every
-- slot, and port 65536, which stands for flows without ports. Usually a range is one slot.
-- Ranges and slots meet by the places of their edges, because the number of pairs of ranges of an
-- address is quadratic.
WITH ranged AS MATERIALIZED (
    SELECT DISTINCT ipv4_address, port_first, port_last, port_distance
    FROM assignments
    WHERE port_first IS NOT NULL AND ipv4_address IS NOT NULL
),
claim AS (
    FROM ranged
    UNION ALL
    SELECT DISTINCT ipv4_address, NULL, NULL, NULL
    FROM assignments
    SEMI JOIN ranged USING (ipv4_address)
    WHERE port_first IS NULL
),
stretch AS MATERIALIZED (
    SELECT ipv4_address, port_first, port_last, port_distance, from_port,
        CASE
            WHEN from_port = 0 AND coalesce(port_last, 65535) = 65535 THEN 65537
            ELSE least(from_port + port_last - port_first + 1, 65536)
        END AS to_port
    FROM (
        SELECT ipv4_address, port_first, port_last, port_distance,
            unnest(
                range(coalesce(port_first, 0)::INTEGER, 65536, coalesce(port_distance, 65536))
            )::INTEGER AS from_port
        FROM claim
    )
),
edge AS MATERIALIZED (
    SELECT ipv4_address, port, row_number() OVER by_port AS place, lead(port) OVER by_port AS to_port
    FROM (
        SELECT ipv4_address, from_port AS port FROM stretch
        UNION
        SELECT ipv4_address, to_port FROM stretch
        UNION
        SELECT ipv4_address, 65536 FROM stretch WHERE to_port = 65537
    )
    WINDOW by_port AS (PARTITION BY ipv4_address ORDER BY port)
)
SELECT placed.ipv4_address, port_first, port_last, port_distance,
    slot_high(slot.port, slot.to_port - 1) AS high
FROM (
    SELECT stretch.ipv4_address, port_first, port_last, port_distance,
        unnest(range(begins.place, ends.place)) AS place
    FROM stretch
    JOIN edge AS begins
        ON begins.ipv4_address = stretch.ipv4_address AND begins.port = stretch.from_port
    JOIN edge AS ends
        ON ends.ipv4_address = stretch.ipv4_address AND ends.port = stretch.to_port
) AS placed
JOIN edge AS slot ON slot.ipv4_address = placed.ipv4_address AND slot.place = placed.place
