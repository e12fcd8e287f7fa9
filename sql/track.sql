-- Resources that follow an application's own table.
\i sql/include/fresh.sql
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT count(*) > 0 AS applied FROM authz.apply('{
  "resource_types": [{"name": "org", "has_members": true}, {"name": "project", "parent": "org"}, {"name": "doc"}],
  "permissions": [{"name": "project.view", "resource_type": "project"}],
  "roles": [{"name": "viewer", "resource_type": "project", "permissions": ["project.view"]}]}');
CREATE VIEW resources AS
SELECT r.resource, p.resource AS parent FROM authz.resources AS r LEFT JOIN authz.resources AS p ON p.id = r.parent_id ORDER BY r.resource;

CREATE TABLE orgs (id smallint PRIMARY KEY, name text);
CREATE TABLE projects (id bigint PRIMARY KEY, org_id integer, name text);
INSERT INTO orgs VALUES (1), (2), (3);
INSERT INTO projects VALUES (1, 1), (2, 2), (3, NULL);

-- What is there becomes resources; parents first.
SELECT authz.track('projects', 'project', 'id', 'org_id');
SELECT authz.track('orgs', 'org', 'id');
SELECT authz.track('projects', 'project', 'id', 'org_id');
SELECT authz.track('projects', 'project', 'id', 'org_id') AS again;
TABLE resources;

-- Every statement.
INSERT INTO projects VALUES (4, 1), (5, 2);
INSERT INTO projects VALUES (5, 3) ON CONFLICT (id) DO UPDATE SET org_id = excluded.org_id;
COPY projects FROM stdin;
6	1	x
7	2	y
\.
MERGE INTO projects p USING (VALUES (7, 3), (8, 3)) AS v (id, org_id) ON v.id = p.id
    WHEN MATCHED THEN UPDATE SET org_id = v.org_id WHEN NOT MATCHED THEN INSERT (id, org_id) VALUES (v.id, v.org_id);
TABLE resources;
SELECT authz.grant_role('user:a', 'viewer', 'project:4') IS NOT NULL AS granted;
-- A new id takes along what hangs on the resource.
UPDATE projects SET id = 40 WHERE id = 4;
SELECT authz.has_permission('user:a', 'project.view', 40) AS new_id, authz.has_permission('user:a', 'project.view', 4) AS old_id;
UPDATE projects SET org_id = 2 WHERE id IN (6, 40);
UPDATE projects SET org_id = NULL WHERE id = 5;
UPDATE projects SET name = 'z';
DELETE FROM projects WHERE id IN (1, 40);
SELECT count(*) AS assignments FROM authz.assignments;
TABLE resources;
-- One statement may remove an id and insert it anew, after another row.
WITH d AS (DELETE FROM projects WHERE id = 2 RETURNING id)
INSERT INTO projects SELECT 90, 1 UNION ALL SELECT id, 3 FROM d;
MERGE INTO projects p USING (VALUES (1, 'ins', 91), (2, 'del', 3), (3, 'ins', 3)) AS v (n, action, id) ON v.id = p.id AND v.action = 'del'
    WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, org_id) VALUES (v.id, 2);
INSERT INTO projects VALUES (92, 1), (8, 2), (8, 2) ON CONFLICT (id) DO UPDATE SET id = 100 + projects.id;
SELECT id FROM projects EXCEPT SELECT authz.resource_id(resource)::bigint FROM resources;
TABLE resources;
DELETE FROM projects WHERE id BETWEEN 90 AND 99;
-- In one transaction with what depends on it, and undone with it.
BEGIN;
INSERT INTO orgs VALUES (9);
WITH o AS (INSERT INTO orgs VALUES (10) RETURNING id) INSERT INTO projects SELECT 100, id FROM o;
SAVEPOINT s;
DELETE FROM orgs WHERE id = 3;
SELECT count(*) FROM resources WHERE resource IN ('org:3', 'org:9', 'org:10', 'project:100');
ROLLBACK TO s;
SELECT count(*) FROM resources WHERE resource IN ('org:3', 'org:9', 'org:10', 'project:100');
ROLLBACK;
SELECT count(*) FROM resources WHERE resource IN ('org:3', 'org:9', 'org:10', 'project:100');
-- The application's own row triggers find the resource.
CREATE FUNCTION first_project() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO projects VALUES (NEW.id + 1000, NEW.id);
    PERFORM authz.grant_role('user:founder', 'viewer', 'project:' || NEW.id + 1000);
    RETURN NULL;
END
$$;
CREATE TRIGGER first_project AFTER INSERT ON orgs FOR EACH ROW EXECUTE FUNCTION first_project();
INSERT INTO orgs VALUES (20), (21);
SELECT * FROM resources WHERE parent IN ('org:20', 'org:21');
DROP TRIGGER first_project ON orgs;
-- By rows of another table's foreign key.
CREATE TABLE chapters (id uuid PRIMARY KEY, org_id smallint REFERENCES orgs ON UPDATE CASCADE ON DELETE CASCADE);
SELECT authz.untrack('projects');
SELECT authz.track('chapters', 'project', 'id', 'org_id', drop_leftovers => true);
INSERT INTO chapters VALUES ('00000000-0000-0000-0000-00000000000a', 20), ('00000000-0000-0000-0000-00000000000b', 21), ('00000000-0000-0000-0000-00000000000c', 21);
UPDATE orgs SET id = 22 WHERE id = 20;
SELECT * FROM resources WHERE resource::text LIKE 'project:00%';
DELETE FROM orgs WHERE id IN (21, 22);
SELECT * FROM resources WHERE resource::text LIKE 'project:00%';
DROP TABLE chapters;
DELETE FROM projects WHERE id > 1000;
SELECT authz.track('projects', 'project', 'id', 'org_id');

-- A NULL id is no resource; an id in the wrong form, or a parent that is not there, is refused.
CREATE TABLE docs (id text UNIQUE, note text);
SELECT authz.track('docs', 'doc', 'id');
INSERT INTO docs VALUES (NULL), ('a b'), ('c'), (NULL);
UPDATE docs SET id = 'd' WHERE ctid = (SELECT min(ctid) FROM docs WHERE id IS NULL);
UPDATE docs SET id = NULL WHERE id = 'a b';
SELECT resource FROM resources WHERE resource::text LIKE 'doc:%';
INSERT INTO docs VALUES ('');
INSERT INTO docs VALUES (repeat('x', 256));
INSERT INTO projects VALUES (200, 99);
SELECT resource FROM resources WHERE resource::text LIKE 'doc:%' OR resource = 'project:200';
TRUNCATE docs;
SELECT resource FROM resources WHERE resource::text LIKE 'doc:%';
-- In bulk, and where ordinary triggers do not fire.
INSERT INTO docs SELECT 'bulk' || i FROM generate_series(1, 60000) AS i;
SELECT count(*) FROM resources WHERE resource::text LIKE 'doc:bulk%';
SET session_replication_role = replica;
INSERT INTO docs VALUES ('replica');
RESET session_replication_role;
SELECT count(*) FROM resources WHERE resource = 'doc:replica';
SELECT count(*) FROM authz.audit_log WHERE object = 'doc:replica';
DELETE FROM docs WHERE id > 'bulk2';
SELECT count(*) = (SELECT count(*) FROM docs) AS in_step FROM resources WHERE resource::text LIKE 'doc:%';

-- New names are followed.
CREATE SCHEMA app;
ALTER TABLE docs RENAME TO documents;
ALTER TABLE documents RENAME id TO key;
ALTER TABLE documents SET SCHEMA app;
ALTER SCHEMA app RENAME TO application;
SELECT table_schema, table_name, resource_type, id_column, parent_columns, parent_types FROM authz.tracked_tables ORDER BY table_name;
INSERT INTO application.documents VALUES ('renamed');
SELECT count(*) FROM resources WHERE resource = 'doc:renamed';
-- So is the end of a table; its resources stay.
DROP SCHEMA application CASCADE;
SELECT table_name FROM authz.tracked_tables ORDER BY table_name;
SELECT count(*) FROM resources WHERE resource = 'doc:renamed';

-- Partitions: also those that come later, named directly or not.
CREATE TABLE parts (id bigint, org_id integer, PRIMARY KEY (id, org_id)) PARTITION BY LIST (org_id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
SELECT authz.untrack('projects', drop_resources => true), authz.track('parts', 'project', 'id', 'org_id');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES IN (2);
CREATE TABLE parts_3 (org_id integer NOT NULL, id bigint NOT NULL);
INSERT INTO parts_3 VALUES (3, 303);
ALTER TABLE parts ATTACH PARTITION parts_3 FOR VALUES IN (3);
INSERT INTO parts VALUES (301, 1), (302, 2);
INSERT INTO parts_2 VALUES (304, 2);
SELECT * FROM resources WHERE resource::text LIKE 'project:30%';
-- A row that moves to another partition keeps what hangs on it, also under a new id.
SELECT authz.grant_role('user:a', 'viewer', 'project:301') IS NOT NULL, authz.grant_role('user:a', 'viewer', 'project:302') IS NOT NULL;
UPDATE parts SET org_id = 3 WHERE id = 301;
UPDATE parts SET org_id = 3, id = 309 WHERE id = 302;
SELECT authz.has_permission('user:a', 'project.view', 301), authz.has_permission('user:a', 'project.view', 309), authz.has_permission('user:a', 'project.view', 302);
SELECT * FROM resources WHERE resource::text LIKE 'project:30%';
TRUNCATE parts_2;
SELECT resource FROM resources WHERE resource::text LIKE 'project:30%';
TRUNCATE parts;
SELECT resource FROM resources WHERE resource::text LIKE 'project:30%';
SELECT authz.untrack('parts');
SELECT count(*) FROM pg_trigger WHERE tgfoid = 'authz.track_rows'::regproc AND tgrelid IN (SELECT relid FROM pg_partition_tree('parts'));

-- What cannot be tracked.
\set VERBOSITY sqlstate
SELECT authz.track('resources', 'doc', 'resource');
SELECT authz.track('parts_1', 'project', 'id');
SELECT authz.track('authz.roles', 'doc', 'id');
SELECT authz.track('projects', 'nothing', 'id');
SELECT authz.track('projects', 'project', 'nothing');
SELECT authz.track('orgs', 'doc', 'id');
SELECT authz.track('projects', 'doc', 'id', 'org_id');
SELECT authz.track('projects', NULL, 'id');
CREATE TABLE wrong (id numeric, day date);
SELECT authz.track('wrong', 'doc', 'id');
CREATE TEMP TABLE fleeting (id integer);
SELECT authz.track('fleeting', 'doc', 'id');
\set VERBOSITY default
SELECT authz.untrack('projects');

-- Strangers ----------------------------------------------------------------------
CREATE ROLE regress_authz_app;
CREATE SCHEMA regress_authz_app AUTHORIZATION regress_authz_app;
SET ROLE regress_authz_app;
CREATE TABLE regress_authz_app.mine (id bigint, org_id integer);
\set VERBOSITY sqlstate
SELECT authz.track('regress_authz_app.mine', 'project', 'id', 'org_id');
RESET ROLE;
\set VERBOSITY default
-- Everybody may make triggers with the function.
SELECT format('CREATE TRIGGER forged AFTER INSERT ON regress_authz_app.mine FOR EACH ROW EXECUTE FUNCTION authz.track_rows(%L)', id) AS forge
FROM authz.tracked_tables WHERE table_name = 'orgs' \gset
SET ROLE regress_authz_app;
:forge;
INSERT INTO regress_authz_app.mine VALUES (666, 1);
ALTER TABLE regress_authz_app.mine RENAME TO orgs;
INSERT INTO regress_authz_app.orgs VALUES (666, 1);
DROP TABLE regress_authz_app.orgs;
RESET ROLE;
SELECT count(*) FROM resources WHERE resource::text LIKE '%:666';
-- Whoever writes a tracked table needs nothing of authz, and captures nothing.
CREATE TABLE regress_authz_app.notes (id integer PRIMARY KEY);
ALTER TABLE regress_authz_app.notes OWNER TO regress_authz_app;
SELECT authz.track('regress_authz_app.notes', 'doc', 'id');
SET ROLE regress_authz_app;
CREATE FUNCTION regress_authz_app.eq(authz.resource, authz.resource) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'captured by %', current_user; END $$;
CREATE OPERATOR regress_authz_app.= (LEFTARG = authz.resource, RIGHTARG = authz.resource, FUNCTION = regress_authz_app.eq);
INSERT INTO regress_authz_app.notes VALUES (71);
SET search_path = regress_authz_app, pg_catalog;
INSERT INTO notes VALUES (72), (73);
UPDATE notes SET id = 74 WHERE id = 73;
DELETE FROM notes WHERE id = 71;
RESET search_path;
RESET ROLE;
SELECT resource FROM resources WHERE resource::text LIKE 'doc:7%';
SELECT DISTINCT database_role FROM authz.audit_log WHERE object LIKE 'doc:7%';

-- The right to call the functions does not make an administrator.
SELECT authz.untrack('regress_authz_app.notes');
GRANT EXECUTE ON FUNCTION authz.track, authz.untrack TO regress_authz_app;
SET ROLE regress_authz_app;
SELECT authz.track('regress_authz_app.notes', 'doc', 'id');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.track(NULL, NULL, NULL);
SELECT authz.untrack('regress_authz_app.notes');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
-- The function of an administrator may track for others.
CREATE FUNCTION regress_authz_app.track_notes() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT authz.track('regress_authz_app.notes', 'doc', 'id') $$;
SET ROLE regress_authz_app;
SELECT regress_authz_app.track_notes();
RESET ROLE;
SELECT authz.untrack('regress_authz_app.notes');
REVOKE ALL ON FUNCTION authz.track, authz.untrack FROM regress_authz_app;

DROP SCHEMA regress_authz_app CASCADE;
DROP ROLE regress_authz_app;
DROP TABLE orgs, projects, parts, wrong;
DROP FUNCTION first_project();
SELECT count(*) FROM authz.tracked_tables;
