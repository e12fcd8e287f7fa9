-- In one session, no answer outlives what it was made from: own changes count
-- at once, and are gone after a rollback of any kind.
\i sql/include/fresh.sql
\set VERBOSITY terse
SET timezone = 'UTC';

INSERT INTO authz.resource_types (name, parent, has_members) VALUES ('org', NULL, true), ('proj', 'org', false);
INSERT INTO authz.permissions (name, resource_type) VALUES ('proj.view', 'proj'), ('proj.edit', 'proj');
INSERT INTO authz.resources (resource) VALUES ('org:1');
INSERT INTO authz.resources (resource, parent_id) SELECT 'proj:' || n, id FROM authz.resources, generate_series(1, 2) AS n;
INSERT INTO authz.subjects (subject) VALUES ('user:alice'), ('user:bob');
INSERT INTO authz.roles (name, resource_type) VALUES ('viewer', 'proj'), ('editor', 'proj');
INSERT INTO authz.role_permissions SELECT id, 'proj.view' FROM authz.roles WHERE name = 'viewer';
INSERT INTO authz.role_permissions SELECT id, 'proj.edit' FROM authz.roles WHERE name = 'editor';

CREATE FUNCTION give(who text, what text, place text, until timestamptz DEFAULT NULL) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO authz.assignments (subject_id, role_id, resource_id, expires_at)
    SELECT s.id, r.id, e.id, until FROM authz.subjects AS s, authz.roles AS r, authz.resources AS e
    WHERE s.subject::text = who AND r.name = what AND e.resource::text = place
$$;
CREATE FUNCTION take(who text) RETURNS void
LANGUAGE sql
AS $$
    DELETE FROM authz.assignments WHERE subject_id = (SELECT id FROM authz.subjects WHERE subject::text = who)
$$;
-- What alice may do on project 1, by a plan and a call site that stay.
PREPARE alice AS SELECT authz.has_permission('user:alice', 'proj.view', 1) AS view, authz.has_permission('user:alice', 'proj.edit', 1) AS edit;

-- Savepoints.
EXECUTE alice;
BEGIN;
SELECT give('user:alice', 'viewer', 'proj:1');
EXECUTE alice;
SAVEPOINT a;
SELECT give('user:alice', 'editor', 'proj:1');
EXECUTE alice;
SAVEPOINT b;
SELECT take('user:alice');
EXECUTE alice;
ROLLBACK TO b;
EXECUTE alice;
RELEASE b;
EXECUTE alice;
ROLLBACK TO a;
EXECUTE alice;
ROLLBACK;
EXECUTE alice;

-- Failed statements and transactions.
BEGIN;
SELECT give('user:alice', 'viewer', 'proj:1');
EXECUTE alice;
SELECT 1 / 0;
COMMIT;
EXECUTE alice;
SELECT give('user:alice', 'viewer', 'proj:1'), 1 / (authz.has_permission('user:alice', 'proj.view', 1)::int - 1);
EXECUTE alice;

-- PL/pgSQL: its blocks with exceptions are subtransactions.
DO $$
BEGIN
    RAISE NOTICE 'before: %', authz.has_permission('user:alice', 'proj.view', 1);
    BEGIN
        PERFORM give('user:alice', 'viewer', 'proj:1');
        RAISE NOTICE 'granted: %', authz.has_permission('user:alice', 'proj.view', 1);
        RAISE EXCEPTION 'undo';
    EXCEPTION WHEN raise_exception THEN
        RAISE NOTICE 'undone: %', authz.has_permission('user:alice', 'proj.view', 1);
    END;
    PERFORM give('user:alice', 'editor', 'proj:1');
    FOR i IN 1 .. 2 LOOP
        RAISE NOTICE 'turn %: %', i, authz.has_permission('user:alice', 'proj.edit', 1);
        PERFORM take('user:alice');
    END LOOP;
END
$$;
EXECUTE alice;

-- A procedure that commits and rolls back.
CREATE PROCEDURE in_steps()
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM give('user:alice', 'viewer', 'proj:1');
    RAISE NOTICE 'granted: %', authz.has_permission('user:alice', 'proj.view', 1);
    ROLLBACK;
    RAISE NOTICE 'rolled back: %', authz.has_permission('user:alice', 'proj.view', 1);
    PERFORM give('user:alice', 'viewer', 'proj:1');
    COMMIT;
    RAISE NOTICE 'committed: %', authz.has_permission('user:alice', 'proj.view', 1);
END
$$;
CALL in_steps();
EXECUTE alice;

-- An open cursor.
CREATE TABLE three AS SELECT n FROM generate_series(1, 3) AS n;
BEGIN;
DECLARE c CURSOR FOR SELECT n, authz.has_permission('user:alice', 'proj.view', 1) AS view FROM three;
FETCH 1 FROM c;
SELECT take('user:alice');
FETCH 1 FROM c;
SELECT give('user:alice', 'viewer', 'proj:1');
FETCH 1 FROM c;
COMMIT;

-- Generic and custom plans.
SET plan_cache_mode = force_generic_plan;
EXECUTE alice;
SELECT take('user:alice');
EXECUTE alice;
SET plan_cache_mode = force_custom_plan;
SELECT give('user:alice', 'viewer', 'proj:1');
EXECUTE alice;
RESET plan_cache_mode;

-- No ordinary trigger fires in replica mode, and TRUNCATE fires no row trigger.
SET session_replication_role = replica;
SELECT take('user:alice');
EXECUTE alice;
SELECT give('user:alice', 'viewer', 'proj:1');
EXECUTE alice;
BEGIN;
TRUNCATE authz.assignments;
EXECUTE alice;
ROLLBACK;
EXECUTE alice;
TRUNCATE authz.assignments;
EXECUTE alice;
RESET session_replication_role;

-- A trigger that runs before the announcing one asks and fails: that the
-- permission works is not remembered.
INSERT INTO authz.permissions (name, resource_type, status) VALUES ('proj.new', 'proj', 'planned');
INSERT INTO authz.role_permissions SELECT id, 'proj.new' FROM authz.roles WHERE name = 'viewer';
SELECT give('user:alice', 'viewer', 'proj:1');
CREATE FUNCTION nosy() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM 1;
    RAISE EXCEPTION 'bob: %', authz.has_permission('user:bob', 'proj.new', 1);
END
$$;
CREATE TRIGGER "!nosy" AFTER UPDATE ON authz.permissions FOR EACH ROW EXECUTE FUNCTION nosy();
SELECT authz.has_permission('user:bob', 'proj.view', 1);
UPDATE authz.permissions SET status = 'active' WHERE name = 'proj.new';
SELECT authz.has_permission('user:alice', 'proj.new', 1);
DROP TRIGGER "!nosy" ON authz.permissions;
DROP FUNCTION nosy();
SELECT take('user:alice');
DELETE FROM authz.role_permissions WHERE permission::text = 'proj.new';
DELETE FROM authz.permissions WHERE name = 'proj.new';

-- Where the owner disables the announcing trigger, nothing is remembered.
ALTER TABLE authz.assignments DISABLE TRIGGER a_invalidate;
EXECUTE alice;
SELECT give('user:alice', 'viewer', 'proj:1');
EXECUTE alice;
SELECT take('user:alice');
EXECUTE alice;
ALTER TABLE authz.assignments ENABLE ALWAYS TRIGGER a_invalidate;
SELECT give('user:alice', 'viewer', 'proj:1');
EXECUTE alice;

-- Commands that change the files, the descriptors, or the session.
ALTER TABLE authz.assignments SET (fillfactor = 90);
EXECUTE alice;
ALTER TABLE authz.assignments RESET (fillfactor);
CLUSTER authz.assignments USING assignments_pkey;
VACUUM FULL authz.role_permissions;
REINDEX TABLE authz.subjects;
EXECUTE alice;
SELECT take('user:alice');
EXECUTE alice;
SET authz.subject = 'user:alice';
SELECT give('user:alice', 'viewer', 'proj:1');
SELECT authz.has_permission('proj.view', 1);
DISCARD ALL;
SELECT authz.current_subject() IS NULL AS nobody, authz.has_permission('proj.view', 1), authz.has_permission('user:alice', 'proj.view', 1) AS alice;

-- The subject itself: SET LOCAL ends with its transaction, a rollback undoes SET.
SET authz.subject = 'user:alice';
BEGIN;
SET LOCAL authz.subject = 'user:bob';
SELECT authz.has_permission('proj.view', 1);
COMMIT;
SELECT authz.has_permission('proj.view', 1);
BEGIN;
SAVEPOINT a;
SET authz.subject = 'user:bob';
SELECT authz.has_permission('proj.view', 1);
ROLLBACK TO a;
SELECT authz.has_permission('proj.view', 1);
COMMIT;
RESET authz.subject;

-- Expiry counts by the clock of the statement, from the cache too, also in a
-- transaction whose clock stands still, and at a cursor's next fetch.
SELECT take('user:alice'), give('user:alice', 'viewer', 'proj:1', clock_timestamp() + interval '3 s');
BEGIN;
DECLARE c CURSOR FOR SELECT n, authz.has_permission('user:alice', 'proj.view', 1) AS view FROM three;
SELECT authz.has_permission('user:alice', 'proj.view', 1) AS before;
FETCH 1 FROM c;
SELECT pg_sleep(3.1);
SELECT authz.has_permission('user:alice', 'proj.view', 1) AS after;
FETCH 1 FROM c;
SELECT authz.permissions_on('user:alice', 'proj:1') AS permissions_on, authz.permitted_ids('user:alice', 'proj.view', NULL::int) AS permitted_ids;
COMMIT;
UPDATE authz.assignments SET expires_at = 'infinity';
SELECT authz.has_permission('user:alice', 'proj.view', 1) AS infinite;
UPDATE authz.assignments SET expires_at = '-infinity';
SELECT authz.has_permission('user:alice', 'proj.view', 1) AS past;
UPDATE authz.assignments SET expires_at = NULL;

-- Parallel workers answer as their leader does, and see its uncommitted rows.
CREATE TABLE many AS SELECT 1 + n % 2 AS id FROM generate_series(1, 20000) AS n;
ANALYZE many;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT count(*) FROM many WHERE authz.has_permission('user:alice', 'proj.view', id);
SELECT count(*) FROM many WHERE authz.has_permission('user:alice', 'proj.view', id);
BEGIN;
SELECT give('user:alice', 'viewer', 'proj:2');
SELECT count(*) FROM many WHERE authz.has_permission('user:alice', 'proj.view', id);
SAVEPOINT a;
SELECT take('user:alice');
SELECT count(*) FROM many WHERE authz.has_permission('user:alice', 'proj.view', id);
ROLLBACK TO a;
SELECT count(*) FROM many WHERE authz.has_permission('user:alice', 'proj.view', id);
ROLLBACK;
SELECT count(*) FROM many WHERE authz.has_permission('user:alice', 'proj.view', id);
-- The current subject goes with them.
BEGIN;
SET LOCAL authz.subject = 'user:alice';
SELECT count(*) FROM many WHERE authz.has_permission('proj.view', id);
COMMIT;
SELECT count(*) FROM many WHERE authz.has_permission('proj.view', id);

-- Expiry counts by the real clock: within a statement, from row to row, in a procedure, and
-- for each avenue of the question.
CREATE FUNCTION at_both_ends(question text) RETURNS boolean[] LANGUAGE plpgsql AS $$
DECLARE
    answers boolean[];
    answer boolean;
BEGIN
    PERFORM take('user:bob');
    PERFORM give('user:bob', 'viewer', 'proj:1', clock_timestamp() + interval '0.3 s');
    EXECUTE question INTO answer;
    answers := ARRAY[answer];
    PERFORM pg_sleep(0.31);
    EXECUTE question INTO answer;
    RETURN answers || answer;
END
$$;
SET authz.subject = 'user:bob';
SELECT question, at_both_ends(question)
FROM unnest(ARRAY[
    $$SELECT authz.has_permission('proj.view', 1)$$,
    $$SELECT authz.has_permission('user:bob'::authz.subject, 'proj.view', '1'::text)$$,
    $$SELECT authz.permissions_on('proj:1') @> 'proj.view'::authz.permission$$,
    $$SELECT 1 = ANY (authz.permitted_ids('proj.view', 0))$$,
    $$SELECT 'user:bob' IN (SELECT s::text FROM authz.list_subjects('proj.view', 'proj:1') AS s)$$,
    $$SELECT count(*) > 0 FROM many WHERE id = 1 AND authz.has_permission('proj.view', id)$$,
    $$SELECT bool_or(grants) FROM authz.explain('user:bob', 'proj.view', 'proj:1')$$]) AS question;
SELECT take('user:bob'), give('user:bob', 'viewer', 'proj:1', clock_timestamp() + interval '0.3 s');
SELECT n, authz.has_permission('proj.view', 1), CASE WHEN n = 2 THEN pg_sleep(0.31) END AS sleeps FROM generate_series(1, 4) AS n;
SELECT take('user:bob'), give('user:bob', 'viewer', 'proj:1', clock_timestamp() + interval '0.3 s');
DO $$
BEGIN
    RAISE NOTICE 'first transaction: %', authz.has_permission('proj.view', 1);
    COMMIT;
    PERFORM pg_sleep(0.31);
    RAISE NOTICE 'second transaction: %', authz.has_permission('proj.view', 1);
END
$$;
RESET authz.subject;

-- A plan that names a permission is made anew when permissions change: a name that is gone
-- fails in it as in a new statement, also in many changes of one command.
SET plan_cache_mode = force_generic_plan;
PREPARE named AS SELECT count(*) FROM many WHERE authz.has_permission('user:alice', 'proj.view', id);
PREPARE named_any AS SELECT authz.has_any_permission('user:alice'::authz.subject, '{proj.view,proj.edit}'::text[], 1);
CREATE FUNCTION names_one() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN authz.has_permission('user:alice', 'proj.view', 1); END $$;
EXECUTE named; EXECUTE named_any; SELECT names_one();
BEGIN;
SAVEPOINT before;
SELECT object FROM authz.apply('{"permissions": [{"name": "proj.look", "renamed_from": "proj.view"}]}');
SAVEPOINT renamed; EXECUTE named;
ROLLBACK TO renamed; EXECUTE named_any;
ROLLBACK TO renamed; SELECT names_one();
ROLLBACK TO before;
EXECUTE named; EXECUTE named_any; SELECT names_one();
INSERT INTO authz.permissions (name, resource_type) SELECT 'proj.of_many_' || n, 'proj' FROM generate_series(1, 200) AS n;
SAVEPOINT many;
UPDATE authz.permissions SET name = (name::text || '_more')::authz.permission WHERE resource_type = 'proj';
EXECUTE named;
ROLLBACK;
EXECUTE named; SELECT names_one();
DEALLOCATE named; DEALLOCATE named_any;
RESET plan_cache_mode;
DROP FUNCTION names_one();

DROP TABLE three, many;
DROP FUNCTION at_both_ends(text);
DROP PROCEDURE in_steps;
DROP FUNCTION give, take;
