-- segments: a ratio describes the subscribers of the segment. It is rounded no finer than one of the
-- heaviest could move it.
SELECT year, service, segment,
    if(is_outweighed, 1, subscribers)::BIGINT AS least_subscribers,
    ratio_step(out_in_ratio, heaviest_part) AS out_in_ratio_step
FROM computed
LEFT JOIN segment_volume USING (year, service, segment)
