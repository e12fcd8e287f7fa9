-- What a row gets with its id: never what another row or an earlier one had.
\i sql/include/fresh.sql
\getenv tree PG_ABS_SRCDIR
\set include :tree/sql/include/tenants.sql
\i :include
ALTER TABLE projects DISABLE ROW LEVEL SECURITY;
CREATE VIEW held AS
SELECT r.resource, p.resource AS parent, s.subject
FROM authz.resources AS r LEFT JOIN authz.resources AS p ON p.id = r.parent_id
     LEFT JOIN authz.assignments AS a ON a.resource_id = r.id LEFT JOIN authz.subjects AS s ON s.id = a.subject_id
WHERE r.resource_type = 'project' ORDER BY r.resource, s.subject;

-- Asking: the id alone, as the table has it, or the whole resource as such.
SET authz.subject = 'user:olga';
SELECT authz.has_permission('project.view', 11), authz.has_permission('project.view', '11'), authz.has_permission('project.view', 'project:11'::authz.resource),
    authz.has_permission('project.view', 'project:21'::authz.resource), authz.has_permission('project.view', 'organization:1'::authz.resource),
    authz.has_permission('project.view', NULL::authz.resource), authz.has_permission(NULL, 'project:11'::authz.resource);
SELECT authz.has_permission('project.view', 'project:11');
\echo :LAST_ERROR_SQLSTATE
SELECT authz.has_permission('project.viw', 'project:11'::authz.resource);
-- What is bound is data; so is a text with another beginning.
PREPARE question(text) AS SELECT authz.has_permission('project.view', $1);
EXECUTE question('project:11');
EXECUTE question('11');
DEALLOCATE question;
SELECT authz.has_permission('project.view', 'projects:11');
SELECT id, authz.has_permission('project.view', ('project:' || id)::authz.resource) FROM projects ORDER BY id;
RESET authz.subject;

-- Adoption: only an empty resource under the same parent.
SELECT authz.create_resource('project:' || i, 'organization:1') FROM generate_series(31, 34) AS i;
SELECT authz.create_resource('project:35');
SELECT authz.grant_role('user:old', 'viewer', 'project:32') > 0;
INSERT INTO authz.assignments (subject_id, role_id, resource_id, expires_at)
SELECT s.id, o.id, r.id, '2000-01-01' FROM authz.subjects AS s, authz.roles AS o, authz.resources AS r
WHERE s.subject = 'user:old' AND o.name = 'viewer' AND r.resource = 'project:33';
INSERT INTO projects VALUES (31, 1, 'empty');
INSERT INTO projects VALUES (32, 1, 'granted');
INSERT INTO projects VALUES (33, 1, 'granted once');
INSERT INTO projects VALUES (34, 2, 'of another parent');
INSERT INTO projects VALUES (35, 2, 'without a parent');
INSERT INTO projects VALUES (36, 1, 'new'), (32, 1, 'granted');
-- Not inserted, not refused.
INSERT INTO projects VALUES (32, 1, 'p11') ON CONFLICT DO NOTHING;
INSERT INTO projects VALUES (32, 1, 'p11') ON CONFLICT (name) DO UPDATE SET name = 'p11 again';
SELECT resource, has_row FROM authz.resources WHERE resource::text LIKE 'project:3_' ORDER BY resource;

-- Ids that change places, each with what it has; one that another row still has.
SELECT authz.grant_role('user:e' || i, 'viewer', 'project:' || i) > 0 FROM (VALUES (11), (12), (21)) AS v (i);
CREATE TABLE notes (id integer, CONSTRAINT notes_key UNIQUE (id) DEFERRABLE);
UPDATE projects SET id = -id;
UPDATE projects SET id = -id;
ALTER TABLE projects DROP CONSTRAINT projects_pkey, ADD PRIMARY KEY (id) DEFERRABLE;
UPDATE projects SET id = CASE id WHEN 11 THEN 12 WHEN 12 THEN 11 END WHERE id IN (11, 12);
TABLE held;
UPDATE projects SET id = id + 10 WHERE id IN (11, 21);
UPDATE projects SET id = CASE id WHEN 21 THEN 12 WHEN 12 THEN 31 WHEN 31 THEN 21 END WHERE id IN (12, 21, 31);
TABLE held;
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
UPDATE projects SET id = 12 WHERE id = 21;
ROLLBACK;
-- One that nobody has is in the way only as long as something hangs on it.
UPDATE projects SET id = 34 WHERE id = 12;
UPDATE projects SET id = 32 WHERE id = 34;
TABLE differences;
TABLE held;

-- A table that is dropped and made again ----------------------------------------------
SET client_min_messages = notice;
DROP TABLE notes;
DROP TABLE projects CASCADE;
CREATE TABLE projects (id bigint PRIMARY KEY, organization_id integer);
INSERT INTO projects VALUES (31, 1), (41, 2);
SELECT authz.track('projects', 'project', 'id', 'organization_id');
-- What an earlier row had is no new row's.
INSERT INTO projects VALUES (21, 2);
\echo :LAST_ERROR_SQLSTATE
SELECT authz.track('projects', 'project', 'id', 'organization_id', drop_leftovers => true);
INSERT INTO projects VALUES (21, 2);
TABLE held;
SELECT authz.untrack('projects', drop_resources => true);
TABLE held;

-- What cannot be tracked ---------------------------------------------------------------
SET client_min_messages = warning;
CREATE TABLE keyless (id bigint, organization_id integer, tenant integer, PRIMARY KEY (tenant, id));
SELECT authz.track('keyless', 'project', 'id', 'organization_id');
CREATE UNIQUE INDEX partial ON keyless (id) WHERE organization_id IS NOT NULL;
SELECT authz.track('keyless', 'project', 'id', 'organization_id');
ALTER TABLE public.keyless ADD UNIQUE (id);
SELECT authz.track('keyless', 'project', 'id', 'organization_id');
SELECT authz.track('projects', 'project', 'id', 'organization_id');
SELECT authz.untrack('keyless');
CREATE TABLE generated (n bigint, id bigint GENERATED ALWAYS AS (n * 2) STORED UNIQUE);
SELECT authz.track('generated', 'project', 'id');
CREATE TABLE parted (id bigint, organization_id integer) PARTITION BY LIST (organization_id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
INSERT INTO parted VALUES (1, 1), (1, 1);
SELECT authz.track('parted', 'project', 'id', 'organization_id');
DELETE FROM parted;
SELECT authz.track('parted', 'project', 'id', 'organization_id');

-- Data definition by others ------------------------------------------------------------
-- Who owns a tracked partitioned table adds partitions; one that is detached follows nothing.
CREATE ROLE regress_authz_owner;
GRANT CREATE ON SCHEMA public TO regress_authz_owner;
ALTER TABLE parted OWNER TO regress_authz_owner;
ALTER TABLE parted_1 OWNER TO regress_authz_owner;
SET ROLE regress_authz_owner;
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2);
INSERT INTO parted VALUES (1, 1), (2, 2);
ALTER TABLE parted DETACH PARTITION parted_2;
INSERT INTO parted_2 VALUES (3, 2);
TRUNCATE parted_2;
RESET ROLE;
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgfoid = 'authz.track_rows'::regproc AND tgrelid = 'parted_2'::regclass;
TABLE held;
-- The row of a tracked table goes to no other table that has its name, or its triggers.
CREATE SCHEMA theirs AUTHORIZATION regress_authz_owner;
CREATE SCHEMA ours;
CREATE TABLE ours.parted (id integer);
SELECT format('CREATE TRIGGER "~authz_track_update" AFTER UPDATE ON theirs.%%I FOR EACH ROW EXECUTE FUNCTION authz.track_rows(%L)', id) AS forge
FROM authz.tracked_tables WHERE table_name = 'parted' \gset
SET ROLE regress_authz_owner;
CREATE TABLE theirs.loot (id bigint, organization_id integer);
SELECT format(:'forge', 'loot') AS forge \gset
:forge;
ALTER TABLE theirs.loot RENAME TO parted;
ALTER TABLE theirs.parted ADD PRIMARY KEY (id);
INSERT INTO theirs.parted VALUES (2, 2);
RESET ROLE;
ALTER SCHEMA theirs RENAME TO theirs_renamed;
ALTER SCHEMA theirs_renamed RENAME TO theirs;
SELECT table_schema, table_name FROM authz.tracked_tables WHERE resource_type = 'project';
-- Nor does what one owner does keep others from their commands.
SET ROLE regress_authz_owner;
ALTER TABLE parted DISABLE TRIGGER ALL;
CREATE TABLE parted_3 PARTITION OF parted FOR VALUES IN (3);
RESET ROLE;
CREATE TABLE unrelated (id integer);
ALTER TABLE unrelated RENAME TO unrelated_2;
DROP TABLE unrelated_2;

-- Statements with our trigger functions on another's table do not reach into ours.
SELECT authz.untrack('parted'), authz.track('projects', 'project', 'id', 'organization_id', drop_leftovers => true);
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
CREATE POLICY s ON projects USING (authz.has_permission('project.view', id)) WITH CHECK (authz.has_permission('organization.projects', organization_id));
GRANT ALL ON projects TO regress_authz_owner;
GRANT SET ON PARAMETER authz.subject TO regress_authz_owner;
SELECT format('CREATE TRIGGER forged AFTER INSERT ON theirs.loot FOR EACH STATEMENT EXECUTE FUNCTION authz.track_rows(%L)', id) AS forge,
       format('CREATE TRIGGER forged_begin BEFORE INSERT ON theirs.loot FOR EACH STATEMENT EXECUTE FUNCTION authz.track_rows(%L)', id) AS forge_begin
FROM authz.tracked_tables WHERE resource_type = 'project' \gset
SET ROLE regress_authz_owner;
SET authz.subject = 'user:olga';
CREATE TABLE theirs.loot (id integer);
:forge;
CREATE FUNCTION theirs.take() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN INSERT INTO theirs.loot VALUES (1); RETURN 1; END $$;
INSERT INTO projects VALUES (81, 1), (81, theirs.take()) ON CONFLICT (id) DO NOTHING;
INSERT INTO projects VALUES (81, theirs.take()), (82, theirs.take()) ON CONFLICT (id) DO NOTHING;
DROP TRIGGER forged ON theirs.loot;
:forge_begin;
INSERT INTO projects VALUES (83, theirs.take()), (82, 1), (84, theirs.take()) ON CONFLICT (id) DO NOTHING;
RESET ROLE;
RESET authz.subject;
SELECT array_agg(p.id ORDER BY p.id) AS rows FROM projects AS p;
TABLE held;

DROP SCHEMA theirs, ours CASCADE;
DROP TABLE projects, parted, parted_2, organizations, keyless, generated CASCADE;
DROP OWNED BY regress_authz_owner, regress_authz_app;
DROP ROLE regress_authz_owner, regress_authz_app;
