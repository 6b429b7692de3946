-- Standard deviation of a day's sum by usage: of a record that reaches over an edge of the day it is
-- not known how much lies on which side; any part of its bytes is as likely as another, b²/12 each.
SELECT usage.service, usage.access, day.day, sqrt(sum((in_bytes::DOUBLE + out_bytes) ** 2) / 12) AS bytes
FROM usage
JOIN day
    ON usage.start_ms < day.start_ms AND usage.end_ms > day.start_ms
    OR usage.start_ms < day.end_ms AND usage.end_ms > day.end_ms
GROUP BY usage.service, usage.access, day.day
