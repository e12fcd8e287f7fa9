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
