-- Asking: has_permission() and its relatives, and who the current subject is.
\i sql/include/fresh.sql
\set VERBOSITY terse

INSERT INTO authz.resource_types (name, parent, has_members) VALUES
    ('organization', NULL, true), ('project', 'organization', false), ('document', 'project', false);
INSERT INTO authz.permissions (name, resource_type, status) VALUES
    ('organization.view', 'organization', 'active'),
    ('organization.edit', 'organization', 'active'),
    ('project.view', 'project', 'active'),
    ('project.edit', 'project', 'active'),
    ('project.old', 'project', 'deprecated'),
    ('project.new', 'project', 'planned'),
    ('document.view', 'document', 'active');
INSERT INTO authz.resources (resource) VALUES ('organization:1'), ('organization:2'), ('organization:acme');
INSERT INTO authz.resources (resource, parent_id)
SELECT r, (SELECT id FROM authz.resources WHERE resource = p::authz.resource)
FROM (VALUES
    ('project:1'::authz.resource, 'organization:1'),
    ('project:2', 'organization:1'),
    ('project:3', 'organization:2'),
    ('project:4', 'organization:acme'),
    ('project:-7', 'organization:2'),
    ('project:70000', 'organization:2'),
    ('project:9223372036854775807', 'organization:2'),
    ('project:0b0e8400-e29b-41d4-a716-446655440000', 'organization:2'),
    ('project:web site', 'organization:2')) AS new (r, p);
INSERT INTO authz.resources (resource, parent_id)
SELECT ('document:' || i)::text::authz.resource, (SELECT id FROM authz.resources WHERE resource = 'project:1')
FROM generate_series(1, 3) AS i;

INSERT INTO authz.roles (name, resource_type) VALUES ('reader', 'project'), ('writer', 'project'), ('member', 'organization');
INSERT INTO authz.role_permissions (role_id, permission)
SELECT authz_role.id, p
FROM (VALUES ('reader', 'project.view'::authz.permission), ('reader', 'project.old'), ('reader', 'project.new'),
             ('writer', 'project.edit'), ('member', 'organization.view')) AS new (r, p)
     JOIN authz.roles AS authz_role ON name = r;
UPDATE authz.roles SET inherits_id = (SELECT id FROM authz.roles WHERE name = 'reader') WHERE name = 'writer';
INSERT INTO authz.role_base_roles (role_id, resource_type, base_role_id)
SELECT m.id, 'project', r.id FROM authz.roles AS m, authz.roles AS r WHERE m.name = 'member' AND r.name = 'reader';

-- Alice reads project 1 and writes project 2, bob is in organization 2, carol
-- was a writer until yesterday, and everybody may read project 4.
INSERT INTO authz.subjects (subject) VALUES ('alice'), ('bob'), ('carol'), ('service_account:ci'), ('user:*');
INSERT INTO authz.assignments (subject_id, role_id, resource_id, expires_at)
SELECT s.id, r.id, x.id, expiry
FROM (VALUES ('user:alice', 'reader', 'project:1', NULL::timestamptz), ('user:alice', 'writer', 'project:2', now() + interval '1 day'),
             ('user:bob', 'member', 'organization:2', NULL), ('user:carol', 'writer', 'project:1', now() - interval '1 day'),
             ('user:*', 'reader', 'project:4', NULL), ('service_account:ci', 'reader', 'project:3', NULL)) AS new (who, role, what, expiry)
     JOIN authz.subjects AS s ON s.subject::text = who
     JOIN authz.roles AS r ON r.name = role
     JOIN authz.resources AS x ON x.resource::text = what;

CREATE ROLE regress_authz_web;
CREATE ROLE regress_authz_owner;
CREATE TABLE ids (i2 smallint, i4 integer, i8 bigint, u uuid, t text, v varchar, c character(10));
INSERT INTO ids VALUES
    (1, 1, 1, NULL, '1', '1', '1'),
    (3, 3, 3, '0b0e8400-e29b-41d4-a716-446655440000', '3', '3', '3'),
    (-7, 70000, 9223372036854775807, '00000000-0000-0000-0000-000000000000', 'web site', 'web site', 'web site'),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE DOMAIN project_number AS integer;
CREATE DOMAIN positive_project_number AS project_number CHECK (VALUE > 0);
CREATE DOMAIN project_key AS uuid;
CREATE DOMAIN project_slug AS varchar(30);

-- Ids -----------------------------------------------------------------------
-- As columns of every type; a role without any privilege on authz's tables asks.
GRANT SELECT ON ids TO regress_authz_web;
SET authz.subject = 'bob';
SET ROLE regress_authz_web;
SELECT * FROM authz.assignments;
SELECT i2, authz.has_permission('project.view', i2) AS "int2",
       i4, authz.has_permission('project.view', i4) AS "int4",
       i8, authz.has_permission('project.view', i8) AS "int8",
       authz.has_permission('project.view', u) AS "uuid",
       t, authz.has_permission('project.view', t) AS "text",
       authz.has_permission('project.view', v) AS "varchar",
       authz.has_permission('project.view', c) AS "char"
FROM ids ORDER BY i4;
RESET ROLE;

-- As literals and domains.
SELECT authz.has_permission('project.view', 3) AS number,
       authz.has_permission('project.view', '3') AS literal,
       authz.has_permission('project.view', '0b0e8400-e29b-41d4-a716-446655440000') AS uuid,
       authz.has_permission('project.view', 'web site') AS text,
       authz.has_permission('project.view', '-7') AS negative,
       authz.has_permission('project.view', '9223372036854775807') AS largest;
SELECT authz.has_permission('project.view', 3::project_number) AS number,
       authz.has_permission('project.view', 3::positive_project_number) AS positive,
       authz.has_permission('project.view', '0b0e8400-e29b-41d4-a716-446655440000'::project_key) AS key,
       authz.has_permission('project.view', 'web site'::project_slug) AS slug;

-- What PostgreSQL casts to text by itself is a text.
SELECT authz.has_permission('project.view', 'web site'::name) AS name;
-- Names match exactly: no other way to write a number or a uuid is the same id.
SELECT id, authz.has_permission('project.view', id)
FROM unnest(ARRAY['03', '+3', ' 3', '3 ', '3.0', '3e0', '-0', '', '*', 'Web site', 'web site ', '0B0E8400-E29B-41D4-A716-446655440000',
                  '{0b0e8400-e29b-41d4-a716-446655440000}', '0b0e8400e29b41d4a716446655440000', '9223372036854775808',
                  'project:3', '3:', repeat('x', 300)]) AS id
WHERE authz.has_permission('project.view', id) IS NOT FALSE;

-- What cannot be an id is an error, whatever the value is, also where there are no rows.
SELECT authz.has_permission('project.view', 3.0);
SELECT authz.has_permission('project.view', true);
SELECT authz.has_permission('project.view', ARRAY[3]);
SELECT authz.has_permission('project.view', current_date);
SELECT authz.has_permission('project.view', ROW(3));
SELECT authz.has_permission('project.view', NULL::numeric) FROM ids WHERE false;
SELECT authz.has_any_permission('{project.view}', 3.0);
SELECT authz.has_permission('bob', 'project.view', 3.0);
SELECT authz.permitted_ids('project.view', NULL::numeric);
DO $$
BEGIN
    PERFORM authz.has_permission('project.view', 3.0);
EXCEPTION WHEN datatype_mismatch THEN
    RAISE NOTICE '%', sqlstate;
END
$$;

-- NULL and unknown ------------------------------------------------------------
-- NULL is no.
SELECT authz.has_permission(NULL, 3) AS permission,
       authz.has_permission('project.view', NULL) AS id,
       authz.has_permission('project.view', NULL::uuid) AS uuid,
       authz.has_permission(NULL, 'project.view', 3) AS subject,
       authz.has_any_permission(NULL, 3) AS permissions,
       authz.has_all_permissions('{project.view}', NULL::bigint) AS "all",
       authz.has_any_permission('{NULL,project.view}', 3) AS null_or_held,
       authz.has_all_permissions('{NULL,project.view}', 3) AS null_and_held,
       authz.has_any_permission('{NULL}', 3) AS only_null;
-- So is what nobody has heard of.
SELECT authz.has_permission('project.view', 12345) AS resource,
       authz.has_permission('organization.view', 12345) AS organization,
       authz.has_permission('user:zoe', 'project.view', 3) AS subject,
       authz.has_permission('team:zoe', 'project.view', 3) AS team;
SELECT permission, authz.has_permission(permission, 3)
FROM (VALUES ('project.view'), ('projct.view'), ('Project.view'), ('project.view '), (''), ('project'), ('project.%')) AS asked (permission)
UNION ALL SELECT 'long', authz.has_permission(repeat('x', n), 3) FROM generate_series(200, 200) AS n;
-- A name that is wrong as early as the planner sees it is an error.
SELECT authz.has_permission('projct.view', 3);
SELECT authz.has_permission('Project.view', id) FROM generate_series(1, 0) AS id;
SELECT authz.has_permission('bob', 'projct.view', 3);
SELECT authz.has_any_permission('{project.view,projct.edit}', 3);
SELECT authz.permitted_ids('projct.view', NULL::bigint);
SELECT authz.list_resources('projct.view');
SELECT authz.list_subjects('projct.view', 'project:3');
-- A permission is asked of a resource of its own type.
SELECT authz.has_permission('organization.view', 2) AS organization, authz.has_permission('document.view', 1) AS document;
-- Planned ones grant nothing, deprecated ones do.
SELECT authz.has_permission('project.new', 3) AS planned, authz.has_permission('project.old', 3) AS deprecated;

-- Named subjects ----------------------------------------------------------------
SELECT who, id, authz.has_permission(who, 'project.view', id) AS view, authz.has_permission(who, 'project.edit', id) AS edit
FROM unnest('{alice,bob,user:carol,user:zoe,user:*,service_account:ci}'::authz.subject[]) WITH ORDINALITY AS asked (who, n), generate_series(1, 4) AS id
ORDER BY n, id;
SELECT authz.has_permission('alice', 'project.view', '1') AS literal,
       authz.has_permission('user:alice', 'project.view', 1) AS kind,
       authz.has_permission('user:alice'::authz.subject, 'project.view', 1::smallint) AS typed,
       authz.has_permission('bob', 'project.view', '0b0e8400-e29b-41d4-a716-446655440000'::uuid) AS uuid;
SELECT authz.has_permission('users:alice', 'project.view', 1);
SELECT authz.has_permission('', 'project.view', 1);

-- Several permissions --------------------------------------------------------------
RESET authz.subject;
SELECT id,
       authz.has_any_permission('alice', '{project.view,project.edit}', id) AS any_of_two,
       authz.has_all_permissions('alice', '{project.view,project.edit}', id) AS all_of_two,
       authz.has_any_permission('alice', '{}', id) AS any_of_none,
       authz.has_all_permissions('alice', '{}', id) AS all_of_none,
       authz.has_any_permission('alice', '{project.new,organization.view}', id) AS any_other
FROM generate_series(1, 3) AS id;
SET authz.subject = 'bob';
-- Of several types: each is asked of the resource of its own type with that id.
SELECT id,
       authz.has_any_permission('{organization.view,project.view}', id) AS "any",
       authz.has_all_permissions('{organization.view,project.view}', id) AS "all",
       authz.has_any_permission('{organization.view,project.view}', id::text) AS any_text,
       authz.has_any_permission(ARRAY['project.edit', 'project' || '.view'], id) AS computed
FROM generate_series(1, 4) AS id;
SELECT authz.has_any_permission('{project.edit,project.view}', u) AS "any", authz.has_all_permissions('{project.old,project.view}', u) AS "all"
FROM ids WHERE i2 = 3;
-- Names from a column.
SELECT names, authz.has_any_permission(names, 3) AS "any", authz.has_all_permissions(names, 3) AS "all",
       authz.has_any_permission('alice', names, 1) AS alice_any, authz.has_all_permissions('alice', names, 2) AS alice_all
FROM (VALUES (ARRAY['project.view', 'project.old']), (ARRAY['project.edit', 'project.old']), (ARRAY['project.edit']), (ARRAY[]::text[]), (NULL),
             (ARRAY[['project.view', 'x'], ['y', 'project.edit']]), (ARRAY['project.view', 'project.edit'])) AS asked (names);

-- Everything on a resource ------------------------------------------------------------
SELECT authz.permissions_on('project:3') AS project, authz.permissions_on('organization:2') AS organization,
       authz.permissions_on('project:12345') AS unknown, authz.permissions_on('thing:1') AS unknown_type, authz.permissions_on(NULL) AS null;
SELECT authz.permissions_on('alice', 'project:2') AS alice, authz.permissions_on('user:carol', 'project:1') AS expired,
       authz.permissions_on('user:zoe', 'project:4') AS everybody, authz.permissions_on(NULL, 'project:4') AS no_subject, authz.permissions_on('alice', NULL) AS no_resource;
SELECT authz.permissions_on('project');

-- Lists -----------------------------------------------------------------------------
SELECT authz.permitted_ids('project.view', NULL::bigint) AS "int8";
SELECT authz.permitted_ids('project.view', NULL::integer) AS "int4", authz.permitted_ids('project.view', 0::smallint) AS "int2";
SELECT authz.permitted_ids('project.view', NULL::uuid) AS "uuid", authz.permitted_ids('project.view', NULL::project_key) AS domain;
SELECT authz.permitted_ids('project.view', NULL::text) AS "text";
SELECT authz.permitted_ids('project.view', NULL::varchar) AS "varchar", pg_typeof(authz.permitted_ids('project.view', NULL::varchar));
SELECT authz.permitted_ids('project.view', NULL::positive_project_number) AS domain, pg_typeof(authz.permitted_ids('project.view', NULL::positive_project_number));
SELECT authz.permitted_ids('alice', 'project.view', NULL::bigint) AS alice, authz.permitted_ids('alice', 'project.edit', NULL::bigint) AS edit,
       authz.permitted_ids('user:zoe', 'project.view', NULL::bigint) AS everybody, authz.permitted_ids('alice', 'document.view', NULL::bigint) AS none,
       authz.permitted_ids('bob', 'project.new', NULL::bigint) AS planned, authz.permitted_ids(NULL, 'project.view', NULL::bigint) AS no_subject,
       authz.permitted_ids('bob', 'organization.view', NULL::text) AS organizations;
SELECT permission, authz.permitted_ids(permission, NULL::bigint) FROM (VALUES ('project.edit'), ('unknown'), (NULL)) AS asked (permission);
SELECT * FROM authz.list_resources('project.view') AS resource ORDER BY resource;
SELECT * FROM authz.list_resources('alice', 'project.view') AS resource ORDER BY resource;
SELECT count(*) FROM authz.list_resources('project.edit');
SELECT * FROM authz.list_subjects('project.view', 'project:3') AS subject ORDER BY subject;
SELECT * FROM authz.list_subjects('project.edit', 'project:2') AS subject ORDER BY subject;
-- What everybody may do, everybody who is known is listed with.
SELECT * FROM authz.list_subjects('project.view', 'project:4') AS subject ORDER BY subject;
SELECT count(*) FROM authz.list_subjects('project.view', 'project:12345');
SELECT count(*) FROM authz.list_subjects('organization.view', 'project:3');
SELECT count(*) FROM authz.list_subjects('project.new', 'project:3');
SELECT count(*) FROM authz.list_subjects(NULL, 'project:3');
RESET authz.subject;

-- All forms agree, call by call and from memory, for every pair.
CREATE TABLE pairs AS
SELECT s.subject, p.name::text AS permission, authz.resource_id(r.resource) AS id, r.resource
FROM authz.subjects AS s, authz.permissions AS p, authz.resources AS r
WHERE p.resource_type = r.resource_type
UNION ALL
SELECT 'user:zoe', 'project.view', '77', 'project:77';
INSERT INTO pairs SELECT * FROM pairs ORDER BY md5(subject || permission || id);
SELECT count(*) AS pairs, count(*) FILTER (WHERE authz.has_permission(subject, permission, id)) AS granted,
       count(*) FILTER (WHERE authz.has_permission(subject, permission, id) <> authz.has_any_permission(subject, ARRAY[permission], id)) AS "any",
       count(*) FILTER (WHERE authz.has_permission(subject, permission, id) <> authz.has_all_permissions(subject, ARRAY[permission, permission], id)) AS "all",
       count(*) FILTER (WHERE authz.has_permission(subject, permission, id) <> (authz.permissions_on(subject, resource) @> permission::authz.permission)) AS permissions_on,
       count(*) FILTER (WHERE authz.has_permission(subject, permission, id) <> (id = ANY (authz.permitted_ids(subject, permission, NULL::text)))) AS permitted_ids,
       count(*) FILTER (WHERE authz.has_permission(subject, permission, id) <> EXISTS (SELECT FROM authz.list_resources(subject, permission) AS x WHERE x = resource)) AS list_resources,
       count(*) FILTER (WHERE subject NOT IN ('user:zoe', 'user:*')
                              AND authz.has_permission(subject, permission, id) <> EXISTS (SELECT FROM authz.list_subjects(permission, resource) AS x WHERE x = subject)) AS list_subjects
FROM pairs;
SELECT count(*) FROM pairs
WHERE permission = 'project.view' AND authz.has_permission(subject, 'project.view', id) <> authz.has_permission(subject, permission, id);

-- An assignment that has expired grants nothing, ...
INSERT INTO authz.assignments (subject_id, role_id, resource_id, source, expires_at)
SELECT s.id, r.id, x.id, 'soon', clock_timestamp() + interval '1.5 s' FROM authz.subjects AS s, authz.roles AS r, authz.resources AS x
WHERE s.subject = 'bob' AND r.name = 'reader' AND x.resource = 'project:1';
BEGIN;
SELECT authz.has_permission('bob', 'project.view', 1);
SELECT FROM pg_sleep(1.6);
SELECT authz.has_permission('bob', 'project.view', 1);
COMMIT;

-- Attributes that policies rely on.
SELECT p.oid::regprocedure, provolatile, proleakproof, proparallel
FROM pg_proc AS p WHERE proname = 'has_permission' AND pronamespace = 'authz'::regnamespace ORDER BY p.oid::regprocedure::text;

-- In PL/pgSQL one expression is evaluated again and again with new values of
-- its variables: permission, id and subject are those of each time.
SET authz.subject = 'alice';
DO $$
DECLARE
    permission text;
    project bigint;
    who authz.subject;
    answer boolean;
BEGIN
    FOREACH project IN ARRAY '{1,2,2,1}'::bigint[] LOOP
        FOREACH permission IN ARRAY '{project.edit,project.view,project.edit,unknown}'::text[] LOOP
            answer := authz.has_permission(permission, project);
            RAISE NOTICE '% %: %', permission, project, answer;
        END LOOP;
    END LOOP;
    FOREACH who IN ARRAY '{alice,bob,nobody,alice}'::authz.subject[] LOOP
        answer := authz.has_permission(who, 'project.edit', 2);
        RAISE NOTICE '%: %', who, answer;
        answer := authz.has_any_permission(who, ARRAY[permission, 'project.view'], project);
        RAISE NOTICE '%: %', who, answer;
        permission := 'project.edit';
    END LOOP;
END
$$;
RESET authz.subject;

-- A database role that is renamed is the subject of its new name, at once.
CREATE ROLE regress_authz_before;
SELECT authz.grant_role('user:regress_authz_after', 'reader', 'project:1') IS NOT NULL AS granted;
SET authz.subject_source = 'role';
SET ROLE regress_authz_before;
SELECT authz.current_subject(), authz.has_permission('project.view', 1);
RESET ROLE;
BEGIN;
SET LOCAL ROLE regress_authz_before;
SELECT authz.current_subject();
RESET ROLE;
ALTER ROLE regress_authz_before RENAME TO regress_authz_after;
SET LOCAL ROLE regress_authz_after;
SELECT authz.current_subject(), authz.has_permission('project.view', 1);
ROLLBACK;
SET ROLE regress_authz_before;
SELECT authz.current_subject(), authz.has_permission('project.view', 1);
RESET ROLE;
RESET authz.subject_source;
DROP ROLE regress_authz_before;

-- A tree of types may be deep; a list follows it as a check does.
INSERT INTO authz.resource_types (name, parent)
SELECT 'level' || i, CASE WHEN i > 1 THEN 'level' || i - 1 END FROM generate_series(1, 80) AS i;
INSERT INTO authz.permissions (name, resource_type) VALUES ('leaf.view', 'level80');
INSERT INTO authz.roles (name, resource_type) VALUES ('leaf', 'level80');
INSERT INTO authz.role_permissions SELECT id, 'leaf.view' FROM authz.roles WHERE name = 'leaf';
DO $$
BEGIN
    FOR i IN 1 .. 80 LOOP
        PERFORM authz.create_resource('level' || i || ':1', CASE WHEN i > 1 THEN 'level' || i - 1 || ':1' END);
    END LOOP;
END
$$;
SELECT authz.grant_role('user:alice', 'leaf', 'level1:1', role_type => 'level80') IS NOT NULL AS granted;
SELECT authz.has_permission('alice'::authz.subject, 'leaf.view', 1), authz.permitted_ids('alice'::authz.subject, 'leaf.view', NULL::integer);

-- The tables' own keys may be of any size.
INSERT INTO authz.resources (id, resource, parent_id)
SELECT 9223372036854775807 - i, ('project:' || 1000 + i)::text::authz.resource, id FROM authz.resources, generate_series(0, 3) AS i WHERE resource = 'organization:1';
INSERT INTO authz.resources (id, resource, parent_id)
SELECT (1::bigint << 42 + i), ('project:' || 2000 + i)::text::authz.resource, id FROM authz.resources, generate_series(0, 3) AS i WHERE resource = 'organization:1';
INSERT INTO authz.subjects (id, subject) VALUES (9223372036854775807, 'user:wide'), (9223372036854775806, 'user:narrow');
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, r.id, x.id
FROM (VALUES ('user:wide', 'reader', 'project:1000'), ('user:wide', 'writer', 'project:1001'), ('user:wide', 'writer', 'project:2001'), ('user:wide', 'reader', 'project:1'),
             ('user:narrow', 'writer', 'project:2000'), ('user:narrow', 'reader', 'project:2')) AS new (who, role, what)
     JOIN authz.subjects AS s ON s.subject::text = who
     JOIN authz.roles AS r ON r.name = role
     JOIN authz.resources AS x ON x.resource::text = what;
SELECT subject, string_agg(n::text, ' ' ORDER BY n) FILTER (WHERE authz.has_permission(subject, 'project.view', n)) AS view,
       string_agg(n::text, ' ' ORDER BY n) FILTER (WHERE authz.has_permission(subject, 'project.edit', n)) AS edit
FROM (VALUES ('user:wide'::authz.subject), ('user:narrow')) AS who (subject), (VALUES (1), (2), (1000), (1001), (1002), (1003), (2000), (2001), (2002), (2003)) AS what (n)
GROUP BY subject ORDER BY subject;
SELECT authz.permitted_ids('user:wide', 'project.view', NULL::integer) AS wide, authz.permitted_ids('user:narrow', 'project.view', NULL::integer) AS narrow,
       authz.held_permission_set('user:wide', 'project:1001', true);

-- The current subject ---------------------------------------------------------
SELECT authz.current_subject() IS NULL AS nobody, authz.has_permission('project.view', 1) AS no, authz.has_permission('project.view', 4) AS what_everybody_may;
SET authz.subject = 'alice';
SELECT authz.current_subject(), authz.has_permission('project.view', 1);
-- A parameter is a constant to a plan that is made for its value.
PREPARE unknown(text) AS SELECT authz.has_permission($1, 1);
EXECUTE unknown('projct.view');
SET plan_cache_mode = force_generic_plan;
EXECUTE unknown('projct.view');
RESET plan_cache_mode;
DEALLOCATE unknown;

-- A plan and a call site that stay ask for whoever it is at each time.
PREPARE mine AS SELECT authz.current_subject() AS subject, authz.has_permission('project.view', 1) AS project_1, authz.permitted_ids('project.view', NULL::smallint);
EXECUTE mine;
SET authz.subject = 'service_account:ci';
EXECUTE mine;
BEGIN;
SET LOCAL authz.subject = 'user:alice';
EXECUTE mine;
SAVEPOINT s;
SET LOCAL authz.subject = 'bob';
EXECUTE mine;
ROLLBACK TO s;
EXECUTE mine;
COMMIT;
EXECUTE mine;
-- Malformed or empty is nobody, and no error.
SELECT left(value, 30) AS value, set_config('authz.subject', value, false) IS NULL AS unset, authz.current_subject(), authz.has_permission('project.view', 1) AS project_1
FROM (VALUES ('alice'), (''), ('user:'), (' alice'), ('al"ice'), ('users:alice'), ('user:alice'';--'), ('organization:1#member'), ('team:eng'), ('user:*'), ('*'), ('#'), (repeat('x', 1000)), ('alice')) AS new (value);

-- The database role.
SET authz.subject_source = 'role';
INSERT INTO authz.subjects (subject) VALUES ('regress_authz_web');
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, r.id, x.id FROM authz.subjects AS s, authz.roles AS r, authz.resources AS x
WHERE subject = 'regress_authz_web' AND r.name = 'reader' AND x.resource = 'project:1';
EXECUTE mine \gset before_
SET ROLE regress_authz_web;
EXECUTE mine;
RESET ROLE;
EXECUTE mine \gset after_
SELECT :'before_subject' = 'user:' || current_user AS is_role, :'before_subject' = :'after_subject' AS same, :'after_project_1' AS project_1;
-- In a SECURITY DEFINER function its owner asks, as current_user says.
CREATE FUNCTION as_owner() RETURNS authz.subject LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT authz.current_subject()';
ALTER FUNCTION as_owner() OWNER TO regress_authz_owner;
SET ROLE regress_authz_web;
SELECT as_owner();
RESET ROLE;
DROP FUNCTION as_owner();
-- A role with a name that reads like a subject is a user of that name.
CREATE ROLE "team:regress_authz";
SET ROLE "team:regress_authz";
SELECT authz.current_subject();
RESET ROLE;
DROP ROLE "team:regress_authz";

-- Another setting.
SET authz.subject_source = 'app.actor';
SELECT authz.current_subject() IS NULL AS unset;
SELECT set_config('app.actor', value, false) AS value, authz.current_subject(), authz.has_permission('project.view', 1) AS project_1
FROM (VALUES ('alice'), ('user:bob'), (''), ('service_account:ci'), ('team:eng'), ('user:*'), ('*'), ('organization:1#member'), ('user:alice'), (E'alice\n'), ('alice; RESET ALL')) AS new (value);

-- A key of a setting that holds JSON, as PostgREST and Supabase have it.
SET authz.subject_source = 'request.jwt.claims->>sub';
SELECT authz.current_subject() IS NULL AS unset;
SELECT set_config('request.jwt.claims', value, false) AS value, authz.current_subject(), authz.has_permission('project.view', 1) AS project_1
FROM (VALUES ('{"sub": "alice", "role": "web"}'), ('{"role": "web"}'), ('{"sub": "0b0e8400-e29b-41d4-a716-446655440000"}'), ('{"sub": 42}'), ('{"sub": 1e5}'), ('{"sub": 1.50}'), ('{"sub": -0}'),
             ('{"sub": null}'), ('{"sub": true}'), ('{"sub": ""}'), ('{"sub": ["alice"]}'), ('{"sub": {"sub": "alice"}}'), ('{"x": {"sub": "alice"}}'),
             ('[{"sub": "alice"}]'), ('"alice"'), ('alice'), (''), ('{'), ('{"sub": "alice"'), ('{"sub": "alice"} x'), ('{"sub": alice}'), ('{"Sub": "alice"}'),
             ('{"sub": "alice", "sub": "bob"}'), ('{"sub": "alice", "sub": [1]}'), ('{"s\u0075b": "al\u0069ce"}'), ('{"sub": "alice\u0000"}'), ('{"sub": "\ud800"}'),
             ('{"sub": "team:eng"}'), ('{"sub": "user:*"}'), ('{"sub": "*"}'), ('{"sub": "organization:1#member"}'), ('{"sub": "user:alice"}')) AS new (value);
SELECT set_config('request.jwt.claims', '{"deep": ' || repeat('[', 100000) || repeat(']', 100000) || ', "sub": "alice"}', false) IS NULL AS unset,
       authz.current_subject() IS NULL AS nobody;
SELECT set_config('request.jwt.claims', '{"deep": "\"' || repeat('[', 100000) || '", "list": [[1], [2]], "sub": "alice"}', false) IS NULL AS unset, authz.current_subject();
-- A claim is the id of a user, whatever it looks like.
SELECT set_config('request.jwt.claims', json_build_object('sub', sub)::text, false) IS NULL AS unset, authz.current_subject(), authz.subject_kind(authz.current_subject()) AS kind
FROM (VALUES ('f:8f6a1c1e:alice'), ('repo:octo-org/octo-repo:ref:refs/heads/main'), ('system:serviceaccount:default:ci'), ('spiffe://example.org/ns'),
             ('service_account:ci'), ('team:eng'), ('jo_example.com#EXT#@tenant.example'), ('CN=Alice,O=Acme#1'), ('organization:1#members'),
             ('organization:1#member'), ('#member'), ('*'), (E'al\tice'), (E'alice\x7f'), (' alice'), (repeat('x', 255)), (repeat('x', 256))) AS claims (sub);
-- Keys within keys.
SELECT set_config('request.jwt.claims', '{"sub": "s", "app_metadata": {"uid": "alice", "deep": {"uid": "bob"}, "list": [{"uid": "x"}]}, "uid": "y", "a->b": {"c": "d"}}', false) IS NULL AS unset;
CREATE FUNCTION pg_temp.from_source(source text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('authz.subject_source', source, true);
    RETURN coalesce(authz.current_subject()::text, 'nobody');
EXCEPTION WHEN OTHERS THEN
    RETURN format('%s %s', SQLSTATE, SQLERRM);
END $$;
BEGIN;
SELECT source, pg_temp.from_source(source)
FROM (VALUES ('request.jwt.claims->app_metadata->>uid'), ('request.jwt.claims -> ''app_metadata'' ->> ''uid'''), ('request.jwt.claims->app_metadata->deep->>uid'), ('request.jwt.claims->app_metadata->>deep'),
             ('request.jwt.claims->deep->>uid'), ('request.jwt.claims->app_metadata->list->>uid'), ('request.jwt.claims->>uid'), ('request.jwt.claims->sub->>uid'), ('request.jwt.claims->''a->b''->>c'),
             ('request.jwt.claims->app_metadata->deep->deep->deep->deep->deep->deep->>uid')) AS sources (source);
-- The last of several equal keys counts, on each level.
SELECT claims, set_config('request.jwt.claims', claims, true) IS NULL AS unset, pg_temp.from_source('request.jwt.claims->a->>sub')
FROM (VALUES ('{"a": {"sub": "alice"}, "a": {"x": 1}}'), ('{"a": {"sub": "alice"}, "a": 1}'), ('{"a": 1, "a": {"sub": "alice"}}'), ('{"a": {"sub": "alice", "sub": null}}'),
             ('{"a": [{"sub": "alice"}]}'), ('{"b": {"a": {"sub": "alice"}}}'), ('{"a": {"a": {"sub": "alice"}}}'), ('{"a": {"b": {}, "sub": "alice"}}'), ('{"a": {"b": {"sub": "bob"}}, "sub": "eve"}')) AS c (claims);
ROLLBACK;
-- What cannot be a source.
SELECT left(source, 50) AS source, pg_temp.from_source(source) LIKE '22023 %' AS refused
FROM (VALUES ('request.jwt.claims->sub'), ('request.jwt.claims->>sub->>x'), ('request.jwt.claims->>sub->x'), ('request.jwt.claims->'), ('request.jwt.claims->>'), ('request.jwt.claims->->>sub'), ('->>sub'), ('->sub'),
             (''), (' '), ('sub'), ('user'), ('claims->>sub'), ('role->>sub'), ('search_path'), ('app.'), ('.actor'), ('app..actor'), ('app.1x'), ('app.ac tor'), ('app.actor;'), ('app.actor, app.other'),
             ('authz.subject_source'), ('authz.subject->>sub'), ('AUTHZ.strict'), ('authz.nothing'), ('request.jwt.claims->>''sub'), ('request.jwt.claims->>''sub''x'), ('a.' || repeat('x', 300)),
             ('r.c->a->b->c->d->e->f->g->h->>i')) AS sources (source);
SELECT set_config('request.jwt.claims', '{"sub": "alice"}', false) IS NULL AS unset;
SET authz.subject_source = 'request.jwt.claims ->> ''sub''';
SELECT authz.current_subject();
-- authz.subject does not count then.
SET authz.subject = 'bob';
SELECT authz.current_subject();
RESET authz.subject_source;
SELECT authz.current_subject();
-- What a source can be.
SET authz.subject_source = '';
SET authz.subject_source = 'user';
SET authz.subject_source = 'request.jwt.claims->>';
SET authz.subject_source = '->>sub';
RESET authz.subject;

-- Who may say who asks ----------------------------------------------------------
SET ROLE regress_authz_web;
SET authz.subject = 'alice';
SET LOCAL authz.subject = 'alice';
SELECT set_config('authz.subject', 'alice', true);
SET authz.subject_source = 'role';
SET authz.strict = on;
RESET authz.subject;
SELECT authz.current_subject() IS NULL AS nobody;
-- What is not a matter of trust anybody may set; nothing else may take the prefix.
SET authz.cache_size = '4MB';
SET authz.index_threshold = 0.5;
SET authz.subjekt = 'alice';
RESET ROLE;
GRANT SET ON PARAMETER authz.subject TO regress_authz_web;
SET ROLE regress_authz_web;
SET authz.subject = 'alice';
SELECT authz.current_subject(), authz.has_permission('project.view', 1);
SET authz.subject_source = 'role';
RESET ROLE;
REVOKE SET ON PARAMETER authz.subject FROM regress_authz_web;
RESET ALL;

-- A placeholder from before the library is loaded is dropped when it comes,
\c
SET ROLE regress_authz_web;
SET authz.subject = 'alice';
SELECT authz.current_subject() IS NULL AS nobody;
SHOW authz.subject;
-- also within the statement that loads it,
\c
SET ROLE regress_authz_web;
SET authz.subject = 'bob';
SET authz.subject_source = 'app.actor';
SELECT set_config('app.actor', 'alice', false);
SELECT authz.has_permission('project.view', 1), authz.has_permission('project.view', 3), authz.has_permission('project.view', 4);
-- but not that of somebody who may set it, or of a database.
\c
SET authz.subject = 'alice';
SET ROLE regress_authz_web;
SELECT authz.current_subject();
RESET ROLE;
SELECT format('ALTER DATABASE %I SET authz.subject_source = %L', current_database(), 'app.actor') AS statement \gset
:statement;
\c
SET ROLE regress_authz_web;
SELECT set_config('app.actor', 'alice', false);
SELECT authz.current_subject();
RESET ROLE;
SELECT format('ALTER DATABASE %I RESET authz.subject_source', current_database()) AS statement \gset
:statement;
\c

-- Who may ask -------------------------------------------------------------------
-- Everybody about themselves (seen above), nobody about others, ...
SET authz.subject = 'alice';
SET ROLE regress_authz_web;
SELECT authz.permissions_on('project:2'), authz.permitted_ids('project.view', NULL::bigint), authz.current_subject();
SELECT count(*) FROM authz.list_resources('project.view');
SELECT authz.has_permission('bob', 'project.view', 3);
SELECT authz.has_permission('bob', 'project.view', '3');
SELECT authz.has_any_permission('bob', '{project.view}', 3);
SELECT authz.has_any_permission('bob', '{project.view}', '3');
SELECT authz.has_all_permissions('bob', '{project.view}', 3);
SELECT authz.has_all_permissions('bob', '{project.view}', '3');
SELECT authz.permissions_on('bob', 'project:3');
SELECT authz.permitted_ids('bob', 'project.view', NULL::bigint);
SELECT authz.list_resources('bob', 'project.view');
SELECT authz.list_subjects('project.view', 'project:3');
SELECT authz.role_permission_set(1, false);
SELECT authz.held_permission_set('bob', 'project:3', true);
RESET ROLE;
-- ... until that is granted, and then without any privilege on the tables.
GRANT EXECUTE ON FUNCTION authz.has_permission(authz.subject, text, anyelement), authz.list_subjects(text, authz.resource) TO regress_authz_web;
SET ROLE regress_authz_web;
SELECT authz.has_permission('bob', 'project.view', 3), authz.list_subjects('project.edit', 'project:2');
SELECT authz.has_permission('bob', 'project.view', '3');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION authz.has_permission(authz.subject, text, anyelement), authz.list_subjects(text, authz.resource) FROM regress_authz_web;

-- What a role and a subject hold, of all types, planned permissions included or not.
SELECT name, authz.role_permission_set(id, false), authz.role_permission_set(id, true) AS with_planned FROM authz.roles ORDER BY name;
SELECT authz.held_permission_set('bob', 'project:3', false), authz.held_permission_set('bob', 'project:3', true) AS with_planned;

DROP TABLE ids, pairs;
DROP DOMAIN project_number CASCADE;
DROP DOMAIN project_key, project_slug;
DROP ROLE regress_authz_web, regress_authz_owner;
