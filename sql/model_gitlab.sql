-- GitLab's roles (test/models/gitlab.json): the abilities of ee/config/custom_abilities
-- with the roles that have them, and some more from the tables of the documentation.
-- Groups are one nested type.  P is docs.gitlab.com, "Roles and permissions" (17.x), S
-- "Subgroups", M "Members of a project".  Projects here are private.
--
-- An ability that GitLab checks on groups and on projects is two permissions
-- (group.read_vulnerability, project.read_vulnerability), since a permission has one
-- type.  The other names are as written.  One user has one role in a group or project;
-- from the groups above it comes in addition, and the highest counts since roles add up.
--
-- What cannot be said:
-- * What depends on the object or a setting: visibility (guests of public projects),
--   protected branches, who may create projects, one's own issues.
-- * Minimal Access lets its holder see the top-level group only; it cannot have
--   read_group here, because a role counts in everything beneath.
-- * A group invited to another group or project: members hold roles as a group only in
--   their own group and beneath.  Here each of them has the role, with the inviting as its
--   source; the application does so, and knows the maximum role.
-- * The last Owner of a group may be an inherited one (min_holders counts direct holders).
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set model gitlab
\set include :abs_srcdir '/sql/include/model.sql'
\i :include
\set ECHO all

SELECT * FROM pg_temp.load(:'document');

-- The groups of the documentation's example, and 20 levels, as many as GitLab allows.
SELECT authz.create_resource('group:one');
SELECT authz.create_resource('group:two', 'group:one'), authz.create_resource('group:three', 'group:two'), authz.create_resource('group:four', 'group:three');
SELECT authz.create_resource('project:app', 'group:four'), authz.create_resource('project:site', 'group:two');
SELECT authz.create_resource('group:1');
SELECT count(authz.create_resource('group:' || n, 'group:' || n - 1)) FROM generate_series(2, 20) AS n;
SELECT authz.create_resource('project:deep', 'group:20');
SELECT authz.create_resource('group:acme');
SELECT count(authz.grant_role('user:' || u, r, o)) FROM (VALUES
    ('user0',   'Reporter',       'group:one'),
    ('user1',   'Developer',      'group:two'),
    ('user2',   'Developer',      'group:three'),
    ('user3',   'Maintainer',     'group:four'),
    ('admin',   'Owner',          'group:four'),
    ('boss',    'Owner',          'group:one'),
    ('both',    'Developer',      'group:two'),
    ('both',    'Maintainer',     'group:four'),
    ('lower',   'Maintainer',     'group:one'),
    ('lower',   'Guest',          'group:four'),
    ('helper',  'Reporter',       'group:two'),
    ('helper',  'Maintainer',     'project:site'),
    ('guest',   'Guest',          'group:two'),
    ('planner', 'Planner',        'group:two'),
    ('minimal', 'Minimal Access', 'group:one'),
    ('diver',   'Developer',      'group:1')) AS g (u, r, o);
-- A group that is invited to a project: refused as a group, so each of its members.
SELECT authz.add_member('group:acme', 'user:ally');
SELECT authz.grant_role('group:acme#member', 'Developer', 'project:site');
SELECT count(authz.grant_role(m.member::text, 'Developer', 'project:site', source => 'invited:group:acme')) FROM authz.team_members('group:acme#member') AS m;
-- A custom role: a default role, and abilities.
SELECT authz.create_role('Guest with code', 'group', owner => 'group:one', inherits => 'Guest', permissions => '{read_code}') IS NOT NULL;
SELECT authz.grant_role('user:custom', 'Guest with code', 'group:two') IS NOT NULL;

INSERT INTO decisions (subject, permission, resource, expected, source) VALUES
    ('user:user0',   'read_group',                   'group:four',   true,  'S: User 0 has the Reporter role on group Four, and has inherited it from group One'),
    ('user:user0',   'read_code',                    'project:app',  true,  'P: View project code: at least the Reporter role'),
    ('user:user0',   'group.read_vulnerability',     'group:four',   false, 'P: View vulnerability report: Developer and above'),
    ('user:user1',   'group.read_vulnerability',     'group:four',   true,  'S: User 1 has the Developer role on group Four, inherited from group Two'),
    ('user:user1',   'project.read_vulnerability',   'project:app',  true,  'P: View vulnerability report: Developer'),
    ('user:user1',   'read_group',                   'group:one',    false, 'S: a direct member of group Two; permissions are inherited into subgroups'),
    ('user:user1',   'project.admin_vulnerability',  'project:app',  false, 'P: admin_vulnerability was removed from the Developer role in 17.0'),
    ('user:user2',   'push_code',                    'project:app',  true,  'P: Push to non-protected branches: Developer; S: User 2 has it from group Three'),
    ('user:user2',   'push_code',                    'project:site', false, 'S: the project is in group Two, above group Three'),
    ('user:user3',   'project.admin_vulnerability',  'project:app',  true,  'P: Change vulnerability status: Maintainer'),
    ('user:user3',   'project.admin_runners',        'project:app',  true,  'P: Add project runners to project: Maintainer'),
    ('user:user3',   'group.admin_runners',          'group:four',   false, 'P: Manage group runners: Owner only'),
    ('user:user3',   'create_subgroup',              'group:four',   true,  'P: Create subgroup: Maintainer'),
    ('user:user3',   'create_subgroup',              'group:three',  false, 'S: This means they get their Maintainer role directly from group Four'),
    ('user:user3',   'admin_group_member',           'group:four',   false, 'P: Manage group members: Owner only'),
    ('user:user3',   'remove_group',                 'group:four',   false, 'P: Delete group: Owner only'),
    ('user:user3',   'project.admin_cicd_variables', 'project:app',  true,  'P: Manage project CI/CD variables: Maintainer'),
    ('user:user3',   'group.admin_cicd_variables',   'group:four',   false, 'P: Manage group level CI/CD variables: Owner only'),
    ('user:user3',   'manage_project_access_tokens', 'project:app',  true,  'P: Manage project access tokens: Maintainer'),
    ('user:user3',   'admin_protected_branch',       'project:app',  true,  'P: Manage protected branches: Maintainer'),
    ('user:user3',   'remove_project',               'project:app',  false, 'P: Delete project: Owner only'),
    ('user:user3',   'destroy_issue',                'project:app',  false, 'P: Delete issues: Planner and Owner'),
    ('user:admin',   'remove_group',                 'group:four',   true,  'P: Delete group: Owner'),
    ('user:admin',   'admin_group_member',           'group:four',   true,  'P: Manage group members: Owner'),
    ('user:admin',   'remove_group',                 'group:three',  false, 'S: Administrator has the Owner role on group Four'),
    ('user:boss',    'archive_project',              'project:app',  true,  'P: Archive project: Owner; S: inherited from the group into all subgroups'),
    ('user:boss',    'manage_group_access_tokens',   'group:three',  true,  'P: Manage group access tokens: Owner'),
    ('user:both',    'project.admin_vulnerability',  'project:app',  true,  'S: to give User 1 the Maintainer role in group Four, add User 1 again'),
    ('user:both',    'create_subgroup',              'group:three',  false, 'S: User 1 inherits the Developer role in every subgroup of group Two'),
    ('user:lower',   'push_code',                    'project:app',  true,  'S: You can''t give a user a role in a subgroup that is lower than in parent groups'),
    ('user:helper',  'project.admin_push_rules',     'project:site', true,  'P: If you add a user to both a project''s group and the project itself, the higher role is used'),
    ('user:helper',  'push_code',                    'project:app',  false, 'P: Push to non-protected branches: not Reporter'),
    ('user:guest',   'read_code',                    'project:site', false, 'P: View project code: guests not on private projects'),
    ('user:custom',  'read_code',                    'project:app',  true,  'P: Guest can view private repository content with a custom role that gives it'),
    ('user:custom',  'push_code',                    'project:app',  false, 'P: Push to non-protected branches: not Guest'),
    ('user:planner', 'destroy_issue',                'project:app',  true,  'P: Delete issues: Planner'),
    ('user:planner', 'destroy_epic',                 'group:four',   true,  'P: Delete epic: Planner'),
    ('user:planner', 'push_code',                    'project:app',  false, 'P: Push to non-protected branches: not Planner'),
    ('user:minimal', 'read_group',                   'group:four',   false, 'P: Minimal Access does not automatically have access to projects and subgroups'),
    ('user:ally',    'project.read_vulnerability',   'project:site', true,  'M: Shared: the user is a member of a group invited to the current project'),
    ('user:ally',    'project.read_vulnerability',   'project:app',  false, 'M: Shared: the user is a member of a group invited to the current project'),
    ('user:diver',   'group.read_vulnerability',     'group:20',     true,  'S: nested up to 20 levels; inherited from the group into all subgroups'),
    ('user:diver',   'push_code',                    'project:deep', true,  'P: When you add a member to a subgroup, they inherit from the parent groups'),
    ('user:diver',   'create_subgroup',              'group:20',     false, 'P: Create subgroup: Maintainer and above'),
    ('user:diver',   'read_group',                   'group:one',    false, 'S: inherited from the group into all subgroups; this is another group');
SELECT * FROM pg_temp.decide();

SELECT authz.revoke_role('user:both', 'Maintainer', 'group:four');
-- A new group, and a group that moves with what is beneath.
SELECT authz.create_resource('group:five', 'group:four');
SELECT authz.move_resource('group:11', 'group:one');
INSERT INTO decisions (subject, permission, resource, expected, source) VALUES
    ('user:both',  'project.admin_vulnerability', 'project:app',  false, 'S: If User 1 is removed from group Four, the user''s role falls back to their role in group Two'),
    ('user:both',  'push_code',                   'project:app',  true,  'S: User 1 has the Developer role in group Four again'),
    ('user:user0', 'read_group',                  'group:five',   true,  'S: that member is also added to all subgroups of that group'),
    ('user:user0', 'read_code',                   'project:deep', true,  'S: a subgroup belongs to one immediate parent group, and inherits from it'),
    ('user:diver', 'push_code',                   'project:deep', false, 'S: a subgroup belongs to one immediate parent group');
SELECT * FROM pg_temp.decide();

-- Who manages groups and members.
CREATE ROLE regress_authz_web;
GRANT EXECUTE ON FUNCTION authz.create_resource, authz.drop_resource, authz.grant_role, authz.revoke_role TO regress_authz_web;
INSERT INTO acts (subject, command, expected, source) VALUES
    ('user:user3', $$create_resource('group:six', 'group:four')$$,                 'ok',    'P: Create subgroup: Maintainer'),
    ('user:user1', $$create_resource('group:seven', 'group:two')$$,                '42501', 'P: Create subgroup: not Developer'),
    ('user:user3', $$grant_role('user:new', 'Developer', 'project:app')$$,         'ok',    'P: Manage team members: Maintainer'),
    ('user:user3', $$grant_role('user:new', 'Maintainer', 'project:app')$$,        'ok',    'M: the maximum role you can set is Maintainer, if you have the Maintainer role'),
    ('user:user3', $$grant_role('user:new', 'Owner', 'project:app')$$,             '42501', 'P: Maintainers cannot promote users to the Owner role'),
    ('user:user1', $$grant_role('user:new', 'Guest', 'project:app')$$,             '42501', 'P: Manage team members: not Developer'),
    ('user:user3', $$grant_role('user:new', 'Guest', 'group:four')$$,              '42501', 'P: Manage group members: Owner only'),
    ('user:admin', $$grant_role('user:new', 'Owner', 'group:four')$$,              'ok',    'M: the maximum role you can set is Owner, if you have the Owner role'),
    ('user:admin', $$grant_role('user:new', 'Guest', 'group:three')$$,             '42704', 'S: only by users with the Owner role on the group (to others it does not exist)'),
    ('user:user3', $$drop_resource('project:app')$$,                               '42501', 'P: Delete project: Owner only'),
    ('user:user3', $$drop_resource('group:six')$$,                                 '42501', 'P: Delete group: Owner only'),
    ('user:admin', $$drop_resource('group:six')$$,                                 'ok',    'P: Delete group: Owner; S: inherited'),
    ('user:boss',  $$drop_resource('project:app')$$,                               'ok',    'P: Delete project: Owner; S: inherited');
SELECT * FROM pg_temp.act();
SELECT count(*) FROM authz.validate();
DROP OWNED BY regress_authz_web;
DROP ROLE regress_authz_web;
