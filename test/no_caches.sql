-- Questions and changes of every kind, for a server with assertions: with
-- debug_discard_caches = :discard the server throws all its caches away whenever it
-- may.  The regression tests would take days then.  test/long compares the output
-- with that of discard = 0.
\set ON_ERROR_STOP on
\pset format unaligned
CREATE EXTENSION authz;
CREATE TABLE projects (id bigint PRIMARY KEY, organization_id bigint);
SELECT count(*) > 0 AS applied FROM authz.apply('{
    "resource_types": [{"name": "organization", "has_members": true}, {"name": "project", "parent": "organization"}],
    "permissions": [{"name": "organization.view", "resource_type": "organization"},
                    {"name": "project.view", "resource_type": "project"},
                    {"name": "project.edit", "resource_type": "project", "requires": ["project.view"]},
                    {"name": "project.plan", "resource_type": "project", "status": "planned"}],
    "roles": [{"name": "reader", "resource_type": "project", "permissions": ["project.view"]},
              {"name": "writer", "resource_type": "project", "inherits": "reader", "permissions": ["project.edit", "project.plan"]},
              {"name": "member", "resource_type": "organization", "permissions": ["organization.view"], "base_roles": ["project:reader"]},
              {"name": "owner", "resource_type": "organization", "all_permissions": true, "base_roles": ["project:writer"], "min_holders": 1}]}');
SELECT authz.create_resource('organization:1') AS organization;
SELECT authz.track('projects', 'project', 'id', 'organization_id') IS NULL AS tracked;
INSERT INTO projects SELECT i, 1 FROM generate_series(1, 20) AS i;
SELECT authz.create_team('team:all', 'organization:1') AS team;
SELECT authz.create_team('team:some', 'organization:1', parent => 'team:all') AS team;
SELECT authz.add_member('organization:1', u) IS NOT NULL AS added FROM unnest('{alice,bob}'::text[]) AS u;
SELECT authz.add_member('team:some', 'alice') IS NOT NULL AS added;
SELECT authz.grant_role('alice', 'owner', 'organization:1') IS NOT NULL AS granted;
SELECT authz.grant_role('team:all', 'writer', 'project:1') IS NOT NULL AS granted;
SELECT authz.grant_role('bob', 'reader', 'project:2', expires_at => '2999-01-01') IS NOT NULL AS granted;
PREPARE visible AS SELECT array_agg(id ORDER BY id) FROM projects WHERE authz.has_permission('project.view', id);
SET authz.subject = 'user:bob';

SET debug_discard_caches = :discard;

-- Questions.
SELECT authz.has_permission('project.view', '2'), authz.has_permission('project.edit', 2), authz.has_permission('project.view', NULL::bigint);
SELECT authz.has_permission('user:alice', 'project.edit', 7), authz.has_permission('user:alice', 'project.plan', 7), authz.has_permission('user:nobody', 'project.view', 7);
SELECT authz.has_any_permission('{project.view,project.edit}', 2), authz.has_all_permissions('{project.view,project.edit}', 2);
SELECT authz.permissions_on('project:2'), authz.permissions_on('user:alice', 'organization:1');
SELECT authz.permitted_ids('user:alice', 'project.edit', NULL::bigint);
SELECT * FROM authz.list_resources('project.view') ORDER BY 1;
SELECT * FROM authz.list_subjects('project.view', 'project:2') ORDER BY 1;
SELECT subject_path, role_path, source FROM authz.explain('user:alice', 'project.edit', 'project:1') ORDER BY 1, 2;
EXECUTE visible;
EXECUTE visible;

-- Changes, each seen at once and taken back with its savepoint.
BEGIN;
DECLARE open CURSOR FOR SELECT id, authz.has_permission('project.edit', id) AS edit FROM generate_series(2, 4) AS id;
FETCH open;
SAVEPOINT s;
SELECT authz.grant_role('bob', 'writer', 'project:3') IS NOT NULL AS granted;
FETCH open;
ROLLBACK TO s;
SELECT authz.has_permission('project.edit', 3);
SELECT authz.revoke_role('bob', 'reader', 'project:2');
SELECT authz.has_permission('project.view', 2);
ROLLBACK;
SELECT authz.has_permission('project.view', 2);
INSERT INTO projects VALUES (21, 1);
UPDATE projects SET id = 22 WHERE id = 1;
DELETE FROM projects WHERE id = 3;
SELECT authz.add_member('team:all', 'bob') IS NOT NULL AS added;
EXECUTE visible;
SELECT authz.create_role('custom', 'project', 'organization:1', inherits => 'reader') IS NOT NULL AS created;
SELECT authz.drop_resource('project:4') IS NOT NULL AS dropped;
\set ON_ERROR_STOP off
-- A rule refuses.
DELETE FROM authz.assignments AS a USING authz.roles AS r WHERE r.id = a.role_id AND r.name = 'owner' RETURNING 1;
