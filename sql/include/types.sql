-- What the tests of the types share; they read it with \i.

-- The value of a query, or all of its error.
CREATE FUNCTION pg_temp.attempt(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
    message text;
    detail text;
    hint text;
BEGIN
    EXECUTE query INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n    ', SQLSTATE || ' ' || pg_temp.visible(message), nullif(detail, ''), nullif(hint, ''));
END
$$;

-- Control characters in a form that can be read and compared.
CREATE FUNCTION pg_temp.visible(str text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(CASE WHEN c < ' ' OR c = E'\x7f' THEN format('<%s>', to_hex(ascii(c))) ELSE c END, '' ORDER BY i)
    FROM string_to_table(str COLLATE "C", NULL) WITH ORDINALITY s (c, i)
$$;

-- The bytes given to the receive function of a type, as text: by a binary COPY
-- file with one row and one column, which printf makes and nobody stores.
CREATE FUNCTION pg_temp.receive(type text, content bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    file bytea := '\x5047434f50590aff0d0a00' || int4send(0) || int4send(0)
        || int2send(1::int2) || int4send(length(content)) || content || int2send((-1)::int2);
    escapes text;
    result text;
BEGIN
    SELECT string_agg(format('\0%s%s%s', b / 64, b / 8 % 8, b % 8), '' ORDER BY i) INTO escapes
    FROM generate_series(0, length(file) - 1) i, LATERAL (SELECT get_byte(file, i)) g (b);
    EXECUTE format('CREATE TEMPORARY TABLE received (value %s)', type);
    EXECUTE format('COPY received FROM PROGRAM %L WITH (FORMAT binary)', format('printf %%b ''%s''', escapes));
    SELECT value::text INTO result FROM received;
    DROP TABLE received;
    RETURN result;
END
$$;

-- The kinds of the nodes of a plan.
CREATE FUNCTION pg_temp.plan_nodes(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (COSTS off, FORMAT json) ' || query INTO plan;
    RETURN (SELECT string_agg(concat_ws(' ', nullif(node ->> 'Partial Mode', 'Simple'), nullif(node ->> 'Strategy', 'Plain'), node ->> 'Node Type', 'by ' || (node ->> 'Index Name')), ', ')
            FROM jsonb_path_query(plan::jsonb, 'strict $.**?(exists(@."Node Type"))') node);
END
$$;

-- How rows of a table (column r) compare, against their text in collation "C".
CREATE FUNCTION pg_temp.compares_as_text(table_name text, type text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    result boolean;
BEGIN
    EXECUTE format($query$
        SELECT bool_and((a.r < b.r) = (a.t < b.t) AND (a.r <= b.r) = (a.t <= b.t)
            AND (a.r = b.r) = (a.t = b.t) AND (a.r <> b.r) = (a.t <> b.t)
            AND (a.r >= b.r) = (a.t >= b.t) AND (a.r > b.r) = (a.t > b.t)
            AND sign(authz_internal.%2$s_cmp(a.r, b.r)) = sign(bttextcmp(a.t, b.t))
            AND (a.r = b.r) = (authz_internal.%2$s_hash(a.r) = authz_internal.%2$s_hash(b.r))
            AND (a.r = b.r) = (authz_internal.%2$s_hash_extended(a.r, 7) = authz_internal.%2$s_hash_extended(b.r, 7)))
        FROM (SELECT r, r::text COLLATE "C" AS t FROM %1$s) a, (SELECT r, r::text COLLATE "C" AS t FROM %1$s) b$query$,
        table_name, type) INTO result;
    RETURN result;
END
$$;

-- Every way in which the planner uses the order and the hash of a type, for a
-- table (column r, without duplicates) that has the row one.
CREATE FUNCTION pg_temp.access_paths(table_name text, one text) RETURNS TABLE (what text, nodes text, rows bigint) LANGUAGE plpgsql AS $$
DECLARE
    look_up text := format('SELECT FROM %s WHERE r = %L', table_name, one);
    self_join text := format('SELECT FROM %s a JOIN %s b USING (r)', table_name, table_name);
    grouping text := format('SELECT r FROM (SELECT r FROM %s UNION ALL SELECT r FROM %s) u GROUP BY r', table_name, table_name);
    what_is_on text;
    query text;
BEGIN
    EXECUTE format('CREATE INDEX access_btree ON %s (r)', table_name);
    EXECUTE format('ANALYZE %s', table_name);
    FOR what, query, what_is_on IN VALUES
        ('btree index', look_up, 'indexscan'), ('hash index', look_up, 'indexscan'),
        ('hash join', self_join, 'hashjoin'), ('merge join', self_join, 'mergejoin'),
        ('hashed grouping', grouping, 'hashagg'), ('sorted grouping', grouping, 'sort')
    LOOP
        PERFORM set_config('enable_' || setting, (setting = what_is_on OR setting = 'sort' AND what_is_on = 'mergejoin')::text, true)
        FROM unnest('{seqscan,indexscan,bitmapscan,indexonlyscan,hashjoin,mergejoin,nestloop,hashagg,sort,material}'::text[]) setting
        WHERE what_is_on = 'indexscan' OR setting NOT IN ('seqscan');
        IF what = 'hash index' THEN
            DROP INDEX access_btree;
            EXECUTE format('CREATE INDEX access_hash ON %s USING hash (r)', table_name);
        END IF;
        nodes := pg_temp.plan_nodes(query);
        EXECUTE format('SELECT count(*) FROM (%s) q', query) INTO rows;
        RETURN NEXT;
        PERFORM set_config('enable_seqscan', 'on', true);
    END LOOP;
    DROP INDEX access_hash;
    PERFORM set_config('enable_' || setting, 'on', false)
    FROM unnest('{seqscan,indexscan,bitmapscan,indexonlyscan,hashjoin,mergejoin,nestloop,hashagg,sort,material}'::text[]) setting;
END
$$;

-- That equal values are stored once in a btree index.
CREATE FUNCTION pg_temp.deduplicates(value anyelement) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    result boolean;
BEGIN
    EXECUTE format('CREATE TEMPORARY TABLE same AS SELECT %L::%s AS r FROM generate_series(1, 10000)', value, pg_typeof(value));
    CREATE INDEX same_dedup ON same (r);
    CREATE INDEX same_plain ON same (r) WITH (deduplicate_items = off);
    SELECT pg_relation_size('same_dedup') < pg_relation_size('same_plain') / 2 INTO result;
    DROP TABLE same;
    RETURN result;
END
$$;

-- The default operator classes and the operators of a type.
CREATE FUNCTION pg_temp.opclasses(type regtype) RETURNS TABLE (access_method name, opclass name, valid boolean) LANGUAGE sql AS $$
    SELECT amname, opcname, amvalidate(c.oid)
    FROM pg_opclass c JOIN pg_am a ON a.oid = opcmethod
    WHERE opcintype = type AND opcdefault
    ORDER BY amname
$$;
CREATE FUNCTION pg_temp.operators(type regtype)
RETURNS TABLE (operator regoperator, commutator regoper, negator regoper, restrict_function regproc, join_function regproc, flags text) LANGUAGE sql AS $$
    SELECT oid::regoperator, oprcom::regoper, oprnegate::regoper, oprrest, oprjoin, concat_ws(' ', CASE WHEN oprcanmerge THEN 'merges' END, CASE WHEN oprcanhash THEN 'hashes' END)
    FROM pg_operator
    WHERE type IN (oprleft, oprright)
    ORDER BY oprname COLLATE "C", oprleft::regtype::text COLLATE "C", oprright::regtype::text COLLATE "C"
$$;

-- From PostgreSQL 16 on, input errors can be soft: an exception where that is
-- not so.  Before, there is nothing to see.
CREATE FUNCTION pg_temp.check_soft_errors(type text, literals text[], valid boolean) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    literal text;
BEGIN
    IF current_setting('server_version_num')::int < 160000 THEN
        RETURN;
    END IF;
    FOREACH literal IN ARRAY literals LOOP
        IF pg_input_is_valid(literal, type) <> valid THEN
            RAISE EXCEPTION 'pg_input_is_valid(%, %) is not %', literal, type, valid;
        END IF;
    END LOOP;
END
$$;
