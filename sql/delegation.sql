-- Delegated administration: who may, how far, and every way to climb.
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/acting.sql'
\i :include
\set ECHO all

CREATE ROLE regress_authz_web;
GRANT EXECUTE ON FUNCTION
    authz.create_resource, authz.move_resource, authz.drop_resource,
    authz.create_team, authz.move_team, authz.rename_team, authz.drop_team, authz.add_member, authz.remove_member, authz.rename_user, authz.drop_user,
    authz.create_role, authz.add_permissions, authz.remove_permissions, authz.set_inherits, authz.set_base_role,
    authz.rename_role, authz.describe_role, authz.drop_role, authz.role_id,
    authz.list_roles, authz.list_assignments, authz.grant_role, authz.revoke_role, authz.set_base_permission, authz.apply
TO regress_authz_web;

-- A model in which each operation has a permission of its own.
SELECT count(*) > 0 FROM authz.apply($$ {
    "resource_types": [
        {"name": "organization", "has_members": true, "roles_for": "members", "base_permissions": ["none", "viewer", "editor"],
         "management": {"view_roles": "org.roles", "create_role": "org.roles", "alter_role": "org.roles", "drop_role": "org.roles",
                        "assign_role": "org.assign", "manage_members": "org.people"}},
        {"name": "project", "parent": "organization", "roles_for": "anyone",
         "management": {"create_role": "org.roles", "alter_role": "org.roles", "drop_role": "org.roles",
                        "assign_role": "project.admin", "manage_resources": "org.projects", "drop_resource": "project.admin"}}],
    "permissions": [
        {"name": "org.view", "resource_type": "organization"},
        {"name": "org.roles", "resource_type": "organization"},
        {"name": "org.assign", "resource_type": "organization"},
        {"name": "org.people", "resource_type": "organization"},
        {"name": "org.projects", "resource_type": "organization"},
        {"name": "org.billing", "resource_type": "organization"},
        {"name": "org.future", "resource_type": "organization", "status": "planned"},
        {"name": "project.view", "resource_type": "project"},
        {"name": "project.edit", "resource_type": "project"},
        {"name": "project.admin", "resource_type": "project"}],
    "roles": [
        {"name": "viewer", "resource_type": "project", "permissions": ["project.view"]},
        {"name": "editor", "resource_type": "project", "permissions": ["project.edit"], "inherits": "viewer"},
        {"name": "admin", "resource_type": "project", "permissions": ["project.admin"], "inherits": "editor"},
        {"name": "owner", "resource_type": "organization", "all_permissions": true, "base_roles": ["project:admin"],
         "protected": true, "min_holders": 1},
        {"name": "billing", "resource_type": "organization", "permissions": ["org.view", "org.billing"]},
        {"name": "hr", "resource_type": "organization", "permissions": ["org.view", "org.people"]},
        {"name": "roles", "resource_type": "organization", "permissions": ["org.view", "org.roles"]},
        {"name": "assigner", "resource_type": "organization", "permissions": ["org.view", "org.assign"]},
        {"name": "manager", "resource_type": "organization", "base_roles": ["project:editor"],
         "permissions": ["org.view", "org.roles", "org.assign", "org.people", "org.projects"]}]
} $$);

-- Two tenants.  Olga owns the first, Otto the second.
SELECT authz.create_resource('organization:1'), authz.create_resource('organization:2'),
    authz.create_resource('project:10', 'organization:1'), authz.create_resource('project:11', 'organization:1'),
    authz.create_resource('project:20', 'organization:2');
SELECT count(*) FROM unnest('{olga,mia,rob,ann,hal,eve,max,paul}'::text[]) AS u WHERE authz.add_member('organization:1', u);
SELECT count(*) FROM unnest('{otto,zoe}'::text[]) AS u WHERE authz.add_member('organization:2', u);
SELECT count(authz.grant_role(subject, role, resource)) FROM (VALUES
    ('olga', 'owner', 'organization:1'), ('mia', 'manager', 'organization:1'), ('rob', 'roles', 'organization:1'),
    ('ann', 'assigner', 'organization:1'), ('hal', 'hr', 'organization:1'), ('paul', 'admin', 'project:10'),
    ('otto', 'owner', 'organization:2'), ('zoe', 'manager', 'organization:2')) AS g (subject, role, resource);
SELECT authz.create_team('team:eng', 'organization:1'), authz.create_team('team:owners', 'organization:1'),
    authz.create_team('team:money', 'organization:1'), authz.create_team('team:other', 'organization:2');
SELECT authz.grant_role('team:eng', 'editor', 'project:10') IS NOT NULL,
    authz.grant_role('team:owners', 'owner', 'organization:1') IS NOT NULL,
    authz.grant_role('team:money', 'billing', 'organization:1') IS NOT NULL;
SELECT authz.create_role('Auditor', 'organization', 'organization:1', '{org.view}') > 0,
    authz.create_role('Secret', 'organization', 'organization:2', '{org.view}') > 0,
    authz.create_role('Deployer', 'project', 'organization:1', inherits => 'viewer') > 0;

-- Nobody can name the checks, and who could is not allowed to execute them; nobody is not somebody.
SET ROLE regress_authz_web;
SELECT authz_internal.check_drop_user('user:eve');
RESET ROLE;
GRANT USAGE ON SCHEMA authz_internal TO regress_authz_web;
SET ROLE regress_authz_web;
SELECT authz_internal.check_drop_user('user:eve');
SELECT authz_internal.gate_check_drop_user('user:eve');
SELECT authz_internal.is_allowed('create_role', 'organization', 1);
RESET ROLE;
REVOKE USAGE ON SCHEMA authz_internal FROM regress_authz_web;
SELECT pg_temp.acting(NULL, $$ SELECT authz.create_role('x', 'organization', 'organization:1') $$);
SELECT pg_temp.acting('', $$ SELECT authz.grant_role('eve', 'viewer', 'project:10') $$);
SELECT pg_temp.acting('not a subject', $$ SELECT authz.drop_user('eve') $$);

-- Each operation has its own permission; holding another one does not help.
SELECT pg_temp.acting('rob', $$ SELECT authz.create_role('Viewer 1', 'organization', 'organization:1', '{org.view}') $$);
SELECT pg_temp.acting('ann', $$ SELECT authz.create_role('Viewer 2', 'organization', 'organization:1', '{org.view}') $$);
SELECT pg_temp.acting('eve', $$ SELECT authz.create_role('Viewer 2', 'organization', 'organization:1') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.grant_role('eve', 'Viewer 1', 'organization:1') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.grant_role('rob', 'Viewer 1', 'organization:1') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.revoke_role('ann', 'assigner', 'organization:1') $$);
SELECT pg_temp.acting('ann', $$ SELECT authz.grant_role('eve', 'Viewer 1', 'organization:1') $$);
SELECT pg_temp.acting('ann', $$ SELECT authz.add_member('organization:1', 'new') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.add_member('organization:1', 'new') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.grant_role('new', 'Viewer 1', 'organization:1') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.create_resource('project:12', 'organization:1') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.create_resource('project:12', 'organization:1') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.drop_resource('project:12') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.drop_resource('project:12') $$);
-- What the model maps to nothing is nobody's; what has no parent or no owner is an administrator's.
SELECT pg_temp.acting('olga', $$ SELECT authz.drop_resource('organization:1') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.create_resource('organization:3') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.move_resource('project:11', NULL) $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.drop_user('eve') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.create_role('Global', 'organization') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.add_permissions(authz.role_id('billing', 'organization'), '{org.view}') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.remove_permissions(authz.role_id('billing', 'organization'), '{org.view}') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.set_inherits(authz.role_id('billing', 'organization'), 'hr') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.set_base_role(authz.role_id('billing', 'organization'), 'viewer') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.rename_role(authz.role_id('billing', 'organization'), 'x') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.describe_role(authz.role_id('billing', 'organization'), 'x') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.drop_role(authz.role_id('billing', 'organization')) $$);

-- Climbing by granting.
SELECT pg_temp.acting('ann', $$ SELECT authz.grant_role('ann', 'billing', 'organization:1') $$);
SELECT pg_temp.acting('ann', $$ SELECT authz.grant_role('eve', 'billing', 'organization:1') $$);
SELECT pg_temp.acting('ann', $$ SELECT authz.grant_role('user:*', 'hr', 'organization:1') $$);
SELECT pg_temp.acting('ann', $$ SELECT authz.grant_role('organization:1#member', 'hr', 'organization:1') $$);
-- What the role builds on counts: of manager, Ann lacks project permissions too.
SELECT pg_temp.acting('ann', $$ SELECT authz.grant_role('eve', 'manager', 'organization:1') $$);
-- Paul has project 10 only.
SELECT pg_temp.acting('paul', $$ SELECT authz.grant_role('eve', 'editor', 'project:10') $$);
SELECT pg_temp.acting('paul', $$ SELECT authz.grant_role('eve', 'editor', 'project:11') $$);
SELECT pg_temp.acting('paul', $$ SELECT authz.grant_role('eve', 'editor', 'organization:1', role_type => 'project') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.grant_role('eve', 'editor', 'organization:1', role_type => 'project') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.grant_role('eve', 'editor', 'organization:1', role_type => 'project') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.revoke_role('eve', 'editor', 'organization:1', role_type => 'project') $$);
SELECT pg_temp.acting('paul', $$ SELECT authz.revoke_role('eve', 'editor', 'project:10') $$);
-- Another source is no way around.
SELECT pg_temp.acting('ann', $$ SELECT authz.grant_role('ann', 'hr', 'organization:1', source => 'okta') $$);
SELECT pg_temp.acting('ann', $$ SELECT authz.grant_role('organization:1#member', 'editor', 'organization:1', source => 'base_permission', role_type => 'project') $$);
SELECT pg_temp.acting('ann', $$ SELECT authz.set_base_permission('organization:1', 'viewer') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.set_base_permission('organization:1', 'viewer') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.set_base_permission('organization:1', 'viewer') $$);
SELECT pg_temp.acting('ann', $$ SELECT authz.set_base_permission('organization:1', NULL) $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.set_base_permission('organization:1', 'none') $$);

-- Climbing by defining roles: what Rob makes is within what he holds.
SELECT pg_temp.acting('rob', $$ SELECT authz.create_role('Climb', 'organization', 'organization:1', '{org.view,org.billing}') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.create_role('Climb', 'organization', 'organization:1', inherits => 'billing') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.create_role('Climb', 'organization', 'organization:1', base_role => 'viewer') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.create_role('Climb', 'organization', 'organization:1', inherits => 'owner') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.create_role('Climb', 'project', 'organization:1', '{project.edit}') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.create_role('Editor 2', 'project', 'organization:1', '{project.edit}') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.create_role('Climb', 'project', 'organization:1', '{project.edit,project.admin}') $$);
-- Planned permissions become active one day.
SELECT pg_temp.acting('mia', $$ SELECT authz.create_role('Climb', 'organization', 'organization:1', '{org.future}') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.create_role('Future', 'organization', 'organization:1', '{org.future}') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.create_role('Climb', 'organization', 'organization:1', inherits => 'Future') $$);
-- Nothing is left of a refused role.
SELECT count(*) FROM authz.roles WHERE name = 'Climb';

-- Climbing by editing, in two steps: an empty role first.
SELECT pg_temp.acting('rob', $$ SELECT authz.create_role('Empty', 'organization', 'organization:1') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.add_permissions(authz.role_id('Empty', 'organization', 'organization:1'), '{org.view}') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.add_permissions(authz.role_id('Empty', 'organization', 'organization:1'), '{org.roles,org.billing}') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.set_inherits(authz.role_id('Empty', 'organization', 'organization:1'), 'billing') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.set_base_role(authz.role_id('Empty', 'organization', 'organization:1'), 'viewer') $$);
-- A role that he holds himself is no different.
SELECT authz.grant_role('rob', 'Empty', 'organization:1') > 0;
SELECT pg_temp.acting('rob', $$ SELECT authz.add_permissions(authz.role_id('Empty', 'organization', 'organization:1'), '{org.assign}') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.add_permissions(authz.role_id('Empty', 'organization', 'organization:1'), '{org.roles}') $$);
-- Adding needs what is added, not what the role has already; taking away needs neither.
SELECT authz.create_role('Rich', 'organization', 'organization:1', '{org.view,org.billing}') > 0;
SELECT pg_temp.acting('rob', $$ SELECT authz.add_permissions(authz.role_id('Rich', 'organization', 'organization:1'), '{org.roles}') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.remove_permissions(authz.role_id('Rich', 'organization', 'organization:1'), '{org.roles,org.billing}') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.add_permissions(authz.role_id('Rich', 'organization', 'organization:1'), '{org.billing}') $$);
SELECT pg_temp.acting('ann', $$ SELECT authz.remove_permissions(authz.role_id('Rich', 'organization', 'organization:1'), '{org.view}') $$);
-- Two steps through a chain: Rich inherits Middle, and Middle is to get more.
SELECT pg_temp.acting('rob', $$ SELECT authz.create_role('Middle', 'organization', 'organization:1') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.set_inherits(authz.role_id('Rich', 'organization', 'organization:1'), 'Middle') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.set_inherits(authz.role_id('Middle', 'organization', 'organization:1'), 'billing') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.set_inherits(authz.role_id('Rich', 'organization', 'organization:1'), NULL) $$);
-- Renaming and describing are editing.
SELECT id AS middle FROM authz.roles WHERE name = 'Middle' \gset
SELECT pg_temp.acting('eve', format('SELECT authz.rename_role(%s, ''x'')', :middle));
SELECT pg_temp.acting('ann', format('SELECT authz.describe_role(%s, ''x'')', :middle));
SELECT pg_temp.acting('rob', $$ SELECT authz.rename_role(authz.role_id('Middle', 'organization', 'organization:1'), 'Central') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.describe_role(authz.role_id('Central', 'organization', 'organization:1'), 'the middle') $$);

-- The model itself is written by those who may write its tables, whoever may call apply.
SELECT pg_temp.acting('olga', $$ SELECT authz.apply('{"permissions": [{"name": "org.view", "status": "planned"}]}') $$);

-- Climbing by dropping: what dropping a role takes and gives is assigning.
SELECT authz.grant_role('eve', 'Auditor', 'organization:1') > 0;
SELECT pg_temp.acting('rob', $$ SELECT authz.drop_role(authz.role_id('Central', 'organization', 'organization:1')) $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.drop_role(authz.role_id('Auditor', 'organization', 'organization:1'), cascade => true) $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.drop_role(authz.role_id('Auditor', 'organization', 'organization:1'), reassign_to => 'roles') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.drop_role(authz.role_id('Empty', 'organization', 'organization:1'), reassign_to => 'owner') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.drop_role(authz.role_id('Auditor', 'organization', 'organization:1'), reassign_to => 'billing') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.drop_role(authz.role_id('Auditor', 'organization', 'organization:1'), reassign_to => 'owner') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.drop_role(authz.role_id('Auditor', 'organization', 'organization:1'), reassign_to => 'hr') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.revoke_role('eve', 'hr', 'organization:1') $$);

-- Climbing by groups: whoever is let in gets what the team has, everywhere and from above.
SELECT pg_temp.acting('hal', $$ SELECT authz.add_member('team:eng', 'hal') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.add_member('team:eng', 'mia') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.add_member('team:money', 'mia') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.add_member('team:owners', 'mia') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.add_member('team:owners', 'max') $$);
-- Two steps: a team under the powerful one, or an old one moved there.
SELECT pg_temp.acting('hal', $$ SELECT authz.create_team('team:sub', 'organization:1', 'team:money') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.create_team('team:sub', 'organization:1') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.add_member('team:sub', 'hal') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.move_team('team:sub', 'team:money') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.move_team('team:sub', 'team:owners') $$);
-- Three: the powerful one stays, a team below it that is already there.
SELECT pg_temp.acting('olga', $$ SELECT authz.create_team('team:deep', 'organization:1', 'team:money') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.move_team('team:sub', 'team:deep') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.add_member('team:deep', 'hal') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.create_team('team:deeper', 'organization:1', 'team:deep') $$);
-- Moving the powerful one under a harmless one gives nobody more; then its members are still its own.
SELECT pg_temp.acting('hal', $$ SELECT authz.move_team('team:money', 'team:sub') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.add_member('team:money', 'hal') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.move_team('team:money', NULL) $$);
-- Joining the organization gives what its members have.
SELECT authz.create_team('team:hr', 'organization:1'), authz.grant_role('team:hr', 'hr', 'organization:1') > 0;
SELECT authz.add_member('team:hr', 'max');
SELECT authz.grant_role('organization:1#member', 'billing', 'organization:1', expires_at => '2999-01-01') > 0;
SELECT pg_temp.acting('max', $$ SELECT authz.add_member('organization:1', 'nina') $$);
SELECT authz.revoke_role('organization:1#member', 'billing', 'organization:1');

-- Protected: given, taken, or changed in its holders by its holders only.
SELECT pg_temp.acting('mia', $$ SELECT authz.grant_role('mia', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.revoke_role('olga', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.revoke_role('team:owners', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.remove_member('organization:1', 'olga') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.remove_member('team:owners', 'max') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.remove_member('organization:1', 'max') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.drop_team('team:owners') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.move_team('team:owners', 'team:sub') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.create_team('team:below', 'organization:1', 'team:owners') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.create_team('team:below', 'organization:1', 'team:owners') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.move_team('team:below', NULL) $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.drop_team('team:below') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.drop_team('team:below') $$);
-- A custom role that builds on it is as protected.
SELECT pg_temp.acting('olga', $$ SELECT authz.create_role('Deputy', 'organization', 'organization:1', inherits => 'owner') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.set_inherits(authz.role_id('Empty', 'organization', 'organization:1'), 'Deputy') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.remove_member('team:owners', 'max') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.grant_role('max', 'Deputy', 'organization:1') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.revoke_role('max', 'Deputy', 'organization:1') $$);
SELECT pg_temp.acting('max', $$ SELECT authz.grant_role('max', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.revoke_role('max', 'Deputy', 'organization:1') $$);
-- Owners among themselves, and the last one stays.
SELECT pg_temp.acting('olga', $$ SELECT authz.grant_role('max', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('max', $$ SELECT authz.revoke_role('olga', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.grant_role('olga', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('max', $$ SELECT authz.grant_role('olga', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.revoke_role('max', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.revoke_role('olga', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('otto', $$ SELECT authz.revoke_role('olga', 'owner', 'organization:1') $$);

-- A permission may stand in for holding it.
UPDATE authz.roles SET protected_permission = 'org.billing' WHERE name = 'owner';
SELECT authz.grant_role('mia', 'billing', 'organization:1') > 0;
SELECT pg_temp.acting('mia', $$ SELECT authz.revoke_role('team:owners', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.grant_role('team:owners', 'owner', 'organization:1') $$);
UPDATE authz.roles SET protected_permission = NULL WHERE name = 'owner';
SELECT authz.revoke_role('mia', 'billing', 'organization:1');

-- Exclusive roles: a grant that replaces takes the old role.
SELECT authz.revoke_role('rob', 'Empty', 'organization:1');
UPDATE authz.resource_types SET exclusive_roles = true WHERE name = 'organization';
SELECT pg_temp.acting('mia', $$ SELECT authz.grant_role('olga', 'hr', 'organization:1') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.grant_role('olga', 'hr', 'organization:1', source => 'okta') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.grant_role('olga', 'hr', 'organization:1') $$);
SELECT authz.grant_role('max', 'owner', 'organization:1') > 0;
SELECT pg_temp.acting('olga', $$ SELECT authz.grant_role('max', 'hr', 'organization:1') $$);
SELECT authz.revoke_role('max', 'hr', 'organization:1'), authz.revoke_role('olga', 'hr', 'organization:1', 'okta');
UPDATE authz.resource_types SET exclusive_roles = false WHERE name = 'organization';

-- Time: what is given must not outlast what its giver holds.
SELECT authz.grant_role('tina', 'admin', 'project:10', expires_at => '2999-01-01') > 0;
SELECT pg_temp.acting('tina', $$ SELECT authz.grant_role('tina', 'admin', 'project:10') $$);
SELECT pg_temp.acting('tina', $$ SELECT authz.grant_role('tina', 'admin', 'project:10', expires_at => '2999-01-02') $$);
SELECT pg_temp.acting('tina', $$ SELECT authz.grant_role('tim', 'admin', 'project:10', source => 'other') $$);
SELECT pg_temp.acting('tina', $$ SELECT authz.grant_role('tim', 'editor', 'project:10', expires_at => '2998-01-01') $$);
SELECT authz.remove_member('team:hr', 'max'), authz.grant_role('max', 'hr', 'organization:1', expires_at => '2999-01-01') > 0;
SELECT pg_temp.acting('max', $$ SELECT authz.add_member('team:hr', 'max') $$);
UPDATE authz.assignments AS a SET expires_at = '2000-01-01' FROM authz.subjects AS s WHERE s.id = a.subject_id AND s.subject = 'user:max' AND a.expires_at = '2999-01-01';
SELECT pg_temp.acting('max', $$ SELECT authz.add_member('organization:1', 'nobody') $$);
-- A protected role, too, whatever its holder for a time has for ever.
BEGIN;
SELECT count(*) FROM authz.apply('{"roles": [{"name": "everything", "resource_type": "organization", "all_permissions": true, "base_roles": ["project:admin"]}]}');
SELECT authz.grant_role('max', 'everything', 'organization:1') > 0, authz.grant_role('max', 'owner', 'organization:1', expires_at => '2999-01-01') > 0;
SELECT pg_temp.acting('max', $$ SELECT authz.grant_role('max', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('max', $$ SELECT authz.grant_role('eve', 'owner', 'organization:1', expires_at => '2999-01-02') $$);
SELECT pg_temp.acting('max', $$ SELECT authz.create_role('Climb', 'organization', 'organization:1', inherits => 'owner') $$);
SELECT pg_temp.acting('max', $$ SELECT authz.grant_role('eve', 'owner', 'organization:1', expires_at => '2998-01-01') $$);
SELECT pg_temp.acting('max', $$ SELECT authz.revoke_role('eve', 'owner', 'organization:1') $$);
ROLLBACK;
-- A role with all permissions of a type gets those to come: its giver must be one who gets them too.
SELECT authz.create_role('Today', 'organization', 'organization:1',
    '{org.view,org.roles,org.assign,org.people,org.projects,org.billing,org.future}', base_role => 'admin') > 0;
SELECT authz.grant_role('max', 'Today', 'organization:1') > 0, authz.grant_role('team:owners', 'owner', 'organization:1') > 0;
UPDATE authz.roles SET protected = false WHERE name = 'owner';
SELECT pg_temp.acting('max', $$ SELECT authz.grant_role('max', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('max', $$ SELECT authz.create_role('Climb', 'organization', 'organization:1', inherits => 'owner') $$);
SELECT pg_temp.acting('max', $$ SELECT authz.add_member('team:owners', 'max') $$);
UPDATE authz.roles SET protected = true WHERE name = 'owner';
SELECT authz.revoke_role('max', 'Today', 'organization:1');

-- Climbing by moving: who holds more in the new place must not get it by the move.
SELECT authz.add_member('organization:2', 'mia'), authz.grant_role('mia', 'owner', 'organization:2') > 0;
SELECT pg_temp.acting('mia', $$ SELECT authz.move_resource('project:10', 'organization:2') $$);
SELECT authz.grant_role('mia', 'admin', 'project:10') > 0;
SELECT pg_temp.acting('mia', $$ SELECT authz.move_resource('project:10', 'organization:1') $$);
BEGIN;
DELETE FROM authz.assignments WHERE resource_id = (SELECT id FROM authz.resources WHERE resource = 'project:10')
    AND subject_id <> (SELECT id FROM authz.subjects WHERE subject = 'user:mia');
SELECT pg_temp.acting('mia', $$ SELECT authz.move_resource('project:10', 'organization:2') $$);
ROLLBACK;
BEGIN;
SELECT authz.revoke_role('mia', 'admin', 'project:10'), authz.create_role('Dropper', 'project', 'organization:1', '{project.admin}') > 0;
SELECT authz.grant_role('mia', 'Dropper', 'project:11') > 0;
-- She may take it from there and put it here, but would become able to do more with it.
SELECT authz.revoke_role('mia', 'manager', 'organization:1');
SELECT pg_temp.acting('mia', $$ SELECT authz.move_resource('project:11', 'organization:2') $$);
ROLLBACK;
SELECT authz.remove_member('organization:2', 'mia');

-- Tenants: what is not there and what is another's cannot be told apart.
SELECT pg_temp.acting('zoe', $$ SELECT authz.grant_role('eve', 'editor', 'project:10') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.grant_role('eve', 'editor', 'project:99') $$);
SELECT pg_temp.acting('otto', $$ SELECT authz.grant_role('team:eng', 'editor', 'project:20') $$);
SELECT pg_temp.acting('otto', $$ SELECT authz.grant_role('team:none', 'editor', 'project:20') $$);
SELECT pg_temp.acting('otto', $$ SELECT authz.grant_role('organization:1#member', 'editor', 'project:20') $$);
SELECT pg_temp.acting('otto', $$ SELECT authz.grant_role('organization:9#member', 'editor', 'project:20') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.grant_role('zoe', 'Auditor', 'organization:2') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.grant_role('zoe', 'None', 'organization:2') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.revoke_role('team:eng', 'editor', 'project:10') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.set_base_permission('organization:1', 'viewer') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.add_member('team:eng', 'zoe') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.add_member('team:none', 'zoe') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.add_member('organization:1', 'zoe') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.add_member('organization:9', 'zoe') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.remove_member('organization:1', 'eve') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.remove_member('team:eng', 'mia') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.create_team('team:x', 'organization:1') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.create_team('team:x', 'organization:2', 'team:eng') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.create_team('team:x', 'organization:2', 'team:none') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.rename_team('team:eng', 'team:zoes') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.rename_team('team:enx', 'team:zoes') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.rename_user('zoe', 'zoey') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.rename_team('team:eng', 'team:engineering') $$);
SELECT authz.rename_team('team:engineering', 'team:eng');
SELECT pg_temp.acting('zoe', $$ SELECT authz.move_team('team:other', 'team:eng') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.move_team('team:eng', NULL) $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.drop_team('team:eng') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.drop_team('team:none') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.create_resource('project:21', 'organization:1') $$);
SELECT pg_temp.acting('otto', $$ SELECT authz.move_resource('project:20', 'organization:1') $$);
SELECT pg_temp.acting('otto', $$ SELECT authz.move_resource('project:10', 'organization:2') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.drop_resource('project:10') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.drop_resource('project:99') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.create_role('x', 'organization', 'organization:1') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.create_role('x', 'organization', 'organization:2', inherits => 'Auditor') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.create_role('x', 'organization', 'organization:2', base_role => 'Deployer') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.role_id('Auditor', 'organization', 'organization:1') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.role_id('Auditor', 'organization', 'organization:2') $$);
-- Who may do nothing with roles need not know them.
SELECT pg_temp.acting('eve', $$ SELECT authz.role_id('Auditor', 'organization', 'organization:1') $$);
SELECT pg_temp.acting('ann', $$ SELECT authz.role_id('Deployer', 'project', 'organization:1') $$);
SELECT pg_temp.acting('ann', $$ SELECT authz.role_id('Rich', 'organization', 'organization:1') $$);
SELECT pg_temp.acting('eve', $$ SELECT authz.role_id('owner', 'organization') $$);
SELECT pg_temp.acting('rob', $$ SELECT string_agg(name, ', ') FROM authz.list_roles('organization:1') $$);
SELECT pg_temp.acting('eve', $$ SELECT string_agg(name, ', ') FROM authz.list_roles('organization:1') $$);
SELECT pg_temp.acting('zoe', $$ SELECT string_agg(name, ', ') FROM authz.list_roles('organization:1') $$);
SELECT pg_temp.acting('rob', $$ SELECT string_agg(role, ', ') FROM authz.list_assignments('organization:1') $$);
SELECT pg_temp.acting('zoe', $$ SELECT string_agg(role, ', ') FROM authz.list_assignments('organization:1') $$);
-- A role is looked up by id with its tenant.
SELECT id AS foreign_role FROM authz.roles WHERE name = 'Rich' \gset
SELECT coalesce(bool_and(replace(foreign_one, :'foreign_role', 'N') = replace(unknown, '987654321', 'N') AND foreign_one ~ '^42704'), false), count(*)
FROM unnest(ARRAY['authz.add_permissions(%s, ''{org.view}'')', 'authz.remove_permissions(%s, ''{org.view}'')', 'authz.set_inherits(%s, NULL)',
    'authz.set_inherits(%s, ''hr'')', 'authz.set_base_role(%s, NULL)', 'authz.rename_role(%s, ''x'')', 'authz.describe_role(%s, ''x'')',
    'authz.drop_role(%s)', 'authz.drop_role(%s, cascade => true)', 'authz.drop_role(%s, reassign_to => ''hr'')']) AS call,
    LATERAL (SELECT pg_temp.acting('zoe', 'SELECT ' || format(call, :foreign_role)), pg_temp.acting('zoe', 'SELECT ' || format(call, 987654321)))
    AS answers (foreign_one, unknown);
-- Names of resources and teams are global: a name that is taken is all that is said.
SELECT pg_temp.acting('zoe', $$ SELECT authz.create_resource('project:10', 'organization:2') $$);
SELECT pg_temp.acting('zoe', $$ SELECT authz.create_team('team:eng', 'organization:2') $$);
-- Who has a role on one project sees nothing but that.
SELECT pg_temp.acting('tim', $$ SELECT authz.grant_role('tom', 'viewer', 'project:10') $$);
SELECT pg_temp.acting('tim', $$ SELECT authz.create_team('team:x', 'organization:1') $$);
SELECT pg_temp.acting('stranger', $$ SELECT authz.grant_role('tom', 'viewer', 'project:10') $$);

-- A move gives what a role with all permissions will hold one day, too.
SELECT count(*) FROM authz.apply($$ {
    "resource_types": [
        {"name": "shelf"},
        {"name": "box", "parent": "shelf", "management": {"manage_resources": "shelf.fill", "drop_resource": "box.take"}}],
    "permissions": [
        {"name": "shelf.fill", "resource_type": "shelf"},
        {"name": "box.take", "resource_type": "box"}],
    "roles": [
        {"name": "filler", "resource_type": "shelf", "permissions": ["shelf.fill"]},
        {"name": "taker", "resource_type": "box", "permissions": ["box.take"]},
        {"name": "all", "resource_type": "box", "all_permissions": true}]
} $$);
SELECT authz.create_resource('shelf:1'), authz.create_resource('shelf:2'), authz.create_resource('box:1', 'shelf:1');
SELECT authz.grant_role('sam', 'filler', 'shelf:2') IS NOT NULL, authz.grant_role('sam', 'taker', 'box:1') IS NOT NULL,
    authz.grant_role('sam', 'all', 'shelf:2', role_type => 'box') IS NOT NULL;
SELECT pg_temp.acting('sam', $$ SELECT authz.move_resource('box:1', 'shelf:2') $$);
SELECT authz.grant_role('sam', 'all', 'box:1') IS NOT NULL;
SELECT pg_temp.acting('sam', $$ SELECT authz.move_resource('box:1', 'shelf:2') $$);

-- More climbing in two steps.  Each step is allowed or harmless; the last one is not.
-- A role that its maker may give, given, and then exchanged for more.
SELECT pg_temp.acting('mia', $$ SELECT authz.create_role('Step', 'organization', 'organization:1', '{org.view}') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.grant_role('eve', 'Step', 'organization:1') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.drop_role(authz.role_id('Step', 'organization', 'organization:1'), reassign_to => 'owner') $$);
SELECT pg_temp.acting('rob', $$ SELECT authz.drop_role(authz.role_id('Step', 'organization', 'organization:1'), reassign_to => 'roles') $$);
-- It is given for ever: a role that its giver has for a time is not exchanged for it.
SELECT authz.grant_role('max', 'manager', 'organization:1', expires_at => '2999-01-01') > 0;
SELECT pg_temp.acting('max', $$ SELECT authz.drop_role(authz.role_id('Step', 'organization', 'organization:1'), reassign_to => 'hr') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.drop_role(authz.role_id('Step', 'organization', 'organization:1'), reassign_to => 'hr') $$);
-- Where it is assigned counts: Mia may not assign roles of projects.
SELECT authz.grant_role('eve', 'Deployer', 'project:11') > 0;
SELECT pg_temp.acting('mia', $$ SELECT authz.drop_role(authz.role_id('Deployer', 'project', 'organization:1'), reassign_to => 'editor') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.drop_role(authz.role_id('Deployer', 'project', 'organization:1'), reassign_to => 'editor') $$);
SELECT authz.revoke_role('eve', 'editor', 'project:11'), authz.revoke_role('eve', 'hr', 'organization:1'), authz.revoke_role('max', 'manager', 'organization:1');
-- A chain of teams, built from below: each one is let in when what is above it has nothing yet, or may be given.
SELECT pg_temp.acting('mia', $$ SELECT authz.create_team('team:low', 'organization:1') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.create_team('team:middle', 'organization:1') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.add_member('team:low', 'eve') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.move_team('team:low', 'team:middle') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.move_team('team:middle', 'team:money') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.move_team('team:middle', 'team:owners') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.move_team('team:middle', 'team:eng') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.add_member('team:low', 'hal') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.create_team('team:lowest', 'organization:1', 'team:low') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.grant_role('team:middle', 'billing', 'organization:1') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.grant_role('team:low', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.drop_team('team:middle') $$);
-- A team that acts itself has what the teams above it have, and gives as much as it may use.
BEGIN;
SELECT authz.create_team('team:leads', 'organization:1'), authz.create_team('team:leads-eu', 'organization:1', 'team:leads'),
    authz.create_team('team:leads-fr', 'organization:1', 'team:leads-eu'), authz.grant_role('team:leads', 'admin', 'project:10') > 0;
SELECT authz.has_permission('team:leads-fr', 'project.admin', 10), authz.has_permission('team:leads-fr', 'project.admin', 11);
SELECT pg_temp.acting('team:leads-fr', $$ SELECT authz.grant_role('eve', 'admin', 'project:10') $$);
SELECT pg_temp.acting('team:leads-fr', $$ SELECT authz.grant_role('eve', 'admin', 'project:11') $$);
SELECT pg_temp.acting('team:leads-fr', $$ SELECT authz.grant_role('eve', 'owner', 'organization:1') $$);
ROLLBACK;
-- A base permission by another name, or for another source, is one.
SELECT pg_temp.acting('mia', $$ SELECT authz.create_role('viewer', 'project', 'organization:1', '{project.edit}') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.grant_role('organization:1#member', 'editor', 'organization:1', role_type => 'project') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.grant_role('eve', 'editor', 'organization:1', 'base_permission', role_type => 'project') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.grant_role('organization:1#member', 'admin', 'organization:1', 'base_permission', role_type => 'project') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.set_base_permission('organization:1', 'editor') $$);
SELECT pg_temp.acting('mia', $$ SELECT authz.revoke_role('organization:1#member', 'editor', 'organization:1', 'base_permission', role_type => 'project') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.set_base_permission('organization:1', NULL) $$);
-- The model: not even to look what would happen.
SELECT pg_temp.acting('olga', $$ SELECT authz.apply('{"roles": [{"name": "hr", "resource_type": "organization", "permissions": ["org.view", "org.billing"]}]}', dry_run => true) $$);
-- A name that a row of another tenant will have, with a role on it.
INSERT INTO authz.tracked_tables (table_schema, table_name, resource_type, id_column, parent_columns, parent_types) VALUES ('app', 'projects', 'project', 'id', '{org_id}', '{organization}');
SELECT pg_temp.acting('mia', $$ SELECT authz.create_resource('project:4711', 'organization:1') $$);
SELECT pg_temp.acting('olga', $$ SELECT authz.create_resource('project:4711', 'organization:1') $$);
DELETE FROM authz.tracked_tables;

-- A refusal has an end, however many permissions would do or are missing.
BEGIN;
SELECT count(*) > 0 FROM authz.apply(jsonb_build_object(
    'resource_types', jsonb_build_array(jsonb_build_object('name', 'project', 'management', jsonb_build_object('manage_resources', (SELECT jsonb_agg('Many/' || i) FROM generate_series(1, 100) AS i)))),
    'permissions', (SELECT jsonb_agg(jsonb_build_object('name', 'Many/' || i, 'resource_type', 'project')) FROM generate_series(1, 100) AS i)));
SELECT pg_temp.acting('olga', $$ SELECT authz.create_resource('project:4712', 'organization:1') $$);
ROLLBACK;

-- Administrators are recognised by the role that calls (sql/callers.sql); the subject
-- does not matter.
CREATE ROLE regress_authz_dba;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA authz TO regress_authz_dba;
GRANT EXECUTE ON FUNCTION authz.create_resource TO regress_authz_dba;
SET authz.subject = 'user:eve';
SET ROLE regress_authz_dba;
SELECT authz.create_resource('organization:5');
RESET ROLE;
RESET authz.subject;

DROP OWNED BY regress_authz_web, regress_authz_dba;
DROP ROLE regress_authz_web, regress_authz_dba;
