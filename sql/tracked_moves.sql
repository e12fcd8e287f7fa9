-- A row cannot come under another parent against the rules of delegation, whatever
-- statement did it; nor can it take roles along that are protected.
\i sql/include/fresh.sql
\getenv tree PG_ABS_SRCDIR
\set include :tree/sql/include/tenants.sql
\i :include
CREATE VIEW projects_view AS SELECT * FROM projects;
CREATE VIEW projects_invoker WITH (security_invoker) AS SELECT * FROM projects;
GRANT ALL ON projects_invoker TO regress_authz_app;
-- Runs a command as somebody, undoes it, and says what came of it.
CREATE FUNCTION pg_temp.attempt(subject text, command text)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    outcome text;
BEGIN
    PERFORM set_config('authz.subject', attempt.subject, true);
    BEGIN
        SET LOCAL ROLE regress_authz_app;
        EXECUTE command;
        RESET ROLE;
        SELECT string_agg(concat_ws(' in ', r.resource, p.resource), ', ' ORDER BY r.resource) INTO outcome
        FROM authz.resources AS r LEFT JOIN authz.resources AS p ON p.id = r.parent_id WHERE r.resource_type = 'project';
        outcome := concat(outcome, (SELECT string_agg(format('; %s is not in step', resource), '') FROM differences));
        RAISE EXCEPTION USING ERRCODE = 'ZZ000', MESSAGE = 'undo';
    EXCEPTION WHEN OTHERS THEN
        IF SQLSTATE <> 'ZZ000' THEN
            outcome := SQLSTATE || ' ' || SQLERRM;
        END IF;
    END;
    PERFORM set_config('authz.subject', '', true);
    RETURN outcome;
END $$;

-- Edda edits project 11, and owns organization 9: the project is not hers to take.
SELECT command, pg_temp.attempt('user:edda', command) FROM (VALUES
    ('UPDATE projects SET name = ''mine'' WHERE id = 11'),
    ('UPDATE projects SET organization_id = 1 WHERE id = 11'),
    ('UPDATE projects SET organization_id = 9 WHERE id = 11'),
    ('UPDATE projects SET organization_id = 9, id = 911 WHERE id = 11'),
    ('UPDATE projects SET organization_id = NULL WHERE id = 11'),
    ('UPDATE projects SET id = 911 WHERE id = 11'),
    ('INSERT INTO projects VALUES (11, 9, ''mine'') ON CONFLICT (id) DO UPDATE SET organization_id = excluded.organization_id'),
    ('INSERT INTO projects VALUES (92, 9, ''p11'') ON CONFLICT (name) DO UPDATE SET organization_id = excluded.organization_id'),
    ('MERGE INTO projects p USING (SELECT 11 AS id) v ON p.id = v.id WHEN MATCHED THEN UPDATE SET organization_id = 9'),
    ('UPDATE projects_invoker SET organization_id = 9 WHERE id = 11'),
    ('WITH d AS (DELETE FROM projects WHERE id = 11 RETURNING *) INSERT INTO projects SELECT id, 9, name FROM d'),
    ('INSERT INTO projects VALUES (21, 9, ''taken'')'),
    ('INSERT INTO projects VALUES (93, 9, ''made'') RETURNING id')) AS v (command);
-- Otto, who owns organization 2, may move what he has there to where he may create, and nowhere else.
SELECT authz.add_member('organization:9', 'user:otto'), authz.grant_role('user:otto', 'owner', 'organization:9') > 0 AS granted;
SELECT command, pg_temp.attempt('user:otto', command) FROM (VALUES
    ('UPDATE projects SET organization_id = 9 WHERE id = 21'),
    ('UPDATE projects SET organization_id = 1 WHERE id = 21'),
    ('UPDATE projects SET organization_id = NULL WHERE id = 21'),
    ('UPDATE projects SET organization_id = 77 WHERE id = 21')) AS v (command);
-- Through a view that runs as its owner, too: the caller is the user of the statement.
GRANT ALL ON projects_view TO regress_authz_app;
SELECT pg_temp.attempt('user:edda', 'UPDATE projects_view SET organization_id = 9 WHERE id = 11');
REVOKE ALL ON projects_view FROM regress_authz_app;

-- moves => 'free': the operations are not asked, but nobody gives what they do not hold.
SELECT authz.untrack('projects'), authz.track('projects', 'project', 'id', 'organization_id', moves => 'free');
SELECT command, pg_temp.attempt('user:edda', command) FROM (VALUES
    ('UPDATE projects SET organization_id = 9 WHERE id = 11'),
    ('UPDATE projects SET organization_id = 2 WHERE id = 11'),
    ('UPDATE projects SET organization_id = NULL WHERE id = 11')) AS v (command);
SELECT authz.untrack('projects'), authz.track('projects', 'project', 'id', 'organization_id', moves => 'sometimes');
SELECT authz.untrack('projects'), authz.track('projects', 'project', 'id', 'organization_id');

-- The functions: a resource that has a row is changed by way of the row.
GRANT EXECUTE ON FUNCTION authz.create_resource, authz.move_resource, authz.drop_resource TO regress_authz_app;
SELECT command, pg_temp.attempt('user:otto', command) FROM (VALUES
    ('SELECT authz.create_resource(''project:22'', ''organization:2'')'),
    ('SELECT authz.move_resource(''project:21'', ''organization:9'')'),
    ('SELECT authz.drop_resource(''project:21'')')) AS v (command);
SET client_min_messages = notice;
BEGIN;
SELECT authz.create_resource('project:22', 'organization:2');
SELECT authz.move_resource('project:21', 'organization:9');
SELECT authz.drop_resource('project:21');
ROLLBACK;
SET client_min_messages = warning;

-- Protected roles: the last owner does not go with a row, nor does another's.
CREATE POLICY everything ON projects USING (true);
SELECT command, pg_temp.attempt('user:edda', command) FROM (VALUES
    ('DELETE FROM organizations WHERE id = 2'),
    ('DELETE FROM organizations WHERE id = 9'),
    ('TRUNCATE organizations')) AS v (command);
DROP POLICY everything ON projects;

-- Foreign keys ----------------------------------------------------------------------
-- What a foreign key's action takes away from a deleted row keeps what it has.
CREATE FUNCTION pg_temp.after_key(action text, statement text)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    outcome text;
BEGIN
    PERFORM set_config('authz.subject', 'user:olga', true);
    EXECUTE format('ALTER TABLE projects ADD CONSTRAINT organization_key FOREIGN KEY (organization_id) REFERENCES organizations %s', action);
    BEGIN
        SET LOCAL ROLE regress_authz_app;
        EXECUTE statement;
        RESET ROLE;
        outcome := concat((SELECT string_agg(concat_ws(' in ', r.resource, p.resource, '/ ' || (SELECT string_agg(s.subject::text, ',') FROM authz.assignments AS a JOIN authz.subjects AS s ON s.id = a.subject_id WHERE a.resource_id = r.id)), ', ' ORDER BY r.resource)
        FROM authz.resources AS r LEFT JOIN authz.resources AS p ON p.id = r.parent_id WHERE r.resource::text LIKE 'project:1%'),
        (SELECT string_agg(format('; %s is not in step', resource), '') FROM differences));
        RAISE EXCEPTION USING ERRCODE = 'ZZ000', MESSAGE = 'undo';
    EXCEPTION WHEN OTHERS THEN
        IF SQLSTATE <> 'ZZ000' THEN
            outcome := SQLSTATE || ' ' || SQLERRM;
        END IF;
    END;
    ALTER TABLE projects DROP CONSTRAINT organization_key;
    PERFORM set_config('authz.subject', '', true);
    RETURN outcome;
END $$;
ALTER TABLE projects ALTER organization_id SET DEFAULT 9, DISABLE ROW LEVEL SECURITY;
SELECT action, statement, pg_temp.after_key(action, statement) FROM
    (VALUES ('ON DELETE SET NULL'), ('ON DELETE SET DEFAULT'), ('ON DELETE CASCADE'), ('ON DELETE NO ACTION'),
            ('ON UPDATE CASCADE'), ('ON UPDATE SET NULL'), ('ON UPDATE SET DEFAULT')) AS a (action),
    (VALUES ('DELETE FROM organizations WHERE id = 1'), ('UPDATE organizations SET id = 3 WHERE id = 1'), ('TRUNCATE organizations CASCADE')) AS s (statement)
WHERE action ~ left(statement, 6) OR statement ~ 'TRUNCATE' AND action ~ 'CASCADE' AND action ~ 'DELETE';
-- Not by hand: a statement of their own that deletes the parent and takes the child along.
SELECT authz.remove_member('organization:9', 'user:otto');
SELECT pg_temp.after_key('ON DELETE NO ACTION', 'WITH u AS (UPDATE projects SET organization_id = 2 WHERE organization_id = 1 RETURNING 1) DELETE FROM organizations WHERE id = 1 AND EXISTS (SELECT FROM u)');
SELECT pg_temp.after_key('ON DELETE SET NULL', 'WITH u AS (UPDATE projects SET organization_id = 2 WHERE organization_id = 1 RETURNING 1) DELETE FROM organizations WHERE id = 1 AND EXISTS (SELECT FROM u)');
SELECT pg_temp.after_key('ON UPDATE SET NULL', 'WITH u AS (UPDATE projects SET organization_id = 2 WHERE organization_id = 1 RETURNING 1) UPDATE organizations SET id = 5 WHERE id = 1 AND EXISTS (SELECT FROM u)');
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
-- An attacker's own foreign key: the move is nested in its action, and is checked.
GRANT TEMPORARY ON DATABASE :DBNAME TO regress_authz_app;
SET SESSION AUTHORIZATION regress_authz_app;
SET authz.subject = 'user:edda';
CREATE TEMP TABLE a (id integer PRIMARY KEY);
CREATE TEMP TABLE b (id integer REFERENCES a ON DELETE CASCADE ON UPDATE SET NULL);
CREATE FUNCTION pg_temp.take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE projects SET organization_id = 9 WHERE id = 11; RETURN NULL; END $$;
CREATE TRIGGER take AFTER DELETE OR UPDATE ON b FOR EACH ROW EXECUTE FUNCTION pg_temp.take();
INSERT INTO a VALUES (1), (2);
INSERT INTO b VALUES (1), (2);
DELETE FROM a WHERE id = 1;
UPDATE a SET id = 3 WHERE id = 2;
RESET SESSION AUTHORIZATION;
TABLE differences;

-- Partitions: the move of a row to another one is a move.
CREATE TABLE parted (id bigint, organization_id integer, PRIMARY KEY (id, organization_id)) PARTITION BY LIST (organization_id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_9 PARTITION OF parted FOR VALUES IN (9);
SELECT authz.untrack('projects', drop_resources => true), authz.track('parted', 'project', 'id', 'organization_id');
INSERT INTO parted VALUES (11, 1);
SELECT authz.grant_role('user:edda', 'editor', 'project:11') > 0 AS granted;
GRANT ALL ON parted, parted_1, parted_9 TO regress_authz_app;
SET SESSION AUTHORIZATION regress_authz_app;
SET authz.subject = 'user:edda';
UPDATE parted SET organization_id = 9;
UPDATE parted SET organization_id = 9, id = 12;
MERGE INTO parted AS p USING (SELECT 11 AS id) AS v ON p.id = v.id WHEN MATCHED THEN UPDATE SET organization_id = 9;
INSERT INTO parted_9 VALUES (11, 9);
RESET SESSION AUTHORIZATION;
SELECT r.resource, p.resource FROM authz.resources AS r JOIN authz.resources AS p ON p.id = r.parent_id;
-- The owner of the database moves it, with all that it has.
RESET authz.subject;
UPDATE parted SET organization_id = 9, id = 12;
SELECT r.resource, p.resource, s.subject
FROM authz.resources AS r JOIN authz.resources AS p ON p.id = r.parent_id
     JOIN authz.assignments AS a ON a.resource_id = r.id JOIN authz.subjects AS s ON s.id = a.subject_id;

DROP TABLE parted, projects, organizations CASCADE;
REVOKE ALL ON DATABASE :DBNAME FROM regress_authz_app;
DROP OWNED BY regress_authz_app;
DROP ROLE regress_authz_app;
