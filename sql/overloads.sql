-- Questions take text and varchar in the place of subjects and resources, and
-- permissions and resources in the place of names.  Every form answers alike, whom it
-- lets in is decided by the form with typed subjects and resources, and what an id is
-- stays as it was.
\i sql/include/fresh.sql
CREATE EXTENSION IF NOT EXISTS authz;
BEGIN;
CREATE ROLE regress_authz_app;
CREATE ROLE regress_authz_support;
GRANT EXECUTE ON FUNCTION authz.has_permission(authz.subject, text, anyelement), authz.explain(authz.subject, text, authz.resource)
    TO regress_authz_support;
SELECT count(*) > 0 AS installed FROM authz.install_catalog('github');
SELECT authz.create_resource('organization:1'), authz.create_resource('repository:5', 'organization:1'),
       authz.create_resource('repository:6', 'organization:1');
SELECT authz.add_member('organization:1', 'alice'), authz.grant_role('alice', 'write', 'repository:5') > 0 AS granted;
SET LOCAL authz.subject = 'alice';

-- As drivers send parameters: every form of every question, and the same answer.
CREATE TEMP TABLE asked (subject varchar, permission varchar, id varchar, resource varchar);
INSERT INTO asked VALUES ('alice', 'pull', '5', 'repository:5'), ('user:alice', 'pull', '6', 'repository:6'),
    ('user:bob', 'pull', '5', 'repository:5'), ('user:alice', 'nothing', '5', 'repository:5'), (NULL, 'pull', '5', 'repository:5'),
    ('alice', NULL, '5', 'repository:5'), ('alice', 'pull', NULL, NULL);
SELECT a.subject, a.permission, a.id,
       authz.has_permission(s, a.permission, a.id) AS has,
       ARRAY[authz.has_permission(a.subject, a.permission, a.id), authz.has_permission(a.subject, a.permission, a.id::int),
             authz.has_permission(s, p, a.id), authz.has_permission(s, p, a.id::int),
             authz.has_permission(s, a.permission, r), authz.has_permission(s, p, r),
             authz.has_permission(a.subject, p, a.id), authz.has_permission(a.subject, p, a.id::int), authz.has_permission(a.subject, p, r),
             authz.has_permission(a.subject, a.permission, r),
             coalesce(authz.permissions_on(a.subject, r) @> p, false), coalesce(authz.permissions_on(s, a.resource) @> p, false),
             authz.has_any_permission(a.subject, ARRAY[a.permission::text], a.id), authz.has_any_permission(a.subject, ARRAY[a.permission::text], a.id::int),
             authz.has_all_permissions(a.subject, ARRAY[a.permission::text], a.id), authz.has_all_permissions(a.subject, ARRAY[a.permission::text], a.id::int),
             coalesce(authz.permissions_on(a.subject, a.resource) @> p, false),
             coalesce(a.id::int = ANY (authz.permitted_ids(a.subject, a.permission, NULL::int)), false),
             coalesce(a.id::int = ANY (authz.permitted_ids(s, p, NULL::int)), false),
             EXISTS (SELECT FROM authz.list_resources(a.subject, a.permission) AS l WHERE l = r),
             EXISTS (SELECT FROM authz.list_resources(s, p) AS l WHERE l = r),
             EXISTS (SELECT FROM authz.list_subjects(a.permission, a.resource) AS l WHERE l = s),
             EXISTS (SELECT FROM authz.list_subjects(p, r) AS l WHERE l = s),
             EXISTS (SELECT FROM authz.explain(a.subject, a.permission, a.resource) AS e WHERE e.grants),
             EXISTS (SELECT FROM authz.explain(s, p, r) AS e WHERE e.grants)]
           = array_fill(authz.has_permission(s, a.permission, a.id), '{25}') AS all_alike
FROM asked AS a
     CROSS JOIN LATERAL (SELECT a.subject::authz.subject, a.permission::authz.permission, a.resource::authz.resource) AS typed (s, p, r)
ORDER BY a.subject, a.permission, a.id;
-- For the current subject.
SELECT a.permission, a.id, authz.has_permission(a.permission, a.id) AS has,
       ARRAY[authz.has_permission(p, a.id), authz.has_permission(p, a.id::int), authz.has_permission(p, r), authz.has_permission(a.permission, r),
             coalesce(authz.permissions_on(a.resource) @> p, false),
             coalesce(a.id::int = ANY (authz.permitted_ids(p, NULL::int)), false),
             EXISTS (SELECT FROM authz.list_resources(p) AS l WHERE l = r)]
           = array_fill(authz.has_permission(a.permission, a.id), '{7}') AS all_alike
FROM asked AS a
     CROSS JOIN LATERAL (SELECT a.permission::authz.permission, a.resource::authz.resource) AS typed (p, r)
WHERE a.subject = 'alice' OR a.id = '6'
ORDER BY a.permission, a.id;
SELECT * FROM authz.team_members('organization:1#member'::varchar);
SELECT * FROM authz.assignment_kind('alice'::varchar, 'write'::varchar, 'repository:5'::varchar);
SELECT count(*) FROM authz.mixed_roles('alice'::varchar, 'repository:5'::varchar);

-- Rows of one function go into another as they are.
SELECT p
FROM unnest(authz.permissions(authz.permissions_on('repository:5'))) AS p
WHERE p::text LIKE 'p%' AND authz.has_permission(p, 5)
ORDER BY p;
SELECT r, s, authz.has_permission(s, 'pull', r)
FROM authz.list_resources('pull') AS r CROSS JOIN LATERAL authz.list_subjects('pull', r) AS s;

-- Parameters whose type the server chooses are text.
PREPARE untyped AS SELECT authz.has_permission($1, $2, 5), authz.permissions_on($1, $3) @> $2::authz.permission;
SELECT parameter_types FROM pg_prepared_statements WHERE name = 'untyped';
EXECUTE untyped('alice', 'pull', 'repository:5');

-- The planner sees through them: a name that does not exist, a number of rows, an index.
SAVEPOINT s;
SELECT authz.has_permission('alice'::text, 'pul', 5);
ROLLBACK TO s;
SELECT authz.list_resources('alice', 'pul');
ROLLBACK TO s;
SELECT authz.list_subjects('pul', 'repository:5');
ROLLBACK TO s;
CREATE TEMP TABLE repositories (id int PRIMARY KEY);
INSERT INTO repositories SELECT generate_series(1, 10000);
ANALYZE repositories;
EXPLAIN (COSTS OFF) SELECT * FROM repositories WHERE authz.has_permission('alice'::text, 'pull', id);
EXPLAIN (COSTS OFF) SELECT * FROM repositories WHERE authz.has_permission('pull'::authz.permission, id);

-- A subject that is malformed is an error, as in a cast, where it is a constant; at run
-- time has_permission() says no.
SELECT authz.has_permission('planet:earth'::text, 'pull', 5);
ROLLBACK TO s;
SELECT authz.has_permission(s, 'pull', 5), authz.has_permission(s, 'pull', '5'),
       authz.has_any_permission(s, '{pull}', 5), authz.has_all_permissions(s, '{pull}', 5)
FROM (VALUES ('planet:earth'::text), (''), (NULL)) AS v (s);
SELECT authz.explain('alice', 'pull', 'repository'::text);
ROLLBACK TO s;

-- Names in bodies that are parsed at the call are the extension's.
CREATE TYPE pg_temp.text AS ENUM ('pull');
CREATE FUNCTION pg_temp.has_permission(pg_catalog.text, anyelement) RETURNS boolean LANGUAGE sql AS 'SELECT true';
SET LOCAL search_path = pg_temp, pg_catalog, public;
SELECT authz.has_permission('pull'::authz.permission, 6), authz.permitted_ids('pull'::authz.permission, 0),
       authz.has_permission('alice'::pg_catalog.text, 'pull', 6);
ROLLBACK TO s;

-- Who may ask about another subject: whom the typed form lets in.
SET LOCAL ROLE regress_authz_support;
SELECT authz.has_permission('alice'::text, 'pull', 5), (SELECT count(*) FROM authz.explain('alice', 'pull', 'repository:5'));
SELECT authz.has_permission('alice'::text, 'pull', '5'::text);
ROLLBACK TO s;
SET LOCAL ROLE regress_authz_app;
SELECT authz.has_permission('alice'::text, 'pull', 5);
ROLLBACK TO s;
SET LOCAL ROLE regress_authz_app;
SELECT authz.has_any_permission('alice'::text, '{pull}', 5);
ROLLBACK TO s;
SET LOCAL ROLE regress_authz_app;
SELECT authz.has_permission('alice'::authz.subject, 'pull'::authz.permission, 'repository:5'::authz.resource);
ROLLBACK TO s;
SET LOCAL ROLE regress_authz_app;
SELECT authz.permissions_on('alice', 'repository:5');
ROLLBACK TO s;
SET LOCAL ROLE regress_authz_app;
SELECT * FROM authz.list_resources('alice', 'pull');
ROLLBACK TO s;
SET LOCAL ROLE regress_authz_app;
SELECT * FROM authz.explain('alice', 'pull', 'repository:5');
ROLLBACK TO s;

-- Functions that change something have one form, so that a grant by name works.
GRANT EXECUTE ON FUNCTION authz.grant_role, authz.revoke_role, authz.create_role, authz.add_member, authz.drop_user, authz.move_resource
    TO regress_authz_app;
SELECT proname FROM pg_proc
WHERE pronamespace = 'authz'::regnamespace AND provolatile = 'v'
GROUP BY proname HAVING count(*) > 1 ORDER BY proname;
ROLLBACK;
