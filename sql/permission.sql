-- The type authz.permission: literals, order, hash, casts, binary form.
\i sql/include/fresh.sql
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/types.sql'
\i :include
\set ECHO all

-- Well-formed.
SELECT name, name::authz.permission::text = name, authz.permission(name)::text = name
FROM unnest('{a,0,-,_,a.b,a:b,project.view,project.job.stop,repo:read-only_2,a.b:c.d,"null",repository:actions:write,A,Z,a/b,A.b:C/d,Project.View,PROJECT.JOB.STOP,"NULL",s3:GetObject,Microsoft.Compute/virtualMachines/read}'::text[]) name;
SELECT length(repeat('a', 255)::authz.permission::text), length((repeat('A/', 127) || 'b')::authz.permission::text);

-- Malformed.
CREATE TEMPORARY TABLE malformed (n int GENERATED ALWAYS AS IDENTITY, literal text);
INSERT INTO malformed (literal) VALUES
    (''), (' '), (' project.view'), ('project.view '), ('  Project.View  '), (E'\tproject.view\r\n'), (' project view '),
    ('.'), (':'), ('.view'), (':view'), ('project.'), ('project:'), ('project..view'), ('project.:view'), ('project::view'), ('a.b.c.'), ('/'), ('/view'), ('project/'), ('a//b'), ('a/.b'),
    ('project view'), ('project. view'), ('project,view'), ('project.*'), ('*'), ('project.view#x'), ('project=view'),
    ('project.view;'), ('"project.view"'), ('{project.view}'), ('project\view'), ('project.vi''ew'), ('project.view?'), ('(project)'),
    ('project+view'), ('%s'),
    (E'project\tview'), (E'project.view\n'), (E'\nproject.view'), (E'project\r.view'), (E'project.\x01'), (E'project.view\x7f'),
    (U&'proj\00E9t.view'), (U&'\0440\043E\043B\044C'), (U&'project\FF0Eview'), (U&'project\00A0.view'),
    (U&'\0455ecret'),                               -- a Cyrillic letter that looks like an s
    -- The neighbours of the letters in ASCII.
    ('@'), ('['), ('`'), ('a^b'), ('a]'),
    (repeat('a', 256)), (repeat('a.', 128)), (' ' || repeat('a', 256)), (repeat('A', 300));
SELECT pg_temp.attempt(format('SELECT %L::authz.permission', literal)) FROM malformed ORDER BY n;
-- The cast from text and the binary form refuse the same; a binary value has
-- its own SQLSTATE.
SELECT count(*),
    count(*) FILTER (WHERE pg_temp.attempt(format('SELECT %L::text::authz.permission', literal))
        = pg_temp.attempt(format('SELECT %L::authz.permission', literal))),
    count(*) FILTER (WHERE pg_temp.attempt(format('SELECT pg_temp.receive(''authz.permission'', %L)', convert_to(literal, 'UTF8')))
        = overlay(pg_temp.attempt(format('SELECT %L::authz.permission', literal)) PLACING '22P03' FROM 1))
FROM malformed;
-- Bytes that are no text.
SELECT content, pg_temp.attempt(format('SELECT pg_temp.receive(''authz.permission'', %L)', content))
FROM (VALUES (1, '\x'::bytea), (2, '\xff'), (3, '\x61c3'), (4, '\x6100'), (5, '\x00'), (6, '\x612e'), (7, '\xc0ae'), (8, '\xe282ac')) v (n, content)
ORDER BY n;
SELECT pg_temp.attempt($$SELECT convert_from('\x70c3', 'UTF8')::authz.permission$$);
SELECT pg_temp.check_soft_errors('authz.permission', '{project.view}', true),
    pg_temp.check_soft_errors('authz.permission', '{"","project view",a.}', false);

-- Exact: neither case nor separators are folded, also by order, hash and index.
SELECT 's3:GetObject'::authz.permission = 's3:getobject', 'a/b'::authz.permission = 'a.b', 'a:b'::authz.permission = 'a/b', 'Z'::authz.permission < 'a',
    authz_internal.permission_hash('a') = authz_internal.permission_hash('A');
SELECT array_agg(DISTINCT r ORDER BY r) FROM unnest('{a.b,a/b,a:b,A.b,a.B,a-b,a_b,ab,aB}'::authz.permission[]) r;

-- NULL stays NULL.
SELECT NULL::authz.permission IS NULL, NULL::text::authz.permission IS NULL;

-- Binary form: the name.
SELECT authz_internal.permission_send('project.view');
SELECT pg_temp.receive('authz.permission', authz_internal.permission_send('project.view'));
SELECT pg_temp.receive('authz.permission', authz_internal.permission_send('Microsoft.Compute/virtualMachines/read'));
SELECT pg_temp.receive('authz.permission', authz_internal.permission_send(repeat('Z', 255)::authz.permission)) = repeat('Z', 255);

-- Casts.
CREATE TEMPORARY TABLE p (r authz.permission PRIMARY KEY);
INSERT INTO p SELECT 'project.view'::text;
INSERT INTO p SELECT 'project.edit'::varchar;
INSERT INTO p VALUES ('b'), ('a'), ('a.b'), ('a:b'), ('a-b'), ('a_b'), ('ab'), ('a0');
SELECT r || '', '<' || r || '>', r::text LIKE 'project.%', r::varchar(7) FROM p WHERE r = 'project.view';
CREATE TEMPORARY TABLE t (v varchar, t text);
INSERT INTO t SELECT r, r FROM p WHERE r = 'a';
SELECT * FROM t;
-- Nothing is converted unasked.
SELECT pg_temp.attempt('SELECT r = t FROM p, t');
SELECT pg_temp.attempt('SELECT upper(r) FROM p');
SELECT r FROM p, t WHERE r = t::authz.permission;
SELECT array_agg(r ORDER BY r), to_json(array_agg(r ORDER BY r)) FROM p WHERE r < 'a_';

-- Order: bytewise, whatever the collation of the database is.
SELECT string_agg(r::text, ' ' ORDER BY r) FROM p;
SELECT string_agg(r::text, ' ' ORDER BY r DESC) FROM p;
SELECT pg_temp.compares_as_text('p', 'permission');
SELECT 'a'::authz.permission < 'b', 'a.b'::authz.permission > 'a-b', greatest('a'::authz.permission, 'b'), 'a'::authz.permission IN ('b', 'a');
SELECT * FROM pg_temp.opclasses('authz.permission');
SELECT * FROM pg_temp.operators('authz.permission');

-- Indexes, joins, grouping, sorting of many.
CREATE TEMPORARY TABLE many AS
    SELECT ('type' || i % 10 || '.permission' || i)::authz.permission AS r FROM generate_series(1, 5000) i;
SELECT * FROM pg_temp.access_paths('many', 'type1.permission1');
SELECT count(*) FROM many WHERE r >= 'type1' AND r < 'type2';
SELECT array_agg(r ORDER BY r)::text = array_agg(r ORDER BY r::text COLLATE "C")::text, count(DISTINCT r) FROM many;
SELECT pg_temp.deduplicates('project.view'::authz.permission);
SELECT pg_temp.attempt($$INSERT INTO p VALUES ('a') RETURNING r$$);
-- A foreign key, and partitions by hash.
CREATE TEMPORARY TABLE uses (r authz.permission REFERENCES p ON UPDATE CASCADE);
INSERT INTO uses VALUES ('a');
SELECT pg_temp.attempt($$INSERT INTO uses VALUES ('c')$$);
UPDATE p SET r = 'z' WHERE r = 'a';
SELECT r FROM uses;
CREATE TEMPORARY TABLE parted (r authz.permission) PARTITION BY HASH (r);
CREATE TEMPORARY TABLE parted0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TEMPORARY TABLE parted1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted SELECT r FROM many;
SELECT count(*) FROM parted WHERE r = 'type7.permission17';

-- The operators are found with any search_path.
SET search_path = '';
SELECT 'a'::authz.permission = 'a', 'a'::authz.permission IN ('b', 'c');
RESET search_path;
