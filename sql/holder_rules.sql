-- Who may hold what: the rules of resources, subjects, memberships and
-- assignments, against plain DML.
\i sql/include/fresh.sql
\i sql/include/rules.sql

INSERT INTO authz.resource_types (name, parent, has_members, roles_for, exclusive_roles) VALUES
    ('enterprise', NULL, true, 'members', false), ('organization', 'enterprise', true, 'members', false),
    ('project', 'organization', false, 'members', true), ('repository', 'organization', false, 'anyone', true),
    ('folder', NULL, false, 'members', false);
INSERT INTO authz.roles (name, resource_type, min_holders) VALUES
    ('owner', 'organization', 1), ('billing', 'organization', 0), ('developer', 'project', 0), ('tester', 'project', 0),
    ('read', 'repository', 0), ('write', 'repository', 0), ('auditor', 'enterprise', 0), ('reader', 'folder', 0), ('pair', 'project', 2);
INSERT INTO authz.resources (resource) VALUES ('organization:7'), ('organization:8'), ('folder:1'), ('enterprise:1');
INSERT INTO authz.resources (resource, parent_id) VALUES
    ('project:70', pg_temp.res('organization:7')), ('project:71', pg_temp.res('organization:7')), ('repository:70', pg_temp.res('organization:7')),
    ('project:80', pg_temp.res('organization:8')), ('repository:80', pg_temp.res('organization:8'));
INSERT INTO authz.roles (name, resource_type, owner_id) VALUES ('deployer', 'project', pg_temp.res('organization:7')), ('local', 'project', pg_temp.res('project:70'));
INSERT INTO authz.subjects (subject) VALUES ('alice'), ('bob'), ('carol'), ('mallory'), ('user:*'), ('service_account:ci');

-- Resources: a parent of the parent type of their type, or none.
SELECT pg_temp.try('INSERT INTO authz.resources (resource) VALUES (''starship:1'')');
SELECT pg_temp.try('INSERT INTO authz.resources (resource) VALUES (''project:99'')');
SELECT pg_temp.try(format('INSERT INTO authz.resources (resource, parent_id) VALUES (''project:98'', %s)', pg_temp.res('project:70')));
SELECT pg_temp.try(format('INSERT INTO authz.resources (resource, parent_id) VALUES (''project:98'', %s)', pg_temp.res('enterprise:1')));
SELECT pg_temp.try(format('INSERT INTO authz.resources (resource, parent_id) VALUES (''enterprise:2'', %s)', pg_temp.res('enterprise:1')));
SELECT pg_temp.try(format('UPDATE authz.resources SET parent_id = %s WHERE resource = ''project:99''', pg_temp.res('folder:1')));
SELECT pg_temp.try('UPDATE authz.resources SET parent_id = id WHERE resource = ''project:99''');
SELECT pg_temp.try('UPDATE authz.resources SET parent_id = -1 WHERE resource = ''project:99''');
SELECT pg_temp.try('UPDATE authz.resources SET resource = ''repository:99'' WHERE resource = ''project:99''');
SELECT pg_temp.try('UPDATE authz.resources SET resource = ''project:97'' WHERE resource = ''project:99''');

-- One bad row among many is found.
SELECT pg_temp.try(format('INSERT INTO authz.resources (resource, parent_id) SELECT ''project:b'' || n, CASE n WHEN 1500 THEN -1 ELSE %s END FROM generate_series(1, 2000) n', pg_temp.res('organization:7')));
SELECT pg_temp.try(format('INSERT INTO authz.resources (resource, parent_id) SELECT ''project:b'' || n, CASE n WHEN 1500 THEN %s ELSE %s END FROM generate_series(1, 2000) n', pg_temp.res('folder:1'), pg_temp.res('organization:7')));
SELECT pg_temp.try('INSERT INTO authz.resources (resource) SELECT CASE n WHEN 1500 THEN ''starship:b'' ELSE ''folder:b'' END || n FROM generate_series(1, 2000) n');
SELECT pg_temp.try(format('INSERT INTO authz.resources (resource, parent_id) SELECT CASE n WHEN 1500 THEN ''pipeline:b'' ELSE ''project:b'' END || n, %s FROM generate_series(1, 2000) n', pg_temp.res('organization:7')));
-- Parent and child in one statement.
SELECT pg_temp.try('INSERT INTO authz.resources (id, resource, parent_id) VALUES (900002, ''project:b2'', 900001), (900001, ''organization:b1'', NULL)');
DELETE FROM authz.resources WHERE id = 900001;

-- Subjects: users have no home; teams and member sets have one with members.
SELECT pg_temp.try(format('INSERT INTO authz.subjects (subject, resource_id) VALUES (''dave'', %s)', pg_temp.res('organization:7')));
SELECT pg_temp.try(format('INSERT INTO authz.subjects (subject, resource_id) VALUES (''service_account:x'', %s)', pg_temp.res('organization:7')));
SELECT pg_temp.try('INSERT INTO authz.subjects (subject) VALUES (''team:eng'')');
SELECT pg_temp.try(format('INSERT INTO authz.subjects (subject, resource_id) VALUES (''team:eng'', %s)', pg_temp.res('project:70')));
SELECT pg_temp.try(format('INSERT INTO authz.subjects (subject, resource_id) VALUES (''organization:7#member'', %s)', pg_temp.res('organization:8')));
SELECT pg_temp.try(format('INSERT INTO authz.subjects (subject, resource_id) VALUES (''project:70#member'', %s)', pg_temp.res('project:70')));
SELECT pg_temp.try('INSERT INTO authz.subjects (subject) VALUES (''organization:7#member'')');
INSERT INTO authz.subjects (subject, resource_id) VALUES
    ('organization:7#member', pg_temp.res('organization:7')), ('organization:8#member', pg_temp.res('organization:8')),
    ('enterprise:1#member', pg_temp.res('enterprise:1')),
    ('team:eng', pg_temp.res('organization:7')), ('team:ops', pg_temp.res('organization:7')), ('team:other', pg_temp.res('organization:8'));
SELECT pg_temp.try('UPDATE authz.subjects SET subject = ''user:eng'' WHERE subject = ''team:eng''');
SELECT pg_temp.try('UPDATE authz.subjects SET subject = ''team:ops'' WHERE subject = ''team:eng''');
-- A name may change within its kind.
BEGIN;
SELECT pg_temp.try('UPDATE authz.subjects SET subject = ''team:engineering'' WHERE subject = ''team:eng''');
ROLLBACK;
SELECT pg_temp.try('UPDATE authz.subjects SET subject = ''organization:9#member'' WHERE subject = ''organization:7#member''');
SELECT pg_temp.try(format('UPDATE authz.subjects SET resource_id = %s WHERE subject = ''team:eng''', pg_temp.res('organization:8')));

-- A tree of teams: one parent, of the same organization, no cycle.
CREATE FUNCTION pg_temp.move_dml(team text, parent text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try(format('UPDATE authz.subjects SET parent_id = %L WHERE id = %s', pg_temp.sub(parent), pg_temp.sub(team)))
$$;
SELECT pg_temp.move_dml('team:ops', 'team:eng');
SELECT pg_temp.move_dml('team:eng', 'team:ops');
SELECT pg_temp.move_dml('team:eng', 'team:eng');
SELECT pg_temp.move_dml('team:other', 'team:eng');
SELECT pg_temp.move_dml('alice', 'team:eng');
SELECT pg_temp.move_dml('team:eng', 'alice');
SELECT pg_temp.move_dml('team:eng', 'organization:7#member');
SELECT pg_temp.try(format('INSERT INTO authz.subjects (id, subject, resource_id, parent_id) VALUES (1001, ''team:a'', %1$s, 1002), (1002, ''team:b'', %1$s, 1001)', pg_temp.res('organization:7')));

-- Memberships: people in teams and member lists; team members are members.
CREATE FUNCTION pg_temp.join_dml(grp text, member text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try(format('INSERT INTO authz.memberships VALUES (%s, %s)', pg_temp.sub(grp), pg_temp.sub(member)))
$$;
SELECT pg_temp.join_dml('team:eng', 'alice');
SELECT pg_temp.join_dml('organization:7#member', 'alice');
SELECT pg_temp.join_dml('team:eng', 'alice');
SELECT pg_temp.join_dml('team:eng', 'alice');
SELECT pg_temp.join_dml('team:other', 'alice');
SELECT pg_temp.join_dml('alice', 'bob');
SELECT pg_temp.join_dml('team:eng', 'team:ops');
SELECT pg_temp.join_dml('organization:7#member', 'team:eng');
SELECT pg_temp.join_dml('organization:7#member', 'organization:8#member');
SELECT pg_temp.join_dml('organization:7#member', 'user:*');
SELECT pg_temp.join_dml('organization:7#member', 'service_account:ci');
SELECT pg_temp.join_dml('team:ops', 'service_account:ci');
-- Also both in one statement.
SELECT pg_temp.try(format('INSERT INTO authz.memberships VALUES (%s, %s), (%s, %2$s)', pg_temp.sub('team:ops'), pg_temp.sub('bob'), pg_temp.sub('organization:7#member')));
SELECT pg_temp.try('UPDATE authz.resource_types SET has_members = false WHERE name = ''organization''');

-- Assignments: where the role counts.
SELECT pg_temp.grant_dml('alice', 'developer', 'project:70');
SELECT pg_temp.grant_dml('alice', 'developer', 'organization:7');
SELECT pg_temp.grant_dml('alice', 'developer', 'repository:70');
SELECT pg_temp.grant_dml('alice', 'owner', 'project:70');
SELECT pg_temp.grant_dml('alice', 'owner', 'organization:7');
-- Custom roles beneath their owner only.
SELECT pg_temp.grant_dml('bob', 'organization:7/deployer', 'project:70');
SELECT pg_temp.grant_dml('bob', 'organization:7/deployer', 'organization:7');
SELECT pg_temp.grant_dml('bob', 'project:70/local', 'project:70');
SELECT pg_temp.grant_dml('bob', 'project:70/local', 'project:71');
SELECT pg_temp.grant_dml('bob', 'project:70/local', 'organization:7');
-- Members only, and anyone.
SELECT pg_temp.grant_dml('mallory', 'developer', 'project:70');
SELECT pg_temp.grant_dml('mallory', 'billing', 'organization:7');
SELECT pg_temp.grant_dml('mallory', 'write', 'repository:70');
SELECT pg_temp.grant_dml('mallory', 'write', 'organization:7');
SELECT pg_temp.grant_dml('user:*', 'read', 'repository:70');
SELECT pg_temp.grant_dml('user:*', 'developer', 'project:70');
SELECT pg_temp.grant_dml('alice', 'developer', 'project:80');
SELECT pg_temp.grant_dml('alice', 'developer', 'project:97');
SELECT pg_temp.grant_dml('alice', 'reader', 'folder:1');
SELECT pg_temp.grant_dml('service_account:ci', 'tester', 'project:70');
-- Of nested member lists the nearest one counts.
SELECT pg_temp.try(format('UPDATE authz.resources SET parent_id = %s WHERE resource IN (''organization:7'', ''organization:8'')', pg_temp.res('enterprise:1')));
SELECT pg_temp.join_dml('enterprise:1#member', 'carol');
SELECT pg_temp.grant_dml('carol', 'developer', 'project:70');
SELECT pg_temp.grant_dml('carol', 'auditor', 'enterprise:1');
SELECT pg_temp.grant_dml('carol', 'developer', 'enterprise:1');
-- Groups under their own organization only.
SELECT pg_temp.grant_dml('team:eng', 'developer', 'project:70');
SELECT pg_temp.grant_dml('team:eng', 'write', 'repository:70');
SELECT pg_temp.grant_dml('team:eng', 'developer', 'project:80');
SELECT pg_temp.grant_dml('team:eng', 'auditor', 'enterprise:1');
SELECT pg_temp.grant_dml('team:eng', 'owner', 'organization:7');
SELECT pg_temp.grant_dml('organization:7#member', 'read', 'repository:70');
SELECT pg_temp.grant_dml('organization:7#member', 'read', 'repository:80');

-- A base permission: the names that the type allows, of roles of its child types.
CREATE FUNCTION pg_temp.allow(names text[]) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try(format('UPDATE authz.resource_types SET base_permissions = %L WHERE name = ''organization''', names))
$$;
SELECT pg_temp.grant_dml('organization:7#member', 'read', 'organization:7', 'base_permission');
SELECT pg_temp.allow('{none,nothing}');
SELECT pg_temp.allow('{none,deployer}');
SELECT pg_temp.allow('{none,auditor}');
SELECT pg_temp.allow('{none,billing}');
SELECT pg_temp.allow('{none,read,read}');
SELECT pg_temp.allow('{none,NULL}');
SELECT pg_temp.allow('{none,read,tester}');
SELECT pg_temp.grant_dml('organization:7#member', 'write', 'organization:7', 'base_permission');
SELECT pg_temp.grant_dml('organization:7#member', 'read', 'organization:7', 'base_permission');
SELECT pg_temp.grant_dml('organization:7#member', 'tester', 'organization:7', 'base_permission');
-- For the members of the resource itself, and nobody else.
SELECT pg_temp.grant_dml('organization:7#member', 'read', 'repository:70', 'base_permission');
SELECT pg_temp.grant_dml('team:eng', 'read', 'organization:7', 'base_permission');
SELECT pg_temp.grant_dml('mallory', 'read', 'repository:70', 'base_permission');
SELECT pg_temp.grant_dml('user:*', 'read', 'organization:7', 'base_permission');
SELECT pg_temp.try('UPDATE authz.assignments SET source = ''base_permission'' WHERE source = ''manual'' AND subject_id = ' || pg_temp.sub('team:eng'));
-- Also by COPY.
INSERT INTO authz.resources (id, resource) VALUES (900001, 'organization:9');
INSERT INTO authz.subjects (id, subject, resource_id) VALUES (900001, 'organization:9#member', 900001);
INSERT INTO authz.roles (id, name, resource_type) VALUES (900001, 'observer', 'repository');
COPY authz.assignments (subject_id, role_id, resource_id, source) FROM stdin;
900001	900001	900001	base_permission
\.
DELETE FROM authz.roles WHERE name = 'observer';
DELETE FROM authz.resources WHERE resource = 'organization:9';
-- One for each child type: a new one takes the place of the old one.
SELECT pg_temp.allow('{none,read,write,tester}');
SELECT pg_temp.grant_dml('organization:7#member', 'write', 'organization:7', 'base_permission');
SELECT h FROM pg_temp.holdings() h WHERE h LIKE '%base_permission';
-- A tenant's role is none, though it may have the name of a predefined role of another child type.
INSERT INTO authz.roles (name, resource_type, owner_id) VALUES ('read', 'project', pg_temp.res('organization:7'));
SELECT pg_temp.grant_dml('organization:7#member', 'organization:7/read', 'organization:7', 'base_permission');
DELETE FROM authz.roles WHERE name = 'read' AND resource_type = 'project';
SELECT pg_temp.try(format('INSERT INTO authz.assignments (subject_id, role_id, resource_id, source) VALUES (%1$s, %2$s, %4$s, %5$L), (%1$s, %3$s, %4$s, %5$L)',
    pg_temp.sub('organization:8#member'), pg_temp.role('read'), pg_temp.role('write'), pg_temp.res('organization:8'), 'base_permission'));
-- What is in use is not taken from the list, nor given another name, nor dropped.
SELECT pg_temp.allow('{none,read,tester}');
SELECT pg_temp.allow(NULL);
SELECT pg_temp.try('UPDATE authz.roles SET name = ''writer'' WHERE name = ''write''');
SELECT pg_temp.try('UPDATE authz.roles SET name = ''reader2'' WHERE name = ''read'' AND owner_id IS NULL');
SELECT pg_temp.try('DELETE FROM authz.assignments WHERE source = ''base_permission''');
SELECT pg_temp.try('DELETE FROM authz.roles WHERE id = ' || pg_temp.role('read'));
SELECT pg_temp.try('UPDATE authz.resource_types SET parent = ''enterprise'' WHERE name = ''project''');
SELECT pg_temp.allow(NULL);

-- Exclusive roles: a new one takes the place of the old one of that source.
SELECT pg_temp.grant_dml('alice', 'tester', 'project:70');
SELECT pg_temp.grant_dml('alice', 'developer', 'project:70', 'github');
SELECT pg_temp.grant_dml('alice', 'tester', 'project:70', 'github');
SELECT pg_temp.grant_dml('alice', 'tester', 'project:70');
SELECT pg_temp.grant_dml('alice', 'billing', 'organization:7');
SELECT pg_temp.try(format('UPDATE authz.assignments SET role_id = %s WHERE role_id = %s AND source = ''github''', pg_temp.role('developer'), pg_temp.role('tester')));
SELECT pg_temp.try(format('UPDATE authz.assignments SET source = ''manual'' WHERE source = ''github'' AND subject_id = %s', pg_temp.sub('alice')));
SELECT pg_temp.try(format('INSERT INTO authz.assignments (subject_id, role_id, resource_id) VALUES (%1$s, %2$s, %4$s), (%1$s, %3$s, %4$s)',
    pg_temp.sub('bob'), pg_temp.role('read'), pg_temp.role('write'), pg_temp.res('repository:70')));
SELECT h FROM pg_temp.holdings() h WHERE h LIKE 'user:alice%';
-- Not where there are two already.
SELECT pg_temp.try('UPDATE authz.resource_types SET exclusive_roles = true WHERE name = ''organization''');
-- The members of a resource must have a name among the subjects.
SELECT pg_temp.try('INSERT INTO authz.resource_types (name, has_members) VALUES (''team'', true)');
INSERT INTO authz.resource_types (name) VALUES ('team');
DELETE FROM authz.resource_types WHERE name = 'team';
-- A type may become stricter only as far as its holders allow.
SELECT pg_temp.try('UPDATE authz.resource_types SET nested_teams = false WHERE name = ''organization''');
SELECT pg_temp.try('UPDATE authz.resource_types SET roles_for = ''members'' WHERE name = ''repository''');

-- The last holder stays, by any path.
SELECT pg_temp.try('DELETE FROM authz.assignments WHERE role_id = pg_temp.role(''owner'') AND subject_id = pg_temp.sub(''alice'')');
SELECT pg_temp.try('UPDATE authz.assignments SET role_id = pg_temp.role(''billing''), source = ''x'' WHERE role_id = pg_temp.role(''owner'') AND subject_id = pg_temp.sub(''alice'')');
SELECT pg_temp.try('UPDATE authz.assignments SET subject_id = pg_temp.sub(''service_account:ci'') WHERE role_id = pg_temp.role(''owner'') AND subject_id = pg_temp.sub(''alice'')');
SELECT pg_temp.try('UPDATE authz.assignments SET expires_at = ''yesterday'' WHERE role_id = pg_temp.role(''owner'') AND subject_id = pg_temp.sub(''alice'')');
SELECT pg_temp.try('UPDATE authz.assignments SET expires_at = ''2999-01-01'' WHERE role_id = pg_temp.role(''owner'') AND subject_id = pg_temp.sub(''alice'')');
SELECT pg_temp.try('DELETE FROM authz.memberships WHERE member_id = pg_temp.sub(''alice'') AND group_id = pg_temp.sub(''organization:7#member'')');
SELECT pg_temp.try('DELETE FROM authz.subjects WHERE subject = ''alice''');
SELECT pg_temp.try('DELETE FROM authz.subjects WHERE subject = ''organization:7#member''');
SELECT pg_temp.try('DELETE FROM authz.assignments');
-- Teams, service accounts, and holders who will not stay do not count ...
SELECT pg_temp.grant_dml('service_account:ci', 'owner', 'organization:7');
SELECT pg_temp.grant_dml('bob', 'owner', 'organization:7', 'manual', '2999-01-01');
SELECT pg_temp.grant_dml('bob', 'owner', 'organization:7', 'okta', '2001-01-01');
SELECT pg_temp.try('DELETE FROM authz.assignments WHERE role_id = pg_temp.role(''owner'') AND subject_id = pg_temp.sub(''alice'')');
-- ... and may go; the same user twice is one holder.
SELECT pg_temp.try('DELETE FROM authz.assignments WHERE role_id = pg_temp.role(''owner'') AND subject_id <> pg_temp.sub(''alice'')');
SELECT pg_temp.grant_dml('alice', 'owner', 'organization:7', 'okta');
SELECT pg_temp.try('DELETE FROM authz.assignments WHERE role_id = pg_temp.role(''owner'') AND source = ''okta''');
SELECT pg_temp.grant_dml('bob', 'owner', 'organization:7');
SELECT pg_temp.try('UPDATE authz.assignments SET expires_at = ''2999-01-01'' WHERE role_id = pg_temp.role(''owner'') AND subject_id = pg_temp.sub(''bob'')');
SELECT pg_temp.try('UPDATE authz.assignments SET expires_at = NULL WHERE role_id = pg_temp.role(''owner'') AND subject_id = pg_temp.sub(''bob'')');
SELECT pg_temp.try('DELETE FROM authz.assignments WHERE role_id = pg_temp.role(''owner'') AND subject_id = pg_temp.sub(''alice'')');
-- The very last one who holds it for a time only stays, too.
SELECT pg_temp.join_dml('organization:8#member', 'carol');
SELECT pg_temp.grant_dml('carol', 'owner', 'organization:8', 'manual', '2999-01-01');
SELECT pg_temp.try('DELETE FROM authz.assignments WHERE subject_id = pg_temp.sub(''carol'') AND resource_id = pg_temp.res(''organization:8'')');
-- Two at least: they come one by one, then none goes; replaced by another is fine.
SELECT pg_temp.grant_dml('alice', 'pair', 'project:71');
SELECT pg_temp.grant_dml('bob', 'pair', 'project:71');
SELECT pg_temp.try('DELETE FROM authz.assignments WHERE role_id = pg_temp.role(''pair'') AND subject_id = pg_temp.sub(''bob'')');
SELECT pg_temp.grant_dml('bob', 'tester', 'project:71');
SELECT pg_temp.join_dml('organization:7#member', 'carol');
SELECT pg_temp.try('UPDATE authz.assignments SET subject_id = pg_temp.sub(''carol'') WHERE role_id = pg_temp.role(''pair'') AND subject_id = pg_temp.sub(''bob'')');
-- A role that keeps nobody any more lets everybody go.
UPDATE authz.roles SET min_holders = 0 WHERE name = 'pair';
SELECT pg_temp.try('DELETE FROM authz.assignments WHERE role_id = pg_temp.role(''pair'')');

-- Moving a resource: everything beneath must be right at the new place.
CREATE FUNCTION pg_temp.move_resource_dml(resource text, parent text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try(format('UPDATE authz.resources SET parent_id = %L WHERE id = %s', pg_temp.res(parent), pg_temp.res(resource)))
$$;
SELECT pg_temp.holdings();
SELECT pg_temp.move_resource_dml('project:70', 'organization:8');
DELETE FROM authz.assignments WHERE resource_id = pg_temp.res('project:70') AND role_id = pg_temp.role('organization:7/deployer');
SELECT pg_temp.move_resource_dml('project:70', 'organization:8');
DELETE FROM authz.assignments WHERE resource_id = pg_temp.res('project:70') AND subject_id IN (pg_temp.sub('alice'), pg_temp.sub('bob'), pg_temp.sub('service_account:ci'));
SELECT pg_temp.move_resource_dml('project:70', 'organization:8');
DELETE FROM authz.assignments WHERE resource_id = pg_temp.res('project:70') AND subject_id = pg_temp.sub('team:eng');
SELECT pg_temp.move_resource_dml('project:70', 'organization:8');
SELECT pg_temp.move_resource_dml('organization:7', NULL);

-- COPY is no other way in.
\set SHOW_CONTEXT never
SELECT format('printf "%s\t%s\t%s\n"', pg_temp.sub('mallory'), pg_temp.role('billing'), pg_temp.res('organization:7')) AS program \gset
COPY authz.assignments (subject_id, role_id, resource_id) FROM PROGRAM :'program';
\echo :LAST_ERROR_SQLSTATE

SELECT * FROM authz.validate();
-- It also tells where a type is missing that everything refers to.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE authz.resource_types SET parent = 'nothing' WHERE name = 'project';
SELECT rule, message FROM authz.validate() ORDER BY rule COLLATE "C", message COLLATE "C";
DELETE FROM authz.resource_types WHERE name = 'project';
SELECT rule, message FROM authz.validate() ORDER BY rule COLLATE "C", message COLLATE "C";
ROLLBACK;

-- A ring of teams, which only a broken restore can bring, is told and hangs nobody.
BEGIN;
INSERT INTO authz.permissions (name, resource_type) VALUES ('repository.pull', 'repository');
INSERT INTO authz.role_permissions (role_id, permission) VALUES (pg_temp.role('read'), 'repository.pull');
SELECT authz.grant_role('team:eng', 'read', 'repository:70') IS NOT NULL AS granted;
SET LOCAL session_replication_role = replica;
UPDATE authz.subjects SET parent_id = pg_temp.sub('team:ops') WHERE subject = 'team:eng';
UPDATE authz.subjects SET parent_id = pg_temp.sub('team:eng') WHERE subject = 'team:ops';
SELECT rule, message FROM authz.validate() ORDER BY rule COLLATE "C", message COLLATE "C";
SELECT count(*) AS listed, bool_and(authz.has_permission(s, 'repository.pull', 70)) AS permitted FROM authz.list_subjects('repository.pull', 'repository:70') AS s;
ROLLBACK;

-- Ids never change, in any table that has one.
SELECT pg_temp.try('INSERT INTO authz.tracked_tables (table_schema, table_name, resource_type, id_column) VALUES (''public'', ''t'', ''project'', ''id'')');
SELECT c.relname, pg_temp.try(format('UPDATE authz.%I SET id = id + 1000000 WHERE id = (SELECT max(id) FROM authz.%1$I)', c.relname))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'authz'::regnamespace AND c.relkind = 'r' AND a.attname = 'id'
ORDER BY c.relname;
