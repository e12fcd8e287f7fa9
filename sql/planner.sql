-- Policies that use the index: the plans, and that results are the same without it.
\i sql/include/fresh.sql
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/documents.sql'
\set ECHO none
\i :include
\set ECHO all

CREATE ROLE regress_authz_web;
GRANT SET ON PARAMETER authz.subject TO regress_authz_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON documents, comments TO regress_authz_web;
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE comments ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON documents USING (authz.has_permission('project.view', project_id));
CREATE POLICY p ON comments USING (authz.has_permission('project.view', project_id));
SET ROLE regress_authz_web;

-- Who sees little gets the index; who sees all does not.
SET authz.subject = 'user:one';
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents;
SELECT count(*) FROM documents;
SET authz.subject = 'user:org';
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents;
SELECT count(*) FROM documents;
SET authz.subject = 'user:none';
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents;
SELECT count(*) FROM documents;
SET authz.subject = 'user:all';
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents;
SELECT count(*) FROM documents;
-- The threshold decides what is offered, the cost what is taken.
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents;
SET authz.index_threshold = 1;
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents;
RESET enable_seqscan;
SET authz.index_threshold = 0;
SET authz.subject = 'user:one';
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents;
RESET authz.index_threshold;
-- Nobody.
SET authz.subject = '';
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents;
SELECT count(*) FROM documents;

-- The estimate is what the subject holds.
CREATE FUNCTION pg_temp.estimated_rows(query text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
    RETURN (plan -> 0 -> 'Plan' ->> 'Plan Rows')::numeric;
END
$$;
SET authz.subject = 'user:one';
SELECT pg_temp.estimated_rows('SELECT * FROM documents') BETWEEN 5 AND 20;
SET authz.subject = 'user:org';
SELECT pg_temp.estimated_rows('SELECT * FROM documents') BETWEEN 900 AND 1100;
SELECT pg_temp.estimated_rows($$SELECT * FROM authz.list_resources('project.view')$$);
SET authz.subject = 'user:all';
SELECT pg_temp.estimated_rows('SELECT * FROM documents') BETWEEN 19000 AND 20000;

-- One prepared statement, three subjects, a generic plan from the first.
PREPARE counted AS SELECT count(*) FROM documents;
SET plan_cache_mode = force_generic_plan;
SET authz.subject = 'user:one';
EXECUTE counted;
SET authz.subject = 'user:org';
EXECUTE counted;
SET authz.subject = 'user:all';
EXECUTE counted;
EXPLAIN (COSTS OFF) EXECUTE counted;
SET authz.subject = 'user:none';
EXECUTE counted;
-- A plan that was made for one who sees all is not kept for the next.
DEALLOCATE counted;
PREPARE counted AS SELECT count(*) FROM documents;
SET authz.subject = 'user:all';
EXECUTE counted;
EXPLAIN (COSTS OFF) EXECUTE counted;
SET authz.subject = 'user:one';
EXECUTE counted;
EXPLAIN (COSTS OFF) EXECUTE counted;
RESET plan_cache_mode;

-- By primary key the check is a filter.
SET authz.subject = 'user:one';
EXPLAIN (COSTS OFF) SELECT * FROM documents WHERE id = 6858;
SELECT count(*) FROM documents WHERE id = 6858;
-- So it is where another index leaves fewer rows than there are ids to look for ...
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE owner = 'owner3';
SET authz.subject = 'user:org';
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE owner = 'owner3';
SELECT count(*) FROM documents WHERE owner = 'owner3';
-- ... and can be used: an operator that might leak is not, before the policy.
RESET ROLE;
CREATE TABLE numbered (id numeric PRIMARY KEY, project_id bigint);
INSERT INTO numbered SELECT id, project_id FROM documents;
CREATE INDEX numbered_project_id_idx ON numbered (project_id);
ANALYZE numbered;
ALTER TABLE numbered ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON numbered USING (authz.has_permission('project.view', project_id));
GRANT SELECT ON numbered TO regress_authz_web;
SELECT proleakproof FROM pg_proc WHERE oid = 'numeric_eq'::regproc;
SET ROLE regress_authz_web;
EXPLAIN (COSTS OFF) SELECT project_id FROM numbered WHERE id = 3;
SELECT project_id FROM numbered WHERE id = 3;
-- Nor is one that compares two columns of the table.
RESET ROLE;
CREATE TABLE threads (id bigint PRIMARY KEY, first_id bigint, project_id bigint);
INSERT INTO threads SELECT id, id - id % 3, project_id FROM documents WHERE id <= 10000;
CREATE INDEX threads_project_id_idx ON threads (project_id);
ANALYZE threads;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT project_id FROM threads WHERE id = first_id AND authz.has_permission('project.view', project_id);
SELECT count(*) FROM threads WHERE id = first_id AND authz.has_permission('project.view', project_id);
RESET enable_seqscan;
DROP TABLE threads;
-- The array is computed for an estimate only where it is needed.
SET track_functions = 'all';
CREATE FUNCTION pg_temp.estimated(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    calls bigint := coalesce(pg_stat_get_xact_function_calls('authz.permitted_ids(text,anyelement)'::regprocedure), 0);
BEGIN
    EXECUTE 'EXPLAIN ' || query;
    RETURN coalesce(pg_stat_get_xact_function_calls('authz.permitted_ids(text,anyelement)'::regprocedure), 0) > calls;
END
$$;
SELECT pg_temp.estimated($$SELECT FROM documents WHERE authz.has_permission('project.view', project_id)$$);
SELECT pg_temp.estimated($$SELECT FROM documents WHERE id = 6858 AND authz.has_permission('project.view', project_id)$$);
SELECT pg_temp.estimated($$SELECT FROM documents WHERE owner = 'owner3' AND authz.has_permission('project.view', project_id)$$);
RESET track_functions;
DROP FUNCTION pg_temp.estimated;
DROP TABLE numbered;
SET authz.subject = 'user:one';
SET ROLE regress_authz_web;

-- UPDATE, DELETE, INSERT.
EXPLAIN (COSTS OFF) UPDATE documents SET title = 'changed';
EXPLAIN (COSTS OFF) DELETE FROM documents;
BEGIN;
UPDATE documents SET title = 'changed';
SELECT count(*) FROM documents WHERE title = 'changed';
DELETE FROM documents;
RESET ROLE;
SELECT count(*) FROM documents;
SET ROLE regress_authz_web;
ROLLBACK;
INSERT INTO documents VALUES (0, 8, 'me', 'not mine');
UPDATE documents SET project_id = 8;
BEGIN;
INSERT INTO documents VALUES (0, 7, 'me', 'mine');
ROLLBACK;

-- Joins with policies on both sides, by whatever join: releases differ.
CREATE FUNCTION pg_temp.plan_lines(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query;
END
$$;
CREATE FUNCTION pg_temp.index_conditions(query text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT ltrim(line) FROM pg_temp.plan_lines(query) AS line WHERE line ~ 'Index Cond'
$$;
SELECT * FROM pg_temp.index_conditions($$SELECT count(*) FROM documents AS d JOIN comments AS c ON c.document_id = d.id$$) AS condition ORDER BY condition COLLATE "C";
SELECT count(*) FROM documents AS d JOIN comments AS c ON c.document_id = d.id;

-- Sorted pages.
SET authz.subject = 'user:org';
EXPLAIN (COSTS OFF) SELECT id FROM documents ORDER BY id DESC LIMIT 3;
SELECT id FROM documents ORDER BY id DESC LIMIT 3;
SET authz.subject = 'user:one';
EXPLAIN (COSTS OFF) SELECT id FROM documents ORDER BY id DESC LIMIT 3;
SELECT id FROM documents ORDER BY id DESC LIMIT 3;

-- Beside another condition: both indexes.
RESET ROLE;
DROP POLICY p ON documents;
CREATE POLICY p ON documents USING (authz.has_permission('project.view', project_id) OR owner = 'owner5');
SET ROLE regress_authz_web;
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents;
SELECT count(*) FROM documents;

-- A caller's own condition on a table with another policy (LEAKPROOF).
RESET ROLE;
DROP POLICY p ON documents;
CREATE POLICY p ON documents USING (title <> 'document 6');
SET ROLE regress_authz_web;
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE authz.has_permission('project.view', project_id);
SELECT count(*) FROM documents WHERE authz.has_permission('project.view', project_id);

-- On the nullable side of an outer join, which becomes an inner one: NULL is "no".
RESET ROLE;
ALTER TABLE documents DISABLE ROW LEVEL SECURITY;
ALTER TABLE comments DISABLE ROW LEVEL SECURITY;
CREATE TABLE links AS SELECT n AS id, CASE WHEN n % 10 > 0 THEN n * 7 END AS document_id FROM generate_series(1, 2000) AS n;
ANALYZE links;
SET authz.subject = 'user:one';
CREATE TEMP TABLE allowed AS SELECT id FROM documents AS d WHERE authz.has_permission('project.view', project_id);
CREATE FUNCTION pg_temp.answer(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    answer bigint;
BEGIN
    EXECUTE query INTO answer;
    RETURN answer;
END
$$;
SELECT tables, condition,
       EXISTS (SELECT FROM pg_temp.plan_lines(q.query) AS line WHERE line ~ 'Left|Right|Full') AS outer_join,
       EXISTS (SELECT FROM pg_temp.index_conditions(q.query) AS line WHERE line ~ 'permitted_ids') AS by_index,
       pg_temp.answer(q.query) = pg_temp.answer(q.by_hand) AS same
FROM unnest(ARRAY['links AS l LEFT JOIN documents AS d ON d.id = l.document_id', 'documents AS d RIGHT JOIN links AS l ON d.id = l.document_id',
                  'links AS l FULL JOIN documents AS d ON d.id = l.document_id']) AS tables,
     unnest(ARRAY['%s', 'd.id IS NOT NULL AND %s', 'l.id > 5 AND %s AND %1$s', $$%s OR authz.has_permission('project.edit', d.project_id)$$, 'NOT %s', '%s OR l.id = 10', '(%s) IS NOT TRUE']) AS condition,
     LATERAL (SELECT format('SELECT count(*) FROM %s WHERE %s', tables, format(condition, $$authz.has_permission('project.view', d.project_id)$$)),
                     format('SELECT count(*) FROM %s WHERE %s', tables, format(condition, '(d.id IS NOT NULL AND d.id IN (SELECT id FROM allowed))'))) AS q (query, by_hand);
-- In the condition of the join itself.
SELECT count(d.id), count(*) FROM links AS l LEFT JOIN documents AS d ON d.id = l.document_id AND authz.has_permission('project.view', d.project_id);
SELECT count(d.id), count(*) FROM links AS l LEFT JOIN documents AS d ON d.id = l.document_id AND d.id IN (SELECT id FROM allowed);
SELECT count(*), count(*) FILTER (WHERE permitted), count(*) FILTER (WHERE permitted IS NULL)
FROM (SELECT authz.has_permission('project.view', d.project_id) AS permitted FROM links AS l LEFT JOIN documents AS d ON d.id = l.document_id) AS l;
DROP TABLE links, allowed;
DROP FUNCTION pg_temp.answer;
ALTER TABLE comments ENABLE ROW LEVEL SECURITY;

-- Views.
CREATE VIEW barrier WITH (security_barrier) AS
    SELECT * FROM documents WHERE authz.has_permission('project.view', project_id);
CREATE VIEW invoker WITH (security_invoker) AS SELECT * FROM documents;
GRANT SELECT ON barrier, invoker TO regress_authz_web;
SET ROLE regress_authz_web;
EXPLAIN (COSTS OFF) SELECT count(*) FROM barrier WHERE title LIKE '%6';
SELECT count(*) FROM barrier;
RESET ROLE;
DROP POLICY p ON documents;
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON documents USING (authz.has_permission('project.view', project_id));
SET ROLE regress_authz_web;
EXPLAIN (COSTS OFF) SELECT count(*) FROM invoker;
SELECT count(*) FROM invoker;

-- Other indexes: a later column, a partial one, none; a hash index gets no array.
RESET ROLE;
ALTER TABLE documents DISABLE ROW LEVEL SECURITY;
DROP INDEX documents_project_id_idx;
CREATE INDEX documents_later_idx ON documents (owner, project_id);
ANALYZE documents;
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE owner = 'owner5' AND authz.has_permission('project.view', project_id);
DROP INDEX documents_later_idx;
CREATE INDEX documents_partial_idx ON documents (project_id) WHERE title <> '';
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE title <> '' AND authz.has_permission('project.view', project_id);
DROP INDEX documents_partial_idx;
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE authz.has_permission('project.view', project_id);
CREATE INDEX documents_hash ON documents USING hash (project_id);
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE authz.has_permission('project.view', project_id);
DROP INDEX documents_hash;

-- Other types of ids: integer, text, varchar, uuid, a domain; a column that is
-- cast gets no index.
CREATE DOMAIN project_number AS integer;
CREATE TABLE typed (i integer, t text COLLATE "C", v varchar(20), d project_number, u uuid);
INSERT INTO typed SELECT i, i, i, i, md5(i::text)::uuid FROM generate_series(1, 2000) AS i;
INSERT INTO typed SELECT * FROM typed;
INSERT INTO typed SELECT * FROM typed;
CREATE INDEX ON typed (i);
CREATE INDEX ON typed (t);
CREATE INDEX ON typed (v);
CREATE INDEX ON typed (d);
CREATE INDEX ON typed (u);
VACUUM ANALYZE typed;
EXPLAIN (COSTS OFF) SELECT i FROM typed WHERE authz.has_permission('project.view', i);
EXPLAIN (COSTS OFF) SELECT t FROM typed WHERE authz.has_permission('project.view', t);
EXPLAIN (COSTS OFF) SELECT v FROM typed WHERE authz.has_permission('project.view', v);
EXPLAIN (COSTS OFF) SELECT d FROM typed WHERE authz.has_permission('project.view', d);
EXPLAIN (COSTS OFF) SELECT u FROM typed WHERE authz.has_permission('project.view', u);
EXPLAIN (COSTS OFF) SELECT i FROM typed WHERE authz.has_permission('project.view', i::bigint);
SELECT (SELECT count(*) FROM typed WHERE authz.has_permission('project.view', i)) AS i,
       (SELECT count(*) FROM typed WHERE authz.has_permission('project.view', t)) AS t,
       (SELECT count(*) FROM typed WHERE authz.has_permission('project.view', v)) AS v,
       (SELECT count(*) FROM typed WHERE authz.has_permission('project.view', d)) AS d,
       (SELECT count(*) FROM typed WHERE authz.has_permission('project.view', u)) AS u;

-- A named subject: from a constant, from a parameter, from a column.
EXPLAIN (COSTS OFF) SELECT i FROM typed WHERE authz.has_permission('user:one', 'project.view', i);
SET plan_cache_mode = force_generic_plan;
PREPARE named(text) AS SELECT count(*) FROM typed WHERE authz.has_permission($1::authz.subject, 'project.view', i);
EXPLAIN (COSTS OFF) EXECUTE named('user:org');
EXECUTE named('user:org');
EXECUTE named('user:all');
RESET plan_cache_mode;
EXPLAIN (COSTS OFF) SELECT i FROM typed WHERE authz.has_permission(('user:' || t)::authz.subject, 'project.view', i);

-- Partitions.
CREATE TABLE parted (id bigint, project_id bigint) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10000);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10000) TO (30000);
CREATE INDEX ON parted (project_id);
INSERT INTO parted SELECT id, project_id FROM documents;
VACUUM ANALYZE parted;
ALTER TABLE parted ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON parted USING (authz.has_permission('project.view', project_id));
GRANT SELECT ON parted TO regress_authz_web;
SET ROLE regress_authz_web;
EXPLAIN (COSTS OFF) SELECT count(*) FROM parted;
SELECT count(*) FROM parted;
RESET ROLE;

-- Parallel scans.
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET enable_indexscan = off;
SET enable_bitmapscan = off;
SET enable_indexonlyscan = off;
SET authz.subject = 'user:org';
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE authz.has_permission('project.view', project_id);
SELECT count(*) FROM documents WHERE authz.has_permission('project.view', project_id);
RESET max_parallel_workers_per_gather;
RESET enable_indexscan;
RESET enable_bitmapscan;
RESET enable_indexonlyscan;

-- Not of an index by a position in an array that each process computes for itself.
CREATE INDEX documents_project_id_idx ON documents (project_id);
SET max_parallel_workers_per_gather = 2;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET min_parallel_index_scan_size = 0;
SELECT count(*) > 0 AS parallel
FROM pg_temp.plan_lines($$SELECT count(*) FROM documents WHERE authz.has_permission('project.view', project_id)$$) AS line
WHERE line ~ 'Parallel Index';
SELECT count(*) > 0 AS parallel
FROM pg_temp.plan_lines($$SELECT count(*) FROM documents WHERE project_id > 5$$) AS line
WHERE line ~ 'Parallel Index';
RESET max_parallel_workers_per_gather;
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET min_parallel_index_scan_size;

-- Where a join names the id, no array is computed for every row of the other table.
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
CREATE TABLE projects AS SELECT i AS id FROM generate_series(1, 2000) AS i;
ALTER TABLE projects ADD PRIMARY KEY (id);
ANALYZE projects;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT * FROM pg_temp.index_conditions($$
    SELECT count(*) FROM projects AS p JOIN documents AS d ON d.project_id = p.id
    WHERE p.id BETWEEN 40 AND 50 AND authz.has_permission('project.view', d.project_id)$$) AS condition
ORDER BY condition COLLATE "C";
SELECT * FROM pg_temp.index_conditions($$
    SELECT count(*) FROM documents AS d
    WHERE project_id IN (42, 62, 63) AND authz.has_permission('project.view', d.project_id)$$) AS condition
ORDER BY condition COLLATE "C";
RESET enable_hashjoin;
RESET enable_mergejoin;
DROP TABLE projects;
DROP INDEX documents_project_id_idx;

-- An unknown permission is an error before anything runs, with a suggestion.
SELECT * FROM documents WHERE authz.has_permission('projct.view', project_id);
SELECT * FROM documents WHERE authz.has_permission('nothing.like.it', project_id);
SELECT authz.has_any_permission('{project.view,project.edti}', 1);
SELECT authz.permitted_ids('project.vew', NULL::int);
SELECT authz.has_permission('Project.View', 1);
-- At run time it is no.
SET authz.subject = 'user:one';
SELECT p, authz.has_permission(p, 7) FROM unnest(ARRAY['project.view', 'projct.view', 'Project.View', '', NULL]) AS p;
-- A text that is the id is not taken for the permission.
SELECT p, authz.has_permission(p, '7'), authz.has_any_permission(ARRAY[p], '7')
FROM unnest(ARRAY['project.view', 'projct.view']) AS p;
SELECT authz.has_permission(NULL::text, '7'), authz.has_permission('user:one'::authz.subject, NULL::text, '7');
-- A type that cannot be an id is an error.
SELECT authz.has_permission('project.view', 1.5);
SELECT authz.has_permission('project.view', now());
SELECT authz.has_permission('project.view', id::numeric) FROM documents WHERE false;

-- A statement that one role prepared with the index runs as another who may not
-- execute permitted_ids.
CREATE ROLE regress_authz_asks;
GRANT SELECT ON documents TO regress_authz_asks, regress_authz_web;
GRANT EXECUTE ON FUNCTION authz.has_permission(authz.subject, text, anyelement) TO regress_authz_asks, regress_authz_web;
GRANT EXECUTE ON FUNCTION authz.permitted_ids(authz.subject, text, anyelement) TO regress_authz_web;
ALTER TABLE documents DISABLE ROW LEVEL SECURITY;
CREATE INDEX documents_project_id_idx ON documents (project_id);
SET max_parallel_workers_per_gather = 0;
SET plan_cache_mode = force_generic_plan;
PREPARE asked AS SELECT count(*) FROM documents WHERE authz.has_permission('user:one'::authz.subject, 'project.view', project_id);
SET ROLE regress_authz_web;
EXPLAIN (COSTS OFF) EXECUTE asked;
EXECUTE asked;
SET ROLE regress_authz_asks;
EXPLAIN (COSTS OFF) EXECUTE asked;
EXECUTE asked;
RESET ROLE;
DEALLOCATE asked;
RESET plan_cache_mode;
RESET max_parallel_workers_per_gather;
REVOKE ALL ON FUNCTION authz.has_permission(authz.subject, text, anyelement) FROM regress_authz_asks, regress_authz_web;
REVOKE ALL ON FUNCTION authz.permitted_ids(authz.subject, text, anyelement) FROM regress_authz_web;
REVOKE ALL ON documents FROM regress_authz_asks;
DROP ROLE regress_authz_asks;

DROP VIEW barrier, invoker;
DROP TABLE documents, comments, typed, parted;
DROP FUNCTION pg_temp.estimated_rows(text);
DROP FUNCTION pg_temp.index_conditions, pg_temp.plan_lines;
DROP DOMAIN project_number;
REVOKE SET ON PARAMETER authz.subject FROM regress_authz_web;
DROP ROLE regress_authz_web;
