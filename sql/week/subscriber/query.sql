-- Subscribers by their pseudonym. A contract whose lines disagree is a business.
SELECT subscriber_id, any_value(subscriber) AS subscriber, min(segment) AS segment
FROM subscriber_name
JOIN subscriber_identity USING (service, access, identity)
GROUP BY subscriber_id
