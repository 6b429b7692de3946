-- figure-13: its rows are published in growth-parts, and withheld where they are withheld there.
SELECT service, direction, part,
    if(status = 'withheld', 0, $minimum_subscribers) AS least_subscribers
FROM computed
