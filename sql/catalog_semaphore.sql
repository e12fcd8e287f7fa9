-- Semaphore's catalog: what it holds, counted and spot by spot, and what
-- has_permission answers with it.
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never

SELECT action, split_part(object, ' ', 1), count(*) FROM authz.install_catalog('semaphore') GROUP BY 1, 2 ORDER BY 2;
SELECT * FROM authz.install_catalog('semaphore');

SELECT name, parent, has_members, roles_for, exclusive_roles, max_custom_roles, base_permissions, descendant_permissions, nested_teams FROM authz.resource_types ORDER BY name;
SELECT resource_type, status, count(*), count(description), count(DISTINCT category) FROM authz.permissions GROUP BY 1, 2 ORDER BY 1, 2;
SELECT name FROM authz.permissions WHERE is_default OR NOT assignable;
SELECT name FROM authz.permissions WHERE status = 'planned' ORDER BY name;
SELECT name, description FROM authz.permissions WHERE name IN ('project.workflow.artifacts.view', 'project.debug') ORDER BY name;
SELECT resource_type, operation, permission FROM authz.management_permissions ORDER BY 1, 2, 3;
SELECT count(*) FROM authz.management_roles;
SELECT r.resource_type, r.name, i.name AS inherits, b.name AS base_role, r.all_permissions, r.extensible, r.min_holders, r.protected,
       (SELECT count(*) FROM authz.role_permissions AS p WHERE p.role_id = r.id) AS permissions
FROM authz.roles AS r
LEFT JOIN authz.roles AS i ON i.id = r.inherits_id
LEFT JOIN authz.role_base_roles AS x ON x.role_id = r.id
LEFT JOIN authz.roles AS b ON b.id = x.base_role_id
ORDER BY r.resource_type, r.name;
-- What only the owner has.
SELECT name FROM authz.permissions AS p
WHERE resource_type = 'organization'
  AND NOT EXISTS (SELECT FROM authz.role_permissions AS x JOIN authz.roles AS r ON r.id = x.role_id WHERE r.name = 'Admin' AND r.resource_type = 'organization' AND x.permission = p.name)
ORDER BY name;

SELECT count(*) FROM (
    SELECT authz.create_resource('organization:1')
    UNION ALL SELECT authz.create_resource('project:1', 'organization:1')
    UNION ALL SELECT authz.create_resource('project:2', 'organization:1')) AS made;
SELECT count(authz.add_member('organization:1', resource_type || '-' || lower(name))) FROM authz.roles;
SELECT count(authz.grant_role(format('user:%s-%s', resource_type, lower(name)), name, resource_type || ':1')) FROM authz.roles;
SELECT r.resource_type, r.name,
       authz.permission_count(authz.permissions_on(s.subject, 'organization:1')) AS on_organization,
       authz.permission_count(authz.permissions_on(s.subject, 'project:1')) AS on_1,
       authz.permission_count(authz.permissions_on(s.subject, 'project:2')) AS on_2
FROM authz.roles AS r
CROSS JOIN LATERAL (SELECT format('user:%s-%s', r.resource_type, lower(r.name))::authz.subject AS subject) AS s
ORDER BY 1, 2;
-- A planned permission grants nothing, also not to the owner, until it becomes active.
SELECT authz.has_permission('user:organization-owner'::authz.subject, 'organization.roles.create', 1), authz.has_permission('user:project-contributor'::authz.subject, 'project.secrets.view', 1);
SELECT * FROM authz.apply('{"permissions": [{"name": "organization.roles.create", "status": "active"}]}');
SELECT authz.has_permission('user:organization-owner'::authz.subject, 'organization.roles.create', 1), authz.has_permission('user:organization-admin'::authz.subject, 'organization.roles.create', 1);
-- Every custom role of projects lets its holders in; a role holds permissions of its own level only.
SELECT authz.create_role('Stopper', 'project', owner => 'organization:1', permissions => '{project.job.stop}') IS NOT NULL;
SELECT authz.grant_role('user:organization-member', 'Stopper', 'project:2') IS NOT NULL;
SELECT authz.permissions_on('user:organization-member', 'project:2');
SELECT authz.create_role('Mixer', 'organization', owner => 'organization:1', base_role => 'Reader', permissions => '{project.job.stop}');
-- Groups are flat.
SELECT authz.create_team('team:dev', organization => 'organization:1'), authz.create_team('team:ops', organization => 'organization:1');
SELECT authz.create_team('team:night', organization => 'organization:1', parent => 'team:ops');
SELECT authz.move_team('team:dev', 'team:ops');
UPDATE authz.subjects SET parent_id = (SELECT id FROM authz.subjects WHERE subject = 'team:ops') WHERE subject = 'team:dev';

-- What has been activated stays so when the catalog is installed again; the rest is as the catalog has it.
SELECT count(*) FROM authz.apply('{"permissions": [
    {"name": "organization.roles.view", "status": "active"},   {"name": "organization.roles.create", "status": "active"},
    {"name": "organization.roles.modify", "status": "active"}, {"name": "organization.roles.remove", "status": "active"},
    {"name": "project.debug", "status": "deprecated", "description": "x"}, {"name": "organization.secrets.view", "status": "planned"}]}');
SELECT * FROM authz.install_catalog('semaphore');
SELECT * FROM authz.install_catalog('semaphore');
SELECT name, status FROM authz.permissions WHERE name::text LIKE 'organization.roles.%' ORDER BY name;
SELECT authz.has_permission('user:organization-owner'::authz.subject, 'organization.roles.create', 1);
-- One that has gone comes back planned.
SELECT name FROM authz.permissions WHERE status = 'planned' AND name::text LIKE 'project.%' ORDER BY name LIMIT 1 \gset
DELETE FROM authz.role_permissions WHERE permission = :'name';
DELETE FROM authz.permissions WHERE name = :'name';
SELECT action, object, detail LIKE '%status: planned%' FROM authz.install_catalog('semaphore') WHERE object LIKE 'permission %';

-- Who loses the only role in the organization keeps roles on projects, as a member; who leaves, loses them.
SELECT authz.revoke_roles('user:organization-member', 'organization:1'), authz.permission_count(authz.permissions_on('user:organization-member', 'organization:1')) AS on_organization,
    authz.permission_count(authz.permissions_on('user:organization-member', 'project:2')) AS on_project;
SELECT authz.remove_member('organization:1', 'user:organization-member'), authz.permission_count(authz.permissions_on('user:organization-member', 'project:2')) AS on_project;
