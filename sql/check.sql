-- Asking: has_permission() and its relatives, and who the current subject is.
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

INSERT INTO authz.subjects (subject) VALUES ('alice'), ('bob'), ('user:*');
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, r.id, x.id
FROM (VALUES ('user:alice', 'reader', 'project:1'), ('user:alice', 'writer', 'project:2'),
             ('user:bob', 'member', 'organization:2')) AS new (who, role, what)
     JOIN authz.subjects AS s ON s.subject::text = who
     JOIN authz.roles AS r ON r.name = role
     JOIN authz.resources AS x ON x.resource::text = what;

-- The model above, asked in every form.  An id is the same id in every type.
SET authz.subject = 'user:bob';
CREATE DOMAIN project_key AS bigint;
SELECT authz.has_permission('project.view', 3::smallint) AS int2, authz.has_permission('project.view', 3) AS int4,
       authz.has_permission('project.view', 3::bigint) AS int8, authz.has_permission('project.view', '3') AS literal,
       authz.has_permission('project.view', '3'::text) AS text, authz.has_permission('project.view', '3'::varchar(5)) AS varchar,
       authz.has_permission('project.view', 3::project_key) AS domain,
       authz.has_permission('project.view', '0b0e8400-e29b-41d4-a716-446655440000'::uuid) AS uuid,
       authz.has_permission('project.view', '0b0e8400-e29b-41d4-a716-446655440000') AS uuid_text,
       authz.has_permission('project.view', 'web site') AS words;
SELECT id, authz.has_permission('project.view', id) FROM unnest('{3,-7,70000,9223372036854775807,1,0,4}'::bigint[]) AS id;
-- Names match exactly.
SELECT id, authz.has_permission('project.view', id)
FROM unnest(ARRAY['3', '03', '+3', ' 3', '3 ', '-7', '-07', '0B0E8400-E29B-41D4-A716-446655440000', 'Web site', '', NULL]) AS id;
SELECT authz.has_permission('project.view', repeat('9', 300)) AS long;
-- NULL is no.
SELECT authz.has_permission('project.view', NULL::bigint) AS id, authz.has_permission(NULL, 3) AS permission,
       authz.has_permission(NULL::authz.subject, 'project.view', 3) AS subject,
       authz.has_any_permission(NULL, 3) AS "any", authz.has_all_permissions('{project.view,NULL}', 3) AS "all";
-- Planned grants nothing, deprecated works, a permission is of one type.
SELECT authz.has_permission('project.new', 3) AS planned, authz.has_permission('project.old', 3) AS deprecated,
       authz.has_permission('organization.view', 2) AS organization, authz.has_permission('organization.view', 3) AS other,
       authz.has_permission('document.view', 1) AS document;
-- Any and all; nothing asked for is no.
SELECT authz.has_any_permission('{project.edit,project.view}', 3) AS "any", authz.has_all_permissions('{project.edit,project.view}', 3) AS "all",
       authz.has_all_permissions('{project.old,project.view}', '3') AS both, authz.has_any_permission('{}', 3) AS none,
       authz.has_all_permissions('{}', 3) AS nothing;
SELECT authz.permissions_on('project:3'), authz.permissions_on('organization:2'), authz.permissions_on('project:1'), authz.permissions_on('project:99'), authz.permissions_on(NULL);
-- Lists.
SELECT authz.permitted_ids('project.view', NULL::bigint);
SELECT authz.permitted_ids('project.view', NULL::integer) AS int4, authz.permitted_ids('project.view', NULL::smallint) AS int2,
       authz.permitted_ids('project.view', NULL::uuid) AS uuid;
SELECT authz.permitted_ids('project.view', NULL::text);
SELECT authz.permitted_ids('project.view', NULL::varchar) = authz.permitted_ids('project.view', NULL::text)::varchar[] AS same, authz.permitted_ids('project.edit', NULL::int) AS none;
SELECT r FROM authz.list_resources('project.view') AS r ORDER BY r::text COLLATE "C";
SELECT s FROM authz.list_subjects('project.view', 'project:2') AS s ORDER BY s::text COLLATE "C";
SELECT s FROM authz.list_subjects('project.new', 'project:2') AS s;
SELECT authz.permitted_ids('project.view', NULL::numeric);
-- A named subject.
SELECT authz.has_permission('user:alice', 'project.edit', 2) AS alice, authz.has_permission('alice', 'project.edit', '1') AS "not here",
       authz.has_permission('user:unknown', 'project.view', 1) AS "unknown", authz.has_any_permission('alice', '{project.edit}', 2) AS "any",
       authz.has_all_permissions('alice', '{project.edit,project.view}', 2) AS "all", authz.permitted_ids('alice'::authz.subject, 'project.view', NULL::int) AS ids;
SELECT authz.permissions_on('alice', 'project:2'), ARRAY(SELECT r FROM authz.list_resources('alice', 'project.edit') AS r) AS edits;
-- What everyone may, nobody may too.
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, r.id, x.id FROM authz.subjects AS s, authz.roles AS r, authz.resources AS x
WHERE s.subject = 'user:*' AND r.name = 'reader' AND x.resource = 'project:3';
SET authz.subject = '';
SELECT authz.current_subject() IS NULL AS nobody, authz.has_permission('project.view', 3) AS public, authz.has_permission('project.view', 1) AS private;
DELETE FROM authz.assignments USING authz.subjects AS s WHERE s.id = subject_id AND s.subject = 'user:*';
SELECT authz.has_permission('project.view', 3) AS public;
-- An expired assignment grants nothing, from the next statement on.
INSERT INTO authz.assignments (subject_id, role_id, resource_id, source, expires_at)
SELECT s.id, r.id, x.id, 'soon', clock_timestamp() + interval '0.3 s' FROM authz.subjects AS s, authz.roles AS r, authz.resources AS x
WHERE s.subject = 'bob' AND r.name = 'reader' AND x.resource = 'project:1';
BEGIN;
SELECT authz.has_permission('bob', 'project.view', 1);
SELECT FROM pg_sleep(0.5);
SELECT authz.has_permission('bob', 'project.view', 1);
COMMIT;

-- Who asks: the settings.
SELECT v, set_config('authz.subject', v, false) = v AS set, authz.current_subject()
FROM unnest('{alice,user:alice,team:eng,service_account:ci,organization:7#member,user:*,*,Alice Smith,a@b.example,nobody:x,user:,"  ",team:*}'::text[]) AS v;
RESET authz.subject;
SET authz.subject_source = 'app.actor';
SELECT authz.current_subject();
SET app.actor = 'alice';
SELECT authz.current_subject(), authz.has_permission('project.view', 1);
SET app.actor = 'team:eng';
SELECT authz.current_subject();
SET authz.subject_source = 'request.jwt.claims->>sub';
CREATE TABLE claims (n int, claims text);
INSERT INTO claims VALUES
    (1, '{"sub": "alice"}'), (2, '{"role": "x", "sub": "user:bob", "n": {"sub": "alice"}}'), (3, '{"sub": "a\u006cice"}'), (4, '{"sub": 42}'),
    (5, '{"sub": null}'), (6, '{"sub": {"sub": "alice"}}'), (7, '{"sub": ["alice"]}'), (8, '["sub", "alice"]'), (9, '{"sub": "alice"'),
    (10, 'alice'), (11, ''), (12, '{"sub": "team:eng"}'), (13, '{"sub": "user:*"}'), (14, '{"Sub": "alice"}'), (15, '{"sub": "\ud800"}'),
    (16, '{"sub": "alice"} x'), (17, repeat('[', 200000)), (18, '{"x": ' || repeat('[', 50) || repeat(']', 50) || ', "sub": "alice"}'),
    (19, '{"x": "[[[\"", "sub": "alice"}');
DO $$
DECLARE
    claim record;
BEGIN
    FOR claim IN SELECT * FROM claims ORDER BY n LOOP
        PERFORM set_config('request.jwt.claims', claim.claims, false);
        RAISE NOTICE '% %', claim.n, coalesce(authz.current_subject()::text, 'nobody');
    END LOOP;
END
$$;
DROP TABLE claims;
RESET request.jwt.claims;
SET authz.subject_source = 'nonsense';
SET authz.subject_source = 'request.jwt.claims->>';
SET authz.subject_source = '';
RESET authz.subject_source;

-- A web role asks without any privilege on the tables; it cannot say who asks,
-- nor ask about others, until it is granted.
CREATE ROLE regress_authz_asker;
SET authz.subject = 'user:alice';
SET ROLE regress_authz_asker;
SELECT authz.has_permission('project.view', 1) AS may, authz.current_subject();
SELECT count(*) FROM authz.assignments;
SET authz.subject = 'user:bob';
SELECT set_config('authz.subject', 'user:bob', true);
SET authz.subject_source = 'role';
SET authz.strict = on;
SELECT authz.has_permission('user:bob', 'project.view', 3);
SELECT authz.permitted_ids('user:bob', 'project.view', NULL::int);
SELECT authz.list_subjects('project.view', 'project:3');
SELECT authz.role_permission_set(1, true);
RESET ROLE;
GRANT SET ON PARAMETER authz.subject TO regress_authz_asker;
SET ROLE regress_authz_asker;
SET authz.subject = 'user:bob';
SELECT authz.has_permission('project.view', 3), authz.current_subject();
RESET ROLE;
REVOKE SET ON PARAMETER authz.subject FROM regress_authz_asker;
DROP ROLE regress_authz_asker;
RESET authz.subject;
DROP DOMAIN project_key;
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
