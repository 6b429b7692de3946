-- daytime-share: counters count everything, and how much they miss is unknown (docs/method.md, rule 10).
SELECT week, service, direction, unnest([
    {column_name: 'daytime_share_percent', value: daytime_share_percent},
    {column_name: 'change_points', value: change_points}
], recursive := true), 'counters' AS reason
FROM daytime_share
