-- Policies on a column with a hash index: the same plans as with a btree, by bitmap scans.
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/documents.sql'
\set ECHO none
\i :include
\set ECHO all

DROP INDEX documents_project_id_idx, comments_project_id_idx;
CREATE INDEX documents_hash ON documents USING hash (project_id);
CREATE INDEX comments_hash ON comments USING hash (project_id);
CREATE ROLE regress_authz_web;
GRANT SET ON PARAMETER authz.subject TO regress_authz_web;
GRANT SELECT, UPDATE, DELETE ON documents, comments TO regress_authz_web;
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE comments ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON documents USING (authz.has_permission('project.view', project_id));
CREATE POLICY p ON comments USING (authz.has_permission('project.view', project_id));

-- What is searched in indexes, by whatever join: releases differ.
CREATE FUNCTION pg_temp.index_conditions(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query
    LOOP
        IF line ~ 'Index Cond' THEN
            RETURN NEXT ltrim(line);
        END IF;
    END LOOP;
END
$$;
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
SET authz.subject = '';
SELECT count(*) FROM documents;
-- The threshold decides what is offered, the cost what is taken.
SET authz.subject = 'user:one';
SET authz.index_threshold = 0;
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents;
RESET authz.index_threshold;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents;
SELECT count(*) FROM documents;
RESET enable_bitmapscan;

-- UPDATE, DELETE, at the position of a cursor.
EXPLAIN (COSTS OFF) UPDATE documents SET title = 'changed';
EXPLAIN (COSTS OFF) DELETE FROM documents;
BEGIN;
UPDATE documents SET title = 'changed';
SELECT count(*) FROM documents WHERE title = 'changed';
DECLARE changed CURSOR FOR SELECT id FROM documents FOR UPDATE;
FETCH 1 FROM changed;
UPDATE documents SET title = 'changed again' WHERE CURRENT OF changed;
SELECT id FROM documents WHERE title = 'changed again';
DELETE FROM documents;
RESET ROLE;
SELECT count(*) FROM documents;
SET ROLE regress_authz_web;
ROLLBACK;

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
-- The index goes and comes back; beside a btree the cost decides.
RESET ROLE;
DROP INDEX documents_hash;
SET ROLE regress_authz_web;
EXPLAIN (COSTS OFF) EXECUTE counted;
EXECUTE counted;
RESET ROLE;
CREATE INDEX documents_hash ON documents USING hash (project_id);
SET ROLE regress_authz_web;
EXPLAIN (COSTS OFF) EXECUTE counted;
EXECUTE counted;
RESET ROLE;
CREATE INDEX documents_btree ON documents (project_id);
VACUUM ANALYZE documents;
SET ROLE regress_authz_web;
EXPLAIN (COSTS OFF) EXECUTE counted;
RESET ROLE;
DROP INDEX documents_btree;
DEALLOCATE counted;
RESET plan_cache_mode;
SET ROLE regress_authz_web;

-- Joins with policies on both sides; a value from the other side.
SELECT * FROM pg_temp.index_conditions('SELECT count(*) FROM documents AS d JOIN comments AS c ON c.document_id = d.id') AS condition ORDER BY condition COLLATE "C";
SELECT count(*) FROM documents AS d JOIN comments AS c ON c.document_id = d.id;
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE project_id = 7;
SELECT count(*) FROM documents WHERE project_id = 7;
-- A sample is drawn from all rows.
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents TABLESAMPLE system (50);

-- Beside another condition: both indexes.
RESET ROLE;
DROP POLICY p ON documents;
CREATE POLICY p ON documents USING (authz.has_permission('project.view', project_id) OR owner = 'owner5');
SET ROLE regress_authz_web;
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents;
SELECT count(*) FROM documents;

-- A caller's own condition on a table with another policy (LEAKPROOF): not if
-- something in it could show what the policy hides.
RESET ROLE;
DROP POLICY p ON documents;
CREATE POLICY p ON documents USING (title <> 'document 6');
CREATE FUNCTION same(bigint) RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
CREATE INDEX documents_same ON documents USING hash (same(project_id));
ANALYZE documents;
SET ROLE regress_authz_web;
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE authz.has_permission('project.view', project_id);
SELECT count(*) FROM documents WHERE authz.has_permission('project.view', project_id);
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE authz.has_permission('project.view', same(project_id));
RESET ROLE;
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE authz.has_permission('project.view', same(project_id));

-- Views.
ALTER TABLE documents DISABLE ROW LEVEL SECURITY;
DROP INDEX documents_same;
DROP FUNCTION same;
CREATE VIEW barrier WITH (security_barrier) AS
    SELECT * FROM documents WHERE authz.has_permission('project.view', project_id);
GRANT SELECT ON barrier TO regress_authz_web;
SET ROLE regress_authz_web;
EXPLAIN (COSTS OFF) SELECT count(*) FROM barrier WHERE title LIKE '%8';
SELECT count(*) FROM barrier WHERE title LIKE '%8';
RESET ROLE;

-- Subjects from a column: an array per subject.
EXPLAIN (COSTS OFF) SELECT d.id FROM authz.subjects AS s, documents AS d
WHERE s.subject::text ~ '^user:' AND authz.has_permission(s.subject, 'project.view', d.project_id);
SELECT s.subject, count(*) FROM authz.subjects AS s, documents AS d
WHERE s.subject::text ~ '^user:' AND authz.has_permission(s.subject, 'project.view', d.project_id)
GROUP BY s.subject ORDER BY s.subject;

-- A partial index, an indexed expression.
DROP INDEX documents_hash;
CREATE INDEX documents_partial ON documents USING hash (project_id) WHERE title <> '';
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE title <> '' AND authz.has_permission('project.view', project_id);
SELECT count(*) FROM documents WHERE title <> '' AND authz.has_permission('project.view', project_id);
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE authz.has_permission('project.view', project_id);
DROP INDEX documents_partial;
CREATE INDEX documents_next ON documents USING hash ((project_id + 1));
ANALYZE documents;
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE authz.has_permission('project.view', project_id + 1);
SELECT count(*) FROM documents WHERE authz.has_permission('project.view', project_id + 1);
DROP INDEX documents_next;
-- Other access methods get no array.
CREATE INDEX documents_brin ON documents USING brin (project_id);
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE authz.has_permission('project.view', project_id);
DROP INDEX documents_brin;

-- Other types of ids.
CREATE DOMAIN project_number AS smallint;
CREATE TABLE typed (i integer, t text, v varchar(20), d project_number, u uuid);
INSERT INTO typed SELECT i, i, i, i, md5(i::text)::uuid FROM generate_series(1, 2000) AS i, generate_series(1, 4);
CREATE INDEX ON typed USING hash (i);
CREATE INDEX ON typed USING hash (t);
CREATE INDEX ON typed USING hash (v);
CREATE INDEX ON typed USING hash (d);
CREATE INDEX ON typed USING hash (u);
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

-- Partitions, one of them with a btree.
CREATE TABLE parted (id bigint, project_id bigint) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10000);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10000) TO (20000);
CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM (20000) TO (30000);
CREATE INDEX ON parted_1 USING hash (project_id);
CREATE INDEX ON parted_2 USING hash (project_id);
CREATE INDEX ON parted_3 (project_id);
INSERT INTO parted SELECT id, project_id FROM documents;
INSERT INTO parted SELECT id + 9999, project_id FROM documents WHERE id > 10000;
VACUUM ANALYZE parted;
ALTER TABLE parted ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON parted USING (authz.has_permission('project.view', project_id));
GRANT SELECT ON parted TO regress_authz_web;
SET ROLE regress_authz_web;
EXPLAIN (COSTS OFF) SELECT count(*) FROM parted;
SELECT count(*) FROM parted;
SET authz.subject = 'user:org';
SELECT count(*) FROM parted;
RESET ROLE;

-- A bitmap that has to forget rows and keep their pages: the rows are checked one by one.
CREATE TABLE wide (id bigint, project_id bigint, owner integer, filler text);
ALTER TABLE wide ALTER COLUMN filler SET STORAGE PLAIN;
INSERT INTO wide SELECT i, 1 + i % 40, i % 1000, repeat('x', 5000) FROM generate_series(1, 3000) AS i;
CREATE INDEX ON wide USING hash (project_id);
CREATE INDEX ON wide USING hash (owner);
VACUUM ANALYZE wide;
CREATE FUNCTION pg_temp.forgets_rows(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    line text;
    result boolean := false;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query
    LOOP
        result := result OR line ~ 'Heap Blocks:.*lossy=[1-9]';
    END LOOP;
    RETURN result;
END
$$;
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, r.id, x.id
FROM authz.subjects AS s, authz.roles AS r, authz.resources AS x
WHERE s.subject::text = 'user:none' AND r.name = 'viewer' AND x.resource::text ~ '^project:1?[0-9]$';
SET authz.subject = 'user:none';
SET authz.index_threshold = 1;
SET enable_seqscan = off;
SET work_mem = '64kB';
SELECT pg_temp.forgets_rows($$SELECT id FROM wide WHERE authz.has_permission('project.view', project_id)$$) AS policy,
       pg_temp.forgets_rows($$SELECT id FROM wide WHERE authz.has_permission('project.view', project_id) OR owner = 25$$) AS either;
SELECT count(*), sum(id) FROM wide WHERE authz.has_permission('project.view', project_id);
SELECT count(*), sum(id) FROM wide WHERE authz.has_permission('project.view', project_id) OR owner = 25;
SET enable_seqscan = on;
SET enable_bitmapscan = off;
SELECT count(*), sum(id) FROM wide WHERE authz.has_permission('project.view', project_id);
SELECT count(*), sum(id) FROM wide WHERE authz.has_permission('project.view', project_id) OR owner = 25;
RESET enable_bitmapscan;
RESET work_mem;
RESET authz.index_threshold;

-- Parallel scans.
CREATE INDEX documents_hash ON documents USING hash (project_id);
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET authz.subject = 'user:org';
EXPLAIN (COSTS OFF) SELECT count(*) FROM documents WHERE authz.has_permission('project.view', project_id);
SELECT count(*) FROM documents WHERE authz.has_permission('project.view', project_id);

DROP VIEW barrier;
DROP TABLE documents, comments, typed, parted, wide;
DROP FUNCTION pg_temp.index_conditions, pg_temp.forgets_rows;
DROP DOMAIN project_number;
REVOKE SET ON PARAMETER authz.subject FROM regress_authz_web;
DROP ROLE regress_authz_web;
