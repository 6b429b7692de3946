-- hour-peaks: counters count everything, and how much they miss is unknown (docs/method.md, rule 10).
SELECT week, service, direction, kind, hour, unnest([
    {column_name: 'mean_ratio', value: mean_ratio},
    {column_name: 'prominence_percent', value: prominence_percent}
], recursive := true), 'counters' AS reason
FROM hour_peaks
