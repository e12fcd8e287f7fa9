-- No function of ours does anything where it does not belong: called by hand with
-- NULLs, extremes and what it was not made for, or as a trigger on a stranger's
-- table.  A clear error at most, never a crash, never a power.
\i sql/include/fresh.sql
\set SHOW_CONTEXT never
SET client_min_messages = warning;
-- Compiling the large statements of apply, for nothing, takes ten seconds each.
SET jit = off;
SELECT count(*) > 0 AS installed FROM authz.install_catalog('github');
SELECT authz.create_resource('organization:1'), authz.add_member('organization:1', 'user:a'), authz.create_team('team:t', 'organization:1');
SELECT authz.create_resource('repository:1', 'organization:1'), authz.grant_role('user:a', 'owner', 'organization:1') > 0 AS granted;

-- Every function that can be called from SQL, of every schema of ours.
CREATE TEMP VIEW functions AS
SELECT p.oid, p.oid::regprocedure AS signature, p.proargtypes::oid[] AS types, p.pronargs AS nargs, p.prorettype = 'trigger'::regtype AS is_trigger
FROM pg_proc AS p
JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'authz'
WHERE p.prokind = 'f' AND NOT 'internal'::regtype = ANY (p.proargtypes) AND p.prorettype <> 'event_trigger'::regtype;
SELECT count(*) > 150 AS many, count(*) FILTER (WHERE is_trigger) > 10 AS triggers FROM functions;

-- Values of each type, as SQL: NULL is added to all.
CREATE TEMP TABLE odd (type regtype, value text);
INSERT INTO odd VALUES
    ('text', $$''$$), ('text', $$'*'$$), ('text', $$repeat('x', 100000)$$), ('text', $$E'\n'$$), ('text', $$'user:a'$$), ('text', $$'organization:1'$$), ('text', $$'owner'$$),
    ('text', $$'organization:1#member'$$), ('text', $$'team:t'$$), ('text', $$'read'$$), ('text', $$'organization'$$),
    ('bigint', '0'), ('bigint', '-1'), ('bigint', '1'), ('bigint', '9223372036854775807'), ('bigint', '(-9223372036854775808)'),
    ('boolean', 'true'), ('boolean', 'false'),
    ('name', $$''$$), ('name', $$'id'$$), ('name', $$repeat('x', 63)$$),
    ('regclass', '0'), ('regclass', $$'authz.roles'$$), ('regclass', $$'authz.roles_pkey'$$), ('regclass', $$'pg_class'$$), ('regclass', '4294967295'),
    ('timestamptz', $$'infinity'$$), ('timestamptz', $$'-infinity'$$), ('timestamptz', $$'2000-01-01'$$),
    ('jsonb', $$'null'$$), ('jsonb', $$'[]'$$), ('jsonb', $$'{}'$$), ('jsonb', $$'{"roles": [{"name": null}]}'$$), ('jsonb', $$'"x"'$$),
    ('authz.subject', $$'user:*'$$), ('authz.subject', $$'user:a'$$), ('authz.subject', $$'organization:1#member'$$), ('authz.subject', $$'team:t'$$),
    ('authz.resource', $$'organization:1'$$), ('authz.resource', $$'x:1'$$),
    ('authz.permission', $$'pull'$$), ('authz.permission', $$'x'$$),
    ('authz.permission_set', $$'{}'$$), ('authz.permission_set', $$'{pull,x}'$$),
    ('bigint[]', $$'{}'$$), ('bigint[]', $$'{NULL}'$$), ('bigint[]', $$'{0,-1,9223372036854775807}'$$), ('bigint[]', $$'{{1,2},{3,4}}'$$),
    ('text[]', $$'{}'$$), ('text[]', $$'{NULL}'$$), ('text[]', $$'{"",x}'$$), ('text[]', $$'{{a},{b}}'$$),
    ('boolean[]', $$'{}'$$), ('boolean[]', $$'{NULL,true}'$$),
    ('authz.permission[]', $$'{}'$$), ('authz.permission[]', $$'{NULL,x}'$$),
    ('cstring', $$''$$), ('cstring', $$'x'$$),
    ('anyelement', '1'), ('anyelement', $$'x'::text$$), ('anyelement', '1.5'), ('anyelement', $$'{1}'::int[]$$), ('anyelement', $$'2000-01-01'::date$$);

-- One call, with everything it did taken back.
CREATE FUNCTION pg_temp.attempt(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        EXECUTE command;
        RAISE EXCEPTION USING ERRCODE = 'AZOK0';
    EXCEPTION WHEN OTHERS THEN
        -- What PostgreSQL says of a type that was given a NULL or a table that is none, is clear enough.
        IF SQLSTATE LIKE 'XX%' OR SQLSTATE = '08006' THEN
            RETURN format('%s: %s %s', command, SQLSTATE, SQLERRM);
        END IF;
    END;
    RETURN NULL;
END $$;

-- All NULL; each argument as each value with the others NULL; and at random.
CREATE TEMP TABLE calls (command text);
GRANT ALL ON calls, functions, odd TO PUBLIC;
SELECT setseed(0.5);
INSERT INTO calls
SELECT format('SELECT %s(%s)', f.oid::regproc, (
        SELECT coalesce(string_agg(format('CAST(%s AS %s)', CASE WHEN a.n = v.argument THEN o.value ELSE 'NULL' END,
                                          CASE a.type WHEN 'anyelement'::regtype THEN CASE WHEN a.n = v.argument THEN 'text' ELSE 'bigint' END ELSE a.type::regtype::text END), ', ' ORDER BY a.n), '')
        FROM unnest(f.types) WITH ORDINALITY AS a (type, n)))
FROM functions AS f
CROSS JOIN LATERAL (SELECT 0 AS argument UNION ALL SELECT generate_series(1, f.nargs)) AS v
LEFT JOIN odd AS o ON o.type = f.types[v.argument - 1]
WHERE v.argument = 0 OR o.value IS NOT NULL;
DO $$
DECLARE
    f record;
    arguments text;
BEGIN
    FOR f IN SELECT * FROM functions WHERE nargs > 1 AND NOT is_trigger LOOP
        FOR round IN 1..20 LOOP
            SELECT string_agg(CASE WHEN a.type = 'anyelement'::regtype THEN v.value ELSE format('CAST(%s AS %s)', v.value, a.type::regtype) END, ', ' ORDER BY a.n) INTO arguments
            FROM unnest(f.types) WITH ORDINALITY AS a (type, n)
            CROSS JOIN LATERAL (SELECT coalesce((SELECT o.value FROM odd AS o WHERE o.type = a.type AND a.n > 0 ORDER BY random() LIMIT 1), 'NULL') AS value) AS v;
            INSERT INTO calls VALUES (format('SELECT %s(%s)', f.oid::regproc, arguments));
        END LOOP;
    END LOOP;
END $$;
SELECT count(*) > 3000 AS many FROM calls;

-- As a superuser, and as somebody who may execute everything and write nothing.
SELECT pg_temp.attempt(command) AS problem FROM (SELECT DISTINCT command FROM calls ORDER BY command) AS c WHERE pg_temp.attempt(command) IS NOT NULL LIMIT 20;
CREATE ROLE regress_authz_hostile;
GRANT USAGE ON SCHEMA authz, authz_internal TO regress_authz_hostile;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA authz, authz_internal TO regress_authz_hostile;
CREATE TABLE before AS
SELECT (SELECT count(*) FROM authz.assignments) AS assignments, (SELECT count(*) FROM authz.subjects) AS subjects, (SELECT count(*) FROM authz.resources) AS resources,
    (SELECT count(*) FROM authz.roles) AS roles, (SELECT count(*) FROM authz.audit_log) AS entries;
SET ROLE regress_authz_hostile;
SELECT pg_temp.attempt(command) AS problem FROM (SELECT DISTINCT command FROM calls ORDER BY command) AS c WHERE pg_temp.attempt(command) IS NOT NULL LIMIT 20;
-- Without taking anything back.
DO $$
DECLARE
    call text;
BEGIN
    FOR call IN SELECT DISTINCT command FROM calls WHERE command NOT LIKE '%pg_sleep%' ORDER BY command LOOP
        BEGIN
            EXECUTE call;
        EXCEPTION WHEN OTHERS THEN
            NULL;
        END;
    END LOOP;
END $$;
SELECT current_user, current_setting('session_replication_role');
RESET ROLE;
SELECT b.* FROM before AS b
EXCEPT
SELECT (SELECT count(*) FROM authz.assignments), (SELECT count(*) FROM authz.subjects), (SELECT count(*) FROM authz.resources),
    (SELECT count(*) FROM authz.roles), (SELECT count(*) FROM authz.audit_log);
SELECT rule, message FROM authz.validate();

-- Every trigger function on strangers' tables, which look like ours, for every event.
CREATE SCHEMA hostile AUTHORIZATION regress_authz_hostile;
SET ROLE regress_authz_hostile;
CREATE TABLE hostile.subjects (id bigint, subject int, resource_id text, parent_id bigint, name text);
CREATE TABLE hostile.resources (id bigint, resource authz.resource, resource_type text, parent_id bigint);
CREATE TABLE hostile.roles (id text);
CREATE TABLE hostile.audit_log (x int);
CREATE TABLE hostile.restored_tables (name text);
CREATE TABLE hostile.mine (x int);
CREATE FUNCTION hostile.try_triggers() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    f record;
    t text;
    timing text;
    level text;
    event text;
    transition text;
    arguments text;
BEGIN
    FOR f IN SELECT oid::regproc AS name FROM functions WHERE is_trigger ORDER BY oid::regproc::text LOOP
        FOREACH t IN ARRAY '{subjects,resources,roles,audit_log,restored_tables,mine}'::text[] LOOP
            FOR timing, level, event, transition, arguments IN
                SELECT i, l, e, tr, a
                FROM unnest('{BEFORE,AFTER}'::text[]) AS i, unnest('{ROW,STATEMENT}'::text[]) AS l, unnest('{INSERT,UPDATE,DELETE,TRUNCATE}'::text[]) AS e,
                     unnest(ARRAY['', 'REFERENCING NEW TABLE AS n', 'REFERENCING OLD TABLE AS o']) AS tr, unnest(ARRAY['', '''1''', '''x''', '''a'', ''b'', ''c''']) AS a
                WHERE (e <> 'TRUNCATE' OR l = 'STATEMENT')
                  AND (tr = '' OR i = 'AFTER' AND e = CASE WHEN tr LIKE '%NEW%' THEN 'INSERT' ELSE 'DELETE' END AND a IN ('', '''1'''))
            LOOP
                BEGIN
                    EXECUTE format('CREATE TRIGGER odd %s %s ON hostile.%s %s FOR EACH %s EXECUTE FUNCTION %s(%s)', timing, event, t, transition, level, f.name, arguments);
                    EXECUTE CASE event WHEN 'INSERT' THEN format('INSERT INTO hostile.%s DEFAULT VALUES', t) WHEN 'UPDATE' THEN format('UPDATE hostile.%s SET %2$I = %2$I', t,
                            (SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = ('hostile.' || t)::regclass AND a.attnum > 0 AND a.attgenerated = '' LIMIT 1))
                        WHEN 'DELETE' THEN format('DELETE FROM hostile.%s', t) ELSE format('TRUNCATE hostile.%s', t) END;
                    RAISE EXCEPTION USING ERRCODE = 'AZOK0';
                EXCEPTION WHEN OTHERS THEN
                    -- For the statements of another table, authz.track_rows remembers that they go on.
                    IF SQLSTATE NOT IN ('42809', '39P01', '55000', '23502')
                       AND NOT (SQLSTATE = 'AZOK0' AND level = 'STATEMENT' AND f.name = 'authz.track_rows'::regproc AND arguments = '''1''' AND event IN ('INSERT', 'UPDATE')) THEN
                        RETURN NEXT format('%s %s %s on %s (%s): %s %s', f.name, timing, event, t, arguments, SQLSTATE, SQLERRM);
                    END IF;
                END;
            END LOOP;
        END LOOP;
    END LOOP;
END $$;
-- A row each, for the row triggers for UPDATE and DELETE.
INSERT INTO hostile.subjects DEFAULT VALUES;
INSERT INTO hostile.resources DEFAULT VALUES;
INSERT INTO hostile.roles DEFAULT VALUES;
INSERT INTO hostile.audit_log DEFAULT VALUES;
INSERT INTO hostile.restored_tables DEFAULT VALUES;
INSERT INTO hostile.mine DEFAULT VALUES;
SELECT * FROM hostile.try_triggers() LIMIT 20;

-- With the settings of a dump, too.
SET check_function_bodies = off;
SET row_security = off;
SET search_path = '';
SELECT * FROM hostile.try_triggers() LIMIT 20;
SELECT pg_catalog.current_setting('session_replication_role');
RESET ALL;
RESET ROLE;

-- The owner of a tracked table, who is no administrator, puts our function on it in other ways.
CREATE TABLE hostile.tracked (id bigint PRIMARY KEY);
SELECT authz.track('hostile.tracked', 'repository', 'id');
ALTER TABLE hostile.tracked OWNER TO regress_authz_hostile;
SELECT id AS tracked_id FROM authz.tracked_tables \gset
SET ROLE regress_authz_hostile;
CREATE TRIGGER odd BEFORE INSERT ON hostile.tracked FOR EACH ROW EXECUTE FUNCTION authz.track_rows(:tracked_id);
INSERT INTO hostile.tracked VALUES (11);
DROP TRIGGER odd ON hostile.tracked;
CREATE TRIGGER odd AFTER INSERT ON hostile.tracked FOR EACH STATEMENT EXECUTE FUNCTION authz.track_rows(:tracked_id);
INSERT INTO hostile.tracked VALUES (12);
RESET ROLE;
DROP TABLE hostile.tracked;

DROP TABLE before;
DROP OWNED BY regress_authz_hostile;
DROP ROLE regress_authz_hostile;
