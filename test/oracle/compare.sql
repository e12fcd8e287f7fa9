-- The questions of one round, and the two sides that answer them: oracle.ask()
-- by the extension, oracle.expect() by the oracle.  Both return one line per
-- form: the form, a tab and its answers, in the order of its questions, with "|"
-- between; "-" is a question that the form cannot put (an id that is no
-- integer, asked as an integer).

-- One question each of has_permission, in all its forms.  No subject: nobody.
CREATE TABLE oracle.checks (
    n          integer PRIMARY KEY,
    subject    authz.subject,
    permission text NOT NULL,
    id         text NOT NULL,
    id_varchar varchar,
    id_int2    smallint,
    id_int4    integer,
    id_int8    bigint,
    id_uuid    uuid
);

-- Those that explain() is asked too: it takes nothing that is no resource.
CREATE VIEW oracle.explained AS
SELECT c.* FROM oracle.checks AS c WHERE c.n % 17 = 0 AND c.subject IS NOT NULL AND c.id ~ '^[^ #*]+( [^ #*]+)*$';

-- has_any_permission, has_all_permissions
CREATE TABLE oracle.lists (
    n           integer PRIMARY KEY,
    subject     authz.subject,
    permissions text[] NOT NULL,
    id          text NOT NULL,
    id_int8     bigint
);

-- permissions_on
CREATE TABLE oracle.places (
    n        integer PRIMARY KEY,
    subject  authz.subject,
    resource authz.resource NOT NULL
);

-- list_resources, permitted_ids, and WHERE has_permission(...) over a table.
CREATE TABLE oracle.searches (
    n          integer PRIMARY KEY,
    subject    authz.subject,
    permission text NOT NULL,
    id_kind    text NOT NULL    -- int8, uuid or text: what all ids of its type are
);

-- list_subjects: all known users and service accounts, user:* among them if it
-- has a row; no teams, no member sets
CREATE TABLE oracle.holders (
    n          integer PRIMARY KEY,
    permission text NOT NULL,
    resource   authz.resource NOT NULL
);

-- An application's own tables: all ids that the round may use.
CREATE TABLE oracle.rows_int8 (id bigint PRIMARY KEY);
CREATE TABLE oracle.rows_uuid (id uuid PRIMARY KEY);
CREATE TABLE oracle.rows_text (id text COLLATE "C" PRIMARY KEY);

CREATE FUNCTION oracle.yes_or_no(answer boolean)
RETURNS text
LANGUAGE sql IMMUTABLE
RETURN CASE WHEN answer THEN 'yes' WHEN NOT answer THEN 'no' ELSE 'null' END;

CREATE FUNCTION oracle.sorted(names text[])
RETURNS text
LANGUAGE sql IMMUTABLE
RETURN (SELECT '{' || coalesce(string_agg(name, ',' ORDER BY name COLLATE "C"), '') || '}' FROM unnest(names) AS name);

-- Which subject the two-argument forms ask for; nobody is an empty setting.
-- A claim is the id of a user, and nothing else, so the others are set.
CREATE FUNCTION oracle.become(subject authz.subject, source text)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    name text := coalesce(become.subject::text, '');
BEGIN
    IF source = 'authz.subject' OR name NOT LIKE 'user:%' OR name = 'user:*' OR name LIKE '%#member' THEN
        PERFORM set_config('authz.subject_source', 'authz.subject', true);
        PERFORM set_config('authz.subject', name, true);
    ELSE
        PERFORM set_config('authz.subject_source', source, true);
        PERFORM set_config('request.jwt.claims', jsonb_build_object('sub', substr(name, length('user:') + 1), 'role', 'x')::text, true);
    END IF;
END
$$;

-- What the extension answers.
CREATE FUNCTION oracle.ask(forms text[])
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
    form     text;
    answers  text;
    source   text := coalesce(current_setting('authz.subject_source', true), 'authz.subject');
    part     text[];
    all_parts text[];
    who      authz.subject;
    search   oracle.searches;
BEGIN
    -- Expiry counts by the clock: the moments before and after all answers.
    RETURN NEXT 'at ' || extract(epoch FROM clock_timestamp())::text;
    FOREACH form IN ARRAY forms LOOP
        IF form = 'text' THEN
            SELECT string_agg(oracle.yes_or_no(authz.has_permission(c.subject, c.permission, c.id)), '|' ORDER BY c.n)
            INTO answers FROM oracle.checks AS c WHERE c.subject IS NOT NULL;
        ELSIF form = 'varchar' THEN
            SELECT string_agg(oracle.yes_or_no(authz.has_permission(c.subject, c.permission, c.id_varchar)), '|' ORDER BY c.n)
            INTO answers FROM oracle.checks AS c WHERE c.subject IS NOT NULL;
        ELSIF form = 'int2' THEN
            SELECT string_agg(CASE WHEN c.id_int2 IS NULL THEN '-' ELSE oracle.yes_or_no(authz.has_permission(c.subject, c.permission, c.id_int2)) END, '|' ORDER BY c.n)
            INTO answers FROM oracle.checks AS c WHERE c.subject IS NOT NULL;
        ELSIF form = 'int4' THEN
            SELECT string_agg(CASE WHEN c.id_int4 IS NULL THEN '-' ELSE oracle.yes_or_no(authz.has_permission(c.subject, c.permission, c.id_int4)) END, '|' ORDER BY c.n)
            INTO answers FROM oracle.checks AS c WHERE c.subject IS NOT NULL;
        ELSIF form = 'int8' THEN
            SELECT string_agg(CASE WHEN c.id_int8 IS NULL THEN '-' ELSE oracle.yes_or_no(authz.has_permission(c.subject, c.permission, c.id_int8)) END, '|' ORDER BY c.n)
            INTO answers FROM oracle.checks AS c WHERE c.subject IS NOT NULL;
        ELSIF form = 'uuid' THEN
            SELECT string_agg(CASE WHEN c.id_uuid IS NULL THEN '-' ELSE oracle.yes_or_no(authz.has_permission(c.subject, c.permission, c.id_uuid)) END, '|' ORDER BY c.n)
            INTO answers FROM oracle.checks AS c WHERE c.subject IS NOT NULL;
        ELSIF form IN ('current text', 'current id', 'current lists', 'current places', 'current searches') THEN
            all_parts := '{}';
            -- All tables of questions have the same subjects, nobody among them.
            FOR who IN SELECT DISTINCT c.subject FROM oracle.checks AS c ORDER BY c.subject NULLS FIRST LOOP
                PERFORM oracle.become(who, source);
                IF form = 'current text' THEN
                    SELECT array_agg(oracle.yes_or_no(authz.has_permission(c.permission, c.id)) ORDER BY c.n)
                    INTO part FROM oracle.checks AS c WHERE coalesce(c.subject::text, '') = coalesce(who::text, '');
                ELSIF form = 'current id' THEN
                    SELECT array_agg(CASE
                        WHEN c.id_int8 IS NOT NULL THEN oracle.yes_or_no(authz.has_permission(c.permission, c.id_int8))
                        WHEN c.id_uuid IS NOT NULL THEN oracle.yes_or_no(authz.has_permission(c.permission, c.id_uuid))
                        ELSE '-' END ORDER BY c.n)
                    INTO part FROM oracle.checks AS c WHERE coalesce(c.subject::text, '') = coalesce(who::text, '');
                ELSIF form = 'current lists' THEN
                    SELECT array_agg(oracle.yes_or_no(authz.has_any_permission(l.permissions, l.id))
                        || '/' || oracle.yes_or_no(authz.has_all_permissions(l.permissions, l.id)) ORDER BY l.n)
                    INTO part FROM oracle.lists AS l WHERE coalesce(l.subject::text, '') = coalesce(who::text, '');
                ELSIF form = 'current places' THEN
                    SELECT array_agg(oracle.sorted(authz.permissions_on(p.resource)::authz.permission[]::text[]) ORDER BY p.n)
                    INTO part FROM oracle.places AS p WHERE coalesce(p.subject::text, '') = coalesce(who::text, '');
                ELSE
                    SELECT array_agg(oracle.sorted(ARRAY(SELECT x::text FROM authz.list_resources(s.permission) AS x)) ORDER BY s.n)
                    INTO part FROM oracle.searches AS s WHERE coalesce(s.subject::text, '') = coalesce(who::text, '');
                END IF;
                all_parts := all_parts || part;
            END LOOP;
            answers := array_to_string(all_parts, '|');
        ELSIF form = 'lists' THEN
            SELECT string_agg(oracle.yes_or_no(authz.has_any_permission(l.subject, l.permissions, l.id))
                || '/' || oracle.yes_or_no(authz.has_all_permissions(l.subject, l.permissions, l.id)), '|' ORDER BY l.n)
            INTO answers FROM oracle.lists AS l WHERE l.subject IS NOT NULL;
        ELSIF form = 'lists int8' THEN
            SELECT string_agg(CASE WHEN l.id_int8 IS NULL THEN '-' ELSE
                oracle.yes_or_no(authz.has_any_permission(l.subject, l.permissions, l.id_int8))
                || '/' || oracle.yes_or_no(authz.has_all_permissions(l.subject, l.permissions, l.id_int8)) END, '|' ORDER BY l.n)
            INTO answers FROM oracle.lists AS l WHERE l.subject IS NOT NULL;
        ELSIF form = 'places' THEN
            SELECT string_agg(oracle.sorted(authz.permissions_on(p.subject, p.resource)::authz.permission[]::text[]), '|' ORDER BY p.n)
            INTO answers FROM oracle.places AS p WHERE p.subject IS NOT NULL;
        ELSIF form = 'list_resources' THEN
            SELECT string_agg(oracle.sorted(ARRAY(SELECT x::text FROM authz.list_resources(s.subject, s.permission) AS x)), '|' ORDER BY s.n)
            INTO answers FROM oracle.searches AS s WHERE s.subject IS NOT NULL;
        ELSIF form = 'permitted_ids' THEN
            SELECT string_agg(oracle.sorted(CASE s.id_kind
                WHEN 'int8' THEN authz.permitted_ids(s.subject, s.permission, NULL::bigint)::text[]
                WHEN 'uuid' THEN authz.permitted_ids(s.subject, s.permission, NULL::uuid)::text[]
                ELSE authz.permitted_ids(s.subject, s.permission, NULL::text) END), '|' ORDER BY s.n)
            INTO answers FROM oracle.searches AS s WHERE s.subject IS NOT NULL;
        ELSIF form = 'list_subjects' THEN
            SELECT string_agg(oracle.sorted(ARRAY(SELECT x::text FROM authz.list_subjects(h.permission, h.resource) AS x)), '|' ORDER BY h.n)
            INTO answers FROM oracle.holders AS h;
        ELSIF form = 'where' THEN
            -- With the permission as a constant, as in a policy: the planner
            -- may turn the call into an index condition.
            all_parts := '{}';
            FOR search IN SELECT * FROM oracle.searches AS s ORDER BY s.subject NULLS FIRST, s.n LOOP
                PERFORM oracle.become(search.subject, source);
                IF EXISTS (SELECT FROM authz.permissions AS p WHERE p.name::text = search.permission) THEN
                    EXECUTE format('SELECT oracle.sorted(array_agg(id::text)) FROM oracle.%I WHERE authz.has_permission(%L, id)',
                        'rows_' || search.id_kind, search.permission)
                    INTO answers;
                ELSE
                    answers := '{}';
                END IF;
                all_parts := all_parts || answers;
            END LOOP;
            answers := array_to_string(all_parts, '|');
        ELSIF form = 'explain' THEN
            -- Reads the tables anew for each question: some must do.
            SELECT string_agg(oracle.yes_or_no(EXISTS (
                    SELECT FROM authz.explain(c.subject, c.permission, authz.resource(coalesce(p.resource_type, 'org') || ':' || c.id)) AS e
                    WHERE e.grants)), '|' ORDER BY c.n)
            INTO answers
            FROM oracle.explained AS c LEFT JOIN authz.permissions AS p ON p.name::text = c.permission;
        ELSE
            RAISE EXCEPTION 'unknown form "%"', form;
        END IF;
        RETURN NEXT form || E'\t' || answers;
    END LOOP;
    RETURN NEXT 'until ' || extract(epoch FROM clock_timestamp())::text;
    PERFORM oracle.become(NULL, source);
END
$$;

-- What it must answer: every form from the same list of what is allowed.
CREATE FUNCTION oracle.expect(forms text[], at timestamptz)
RETURNS SETOF text
LANGUAGE sql STABLE
SET jit = off
SET enable_seqscan = on
AS $$
WITH
    allowed AS MATERIALIZED (
        SELECT g.subject::text AS subject, g.permission, g.resource::text AS resource,
            substring(g.resource::text FROM position(':' IN g.resource::text) + 1) AS id
        FROM oracle.grants(at) AS g
    ),
    -- The subjects of the questions, with what they have: an unknown one and
    -- nobody have what user:* has.
    asked AS MATERIALIZED (
        SELECT DISTINCT c.subject FROM oracle.checks AS c
    ),
    had AS MATERIALIZED (
        SELECT s.subject, a.permission, a.resource, a.id
        FROM asked AS s JOIN allowed AS a ON a.subject = s.subject::text
        UNION
        SELECT s.subject, a.permission, a.resource, a.id
        FROM asked AS s JOIN allowed AS a ON a.subject = 'user:*'
    ),
    checks AS MATERIALIZED (
        SELECT c.*, oracle.yes_or_no(h.id IS NOT NULL) AS answer
        FROM oracle.checks AS c
        LEFT JOIN had AS h ON coalesce(h.subject::text, '') = coalesce(c.subject::text, '') AND h.permission = c.permission AND h.id = c.id
    ),
    lists AS MATERIALIZED (
        SELECT l.n, l.subject, l.id_int8,
            oracle.yes_or_no(coalesce(bool_or(h.id IS NOT NULL), false))
            || '/' || oracle.yes_or_no(coalesce(bool_and(h.id IS NOT NULL), true)) AS answer
        FROM oracle.lists AS l
        LEFT JOIN LATERAL unnest(l.permissions) AS p (permission) ON true
        LEFT JOIN had AS h ON coalesce(h.subject::text, '') = coalesce(l.subject::text, '') AND h.permission = p.permission AND h.id = l.id
        GROUP BY l.n
    ),
    places AS MATERIALIZED (
        SELECT p.n, p.subject, oracle.sorted(coalesce(array_agg(h.permission) FILTER (WHERE h.permission IS NOT NULL), '{}')) AS answer
        FROM oracle.places AS p
        LEFT JOIN had AS h ON coalesce(h.subject::text, '') = coalesce(p.subject::text, '') AND h.resource = p.resource::text
        GROUP BY p.n
    ),
    searches AS MATERIALIZED (
        SELECT s.n, s.subject,
            oracle.sorted(coalesce(array_agg(h.resource) FILTER (WHERE h.id IS NOT NULL), '{}')) AS resources,
            oracle.sorted(coalesce(array_agg(h.id) FILTER (WHERE h.id IS NOT NULL), '{}')) AS ids
        FROM oracle.searches AS s
        LEFT JOIN had AS h ON coalesce(h.subject::text, '') = coalesce(s.subject::text, '') AND h.permission = s.permission
        GROUP BY s.n
    ),
    holders AS MATERIALIZED (
        SELECT h.n, oracle.sorted(coalesce(array_agg(a.subject) FILTER (WHERE a.subject IS NOT NULL), '{}')) AS answer
        FROM oracle.holders AS h
        LEFT JOIN allowed AS a ON a.permission = h.permission AND a.resource = h.resource::text
            AND split_part(a.subject, ':', 1) IN ('user', 'service_account') AND a.subject NOT LIKE '%#member'
        GROUP BY h.n
    ),
    -- A form that was not asked for costs nothing.
    answers (form, answers) AS (
        SELECT 'text', string_agg(answer, '|' ORDER BY n) FROM checks WHERE subject IS NOT NULL AND 'text' = ANY (forms)
        UNION ALL
        SELECT 'varchar', string_agg(answer, '|' ORDER BY n) FROM checks WHERE subject IS NOT NULL AND 'varchar' = ANY (forms)
        UNION ALL
        SELECT 'int2', string_agg(CASE WHEN id_int2 IS NULL THEN '-' ELSE answer END, '|' ORDER BY n) FROM checks WHERE subject IS NOT NULL AND 'int2' = ANY (forms)
        UNION ALL
        SELECT 'int4', string_agg(CASE WHEN id_int4 IS NULL THEN '-' ELSE answer END, '|' ORDER BY n) FROM checks WHERE subject IS NOT NULL AND 'int4' = ANY (forms)
        UNION ALL
        SELECT 'int8', string_agg(CASE WHEN id_int8 IS NULL THEN '-' ELSE answer END, '|' ORDER BY n) FROM checks WHERE subject IS NOT NULL AND 'int8' = ANY (forms)
        UNION ALL
        SELECT 'uuid', string_agg(CASE WHEN id_uuid IS NULL THEN '-' ELSE answer END, '|' ORDER BY n) FROM checks WHERE subject IS NOT NULL AND 'uuid' = ANY (forms)
        UNION ALL
        SELECT 'explain', string_agg(checks.answer, '|' ORDER BY n) FROM checks JOIN oracle.explained USING (n) WHERE 'explain' = ANY (forms)
        UNION ALL
        SELECT 'current text', string_agg(answer, '|' ORDER BY subject NULLS FIRST, n) FROM checks WHERE 'current text' = ANY (forms)
        UNION ALL
        SELECT 'current id', string_agg(CASE WHEN id_int8 IS NULL AND id_uuid IS NULL THEN '-' ELSE answer END, '|' ORDER BY subject NULLS FIRST, n) FROM checks WHERE 'current id' = ANY (forms)
        UNION ALL
        SELECT 'lists', string_agg(answer, '|' ORDER BY n) FROM lists WHERE subject IS NOT NULL AND 'lists' = ANY (forms)
        UNION ALL
        SELECT 'lists int8', string_agg(CASE WHEN id_int8 IS NULL THEN '-' ELSE answer END, '|' ORDER BY n) FROM lists WHERE subject IS NOT NULL AND 'lists int8' = ANY (forms)
        UNION ALL
        SELECT 'current lists', string_agg(answer, '|' ORDER BY subject NULLS FIRST, n) FROM lists WHERE 'current lists' = ANY (forms)
        UNION ALL
        SELECT 'places', string_agg(answer, '|' ORDER BY n) FROM places WHERE subject IS NOT NULL AND 'places' = ANY (forms)
        UNION ALL
        SELECT 'current places', string_agg(answer, '|' ORDER BY subject NULLS FIRST, n) FROM places WHERE 'current places' = ANY (forms)
        UNION ALL
        SELECT 'list_resources', string_agg(resources, '|' ORDER BY n) FROM searches WHERE subject IS NOT NULL AND 'list_resources' = ANY (forms)
        UNION ALL
        SELECT 'current searches', string_agg(resources, '|' ORDER BY subject NULLS FIRST, n) FROM searches WHERE 'current searches' = ANY (forms)
        UNION ALL
        SELECT 'permitted_ids', string_agg(ids, '|' ORDER BY n) FROM searches WHERE subject IS NOT NULL AND 'permitted_ids' = ANY (forms)
        UNION ALL
        SELECT 'where', string_agg(ids, '|' ORDER BY subject NULLS FIRST, n) FROM searches WHERE 'where' = ANY (forms)
        UNION ALL
        SELECT 'list_subjects', string_agg(answer, '|' ORDER BY n) FROM holders WHERE 'list_subjects' = ANY (forms)
    )
SELECT a.form || E'\t' || a.answers
FROM unnest(forms) WITH ORDINALITY AS f (form, n)
JOIN answers AS a USING (form)
ORDER BY f.n
$$;

-- A question for people to read: the one that stands at a position of a form.
CREATE FUNCTION oracle.question(form text, pos integer)
RETURNS text
LANGUAGE sql STABLE
AS $$
SELECT q.question
FROM (
    SELECT kind, row_number() OVER (PARTITION BY kind ORDER BY CASE WHEN kind LIKE 'current%' THEN c.subject END NULLS FIRST, c.n) AS pos,
        format('has_permission(%s, %s, %s)', coalesce(c.subject::text, 'nobody'), c.permission, c.id) AS question
    FROM oracle.checks AS c, unnest('{text,varchar,int2,int4,int8,uuid,current text,current id}'::text[]) AS kind
    WHERE c.subject IS NOT NULL OR kind LIKE 'current%'
    UNION ALL
    SELECT 'explain', row_number() OVER (ORDER BY c.n), format('explain(%s, %s, %s)', c.subject, c.permission, c.id)
    FROM oracle.explained AS c
    UNION ALL
    SELECT kind, row_number() OVER (PARTITION BY kind ORDER BY CASE WHEN kind LIKE 'current%' THEN l.subject END NULLS FIRST, l.n),
        format('has_any/all_permission(%s, %s, %s)', coalesce(l.subject::text, 'nobody'), l.permissions, l.id)
    FROM oracle.lists AS l, unnest('{lists,lists int8,current lists}'::text[]) AS kind
    WHERE l.subject IS NOT NULL OR kind LIKE 'current%'
    UNION ALL
    SELECT kind, row_number() OVER (PARTITION BY kind ORDER BY CASE WHEN kind LIKE 'current%' THEN p.subject END NULLS FIRST, p.n),
        format('permissions_on(%s, %s)', coalesce(p.subject::text, 'nobody'), p.resource)
    FROM oracle.places AS p, unnest('{places,current places}'::text[]) AS kind
    WHERE p.subject IS NOT NULL OR kind LIKE 'current%'
    UNION ALL
    SELECT kind, row_number() OVER (PARTITION BY kind ORDER BY CASE WHEN kind IN ('current searches', 'where') THEN s.subject END NULLS FIRST, s.n),
        format('%s(%s, %s)', kind, coalesce(s.subject::text, 'nobody'), s.permission)
    FROM oracle.searches AS s, unnest('{list_resources,permitted_ids,current searches,where}'::text[]) AS kind
    WHERE s.subject IS NOT NULL OR kind IN ('current searches', 'where')
    UNION ALL
    SELECT 'list_subjects', row_number() OVER (ORDER BY h.n), format('list_subjects(%s, %s)', h.permission, h.resource)
    FROM oracle.holders AS h
) AS q
WHERE q.kind = question.form AND q.pos = question.pos
$$;

-- Ask something, so that the cache is filled: in the middle of a statement, in
-- a trigger, in a transaction that will be rolled back.  Returns nothing of use.
CREATE FUNCTION oracle.warm()
RETURNS bigint
LANGUAGE sql VOLATILE
AS $$
SELECT count(*) FROM oracle.checks AS c WHERE c.n % 7 = 0 AND authz.has_permission(c.subject, c.permission, c.id)
$$;

-- Ask about so many others that those of the questions are evicted.
CREATE FUNCTION oracle.crowd()
RETURNS bigint
LANGUAGE sql VOLATILE
AS $$
SELECT count(*)
FROM generate_series(1, 6000) AS i,
     (SELECT min(permission) AS name FROM oracle.checks) AS p
WHERE authz.has_permission(('user:crowd' || i)::authz.subject, p.name, i)
$$;

-- A user's own trigger that runs before the extension's and asks; it may fail
-- afterwards, so that the extension's never run.
CREATE FUNCTION oracle.meddle()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM oracle.warm();
    IF current_setting('oracle.fail', true) = 'on' THEN
        RAISE EXCEPTION 'the user''s trigger fails';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER "!meddle" AFTER INSERT OR UPDATE OR DELETE ON authz.assignments FOR EACH STATEMENT EXECUTE FUNCTION oracle.meddle();
CREATE TRIGGER "!meddle_row" AFTER INSERT OR UPDATE OR DELETE ON authz.memberships FOR EACH ROW EXECUTE FUNCTION oracle.meddle();
CREATE TRIGGER "!meddle" AFTER INSERT OR UPDATE OR DELETE ON authz.role_permissions FOR EACH STATEMENT EXECUTE FUNCTION oracle.meddle();
