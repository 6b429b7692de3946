-- Shares of protocols, classes and ports in the volume of a week (docs/method.md, rule 3), rows of
-- all levels, with their sampling error (docs/method.md, rule 17). Bytes are added as whole
-- numbers, so each level adds up to the one above it.
WITH volume AS (
    SELECT *, ip_version <> '4+6' AS by_version FROM port_volume
),
total AS (
    SELECT year, service, by_version, ip_version, sum(bytes) AS bytes,
        sum(variance_bytes2) AS variance_bytes2, min(coverage_percent) AS coverage_percent
    FROM volume
    GROUP BY ALL
),
-- Every volume once at each of its levels; mobile tables are printed without classes.
part AS (
    SELECT year, service, by_version, ip_version, NULL AS protocol, 'version' AS level,
        NULL AS class, NULL AS port, NULL AS port_number, bytes, sampled_packets, variance_bytes2
    FROM volume
    WHERE by_version
    UNION ALL
    SELECT year, service, by_version, ip_version, protocol, 'protocol', NULL, NULL, NULL,
        bytes, sampled_packets, variance_bytes2
    FROM volume
    UNION ALL
    SELECT year, service, by_version, ip_version, protocol, 'class', class, class, NULL,
        bytes, sampled_packets, variance_bytes2
    FROM volume
    WHERE class IS NOT NULL AND service = 'broadband'
    UNION ALL
    SELECT year, service, by_version, ip_version, protocol, 'port',
        CASE WHEN service = 'broadband' THEN class END,
        CASE
            WHEN port_row.port IS NOT NULL THEN port_row.port::VARCHAR
            WHEN service = 'broadband' THEN 'other ' || class
            WHEN class = 'unknown' THEN 'unknown'
            ELSE 'other'
        END,
        port_row.port,
        bytes, sampled_packets, variance_bytes2
    FROM volume
    LEFT JOIN port_row USING (service, by_version, protocol, port)
    WHERE class IS NOT NULL AND NOT (service = 'broadband' AND class = 'unknown')
),
cell AS (
    SELECT year, service, by_version, ip_version, protocol, level, class, port, port_number,
        sum(bytes) AS bytes, sum(sampled_packets) AS sampled_packets,
        sum(variance_bytes2) AS variance_bytes2
    FROM part
    GROUP BY ALL
),
-- The rows of the table, each in every year (and IP version), ordered by the last year: protocols,
-- within them classes, within these ports, and rests last.
last_cell AS (
    SELECT service, by_version, protocol, level, class, port, port_number,
        coalesce(sum(bytes) FILTER (year = last_year), 0) AS last_bytes
    FROM cell
    JOIN (SELECT service, max(year) AS last_year FROM total GROUP BY ALL) USING (service)
    GROUP BY ALL
),
line AS (
    SELECT service, by_version, protocol, level, class, port, port_number,
        row_number() OVER (
            PARTITION BY service, by_version
            ORDER BY level = 'version' DESC, protocol_bytes DESC, protocol,
                level = 'protocol' DESC,
                CASE class WHEN '<1024' THEN 1 WHEN '>=1024' THEN 2 WHEN 'unknown' THEN 3 END,
                level = 'class' DESC,
                port_number IS NULL, last_bytes DESC, port_number, port
        ) AS position
    FROM (
        SELECT *, max(last_bytes) FILTER (level = 'protocol') OVER (
                PARTITION BY service, by_version, protocol
            ) AS protocol_bytes
        FROM last_cell
    )
),
-- The share of an IP version is of both versions together; all other shares are of their own
-- version or of both.
share AS (
    SELECT place.year, line.service, place.ip_version, line.protocol, line.level, line.class,
        line.port, line.port_number, line.position,
        coalesce(cell.sampled_packets, 0) AS sampled_packets,
        coalesce(cell.bytes, 0)::DOUBLE / total.bytes::DOUBLE AS share,
        coalesce(cell.variance_bytes2, 0)::DOUBLE AS variance_of_part,
        (total.variance_bytes2 - coalesce(cell.variance_bytes2, 0))::DOUBLE AS variance_of_rest,
        total.variance_bytes2 = 0 AS is_counted,
        total.bytes::DOUBLE AS total_bytes,
        total.coverage_percent
    FROM line
    JOIN total AS place USING (service, by_version)
    JOIN total
        ON total.year = place.year
        AND total.service = place.service
        AND total.ip_version = CASE line.level WHEN 'version' THEN '4+6' ELSE place.ip_version END
    LEFT JOIN cell
        ON cell.year = place.year
        AND cell.service = place.service
        AND cell.ip_version = place.ip_version
        AND cell.protocol IS NOT DISTINCT FROM line.protocol
        AND cell.level = line.level
        AND cell.port IS NOT DISTINCT FROM line.port
)
SELECT year, service, ip_version, position::INTEGER AS position, level,
    coalesce(protocol_name.name, share.protocol::VARCHAR) AS protocol,
    share.port,
    CASE
        WHEN level = 'version' THEN 'IPv' || ip_version
        WHEN level = 'protocol' THEN NULL
        WHEN level = 'class' AND class = '<1024' THEN 'well-known'
        WHEN level = 'class' AND class = '>=1024' THEN 'dynamic'
        WHEN share.port = 'unknown' THEN 'no port (later fragments)'
        WHEN share.port = 'other <1024' THEN 'all other well-known ports'
        WHEN share.port = 'other >=1024' THEN 'all other dynamic ports'
        WHEN share.port = 'other' THEN 'all other ports'
        ELSE port_name.label
    END AS label,
    100 * share.share AS share_percent,
    -- A few sampled packets do not show their own variance; where all were counted, there is none.
    CASE
        WHEN sampled_packets >= 30 OR is_counted THEN 196 * sqrt(
            (1 - share.share) ** 2 * variance_of_part + share.share ** 2 * variance_of_rest
        ) / total_bytes
    END AS error_points,
    coverage_percent
FROM share
LEFT JOIN protocol_name ON protocol_name.protocol = share.protocol
LEFT JOIN port_name
    ON port_name.protocol = share.protocol AND port_name.port = share.port_number
ORDER BY service, year, ip_version, position
