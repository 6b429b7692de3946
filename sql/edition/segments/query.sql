-- segments: OUT over IN of a segment of a service in each analysis week (docs/method.md, rules 4 and
-- 14).
SELECT year, service, segment, out_bytes / in_bytes AS out_in_ratio, 'computed' AS status
FROM segment_volume
ORDER BY service, segment DESC, year
