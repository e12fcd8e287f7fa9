-- The model that is measured, as views: who is in what and holds which role.
-- plain.sql (the tables of somebody who does without the extension) and
-- authz.sql load the same rows from here, so both answer the same questions.
--
-- Sizes are settings of the database (measure.py sets them):
--   bench.organizations   each has 20 projects and 10 teams
--   bench.users           ordinary users; each is in two organizations, in three teams
--   bench.project_grants  roles that an ordinary user holds directly on projects
--   bench.special         1: with the heavy user and those who see a given share
--
-- With 27 project grants an ordinary user has 38 in all: 27, a role in each of two
-- organizations, two from each of three teams, one from each of their parents.
CREATE SCHEMA model;

CREATE FUNCTION model.size(name text) RETURNS bigint
    LANGUAGE sql STABLE
    RETURN current_setting('bench.' || name)::bigint;

CREATE VIEW model.organization AS
    SELECT o AS id FROM generate_series(1, model.size('organizations')) AS o;

CREATE VIEW model.project AS
    SELECT p AS id, (p - 1) / 20 + 1 AS organization_id
    FROM generate_series(1, 20 * model.size('organizations')) AS p;

-- The first two teams of an organization are parents of the other eight.
CREATE VIEW model.team AS
    SELECT t AS id, (t - 1) / 10 + 1 AS organization_id,
           CASE WHEN (t - 1) % 10 >= 2 THEN t - (t - 1) % 10 + (t - 1) % 2 END AS parent_id
    FROM generate_series(1, 10 * model.size('organizations')) AS t;

CREATE VIEW model.app_user AS
    SELECT u AS id, 'u' || u AS name FROM generate_series(1, model.size('users')) AS u
    UNION ALL
    SELECT model.size('users') + n, name
    FROM unnest('{heavy,sees_01,sees_1,sees_10,sees_100}'::text[]) WITH ORDINALITY AS special (name, n)
    WHERE model.size('special') = 1;

-- a and b: the two organizations of an ordinary user.
CREATE VIEW model.ordinary AS
    SELECT u AS id,
           (u - 1) % o + 1 AS a,
           ((u - 1) % o + o / 2 + (u - 1) / o) % o + 1 AS b
    FROM generate_series(1, model.size('users')) AS u, model.size('organizations') AS o;

-- Roles of the users: on an organization, or on a project.  round: the order in
-- which they were given; everybody gets the first before anybody the second, so the
-- rows of one user lie scattered, as they do in a table that grew.
CREATE VIEW model.user_grant AS
    SELECT CASE WHEN organization_id = a THEN 1 ELSE 2 END AS round,
           id AS user_id, 'Member' AS role, organization_id, NULL::bigint AS project_id
    FROM model.ordinary, LATERAL (VALUES (a), (b)) AS home (organization_id)
    UNION ALL
    SELECT 3 + n, id, (ARRAY['Reader', 'Contributor'])[1 + (id + n) % 2], NULL,
           20 * (CASE WHEN n % 2 = 0 THEN a ELSE b END - 1) + 1 + (id * 3 + n / 2) % 20
    FROM model.ordinary, generate_series(0, model.size('project_grants') - 1) AS n
    UNION ALL
    SELECT coalesce(g.organization_id, g.project_id), u.id, g.role, g.organization_id, g.project_id
    FROM model.app_user AS u
    JOIN (-- 50 organizations, and every project in them one by one
          SELECT 'heavy' AS name, 'Member' AS role, o.id AS organization_id, NULL::bigint AS project_id
          FROM model.organization AS o WHERE o.id <= 50
          UNION ALL
          SELECT 'heavy', 'Reader', NULL, p.id FROM model.project AS p WHERE p.organization_id <= 50
          UNION ALL
          -- one project in a thousand; then whole organizations
          SELECT 'sees_01', 'Reader', NULL, p.id FROM model.project AS p WHERE p.id % 1000 = 500
          UNION ALL
          SELECT 'sees_1', 'Admin', o.id, NULL FROM model.organization AS o WHERE o.id % 100 = 50
          UNION ALL
          SELECT 'sees_10', 'Admin', o.id, NULL FROM model.organization AS o WHERE o.id % 10 = 5
          UNION ALL
          SELECT 'sees_100', 'Admin', o.id, NULL FROM model.organization AS o
         ) AS g USING (name);

CREATE VIEW model.team_grant AS
    SELECT id AS team_id, 'Reader' AS role, 20 * (organization_id - 1) + 1 + project AS project_id
    FROM (SELECT id, organization_id, (id - 1) % 10 AS n FROM model.team) AS team,
         LATERAL (SELECT n AS project UNION ALL SELECT n + 10 WHERE n >= 2) AS what;

CREATE VIEW model.organization_member AS
    SELECT DISTINCT user_id, coalesce(organization_id, (project_id - 1) / 20 + 1) AS organization_id
    FROM model.user_grant;

CREATE VIEW model.team_member AS
    SELECT o.id AS user_id, 10 * (team.organization_id - 1) + 1 + n AS team_id
    FROM model.ordinary AS o,
         LATERAL (VALUES (a, 2 + id % 4 * 2), (a, 3 + id % 4 * 2), (b, 2 + id % 8)) AS team (organization_id, n);
