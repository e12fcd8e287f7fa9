-- Semaphore's rules, from end to end, on its catalog: organizations, groups,
-- projects, custom roles, and roles that come from a repository provider.
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/acting.sql'
\i :include
CREATE VIEW pg_temp.holdings AS
SELECT o.resource, s.subject, r.name, a.source
FROM authz.assignments AS a
JOIN authz.subjects AS s ON s.id = a.subject_id
JOIN authz.roles AS r ON r.id = a.role_id
JOIN authz.resources AS o ON o.id = a.resource_id
ORDER BY o.resource, s.subject, a.source;
\set ECHO all

SELECT count(*) > 0 FROM authz.install_catalog('semaphore');
CREATE ROLE regress_authz_web;
GRANT EXECUTE ON FUNCTION
    authz.create_resource, authz.drop_resource, authz.create_team, authz.add_member, authz.remove_member,
    authz.create_role, authz.add_permissions, authz.remove_permissions, authz.set_inherits, authz.set_base_role, authz.rename_role,
    authz.drop_role, authz.role_id, authz.grant_role, authz.revoke_role
TO regress_authz_web;

SELECT authz.create_resource('organization:1'), authz.create_resource('organization:2');
SELECT authz.add_member('organization:1', 'oda'), authz.grant_role('oda', 'Owner', 'organization:1') > 0,
    authz.add_member('organization:2', 'zed'), authz.grant_role('zed', 'Owner', 'organization:2') > 0;
SELECT pg_temp.acting('oda', format('SELECT authz.create_resource(%L, %L)', p, 'organization:1')) FROM unnest('{project:app,project:lib}'::text[]) AS p;
SELECT pg_temp.acting('oda', format('SELECT authz.add_member(%L, %L)', 'organization:1', u)) FROM unnest('{ada,bea,cem,dov}'::text[]) AS u;

-- Organization roles: an Owner has everything, an Admin nearly so, both are Admin of all projects; a Member has no project.
SELECT pg_temp.acting('oda', $$ SELECT authz.grant_role('ada', 'Admin', 'organization:1') $$), pg_temp.acting('oda', $$ SELECT authz.grant_role('bea', 'Member', 'organization:1') $$);
SELECT authz.has_permission('user:oda', 'project.delete', 'app'), authz.has_permission('user:ada', 'project.delete', 'app'), authz.has_permission('user:bea', 'project.view', 'app'),
    authz.has_permission('user:ada', 'organization.people.change_role', '1'), authz.has_permission('user:bea', 'organization.people.change_role', '1');
-- One role per subject, place and source: another one replaces it.
SELECT pg_temp.acting('ada', $$ SELECT authz.grant_role('cem', 'Member', 'organization:1') $$), pg_temp.acting('ada', $$ SELECT authz.grant_role('cem', 'Admin', 'organization:1') $$),
    pg_temp.acting('ada', $$ SELECT authz.grant_role('cem', 'Member', 'organization:1') $$);
SELECT * FROM pg_temp.holdings;

-- Nobody assigns what they do not hold, predefined roles included; an Owner is made and unmade by Owners.
SELECT pg_temp.acting('bea', $$ SELECT authz.grant_role('dov', 'Member', 'organization:1') $$);
SELECT pg_temp.acting('ada', $$ SELECT authz.grant_role('ada', 'Owner', 'organization:1') $$);
SELECT pg_temp.acting('ada', $$ SELECT authz.grant_role('oda', 'Member', 'organization:1') $$);
SELECT pg_temp.acting('ada', $$ SELECT authz.revoke_role('oda', 'Owner', 'organization:1') $$);
SELECT pg_temp.acting('ada', $$ SELECT authz.remove_member('organization:1', 'oda') $$);
SELECT pg_temp.acting('oda', $$ SELECT authz.revoke_role('oda', 'Owner', 'organization:1') $$);
SELECT pg_temp.acting('oda', $$ SELECT authz.grant_role('oda', 'Admin', 'organization:1') $$);
-- One permission does not stand in for another: inviting, removing, changing roles.
SELECT authz.create_role('Recruiter', 'organization', 'organization:1', '{organization.people.invite}') > 0,
    authz.create_role('Bouncer', 'organization', 'organization:1', '{organization.people.remove}') > 0;
SELECT pg_temp.acting('oda', $$ SELECT authz.grant_role('cem', 'Recruiter', 'organization:1') $$), pg_temp.acting('oda', $$ SELECT authz.grant_role('dov', 'Bouncer', 'organization:1') $$);
SELECT pg_temp.acting('cem', $$ SELECT authz.add_member('organization:1', 'eva') $$), pg_temp.acting('cem', $$ SELECT authz.grant_role('eva', 'Member', 'organization:1') $$);
SELECT pg_temp.acting('cem', $$ SELECT authz.remove_member('organization:1', 'eva') $$);
SELECT pg_temp.acting('dov', $$ SELECT authz.add_member('organization:1', 'fin') $$);
SELECT pg_temp.acting('dov', $$ SELECT authz.remove_member('organization:1', 'eva') $$);
SELECT pg_temp.acting('dov', $$ SELECT authz.remove_member('organization:1', 'oda') $$);

-- Projects: created by those with organization.projects.create; roles there for members of the organization only.
SELECT pg_temp.acting('bea', $$ SELECT authz.create_resource('project:bea', 'organization:1') $$);
SELECT pg_temp.acting('cem', $$ SELECT authz.create_resource('project:cem', 'organization:1') $$);
SELECT pg_temp.acting('ada', $$ SELECT authz.grant_role('bea', 'Admin', 'project:app') $$);
SELECT pg_temp.acting('bea', $$ SELECT authz.grant_role('cem', 'Contributor', 'project:app') $$);
SELECT pg_temp.acting('bea', $$ SELECT authz.grant_role('cem', 'Contributor', 'project:lib') $$);
SELECT pg_temp.acting('bea', $$ SELECT authz.grant_role('stranger', 'Reader', 'project:app') $$);
SELECT pg_temp.acting('cem', $$ SELECT authz.grant_role('dov', 'Reader', 'project:app') $$);
SELECT pg_temp.acting('bea', $$ SELECT authz.drop_resource('project:lib') $$);

-- A planned permission grants nothing: so far only administrators make roles.
SELECT pg_temp.acting('oda', $$ SELECT authz.create_role('Operator', 'project', 'organization:1', '{project.job.stop}') $$);
SELECT authz.has_permission('user:oda', 'organization.roles.create', '1'), authz.permissions_on('user:oda', 'organization:1') @> 'organization.roles.create'::authz.permission;
SELECT count(*) FROM authz.apply($$ {"permissions": [
    {"name": "organization.roles.view", "status": "active"}, {"name": "organization.roles.create", "status": "active"},
    {"name": "organization.roles.modify", "status": "active"}, {"name": "organization.roles.remove", "status": "active"}]} $$);
SELECT pg_temp.acting('oda', $$ SELECT authz.create_role('Operator', 'project', 'organization:1', '{project.job.stop}') $$);
-- The default permission comes with every custom role of projects.
SELECT pg_temp.acting('oda', $$ SELECT authz.grant_role('dov', 'Operator', 'project:lib') $$);
SELECT authz.permissions_on('user:dov', 'project:lib');
-- A role holds permissions of its own level; an organization role reaches projects by its base role.
SELECT pg_temp.acting('oda', $$ SELECT authz.create_role('x', 'organization', 'organization:1', '{project.job.stop}', base_role => 'Reader') $$);
SELECT pg_temp.acting('oda', $$ SELECT authz.create_role('x', 'project', 'organization:1', '{organization.secrets.view}') $$);
SELECT pg_temp.acting('oda', $$ SELECT authz.create_role('Support', 'organization', 'organization:1', '{organization.people.view,organization.secrets.view}', base_role => 'Operator') $$);
SELECT pg_temp.acting('oda', $$ SELECT authz.grant_role('dov', 'Support', 'organization:1') $$);
SELECT authz.has_permission('user:dov', 'project.job.stop', 'app'), authz.has_permission('user:dov', 'project.job.attach', 'app');
-- One inherited role, transitive and dynamic.
SELECT pg_temp.acting('oda', $$ SELECT authz.create_role('Debugger', 'project', 'organization:1', '{project.job.attach}', inherits => 'Operator') $$);
SELECT pg_temp.acting('oda', $$ SELECT authz.create_role('Senior', 'project', 'organization:1', inherits => 'Debugger') $$);
SELECT pg_temp.acting('oda', $$ SELECT authz.grant_role('dov', 'Senior', 'project:lib') $$);
SELECT authz.permissions_on('user:dov', 'project:lib');
SELECT pg_temp.acting('oda', $$ SELECT authz.add_permissions(authz.role_id('Operator', 'project', 'organization:1'), '{project.job.rerun}') $$);
SELECT authz.has_permission('user:dov', 'project.job.rerun', 'lib'), authz.has_permission('user:dov', 'project.job.rerun', 'app');
SELECT pg_temp.acting('oda', $$ SELECT authz.set_inherits(authz.role_id('Operator', 'project', 'organization:1'), 'Senior') $$);
-- Predefined roles stay as they are; roles that are assigned, inherited or mapped to cannot be dropped.
SELECT pg_temp.acting('oda', $$ SELECT authz.add_permissions(authz.role_id('Reader', 'project'), '{project.delete}') $$);
SELECT pg_temp.acting('oda', $$ SELECT authz.drop_role(authz.role_id('Reader', 'project')) $$);
SELECT pg_temp.acting('oda', $$ SELECT authz.drop_role(authz.role_id('Operator', 'project', 'organization:1')) $$);
SELECT pg_temp.acting('oda', $$ SELECT authz.drop_role(authz.role_id('Senior', 'project', 'organization:1')) $$);
-- Managing roles: create, modify and remove are three permissions.
SELECT pg_temp.acting('oda', $$ SELECT authz.create_role('Role maker', 'organization', 'organization:1', '{organization.roles.create,organization.secrets.view}') $$);
SELECT pg_temp.acting('oda', $$ SELECT authz.grant_role('cem', 'Role maker', 'organization:1') $$);
SELECT pg_temp.acting('cem', $$ SELECT authz.create_role('Secret reader', 'organization', 'organization:1', '{organization.secrets.view}') $$);
SELECT pg_temp.acting('cem', $$ SELECT authz.create_role('x', 'organization', 'organization:1', '{organization.secrets.view,organization.secrets.delete}') $$);
SELECT pg_temp.acting('cem', $$ SELECT authz.create_role('x', 'organization', 'organization:1', base_role => 'Reader') $$);
SELECT pg_temp.acting('cem', $$ SELECT authz.rename_role(authz.role_id('Secret reader', 'organization', 'organization:1'), 'y') $$);
SELECT pg_temp.acting('cem', $$ SELECT authz.drop_role(authz.role_id('Secret reader', 'organization', 'organization:1')) $$);
SELECT pg_temp.acting('cem', $$ SELECT authz.grant_role('cem', 'Secret reader', 'organization:1') $$);
-- The three together on a project: its Admin has project.people.change_role, not the organization's.
SELECT pg_temp.acting('bea', $$ SELECT authz.create_role('x', 'project', 'organization:1') $$);

-- Groups: members of the organization, and all of them get the group's roles.
SELECT pg_temp.acting('cem', $$ SELECT authz.create_team('team:qa', 'organization:1') $$);
SELECT pg_temp.acting('oda', $$ SELECT authz.create_team('team:qa', 'organization:1') $$), pg_temp.acting('oda', $$ SELECT authz.add_member('team:qa', 'cem') $$);
SELECT pg_temp.acting('oda', $$ SELECT authz.add_member('team:qa', 'stranger') $$);
SELECT pg_temp.acting('oda', $$ SELECT authz.grant_role('team:qa', 'Reader', 'project:lib') $$);
SELECT authz.has_permission('user:cem', 'project.view', 'lib'), authz.has_permission('user:cem', 'project.job.rerun', 'lib');

-- Access from the repository provider has a source of its own, and goes when it goes.
SELECT authz.grant_role('cem', 'Reader', 'project:app', source => 'github') > 0;
SELECT pg_temp.acting('bea', $$ SELECT authz.revoke_role('cem', 'Contributor', 'project:app') $$);
SELECT authz.has_permission('user:cem', 'project.view', 'app'), authz.has_permission('user:cem', 'project.job.rerun', 'app');
SELECT authz.grant_role('stranger', 'Reader', 'project:app', source => 'github');
SELECT authz.revoke_role('cem', 'Reader', 'project:app', source => 'github'), authz.has_permission('user:cem', 'project.view', 'app');

-- Leaving the organization removes everything in it, from every source, and nothing elsewhere.
SELECT authz.grant_role('cem', 'Reader', 'project:app', source => 'okta') > 0, authz.add_member('organization:2', 'cem'), authz.grant_role('cem', 'Member', 'organization:2') > 0;
SELECT pg_temp.acting('oda', $$ SELECT authz.remove_member('organization:1', 'cem') $$);
SELECT * FROM pg_temp.holdings;
SELECT count(*) FROM authz.memberships AS m JOIN authz.subjects AS s ON s.id = m.member_id WHERE s.subject = 'user:cem';
-- Tenants.
SELECT pg_temp.acting('zed', $$ SELECT authz.grant_role('zed', 'Admin', 'project:app') $$);
SELECT pg_temp.acting('zed', $$ SELECT authz.grant_role('zed', 'Operator', 'organization:2', role_type => 'project') $$);
SELECT pg_temp.acting('zed', $$ SELECT authz.grant_role('team:qa', 'Reader', 'organization:2', role_type => 'project') $$);
SELECT count(*) FROM authz.validate();
-- Many grants, one by one in one transaction, do not fill the table of locks.
SELECT count(authz.add_member('organization:1', 'many' || i)) FROM generate_series(1, 12000) AS i;
SELECT count(authz.grant_role('many' || i, 'Reader', 'project:app')) FROM generate_series(1, 12000) AS i;

DROP OWNED BY regress_authz_web;
DROP ROLE regress_authz_web;
