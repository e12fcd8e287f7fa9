-- Tracked tables where something goes past the triggers, or comes apart within a statement:
-- rows without a parent, blocks that are rolled back, partitions that are dropped, DDL by
-- other names.
\i sql/include/fresh.sql
\getenv tree PG_ABS_SRCDIR
\set include :tree/sql/include/tenants.sql
\i :include
SELECT count(*) > 0 AS applied FROM authz.apply('{
  "resource_types": [{"name": "doc", "parent": "organization", "roles_for": "anyone"}, {"name": "page", "parent": "doc", "roles_for": "anyone"}],
  "permissions": [{"name": "doc.view", "resource_type": "doc"}],
  "roles": [{"name": "reader", "resource_type": "doc", "permissions": ["doc.view"]},
            {"name": "owner", "resource_type": "organization", "base_roles": ["project:editor", "doc:reader"]}]}');
CREATE VIEW docs_now AS
SELECT r.resource, p.resource AS parent, r.has_row,
       (SELECT string_agg(s.subject::text, ' ' ORDER BY s.subject) FROM authz.assignments AS a JOIN authz.subjects AS s ON s.id = a.subject_id WHERE a.resource_id = r.id) AS holders
FROM authz.resources AS r LEFT JOIN authz.resources AS p ON p.id = r.parent_id
WHERE r.resource_type IN ('doc', 'page') ORDER BY r.resource::text COLLATE "C";

-- Rows whose parent goes ---------------------------------------------------------------
CREATE TABLE docs (id int, org int, part int, secret text) PARTITION BY LIST (part);
CREATE TABLE docs_1 PARTITION OF docs FOR VALUES IN (1);
CREATE TABLE docs_2 PARTITION OF docs FOR VALUES IN (2);
CREATE TABLE pages (id int PRIMARY KEY, doc int);
SELECT authz.track('docs', 'doc', 'id', 'org'), authz.track('pages', 'page', 'id', 'doc');
ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
GRANT ALL ON docs TO regress_authz_app;
CREATE POLICY s ON docs FOR SELECT USING (authz.has_permission('doc.view', id));
CREATE POLICY i ON docs FOR INSERT WITH CHECK (authz.has_permission('organization.projects', org));
INSERT INTO docs VALUES (1, 2, 1, 'of organization 2');
INSERT INTO pages VALUES (100, 1);
SELECT authz.grant_role('user:zed', 'reader', 'doc:1') > 0 AS granted;
-- No foreign key: the rows stay, the roles go, and nobody else can take the ids.
DELETE FROM organizations WHERE id = 2;
TABLE docs_now;
SET ROLE regress_authz_app;
SET authz.subject = 'user:edda';
INSERT INTO docs VALUES (1, 9, 2, 'mine');
TABLE docs;
RESET ROLE;
-- The parent comes again.
INSERT INTO organizations VALUES (2);
SELECT authz.track('docs', 'doc', 'id', 'org') AS moved;
TABLE docs_now;
-- Tables that are truncated together.
INSERT INTO docs VALUES (2, 9, 2, 'x');
TRUNCATE organizations, projects, docs, pages;
TABLE docs_now;
INSERT INTO organizations VALUES (1), (2), (9);
SELECT authz.add_member('organization:9', 'edda'), authz.grant_role('edda', 'owner', 'organization:9') > 0 AS granted;
-- A foreign key that looks at the end of the transaction only.
ALTER TABLE projects ADD FOREIGN KEY (organization_id) REFERENCES organizations DEFERRABLE INITIALLY DEFERRED;
INSERT INTO projects VALUES (21, 2);
SELECT authz.grant_role('user:zed', 'viewer', 'project:21') > 0 AS granted;
BEGIN;
DELETE FROM organizations WHERE id = 2;
INSERT INTO organizations VALUES (2, 'again');
COMMIT;
TABLE differences;
SELECT authz.track('projects', 'project', 'id', 'organization_id') AS moved;
TABLE differences;

-- Rows that come and go in a block that is rolled back ------------------------------------
INSERT INTO docs VALUES (1, 1, 1, 'of 1'), (2, 2, 1, 'of 2'), (5, 9, 1, 'of 9');
SELECT authz.grant_role('user:a', 'reader', 'doc:1') > 0, authz.grant_role('user:b', 'reader', 'doc:2') > 0;
CREATE FUNCTION undo(query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE query;
    RAISE 'undo';
EXCEPTION WHEN raise_exception THEN
    RETURN 'undone';
END
$$;
CREATE FUNCTION try() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM undo($q$DELETE FROM docs WHERE secret = 'of 2'$q$); RETURN NULL; END $$;
CREATE TRIGGER "~~last" AFTER UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION try();
UPDATE docs SET id = 2 WHERE id = 1;
UPDATE docs SET id = 3 WHERE id = 1;
TABLE docs_now;
DROP TRIGGER "~~last" ON docs;
GRANT UPDATE ON docs TO regress_authz_app;
CREATE POLICY u ON docs FOR UPDATE USING (true);
CREATE POLICY so ON docs FOR SELECT USING (authz.has_permission('organization.projects', org));
SET ROLE regress_authz_app;
INSERT INTO docs VALUES (14, 9, 2), (15, 9, 1) RETURNING id, undo('UPDATE docs SET id = 15, part = 2 WHERE id = 5');
RESET ROLE;
TABLE docs_now;

-- Partitions that go ------------------------------------------------------------------
DROP TABLE docs_2;
SELECT resource, has_row FROM docs_now WHERE resource = 'doc:14';
SELECT authz.track('docs', 'doc', 'id', 'org', drop_leftovers => true);
TABLE docs_now;
ALTER TABLE docs DETACH PARTITION docs_1;
SELECT authz.track('docs', 'doc', 'id', 'org');
TABLE docs_now;
ALTER TABLE docs ATTACH PARTITION docs_1 FOR VALUES IN (1);
-- The same for rows that were removed while the triggers were off.
SELECT authz.create_resource('organization:50');
ALTER TABLE docs_1 DISABLE TRIGGER ALL;
DELETE FROM docs WHERE id = 15;
ALTER TABLE docs_1 ENABLE TRIGGER ALL;
SELECT authz.track('docs', 'doc', 'id', 'org');
SELECT resource, has_row FROM docs_now WHERE NOT has_row;

-- DDL ---------------------------------------------------------------------------------
CREATE SCHEMA elsewhere CREATE TABLE docs_3 PARTITION OF public.docs FOR VALUES IN (3);
SET session_replication_role = replica;
CREATE TABLE docs_4 PARTITION OF docs FOR VALUES IN (4);
RESET session_replication_role;
INSERT INTO docs VALUES (30, 1, 3), (40, 1, 4);
TRUNCATE elsewhere.docs_3, docs_4;
SELECT resource FROM docs_now WHERE resource IN ('doc:30', 'doc:40');
ALTER INDEX pages RENAME TO leaves;
ALTER TYPE leaves RENAME ATTRIBUTE doc TO document CASCADE;
INSERT INTO leaves VALUES (101, 3);
SELECT resource, parent FROM docs_now WHERE resource = 'page:101';
SELECT table_name, id_column, parent_columns, parent_types FROM authz.tracked_tables WHERE resource_type = 'page';
ALTER TABLE leaves DROP COLUMN document CASCADE;
SELECT authz.untrack('leaves');
ALTER TABLE leaves DROP COLUMN document CASCADE;
DROP TABLE leaves;

DROP TABLE docs;
DROP VIEW docs_now;
DROP FUNCTION try(), undo(text);
DROP VIEW differences;
DROP TABLE projects, organizations;
DROP OWNED BY regress_authz_app;
DROP ROLE regress_authz_app;
