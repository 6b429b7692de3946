-- Bytes of usage records that reach over an edge of a local day: how much of them lies on which
-- side is not known, so a day's sum by usage is uncertain by as much.
SELECT usage.service, usage.access, day.day, sum(in_bytes::HUGEINT + out_bytes)::DOUBLE AS bytes
FROM usage
JOIN day
    ON usage.start_ms < day.start_ms AND usage.end_ms > day.start_ms
    OR usage.start_ms < day.end_ms AND usage.end_ms > day.end_ms
GROUP BY usage.service, usage.access, day.day
