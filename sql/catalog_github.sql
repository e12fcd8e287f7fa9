-- GitHub's catalog: what it holds, counted and spot by spot, and what
-- has_permission answers with it.
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never

SELECT action, split_part(object, ' ', 1), count(*) FROM authz.install_catalog('github') GROUP BY 1, 2 ORDER BY 2;
SELECT * FROM authz.install_catalog('github');
SELECT * FROM authz.install_catalog('semaphore');
\echo :LAST_ERROR_SQLSTATE

SELECT name, parent, has_members, roles_for, exclusive_roles, max_custom_roles, base_permissions, descendant_permissions, nested_teams FROM authz.resource_types ORDER BY name;
SELECT resource_type, status, count(*), count(description), count(DISTINCT category) FROM authz.permissions GROUP BY 1, 2 ORDER BY 1;
-- The access levels come with a role only.
SELECT name FROM authz.permissions WHERE NOT assignable ORDER BY name;
SELECT resource_type, count(*) FROM authz.permissions WHERE assignable GROUP BY 1 ORDER BY 1;
SELECT permission, requires FROM authz.permission_requirements ORDER BY 1;
SELECT resource_type, operation, permission FROM authz.management_permissions ORDER BY 1, 2, 3;
SELECT m.resource_type, m.operation, r.resource_type, r.name FROM authz.management_roles AS m JOIN authz.roles AS r ON r.id = m.role_id ORDER BY 1, 2;
SELECT r.resource_type, r.name, i.name AS inherits, b.name AS base_role, r.all_permissions, r.extensible, r.min_holders, r.protected,
       (SELECT count(*) FROM authz.role_permissions AS p WHERE p.role_id = r.id) AS permissions
FROM authz.roles AS r
LEFT JOIN authz.roles AS i ON i.id = r.inherits_id
LEFT JOIN authz.role_base_roles AS x ON x.role_id = r.id
LEFT JOIN authz.roles AS b ON b.id = x.base_role_id
ORDER BY r.resource_type, r.name;
-- Every repository permission comes first with exactly one of the five roles.
SELECT count(*), count(DISTINCT p.permission) FROM authz.role_permissions AS p JOIN authz.roles AS r ON r.id = p.role_id WHERE r.resource_type = 'repository';
-- What the public sources contradict each other about.
SELECT p.permission, r.name
FROM authz.role_permissions AS p
JOIN authz.roles AS r ON r.id = p.role_id AND r.resource_type = 'repository'
WHERE p.permission IN ('delete_alerts_code_scanning', 'delete_discussion_category', 'toggle_discussion_answer', 'push_protected_branch')
ORDER BY 1;

-- What the roles give: held on the repository itself, and through the organization.
SELECT count(*) FROM (
    SELECT authz.create_resource('organization:1')
    UNION ALL SELECT authz.create_resource('repository:1', 'organization:1')
    UNION ALL SELECT authz.create_resource('repository:2', 'organization:1')) AS made;
SELECT count(authz.add_member('organization:1', name)) FROM authz.roles WHERE resource_type = 'organization';
SELECT count(authz.grant_role('user:' || name, name, 'organization:1')) FROM authz.roles WHERE resource_type = 'organization';
SELECT count(authz.grant_role('user:' || name, name, 'repository:1')) FROM authz.roles WHERE resource_type = 'repository';
SELECT r.resource_type, r.name,
       authz.permission_count(authz.permissions_on(format('user:%s', r.name)::authz.subject, 'organization:1')) AS on_organization,
       authz.permission_count(authz.permissions_on(format('user:%s', r.name)::authz.subject, 'repository:1')) AS on_1,
       authz.permission_count(authz.permissions_on(format('user:%s', r.name)::authz.subject, 'repository:2')) AS on_2
FROM authz.roles AS r
ORDER BY 1, 2;
SELECT authz.has_permission('user:triage'::authz.subject, 'close_issue', 1), authz.has_permission('user:triage'::authz.subject, 'push', 1), authz.has_permission('user:triage'::authz.subject, 'close_issue', 2);
SELECT authz.has_permission('user:security_manager'::authz.subject, 'delete_alerts_code_scanning', 2), authz.has_permission('user:security_manager'::authz.subject, 'push', 2);

-- The examples of the documentation: maintain with the deletion of code scanning
-- results, write with protected branches; and what is refused.
SELECT authz.create_role('Release manager', 'repository', owner => 'organization:1', inherits => 'write', permissions => '{push_protected_branch}') IS NOT NULL;
SELECT authz.create_role('Security', 'repository', owner => 'organization:1', inherits => 'maintain', permissions => '{delete_alerts_code_scanning}') IS NOT NULL;
SELECT authz.create_role('Auditor', 'organization', owner => 'organization:1', base_role => 'read', permissions => '{read_audit_logs,close_issue}') IS NOT NULL;
SELECT authz.create_role('Pusher', 'repository', owner => 'organization:1', inherits => 'triage', permissions => '{push}');
SELECT authz.create_role('Committer', 'repository', owner => 'organization:1', inherits => 'triage', permissions => '{push_protected_branch}');
SELECT authz.create_role('Boss', 'repository', owner => 'organization:1', inherits => 'admin', permissions => '{}');
SELECT authz.create_role('Double', 'repository', owner => 'organization:1', inherits => 'write', permissions => '{close_issue}');
