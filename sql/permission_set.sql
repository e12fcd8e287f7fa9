-- The type authz.permission_set: literals, set algebra, order, casts,
-- aggregates, binary form.
\i sql/include/fresh.sql
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/types.sql'
\i :include
\set ECHO all

-- Well-formed: sorted, without duplicates; with the liberties of array input.
SELECT pg_temp.visible(literal), literal::authz.permission_set, authz.permission_count(literal::authz.permission_set)
FROM (VALUES (1, '{}'), (2, '{ }'), (3, '{a}'), (4, '{b,a}'), (5, '{a,b,a}'), (6, ' { a , b } '), (7, '{"b","a"}'), (8, '{ "b" ,a}'),
    (9, E'{\ta,\n\nb\r}'), (10, '{project.view,project.job.stop,repo:read}'), (11, '{null}'), (12, '{a.b,a:b,a-b,a_b,ab,a0,a}'),
    (13, E'\x0b{\fa}'), (14, '{' || repeat('a', 255) || '}'),
    (15, '{s3:GetObject,s3:getobject,Microsoft.Compute/virtualMachines/read,"a/b",A}'), (16, '{NULL,null,Null}')) v (n, literal)
ORDER BY n;

-- Malformed.
CREATE TEMPORARY TABLE malformed (n int GENERATED ALWAYS AS IDENTITY, literal text);
INSERT INTO malformed (literal) VALUES
    (''), (' '), ('{'), ('}'), ('a'), ('project.view'), ('a,b'), ('{a'), ('a}'), ('{a,'), ('{a,}'), ('{,a}'), ('{,}'), ('{a,,b}'), ('{ , }'),
    ('{a}}'), ('{{a}}'), ('{a}{b}'), ('{a} b'), ('{a},'), ('{a b}'), ('{"a" b}'), ('{a "b"}'), ('{"a}'), ('{"a'), ('{""}'), ('{" a"}'),
    ('{"a,b"}'), ('{"a""b"}'), ('[a]'), ('(a)'), ('{A b}'), ('{NULL,}'), ('{a,Project View}'), ('{a.}'), ('{a//b}'), ('{a..b}'), ('{a;b}'), ('{a|b}'),
    ('{*}'), ('{a\b}'), ('{"a\"b"}'), ('[0:0]={a}'), (E'{a\x01}'), (E'{a\nb}'), (E'\x7f{a}'), (E'{a}\x01'), (U&'{\00E9}'), (U&'{a\00A0}'),
    ('{' || repeat('a', 256) || '}');
SELECT pg_temp.attempt(format('SELECT %L::authz.permission_set', literal)) FROM malformed ORDER BY n;
SELECT pg_temp.check_soft_errors('authz.permission_set', '{"{a,b}"}', true),
    pg_temp.check_soft_errors('authz.permission_set', '{"",a,"{A!}","{a","{a,}"}', false);

-- Binary form: the number of names, then each with its length.
SELECT authz_internal.permission_set_send('{b,a.b}'), authz_internal.permission_set_send('{}');
SELECT pg_temp.receive('authz.permission_set', authz_internal.permission_set_send('{b,a.b}'));
SELECT pg_temp.receive('authz.permission_set', authz_internal.permission_set_send('{}'));
SELECT pg_temp.receive('authz.permission_set', '\x00000003000000016200000001610000000162');
SELECT what, pg_temp.attempt(format('SELECT pg_temp.receive(''authz.permission_set'', %L)', content))
FROM (VALUES
    (1, 'nothing', '\x'::bytea),
    (2, 'half a count', '\x0000'),
    (3, 'count below 0', '\xffffffff'),
    (4, 'count too large', '\x7fffffff'),
    (5, 'count too large by one', '\x00010000'),
    (6, 'name missing', '\x00000001'),
    (7, 'empty name', '\x0000000100000000'),
    (8, 'length below 0', '\x00000001ffffffff'),
    (9, 'length too large', '\x000000017fffffff61'),
    (10, 'name cut off', '\x000000010000000261'),
    (11, 'something after the last name', '\x000000010000000161ff'),
    (12, 'two colons', '\x0000000100000004613a3a61'),
    (13, 'second name cut off', '\x0000000200000001610000000220'),
    (14, 'zero byte', '\x00000001000000026100'),
    (15, 'not UTF-8', '\x0000000100000001ff'),
    (16, 'not ASCII', '\x0000000100000002c3a9'),
    (17, 'something after nothing', '\x00000000ff'),
    (18, 'name too long', '\x00000001' || int4send(256) || convert_to(repeat('a', 256), 'UTF8'))) v (n, what, content)
ORDER BY n;

SELECT pg_temp.receive('authz.permission_set', authz_internal.permission_set_send(s)) = s::text, authz.permission_count(s), s::text::authz.permission_set = s
FROM (SELECT ('{s3:GetObject,a/b,A,NULL,' || repeat('Z/', 127) || 'z,' || repeat('a', 255) || '}')::authz.permission_set) v (s);

-- Set algebra, against sets as bits: all pairs of the subsets of six names.
CREATE TEMPORARY TABLE names AS
    SELECT name, 1 << (i - 1)::int AS bit FROM unnest('{a,A,a.b,a/b,ab,project.view}'::authz.permission[]) WITH ORDINALITY u (name, i);
CREATE TEMPORARY TABLE sets AS
    SELECT mask, ARRAY(SELECT name FROM names WHERE mask & bit <> 0 ORDER BY bit DESC)::authz.permission_set AS s
    FROM generate_series(0, 63) mask;
SELECT count(*), count(DISTINCT s) FROM sets;
SELECT count(*),
    bool_and((SELECT s FROM sets WHERE mask = l.mask | r.mask) = (l.s | r.s)),
    bool_and((SELECT s FROM sets WHERE mask = l.mask & r.mask) = (l.s & r.s)),
    bool_and((SELECT s FROM sets WHERE mask = l.mask & ~r.mask) = (l.s - r.s)),
    bool_and((l.s @> r.s) = (l.mask & r.mask = r.mask)),
    bool_and((l.s <@ r.s) = (l.mask & r.mask = l.mask)),
    bool_and((l.s && r.s) = (l.mask & r.mask <> 0)),
    bool_and((l.s = r.s) = (l.mask = r.mask)),
    bool_and((l.s <> r.s) = (l.mask <> r.mask)),
    bool_and((l.s = r.s) = (authz_internal.permission_set_hash(l.s) = authz_internal.permission_set_hash(r.s))),
    bool_and((l.s = r.s) = (authz_internal.permission_set_hash_extended(l.s, 7) = authz_internal.permission_set_hash_extended(r.s, 7)))
FROM sets l, sets r;
-- Laws, over triples of some of them.
SELECT count(*),
    bool_and((a.s | b.s) = (b.s | a.s) AND (a.s & b.s) = (b.s & a.s)),
    bool_and(((a.s | b.s) | c.s) = (a.s | (b.s | c.s)) AND ((a.s & b.s) & c.s) = (a.s & (b.s & c.s))),
    bool_and((a.s & (b.s | c.s)) = ((a.s & b.s) | (a.s & c.s)) AND (a.s | (b.s & c.s)) = ((a.s | b.s) & (a.s | c.s))),
    bool_and((a.s - (b.s | c.s)) = ((a.s - b.s) & (a.s - c.s)) AND (a.s - (b.s & c.s)) = ((a.s - b.s) | (a.s - c.s))),
    bool_and((a.s | (a.s & b.s)) = a.s AND (a.s & (a.s | b.s)) = a.s AND (a.s - a.s) = '{}'),
    bool_and(NOT (a.s @> b.s AND b.s @> c.s) OR a.s @> c.s)
FROM sets a, sets b, sets c WHERE a.mask % 5 = 1 AND b.mask % 7 = 2 AND c.mask % 3 = 0;
-- One permission.
SELECT count(*),
    bool_and((s @> name) = (mask & bit <> 0)),
    bool_and((name <@ s) = (s @> name)),
    bool_and((s @> name) = (s @> ARRAY[name]::authz.permission_set))
FROM sets, names;
SELECT '{a,b}'::authz.permission_set @> 'c'::authz.permission, '{}'::authz.permission_set @> 'a'::authz.permission,
    'a'::authz.permission <@ '{}'::authz.permission_set, '{a,b}'::authz.permission_set @> '{}', '{}'::authz.permission_set && '{}';
SELECT '{a,b}'::authz.permission_set | '{b,c}', '{a,b}'::authz.permission_set & '{b,c}', '{a,b}'::authz.permission_set - '{b,c}';
-- A literal beside a set is a set; the error says how to write one.
SELECT '{a,b}'::authz.permission_set @> '{a}';
SELECT pg_temp.attempt($$SELECT '{a,b}'::authz.permission_set @> 'a'$$);
SELECT (NULL | '{a}'::authz.permission_set) IS NULL, ('{a}'::authz.permission_set @> NULL::authz.permission) IS NULL;

-- Order: as arrays of the names, which is total.
SELECT bool_and((l.s < r.s) = (l.s::authz.permission[] < r.s::authz.permission[])
    AND (l.s <= r.s) = (l.s::authz.permission[] <= r.s::authz.permission[])
    AND (l.s >= r.s) = (l.s::authz.permission[] >= r.s::authz.permission[])
    AND (l.s > r.s) = (l.s::authz.permission[] > r.s::authz.permission[])
    AND sign(authz_internal.permission_set_cmp(l.s, r.s)) = sign(btarraycmp(l.s::authz.permission[], r.s::authz.permission[])))
FROM sets l, sets r;
SELECT string_agg(s::text, ' ' ORDER BY s) FROM sets WHERE mask < 8;
SELECT * FROM pg_temp.opclasses('authz.permission_set');
SELECT * FROM pg_temp.operators('authz.permission_set');
CREATE TEMPORARY TABLE many AS SELECT ARRAY['p' || i, 'q' || i % 7]::authz.permission[]::authz.permission_set AS r FROM generate_series(1, 5000) i;
SELECT * FROM pg_temp.access_paths('many', '{p7,q0}');
SELECT count(*) FROM many WHERE r @> '{q0}';
SELECT pg_temp.deduplicates('{project.view,project.edit}'::authz.permission_set);
SELECT s, count(*) FROM (VALUES ('{a,b}'::authz.permission_set), ('{b,a}'), ('{}')) v (s) GROUP BY s ORDER BY s;

-- Casts.
SELECT '{b,a,b}'::authz.permission[]::authz.permission_set;
SELECT '{{b,a},{c,a}}'::authz.permission[]::authz.permission_set;
SELECT '{}'::authz.permission[]::authz.permission_set;
SELECT '{b,a}'::authz.permission_set::authz.permission[], pg_typeof('{a}'::authz.permission_set::authz.permission[]);
SELECT '{}'::authz.permission_set::authz.permission[];
SELECT name FROM unnest('{b,a,null}'::authz.permission_set::authz.permission[]) name;
SELECT array_length('{b,a}'::authz.permission_set::authz.permission[], 1), '{null}'::authz.permission_set::authz.permission[];
SELECT pg_temp.attempt($$SELECT ARRAY['a', NULL]::authz.permission[]::authz.permission_set$$);
SELECT array_remove(ARRAY['a', NULL]::authz.permission[], NULL)::authz.permission_set;
SELECT authz.permission_set(ARRAY['b', 'a']::authz.permission[]), authz.permissions('{b,a}');
CREATE TEMPORARY TABLE stored (id int PRIMARY KEY, s authz.permission_set);
INSERT INTO stored SELECT 1, ARRAY['x']::authz.permission[];
INSERT INTO stored VALUES (2, '{a,b}'), (3, '{}'), (4, NULL);
SELECT id, s, s::text, authz.permission_count(s) FROM stored ORDER BY id;
-- Larger than a page.
INSERT INTO stored SELECT 5, array_agg(md5(i::text)::authz.permission) FROM generate_series(1, 20000) i;
SELECT authz.permission_count(s), s @> md5('777')::authz.permission, s @> 'x'::authz.permission,
    authz.permission_count(s - ARRAY[md5('1')]::authz.permission[]::authz.permission_set),
    s::text::authz.permission_set = s, pg_column_size(s) > 8192
FROM stored WHERE id = 5;
-- The longest names there can be.
SELECT authz.permission_count(s), s @> lpad('777', 255, 'P/')::authz.permission, s @> lpad('777', 255, 'p/')::authz.permission, s::text::authz.permission_set = s
FROM (SELECT array_agg(lpad(i::text, 255, 'P/')::authz.permission)::authz.permission_set FROM generate_series(1, 2000) i) v (s);
-- At most 65535 names.
INSERT INTO stored SELECT 6, array_agg(('p' || i)::authz.permission) FROM generate_series(1, 65535) i;
SELECT authz.permission_count(s), s @> 'p65535'::authz.permission, authz.permission_count(s | '{p1}') FROM stored WHERE id = 6;
SELECT pg_temp.attempt($$SELECT s | '{q}' FROM stored WHERE id = 6$$);
SELECT pg_temp.attempt($$SELECT array_agg(('p' || i)::authz.permission)::authz.permission_set FROM generate_series(1, 65536) i$$);
SELECT pg_temp.attempt($$SELECT authz.permission_union(('p' || i)::authz.permission) FROM generate_series(1, 65536) i$$);
SELECT pg_temp.attempt($$SELECT ('{' || string_agg('p' || i, ',') || '}')::authz.permission_set FROM generate_series(1, 65536) i$$);

-- The aggregates: nulls are skipped, and the union of nothing is {}.
SELECT authz.permission_union(name) FROM unnest(ARRAY['b', NULL, 'a', 'b']::authz.permission[]) name;
SELECT authz.permission_union(s) FROM (VALUES ('{b,c}'::authz.permission_set), (NULL), ('{}'), ('{a,b}')) v (s);
SELECT authz.permission_union(name), authz.permission_union(ARRAY[name]::authz.permission_set) FROM unnest('{}'::authz.permission[]) name;
SELECT authz.permission_union(NULL::authz.permission), authz.permission_union(NULL::authz.permission_set);
SELECT i % 3, authz.permission_union(('p' || i)::authz.permission) FROM generate_series(1, 9) i GROUP BY 1 ORDER BY 1;
SELECT authz.permission_union(('p' || i)::authz.permission) FILTER (WHERE i > 5) FROM generate_series(1, 7) i;
SELECT authz.permission_union(('p' || i % 4)::authz.permission) OVER (ORDER BY i) FROM generate_series(1, 5) i ORDER BY i;
-- In parallel.
CREATE TABLE public.regress_authz_parallel AS
    SELECT ('p' || i % 1000)::authz.permission AS name, ARRAY['p' || i % 1000, 'q' || i % 10]::authz.permission[]::authz.permission_set AS s
    FROM generate_series(1, 20000) i;
ANALYZE public.regress_authz_parallel;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT pg_temp.plan_nodes('SELECT authz.permission_union(name), authz.permission_union(s) FROM public.regress_authz_parallel');
SELECT authz.permission_count(authz.permission_union(name)), authz.permission_count(authz.permission_union(s)), authz.permission_union(s) @> authz.permission_union(name)
FROM public.regress_authz_parallel;
SELECT authz.permission_union(name), authz.permission_union(s) FROM public.regress_authz_parallel WHERE name = 'none';
DROP TABLE public.regress_authz_parallel;

-- The operators are found with any search_path.
SET search_path = '';
SELECT '{a}'::authz.permission_set @> 'a'::authz.permission, ('{a}'::authz.permission_set | '{b}') = '{a,b}';
RESET search_path;
