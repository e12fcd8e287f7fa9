-- Types that nest in themselves, that have several parent types or form cycles, and roles that inherit several.
\i sql/include/fresh.sql
\set VERBOSITY terse
\set SHOW_CONTEXT never
SELECT action, object, detail FROM authz.apply('{
  "resource_types": [
    {"name": "org", "has_members": true, "management": {"assign_role": "org.admin", "manage_resources": "org.admin"}},
    {"name": "folder", "parent": ["folder", "org"], "max_inherits": 3,
     "management": {"create_role": "folder.admin", "alter_role": "folder.admin", "assign_role": "folder.admin", "manage_resources": "folder.admin"}},
    {"name": "project", "parent": ["org", "folder"], "management": {"assign_role": "project.admin", "manage_resources": "folder.admin"}},
    {"name": "page", "parent": ["project", "database"], "management": {"assign_role": "page.admin"}},
    {"name": "database", "parent": "page", "management": {"assign_role": "page.admin", "manage_resources": "page.admin"}},
    {"name": "group", "parent": "group", "has_members": true, "roles_for": "members"}],
  "permissions": [
    {"name": "org.admin", "resource_type": "org"},
    {"name": "folder.view", "resource_type": "folder"}, {"name": "folder.edit", "resource_type": "folder"},
    {"name": "folder.share", "resource_type": "folder"}, {"name": "folder.admin", "resource_type": "folder"},
    {"name": "project.view", "resource_type": "project"}, {"name": "project.admin", "resource_type": "project"},
    {"name": "page.view", "resource_type": "page"}, {"name": "page.admin", "resource_type": "page"},
    {"name": "database.view", "resource_type": "database"},
    {"name": "group.view", "resource_type": "group"}],
  "roles": [
    {"name": "owner", "resource_type": "org", "all_permissions": true, "base_roles": ["folder:admin"]},
    {"name": "viewer", "resource_type": "folder", "permissions": ["folder.view"], "base_roles": ["project:viewer"]},
    {"name": "editor", "resource_type": "folder", "permissions": ["folder.edit"]},
    {"name": "sharer", "resource_type": "folder", "permissions": ["folder.share"]},
    {"name": "manager", "resource_type": "folder", "inherits": ["viewer", "editor"]},
    {"name": "admin", "resource_type": "folder", "permissions": ["folder.admin"], "inherits": ["manager", "sharer"]},
    {"name": "viewer", "resource_type": "project", "permissions": ["project.view"]},
    {"name": "reader", "resource_type": "page", "permissions": ["page.view"]},
    {"name": "boss", "resource_type": "page", "permissions": ["page.admin"], "inherits": "reader"},
    {"name": "reader", "resource_type": "database", "permissions": ["database.view"], "base_roles": ["page:reader"]},
    {"name": "guest", "resource_type": "group", "permissions": ["group.view"]}]}') AS a
WHERE object IN ('resource type folder', 'resource type project', 'resource type group', 'role folder:admin', 'role page:boss');
-- Again, and what export() says: nothing changes; the order of names has no meaning.
SELECT count(*) FROM authz.apply(authz.export());
SELECT count(*) FROM authz.apply('{"resource_types": [{"name": "folder", "parent": ["org", "folder"]}, {"name": "database", "parent": ["page"]}],
    "roles": [{"name": "admin", "resource_type": "folder", "inherits": ["sharer", "manager"]}, {"name": "boss", "resource_type": "page", "inherits": ["reader"]}]}');
SELECT e ->> 'name' AS name, e -> 'parent' AS parent FROM jsonb_array_elements(authz.export() -> 'resource_types') AS e;
SELECT e ->> 'name' AS name, e -> 'inherits' AS inherits FROM jsonb_array_elements(authz.export() -> 'roles') AS e WHERE e ->> 'resource_type' = 'folder';
SELECT action, object, detail FROM authz.apply('{"resource_types": [{"name": "project", "parent": "folder"}], "roles": [{"name": "admin", "resource_type": "folder", "inherits": "sharer"}]}', dry_run => true);

CREATE FUNCTION pg_temp.make(VARIADIC names text[])
RETURNS bigint
LANGUAGE sql
AS $$
    SELECT count(authz.create_resource(split_part(n, ' < ', 1), nullif(split_part(n, ' < ', 2), ''))) FROM unnest(names) AS n;
$$;
SELECT pg_temp.make('org:1', 'org:2', 'folder:1 < org:1', 'folder:2 < folder:1', 'folder:3 < folder:2', 'folder:9 < org:2', 'project:1 < folder:3', 'project:2 < org:1', 'project:3 < folder:1',
    'page:1 < project:1', 'database:1 < page:1', 'page:2 < database:1', 'database:2 < page:2', 'page:3 < database:2');

-- Decisions: a role reaches all of its type beneath, at any depth, and what its base roles say.
SELECT authz.grant_role('ann', 'viewer', 'folder:2') > 0, authz.grant_role('bea', 'manager', 'org:1', role_type => 'folder') > 0,
    authz.grant_role('cid', 'reader', 'page:1') > 0, authz.grant_role('dan', 'reader', 'database:1') > 0, authz.grant_role('eve', 'reader', 'database:1', role_type => 'page') > 0;
SELECT r AS resource, authz.permissions_on('user:ann', r) AS ann, authz.permissions_on('user:bea', r) AS bea
FROM unnest('{org:1,folder:1,folder:2,folder:3,folder:9,project:1,project:2,project:3}'::authz.resource[]) AS r;
SELECT r AS resource, authz.permissions_on('user:cid', r) AS cid, authz.permissions_on('user:dan', r) AS dan, authz.permissions_on('user:eve', r) AS eve
FROM unnest('{page:1,database:1,page:2,database:2,page:3}'::authz.resource[]) AS r;
SELECT authz.permitted_ids('ann', 'folder.view', 0) AS ann, authz.permitted_ids('bea', 'folder.edit', 0) AS bea, authz.permitted_ids('bea', 'project.view', 0) AS projects,
    authz.permitted_ids('cid', 'page.view', 0) AS cid, authz.permitted_ids('dan', 'page.view', 0) AS dan, authz.permitted_ids('dan', 'database.view', 0) AS databases;
SELECT array_agg(s ORDER BY s::text) AS viewers FROM authz.list_subjects('folder.view', 'folder:3') AS s;
SELECT subject_path, role_path, resource FROM authz.explain('ann', 'project.view', 'project:1');
SELECT subject_path, role_path, resource FROM authz.explain('bea', 'folder.edit', 'folder:3');
-- (A role of folders on an organization gives its base role on a project that is in no folder, too.)
SELECT subject_path, role_path, resource FROM authz.explain('bea', 'project.view', 'project:2');
SELECT subject_path, role_path, resource FROM authz.explain('dan', 'page.view', 'page:3');
SELECT reason FROM authz.explain('ann', 'folder.view', 'folder:1');
-- What everybody has where, by explain() and by has_permission().
SELECT count(*) AS asked, count(*) FILTER (WHERE said <> explained) AS different
FROM (SELECT s, p.name, r.resource, authz.permissions_on(s, r.resource) @> p.name AS said,
             EXISTS (SELECT FROM authz.explain(s, p.name::text, r.resource) AS e WHERE e.grants) AS explained
      FROM unnest('{user:ann,user:bea,user:cid,user:dan,user:eve}'::authz.subject[]) AS s, authz.permissions AS p JOIN authz.resources AS r USING (resource_type)) AS x;

-- By index, under a policy.
CREATE TABLE folders (id bigint PRIMARY KEY, title text);
INSERT INTO folders SELECT i, 'folder ' || i FROM generate_series(1, 10000) AS i;
ANALYZE folders;
SELECT authz.protect('folders', 'id', for_select => 'folder.view');
CREATE ROLE regress_authz_web;
GRANT SELECT ON folders TO regress_authz_web;
SET authz.subject = 'user:ann';
SET ROLE regress_authz_web;
EXPLAIN (COSTS OFF) SELECT * FROM folders;
SELECT * FROM folders;
RESET ROLE;
RESET authz.subject;

-- No cycles, whoever writes.
SELECT authz.move_resource('folder:1', 'folder:3');
SELECT authz.move_resource('folder:1', 'folder:1');
UPDATE authz.resources SET parent_id = (SELECT id FROM authz.resources WHERE resource = 'folder:3') WHERE resource IN ('folder:1', 'folder:2');
SELECT authz.move_resource('page:1', 'database:2');
INSERT INTO authz.resources (id, resource, parent_id) OVERRIDING SYSTEM VALUE VALUES (1001, 'folder:101', 1002), (1002, 'folder:102', 1001);
\set copied 'printf "1001\tfolder:101\t1001\n"'
COPY authz.resources (id, resource, parent_id) FROM PROGRAM :'copied';
-- One statement that turns a tree around makes none.
BEGIN;
UPDATE authz.resources AS r SET parent_id = (SELECT p.id FROM authz.resources AS p WHERE p.resource = CASE r.resource::text WHEN 'folder:1' THEN 'folder:2' ELSE 'org:1' END::authz.resource)
WHERE r.resource IN ('folder:1', 'folder:2');
SELECT authz.permitted_ids('ann', 'folder.view', 0);
ROLLBACK;
-- A ring, which only a broken restore can bring, is told and hangs nobody.
BEGIN;
SET LOCAL session_replication_role = replica;
UPDATE authz.resources SET parent_id = (SELECT id FROM authz.resources WHERE resource = 'folder:3') WHERE resource = 'folder:1';
SELECT rule, message FROM authz.validate() ORDER BY message COLLATE "C";
SET LOCAL session_replication_role = origin;
SELECT authz.permissions_on('user:ann', 'folder:1'), authz.permitted_ids('ann', 'folder.view', 0);
SELECT count(*) FROM authz.explain('ann', 'folder.view', 'folder:1');
SELECT authz.drop_resource('folder:1');
ROLLBACK;

-- Depth: 100 levels of what is made or moved; what hangs beneath may be deeper.
SELECT pg_temp.make(VARIADIC ARRAY(SELECT format('folder:%s < %s', 1000 + i, CASE i WHEN 1 THEN 'org:1' ELSE format('folder:%s', 999 + i) END) FROM generate_series(1, 99) AS i));
SELECT authz.create_resource('folder:1100', 'folder:1099');
SELECT authz.move_resource('folder:9', 'folder:1099');
SELECT pg_temp.make(VARIADIC ARRAY(SELECT format('folder:%s < %s', 2000 + i, CASE i WHEN 1 THEN 'org:1' ELSE format('folder:%s', 1999 + i) END) FROM generate_series(1, 99) AS i));
SELECT authz.move_resource('folder:2001', 'folder:1098');
SELECT authz.create_resource('folder:2100', 'folder:2099');
SELECT authz_internal.resource_level(r.id) AS level FROM authz.resources AS r WHERE r.resource = 'folder:2099';
SELECT authz.grant_role('ann', 'viewer', 'folder:1001') > 0 AS granted, authz.has_permission('user:ann'::authz.subject, 'folder.view', 2099) AS deep,
    cardinality(authz.permitted_ids('ann', 'folder.view', 0)) AS listed;
-- Deeper and deeper, by moves: above 1,000 levels nothing counts.
SELECT count(*) FROM (
    SELECT pg_temp.make(VARIADIC ARRAY(SELECT format('folder:%s < %s', k * 1000 + i, CASE i WHEN 1 THEN 'org:1' ELSE format('folder:%s', k * 1000 + i - 1) END) FROM generate_series(1, 99) AS i))
    FROM generate_series(3, 12) AS k OFFSET 0) AS made;
SELECT count(authz.move_resource(format('folder:%s', (k - 1) * 1000 + 1), format('folder:%s', k * 1000 + 98))) FROM (SELECT k FROM generate_series(3, 12) AS k ORDER BY k) AS k;
SELECT authz_internal.resource_level(r.id) AS level FROM authz.resources AS r WHERE r.resource = 'folder:2099';
SELECT authz.revoke_role('ann', 'viewer', 'folder:1001') AS revoked, authz.grant_role('ann', 'viewer', 'folder:12001') > 0 AS granted;
WITH beneath AS MATERIALIZED (SELECT substr(r.resource::text, 8)::integer AS id, authz_internal.resource_level(r.id) AS level FROM authz.resources AS r WHERE r.resource_type = 'folder' AND r.resource::text ~ ':\d{4,}$')
SELECT max(level) FILTER (WHERE authz.has_permission('user:ann'::authz.subject, 'folder.view', id)) AS deepest,
    count(*) FILTER (WHERE authz.has_permission('user:ann'::authz.subject, 'folder.view', id)) AS permitted, count(*) AS folders,
    count(*) FILTER (WHERE authz.has_permission('user:ann'::authz.subject, 'folder.view', id)) = (SELECT count(*) FROM unnest(authz.permitted_ids('ann', 'folder.view', 0)) AS i WHERE i > 1000) AS listed,
    bool_and(authz.has_permission('user:ann'::authz.subject, 'folder.view', id) = EXISTS (SELECT FROM authz.explain('user:ann', 'folder.view', ('folder:' || id)::text::authz.resource) AS e WHERE e.grants)) FILTER (WHERE level BETWEEN 995 AND 1010) AS explained
FROM beneath;
SELECT count(*) OVER () AS too_deep, message, detail FROM authz.validate() WHERE rule = 'resource_depth' ORDER BY message COLLATE "C" LIMIT 1;
SELECT authz.drop_resource('folder:12001');
SELECT count(*) FROM authz.validate();
-- Teams.
SELECT count(authz.create_team('team:' || i, 'org:1', CASE WHEN i > 1 THEN 'team:' || i - 1 END)) FROM generate_series(1, 100) AS i;
SELECT authz.create_team('team:101', 'org:1', 'team:100');
SELECT authz.create_team('team:top', 'org:1') AS created, authz.move_team('team:1', 'team:top');
SELECT authz.move_team('team:top', 'team:50');
SELECT authz.add_member('org:1', 'fay') AS member, authz.add_member('team:100', 'fay') AS in_team, authz.grant_role('team:top', 'viewer', 'folder:3') > 0 AS granted, authz.permissions_on('user:fay', 'folder:3');

-- Roles that inherit several.
SELECT authz.create_role('mix', 'folder', 'org:1', inherits => ARRAY['viewer', 'sharer']) AS mix \gset
SELECT name, inherits FROM authz.list_roles('folder:1') WHERE owner IS NOT NULL;
SELECT authz.role_permission_set(:mix, false);
SELECT authz.set_inherits(:mix, '{editor,viewer,sharer}') > 0 AS done;
SELECT authz.role_permission_set(:mix, false);
SELECT authz.set_inherits(:mix, ARRAY['editor', 'viewer', 'sharer', 'manager']);
SELECT authz.set_inherits(:mix, ARRAY['editor', NULL]);
SELECT authz.set_inherits(:mix, ARRAY['editor', 'reader']);
SELECT authz.set_inherits(:mix, ARRAY['editor', 'editor']) > 0 AS once;
SELECT inherits FROM authz.list_roles('org:1', 'folder') WHERE owner IS NOT NULL;
SELECT authz.add_permissions(:mix, '{folder.edit}');
SELECT authz.set_inherits(:mix, NULL) AS none;
SELECT authz.role_permission_set(:mix, false);
SELECT authz.create_role('two', 'page', 'org:1', inherits => ARRAY['reader', 'boss']);
INSERT INTO authz.role_inherits VALUES (authz.role_id('boss', 'page'), authz.role_id('reader', 'page'));
INSERT INTO authz.role_inherits VALUES (authz.role_id('viewer', 'folder'), authz.role_id('admin', 'folder'));
INSERT INTO authz.role_inherits VALUES (authz.role_id('viewer', 'folder'), authz.role_id('reader', 'page'));
UPDATE authz.resource_types SET max_inherits = 1 WHERE name = 'folder';
SELECT authz.drop_role(authz.role_id('sharer', 'folder'));
BEGIN;
-- (Nothing that builds on it says so twice.)
DELETE FROM authz.role_inherits WHERE role_id = authz.role_id('admin', 'folder');
UPDATE authz.roles SET inherits_id = NULL WHERE id = authz.role_id('admin', 'folder');
SELECT authz.role_permission_set(authz.role_id('admin', 'folder'), false);
ROLLBACK;
UPDATE authz.roles SET extensible = false WHERE id = authz.role_id('sharer', 'folder');
SELECT event, object FROM authz.audit_log WHERE event LIKE 'inherited_role.%' AND object LIKE '%mix%' ORDER BY id;

-- Base roles do not lead back.
SELECT authz.set_base_role(authz.role_id('reader', 'page'), 'reader', 'database');
SELECT authz.set_base_role(authz.role_id('reader', 'page'), 'reader', 'page');
SELECT authz.create_role('under', 'page', 'org:1', base_role => 'database:reader');
-- (Nor by a link further down.)
SELECT authz.create_role('low', 'database', 'org:1') AS low, authz.create_role('built', 'page', 'org:1', base_role => 'database:low') > 0 AS built \gset
SELECT authz.set_base_role(:low, 'reader', 'page');
SELECT authz.set_inherits(:low, 'reader');
INSERT INTO authz.role_inherits VALUES (:low, authz.role_id('reader', 'database'));
UPDATE authz.roles SET inherits_id = authz.role_id('reader', 'database') WHERE id = :low;
-- A way of many diamonds is found at once.
SELECT count(authz.create_role('d' || i, 'folder', 'org:1')) FROM generate_series(0, 40) AS i;
SELECT count(*) FROM (
    SELECT authz.set_inherits(authz.role_id('d' || i, 'folder', 'org:1'), ARRAY['d' || i + 1, 'd' || i + 2]) FROM (SELECT i FROM generate_series(0, 38, 2) AS i ORDER BY i DESC) AS i
    UNION ALL
    SELECT authz.set_inherits(authz.role_id('d' || i, 'folder', 'org:1'), 'd' || i + 1) FROM (SELECT i FROM generate_series(1, 39, 2) AS i ORDER BY i DESC) AS i OFFSET 0) AS linked;
SELECT authz_internal.role_path(authz.role_id('d0', 'folder', 'org:1'), authz.role_id('d40', 'folder', 'org:1'));

-- A name that several owners' roles have.  Of one and an ancestor's, the later is refused only where it is the lower one.
SELECT authz.create_role('own', 'folder', 'folder:2', '{folder.view}') > 0 AS lower;
SELECT authz.create_role('own', 'folder', 'folder:3', '{folder.edit}');
SELECT authz.create_role('other', 'folder', 'folder:3', '{folder.edit}') > 0 AS made;
SELECT authz.rename_role(authz.role_id('other', 'folder', 'folder:3'), 'own');
INSERT INTO authz.roles (name, resource_type, owner_id) SELECT 'own', 'folder', id FROM authz.resources WHERE resource = 'folder:3';
SELECT authz.grant_role('gil', 'own', 'folder:3') > 0 AS unambiguous;
SELECT authz.create_role('own', 'folder', 'org:1', '{folder.share}') > 0 AS higher, authz.create_role('own', 'project', 'project:1') > 0 AS other_type;
SELECT * FROM authz.validate();
SELECT authz.grant_role('gil', 'own', 'folder:3');
SELECT authz.grant_role('gil', 'own', 'folder:3', role_owner => 'org:1') > 0 AS of_org, authz.grant_role('hal', 'own', 'folder:3', role_owner => 'folder:2') > 0 AS of_folder;
SELECT * FROM authz.list_role_holders('own', 'folder:3');
SELECT authz.grant_role('gil', 'own', 'folder:3', role_owner => 'folder:3');
SELECT authz.grant_role('gil', 'own', 'folder:3', role_owner => 'org:404');
SELECT authz.grant_role('gil', 'own', 'org:1', role_type => 'folder') > 0 AS where_there_is_one;
SELECT authz.set_inherits(authz.role_id('other', 'folder', 'folder:3'), 'own');
SELECT authz.permissions_on('user:gil', 'folder:3'), kind FROM authz.assignment_kind('gil', 'own', 'folder:3');
SELECT authz.revoke_role('gil', 'own', 'folder:3') AS revoked, authz.revoke_role('gil', 'own', 'folder:3') AS again, authz.permissions_on('user:gil', 'folder:3'),
    authz.revoke_role('gil', 'own', 'org:1', role_type => 'folder') AS above, authz.permissions_on('user:gil', 'folder:3') AS left;
SELECT authz.grant_role('ida', 'other', 'folder:3') > 0 AS a, authz.grant_role('hal', 'other', 'folder:3') > 0 AS b, authz.grant_role('gil', 'own', 'folder:3', role_owner => 'org:1') > 0 AS c,
    authz.grant_role('gil', 'other', 'folder:3') > 0 AS d;
SELECT authz.drop_role(authz.role_id('other', 'folder', 'folder:3'), reassign_to => 'own');
SELECT a.subject, a.role, r.owner_id IS NULL AS predefined, o.resource AS owner
FROM authz.list_assignments('folder:3') AS a JOIN authz.assignments AS x ON x.id = a.assignment_id JOIN authz.roles AS r ON r.id = x.role_id LEFT JOIN authz.resources AS o ON o.id = r.owner_id
WHERE a.role = 'own' ORDER BY a.subject::text;
-- By a move.
SELECT authz.create_role('moved', 'folder', 'folder:9', '{folder.view}') > 0 AS a, authz.create_role('moved', 'folder', 'org:1', '{folder.edit}') > 0 AS b, authz.move_resource('folder:9', 'folder:2');
SELECT authz.grant_role('gil', 'moved', 'folder:9');
SELECT authz.move_resource('folder:9', 'org:2'), authz.grant_role('gil', 'moved', 'folder:9') > 0 AS granted;
SELECT authz.move_resource('folder:9', 'folder:2'), authz.revoke_role('gil', 'moved', 'folder:9') AS revoked;

-- Members: of the nearest resource that has a list.
SELECT pg_temp.make('group:1', 'group:2 < group:1', 'group:3 < group:2', 'group:4');
SELECT authz.add_member('group:1', 'top') AS a, authz.add_member('group:3', 'low') AS b, authz.grant_role('top', 'guest', 'group:1') > 0 AS c, authz.grant_role('low', 'guest', 'group:3') > 0 AS d;
SELECT authz.grant_role('top', 'guest', 'group:3');
SELECT r AS resource, authz.permissions_on('user:top', r) AS top, authz.permissions_on('user:low', r) AS low FROM unnest('{group:1,group:2,group:3}'::authz.resource[]) AS r;
SELECT authz.grant_role('group:3#member', 'guest', 'group:3') > 0 AS granted;
-- A team of a group cannot hold a role outside, also after a move.
SELECT authz.create_team('team:g', 'group:1') AS team, authz.grant_role('team:g', 'guest', 'group:3') > 0 AS granted;
SELECT authz.move_resource('group:3', 'group:4');
SELECT authz.revoke_role('team:g', 'guest', 'group:3') AS revoked, authz.move_resource('group:3', 'group:4'), authz.move_resource('group:3', 'group:2');
-- Who leaves a group loses all beneath, the member lists there included.
SELECT authz.add_member('group:1', 'low') AS a, authz.remove_member('group:1', 'low') AS b, authz.permissions_on('user:low', 'group:3');

-- What is owned above: a move away from the owner of a role that is assigned beneath.
SELECT authz.create_role('local', 'folder', 'folder:1', '{folder.edit}') > 0 AS a, authz.grant_role('kim', 'local', 'folder:3') > 0 AS b;
SELECT authz.move_resource('folder:2', 'org:1');
SELECT authz.revoke_role('kim', 'local', 'folder:3') AS revoked, authz.move_resource('folder:2', 'org:1'), authz.move_resource('folder:2', 'folder:1');

-- Delegation.  A move gains nobody anything.
GRANT EXECUTE ON FUNCTION authz.move_resource, authz.grant_role, authz.create_role, authz.create_resource TO regress_authz_web;
SELECT pg_temp.make('folder:20 < org:1', 'folder:21 < folder:20', 'folder:30 < org:1', 'folder:31 < folder:30');
SELECT authz.create_role('mover', 'folder', 'org:1', '{folder.admin}') > 0 AS a, authz.grant_role('leo', 'mover', 'folder:20') > 0 AS b, authz.grant_role('leo', 'mover', 'folder:30') > 0 AS c,
    authz.grant_role('max', 'viewer', 'folder:30') > 0 AS d;
SET authz.subject = 'user:leo';
SET ROLE regress_authz_web;
SELECT authz.move_resource('folder:21', 'folder:31');
SELECT authz.move_resource('folder:20', 'folder:31');
SELECT authz.move_resource('folder:31', 'folder:21');
SELECT authz.move_resource('folder:31', 'org:1');
SELECT authz.grant_role('leo', 'viewer', 'folder:21');
-- (The organization is not named: leo does not see it.)
SELECT authz.create_role('mover', 'folder', 'folder:20', '{folder.view}');
SELECT authz.grant_role('leo', 'mover', 'folder:21') > 0 AS granted;
SELECT authz.create_resource('folder:22', 'folder:21');
RESET ROLE;
RESET authz.subject;
SELECT authz.revoke_role('max', 'viewer', 'folder:30') AS revoked;
SET authz.subject = 'user:leo';
SET ROLE regress_authz_web;
SELECT authz.move_resource('folder:31', 'folder:21'), authz.move_resource('folder:31', 'folder:30');
RESET ROLE;
RESET authz.subject;
-- A role of pages on a database is about the pages beneath it, not about the database.
SELECT authz.grant_role('nic', 'boss', 'database:1', role_type => 'page') > 0 AS a, authz.grant_role('oda', 'boss', 'page:1') > 0 AS b;
SET authz.subject = 'user:nic';
SET ROLE regress_authz_web;
SELECT authz.grant_role('nic', 'reader', 'page:2') > 0 AS beneath;
SELECT authz.grant_role('nic', 'reader', 'database:1', role_type => 'page');
SELECT authz.create_resource('database:7', 'page:1');
RESET ROLE;
SET authz.subject = 'user:oda';
SET ROLE regress_authz_web;
SELECT authz.grant_role('oda', 'reader', 'database:1', role_type => 'page') > 0 AS on_it;
RESET ROLE;
RESET authz.subject;

SELECT * FROM authz.validate();
DROP TABLE folders;
DROP OWNED BY regress_authz_web;
DROP ROLE regress_authz_web;
