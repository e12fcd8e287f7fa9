-- What a removal takes along, with plain DML.
\i sql/include/fresh.sql
\i sql/include/rules.sql

INSERT INTO authz.resource_types (name, parent, has_members, roles_for) VALUES
    ('enterprise', NULL, true, 'members'), ('organization', 'enterprise', true, 'members'), ('project', 'organization', false, 'anyone'), ('pipeline', 'project', false, 'anyone');
INSERT INTO authz.permissions (name, resource_type) VALUES ('project.view', 'project'), ('project.edit', 'project');
INSERT INTO authz.roles (name, resource_type, min_holders) VALUES
    ('owner', 'organization', 1), ('head', 'enterprise', 1), ('lead', 'project', 1), ('reader', 'project', 0), ('runner', 'pipeline', 0);
UPDATE authz.resource_types SET base_permissions = '{none,reader}' WHERE name = 'organization';

-- An organization with everything, twice, under one enterprise.
CREATE FUNCTION pg_temp.populate(n text) RETURNS void LANGUAGE sql AS $$
    INSERT INTO authz.resources (resource, parent_id) VALUES (('organization:' || n)::text::authz.resource, pg_temp.res('enterprise:1'));
    INSERT INTO authz.resources (resource, parent_id)
    SELECT ('project:' || n || i)::text::authz.resource, pg_temp.res('organization:' || n) FROM generate_series(0, 1) i;
    INSERT INTO authz.resources (resource, parent_id) VALUES (('pipeline:' || n)::text::authz.resource, pg_temp.res('project:' || n || '0'));
    INSERT INTO authz.subjects (subject, resource_id) VALUES
        (('organization:' || n || '#member')::text::authz.subject, pg_temp.res('organization:' || n)),
        (('team:all' || n)::text::authz.subject, pg_temp.res('organization:' || n));
    INSERT INTO authz.subjects (subject, resource_id, parent_id) VALUES
        (('team:sub' || n)::text::authz.subject, pg_temp.res('organization:' || n), pg_temp.sub('team:all' || n));
    INSERT INTO authz.subjects (subject, resource_id, parent_id) VALUES
        (('team:subsub' || n)::text::authz.subject, pg_temp.res('organization:' || n), pg_temp.sub('team:sub' || n));
    INSERT INTO authz.memberships
    SELECT pg_temp.sub('organization:' || n || '#member'), pg_temp.sub(m) FROM unnest('{alice,bob,service_account:ci}'::text[]) m
    UNION ALL SELECT pg_temp.sub(t || n), pg_temp.sub('bob') FROM unnest('{team:all,team:subsub}'::text[]) t;
    INSERT INTO authz.roles (name, resource_type, owner_id) VALUES ('custom', 'project', pg_temp.res('organization:' || n));
    INSERT INTO authz.roles (name, resource_type, owner_id, inherits_id, min_holders) VALUES
        ('upper', 'project', pg_temp.res('project:' || n || '0'), pg_temp.role('organization:' || n || '/custom'), 1);
    INSERT INTO authz.roles (name, resource_type, owner_id) VALUES ('mixed', 'organization', pg_temp.res('organization:' || n));
    INSERT INTO authz.role_base_roles VALUES (pg_temp.role('organization:' || n || '/mixed'), 'project', pg_temp.role('organization:' || n || '/custom'));
    INSERT INTO authz.role_permissions VALUES
        (pg_temp.role('organization:' || n || '/custom'), 'project.view'), (pg_temp.role('project:' || n || '0/upper'), 'project.edit');
    INSERT INTO authz.assignments (subject_id, role_id, resource_id, source)
    SELECT pg_temp.sub(v.s), pg_temp.role(v.r), pg_temp.res(v.o), v.a
    FROM (VALUES
        ('alice', 'owner', 'organization:' || n, 'manual'),
        ('bob', 'organization:' || n || '/mixed', 'organization:' || n, 'okta'),
        ('bob', 'reader', 'project:' || n || '1', 'github'),
        ('bob', 'lead', 'project:' || n || '1', 'manual'),
        ('alice', 'lead', 'project:' || n || '1', 'manual'),
        ('bob', 'runner', 'pipeline:' || n, 'manual'),
        ('bob', 'runner', 'organization:' || n, 'manual'),
        ('alice', 'project:' || n || '0/upper', 'project:' || n || '0', 'manual'),
        ('team:sub' || n, 'organization:' || n || '/custom', 'project:' || n || '1', 'manual'),
        ('team:subsub' || n, 'reader', 'organization:' || n, 'manual'),
        ('organization:' || n || '#member', 'reader', 'organization:' || n, 'base_permission'),
        ('carol', 'reader', 'project:' || n || '0', 'manual')) v (s, r, o, a)
$$;
CREATE FUNCTION pg_temp.counts() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT format('%s resources, %s subjects, %s memberships, %s roles, %s role permissions, %s base roles, %s assignments',
        (SELECT count(*) FROM authz.resources), (SELECT count(*) FROM authz.subjects), (SELECT count(*) FROM authz.memberships),
        (SELECT count(*) FROM authz.roles), (SELECT count(*) FROM authz.role_permissions), (SELECT count(*) FROM authz.role_base_roles),
        (SELECT count(*) FROM authz.assignments))
$$;
INSERT INTO authz.resources (resource) VALUES ('enterprise:1');
INSERT INTO authz.subjects (subject) VALUES ('alice'), ('bob'), ('carol'), ('service_account:ci');
INSERT INTO authz.subjects (subject, resource_id) VALUES ('enterprise:1#member', pg_temp.res('enterprise:1'));
INSERT INTO authz.memberships VALUES (pg_temp.sub('enterprise:1#member'), pg_temp.sub('bob'));
SELECT pg_temp.populate('7');
SELECT pg_temp.populate('8');
SELECT pg_temp.counts();
SELECT * FROM authz.validate();
SELECT pg_temp.holdings();
SELECT pg_temp.groups();

-- Leaving an organization: everything in it, from every source; nothing elsewhere.
BEGIN;
SELECT pg_temp.try('DELETE FROM authz.memberships WHERE member_id = pg_temp.sub(''bob'') AND group_id = pg_temp.sub(''organization:7#member'')');
SELECT h FROM pg_temp.holdings() h WHERE h LIKE 'user:bob%';
SELECT pg_temp.groups();
SELECT * FROM authz.validate();
ROLLBACK;
-- Leaving what is above: the member lists and teams beneath, too.
BEGIN;
SELECT pg_temp.try('DELETE FROM authz.memberships WHERE member_id = pg_temp.sub(''bob'') AND group_id = pg_temp.sub(''enterprise:1#member'')');
SELECT h FROM pg_temp.holdings() h WHERE h LIKE 'user:bob%';
SELECT pg_temp.groups();
ROLLBACK;
-- Leaving a team is leaving that team.
BEGIN;
SELECT pg_temp.try('DELETE FROM authz.memberships WHERE member_id = pg_temp.sub(''bob'') AND group_id = pg_temp.sub(''team:all7'')');
SELECT pg_temp.groups();
ROLLBACK;
-- Going from one member list to another is leaving the first.
BEGIN;
DELETE FROM authz.memberships WHERE member_id = pg_temp.sub('service_account:ci') AND group_id = pg_temp.sub('organization:8#member');
SELECT pg_temp.grant_dml('service_account:ci', 'runner', 'pipeline:7');
SELECT pg_temp.try('UPDATE authz.memberships SET group_id = pg_temp.sub(''organization:8#member'') WHERE member_id = pg_temp.sub(''service_account:ci'')');
SELECT h FROM pg_temp.holdings() h WHERE h LIKE 'service_account%';
ROLLBACK;
-- All at once, but for those who must stay.
BEGIN;
SELECT pg_temp.try('DELETE FROM authz.memberships');
SELECT pg_temp.try('DELETE FROM authz.memberships WHERE member_id <> pg_temp.sub(''alice'')');
SELECT pg_temp.holdings();
SELECT * FROM authz.validate();
ROLLBACK;

-- Dropping a user.
BEGIN;
SELECT pg_temp.try('DELETE FROM authz.subjects WHERE subject = ''alice''');
SELECT pg_temp.try('DELETE FROM authz.subjects WHERE subject = ''bob''');
SELECT pg_temp.counts();
SELECT * FROM authz.validate();
ROLLBACK;

-- Dropping a team takes the teams beneath it along.
BEGIN;
SELECT pg_temp.try('DELETE FROM authz.subjects WHERE subject = ''team:sub7''');
SELECT pg_temp.counts();
SELECT subject FROM authz.subjects WHERE subject::text LIKE 'team:%' ORDER BY subject;
-- In one statement with them it is the same.
SELECT pg_temp.try('DELETE FROM authz.subjects WHERE subject::text LIKE ''team:%''');
SELECT pg_temp.counts();
SELECT * FROM authz.validate();
ROLLBACK;

-- Dropping a member list is everybody leaving.
BEGIN;
SELECT pg_temp.try('DELETE FROM authz.subjects WHERE subject = ''organization:8#member''');
UPDATE authz.roles SET min_holders = 0;
SELECT pg_temp.try('DELETE FROM authz.subjects WHERE subject = ''organization:8#member''');
SELECT h FROM pg_temp.holdings() h WHERE h LIKE '%8%';
SELECT * FROM authz.validate();
ROLLBACK;

-- Dropping a resource: with it go its last holders, its roles, and all beneath.
BEGIN;
SELECT pg_temp.try('DELETE FROM authz.resources WHERE resource = ''pipeline:7''');
SELECT pg_temp.try('DELETE FROM authz.resources WHERE resource = ''project:71''');
SELECT pg_temp.try('DELETE FROM authz.resources WHERE resource = ''project:70''');
SELECT pg_temp.counts();
SELECT pg_temp.try('DELETE FROM authz.resources WHERE resource = ''organization:7''');
SELECT pg_temp.counts();
SELECT * FROM authz.validate();
ROLLBACK;
BEGIN;
SELECT pg_temp.try('DELETE FROM authz.resources WHERE resource = ''organization:7''');
SELECT pg_temp.counts();
SELECT pg_temp.holdings();
SELECT pg_temp.groups();
SELECT * FROM authz.validate();
ROLLBACK;
-- Parent and child in one statement, in either order.
BEGIN;
SELECT pg_temp.try('DELETE FROM authz.resources WHERE resource IN (''organization:7'', ''project:70'', ''pipeline:7'')');
SELECT pg_temp.try('WITH p AS (DELETE FROM authz.resources WHERE resource = ''pipeline:8'') DELETE FROM authz.resources WHERE resource = ''organization:8''');
SELECT pg_temp.counts();
ROLLBACK;
BEGIN;
SELECT pg_temp.try('DELETE FROM authz.resources');
SELECT pg_temp.counts();
SELECT pg_temp.try('DELETE FROM authz.subjects');
SELECT pg_temp.try('DELETE FROM authz.roles');
UPDATE authz.resource_types SET base_permissions = NULL WHERE name = 'organization';
SELECT pg_temp.try('DELETE FROM authz.roles');
SELECT pg_temp.try('DELETE FROM authz.permissions');
SELECT pg_temp.try('DELETE FROM authz.resource_types');
SELECT pg_temp.counts();
ROLLBACK;

-- Dropping roles: their permissions and base roles go with them, their uses do not.
BEGIN;
SELECT pg_temp.try('DELETE FROM authz.roles WHERE id = pg_temp.role(''project:70/upper'')');
DELETE FROM authz.assignments WHERE role_id = pg_temp.role('organization:7/custom');
SELECT pg_temp.try('DELETE FROM authz.roles WHERE id = pg_temp.role(''organization:7/custom'')');
DELETE FROM authz.assignments WHERE role_id = pg_temp.role('organization:7/mixed');
SELECT pg_temp.try('DELETE FROM authz.roles WHERE id = pg_temp.role(''organization:7/mixed'')');
UPDATE authz.roles SET min_holders = 0 WHERE id = pg_temp.role('project:70/upper');
DELETE FROM authz.assignments WHERE role_id = pg_temp.role('project:70/upper');
SELECT pg_temp.try('DELETE FROM authz.roles WHERE id IN (pg_temp.role(''organization:7/custom''), pg_temp.role(''project:70/upper''))');
SELECT pg_temp.counts();
ROLLBACK;

-- Renaming a resource renames its member set.
BEGIN;
SELECT pg_temp.try('UPDATE authz.resources SET resource = ''organization:seven'' WHERE resource = ''organization:7''');
SELECT subject FROM authz.subjects WHERE resource_id = pg_temp.res('organization:seven') ORDER BY subject;
SELECT * FROM authz.validate();
ROLLBACK;
