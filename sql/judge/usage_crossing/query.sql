-- Standard deviation of a day's usage sum: if a record crosses an edge of the day, its split is
-- unknown. Any part of its bytes is equally likely, so its variance is b²/12.
SELECT usage.service, usage.access, day.day, sqrt(sum((in_bytes::DOUBLE + out_bytes) ** 2) / 12) AS bytes
FROM usage
JOIN day
    ON usage.start_ms < day.start_ms AND usage.end_ms > day.start_ms
    OR usage.start_ms < day.end_ms AND usage.end_ms > day.end_ms
GROUP BY usage.service, usage.access, day.day
