-- Flows that can be attributed; mobile flows serve port figures only (DOMAIN rule 1).
SELECT * FROM flows WHERE service = 'broadband'
