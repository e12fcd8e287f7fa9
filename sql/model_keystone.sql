-- Keystone's API (test/models/keystone.json, from keystone/common/policies/*.py): each
-- rule is a permission under its own name, and is of the scope that its target has.
-- Projects are one nested type, beneath a domain or another project.  D is
-- docs.openstack.org, keystone "Default Roles" (service-api-protection), I the Identity
-- API's OS-INHERIT, C "Identity concepts".
--
-- The role names are Keystone's, one for each scope: admin implies manager, member,
-- reader by "inherits".  What a role on the system or a domain may do to what is beneath
-- it is the base role of the lower scope, and permissions in addition (a domain's admin
-- may delete its projects, a project's admin may not).  A role on a domain that is
-- "inherited to projects" is a project role that is assigned on the domain.
--
-- What cannot be said:
-- * A role on a project that is not inherited by its subprojects, where it has some; nor one that the
--   subprojects have, but not the project itself.  Here a role counts on the resource and
--   everything beneath.
-- * Conditions on the caller: one's own user, credentials, trusts (user_id equals the
--   target's).  The application compares.
-- * Scoped tokens: here all roles count at once, wherever one asks.
-- * Rules whose target is a domain or a project (check_grant, create_grant): they are of
--   the domain here, get_limit is of the project.
-- * A group of users belongs to the system, not to a domain, so that it may have roles in any domain.
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set model keystone
\set include :abs_srcdir '/sql/include/model.sql'
\i :include
\set ECHO all

SELECT * FROM pg_temp.load(:'document');

SELECT authz.create_resource('system:all');
SELECT authz.create_resource('domain:default', 'system:all'), authz.create_resource('domain:foobar', 'system:all');
SELECT authz.create_resource('project:production', 'domain:foobar'), authz.create_resource('project:staging', 'domain:foobar'), authz.create_resource('project:infra', 'domain:default');
SELECT authz.create_resource('project:eu', 'project:production'), authz.create_resource('project:web', 'project:eu');
SELECT count(authz.grant_role('user:' || u, r, o)) FROM (VALUES
    ('operator@default', 'admin',   'system:all'),
    ('support@default',  'reader',  'system:all'),
    ('nova@default',     'service', 'system:all'),
    ('jsmith@default',   'admin',   'domain:foobar'),
    ('alice@foobar',     'manager', 'domain:foobar'),
    ('jdoe@foobar',      'member',  'domain:foobar'),
    ('helpdesk@default', 'reader',  'domain:foobar'),
    ('lead@foobar',      'admin',   'project:staging'),
    ('dev@foobar',       'member',  'project:staging'),
    ('auditor@foobar',   'reader',  'project:staging'),
    -- Inherited, from a project.
    ('tree@foobar',      'admin',   'project:production')) AS g (u, r, o);
-- Inherited, from a domain.
SELECT authz.grant_role('user:heir@foobar', 'member', 'domain:foobar', role_type => 'project') IS NOT NULL;
SELECT authz.create_team('team:foobar-admins@foobar', 'system:all');
SELECT authz.add_member('system:all', 'user:gina@foobar'), authz.add_member('team:foobar-admins@foobar', 'user:gina@foobar');
SELECT authz.grant_role('team:foobar-admins@foobar', 'admin', 'domain:foobar') IS NOT NULL;

INSERT INTO decisions (subject, permission, resource, expected, source) VALUES
    ('user:operator@default', 'identity:create_domain',         'system:all',         true,  'D, system administrators: create new domains'),
    ('user:operator@default', 'identity:create_service',        'system:all',         true,  'D, system administrators: add or remove services and endpoints'),
    ('user:operator@default', 'identity:create_mapping',        'system:all',         true,  'D, system administrators: add federated mappings'),
    ('user:operator@default', 'identity:update_domain',         'domain:foobar',      true,  'D, system administrators: manage every resource in keystone'),
    ('user:operator@default', 'identity:delete_project',        'project:web',        true,  'D, system administrators: manage every resource in keystone'),
    ('user:support@default',  'identity:list_role_assignments', 'domain:foobar',      true,  'D, system readers: can list role assignments, users, projects, and group memberships'),
    ('user:support@default',  'identity:list_projects',         'domain:default',     true,  'D: reader on the system can list all projects within the deployment'),
    ('user:support@default',  'identity:get_project',           'project:web',        true,  'D, system readers: can view all resources within keystone'),
    ('user:support@default',  'identity:create_domain',         'system:all',         false, 'D: the reader role provides read-only access'),
    ('user:support@default',  'identity:update_project',        'project:web',        false, 'D: the reader role provides read-only access'),
    ('user:nova@default',     'identity:list_users',            'domain:foobar',      false, 'D: the service role will not implicate any of these roles'),
    ('user:jsmith@default',   'identity:create_project',        'domain:foobar',      true,  'D, domain administrators: create new projects and users within their domain'),
    ('user:jsmith@default',   'identity:create_user',           'domain:foobar',      true,  'D, domain administrators: create new projects and users within their domain'),
    ('user:jsmith@default',   'identity:list_role_assignments', 'domain:foobar',      true,  'D, domain administrators: inspect the role assignments'),
    ('user:jsmith@default',   'identity:create_project',        'domain:default',     false, 'D, domain administrators: not resources outside their domain'),
    ('user:jsmith@default',   'identity:create_service',        'system:all',         false, 'D, domain administrators: not system-specific resources'),
    ('user:gina@foobar',      'identity:create_user',           'domain:foobar',      true,  'C: a group role, granted to a domain or project, applies to all users in the group'),
    ('user:alice@foobar',     'identity:create_group',          'domain:foobar',      true,  'D, domain managers: creating new users, projects and groups'),
    ('user:alice@foobar',     'identity:delete_user',           'domain:foobar',      true,  'D, domain managers: as well as updating and deleting them'),
    ('user:alice@foobar',     'identity:update_project',        'project:web',        true,  'D, domain managers: as well as updating and deleting them'),
    ('user:alice@foobar',     'identity:create_grant',          'domain:foobar',      true,  'D, domain managers: assign and revoke roles'),
    ('user:alice@foobar',     'identity:list_users',            'domain:foobar',      true,  'D: the manager role implies member, and member implies reader'),
    ('user:alice@foobar',     'identity:update_domain',         'domain:foobar',      false, 'D, domain managers: cannot change any aspects of the domain itself'),
    ('user:jdoe@foobar',      'identity:get_domain',            'domain:foobar',      true,  'D, domain members: view resources and information about their domain'),
    ('user:jdoe@foobar',      'identity:get_project',           'project:eu',         true,  'D, domain members: view resources and information about their domain'),
    ('user:jdoe@foobar',      'identity:get_project',           'project:infra',      false, 'D, domain members: not information about projects outside their domain'),
    ('user:jdoe@foobar',      'identity:list_services',         'system:all',         false, 'D, domain members: not system-specific information'),
    ('user:jdoe@foobar',      'identity:create_user',           'domain:foobar',      false, 'D: in keystone no distinct advantage to member instead of reader'),
    ('user:helpdesk@default', 'identity:list_projects',         'domain:foobar',      true,  'D: a reader on a domain can only list projects within their domain'),
    ('user:helpdesk@default', 'identity:list_projects',         'domain:default',     false, 'D: a reader on a domain can only list projects within their domain'),
    ('user:lead@foobar',      'identity:get_project',           'project:staging',    true,  'D, project administrators: view information about their projects'),
    ('user:lead@foobar',      'identity:create_project_tag',    'project:staging',    true,  'D, project administrators: set tags on their projects'),
    ('user:lead@foobar',      'identity:list_users',            'domain:foobar',      false, 'D, project administrators: not allowed to view system or domain resources'),
    ('user:lead@foobar',      'identity:create_project_tag',    'project:production', false, 'D: shouldn''t be able to manage things outside the project'),
    ('user:dev@foobar',       'identity:get_limit',             'project:staging',    true,  'D, project members: access resource limits for their project'),
    ('user:dev@foobar',       'identity:create_project_tag',    'project:staging',    false, 'D, project members: can discover information'),
    ('user:auditor@foobar',   'identity:get_project',           'project:staging',    true,  'D, project readers: can discover information about their projects'),
    ('user:auditor@foobar',   'identity:get_project',           'project:production', false, 'D, project readers: not information outside their project'),
    ('user:heir@foobar',      'identity:get_project',           'project:production', true,  'I: applied to the owned projects'),
    ('user:heir@foobar',      'identity:get_project',           'project:web',        true,  'I: applied to the owned projects'),
    ('user:heir@foobar',      'identity:get_domain',            'domain:foobar',      false, 'I: will not appear as a role in a domain scoped token'),
    ('user:heir@foobar',      'identity:get_project',           'project:infra',      false, 'I: projects owned by a domain'),
    ('user:tree@foobar',      'identity:create_project_tag',    'project:web',        true,  'I: anchored to a project and applied to its subtree in the projects hierarchy'),
    ('user:tree@foobar',      'identity:create_project_tag',    'project:staging',    false, 'I: applied to its subtree');
SELECT * FROM pg_temp.decide();

SELECT authz.create_resource('project:mobile', 'project:web'), authz.create_resource('project:lab', 'domain:foobar');
INSERT INTO decisions (subject, permission, resource, expected, source) VALUES
    ('user:tree@foobar', 'identity:create_project_tag', 'project:mobile', true,  'I: both existing and future projects'),
    ('user:heir@foobar', 'identity:get_project',        'project:lab',    true,  'I: both existing and future projects'),
    ('user:tree@foobar', 'identity:get_project',        'project:lab',    false, 'I: applied to its subtree');
SELECT * FROM pg_temp.decide();

-- Domain managers, and what they may assign.
CREATE ROLE regress_authz_web;
GRANT EXECUTE ON FUNCTION authz.create_resource, authz.drop_resource, authz.grant_role, authz.revoke_role TO regress_authz_web;
INSERT INTO acts (subject, command, expected, source) VALUES
    ('user:alice@foobar',   $$grant_role('user:new@foobar', 'member', 'domain:foobar')$$,                        'ok',    'D, domain managers: assign and revoke roles'),
    ('user:alice@foobar',   $$grant_role('user:new@foobar', 'reader', 'project:web')$$,                          'ok',    'D, domain managers: assign and revoke roles'),
    ('user:alice@foobar',   $$grant_role('user:new@foobar', 'manager', 'domain:foobar')$$,                       'ok',    'D, manager: prevents from escalating beyond manager'),
    ('user:alice@foobar',   $$grant_role('user:new@foobar', 'admin', 'domain:foobar')$$,                         '42501', 'D, domain managers: this excludes the admin role'),
    ('user:jsmith@default', $$grant_role('user:new@foobar', 'admin', 'domain:foobar')$$,                         'ok',    'C: a domain administrator can assign roles to users and groups in a domain'),
    ('user:alice@foobar',   $$revoke_role('user:new@foobar', 'admin', 'domain:foobar')$$,                        '42501', 'D, manager: the list of roles to assign and revoke excludes admin'),
    ('user:alice@foobar',   $$grant_role('user:new@foobar', 'reader', 'domain:default')$$,                       '42704', 'D, domain managers: within their domain (another does not exist)'),
    ('user:alice@foobar',   $$create_resource('project:api', 'project:production')$$,                            'ok',    'D, domain managers: creating new users, projects and groups'),
    ('user:jdoe@foobar',    $$create_resource('project:mine', 'domain:foobar')$$,                                '42501', 'D: in keystone no distinct advantage to member instead of reader'),
    ('user:lead@foobar',    $$create_resource('project:below', 'project:staging')$$,                             '42501', 'D, project administrators: view information and set tags'),
    ('user:alice@foobar',   $$drop_resource('project:api')$$,                                                    'ok',    'D, domain managers: as well as updating and deleting them');
SELECT * FROM pg_temp.act();
SELECT count(*) FROM authz.validate();
DROP OWNED BY regress_authz_web;
DROP ROLE regress_authz_web;
