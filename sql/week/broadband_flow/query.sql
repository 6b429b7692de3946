-- Flows that can be attributed; mobile flows serve port figures only (docs/method.md, rule 1).
SELECT * FROM flows WHERE service = 'broadband'
