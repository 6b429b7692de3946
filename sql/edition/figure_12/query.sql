-- figure-12: the shares of six ports over the years of table-3 and table-4, as published there. Chosen are
-- the ports with the largest shares in the last year, in either service (docs/method.md, rule 3).
WITH share AS (
    SELECT 'broadband' AS service, * FROM table_3
    UNION ALL BY NAME
    SELECT 'mobile' AS service, * FROM table_4
),
named AS (
    SELECT *, max(year) OVER (PARTITION BY service) AS last_year
    FROM share
    WHERE level = 'port' AND regexp_full_match(port, '[0-9]+')
),
chosen AS (
    SELECT protocol, port,
        row_number() OVER (
            ORDER BY max(share_percent) FILTER (year = last_year) DESC NULLS LAST,
                protocol, port::INTEGER
        ) AS place
    FROM named
    GROUP BY protocol, port
    QUALIFY place <= 6
)
SELECT service, protocol, port, year, label, share_percent, error_points, coverage_percent, status
FROM named
JOIN chosen USING (protocol, port)
ORDER BY service, place, year
