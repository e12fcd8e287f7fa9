-- The rules of roles, permissions and resource types, against plain DML.
\i sql/include/fresh.sql
\i sql/include/rules.sql

INSERT INTO authz.resource_types (name, parent, has_members, max_custom_roles) VALUES
    ('organization', NULL, true, 3), ('repository', 'organization', false, 2), ('branch', 'repository', false, NULL), ('wiki', 'organization', false, NULL);
INSERT INTO authz.resource_types (name, parent, descendant_permissions) VALUES ('company', NULL, false), ('project', 'company', true);
INSERT INTO authz.permissions (name, resource_type, assignable, is_default, status) VALUES
    ('org.view', 'organization', true, true, 'active'),
    ('org.bill', 'organization', true, false, 'active'),
    ('pull', 'repository', false, false, 'active'),
    ('push', 'repository', false, false, 'active'),
    ('label', 'repository', true, false, 'active'),
    ('protect', 'repository', true, false, 'active'),
    ('force_push', 'repository', true, false, 'active'),
    ('scan', 'repository', true, false, 'planned'),
    ('branch.delete', 'branch', true, false, 'active'),
    ('wiki.edit', 'wiki', true, false, 'active'),
    ('company.view', 'company', true, false, 'active'),
    ('project.view', 'project', true, false, 'active');
INSERT INTO authz.permission_requirements VALUES ('force_push', 'push');
INSERT INTO authz.roles (name, resource_type, extensible, all_permissions) VALUES
    ('read', 'repository', true, false), ('write', 'repository', true, false), ('admin', 'repository', false, true),
    ('owner', 'organization', true, true), ('editor', 'wiki', true, false), ('viewer', 'project', true, false), ('boss', 'company', true, false),
    ('keeper', 'branch', true, false);
UPDATE authz.roles SET inherits_id = pg_temp.role('read') WHERE name = 'write';
UPDATE authz.roles SET inherits_id = pg_temp.role('write') WHERE name = 'admin';
INSERT INTO authz.role_base_roles VALUES (pg_temp.role('owner'), 'repository', pg_temp.role('admin'));
INSERT INTO authz.role_permissions VALUES (pg_temp.role('read'), 'pull'), (pg_temp.role('write'), 'push'), (pg_temp.role('write'), 'label'),
    (pg_temp.role('editor'), 'wiki.edit');
INSERT INTO authz.resources (resource) VALUES ('organization:7'), ('organization:8'), ('company:1');
INSERT INTO authz.resources (resource, parent_id) VALUES
    ('repository:70', pg_temp.res('organization:7')), ('repository:80', pg_temp.res('organization:8')), ('project:10', pg_temp.res('company:1'));

CREATE FUNCTION pg_temp.create_dml(name text, resource_type text, owner text, inherits text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try(format('INSERT INTO authz.roles (name, resource_type, owner_id, inherits_id) VALUES (%L, %L, %L, %L)',
                              name, resource_type, pg_temp.res(owner), pg_temp.role(inherits)))
$$;
CREATE FUNCTION pg_temp.add_dml(role text, VARIADIC permissions text[]) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try(format('INSERT INTO authz.role_permissions SELECT %s, p::authz.permission FROM unnest(%L::text[]) p', pg_temp.role(role), permissions))
$$;
CREATE FUNCTION pg_temp.remove_dml(role text, VARIADIC permissions text[]) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try(format('DELETE FROM authz.role_permissions WHERE role_id = %s AND permission::text = ANY (%L)', pg_temp.role(role), permissions))
$$;
CREATE FUNCTION pg_temp.inherit_dml(role text, lower text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try(format('UPDATE authz.roles SET inherits_id = %L WHERE id = %s', pg_temp.role(lower), pg_temp.role(role)))
$$;
CREATE FUNCTION pg_temp.base_dml(role text, resource_type text, lower text) RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try(format('INSERT INTO authz.role_base_roles VALUES (%s, %L, %s)', pg_temp.role(role), resource_type, pg_temp.role(lower)))
$$;

-- Names: unique per owner and type, at most 255 bytes, not a predefined role's.
SELECT pg_temp.create_dml('deployer', 'repository', 'organization:7', 'write');
SELECT pg_temp.create_dml('deployer', 'repository', 'organization:7', 'write');
SELECT pg_temp.create_dml('deployer', 'repository', 'organization:8', 'write');
SELECT pg_temp.create_dml('deployer', 'organization', 'organization:7');
SELECT pg_temp.create_dml('write', 'repository', 'organization:7');
SELECT pg_temp.create_dml('write', 'organization', 'organization:7');
SELECT pg_temp.try(format('UPDATE authz.roles SET name = ''read'' WHERE id = %s', pg_temp.role('organization:8/deployer')));
SELECT pg_temp.create_dml('deployer', 'repository', NULL);
DELETE FROM authz.roles WHERE name = 'write' AND owner_id IS NOT NULL;
SELECT pg_temp.create_dml('', 'repository', 'organization:8');
SELECT pg_temp.create_dml(repeat('x', 256), 'repository', 'organization:8');
SELECT pg_temp.create_dml(repeat('ä', 127), 'repository', 'organization:8');

-- The limit per owner and type.
SELECT pg_temp.create_dml('third', 'repository', 'organization:8');
SELECT pg_temp.create_dml('third', 'organization', 'organization:8');
SELECT pg_temp.try($$UPDATE authz.resource_types SET max_custom_roles = 1 WHERE name = 'repository'$$);
SELECT pg_temp.try($$UPDATE authz.resource_types SET max_custom_roles = 2 WHERE name = 'repository'$$);
DELETE FROM authz.roles WHERE name = repeat('ä', 127) OR name = 'third';

-- Owners: a resource of the type of the role or of an ancestor type.
SELECT pg_temp.create_dml('small', 'repository', 'repository:70');
SELECT pg_temp.create_dml('big', 'organization', 'repository:70');
SELECT pg_temp.create_dml('other', 'wiki', 'repository:70');
DELETE FROM authz.roles WHERE name = 'small';

-- Inheriting: a role of the same type, extensible, of the own tenant, no cycle.
SELECT pg_temp.inherit_dml('organization:7/deployer', 'editor');
SELECT pg_temp.inherit_dml('organization:7/deployer', 'admin');
SELECT pg_temp.inherit_dml('organization:7/deployer', 'organization:8/deployer');
SELECT pg_temp.inherit_dml('write', 'organization:7/deployer');
SELECT pg_temp.inherit_dml('organization:7/deployer', 'organization:7/deployer');
SELECT pg_temp.inherit_dml('read', 'write');
SELECT pg_temp.try('UPDATE authz.roles SET extensible = false WHERE name = ''write''');
-- A role of a resource beneath may build on one of the organization above it.
SELECT pg_temp.create_dml('small', 'repository', 'repository:70', 'organization:7/deployer');
SELECT pg_temp.create_dml('small', 'repository', 'repository:80', 'organization:7/deployer');
SELECT pg_temp.try(format('UPDATE authz.resources SET parent_id = %s WHERE resource = ''repository:70''', pg_temp.res('organization:8')));
SELECT pg_temp.try(format('UPDATE authz.resources SET parent_id = NULL WHERE resource = ''repository:70'''));
DELETE FROM authz.roles WHERE name = 'small';

-- Base roles: of a descendant type, one per type, also not extensible ones.
SELECT pg_temp.create_dml('lead', 'organization', 'organization:7');
SELECT pg_temp.base_dml('organization:7/lead', 'repository', 'admin');
SELECT pg_temp.base_dml('organization:7/lead', 'repository', 'write');
SELECT pg_temp.base_dml('organization:7/lead', 'repository', 'editor');
SELECT pg_temp.base_dml('organization:7/lead', 'organization', 'owner');
SELECT pg_temp.base_dml('organization:7/deployer', 'wiki', 'editor');
SELECT pg_temp.base_dml('organization:7/lead', 'wiki', 'viewer');
SELECT pg_temp.base_dml('organization:7/lead', 'branch', 'keeper');
SELECT pg_temp.base_dml('owner', 'repository', 'organization:7/deployer');
SELECT pg_temp.create_dml('other', 'organization', 'organization:8');
SELECT pg_temp.base_dml('organization:8/other', 'repository', 'organization:7/deployer');
SELECT pg_temp.base_dml('organization:8/other', 'repository', 'organization:8/deployer');

-- What one statement does is looked at when all of it is done: the two may turn
-- about, but not go round.
SELECT pg_temp.try($$UPDATE authz.roles SET inherits_id = CASE name WHEN 'read' THEN pg_temp.role('write') END WHERE name IN ('read', 'write')$$);
SELECT pg_temp.try($$UPDATE authz.roles SET inherits_id = CASE name WHEN 'write' THEN pg_temp.role('read') END WHERE name IN ('read', 'write')$$);
SELECT pg_temp.try($$WITH a AS (UPDATE authz.roles SET inherits_id = pg_temp.role('write') WHERE name = 'read')
    UPDATE authz.roles SET inherits_id = pg_temp.role('read') WHERE name = 'write'$$);

-- Permissions: of the own type, or of a descendant type that has a base role.
DELETE FROM authz.role_base_roles WHERE role_id = pg_temp.role('organization:7/lead');
SELECT pg_temp.add_dml('organization:7/lead', 'company.view');
SELECT pg_temp.add_dml('organization:7/deployer', 'org.bill');
SELECT pg_temp.add_dml('organization:7/lead', 'org.bill', 'protect', 'wiki.edit');
SELECT pg_temp.add_dml('organization:7/lead', 'org.bill', 'no.such');
SELECT pg_temp.base_dml('organization:7/lead', 'repository', 'write');
SELECT pg_temp.add_dml('organization:7/lead', 'org.bill', 'protect');
SELECT pg_temp.add_dml('boss', 'project.view');
SELECT pg_temp.base_dml('boss', 'project', 'viewer');
SELECT pg_temp.add_dml('boss', 'project.view');
SELECT pg_temp.add_dml('boss', 'company.view');
-- Not one that comes with a base role only.
SELECT pg_temp.add_dml('organization:7/lead', 'pull');
SELECT pg_temp.add_dml('viewer', 'project.view');
SELECT pg_temp.try('UPDATE authz.permissions SET assignable = false WHERE name = ''protect''');
-- Not one that the role has from below already.
SELECT pg_temp.add_dml('organization:7/deployer', 'label', 'protect');
SELECT pg_temp.add_dml('organization:7/lead', 'label');
SELECT pg_temp.add_dml('owner', 'protect');
-- Where the lower role gains it later, the row stays; and it can go.
SELECT pg_temp.add_dml('write', 'protect');
SELECT count(*) FROM authz.role_permissions WHERE role_id = pg_temp.role('organization:7/lead') AND permission = 'protect';
-- But it is not taken up anew, neither by the permission nor by the link.
SELECT pg_temp.remove_dml('organization:7/lead', 'protect');
SELECT pg_temp.add_dml('organization:7/lead', 'protect');
SELECT pg_temp.remove_dml('write', 'protect');
SELECT pg_temp.add_dml('organization:7/lead', 'protect');
SELECT pg_temp.try(format('UPDATE authz.role_base_roles SET base_role_id = %s WHERE role_id = %s', pg_temp.role('admin'), pg_temp.role('organization:7/lead')));
SELECT pg_temp.try(format('UPDATE authz.role_permissions SET permission = ''label'' WHERE role_id = %s AND permission = ''protect''', pg_temp.role('organization:7/lead')));
-- Another name is no other permission, also where the row has stayed.
SELECT pg_temp.add_dml('write', 'protect');
SELECT pg_temp.try('UPDATE authz.permissions SET name = ''shield'' WHERE name = ''protect''');
SELECT pg_temp.try('UPDATE authz.permissions SET name = ''protect'' WHERE name = ''shield''');
SELECT pg_temp.remove_dml('write', 'protect');
SELECT pg_temp.create_dml('helper', 'repository', 'organization:7');
SELECT pg_temp.add_dml('organization:7/helper', 'label');
SELECT pg_temp.inherit_dml('organization:7/helper', 'write');
-- What every custom role has, and what is planned, may be written down.
SELECT pg_temp.add_dml('organization:7/lead', 'org.view', 'scan');

-- Required permissions, when they are added, and after every edit below.
SELECT pg_temp.add_dml('organization:7/helper', 'force_push');
SELECT pg_temp.add_dml('organization:7/lead', 'force_push');
SELECT pg_temp.add_dml('organization:7/deployer', 'force_push');
SELECT pg_temp.try(format('UPDATE authz.role_base_roles SET base_role_id = %s WHERE role_id = %s', pg_temp.role('read'), pg_temp.role('organization:7/lead')));
SELECT pg_temp.try(format('DELETE FROM authz.role_base_roles WHERE role_id = %s', pg_temp.role('organization:7/lead')));
SELECT pg_temp.inherit_dml('organization:7/deployer', 'read');
SELECT pg_temp.inherit_dml('organization:7/deployer', NULL);
SELECT pg_temp.remove_dml('write', 'push');
SELECT pg_temp.try('DELETE FROM authz.role_permissions WHERE permission = ''push''');
SELECT pg_temp.try('INSERT INTO authz.permission_requirements VALUES (''protect'', ''scan''), (''scan'', ''wiki.edit'')');
SELECT pg_temp.try('INSERT INTO authz.permission_requirements VALUES (''protect'', ''scan'')');
SELECT pg_temp.try('UPDATE authz.permissions SET is_default = false WHERE name = ''org.view''');
SELECT pg_temp.try('UPDATE authz.permissions SET is_default = true WHERE name = ''org.view''');
SELECT pg_temp.try('INSERT INTO authz.permission_requirements VALUES (''org.bill'', ''org.view'')');
DELETE FROM authz.role_permissions WHERE permission = 'org.view';
SELECT pg_temp.try('UPDATE authz.permissions SET is_default = false WHERE name = ''org.view''');
SELECT pg_temp.try('UPDATE authz.permissions SET resource_type = ''branch'' WHERE name = ''protect''');
-- A lower role may gain what an upper one has, then the upper one may lose it.
SELECT pg_temp.add_dml('read', 'push'), pg_temp.remove_dml('write', 'push');

-- Renaming a permission changes no rule.
SELECT pg_temp.try('UPDATE authz.permissions SET name = ''shove'' WHERE name = ''push''');
SELECT permission FROM authz.role_permissions WHERE role_id = pg_temp.role('read') ORDER BY permission;
SELECT pg_temp.try('UPDATE authz.permissions SET name = ''push'' WHERE name = ''shove''');

-- What is in use stays, and the uses are named.
INSERT INTO authz.subjects (subject) VALUES ('alice');
INSERT INTO authz.assignments (subject_id, role_id, resource_id) VALUES (pg_temp.sub('alice'), pg_temp.role('write'), pg_temp.res('repository:70'));
INSERT INTO authz.management_roles VALUES ('organization', 'assign_role', pg_temp.role('owner'));
INSERT INTO authz.management_permissions VALUES ('organization', 'create_role', 'org.bill');
SELECT pg_temp.try('DELETE FROM authz.roles WHERE name = ''write''');
SELECT pg_temp.try('DELETE FROM authz.roles WHERE name = ''owner''');
SELECT pg_temp.try('DELETE FROM authz.permissions WHERE name = ''push''');
SELECT pg_temp.try('DELETE FROM authz.permissions WHERE name = ''org.bill''');
SELECT pg_temp.try('DELETE FROM authz.resource_types WHERE name = ''branch''');
SELECT pg_temp.try('DELETE FROM authz.resource_types WHERE name = ''company''');
-- In one statement with their uses they go.
SELECT pg_temp.try('DELETE FROM authz.roles WHERE owner_id IS NOT NULL');
SELECT pg_temp.try('DELETE FROM authz.permissions WHERE name IN (''scan'', ''protect'')');

-- The map of operations: of the type or an ancestor type, and predefined.
SELECT pg_temp.try('INSERT INTO authz.management_permissions VALUES (''organization'', ''alter_role'', ''label'')');
SELECT pg_temp.try('INSERT INTO authz.management_permissions VALUES (''repository'', ''alter_role'', ''org.bill'')');
SELECT pg_temp.create_dml('boss', 'organization', 'organization:7');
SELECT pg_temp.try(format('INSERT INTO authz.management_roles VALUES (''organization'', ''alter_role'', %s)', pg_temp.role('organization:7/boss')));
SELECT pg_temp.try(format('INSERT INTO authz.management_roles VALUES (''organization'', ''alter_role'', %s)', pg_temp.role('write')));

-- Types may form cycles (sql/trees.sql), and everything still fits after a change.
SELECT pg_temp.try('INSERT INTO authz.resource_types (name, other_parents) VALUES (''self'', ''{self}'')');
SELECT pg_temp.try('INSERT INTO authz.resource_types (name, parent, other_parents) VALUES (''self'', ''self'', ''{nothing}'')');
SELECT pg_temp.try('INSERT INTO authz.resource_types (name, parent, other_parents) VALUES (''self'', ''self'', ''{self}'')');
SELECT pg_temp.try('INSERT INTO authz.resource_types (name, parent) VALUES (''orphan'', ''nothing'')');
SELECT pg_temp.try('UPDATE authz.resource_types SET parent = ''wiki'' WHERE name = ''repository''');
SELECT pg_temp.try('UPDATE authz.resource_types SET parent = ''repository'' WHERE name = ''wiki''');
SELECT pg_temp.try('UPDATE authz.resource_types SET descendant_permissions = false WHERE name = ''organization''');

-- Names that follow each other, a statement each; also where the role beneath has come to give the permission, too.
BEGIN;
SELECT * FROM authz.apply('{"permissions": [{"name": "name.a", "resource_type": "wiki"}, {"name": "name.b", "resource_type": "wiki", "requires": ["name.a"]}],
    "roles": [{"name": "under", "resource_type": "wiki"}, {"name": "upon", "resource_type": "wiki", "inherits": "under", "permissions": ["name.a", "name.b"]}]}');
INSERT INTO authz.role_permissions SELECT r.id, p FROM authz.roles AS r, (VALUES ('name.a'::authz.permission), ('name.b')) AS n (p) WHERE r.name = 'under';
UPDATE authz.permissions SET name = 'name.c' WHERE name = 'name.b';
SELECT * FROM authz.apply('{"permissions": [{"name": "name.b", "renamed_from": "name.a"}]}');
SELECT r.name, string_agg(p.permission::text, ', ' ORDER BY p.permission::text), (SELECT string_agg(q.permission || ' requires ' || q.requires, ', ') FROM authz.permission_requirements AS q WHERE q.permission::text LIKE 'name.%')
FROM authz.roles AS r JOIN authz.role_permissions AS p ON p.role_id = r.id WHERE r.name IN ('under', 'upon') GROUP BY r.name ORDER BY r.name;
ROLLBACK;

-- What never changes.
SELECT pg_temp.try('UPDATE authz.resource_types SET name = ''repo'' WHERE name = ''repository''');
SELECT pg_temp.try('UPDATE authz.roles SET resource_type = ''wiki'' WHERE name = ''read''');
SELECT pg_temp.try(format('UPDATE authz.roles SET owner_id = %s WHERE name = ''read''', pg_temp.res('organization:7')));
SELECT pg_temp.try('UPDATE authz.roles SET id = id + 100 WHERE name = ''read''');
SELECT pg_temp.try('TRUNCATE authz.role_permissions');

-- COPY is no other way in.
\set SHOW_CONTEXT never
COPY authz.roles (name, resource_type, inherits_id) FROM PROGRAM 'printf "wrong\twiki\t1\nwrong too\twiki\t2\n"';
\echo :LAST_ERROR_SQLSTATE

-- Nothing of all this is left broken.
SELECT * FROM authz.validate();
