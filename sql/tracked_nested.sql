-- Statements within statements on a tracked table: what one makes of a row before the other's
-- triggers have followed it is no way around the rules, and leaves rows and resources in step.
\i sql/include/fresh.sql
\getenv tree PG_ABS_SRCDIR
\set include :tree/sql/include/tenants.sql
\i :include
CREATE VIEW held AS
SELECT r.resource, p.resource AS parent, (SELECT string_agg(s.subject::text, ',' ORDER BY s.subject) FROM authz.assignments AS a JOIN authz.subjects AS s ON s.id = a.subject_id WHERE a.resource_id = r.id) AS holders
FROM authz.resources AS r LEFT JOIN authz.resources AS p ON p.id = r.parent_id WHERE r.resource_type = 'project' ORDER BY r.resource;
GRANT CREATE ON SCHEMA public TO regress_authz_app;
ALTER TABLE projects DISABLE ROW LEVEL SECURITY;
SET ROLE regress_authz_app;
SET authz.subject = 'user:edda';

-- A function in RETURNING changes the row again, under a name that has no resource yet.
CREATE FUNCTION change(command text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE command; RETURN 'changed'; END $$;
UPDATE projects SET id = 500 WHERE id = 11 RETURNING change('UPDATE projects SET id = 501, organization_id = 9 WHERE id = 500');
UPDATE projects SET id = 500 WHERE id = 11 RETURNING change('UPDATE projects SET organization_id = 9 WHERE id = 500');
UPDATE projects SET id = 500 WHERE id = 11 RETURNING change('UPDATE projects SET id = 501 WHERE id = 500');
UPDATE projects SET id = 500 WHERE id = 501 RETURNING change('DELETE FROM projects WHERE id = 500');
RESET ROLE;
TABLE differences;
TABLE held;
INSERT INTO projects VALUES (11, 1, 'p11');
SELECT authz.grant_role('user:edda', 'editor', 'project:11') > 0 AS granted;
-- Where nothing nested follows, the last word counts.
SET ROLE regress_authz_app;
INSERT INTO projects VALUES (92, 9, 'p92');
UPDATE projects SET organization_id = NULL WHERE id = 92 RETURNING change('UPDATE projects SET organization_id = 9 WHERE id = 92');
INSERT INTO projects VALUES (93, 9, 'p93') RETURNING change('UPDATE projects SET organization_id = 1 WHERE id = 93');
INSERT INTO projects VALUES (93, 9, 'p93') RETURNING change('DELETE FROM projects WHERE id = 92');
RESET ROLE;
TABLE differences;

-- Under policies, by the resource of a row that is not stored after all.
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
SET ROLE regress_authz_app;
WITH i AS (INSERT INTO projects VALUES (500, 9, 'p93') ON CONFLICT DO NOTHING RETURNING 1)
UPDATE projects SET id = 500 FROM (SELECT count(*) FROM i) AS c WHERE projects.id = 11 RETURNING change('UPDATE projects SET organization_id = 9 WHERE id = 500');
RESET ROLE;
TABLE differences;
TABLE held;
-- Nor does a row come under such a parent.
SELECT authz.untrack('organizations'), authz.track('organizations', 'organization', 'id', creator_role => 'owner');
CREATE UNIQUE INDEX ON organizations (name);
UPDATE organizations SET name = 'o' || id;
SET ROLE regress_authz_app;
WITH i AS (INSERT INTO organizations VALUES (50, 'o1') ON CONFLICT DO NOTHING) UPDATE projects SET organization_id = 50 WHERE id = 93;
RESET ROLE;
TABLE differences;
-- An upsert that gives the row the id that it proposed.
SET ROLE regress_authz_app;
SET authz.subject = 'user:olga';
INSERT INTO projects VALUES (60, 1, 'p12') ON CONFLICT (name) DO UPDATE SET id = excluded.id RETURNING id;
INSERT INTO projects VALUES (12, 1, 'p12') ON CONFLICT (name) DO UPDATE SET id = excluded.id;
SET authz.subject = 'user:edda';
RESET ROLE;
TABLE differences;

-- A policy on the row's own id is asked about the resource that is there; the row that
-- replaces it comes under the same parent.
SELECT authz.protect('projects', 'id', for_select => 'project.view', for_insert => 'project.edit', for_update => 'project.edit', for_delete => 'project.edit');
DROP POLICY i ON projects;
SET ROLE regress_authz_app;
WITH d AS (DELETE FROM projects WHERE id = 93 RETURNING *) INSERT INTO projects SELECT id, 2, name FROM d;
MERGE INTO projects AS p USING (VALUES (93, 93), (93, NULL)) AS v (id, k) ON p.id = v.k WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (v.id, 2, 'merged');
WITH d AS (DELETE FROM projects WHERE id = 93 RETURNING *) INSERT INTO projects SELECT id, 9, name FROM d RETURNING id;
RESET ROLE;
TABLE differences;

-- Foreign keys: what the action of the parent's change does not write is no action's.
SELECT authz.add_member('organization:1', 'user:pia'), authz.grant_role('user:pia', 'planner', 'organization:1') > 0, authz.grant_role('user:pia', 'editor', 'project:12') > 0;
ALTER TABLE projects ADD FOREIGN KEY (organization_id) REFERENCES organizations ON DELETE SET NULL ON UPDATE CASCADE;
SET ROLE regress_authz_app;
SET authz.subject = 'user:pia';
WITH o AS (UPDATE organizations SET id = 98 WHERE id = 1 RETURNING id) UPDATE projects SET organization_id = NULL FROM o WHERE projects.id = 12;
RESET ROLE;
ALTER TABLE projects DROP CONSTRAINT projects_organization_id_fkey, ALTER organization_id SET DEFAULT 2,
    ADD FOREIGN KEY (organization_id) REFERENCES organizations ON DELETE SET DEFAULT ON UPDATE CASCADE;
SET ROLE regress_authz_app;
WITH o AS (UPDATE organizations SET id = 98 WHERE id = 1 RETURNING id) UPDATE projects SET organization_id = 2 FROM o WHERE projects.id = 12;
RESET ROLE;
-- A key to another table than the parents'.
CREATE TABLE others (id integer PRIMARY KEY);
INSERT INTO others VALUES (1), (2), (9);
ALTER TABLE projects DROP CONSTRAINT projects_organization_id_fkey, ADD FOREIGN KEY (organization_id) REFERENCES others ON UPDATE SET NULL;
SET ROLE regress_authz_app;
WITH o AS (UPDATE organizations SET id = 98 WHERE id = 1 RETURNING id) UPDATE projects SET organization_id = NULL FROM o WHERE projects.id = 12;
RESET ROLE;
TABLE differences;
ALTER TABLE projects DROP CONSTRAINT projects_organization_id_fkey;

-- Ids that change places, while a trigger deletes --------------------------------------
SELECT authz.untrack('projects', drop_resources => true);
RESET authz.subject;
CREATE TABLE swapping (id text PRIMARY KEY DEFERRABLE, v integer);
INSERT INTO swapping VALUES ('a', 1), ('b', 2);
SELECT authz.track('swapping', 'project', 'id');
SELECT authz.grant_role('user:first', 'viewer', 'project:a') > 0, authz.grant_role('user:second', 'viewer', 'project:b') > 0;
CREATE FUNCTION delete_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.v = 1 THEN
        BEGIN
            DELETE FROM swapping WHERE v = 1;
            IF current_setting('regress.undo', true) = 'yes' THEN RAISE EXCEPTION USING ERRCODE = 'ZZ000'; END IF;
        EXCEPTION WHEN SQLSTATE 'ZZ000' THEN NULL;
        END;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER "~b" AFTER UPDATE ON swapping FOR EACH ROW EXECUTE FUNCTION delete_first();
SET regress.undo = 'yes';
UPDATE swapping SET id = CASE id WHEN 'a' THEN 'b' ELSE 'a' END;
TABLE swapping;
TABLE held;
SET regress.undo = 'no';
UPDATE swapping SET id = CASE id WHEN 'a' THEN 'b' ELSE 'a' END;
TABLE swapping;
TABLE held;
DROP TRIGGER "~b" ON swapping;
-- Nobody can be in the way under the name that one of them waits under.
INSERT INTO swapping SELECT '#aside ' || r.id, 3 FROM authz.resources AS r WHERE r.resource_type = 'project';
INSERT INTO swapping VALUES ('c', 4);
UPDATE swapping SET id = CASE id WHEN 'c' THEN 'b' WHEN 'b' THEN 'c' ELSE id END;
SELECT count(*) FROM held WHERE resource::text ~ 'aside';

-- Two rows of one statement with one id, where the index looks later.
SELECT authz.untrack('swapping', drop_resources => true);
CREATE TABLE lazy (id text UNIQUE DEFERRABLE INITIALLY DEFERRED, v integer);
SELECT authz.track('lazy', 'project', 'id');
BEGIN;
INSERT INTO lazy VALUES ('n', 10), ('n', 11);
ROLLBACK;
-- A row that comes to have an id only later, where its creator gets a role.
SELECT authz.untrack('lazy', drop_resources => true);
CREATE TABLE late (id integer UNIQUE, organization_id integer);
SELECT authz.track('late', 'project', 'id', 'organization_id', creator_role => 'editor');
GRANT ALL ON late TO regress_authz_app;
SET ROLE regress_authz_app;
SET authz.subject = 'user:edda';
INSERT INTO late VALUES (NULL, 2), (NULL, 9);
UPDATE late SET id = 1 WHERE organization_id = 2;
UPDATE late SET id = 2 WHERE organization_id = 9;
RESET ROLE;
TABLE held;

-- Partitions that a stranger attaches ---------------------------------------------------
SELECT authz.untrack('late', drop_resources => true);
RESET authz.subject;
CREATE TABLE parts (id bigint, organization_id integer, k integer) PARTITION BY LIST (k);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
INSERT INTO parts VALUES (11, 1, 1);
SELECT authz.track('parts', 'project', 'id', 'organization_id');
SELECT authz.grant_role('user:otto', 'viewer', 'project:11') > 0 AS granted;
ALTER TABLE parts OWNER TO regress_authz_app;
ALTER TABLE parts_1 OWNER TO regress_authz_app;
SET ROLE regress_authz_app;
SET authz.subject = 'user:edda';
CREATE TABLE parts_3 (id bigint, organization_id integer, k integer);
INSERT INTO parts_3 VALUES (11, 9, 3);
ALTER TABLE parts ATTACH PARTITION parts_3 FOR VALUES IN (3);
UPDATE parts_3 SET id = 33;
ALTER TABLE parts ATTACH PARTITION parts_3 FOR VALUES IN (3);
ALTER TABLE parts DETACH PARTITION parts_1;
UPDATE parts_1 SET organization_id = 9;
ALTER TABLE parts ATTACH PARTITION parts_1 FOR VALUES IN (1);
RESET ROLE;
TABLE held;
-- An administrator does: what the table says then, the resources say.
RESET authz.subject;
ALTER TABLE parts ATTACH PARTITION parts_1 FOR VALUES IN (1);
TABLE held;

DROP TABLE parts, late, lazy, swapping, projects, organizations, others CASCADE;
DROP OWNED BY regress_authz_app;
DROP ROLE regress_authz_app;
