-- figure-10: its rows have passed the guard of figure-9.
SELECT week, hour,
    if(status = 'withheld', 0, $minimum_subscribers)::BIGINT AS least_subscribers
FROM computed
