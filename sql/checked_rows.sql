-- Every row is checked, whatever plan has found it: a statement sees its own revoke, and
-- an open cursor that of somebody else at its next row.
\i sql/include/fresh.sql
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/documents.sql'
\set ECHO none
\i :include
\set ECHO all

CREATE ROLE regress_authz_web;
GRANT SET ON PARAMETER authz.subject, authz.strict, track_functions TO regress_authz_web;
GRANT SELECT, UPDATE ON documents, comments TO regress_authz_web;
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON documents USING (authz.has_permission('project.view', project_id));
-- How often has_permission was called in this transaction.
CREATE FUNCTION calls() RETURNS bigint LANGUAGE sql AS $$
    SELECT coalesce(sum(pg_stat_get_xact_function_calls(oid)), 0)::bigint
    FROM pg_proc
    WHERE proname = 'has_permission' AND pronamespace = 'authz'::regnamespace
$$;
-- Somebody else's grant goes, or one's own.
CREATE FUNCTION revoke(who text) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
    DELETE FROM authz.assignments
    WHERE subject_id = (SELECT id FROM authz.subjects WHERE subject = who::authz.subject)
$$;
-- Rows and calls: of a query to its end, of a cursor's first five rows, of the rest after
-- a revoke.
CREATE FUNCTION runs(query text, OUT plan text, OUT rows bigint, OUT calls bigint, OUT first_rows bigint, OUT first_calls bigint,
                     OUT later_rows bigint, OUT later_calls_at_least_rows boolean, OUT rows_after_revoke bigint)
LANGUAGE plpgsql AS $$
DECLARE
    line text;
    before bigint := calls();
    c refcursor;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query
    LOOP
        plan := coalesce(plan, (regexp_match(line, '(Index Only Scan|Index Scan|Bitmap Heap Scan|Seq Scan)'))[1]);
    END LOOP;
    EXECUTE 'SELECT count(*) FROM (' || query || ' OFFSET 0) AS s' INTO rows;
    calls := calls() - before;

    before := calls();
    OPEN c FOR EXECUTE query;
    MOVE FORWARD 5 FROM c;
    GET DIAGNOSTICS first_rows = ROW_COUNT;
    first_calls := calls() - before;
    before := calls();
    MOVE FORWARD ALL FROM c;
    GET DIAGNOSTICS later_rows = ROW_COUNT;
    later_calls_at_least_rows := calls() - before >= later_rows;
    CLOSE c;

    BEGIN
        OPEN c FOR EXECUTE query;
        MOVE FORWARD 5 FROM c;
        PERFORM revoke(current_setting('authz.subject'));
        MOVE FORWARD ALL FROM c;
        GET DIAGNOSTICS rows_after_revoke = ROW_COUNT;
        CLOSE c;
        RAISE EXCEPTION 'undo';
    EXCEPTION WHEN raise_exception THEN
        NULL;
    END;
END
$$;
GRANT EXECUTE ON FUNCTION calls, revoke, runs TO regress_authz_web;

SET track_functions = 'all';
SET authz.subject = 'user:org';
SET authz.index_threshold = 1;
SET enable_seqscan = off;
SET ROLE regress_authz_web;

-- An index alone.
SELECT * FROM runs('SELECT project_id FROM documents');
-- Where rows are changed or locked, and in the strict mode.
BEGIN;
UPDATE documents SET title = title;
SELECT calls() >= 1000 AS called;
ROLLBACK;
BEGIN;
SELECT count(*) FROM (SELECT FROM documents FOR SHARE) AS d;
SELECT calls() >= 1000 AS called;
ROLLBACK;
BEGIN;
WITH d AS (UPDATE comments SET id = id WHERE false RETURNING id) SELECT count(*) FROM documents;
SELECT calls() >= 1000 AS called;
ROLLBACK;
SET authz.strict = on;
SELECT plan, rows, calls >= rows AS called, rows_after_revoke FROM runs('SELECT project_id FROM documents');
RESET authz.strict;
-- An index and the table.
SET enable_bitmapscan = off;
SELECT * FROM runs('SELECT title FROM documents');
RESET enable_bitmapscan;
-- A bitmap of rows.
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SELECT * FROM runs('SELECT title FROM documents');
-- A bitmap that has forgotten rows: each row of those pages is asked about.
RESET ROLE;
CREATE TABLE wide AS SELECT id, CASE WHEN id % 7 = 0 THEN 1 + id % 2000 END AS project_id, repeat('x', 1500) AS padding FROM documents;
CREATE INDEX wide_project_id_idx ON wide (project_id);
ANALYZE wide;
GRANT SELECT ON wide TO regress_authz_web;
ALTER TABLE wide ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON wide USING (authz.has_permission('project.view', project_id));
SET authz.subject = 'user:all';
SET ROLE regress_authz_web;
SET work_mem = '64kB';
SELECT plan, rows, calls > 0 AS called, first_rows, first_calls > 0 AS first_called, later_rows, rows_after_revoke
FROM runs('SELECT padding FROM wide');
RESET work_mem;
RESET enable_indexscan;
RESET enable_indexonlyscan;

-- The filter is more than the condition: another one, ...
SET authz.subject = 'user:org';
SELECT plan, rows, calls >= rows AS called, first_rows, later_rows, rows_after_revoke
FROM runs($$SELECT project_id FROM documents WHERE project_id % 3 = 1$$);
-- ... another permission, ...
SELECT plan, rows, calls >= rows AS called, first_rows, later_rows, rows_after_revoke
FROM runs($$SELECT project_id FROM documents WHERE authz.has_permission('project.edit', project_id)$$);
-- ... or another column.
SELECT count(*) FROM documents WHERE authz.has_permission('project.view', id);

-- ... or a condition with another operator, which anybody can write.
SET authz.index_threshold = 0;
SELECT plan, rows, calls >= rows AS called, first_rows, later_rows, rows_after_revoke
FROM runs($$SELECT project_id FROM documents WHERE project_id >= ANY (authz.permitted_ids('project.view', NULL::bigint))$$);
SELECT plan, rows, calls >= rows AS called, first_rows, later_rows, rows_after_revoke
FROM runs($$SELECT project_id FROM documents WHERE project_id <= ANY (authz.permitted_ids('project.view', NULL::bigint))$$);
SET authz.index_threshold = 1;
-- Ids that a collation or an operator class holds for equal are not the same.
RESET ROLE;
CREATE FUNCTION abs_compare(bigint, bigint) RETURNS integer LANGUAGE sql IMMUTABLE RETURN btint8cmp(abs($1), abs($2));
CREATE FUNCTION abs_equal(bigint, bigint) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN abs($1) = abs($2);
CREATE OPERATOR |=| (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = abs_equal, RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE OPERATOR CLASS abs_ops FOR TYPE bigint USING btree AS OPERATOR 3 |=|, FUNCTION 1 abs_compare(bigint, bigint);
CREATE TABLE signed (id bigint);
INSERT INTO signed VALUES (42), (-42), (43);
CREATE INDEX signed_id_idx ON signed (id abs_ops);
INSERT INTO authz.resources (resource, parent_id)
SELECT 'project:P', id FROM authz.resources WHERE resource = 'organization:3';
-- Such collations come with ICU, which a server may lack.
DO $$
DECLARE
    found text[] := '{P}';
BEGIN
    IF EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu') THEN
        CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE named (id text COLLATE any_case);
        INSERT INTO named VALUES ('p'), ('P'), ('q');
        CREATE INDEX named_id_idx ON named (id);
        EXECUTE 'SELECT array_agg(id) FROM named WHERE authz.has_permission($1, id)' INTO found USING 'project.view';
        DROP TABLE named;
        DROP COLLATION any_case;
    END IF;
    IF found <> '{P}' THEN
        RAISE EXCEPTION 'found %', found;
    END IF;
END
$$;
EXPLAIN (COSTS OFF) SELECT id FROM signed WHERE authz.has_permission('project.view', id);
SELECT id FROM signed WHERE authz.has_permission('project.view', id);
DROP TABLE signed;
DROP OPERATOR CLASS abs_ops USING btree;
DROP OPERATOR FAMILY abs_ops USING btree;
DROP OPERATOR |=| (bigint, bigint);
DROP FUNCTION abs_equal, abs_compare;

-- The other form.
RESET ROLE;
SELECT plan, rows, calls, first_rows, first_calls, later_rows, later_calls_at_least_rows, rows_after_revoke
FROM runs($$SELECT project_id FROM documents WHERE authz.has_permission('user:org', 'project.view', project_id)$$);
SET ROLE regress_authz_web;

-- Its own changes a statement sees at once, also where an index has found the rows.
BEGIN;
SELECT count(*) FROM (SELECT project_id, revoke('user:org') FROM documents OFFSET 0) AS d;
ROLLBACK;
BEGIN;
SELECT count(*) FROM (SELECT project_id, set_config('authz.subject', 'user:none', true) FROM documents OFFSET 0) AS d;
ROLLBACK;
SELECT count(*) FROM documents;
-- A prepared statement, its parameters as well.
PREPARE seen (text) AS SELECT count(*) FROM documents WHERE authz.has_permission($1, project_id);
SET plan_cache_mode = force_generic_plan;
EXECUTE seen ('project.view');
EXECUTE seen ('project.edit');
EXECUTE seen ('project.remove');
SELECT revoke('user:org');
EXECUTE seen ('project.view');

-- Long scans, by all types of ids.
RESET ROLE;
RESET ALL;
CREATE DOMAIN number AS integer;
CREATE TABLE typed AS
SELECT id, project_id AS as_bigint, project_id::integer AS as_integer, project_id::smallint AS as_smallint,
       project_id::integer::number AS as_domain, project_id::text AS as_text, project_id::varchar AS as_varchar
FROM (SELECT id, nullif(project_id, 100) AS project_id FROM documents) AS d;
ANALYZE typed;
GRANT SELECT ON typed TO regress_authz_web;
CREATE FUNCTION found_rows(who text) RETURNS TABLE (column_name text, subject text, rows bigint)
LANGUAGE plpgsql AS $$
BEGIN
    FOR column_name IN
        SELECT attname FROM pg_attribute WHERE attrelid = 'typed'::regclass AND attnum > 1 ORDER BY attnum
    LOOP
        subject := who;
        PERFORM set_config('authz.subject', who, true);
        EXECUTE format('SELECT count(*) FROM typed WHERE authz.has_permission(%L, %I)', 'project.view', column_name) INTO rows;
        RETURN NEXT;
    END LOOP;
END
$$;
SELECT * FROM found_rows('user:one');
SELECT * FROM found_rows('user:all');
SELECT * FROM found_rows('user:none');
SELECT * FROM found_rows('');

-- A cursor on such a scan.
SET authz.subject = 'user:all';
SET enable_bitmapscan = off;
SET enable_indexscan = off;
SET enable_indexonlyscan = off;
SET ROLE regress_authz_web;
SELECT plan, rows, calls, first_rows, first_calls, later_rows, rows_after_revoke FROM runs('SELECT title FROM documents');
-- Its own changes a statement sees at once.
BEGIN;
SELECT count(*), max(id) FROM (SELECT id, CASE WHEN id = 10000 THEN revoke('user:all') END FROM documents OFFSET 0) AS d;
SELECT count(*) FROM documents;
ROLLBACK;
SELECT count(*) FROM documents;
-- The subject changes within a statement.
SELECT count(*), count(*) FILTER (WHERE id > 10000)
FROM (SELECT id, CASE WHEN id = 10000 THEN set_config('authz.subject', 'user:none', false) END FROM documents OFFSET 0) AS d;
SET authz.subject = 'user:one';
SELECT count(*) FROM documents;
-- An expiry, which counts by the clock of the statement, and nobody.
RESET ROLE;
UPDATE authz.assignments SET expires_at = statement_timestamp() + interval '1 hour'
WHERE subject_id = (SELECT id FROM authz.subjects WHERE subject = 'user:one');
SET ROLE regress_authz_web;
SELECT count(*) FROM documents;
SET authz.subject = '';
SELECT count(*) FROM documents;

-- The mark of a plan made for who sees all outlives the memory in which joins are tried out.
RESET ROLE;
RESET enable_indexscan;
RESET enable_indexonlyscan;
RESET enable_seqscan;
RESET enable_bitmapscan;
SET geqo_threshold = 2;
DO $$
DECLARE
    found bigint;
BEGIN
    FOR n IN 1..20 LOOP
        EXECUTE format($query$
            SELECT count(*)
            FROM documents AS a
            JOIN comments AS b ON b.id = a.id
            JOIN comments AS c ON c.id = a.id
            JOIN comments AS d ON d.id = a.id
            JOIN comments AS e ON e.id = d.id
            LEFT JOIN comments AS f ON f.document_id = a.id AND authz.has_permission('project.view', a.project_id)
            JOIN comments AS g ON g.id = e.id
            WHERE g.id <= %s
        $query$, n) INTO found;
        IF found <> n THEN
            RAISE EXCEPTION '% rows, not %', found, n;
        END IF;
    END LOOP;
END
$$;

DROP TABLE documents, comments, wide, typed;
DROP FUNCTION found_rows;
DROP DOMAIN number;
DROP FUNCTION calls, revoke, runs;
REVOKE SET ON PARAMETER authz.subject, authz.strict, track_functions FROM regress_authz_web;
DROP ROLE regress_authz_web;
