-- Whatever the plan, the rows are the same: random grants, every kind of query,
-- with indexes and without.
\i sql/include/fresh.sql
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/documents.sql'
\set ECHO none
\i :include
\set ECHO all

CREATE ROLE regress_authz_web;
GRANT SET ON PARAMETER authz.subject TO regress_authz_web;
GRANT SELECT, UPDATE, DELETE ON documents, comments TO regress_authz_web;
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE comments ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON documents USING (authz.has_permission('project.view', project_id) OR owner = 'owner7');
CREATE POLICY p ON comments USING (authz.has_permission('project.view', project_id));
CREATE VIEW barrier WITH (security_barrier) AS
    SELECT * FROM documents WHERE authz.has_permission('project.view', project_id);
GRANT SELECT ON barrier TO regress_authz_web;

-- The same projects and some with a uuid, in columns of all types, each with an index.
INSERT INTO authz.resources (resource, parent_id)
SELECT ('project:' || md5(i::text)::uuid)::text::authz.resource, o.id
FROM generate_series(1, 500) AS i
JOIN authz.resources AS o ON o.resource = ('organization:' || 1 + i % 20)::text::authz.resource;
CREATE TABLE typed (id bigint PRIMARY KEY, i integer, b bigint, u uuid, t text, owner text);
INSERT INTO typed
SELECT n, 1 + n * 7 % 2000, nullif(1 + n * 11 % 2000, 5), md5((1 + n * 3 % 500)::text)::uuid,
       CASE WHEN n % 5 = 0 THEN md5((1 + n * 3 % 500)::text)::uuid::text ELSE (1 + n * 13 % 2000)::text END,
       'owner' || n % 1000
FROM generate_series(1, 6000) AS n;
CREATE INDEX typed_i ON typed (i);
CREATE INDEX typed_b ON typed (b) WHERE id > 1000;
CREATE INDEX typed_u ON typed (u);
CREATE INDEX typed_t ON typed (t);
CREATE INDEX typed_owner ON typed USING hash (owner);
VACUUM ANALYZE typed;
ALTER TABLE typed ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON typed USING (authz.has_permission('project.view', i) OR authz.has_permission('project.view', u) OR owner = 'owner7');
GRANT SELECT, UPDATE ON typed TO regress_authz_web;

-- 30 subjects: between none and all of the projects and organizations each.
SELECT setseed(0.25);
INSERT INTO authz.subjects (subject) SELECT ('user:r' || i)::text::authz.subject FROM generate_series(1, 30) AS i;
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, r.id, x.id
FROM (SELECT id, random() ^ 3 AS share, substr(subject::text, 7)::int AS n FROM authz.subjects WHERE subject::text ~ '^user:r') AS s
CROSS JOIN authz.resources AS x
JOIN authz.roles AS r ON r.name = CASE x.resource_type WHEN 'project' THEN 'viewer' ELSE 'manager' END
WHERE random() < s.share * CASE WHEN x.resource_type = 'project' THEN 1 ELSE (s.n % 3) * 0.5 END;

CREATE TABLE questions (n integer, question text);
INSERT INTO questions VALUES
    (1, 'SELECT id FROM documents'),
    (2, 'SELECT id FROM documents WHERE authz.has_permission(''project.edit'', project_id)'),
    (3, 'SELECT d.id FROM documents AS d JOIN comments AS c ON c.document_id = d.id WHERE c.id % 3 = 0'),
    (4, 'SELECT id FROM documents ORDER BY title LIMIT 25'),
    (5, 'SELECT id FROM barrier WHERE title LIKE ''%7%'''),
    (6, 'SELECT id FROM documents WHERE id IN (SELECT document_id FROM comments WHERE id < 500)'),
    (7, 'SELECT max(id) FROM documents GROUP BY project_id'),
    (8, 'SELECT id FROM documents AS d WHERE NOT EXISTS (SELECT FROM comments AS c WHERE c.document_id = d.id)'),
    (9, 'UPDATE documents SET title = title WHERE owner > ''owner5'' RETURNING id'),
    (10, 'DELETE FROM comments WHERE id % 2 = 0 RETURNING id'),
    (11, 'SELECT id FROM typed'),
    (12, 'SELECT id FROM typed WHERE id > 2000 AND authz.has_permission(''project.edit'', b)'),
    (13, 'SELECT id FROM typed WHERE authz.has_permission(''project.view'', t) AND owner > ''owner5'''),
    (14, 'SELECT id FROM typed WHERE authz.has_permission(''project.view'', i) AND (authz.has_permission(''project.edit'', t) OR owner = ''owner9'')'),
    (15, 'SELECT h.id FROM typed AS h JOIN documents AS d ON d.project_id = h.b WHERE authz.has_permission(''project.edit'', h.u)'),
    (16, 'UPDATE typed SET owner = owner WHERE authz.has_permission(''project.edit'', i) RETURNING id');
GRANT SELECT ON questions TO regress_authz_web;

CREATE FUNCTION answer(question text) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    result bigint[];
BEGIN
    IF question ~ '^SELECT' THEN
        EXECUTE format('SELECT array_agg(a ORDER BY a) FROM (%s) AS q (a)', question) INTO result;
    ELSE
        BEGIN
            EXECUTE format('WITH q (a) AS (%s) SELECT array_agg(a ORDER BY a) FROM q', question) INTO result;
            RAISE EXCEPTION 'undo';
        EXCEPTION WHEN raise_exception THEN
            NULL;
        END;
    END IF;
    RETURN result;
END
$$;

CREATE FUNCTION compare() RETURNS TABLE (compared bigint, different bigint, nonempty boolean, indexed boolean, other_indexes text[]) LANGUAGE plpgsql AS $$
DECLARE
    subject integer;
    asked record;
    plan text;
    line_before text;
    with_index bigint[];
    without bigint[];
BEGIN
    compared := 0;
    different := 0;
    nonempty := false;
    indexed := false;
    FOR subject IN SELECT generate_series(1, 30) LOOP
        PERFORM set_config('authz.subject', 'user:r' || subject, true);
        FOR asked IN SELECT question FROM questions ORDER BY n LOOP
            FOR plan IN EXECUTE 'EXPLAIN ' || asked.question LOOP
                IF plan ~ 'Index Cond.*permitted_ids' THEN
                    indexed := true;
                    other_indexes := other_indexes || substring(line_before from '(?:Scan on|using) (typed_\w)');
                END IF;
                line_before := plan;
            END LOOP;
            PERFORM set_config('enable_seqscan', 'off', true);
            PERFORM set_config('authz.index_threshold', '1', true);
            with_index := answer(asked.question);
            PERFORM set_config('enable_seqscan', 'on', true);
            PERFORM set_config('authz.index_threshold', '0', true);
            PERFORM set_config('enable_indexscan', 'off', true);
            PERFORM set_config('enable_indexonlyscan', 'off', true);
            PERFORM set_config('enable_bitmapscan', 'off', true);
            without := answer(asked.question);
            PERFORM set_config('authz.index_threshold', '0.2', true);
            PERFORM set_config('enable_indexscan', 'on', true);
            PERFORM set_config('enable_indexonlyscan', 'on', true);
            PERFORM set_config('enable_bitmapscan', 'on', true);
            compared := compared + 1;
            nonempty := nonempty OR cardinality(without) > 0;
            IF with_index IS DISTINCT FROM without OR answer(asked.question) IS DISTINCT FROM without THEN
                different := different + 1;
                RAISE WARNING 'user:r%: % differs', subject, asked.question;
            END IF;
        END LOOP;
    END LOOP;
    other_indexes := ARRAY(SELECT DISTINCT i FROM unnest(other_indexes) AS i WHERE i IS NOT NULL ORDER BY i);
    RETURN NEXT;
END
$$;
SET ROLE regress_authz_web;
SELECT * FROM compare();
RESET ROLE;

DROP FUNCTION compare(), answer(text);
DROP VIEW barrier;
DROP TABLE documents, comments, typed, questions;
REVOKE SET ON PARAMETER authz.subject FROM regress_authz_web;
DROP ROLE regress_authz_web;
