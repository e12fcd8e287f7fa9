-- The management functions, as an administrator uses them.
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never

SELECT count(*) > 0 FROM authz.apply($$ {
    "resource_types": [
        {"name": "organization", "has_members": true, "roles_for": "members", "base_permissions": ["none", "reader"]},
        {"name": "project", "parent": "organization", "roles_for": "anyone", "default_permission": "project.see"},
        {"name": "pipeline", "parent": "project", "exclusive_roles": true}],
    "permissions": [
        {"name": "org.view", "resource_type": "organization"},
        {"name": "org.bill", "resource_type": "organization"},
        {"name": "project.see", "resource_type": "project"},
        {"name": "project.edit", "resource_type": "project"},
        {"name": "project.push", "resource_type": "project", "requires": ["project.edit"]},
        {"name": "pipeline.run", "resource_type": "pipeline"},
        {"name": "pipeline.stop", "resource_type": "pipeline"}],
    "roles": [
        {"name": "owner", "resource_type": "organization", "all_permissions": true, "base_roles": ["project:writer"], "min_holders": 1},
        {"name": "reader", "resource_type": "project", "permissions": ["project.see"]},
        {"name": "writer", "resource_type": "project", "permissions": ["project.edit"], "inherits": "reader"},
        {"name": "runner", "resource_type": "pipeline", "permissions": ["pipeline.run"]},
        {"name": "reader", "resource_type": "pipeline"},
        {"name": "stopper", "resource_type": "pipeline", "permissions": ["pipeline.stop"]}]
} $$);

CREATE VIEW pg_temp.holdings AS
SELECT s.subject, r.name, r.resource_type, o.resource, a.source, a.expires_at::date AS until
FROM authz.assignments AS a
JOIN authz.subjects AS s ON s.id = a.subject_id
JOIN authz.roles AS r ON r.id = a.role_id
JOIN authz.resources AS o ON o.id = a.resource_id
ORDER BY o.resource, s.subject, r.resource_type, r.name, a.source;
CREATE VIEW pg_temp.custom AS
SELECT r.name, r.resource_type, o.resource AS owner, i.name AS inherits,
    (SELECT array_agg(b.resource_type || ':' || l.name ORDER BY b.resource_type)
     FROM authz.role_base_roles AS b JOIN authz.roles AS l ON l.id = b.base_role_id WHERE b.role_id = r.id) AS base_roles,
    (SELECT authz.permission_union(p.permission) FROM authz.role_permissions AS p WHERE p.role_id = r.id) AS permissions,
    r.description
FROM authz.roles AS r
JOIN authz.resources AS o ON o.id = r.owner_id
LEFT JOIN authz.roles AS i ON i.id = r.inherits_id
ORDER BY o.resource, r.resource_type, r.name;

-- Resources -------------------------------------------------------------------
SELECT authz.create_resource('organization:1'), authz.create_resource('organization:2');
SELECT authz.create_resource(resource => 'project:10', parent => 'organization:1');
SELECT authz.create_resource('pipeline:100', 'project:10'), authz.create_resource('pipeline:101', 'project:10');
-- Again is fine, elsewhere is not.
SELECT authz.create_resource('project:10', 'organization:1');
SELECT authz.create_resource('project:10', 'organization:2');
SELECT authz.create_resource('project:10');
\echo :LAST_ERROR_SQLSTATE
-- Unknown, malformed, null.
SELECT authz.create_resource('planet:1');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_resource('project:11', 'organization:9');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_resource('project');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_resource(NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT authz.move_resource('project:11', 'organization:1');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.move_resource(NULL, 'organization:1');
SELECT authz.drop_resource('project:11');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.drop_resource(NULL);
-- The rules are those of the tables.
SELECT authz.create_resource('project:11', 'project:10');
\echo :LAST_ERROR_SQLSTATE

-- Teams and members -------------------------------------------------------------
SELECT authz.create_team('team:eng', 'organization:1');
SELECT authz.create_team(team => 'team:db', organization => 'organization:1', parent => 'team:eng');
SELECT authz.create_team('team:db', 'organization:1', 'team:eng');
SELECT authz.create_team('team:db', 'organization:1');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_team('eng', 'organization:1');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_team('team:eng', 'organization:9');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_team('team:x', 'organization:1', 'team:none');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_team('team:x', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_team(NULL, 'organization:1');
SELECT authz.create_team('team:x', 'project:10');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.add_member('organization:1', 'alice'), authz.add_member('organization:1#member', 'user:bob'),
    authz.add_member(member_of => 'organization:1', member => 'service_account:ci');
SELECT authz.add_member('organization:1', 'user:alice'), authz.add_member('team:db', 'alice'), authz.add_member('team:db', 'alice');
SELECT authz.add_member('team:db', 'stranger');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.add_member('team:none', 'alice');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.add_member('organization:9', 'alice');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.add_member('project:10', 'alice');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.add_member('user:bob', 'alice');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.add_member('team:eng', 'team:db');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.add_member(NULL, 'alice');
SELECT authz.add_member('team:eng', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT authz.move_team('team:db', NULL);
SELECT authz.move_team('team:db', 'team:eng');
SELECT authz.move_team('team:eng', 'team:db');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.move_team('team:none', 'team:db');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.remove_member('team:db', 'alice'), authz.remove_member('team:db', 'alice'), authz.remove_member('team:db', 'nobody');
-- Other names, with everything that hangs on them.
BEGIN;
SELECT authz.add_member('team:db', 'alice'), authz.grant_role('team:db', 'reader', 'project:10') > 0, authz.grant_role('user:alice', 'writer', 'project:10') > 0;
SELECT authz.rename_team('team:db', 'team:databases'), authz.rename_user('alice', 'alice@example.com');
SELECT authz.permissions_on('user:alice', 'project:10'), authz.permissions_on('user:alice@example.com', 'project:10');
SELECT event, object, actor, old, new FROM authz.audit_log WHERE event = 'subject.alter' ORDER BY id;
SELECT count(*) FROM authz.validate();
ROLLBACK;
SELECT authz.permissions_on('user:alice', 'project:10'), authz.permissions_on('user:alice@example.com', 'project:10');
SELECT authz.rename_user('alice', 'bob');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.rename_user('nobody', 'somebody');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.rename_user('alice', 'team:alice');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.rename_user('alice', 'user:*');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.rename_user('team:db', 'team:x');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.rename_user('alice', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT authz.rename_team('team:db', 'team:eng');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.rename_team('alice', 'bob');
\echo :LAST_ERROR_SQLSTATE
-- The name that was meant, and hints that fit.
SELECT authz.revoke_role('alice', 'raeder', 'project:10');
SELECT authz.revoke_role('alice', 'something else', 'project:10');
SELECT authz.grant_role('alice', 'reader', 'projekt:10');
SELECT authz.grant_role('alice', 'reader', 'project:404');
SELECT authz.add_member('team:bd', 'alice');

-- Roles ----------------------------------------------------------------------------
SELECT authz.create_role('Auditor', 'organization', 'organization:1', '{org.view}', description => 'looks') > 0;
SELECT authz.create_role(name => 'Lead', resource_type => 'organization', owner => 'organization:1',
    permissions => '{project.push,org.view,org.view}', base_role => 'writer', description => 'leads') > 0;
SELECT authz.create_role('Stopper 2', 'pipeline', 'project:10', inherits => 'stopper') > 0;
SELECT authz.create_role('Hand', 'project', 'organization:1', '{project.edit}', inherits => 'reader', base_role => 'pipeline:reader') > 0;
SELECT * FROM pg_temp.custom;
-- Predefined.
SELECT authz.create_role('seer', 'project', permissions => '{project.see}') AS seer \gset
SELECT authz.role_id('seer', 'project') = :seer;
SELECT authz.create_role('Auditor', 'organization', 'organization:1');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_role('seer', 'project');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_role('Auditor', 'organization', 'organization:2') > 0;
SELECT authz.create_role('', 'organization', 'organization:1');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_role(NULL, 'organization', 'organization:1');
SELECT authz.create_role(repeat('é', 127) || 'x', 'project', 'organization:1') > 0;
SELECT authz.create_role(repeat('é', 128), 'project', 'organization:1');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_role('x', 'planet', 'organization:1');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_role('x', 'organization', 'organization:9');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_role('x', 'organization', 'organization:1', '{org.viwe,org.view}');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_role('x', 'organization', 'organization:1', '{Org.view}');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_role('x', 'organization', 'organization:1', '{"org view"}');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_role('x', 'organization', 'organization:1', '{org.view,NULL}');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_role('x', 'organization', 'organization:1', inherits => 'writer');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_role('x', 'organization', 'organization:1', base_role => 'owner');
\echo :LAST_ERROR_SQLSTATE
-- Two descendant types have a role of that name.
SELECT authz.create_role('x', 'organization', 'organization:1', base_role => 'reader');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.create_role('x', 'organization', 'organization:1', '{project.edit}');
\echo :LAST_ERROR_SQLSTATE

SELECT authz.role_id('Lead', 'organization', 'organization:1') AS lead, authz.role_id('Hand', 'project', owner => 'organization:1') AS hand \gset
SELECT authz.role_id('Lead', 'organization');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.role_id('writer', 'project', 'organization:1');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.role_id('Lead', 'planet', 'organization:1');
SELECT authz.role_id(NULL, 'project');

SELECT authz.add_permissions(:lead, '{org.bill,org.view}');
SELECT authz.add_permissions(:lead, '{}');
SELECT authz.add_permissions(:lead, NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT authz.add_permissions(:lead, '{org.nothing}');
SELECT authz.add_permissions(NULL, '{org.bill}');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.add_permissions(987654321, '{org.bill}');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.add_permissions(:lead, '{project.edit}');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.remove_permissions(:lead, '{org.bill,project.see}');
SELECT authz.remove_permissions(:lead, '{org.nothing}');
\echo :LAST_ERROR_SQLSTATE
-- push needs edit, which Lead has through writer.
SELECT authz.set_base_role(:lead, 'project:reader');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.set_base_role(:lead, NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT authz.remove_permissions(:lead, '{project.push}');
SELECT authz.set_base_role(:lead, 'project:reader') = authz.role_id('reader', 'project');
SELECT authz.set_base_role(:lead, 'runner') > 0, authz.set_base_role(:lead, 'reader', resource_type => 'pipeline') > 0;
SELECT base_roles FROM pg_temp.custom WHERE name = 'Lead';
SELECT authz.set_base_role(:lead, NULL, resource_type => 'pipeline');
SELECT base_roles FROM pg_temp.custom WHERE name = 'Lead';
SELECT authz.set_base_role(:lead, NULL);
SELECT authz.set_base_role(:lead, 'writer', resource_type => 'planet');
SELECT authz.set_base_role(:lead, 'nothing');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.set_inherits(:lead, 'Auditor');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.remove_permissions(:lead, '{org.view}');
SELECT authz.set_inherits(:lead, 'Auditor') = authz.role_id('Auditor', 'organization', 'organization:1');
SELECT authz.set_inherits(authz.role_id('Auditor', 'organization', 'organization:1'), 'Lead');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.set_inherits(:lead, 'nothing');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.rename_role(:lead, 'Chief'), authz.rename_role(:lead, 'Chief'), authz.describe_role(:lead, NULL);
SELECT authz.rename_role(:lead, 'Auditor');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.rename_role(:lead, 'owner');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.rename_role(:lead, '');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pg_temp.custom WHERE name = 'Chief';

-- Assignments ------------------------------------------------------------------------
SELECT authz.grant_role('alice', 'owner', 'organization:1') = authz.grant_role('user:alice', 'owner', 'organization:1');
SELECT authz.grant_role('bob', 'Chief', 'organization:1') > 0, authz.grant_role('bob', 'Hand', 'project:10') > 0,
    authz.grant_role(subject => 'team:eng', role => 'writer', resource => 'project:10', source => 'github', expires_at => '2999-01-01') > 0,
    authz.grant_role('organization:1#member', 'reader', 'project:10') > 0, authz.grant_role('user:*', 'seer', 'project:10') > 0,
    authz.grant_role('service_account:ci', 'runner', 'organization:1', role_type => 'pipeline') > 0;
-- Each source is kept; again with another expiry is the same assignment with that expiry.
SELECT authz.grant_role('team:eng', 'writer', 'project:10') <> authz.grant_role('team:eng', 'writer', 'project:10', 'github'),
    authz.grant_role('team:eng', 'writer', 'project:10', expires_at => '2998-01-01') = authz.grant_role('team:eng', 'writer', 'project:10', expires_at => '2998-01-01');
-- Where roles are exclusive, the new one replaces the old one of that source.
-- Temporary elevation: one that outlasts the new one stays, and both count.
BEGIN;
SELECT authz.create_resource('pipeline:9', 'project:10');
CREATE VIEW pg_temp.held AS
SELECT r.name, a.expires_at::date AS until FROM authz.assignments AS a JOIN authz.roles AS r ON r.id = a.role_id JOIN authz.resources AS o ON o.id = a.resource_id
WHERE o.resource = 'pipeline:9' ORDER BY a.expires_at, r.name;
SELECT authz.grant_role('alice', 'reader', 'pipeline:9') > 0, authz.grant_role('alice', 'stopper', 'pipeline:9', expires_at => '2998-01-01') > 0;
SELECT * FROM pg_temp.held;
SELECT authz.permissions_on('user:alice', 'pipeline:9');
-- The same role again, for longer: what ends earlier goes, what ends later stays.
SELECT authz.grant_role('alice', 'stopper', 'pipeline:9', expires_at => '2999-01-01') > 0;
SELECT * FROM pg_temp.held;
SELECT authz.grant_role('alice', 'stopper', 'pipeline:9') > 0;
SELECT * FROM pg_temp.held;
-- DML: an expiry that is moved replaces as a grant does; two with the same end in one statement are refused.
SELECT authz.grant_role('alice', 'reader', 'pipeline:9', expires_at => '2998-01-01') > 0;
SELECT * FROM pg_temp.held;
UPDATE authz.assignments AS a SET expires_at = NULL FROM authz.roles AS r, authz.resources AS o WHERE r.id = a.role_id AND o.id = a.resource_id AND o.resource = 'pipeline:9' AND r.name = 'reader';
SELECT * FROM pg_temp.held;
SELECT authz.grant_role('alice', 'stopper', 'pipeline:9', expires_at => '2998-01-01') > 0;
SAVEPOINT s;
UPDATE authz.assignments AS a SET expires_at = '2997-01-01' FROM authz.resources AS o WHERE o.id = a.resource_id AND o.resource = 'pipeline:9';
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO s;
SELECT count(*) FROM authz.validate();
ROLLBACK;
SELECT authz.grant_role('carl', 'runner', 'pipeline:100') > 0, authz.grant_role('carl', 'stopper', 'pipeline:100', 'okta') > 0;
SELECT authz.grant_role('carl', 'Stopper 2', 'pipeline:100') > 0;
SELECT * FROM pg_temp.holdings;
SELECT authz.has_permission('user:bob', 'project.edit', 10), authz.has_permission('service_account:ci', 'pipeline.run', 101),
    authz.has_permission('user:carl', 'pipeline.run', 100), authz.has_permission('user:carl', 'pipeline.stop', 100);
SELECT authz.grant_role('alice', 'writer', 'organization:1');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.grant_role('alice', 'Auditor', 'project:10');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.grant_role('alice', 'owner', 'project:10', role_type => 'organization');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.grant_role('alice', 'Stopper 2', 'pipeline:101', role_type => 'planet');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.grant_role('alice', 'nothing', 'project:10');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.grant_role('alice', NULL, 'project:10');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.grant_role(NULL, 'reader', 'project:10');
SELECT authz.grant_role('alice', 'reader', NULL);
SELECT authz.grant_role('alice', 'reader', 'project:99');
SELECT authz.grant_role('team:none', 'reader', 'project:10');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.grant_role('user:', 'reader', 'project:10');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.grant_role('alice', 'reader', 'project:10', source => 'No Source');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.grant_role('alice', 'reader', 'project:10', source => NULL);
\echo :LAST_ERROR_SQLSTATE
-- A time that has passed is refused; a row may have one.
SELECT authz.grant_role('visitor', 'writer', 'project:10', expires_at => now());
\echo :LAST_ERROR_SQLSTATE
BEGIN;
SELECT authz.grant_role('visitor', 'writer', 'project:10', expires_at => 'infinity') > 0, authz.has_permission('user:visitor', 'project.edit', 10);
UPDATE authz.assignments SET expires_at = '2000-01-01' WHERE expires_at = 'infinity';
SELECT authz.has_permission('user:visitor', 'project.edit', 10);
SELECT authz.grant_role('visitor', 'writer', 'project:10', expires_at => '-infinity');
ROLLBACK;
SELECT authz.grant_role('organization:1#member', 'writer', 'organization:1', 'base_permission', role_type => 'project');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.grant_role('stranger', 'Auditor', 'organization:1');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM authz.subjects WHERE subject = 'user:stranger';
-- The nearest custom role of that name.
SELECT authz.create_role('Hand', 'project', 'project:10', '{project.push}', inherits => 'writer') > 0;
SELECT authz.create_role('Own', 'project', 'project:10', '{project.push}', inherits => 'writer') > 0;
SELECT authz.grant_role('dora', 'Own', 'project:10') > 0;
SELECT authz.has_permission('user:dora', 'project.push', 10), authz.has_permission('user:bob', 'project.push', 10);
-- What is seen from the resource; also to revoke.
SELECT authz.revoke_role('bob', 'Own', 'project:10'), authz.revoke_role('dora', 'Own', 'project:10');
SELECT authz.drop_role(authz.role_id('Own', 'project', 'project:10')), authz.revoke_role('bob', 'Hand', 'project:10');
SELECT authz.revoke_role('team:eng', 'writer', 'project:10', 'github'), authz.revoke_role('team:eng', 'writer', 'project:10', source => 'github');
SELECT authz.revoke_role('nobody', 'writer', 'project:10'), authz.revoke_role('service_account:ci', 'runner', 'organization:1', role_type => 'pipeline');
SELECT authz.revoke_role('team:none', 'writer', 'project:10');
SELECT authz.revoke_role('bob', 'nothing', 'project:10');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.revoke_role('bob', 'reader', 'project:99');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.revoke_role(NULL, 'reader', 'project:10');
SELECT authz.revoke_role('alice', 'owner', 'organization:1');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM pg_temp.holdings;

-- Base permissions.
SELECT authz.set_base_permission('organization:1', 'project:reader') > 0;
SELECT authz.set_base_permission('organization:1', 'runner');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.set_base_permission('organization:1', 'writer');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.set_base_permission('project:10', 'runner');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.set_base_permission('organization:1', 'reader') > 0;
SELECT authz.set_base_permission('organization:1', 'nothing');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.set_base_permission('organization:9', 'reader');
\echo :LAST_ERROR_SQLSTATE
SELECT subject, name, resource_type, resource FROM pg_temp.holdings WHERE source = 'base_permission';
SELECT authz.has_permission('user:alice', 'project.see', 10), authz.has_permission('user:carl', 'project.see', 10);
SELECT authz.set_base_permission('organization:1', NULL), authz.set_base_permission('organization:1', 'none');
SELECT count(*) FROM pg_temp.holdings WHERE source = 'base_permission';

-- Lists.
SELECT name, owner, inherits, base_roles, permissions, description FROM authz.list_roles('organization:1') WHERE length(name) < 99;
SELECT name, owner, inherits, base_roles, permissions, description FROM authz.list_roles('project:10') WHERE length(name) < 99;
SELECT name, owner FROM authz.list_roles('project:10', resource_type => 'pipeline');
SELECT count(*) FROM authz.list_roles('project:10', 'planet');
SELECT count(*) FROM authz.list_roles('project:99');
SELECT count(*) FROM authz.list_roles(NULL);
SELECT subject, role, source, granted_by, expires_at::date FROM authz.list_assignments('project:10');
SELECT subject, role FROM authz.list_assignments('organization:1', role_type => 'project');
SELECT count(*) FROM authz.list_assignments('project:99');

-- Dropping roles -------------------------------------------------------------------------
SELECT authz.drop_role(authz.role_id('Auditor', 'organization', 'organization:1'));
\echo :LAST_ERROR_SQLSTATE
SELECT authz.drop_role(:lead);
\echo :LAST_ERROR_SQLSTATE
SELECT authz.drop_role(authz.role_id('Auditor', 'organization', 'organization:1'), cascade => true);
\echo :LAST_ERROR_SQLSTATE
SELECT authz.drop_role(:lead, cascade => true);
\set VERBOSITY sqlstate
SELECT authz.drop_role(:lead);
\set VERBOSITY default
SELECT authz.drop_role(NULL);
-- Holders fall back to the role that it was built on; who has that already keeps the longer time.
SELECT authz.grant_role('p', 'Hand', 'project:10') > 0, authz.grant_role('q', 'Hand', 'project:10', expires_at => '2999-01-01') > 0,
    authz.grant_role('q', 'reader', 'project:10', expires_at => '2998-01-01') > 0,
    authz.grant_role('r', 'Hand', 'project:10', expires_at => '2998-01-01') > 0, authz.grant_role('r', 'reader', 'project:10') > 0,
    authz.grant_role('s', 'Hand', 'project:10') > 0, authz.grant_role('s', 'reader', 'project:10', expires_at => '2998-01-01') > 0;
SELECT authz.drop_role(:hand, reassign_to => 'Hand');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.drop_role(:hand, reassign_to => 'nothing');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.drop_role(:hand, reassign_to => 'reader');
SELECT * FROM pg_temp.holdings WHERE resource = 'project:10';
SELECT authz.drop_role(authz.role_id('owner', 'organization'), cascade => true);
\echo :LAST_ERROR_SQLSTATE
SELECT name FROM pg_temp.custom;

-- Leaving ------------------------------------------------------------------------------------
SELECT authz.add_member('organization:2', 'bob'), authz.grant_role('bob', 'Auditor', 'organization:2') > 0,
    authz.grant_role('bob', 'writer', 'project:10') > 0, authz.add_member('team:db', 'bob');
SELECT authz.remove_member('organization:1', 'bob'), authz.remove_member('organization:1', 'bob');
SELECT * FROM pg_temp.holdings WHERE subject = 'user:bob';
SELECT authz.drop_user('bob'), authz.drop_user('user:bob');
SELECT authz.drop_user('alice');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.drop_user('team:eng');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.drop_user('user:*');
SELECT authz.drop_user(NULL);
SELECT authz.move_resource('project:10', 'organization:2');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.revoke_role('organization:1#member', 'reader', 'project:10'), authz.revoke_role('team:eng', 'writer', 'project:10');
SELECT authz.move_resource('project:10', 'organization:2'), authz.move_resource('project:10', 'organization:2');
SELECT authz.drop_team('team:eng');
SELECT subject FROM authz.subjects WHERE authz.subject_kind(subject) = 'team';
SELECT authz.drop_team('team:eng');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.drop_resource('organization:1'), authz.drop_resource('organization:2');
SELECT * FROM pg_temp.holdings;
SELECT count(*) FROM authz.resources;
