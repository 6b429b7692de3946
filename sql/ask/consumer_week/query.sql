-- Volume of each consumer in each week, of whatever population (docs/method.md, rules 4 and 5).
SELECT week, service, access, subscriber,
    sum(in_bytes)::BIGINT AS in_bytes,
    sum(out_bytes)::BIGINT AS out_bytes,
    count(*) AS days,
    sum(in_variance_bytes2)::DECIMAL(38, 0) AS in_variance_bytes2,
    sum(out_variance_bytes2)::DECIMAL(38, 0) AS out_variance_bytes2
FROM subscriber_day
WHERE segment = 'consumer'
GROUP BY ALL
