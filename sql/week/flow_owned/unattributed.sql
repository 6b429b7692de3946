-- Flows of a week whose assignments or subscribers were refused: ports are known, owners are not.
SELECT flows.*, NULL::INTEGER AS src_subscriber_id, NULL::INTEGER AS dst_subscriber_id
FROM flows
