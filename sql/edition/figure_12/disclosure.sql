-- figure-12: its rows are published in table-3 and table-4, and withheld where they are withheld there.
SELECT service, protocol, port, year,
    if(status = 'withheld', 0, $minimum_subscribers) AS least_subscribers
FROM computed
