-- Logins of broadband sessions that the snapshot lists: as both spell them, and without case, realm
-- and separators.
WITH delivered AS (SELECT DISTINCT login FROM assignments WHERE login IS NOT NULL),
listed AS (
    SELECT DISTINCT login_or_number AS login
    FROM subscribers
    WHERE service = 'broadband' AND login_or_number IS NOT NULL
),
alike AS (SELECT DISTINCT plain_login(login) AS login FROM listed)
SELECT count(*) AS logins, count(listed.login) AS found, count(alike.login) AS found_alike
FROM delivered
LEFT JOIN listed USING (login)
LEFT JOIN alike ON alike.login = plain_login(delivered.login)
