-- Subscribers by pseudonym. A contract whose lines have different segments is a business.
SELECT subscriber_id, any_value(subscriber) AS subscriber, min(segment) AS segment
FROM subscriber_name
JOIN subscriber_identity USING (service, access, identity)
GROUP BY subscriber_id
