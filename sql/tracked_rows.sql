-- The resource of a new row is there when PostgreSQL checks the row's policies.
\i sql/include/fresh.sql
\getenv tree PG_ABS_SRCDIR
\set include :tree/sql/include/tenants.sql
\i :include
SET ROLE regress_authz_app;
SET authz.subject = 'user:olga';

-- The statements of every driver.
INSERT INTO projects VALUES (13, 1, 'p13') RETURNING id, authz.permissions_on('project:13');
INSERT INTO projects VALUES (14, 1, 'p14') ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING *;
INSERT INTO projects VALUES (14, 1, 'p14 new') ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING *;
INSERT INTO projects VALUES (15, 1, 'p15') ON CONFLICT DO NOTHING RETURNING id;
INSERT INTO projects VALUES (15, 1, 'p15') ON CONFLICT DO NOTHING RETURNING id;
MERGE INTO projects AS p USING (VALUES (15, 'p15 new'), (16, 'p16')) AS v (id, name) ON p.id = v.id
    WHEN MATCHED THEN UPDATE SET name = v.name WHEN NOT MATCHED THEN INSERT VALUES (v.id, 1, v.name);
WITH p AS (INSERT INTO projects VALUES (17, 1, 'p17') RETURNING id) SELECT * FROM p;
WITH d AS (DELETE FROM projects WHERE id = 17 RETURNING *) INSERT INTO projects SELECT * FROM d RETURNING id;
SELECT id, name FROM projects ORDER BY id;
RESET ROLE;
TABLE differences;
-- What the policies refuse, they refuse still; nothing is left behind.
SET ROLE regress_authz_app;
SET authz.subject = 'user:otto';
INSERT INTO projects VALUES (18, 1, 'p18') RETURNING id;
INSERT INTO projects VALUES (18, 1, 'p18');
-- Another's row, through the key: neither seen nor taken.
INSERT INTO projects VALUES (11, 2, 'taken') ON CONFLICT (id) DO UPDATE SET name = excluded.name;
INSERT INTO projects VALUES (11, 2, 'taken') ON CONFLICT DO NOTHING RETURNING id;
RESET ROLE;
TABLE differences;

-- Conflict on another key: nothing of the row that was not stored stays.
SET ROLE regress_authz_app;
SET authz.subject = 'user:olga';
INSERT INTO projects VALUES (50, 1, 'p11') ON CONFLICT (name) DO NOTHING;
INSERT INTO projects VALUES (51, 1, 'p12') ON CONFLICT (name) DO UPDATE SET name = 'p12 again' RETURNING id;
INSERT INTO projects VALUES (52, 1, 'p11'), (53, 1, 'p53') ON CONFLICT DO NOTHING RETURNING id;
INSERT INTO projects VALUES (54, 1, 'p54'), (54, 1, 'p54') ON CONFLICT DO NOTHING RETURNING id;
-- Where an exception block goes on.
DO $$
BEGIN
    BEGIN
        INSERT INTO projects VALUES (55, 1, 'p55'), (56, 1, 'p11');
    EXCEPTION WHEN unique_violation THEN RAISE NOTICE 'unique violation';
    END;
    INSERT INTO projects VALUES (57, 1, 'p57');
END
$$;
RESET ROLE;
TABLE differences;
-- Within a transaction that is undone.
BEGIN;
SET LOCAL ROLE regress_authz_app;
SAVEPOINT s;
INSERT INTO projects VALUES (58, 1, 'p58') RETURNING id;
ROLLBACK TO s;
INSERT INTO projects VALUES (58, 1, 'p58') RETURNING id;
COMMIT;
TABLE differences;

-- Triggers of the application -------------------------------------------------------
-- Before ours by their names: they may change the row, or suppress it.
CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.id := CASE WHEN NEW.name = 'renumber' THEN 60 ELSE NEW.id END;
    RETURN CASE WHEN NEW.name = 'suppress' THEN NULL ELSE NEW END;
END $$;
CREATE TRIGGER change BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION change();
SET ROLE regress_authz_app;
INSERT INTO projects VALUES (59, 1, 'renumber'), (61, 1, 'suppress'), (62, 1, 'p62') RETURNING id;
RESET ROLE;
TABLE differences;
-- After ours: the policies would have been asked about another row.
ALTER TRIGGER change ON projects RENAME TO "~~change";
SET ROLE regress_authz_app;
INSERT INTO projects VALUES (63, 1, 'suppress') RETURNING id;
INSERT INTO projects VALUES (64, 1, 'p64') RETURNING id;
UPDATE projects SET name = 'p60' WHERE id = 60;
DELETE FROM projects WHERE id = 60;
INSERT INTO projects VALUES (65, 1, 'renumber');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
DROP TRIGGER "~~change" ON projects;
TABLE differences;
-- AFTER triggers of any name find the resource, and may grant on it; a provisional one nobody may use.
CREATE FUNCTION welcome() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM authz.grant_role('user:newcomer', 'viewer', 'project:' || NEW.id);
    RETURN NEW;
END $$;
CREATE TRIGGER "!!!first" AFTER INSERT ON projects FOR EACH ROW EXECUTE FUNCTION welcome();
CREATE TRIGGER a_welcome AFTER INSERT ON projects FOR EACH ROW EXECUTE FUNCTION welcome();
DROP TRIGGER "!!!first" ON projects;
SET ROLE regress_authz_app;
INSERT INTO projects VALUES (66, 1, 'p66'), (67, 1, 'p67') RETURNING id;
RESET ROLE;
DROP TRIGGER a_welcome ON projects;
SELECT authz.has_permission('user:newcomer', 'project.view', 66), authz.has_permission('user:newcomer', 'project.view', 67);
CREATE TRIGGER "~~welcome" BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION welcome();
SET ROLE regress_authz_app;
INSERT INTO projects VALUES (68, 1, 'p68') RETURNING id;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
DROP TRIGGER "~~welcome" ON projects;
TABLE differences;

-- Partitions ------------------------------------------------------------------------
CREATE TABLE parted (id bigint, organization_id integer, name text, PRIMARY KEY (id, organization_id)) PARTITION BY LIST (organization_id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2);
GRANT ALL ON parted, parted_1, parted_2 TO regress_authz_app;
SELECT authz.untrack('projects', drop_resources => true), authz.track('parted', 'project', 'id', 'organization_id');
ALTER TABLE parted ENABLE ROW LEVEL SECURITY;
CREATE POLICY s ON parted FOR SELECT USING (authz.has_permission('project.view', id));
CREATE POLICY i ON parted FOR INSERT WITH CHECK (authz.has_permission('organization.projects', organization_id));
CREATE POLICY u ON parted FOR UPDATE USING (authz.has_permission('project.edit', id));
CREATE VIEW parted_differences AS
SELECT coalesce(t.id::text, r.resource::text) AS resource, t.organization_id, p.resource AS parent_of_resource
FROM parted AS t FULL JOIN (SELECT * FROM authz.resources WHERE resource_type = 'project') AS r ON authz.resource_id(r.resource) = t.id::text LEFT JOIN authz.resources AS p ON p.id = r.parent_id
WHERE 'organization:' || t.organization_id IS DISTINCT FROM p.resource::text;
SET ROLE regress_authz_app;
INSERT INTO parted VALUES (71, 1, 'a'), (72, 1, 'b') RETURNING id;
INSERT INTO parted VALUES (71, 1, 'again') ON CONFLICT (id, organization_id) DO UPDATE SET name = excluded.name RETURNING id, name;
INSERT INTO parted_1 VALUES (73, 1, 'c'), (73, 1, 'c') ON CONFLICT DO NOTHING;
-- Two rows with one id, in one statement and in two.
INSERT INTO parted VALUES (74, 1, 'd'), (74, 2, 'd');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
INSERT INTO parted VALUES (71, 2, 'second');
INSERT INTO parted VALUES (75, 1, 'e'), (75, 2, 'e');
TABLE parted_differences;
-- Moves between partitions that a trigger suppresses, on their way.
CREATE FUNCTION suppress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN NEW.name = 'b' THEN NULL ELSE NEW END; END $$;
CREATE TRIGGER suppress BEFORE INSERT ON parted_2 FOR EACH ROW EXECUTE FUNCTION suppress();
SELECT authz.grant_role('user:keeper', 'viewer', 'project:' || id) > 0 AS granted FROM parted ORDER BY id;
UPDATE parted SET organization_id = 2, id = id + 100;
SELECT id, authz.has_permission('user:keeper', 'project.view', id) FROM parted ORDER BY id;
TABLE parted_differences;
DROP TABLE parted CASCADE;
DELETE FROM authz.resources WHERE resource_type = 'project';
SELECT authz.track('projects', 'project', 'id', 'organization_id') > 0 AS tracked;

-- Sign-up ---------------------------------------------------------------------------
SELECT authz.untrack('organizations'), authz.track('organizations', 'organization', 'id', creator_role => 'owner');
SELECT authz.untrack('projects'), authz.track('projects', 'project', 'id', 'organization_id', creator_role => 'editor');
SELECT authz.track('projects', 'project', 'id', 'organization_id', creator_role => 'owner');
SELECT authz.track('projects', 'project', 'id', 'organization_id', creator_role => 'edtor');
SELECT authz.track('projects', 'projekt', 'id', 'organization_id');
SELECT authz.protect('projects', 'id', for_insert => 'project.edit');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_authz_app;
SET authz.subject = 'user:nina';
INSERT INTO organizations VALUES (100, 'ninas') RETURNING authz.permissions_on('organization:100');
INSERT INTO projects VALUES (101, 100, 'first') RETURNING id, authz.permissions_on('project:101');
-- Only where they may create one: a policy on the row's own id would be satisfied by the role itself.
INSERT INTO projects VALUES (102, 1, 'theirs');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO projects VALUES (103, NULL, 'nobodys');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT * FROM authz.team_members('organization:100#member');
SELECT subject, role, source, granted_by FROM authz.list_assignments('organization:100');
-- Nobody, teams, member sets and user:* get none; neither does who upserts what is there.
SET ROLE regress_authz_app;
RESET authz.subject;
INSERT INTO organizations VALUES (110, 'nobodys');
SET authz.subject = 'user:*';
INSERT INTO organizations VALUES (111, 'everybodys');
SET authz.subject = 'organization:1#member';
INSERT INTO organizations VALUES (112, 'members');
SET authz.subject = 'service_account:ci';
INSERT INTO organizations VALUES (113, 'ci') RETURNING authz.permissions_on('organization:113');
SET authz.subject = 'user:mallory';
INSERT INTO organizations VALUES (100, 'mine') ON CONFLICT (id) DO UPDATE SET name = 'mine';
INSERT INTO organizations VALUES (114, 'kept'), (100, 'mine') ON CONFLICT DO NOTHING;
SELECT authz.permissions_on('organization:100'), authz.permissions_on('organization:114');
RESET ROLE;
RESET authz.subject;
SELECT s.subject, r.resource
FROM authz.assignments AS a JOIN authz.subjects AS s ON s.id = a.subject_id JOIN authz.resources AS r ON r.id = a.resource_id
WHERE r.resource::text LIKE 'organization:11_' ORDER BY r.resource;
TABLE differences;
-- The role cannot be dropped.
SELECT authz.untrack('organizations'), authz.track('organizations', 'organization', 'id', creator_role => 'planner');
SELECT count(*) FROM authz.apply('{"roles": [{"name": "planner", "resource_type": "organization", "drop": true}]}');
-- FOR INSERT with a permission of the parent's type asks about the parent column.
SELECT authz.protect('projects', 'id', for_insert => 'organization.projects');
SELECT pg_get_expr(polwithcheck, polrelid) FROM pg_policy WHERE polname = 'authz_insert' AND polrelid = 'projects'::regclass;
-- A permission for another type would be looked for on another resource of the same number.
SELECT authz.protect('projects', 'id', for_select => 'organization.projects');
SELECT authz.protect('projects', 'id', for_update => 'organization.projects');
SELECT authz.protect('projects', 'organization_id', for_delete => 'project.edit');
SELECT authz.protect('organizations', 'id', for_select => 'project.edit');
SELECT authz.protect('organizations', 'id', for_insert => 'project.edit');
SELECT authz.protect('projects', 'organization_id', for_select => 'organization.projects');
-- Protected before it was tracked, it did not know.
SELECT authz.untrack('projects');
SELECT authz.protect('projects', 'id', for_insert => 'organization.projects');
SELECT authz.track('projects', 'project', 'id', 'organization_id');
SELECT authz.protect('projects', 'id', for_insert => 'organization.projects');
SELECT pg_get_expr(polwithcheck, polrelid) FROM pg_policy WHERE polname = 'authz_insert' AND polrelid = 'projects'::regclass;

DROP TABLE projects, organizations CASCADE;
REVOKE SET ON PARAMETER authz.subject FROM regress_authz_app;
DROP ROLE regress_authz_app;
