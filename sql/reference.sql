-- The types authz.subject and authz.resource: literals, parts, order, hash,
-- casts, binary form.
\i sql/include/fresh.sql
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/types.sql'
\i :include
\set ECHO all

-- Resource ------------------------------------------------------------------
-- Well-formed; the type ends at the first colon.
SELECT r, r::authz.resource::text = r, authz.resource(r)::text = r,
    authz.resource_type(r::authz.resource), authz.resource_id(r::authz.resource)
FROM (VALUES ('project:42'), ('organization:7'), ('a:b'), ('repository:octo/hello world'), ('project:1:2'), ('x:a:b:c'),
    ('team-x_1:0f5c2f8e-9f0f-4a9e-8f0e-2f6a1f0b7c11'), ('project::'), ('project::x'), ('project:**'), ('project:*x'), ('project:x*'),
    ('project:"q"'), ('project:{a}'), ('project:%'), ('user:alice')) v (r);
SELECT authz.resource_type('project:1:2'), authz.resource_id('project:1:2');
SELECT authz.resource_id(U&'project:\00E9t\00E9 \2603') = U&'\00E9t\00E9 \2603';
SELECT length(authz.resource_type(r)), octet_length(authz.resource_id(r))
FROM (VALUES ((repeat('t', 63) || ':' || repeat('x', 255))::authz.resource), (('a:' || repeat(U&'\00E9', 127) || 'x')::authz.resource)) v (r);

-- Malformed.
CREATE TEMPORARY TABLE malformed_resources (n int GENERATED ALWAYS AS IDENTITY, literal text);
INSERT INTO malformed_resources (literal) VALUES
    (''), (' '), ('project'), ('42'), (':'), (':42'), ('project:'), ('project: '), (' project:42'), ('project:42 '), ('project: 42'), ('project :42'),
    ('Project:42'), ('PROJECT:42'), ('pro.ject:42'), ('pro ject:42'), ('pro/ject:42'),
    ('project#42'), ('project:42#member'), ('project:#member'), ('#:1'), ('project:*'), ('*:*'), ('*'), ('*:1'),
    (E'project:4\n2'), (E'project:42\n'), (E'\nproject:42'), (E'project:\t42'), (E'project:42\r'), (E'project:\x01'), (E'project:\x1f'),
    (E'project:a\x7f'), (E'pro\tject:1'), (U&'proj\00E9t:42'),
    (repeat('t', 64) || ':42'), ('project:' || repeat('x', 256)), ('project:' || repeat(U&'\00E9', 128)), (repeat('x', 320)),
    (repeat('x', 150) || ':' || repeat('x', 300));
SELECT pg_temp.attempt(format('SELECT %L::authz.resource', literal)) FROM malformed_resources ORDER BY n;
-- The cast from text and the binary form refuse the same; a binary value has
-- its own SQLSTATE.
SELECT count(*),
    count(*) FILTER (WHERE pg_temp.attempt(format('SELECT %L::text::authz.resource', literal))
        = pg_temp.attempt(format('SELECT %L::authz.resource', literal))),
    count(*) FILTER (WHERE pg_temp.attempt(format('SELECT pg_temp.receive(''authz.resource'', %L)', convert_to(literal, 'UTF8')))
        = overlay(pg_temp.attempt(format('SELECT %L::authz.resource', literal)) PLACING '22P03' FROM 1))
FROM malformed_resources;
-- Bytes that are no text.
SELECT content, pg_temp.attempt(format('SELECT pg_temp.receive(''authz.resource'', %L)', content))
FROM (VALUES (1, '\x'::bytea), (2, '\xff'), (3, '\x613ac3'), (4, '\x613a6200'), (5, '\x00'), (6, '\x613a'), (7, '\x613ac0ae'), (8, '\x613aeda080'), (9, '\x613a20')) v (n, content)
ORDER BY n;
SELECT pg_temp.attempt($$SELECT convert_from('\x613ac3', 'UTF8')::authz.resource$$);
SELECT pg_temp.check_soft_errors('authz.resource', '{project:42}', true),
    pg_temp.check_soft_errors('authz.resource', '{"",project,project:*}', false);

-- Binary form: the text.
SELECT authz_internal.resource_send('project:42');
SELECT pg_temp.receive('authz.resource', authz_internal.resource_send('project:42'));
SELECT NULL::authz.resource IS NULL, authz.resource_type(NULL) IS NULL, authz.resource_id(NULL) IS NULL;

-- Casts, and comparison with a literal.
CREATE TEMPORARY TABLE resources (r authz.resource PRIMARY KEY);
INSERT INTO resources SELECT 'project:42'::text;
INSERT INTO resources SELECT 'project:7'::varchar;
INSERT INTO resources VALUES ('project:10'), ('organization:7'), ('project-x:1'), ('project:A'), ('project:a');
SELECT r || '', '<' || r || '>', r::text, r::varchar FROM resources WHERE r = 'project:42';
SELECT pg_temp.attempt($$SELECT r = 'project:42'::text FROM resources$$);
SELECT authz.resource('project:' || 42), ('project:' || 42)::authz.resource;

-- Order: bytewise.
SELECT r FROM resources ORDER BY r;
SELECT pg_temp.compares_as_text('resources', 'resource');
SELECT * FROM pg_temp.opclasses('authz.resource');
SELECT * FROM pg_temp.operators('authz.resource');
CREATE TEMPORARY TABLE many_resources AS SELECT ('type' || i % 10 || ':' || i)::authz.resource AS r FROM generate_series(1, 5000) i;
SELECT * FROM pg_temp.access_paths('many_resources', 'type1:1');
SELECT count(*) FROM many_resources WHERE r >= 'type1:0' AND r < 'type1:~';
SELECT array_agg(r ORDER BY r)::text = array_agg(r ORDER BY r::text COLLATE "C")::text, count(DISTINCT r) FROM many_resources;
SELECT pg_temp.deduplicates('project:42'::authz.resource);
-- The parts in a generated column, as authz.resources has one.
CREATE TEMPORARY TABLE generated (r authz.resource, t text COLLATE "C" GENERATED ALWAYS AS (authz.resource_type(r)) STORED);
INSERT INTO generated VALUES ('project:1:2');
SELECT * FROM generated;

-- Subject -------------------------------------------------------------------
-- Well-formed; a bare name is a user.
SELECT s, s::authz.subject, s::authz.subject::text = canonical, authz.subject(s)::text = canonical, authz.subject_kind(s::authz.subject)
FROM (VALUES ('alice', 'user:alice'), ('user:alice', 'user:alice'), ('*', 'user:*'), ('user:*', 'user:*'), ('team:eng', 'team:eng'),
    ('service_account:ci', 'service_account:ci'), ('organization:7#member', 'organization:7#member'), ('user:a:b', 'user:a:b'),
    ('team:a:b', 'team:a:b'), ('alice@example.org', 'user:alice@example.org'), ('Alice Smith', 'user:Alice Smith'), ('user', 'user:user'),
    ('team', 'user:team'), ('auth0|5f7c', 'user:auth0|5f7c'), ('organization:a:b#member', 'organization:a:b#member'),
    ('**', 'user:**'), ('user:**', 'user:**'), ('user::', 'user::'), ('0', 'user:0')) v (s, canonical);
SELECT authz.subject_kind('organization:7#member');
SELECT authz.subject_kind(s), octet_length(s::text)
FROM (VALUES (repeat('x', 255)::authz.subject), (('service_account:' || repeat('x', 255))::authz.subject),
    ((repeat('t', 63) || ':' || repeat('x', 255) || '#member')::authz.subject)) v (s);

-- Malformed.
CREATE TEMPORARY TABLE malformed_subjects (n int GENERATED ALWAYS AS IDENTITY, literal text);
INSERT INTO malformed_subjects (literal) VALUES
    (''), (' '), (' alice'), ('alice '), ('user:'), ('user: alice'), ('user:alice '), (' user:alice'), ('user :alice'), (':'), (':alice'),
    ('User:alice'), ('USER:alice'), ('users:alice'), ('group:eng'), ('role:admin'),
    ('team:'), ('team:*'), ('team: eng'), ('Team:eng'), ('service_account:'), ('service_account:*'), ('service-account:ci'), ('serviceaccount:ci'),
    ('organization:7'), ('organization:7#'), ('organization:7#members'), ('organization:7#Member'), ('organization:7#admin'),
    ('organization:7#member '), ('organization:7 #member'), ('organization:7#member#member'), ('organization:#member'),
    ('organization: 7#member'), ('organization:*#member'), ('Organization:7#member'), ('org.x:7#member'), (':7#member'),
    ('#member'), ('7#member'), ('alice#member'), ('user:alice#member'), ('user:*#member'), ('team:eng#member'), ('service_account:ci#member'),
    ('a#b:c'), ('organization:7##'), ('team:eng#x#member'),
    (E'alice\n'), (E'\nalice'), (E'al\tice'), (E'user:al\rice'), (E'user:\x01'), (E'user:\x1f'), (E'user:alice\x7f'), (E'organization:\x01#member'),
    (U&'\00E9quipe:eng'), (U&'us\0435r:alice'),     -- a Cyrillic letter that looks like an e
    (repeat('x', 256)), ('user:' || repeat('x', 256)), ('team:' || repeat(U&'\00E9', 128)), (repeat('t', 64) || ':7#member'),
    ('organization:' || repeat('x', 256) || '#member');
SELECT pg_temp.attempt(format('SELECT %L::authz.subject', literal)) FROM malformed_subjects ORDER BY n;
SELECT count(*),
    count(*) FILTER (WHERE pg_temp.attempt(format('SELECT %L::text::authz.subject', literal))
        = pg_temp.attempt(format('SELECT %L::authz.subject', literal))),
    count(*) FILTER (WHERE pg_temp.attempt(format('SELECT pg_temp.receive(''authz.subject'', %L)', convert_to(literal, 'UTF8')))
        = overlay(pg_temp.attempt(format('SELECT %L::authz.subject', literal)) PLACING '22P03' FROM 1))
FROM malformed_subjects;
SELECT content, pg_temp.attempt(format('SELECT pg_temp.receive(''authz.subject'', %L)', content))
FROM (VALUES (1, '\x'::bytea), (2, '\xff'), (3, '\x61c3'), (4, '\x757365723a6100'), (5, '\x00'), (6, '\x757365723a'), (7, '\xc0ae'), (8, '\xeda080'), (9, '\x20')) v (n, content)
ORDER BY n;
SELECT pg_temp.attempt($$SELECT convert_from('\x61c3', 'UTF8')::authz.subject$$);
SELECT pg_temp.check_soft_errors('authz.subject', '{alice,organization:7#member}', true),
    pg_temp.check_soft_errors('authz.subject', '{"",team:*,organization:7}', false);

-- Binary form: the canonical text; a bare name is taken here too.
SELECT authz_internal.subject_send('alice');
SELECT pg_temp.receive('authz.subject', authz_internal.subject_send('alice'));
SELECT pg_temp.receive('authz.subject', 'alice');
SELECT NULL::authz.subject IS NULL, authz.subject_kind(NULL) IS NULL;

-- Casts, and comparison with a literal.
CREATE TEMPORARY TABLE subjects (r authz.subject PRIMARY KEY);
INSERT INTO subjects SELECT 'alice'::text;
INSERT INTO subjects SELECT 'bob'::varchar;
INSERT INTO subjects VALUES ('team:eng'), ('service_account:ci'), ('organization:7#member'), ('*'), ('user:Alice');
-- An id may have any "#" and colons; only "#member" at the end is special.
INSERT INTO subjects VALUES ('jo_acme.example#EXT#@acme.example'), ('#'), ('user:a#members'), ('user:f:1234:alice'), ('team:a#b'), ('organization:7#8#member');
SELECT r, authz.subject_kind(r) FROM subjects WHERE r::text ~ '#' ORDER BY r;
SELECT r || '', '<' || r || '>', r::text, r::varchar FROM subjects WHERE r = 'user:alice';
SELECT count(*) FROM subjects WHERE r = 'alice';
SELECT pg_temp.attempt($$INSERT INTO subjects VALUES ('user:alice') RETURNING r$$);
SELECT pg_temp.attempt($$SELECT r = 'user:alice'::text FROM subjects$$);

-- Order: bytewise.
SELECT r FROM subjects ORDER BY r;
SELECT pg_temp.compares_as_text('subjects', 'subject');
SELECT * FROM pg_temp.opclasses('authz.subject');
SELECT * FROM pg_temp.operators('authz.subject');
CREATE TEMPORARY TABLE many_subjects AS SELECT (CASE i % 2 WHEN 0 THEN 'user:' ELSE 'team:' END || i)::authz.subject AS r FROM generate_series(1, 5000) i;
SELECT * FROM pg_temp.access_paths('many_subjects', 'user:2');
SELECT count(*) FROM many_subjects WHERE r >= 'team:0' AND r < 'team:~';
SELECT array_agg(r ORDER BY r)::text = array_agg(r ORDER BY r::text COLLATE "C")::text, count(DISTINCT r) FROM many_subjects;
SELECT pg_temp.deduplicates('user:alice'::authz.subject);

-- The operators are found with any search_path.
SET search_path = '';
SELECT 'alice'::authz.subject = 'user:alice', 'project:1'::authz.resource <> 'project:2';
RESET search_path;

-- Pattern matches on the names of a table, which the planner of PostgreSQL 18
-- refuses for a type that it takes for text and that has no collations.
CREATE TEMP TABLE names (subject authz.subject PRIMARY KEY, resource authz.resource UNIQUE);
INSERT INTO names VALUES ('user:alice', 'project:1'), ('team:x', 'project:2'), ('user:bob', 'organization:1');
SELECT subject FROM names WHERE subject::text LIKE 'user:%' ORDER BY subject;
SELECT resource FROM names WHERE resource::text ~ '^project:' ORDER BY resource;
SELECT subject::varchar || '!' AS exclaimed FROM names WHERE subject::varchar = 'team:x';
