-- Tracked tables with several parent columns, and tables that refer to themselves or to each other.
\i sql/include/fresh.sql
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT count(*) > 0 AS applied FROM authz.apply('{
  "resource_types": [
    {"name": "organization", "has_members": true},
    {"name": "folder", "parent": ["folder", "organization"], "management": {"create_resource": "folder.add", "manage_resources": "folder.edit"}},
    {"name": "project", "parent": ["folder", "organization"], "management": {"manage_resources": "project.edit"}},
    {"name": "page", "parent": ["page", "database"]}, {"name": "database", "parent": "page"}, {"name": "root"}],
  "permissions": [
    {"name": "organization.folders", "resource_type": "organization"}, {"name": "organization.view", "resource_type": "organization"},
    {"name": "folder.view", "resource_type": "folder"}, {"name": "folder.add", "resource_type": "folder"}, {"name": "folder.edit", "resource_type": "folder"},
    {"name": "project.view", "resource_type": "project"}, {"name": "project.edit", "resource_type": "project"},
    {"name": "page.view", "resource_type": "page"}],
  "roles": [
    {"name": "viewer", "resource_type": "project", "permissions": ["project.view"]},
    {"name": "editor", "resource_type": "project", "inherits": "viewer", "permissions": ["project.edit"]},
    {"name": "reader", "resource_type": "folder", "permissions": ["folder.view"], "base_roles": ["project:viewer"]},
    {"name": "keeper", "resource_type": "folder", "inherits": "reader", "permissions": ["folder.add", "folder.edit"], "base_roles": ["project:editor"]},
    {"name": "member", "resource_type": "organization", "permissions": ["organization.view"]},
    {"name": "owner", "resource_type": "organization", "inherits": "member", "permissions": ["organization.folders"], "base_roles": ["folder:keeper", "project:editor"]},
    {"name": "page reader", "resource_type": "page", "permissions": ["page.view"]}]}');
CREATE TABLE organizations (id integer PRIMARY KEY);
CREATE TABLE folders (id integer PRIMARY KEY, parent_id integer, organization_id integer, name text);
CREATE TABLE projects (id integer PRIMARY KEY, "Folder, or: not" integer, organization_id integer);
CREATE VIEW tree AS
SELECT r.resource, p.resource AS parent, r.has_row
FROM authz.resources AS r LEFT JOIN authz.resources AS p ON p.id = r.parent_id
ORDER BY split_part(r.resource::text, ':', 1), length(r.resource::text), r.resource::text COLLATE "C";
-- What the tables say and what the resources say: no line where they agree.
CREATE VIEW differences AS
SELECT coalesce(t.resource, r.resource::text) AS resource, t.parent AS parent_of_row, p.resource AS parent_of_resource
FROM (SELECT format('organization:%s', id) AS resource, NULL AS parent FROM organizations
      UNION ALL SELECT format('folder:%s', id), coalesce('folder:' || parent_id, 'organization:' || organization_id) FROM folders
      UNION ALL SELECT format('project:%s', id), coalesce('folder:' || "Folder, or: not", 'organization:' || organization_id) FROM projects) AS t
     FULL JOIN (SELECT * FROM authz.resources WHERE resource_type IN ('organization', 'folder', 'project')) AS r ON r.resource::text = t.resource
     LEFT JOIN authz.resources AS p ON p.id = r.parent_id
WHERE t.parent IS DISTINCT FROM p.resource::text OR t.resource IS NULL OR r.resource IS NULL OR NOT r.has_row
ORDER BY 1;
INSERT INTO organizations VALUES (1), (2), (9);
SELECT authz.track('organizations', 'organization', 'id');

-- parent_column -----------------------------------------------------------------
\set track 'SELECT authz.track(''folders'', ''folder'', ''id'', '
:track 'parent_id');
:track 'organization_id:parent_id');
:track 'folder:parent_id, organization');
:track 'folder:parent_id,');
:track '');
:track 'folder:folders.parent_id');
:track 'folder:parent_id, organization:nothing');
:track 'folder:parent_id; organization:organization_id');
:track 'foldr:parent_id');
:track 'project:parent_id');
:track 'folder:parent_id, folder:organization_id');
:track 'folder:parent_id, organization:parent_id');
:track 'folder:name, organization:Parent_Id, root:id');
SELECT authz.track('folders', 'root', 'id', 'folder:parent_id');
CREATE TABLE generated (id integer PRIMARY KEY, a integer, b integer GENERATED ALWAYS AS (a) STORED, day date);
SELECT authz.track('generated', 'folder', 'id', 'folder:a, organization:b');
SELECT authz.track('generated', 'folder', 'id', 'folder:a, organization:day');
DROP TABLE generated;
-- Of a type with one parent type, too; names are quoted as in SQL.
SELECT authz.track('folders', 'database', 'id', 'page:parent_id'), authz.untrack('folders');
SELECT authz.track('projects', 'project', 'id', ' folder : "Folder, or: not" ,organization:ORGANIZATION_ID ');
SELECT table_name, parent_columns, parent_types FROM authz.tracked_tables ORDER BY id;
ALTER TABLE projects RENAME organization_id TO org;
ALTER TABLE projects RENAME "Folder, or: not" TO "A ""B""";
ALTER TABLE projects RENAME id TO key;
SELECT table_name, id_column, parent_columns FROM authz.tracked_tables ORDER BY id;
INSERT INTO projects VALUES (1, NULL, 2);
ALTER TABLE projects RENAME "A ""B""" TO "Folder, or: not";
ALTER TABLE projects RENAME key TO id;
ALTER TABLE projects RENAME org TO organization_id;
SELECT authz.track('projects', 'project', 'id', 'organization:organization_id');
ALTER TABLE projects DROP organization_id;
ALTER TABLE projects DROP organization_id CASCADE;
DELETE FROM projects;

-- A backfill, in any order ---------------------------------------------------------
INSERT INTO folders VALUES (4, 3, NULL), (3, 2, NULL), (2, 1, 9), (1, NULL, 1), (7, 8, NULL), (8, NULL, NULL), (5, 2, 1);
SELECT authz.track('folders', 'folder', 'id', 'folder:parent_id, organization:organization_id');
TABLE differences;
SELECT * FROM tree WHERE resource::text LIKE 'folder:%';
-- What is there already moves all together.
SELECT authz.untrack('folders');
UPDATE folders SET parent_id = CASE id WHEN 1 THEN 4 WHEN 2 THEN 1 WHEN 3 THEN 2 END, organization_id = CASE id WHEN 4 THEN 2 END WHERE id < 5;
INSERT INTO folders VALUES (6, 1);
SELECT authz.track('folders', 'folder', 'id', 'folder:parent_id, organization:organization_id');
TABLE differences;
-- A cycle, a parent that is missing, and too many levels.
SELECT authz.untrack('folders', drop_resources => true);
UPDATE folders SET parent_id = 3 WHERE id = 4;
SELECT authz.track('folders', 'folder', 'id', 'folder:parent_id, organization:organization_id');
UPDATE folders SET parent_id = 99 WHERE id = 4;
SELECT authz.track('folders', 'folder', 'id', 'folder:parent_id, organization:organization_id');
DELETE FROM folders;
INSERT INTO folders SELECT i, nullif(i - 1, 0), 1 FROM generate_series(101, 1, -1) AS i;
SELECT authz.track('folders', 'folder', 'id', 'folder:parent_id, organization:organization_id');
DELETE FROM folders WHERE id > 99;
SELECT authz.track('folders', 'folder', 'id', 'folder:parent_id, organization:organization_id');
INSERT INTO folders VALUES (100, 99);
-- A cycle of resources that exist.
UPDATE folders SET parent_id = 50 WHERE id = 1;
TRUNCATE folders;
SELECT authz.untrack('folders');
INSERT INTO folders VALUES (1, 2), (2, 1), (3, 1);
SELECT authz.create_resource('folder:1'), authz.create_resource('folder:2');
SELECT authz.track('folders', 'folder', 'id', 'folder:parent_id, organization:organization_id');
TRUNCATE folders;
SELECT authz.track('folders', 'folder', 'id', 'folder:parent_id, organization:organization_id', drop_leftovers => true);

-- New rows, in any order -------------------------------------------------------------
COPY folders (id, parent_id, organization_id) FROM stdin;
13	12	\N
12	11	2
14	13	\N
11	\N	1
\.
INSERT INTO folders VALUES (17, 16, NULL), (16, 15, 9), (15, NULL, 2), (18, 17, 1);
TABLE differences;
SELECT * FROM tree WHERE resource::text LIKE 'folder:%';
INSERT INTO folders VALUES (21, 22), (22, 23), (23, 21);
INSERT INTO folders VALUES (24, 24);
INSERT INTO folders VALUES (25, 26), (26, 99);
INSERT INTO folders VALUES (25, NULL, 99);
WITH i AS (INSERT INTO folders VALUES (28, NULL, 1) RETURNING id) INSERT INTO folders SELECT 29, id FROM i;
WITH i AS (INSERT INTO folders VALUES (31, 30)) INSERT INTO folders VALUES (30, NULL, 1);
-- A row whose parent gets its id in the same statement.
MERGE INTO folders AS f USING (VALUES (32, NULL), (28, 33)) AS v (id, new) ON f.id = v.id
    WHEN MATCHED THEN UPDATE SET id = v.new WHEN NOT MATCHED THEN INSERT VALUES (32, 33);
SELECT * FROM differences;
UPDATE folders SET parent_id = 33 WHERE parent_id = 28;
INSERT INTO folders VALUES (33, NULL, 1), (34, 35, NULL) ON CONFLICT (id) DO UPDATE SET id = 35;
SELECT * FROM differences;
UPDATE folders SET parent_id = 35 WHERE parent_id = 33;
TABLE differences;

-- Moves ------------------------------------------------------------------------------
SELECT authz.grant_role('user:first', 'reader', 'folder:11') > 0 AS granted;
-- Parent and child change places; three in a row; and a cycle.
UPDATE folders SET parent_id = CASE id WHEN 11 THEN 12 END, organization_id = 1 WHERE id IN (11, 12);
TABLE differences;
SELECT authz.has_permission('user:first', 'folder.view', 12), authz.has_permission('user:first', 'folder.view', 11), authz.has_permission('user:first', 'folder.view', 13);
UPDATE folders SET parent_id = CASE id WHEN 15 THEN 16 WHEN 16 THEN 17 END WHERE id IN (15, 16, 17);
TABLE differences;
UPDATE folders SET parent_id = 18 WHERE id = 17;
UPDATE folders SET parent_id = CASE id WHEN 15 THEN 11 ELSE 15 END WHERE id IN (12, 15);
-- To another column's parent, and to none.
UPDATE folders SET organization_id = 9 WHERE id IN (12, 11);
UPDATE folders SET parent_id = NULL, organization_id = NULL WHERE id = 13;
UPDATE folders SET organization_id = 2 WHERE id = 13;
TABLE differences;
SELECT * FROM tree WHERE resource IN ('folder:11', 'folder:12', 'folder:13');
-- Ids and parents together; ids that change places, with their places.
UPDATE folders SET id = id + 100, parent_id = parent_id + 100 WHERE id IN (11, 12);
TABLE differences;
ALTER TABLE folders DROP CONSTRAINT folders_pkey, ADD UNIQUE (id) DEFERRABLE;
INSERT INTO folders VALUES (41, NULL, 1), (42, NULL, 2), (43, 41, NULL);
UPDATE folders SET id = CASE id WHEN 41 THEN 42 WHEN 42 THEN 41 ELSE 43 END, parent_id = CASE id WHEN 43 THEN 42 END WHERE id IN (41, 42, 43);
TABLE differences;
-- Statements within statements.
CREATE FUNCTION change(command text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE command; RETURN 'changed'; END $$;
UPDATE folders SET parent_id = 42 WHERE id = 15 RETURNING change('UPDATE folders SET parent_id = 15 WHERE id = 18');
TABLE differences;
INSERT INTO folders VALUES (51, 52, NULL), (52, NULL, 1) RETURNING change('UPDATE folders SET parent_id = 51 WHERE id = 14');
SELECT * FROM differences;

-- Foreign keys -----------------------------------------------------------------------
TRUNCATE folders;
SELECT count(*) FROM authz.resources WHERE resource_type = 'folder';
ALTER TABLE folders DROP CONSTRAINT folders_id_key, ADD PRIMARY KEY (id), ADD FOREIGN KEY (parent_id) REFERENCES folders ON DELETE CASCADE ON UPDATE CASCADE;
INSERT INTO folders SELECT i, i / 2, 1 FROM generate_series(2, 31) AS i UNION ALL SELECT 1, NULL, 1;
INSERT INTO projects VALUES (1, 31, NULL), (2, 5, 1), (3, NULL, 1);
TABLE differences;
SELECT authz.grant_role('user:a', 'viewer', 'project:1') > 0, authz.grant_role('user:a', 'reader', 'folder:5') > 0;
UPDATE folders SET id = id + 100 WHERE id IN (1, 3, 31);
SELECT * FROM differences;
UPDATE projects SET "Folder, or: not" = 131 WHERE id = 1;
UPDATE folders SET id = id + 1000;
TABLE folders LIMIT 3;
SELECT * FROM differences;
UPDATE projects SET "Folder, or: not" = "Folder, or: not" + 1000;
TABLE differences;
SELECT authz.has_permission('user:a', 'project.view', 1), authz.has_permission('user:a', 'folder.view', 1010);
DELETE FROM folders WHERE id = 1003 - 1000 + 1100;
SELECT * FROM differences;
DELETE FROM projects WHERE id = 1;
DELETE FROM folders;
DELETE FROM projects;
TABLE differences;
ALTER TABLE folders DROP CONSTRAINT folders_parent_id_fkey, ADD FOREIGN KEY (parent_id) REFERENCES folders ON DELETE SET NULL ON UPDATE SET NULL;
INSERT INTO folders VALUES (1, NULL, 1), (2, 1, 1), (3, 2, 1), (4, 3, NULL), (5, 4, NULL);
SELECT authz.grant_role('user:a', 'reader', 'folder:3') > 0 AS granted;
DELETE FROM folders WHERE id = 2;
TABLE differences;
SELECT authz.has_permission('user:a', 'folder.view', 5);
UPDATE folders SET id = 13 WHERE id = 3;
TABLE differences;
SELECT authz.has_permission('user:a', 'folder.view', 13), authz.has_permission('user:a', 'folder.view', 4);
-- Several at once: each keeps what it has.
INSERT INTO folders VALUES (31, NULL, 1), (32, NULL, 1), (33, 31, 1), (34, 32, 1), (35, 32, NULL), (36, 33, NULL);
SELECT authz.grant_role('user:b', 'reader', 'folder:34') > 0, authz.grant_role('user:b', 'reader', 'folder:36') > 0;
DELETE FROM folders WHERE id IN (31, 32, 33);
TABLE differences;
SELECT * FROM tree WHERE resource::text ~ '^folder:3.';
SELECT authz.permitted_ids('user:b', 'folder.view', NULL::integer);
TRUNCATE folders;

-- People -------------------------------------------------------------------------------
CREATE ROLE regress_authz_app;
GRANT SET ON PARAMETER authz.subject TO regress_authz_app;
GRANT ALL ON folders, projects TO regress_authz_app;
SELECT count(authz.add_member('organization:' || o, 'user:' || u)), count(authz.grant_role('user:' || u, 'owner', 'organization:' || o))
FROM (VALUES (1, 'olga'), (2, 'otto')) AS v (o, u);
INSERT INTO folders VALUES (1, NULL, 1), (2, 1, 1), (3, 2, 1), (20, NULL, 2), (21, 20, 2);
SELECT authz.grant_role('user:kim', 'keeper', 'folder:1') > 0, authz.grant_role('user:rosa', 'reader', 'folder:2') > 0;
SELECT authz.protect('folders', 'id', for_select => 'folder.view', for_insert => 'folder.add', for_update => 'folder.edit', for_delete => 'folder.edit');
SELECT authz.protect('projects', 'id', for_select => 'project.view', for_insert => 'organization.folders', for_update => 'project.edit', for_delete => 'project.edit');
SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies WHERE tablename IN ('folders', 'projects') ORDER BY 1, 2;
SET ROLE regress_authz_app;
SET authz.subject = 'user:kim';
TABLE folders ORDER BY id;
INSERT INTO folders VALUES (4, 3, 1), (5, 4, 1) RETURNING id;
-- Under policies parents come first.
INSERT INTO folders VALUES (7, 6, 1), (6, 3, 1);
INSERT INTO folders VALUES (8, NULL, 1);
INSERT INTO folders VALUES (8, 21, 1);
INSERT INTO folders VALUES (1, 3), (9, 1) ON CONFLICT (id) DO NOTHING RETURNING id;
INSERT INTO folders VALUES (1, 3), (10, 9) ON CONFLICT (id) DO UPDATE SET name = 'again' RETURNING id, name;
MERGE INTO folders AS f USING (VALUES (10), (11)) AS v (id) ON f.id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (11, 9);
-- An organization's permission for a project that is directly beneath it.
INSERT INTO projects VALUES (1, 3);
SET authz.subject = 'user:olga';
INSERT INTO projects VALUES (1, 3, 1);
INSERT INTO projects VALUES (1, NULL, 1) RETURNING id;
INSERT INTO folders VALUES (8, NULL, 1) RETURNING id;
RESET ROLE;
TABLE differences;
-- Moves at both ends: within what one keeps; to and from elsewhere; to none.
SET ROLE regress_authz_app;
SET authz.subject = 'user:kim';
UPDATE folders SET parent_id = 1 WHERE id = 5;
UPDATE folders SET parent_id = CASE id WHEN 2 THEN 3 ELSE 1 END WHERE id IN (2, 3);
UPDATE folders SET parent_id = 8 WHERE id = 5;
UPDATE folders SET parent_id = NULL WHERE id = 5;
UPDATE folders SET parent_id = NULL, organization_id = NULL WHERE id = 5;
UPDATE folders SET parent_id = 5 WHERE id = 3;
UPDATE folders SET parent_id = CASE id WHEN 4 THEN 5 ELSE 4 END WHERE id IN (4, 5);
-- A column behind the first moves nothing; the key's own action moves up what was there anyway,
-- and no further.
UPDATE folders SET organization_id = 2 WHERE id = 5;
DELETE FROM folders WHERE id = 3;
RESET ROLE;
TABLE differences;
SELECT * FROM tree WHERE resource IN ('folder:2', 'folder:4', 'folder:5');
SET ROLE regress_authz_app;
UPDATE folders SET organization_id = 2 WHERE id = 4 RETURNING id;
UPDATE folders SET parent_id = 5 WHERE id = 11;
UPDATE folders SET organization_id = 2 WHERE id = 11;
DELETE FROM folders WHERE id = 5;
UPDATE folders SET organization_id = 1 WHERE id = 11;
DELETE FROM folders WHERE id = 5;
RESET ROLE;
TABLE differences;

-- On partitions, where each row is followed by itself ------------------------------------
RESET authz.subject;
SELECT authz.untrack('folders', drop_resources => true);
ALTER TABLE folders RENAME TO plain_folders;
CREATE TABLE folders (id integer, parent_id integer, organization_id integer, name text) PARTITION BY LIST (organization_id);
CREATE TABLE folders_1 PARTITION OF folders FOR VALUES IN (1);
CREATE TABLE folders_2 (name text, organization_id integer, gone integer, parent_id integer, id integer);
ALTER TABLE folders_2 DROP gone;
ALTER TABLE folders ATTACH PARTITION folders_2 DEFAULT;
CREATE OR REPLACE VIEW differences AS
SELECT coalesce(t.resource, r.resource::text) AS resource, t.parent AS parent_of_row, p.resource AS parent_of_resource
FROM (SELECT format('folder:%s', id) AS resource, coalesce('folder:' || parent_id, 'organization:' || organization_id) AS parent FROM folders) AS t
     FULL JOIN (SELECT * FROM authz.resources WHERE resource_type = 'folder') AS r ON r.resource::text = t.resource
     LEFT JOIN authz.resources AS p ON p.id = r.parent_id
WHERE t.parent IS DISTINCT FROM p.resource::text OR t.resource IS NULL OR r.resource IS NULL OR NOT r.has_row
ORDER BY 1;
INSERT INTO folders VALUES (3, 2, 1), (2, 1, 2), (1, NULL, 1);
SELECT authz.track('folders', 'folder', 'id', 'folder:parent_id, organization:organization_id');
TABLE differences;
INSERT INTO folders VALUES (13, 12, 1), (12, 11, 2), (11, NULL, 1);
TABLE differences;
INSERT INTO folders VALUES (14, 15, 1), (15, 14, 2);
INSERT INTO folders VALUES (14, 15, 1);
UPDATE folders SET id = id + 100, parent_id = parent_id + 100, organization_id = 3 - organization_id WHERE id > 10;
TABLE differences;
SELECT * FROM tree WHERE resource::text ~ '^folder:11.';
UPDATE folders SET parent_id = CASE id WHEN 111 THEN 112 WHEN 112 THEN 113 END, organization_id = 3 - organization_id WHERE id > 100;
TABLE differences;
DELETE FROM folders WHERE id = 112;
DELETE FROM folders WHERE id = 111;
-- Policies, and a row whose parent comes later.
ALTER TABLE folders ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON folders USING (true);
GRANT ALL ON folders TO regress_authz_app;
SET ROLE regress_authz_app;
SET authz.subject = 'user:olga';
INSERT INTO folders VALUES (23, 22, 1), (22, 21, 2), (21, NULL, 1);
INSERT INTO folders VALUES (25, 24, 1), (24, 99, 2);
RESET ROLE;
TABLE differences;
SET ROLE regress_authz_app;
DELETE FROM folders;
RESET ROLE;
TABLE differences;
SELECT authz.untrack('folders', drop_resources => true);

-- Who creates a folder gets a role on it ---------------------------------------------------
DROP TABLE folders CASCADE;
CREATE TABLE folders (id integer PRIMARY KEY, parent_id integer REFERENCES folders, organization_id integer, name text UNIQUE);
GRANT ALL ON folders TO regress_authz_app;
RESET authz.subject;
SELECT authz.track('folders', 'folder', 'id', 'folder:parent_id, organization:organization_id', creator_role => 'keeper');
SELECT authz.protect('folders', 'id', for_select => 'folder.view', for_insert => 'folder.add');
SELECT with_check FROM pg_policies WHERE tablename = 'folders' AND cmd = 'INSERT';
INSERT INTO folders VALUES (2, 1), (1, NULL);
INSERT INTO folders VALUES (4, 3, 1), (3, NULL, 1), (5, 6, 1), (6, NULL, 1) ON CONFLICT DO NOTHING;
SELECT authz.grant_role('user:rosa', 'keeper', 'folder:3') > 0 AS granted;
SET ROLE regress_authz_app;
SET authz.subject = 'user:rosa';
INSERT INTO folders VALUES (10, 3), (11, 10) RETURNING id;
INSERT INTO folders VALUES (13, 12), (12, 3);
INSERT INTO folders VALUES (12, 2);
INSERT INTO folders VALUES (12, NULL, 1);
INSERT INTO folders VALUES (12, 3, NULL, 'x') ON CONFLICT (name) DO NOTHING;
INSERT INTO folders VALUES (14, 3, NULL, 'x'), (15, 14, NULL, 'y') ON CONFLICT (name) DO NOTHING;
RESET ROLE;
SELECT r.resource, p.resource AS parent, s.subject FROM authz.resources AS r LEFT JOIN authz.resources AS p ON p.id = r.parent_id
    LEFT JOIN authz.assignments AS a ON a.resource_id = r.id LEFT JOIN authz.subjects AS s ON s.id = a.subject_id
WHERE r.resource_type = 'folder' ORDER BY length(r.resource::text), r.resource::text, s.subject;
RESET authz.subject;

-- Tables that refer to each other ------------------------------------------------------------
CREATE TABLE databases (id integer PRIMARY KEY, page_id integer);
CREATE TABLE pages (id integer PRIMARY KEY, database_id integer, page_id integer);
INSERT INTO pages VALUES (1, NULL, NULL), (2, NULL, 1), (3, 1, NULL), (4, 2, NULL), (5, NULL, 4), (6, NULL, 5);
INSERT INTO databases VALUES (1, 2), (2, 3);
SELECT authz.track('databases', 'database', 'id', 'page_id');
SELECT authz.track('pages', 'page', 'id', 'page:page_id, database:database_id');
SELECT * FROM tree WHERE resource::text ~ '^(page|database)';
SELECT authz.track('databases', 'database', 'id', 'page_id');
SELECT * FROM tree WHERE resource::text ~ '^(page|database)';
INSERT INTO databases VALUES (3, 99);
SELECT authz.grant_role('user:a', 'page reader', 'page:2') > 0 AS granted;
SELECT authz.permitted_ids('user:a', 'page.view', NULL::integer);
UPDATE databases SET page_id = 6 WHERE id = 1;
UPDATE databases SET page_id = 1 WHERE id = 2;
SELECT authz.permitted_ids('user:a', 'page.view', NULL::integer);
-- At the end of a restore: whatever is missing.
CREATE TEMPORARY TABLE before AS TABLE tree;
DELETE FROM authz.resources WHERE resource::text ~ '^(page|database)';
SELECT authz_internal.track_restored_rows(ARRAY(SELECT id FROM authz.tracked_tables));
SELECT * FROM before EXCEPT SELECT * FROM tree;
DELETE FROM authz.resources WHERE resource = 'page:3';
SELECT authz_internal.track_restored_rows(ARRAY(SELECT id FROM authz.tracked_tables));
SELECT * FROM before EXCEPT SELECT * FROM tree;

SET client_min_messages = notice;
DROP TABLE databases;
DROP TABLE folders;
SELECT table_name FROM authz.tracked_tables ORDER BY id;
SET client_min_messages = warning;
DROP OWNED BY regress_authz_app;
DROP ROLE regress_authz_app;
