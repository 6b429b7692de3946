-- peak: counters count everything, and how much they miss is unknown (docs/method.md, rule 10).
SELECT year, service, access, direction, day_type, unnest([
    {column_name: 'busy_hour', value: busy_hour::DOUBLE},
    {column_name: 'peak_ratio', value: peak_ratio},
    {column_name: 'kbit_per_second_per_subscriber', value: kbit_per_second_per_subscriber}
], recursive := true), 'counters' AS reason
FROM peak
