-- Loads that the edition uses: the revision in force of each of its weeks and feeds. Those are all
-- feeds of analysis weeks, counters of months, counters and snapshots of weeks with hours. Refused
-- attempts are not among them.
SELECT week, feed, max(revision) AS revision,
    arg_max(input_digest, revision) AS input_digest,
    arg_max(verdict, revision) AS verdict,
    arg_max(coverage_percent, revision) AS coverage_percent,
    arg_max(version, revision) AS version
FROM load_log
JOIN edition_week USING (week)
WHERE verdict IN ('passed', 'warned')
    AND CASE used_for
        WHEN 'analysis' THEN true
        WHEN 'months' THEN feed = 'counters'
        WHEN 'hours' THEN feed IN ('counters', 'subscribers')
        ELSE feed <> 'counters'
    END
GROUP BY week, feed
ORDER BY week, feed
