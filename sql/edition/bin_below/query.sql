-- The bins of a distribution, with how many of its consumers lie below each (docs/method.md, rule 24),
-- so that only the consumers beside a place are looked at one by one.
SELECT year, service, direction, bin, subscribers,
    sum(subscribers) OVER (
        PARTITION BY year, service, direction ORDER BY bin
    )::BIGINT - subscribers AS below,
    sum(subscribers) OVER (PARTITION BY year, service, direction)::BIGINT AS consumers
FROM volume_bin
