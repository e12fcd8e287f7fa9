-- The model document: what it says, and what is wrong with it.  See doc/model.md.
--
-- It is checked in steps, each of which may rely on the ones before: its shape
-- (document_problems), what it says (check_document), what it refers to
-- (reference_problems), and who uses what it drops (check_document_drops).
-- Who has to correct it hears of all wrong names at once, of malformed ones and of
-- those that are not there.

-- Reading the document --------------------------------------------------------
CREATE FUNCTION authz_internal.document_entries(document jsonb, section text)
RETURNS TABLE (index integer, path text, name text, resource_type text, dropped boolean, entry jsonb)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT e.n - 1, format('%s[%s]', section, e.n - 1), e.entry ->> 'name', e.entry ->> 'resource_type',
           COALESCE((e.entry -> 'drop')::boolean, false), e.entry
    FROM jsonb_array_elements(document -> section) WITH ORDINALITY AS e (entry, n);
END;
COMMENT ON FUNCTION authz_internal.document_entries(jsonb, text) IS 'entries of one section of a well-formed model document';
REVOKE ALL ON FUNCTION authz_internal.document_entries(jsonb, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.document_strings(path text, list jsonb)
RETURNS TABLE (index integer, path text, item text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT e.n - 1, format('%s[%s]', document_strings.path, e.n - 1), e.item
    FROM jsonb_array_elements_text(CASE WHEN jsonb_typeof(list) = 'array' THEN list END) WITH ORDINALITY AS e (item, n)
    UNION ALL
    SELECT 0, document_strings.path, list #>> '{}'
    WHERE jsonb_typeof(list) = 'string';
END;
COMMENT ON FUNCTION authz_internal.document_strings(text, jsonb) IS 'items of a list of strings in a model document, or the one that stands alone, each with its path';
REVOKE ALL ON FUNCTION authz_internal.document_strings(text, jsonb) FROM PUBLIC;

-- One name or several: in the model the order of names has no meaning.
CREATE FUNCTION authz_internal.names_value(names text[])
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE cardinality(names) WHEN 0 THEN NULL WHEN 1 THEN to_jsonb(names[1])
           ELSE (SELECT jsonb_agg(n ORDER BY n COLLATE "C") FROM unnest(names) AS n) END;
END;
COMMENT ON FUNCTION authz_internal.names_value(text[]) IS 'a list of names as a model document has it: null, one name, or an array';
REVOKE ALL ON FUNCTION authz_internal.names_value(text[]) FROM PUBLIC;

CREATE FUNCTION authz_internal.document_management(document jsonb)
RETURNS TABLE (index integer, path text, resource_type text, key text, operation text, permission text, role text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT e.index, format('%s.management.%s%s', e.path, o.key, a.suffix), e.name, o.key,
           -- The operations are named after one role; the plural is as good.
           CASE WHEN o.key IN ('create_roles', 'alter_roles', 'drop_roles', 'assign_roles', 'remove_members', 'create_resources', 'drop_resources')
                THEN rtrim(o.key, 's') ELSE o.key END,
           CASE WHEN jsonb_typeof(a.item) = 'string' THEN a.item #>> '{}' END,
           CASE WHEN jsonb_typeof(a.item) = 'object' THEN a.item ->> 'role' END
    FROM authz_internal.document_entries(document, 'resource_types') AS e
    CROSS JOIN jsonb_each(e.entry -> 'management') AS o
    CROSS JOIN LATERAL (
        SELECT o.value AS item, '' AS suffix
        WHERE jsonb_typeof(o.value) <> 'array'
        UNION ALL
        SELECT i.item, format('[%s]', i.n - 1)
        FROM jsonb_array_elements(CASE WHEN jsonb_typeof(o.value) = 'array' THEN o.value END) WITH ORDINALITY AS i (item, n)
    ) AS a
    WHERE jsonb_typeof(a.item) <> 'null';
END;
COMMENT ON FUNCTION authz_internal.document_management(jsonb) IS 'what a model document says about delegated administration: a row per operation and permission or role';
REVOKE ALL ON FUNCTION authz_internal.document_management(jsonb) FROM PUBLIC;

-- Checking the document -------------------------------------------------------
-- A message has an end, whatever is in the place of a name.
CREATE FUNCTION authz_internal.short_text(words text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN length(words) > 1000 THEN left(words, 800) || '...' || right(words, 197) ELSE words END;
COMMENT ON FUNCTION authz_internal.short_text(text) IS 'a line of a message, of 1000 characters at most';
REVOKE ALL ON FUNCTION authz_internal.short_text(text) FROM PUBLIC;

CREATE FUNCTION authz_internal.reject_document(path text, problem text, errcode text, others text[] DEFAULT '{}', meant text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    message text := authz_internal.short_text(concat_ws(': ', concat_ws(', ', 'model document', NULLIF(path, '')), problem));
    detail  text := E'Also wrong are:\n' || authz_internal.use_list(ARRAY(SELECT authz_internal.short_text(o.problem) FROM unnest(others) WITH ORDINALITY AS o (problem, n) ORDER BY o.n));
    hint    text := 'Did you mean "' || meant || '"?';
BEGIN
    IF detail IS NULL AND hint IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = errcode, MESSAGE = message;
    ELSIF hint IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = errcode, MESSAGE = message, DETAIL = detail;
    ELSIF detail IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = errcode, MESSAGE = message, HINT = hint;
    ELSE
        RAISE EXCEPTION USING ERRCODE = errcode, MESSAGE = message, DETAIL = detail, HINT = hint;
    END IF;
END;
$$;
COMMENT ON FUNCTION authz_internal.reject_document(text, text, text, text[], text) IS 'raises an error about one place in a model document, and names the others';
REVOKE ALL ON FUNCTION authz_internal.reject_document(text, text, text, text[], text) FROM PUBLIC;

CREATE FUNCTION authz_internal.problem_line(path text, problem text, meant text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN format('%s: %s', path, problem) || coalesce(' (did you mean "' || meant || '"?)', '');
COMMENT ON FUNCTION authz_internal.problem_line(text, text, text) IS 'one of several mistakes in a model document, as its error lists them';
REVOKE ALL ON FUNCTION authz_internal.problem_line(text, text, text) FROM PUBLIC;

-- Numbers in the order of numbers: permissions[9] before permissions[10].
CREATE FUNCTION authz_internal.path_order(path text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT string_agg(CASE WHEN p.part ~ '^\d+$' THEN lpad(p.part, 10, '0') ELSE p.part END, ']' ORDER BY p.n) COLLATE "C"
    FROM regexp_split_to_table(path, '[][]') WITH ORDINALITY AS p (part, n);
END;
COMMENT ON FUNCTION authz_internal.path_order(text) IS 'what to sort places in a model document by';
REVOKE ALL ON FUNCTION authz_internal.path_order(text) FROM PUBLIC;

CREATE FUNCTION authz_internal.document_problems(document jsonb)
RETURNS TABLE (path text, problem text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH attributes (section, key, types) AS (
        VALUES ('resource_types', 'name', '{string}'::text[]),
               ('resource_types', 'parent', '{string,array,"null"}'),
               ('resource_types', 'description', '{string,"null"}'),
               ('resource_types', 'has_members', '{boolean}'),
               ('resource_types', 'roles_for', '{string}'),
               ('resource_types', 'exclusive_roles', '{boolean}'),
               ('resource_types', 'max_custom_roles', '{number,"null"}'),
               ('resource_types', 'max_inherits', '{number}'),
               ('resource_types', 'default_permission', '{string,"null"}'),
               ('resource_types', 'base_permissions', '{array,"null"}'),
               ('resource_types', 'descendant_permissions', '{boolean}'),
               ('resource_types', 'nested_teams', '{boolean}'),
               ('resource_types', 'management', '{object}'),
               ('resource_types', 'drop', '{boolean}'),
               ('permissions', 'name', '{string}'),
               ('permissions', 'resource_type', '{string}'),
               ('permissions', 'category', '{string,"null"}'),
               ('permissions', 'description', '{string,"null"}'),
               ('permissions', 'status', '{string}'),
               ('permissions', 'assignable', '{boolean}'),
               ('permissions', 'requires', '{array}'),
               ('permissions', 'renamed_from', '{string,"null"}'),
               ('permissions', 'drop', '{boolean}'),
               ('roles', 'name', '{string}'),
               ('roles', 'resource_type', '{string}'),
               ('roles', 'description', '{string,"null"}'),
               ('roles', 'permissions', '{array}'),
               ('roles', 'inherits', '{string,array,"null"}'),
               ('roles', 'base_roles', '{array}'),
               ('roles', 'all_permissions', '{boolean}'),
               ('roles', 'extensible', '{boolean}'),
               ('roles', 'min_holders', '{number}'),
               ('roles', 'protected', '{boolean,string}'),
               ('roles', 'drop', '{boolean}')
    ), operations (key) AS (
        VALUES ('view_roles'), ('create_role'), ('create_roles'), ('alter_role'), ('alter_roles'), ('drop_role'), ('drop_roles'),
               ('assign_role'), ('assign_roles'), ('manage_members'), ('remove_member'), ('remove_members'),
               ('manage_resources'), ('create_resource'), ('create_resources'), ('drop_resource'), ('drop_resources')
    ), sections AS (
        SELECT s.key AS section, s.value, array_position('{resource_types,permissions,roles}', s.key) AS rank
        FROM jsonb_each(CASE WHEN jsonb_typeof(document) = 'object' THEN document END) AS s
    ), entries AS (
        SELECT s.section, s.rank, e.n, format('%s[%s]', s.section, e.n - 1) AS path, e.entry
        FROM sections AS s
        CROSS JOIN jsonb_array_elements(CASE WHEN jsonb_typeof(s.value) = 'array' AND s.rank IS NOT NULL THEN s.value END) WITH ORDINALITY AS e (entry, n)
    ), members AS (
        SELECT e.section, e.rank, e.n, format('%s.%s', e.path, m.key) AS path, m.key, m.value, a.types
        FROM entries AS e
        CROSS JOIN jsonb_each(CASE WHEN jsonb_typeof(e.entry) = 'object' THEN e.entry END) AS m
        LEFT JOIN attributes AS a ON a.section = e.section AND a.key = m.key
    ), management AS (
        SELECT m.rank, m.n, format('%s.%s', m.path, o.key) AS path, o.key, o.value
        FROM members AS m
        CROSS JOIN jsonb_each(CASE WHEN m.key = 'management' AND jsonb_typeof(m.value) = 'object' THEN m.value END) AS o
    ), items AS (
        -- Everything that stands in a list: strings, and for management also roles.
        SELECT m.rank, m.n, format('%s[%s]', m.path, i.n - 1) AS path, i.item, false AS management
        FROM members AS m
        CROSS JOIN jsonb_array_elements(CASE WHEN 'array' = ANY (m.types) AND jsonb_typeof(m.value) = 'array' THEN m.value END) WITH ORDINALITY AS i (item, n)
        UNION ALL
        SELECT m.rank, m.n, m.path, m.value, true
        FROM management AS m
        WHERE jsonb_typeof(m.value) NOT IN ('array', 'null')
        UNION ALL
        SELECT m.rank, m.n, format('%s[%s]', m.path, i.n - 1), i.item, true
        FROM management AS m
        CROSS JOIN jsonb_array_elements(CASE WHEN jsonb_typeof(m.value) = 'array' THEN m.value END) WITH ORDINALITY AS i (item, n)
    ), problems (rank, n, path, problem) AS (
        SELECT 0, 0, '', format('expected object, found %s', jsonb_typeof(document))
        WHERE jsonb_typeof(document) <> 'object'
        UNION ALL
        SELECT 0, 0, s.section, 'unknown section; the sections are resource_types, permissions and roles'
        FROM sections AS s
        WHERE s.rank IS NULL
        UNION ALL
        SELECT s.rank, 0, s.section, format('expected array, found %s', jsonb_typeof(s.value))
        FROM sections AS s
        WHERE s.rank IS NOT NULL AND jsonb_typeof(s.value) <> 'array'
        UNION ALL
        SELECT e.rank, e.n, e.path, format('expected object, found %s', jsonb_typeof(e.entry))
        FROM entries AS e
        WHERE jsonb_typeof(e.entry) <> 'object'
        UNION ALL
        SELECT e.rank, e.n, format('%s.%s', e.path, r.key), 'is missing'
        FROM entries AS e
        JOIN (VALUES ('resource_types', 'name'), ('permissions', 'name'), ('roles', 'name'), ('roles', 'resource_type')) AS r (section, key) ON r.section = e.section
        WHERE jsonb_typeof(e.entry) = 'object' AND NOT e.entry ? r.key
        UNION ALL
        SELECT m.rank, m.n, m.path,
               'unknown attribute; the attributes are ' || (SELECT string_agg(a.key, ', ') FROM attributes AS a WHERE a.section = m.section)
        FROM members AS m
        WHERE m.types IS NULL
        UNION ALL
        SELECT m.rank, m.n, m.path, format('expected %s, found %s', array_to_string(m.types, ' or '), jsonb_typeof(m.value))
        FROM members AS m
        WHERE jsonb_typeof(m.value) <> ALL (m.types)
        UNION ALL
        SELECT m.rank, m.n, m.path, 'unknown operation; the operations are view_roles, create_role, alter_role, drop_role, assign_role, manage_members, remove_member, manage_resources, create_resource and drop_resource'
        FROM management AS m
        WHERE m.key NOT IN (SELECT o.key FROM operations AS o)
        UNION ALL
        SELECT i.rank, i.n, i.path, CASE WHEN i.management THEN 'expected a permission or {"role": name}' ELSE format('expected string, found %s', jsonb_typeof(i.item)) END
        FROM items AS i
        WHERE jsonb_typeof(i.item) <> 'string'
          AND NOT (i.management AND jsonb_typeof(i.item) = 'object' AND i.item - 'role' = '{}' AND jsonb_typeof(i.item -> 'role') IS NOT DISTINCT FROM 'string')
    )
    SELECT p.path, p.problem
    FROM problems AS p
    ORDER BY p.rank, p.n, authz_internal.path_order(p.path);
END;
COMMENT ON FUNCTION authz_internal.document_problems(jsonb) IS 'places where a JSON document has not the shape of a model document';
REVOKE ALL ON FUNCTION authz_internal.document_problems(jsonb) FROM PUBLIC;

-- (Generic plans: a custom one has a copy of the document wherever it is mentioned.)
CREATE FUNCTION authz_internal.check_document(document jsonb)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    problem record;
BEGIN
    IF document IS NULL THEN
        PERFORM authz_internal.reject_document('', 'must not be null', '22023');
    END IF;

    SELECT (array_agg(p.path))[1] AS path, (array_agg(p.problem))[1] AS problem, (array_agg(format('%s: %s', p.path, p.problem)))[2:] AS others
    INTO problem
    FROM authz_internal.document_problems(document) AS p
    HAVING count(*) > 0;
    IF FOUND THEN
        PERFORM authz_internal.reject_document(problem.path, problem.problem, '22023', problem.others);
    END IF;

    -- Values: names of types and roles, enumerations, numbers.
    WITH resource_types AS (
        SELECT * FROM authz_internal.document_entries(document, 'resource_types')
    ), permissions AS (
        SELECT * FROM authz_internal.document_entries(document, 'permissions')
    ), roles AS (
        SELECT * FROM authz_internal.document_entries(document, 'roles')
    ), wrong_values (rank, index, path, problem, errcode) AS (
        SELECT 1, t.index, t.path || '.name', rtrim(authz_internal.type_name_problem(t.name), '.'), '22P02'
        FROM resource_types AS t
        WHERE authz_internal.type_name_problem(t.name) IS NOT NULL
        UNION ALL
        SELECT 1, t.index, t.path || '.roles_for', 'must be members or anyone', '22023'
        FROM resource_types AS t
        WHERE t.entry ->> 'roles_for' NOT IN ('members', 'anyone')
        UNION ALL
        SELECT 1, t.index, format('%s.%s', t.path, k.key), 'must be a whole number from 0 to 2147483647', '22023'
        FROM resource_types AS t
        CROSS JOIN (VALUES ('max_custom_roles'), ('max_inherits')) AS k (key)
        WHERE (t.entry ->> k.key)::numeric NOT BETWEEN 0 AND 2147483647 OR t.entry ->> k.key ~ '\D'
        UNION ALL
        SELECT 1, o.index, o.path, format('operation %s is in the document twice', o.operation), '22023'
        FROM (SELECT m.index, m.path, m.operation,
                     row_number() OVER (PARTITION BY m.resource_type, m.operation, m.permission, m.role ORDER BY m.path COLLATE "C") > 1
                     OR m.key <> min(m.key) OVER (PARTITION BY m.resource_type, m.operation) AS again
              FROM authz_internal.document_management(document) AS m) AS o
        WHERE o.again
        UNION ALL
        SELECT 2, p.index, p.path || '.status', 'must be active, planned or deprecated', '22023'
        FROM permissions AS p
        WHERE p.entry ->> 'status' NOT IN ('active', 'planned', 'deprecated')
        UNION ALL
        SELECT 2, p.index, r.path, 'a permission cannot require itself', '22023'
        FROM permissions AS p
        CROSS JOIN LATERAL authz_internal.document_strings(p.path || '.requires', p.entry -> 'requires') AS r
        WHERE r.item = p.name
        UNION ALL
        SELECT 2, p.index, p.path || '.renamed_from', format('permission "%s" has an entry of its own', p.entry ->> 'renamed_from'), '22023'
        FROM permissions AS p
        WHERE p.entry ->> 'renamed_from' IN (SELECT q.name FROM permissions AS q)
        UNION ALL
        SELECT 2, p.index, p.path || '.renamed_from', 'a permission that is dropped cannot be renamed', '22023'
        FROM permissions AS p
        WHERE p.dropped AND p.entry ->> 'renamed_from' IS NOT NULL
        UNION ALL
        SELECT 3, r.index, r.path || '.name', rtrim(authz_internal.role_name_problem(r.name), '.'), '22023'
        FROM roles AS r
        WHERE authz_internal.role_name_problem(r.name) IS NOT NULL
        UNION ALL
        SELECT 3, r.index, r.path || '.min_holders', 'must be a whole number from 0 to 2147483647', '22023'
        FROM roles AS r
        WHERE (r.entry ->> 'min_holders')::numeric NOT BETWEEN 0 AND 2147483647 OR r.entry ->> 'min_holders' ~ '\D'
        UNION ALL
        -- What must be unique: entries, and items of a list.
        SELECT d.rank, max(d.index), format('%s[%s]%s', d.section, max(d.index), d.attribute), format('%s is in the document twice', d.object), '22023'
        FROM (SELECT 1 AS rank, t.index, 'resource_types' AS section, '' AS attribute, format('resource type "%s"', t.name) AS object
              FROM resource_types AS t
              UNION ALL
              SELECT 2, p.index, 'permissions', '', format('permission "%s"', p.name)
              FROM permissions AS p
              UNION ALL
              SELECT 2, p.index, 'permissions', '.renamed_from', format('old name "%s"', p.entry ->> 'renamed_from')
              FROM permissions AS p
              WHERE p.entry ->> 'renamed_from' IS NOT NULL
              UNION ALL
              SELECT 3, r.index, 'roles', '', format('role "%s:%s"', r.resource_type, r.name)
              FROM roles AS r) AS d
        GROUP BY d.rank, d.section, d.attribute, d.object
        HAVING count(*) > 1
        UNION ALL
        SELECT l.rank, l.index, format('%s[%s]', l.path, i.index), format('%s "%s" is in the document twice', l.kind, i.item), '22023'
        FROM (SELECT 1 AS rank, t.index, t.path || '.base_permissions' AS path, 'role' AS kind, t.entry -> 'base_permissions' AS list
              FROM resource_types AS t
              UNION ALL
              SELECT 1, t.index, t.path || '.parent', 'resource type', t.entry -> 'parent'
              FROM resource_types AS t
              UNION ALL
              SELECT 3, r.index, r.path || '.inherits', 'role', r.entry -> 'inherits'
              FROM roles AS r
              UNION ALL
              SELECT 2, p.index, p.path || '.requires', 'permission', p.entry -> 'requires'
              FROM permissions AS p
              UNION ALL
              SELECT 3, r.index, r.path || '.permissions', 'permission', r.entry -> 'permissions'
              FROM roles AS r) AS l
        CROSS JOIN LATERAL (SELECT s.item, max(s.index) AS index
                            FROM authz_internal.document_strings(l.path, l.list) AS s
                            GROUP BY s.item
                            HAVING count(*) > 1) AS i
    ), wrong_names (rank, index, path, problem, errcode, name) AS (
        -- Names of permissions, wherever they are.
        SELECT n.rank, n.index, n.path, format('%s, found "%s"', rtrim(authz_internal.permission_name_problem(n.name), '.'), n.name), '22P02', n.name
        FROM (SELECT 1 AS rank, t.index, t.path || '.default_permission' AS path, t.entry ->> 'default_permission' AS name
              FROM resource_types AS t
              UNION ALL
              SELECT 1, m.index, m.path, m.permission
              FROM authz_internal.document_management(document) AS m
              UNION ALL
              SELECT 2, p.index, p.path || '.name', p.name
              FROM permissions AS p
              UNION ALL
              SELECT 2, p.index, p.path || '.renamed_from', p.entry ->> 'renamed_from'
              FROM permissions AS p
              UNION ALL
              SELECT 2, p.index, i.path, i.item
              FROM permissions AS p
              CROSS JOIN LATERAL authz_internal.document_strings(p.path || '.requires', p.entry -> 'requires') AS i
              UNION ALL
              SELECT 3, r.index, i.path, i.item
              FROM roles AS r
              CROSS JOIN LATERAL authz_internal.document_strings(r.path || '.permissions', r.entry -> 'permissions') AS i
              UNION ALL
              SELECT 3, r.index, r.path || '.protected', r.entry ->> 'protected'
              FROM roles AS r
              WHERE jsonb_typeof(r.entry -> 'protected') = 'string') AS n
        WHERE authz_internal.permission_name_problem(n.name) IS NOT NULL
    ), problems AS (
        SELECT v.*, NULL AS name FROM wrong_values AS v
        UNION ALL
        SELECT n.* FROM wrong_names AS n
    ), ordered AS MATERIALIZED (
        SELECT p.*, row_number() OVER (ORDER BY p.rank, p.index, authz_internal.path_order(p.path), p.problem COLLATE "C") AS n FROM problems AS p
    )
    SELECT p.path, p.problem, p.errcode, ARRAY(SELECT authz_internal.problem_line(o.path, o.problem, authz_internal.permission_name_correction(o.name)) FROM ordered AS o WHERE o.n > 1 ORDER BY o.n) AS others,
           authz_internal.permission_name_correction(p.name) AS meant
    INTO problem
    FROM ordered AS p
    WHERE p.n = 1;
    IF FOUND THEN
        PERFORM authz_internal.reject_document(problem.path, problem.problem, problem.errcode,
            problem.others || ARRAY(SELECT authz_internal.problem_line(p.path, p.problem, p.meant) FROM authz_internal.reference_problems(document) AS p ORDER BY p.n), problem.meant);
    END IF;
END;
$$;
COMMENT ON FUNCTION authz_internal.check_document(jsonb) IS 'raises an error, with the path inside the document, unless it is a well-formed model document';
REVOKE ALL ON FUNCTION authz_internal.check_document(jsonb) FROM PUBLIC;

-- What the document refers to --------------------------------------------------
-- A reference is resolved against what will be there after the document is
-- applied: what it names and what is there already, without what it drops.
CREATE FUNCTION authz_internal.document_types(document jsonb)
RETURNS TABLE (name text, parents text[])
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT COALESCE(e.name, t.name),
           CASE WHEN e.entry ? 'parent' THEN ARRAY(SELECT p.item FROM authz_internal.document_strings('', e.entry -> 'parent') AS p) ELSE t.parents END
    FROM authz.resource_types AS t
    FULL JOIN authz_internal.document_entries(document, 'resource_types') AS e ON e.name = t.name
    WHERE e.dropped IS NOT TRUE;
END;
COMMENT ON FUNCTION authz_internal.document_types(jsonb) IS 'resource types and their parents as a model document will leave them';
REVOKE ALL ON FUNCTION authz_internal.document_types(jsonb) FROM PUBLIC;

CREATE FUNCTION authz_internal.document_role_references(document jsonb)
RETURNS TABLE (section text, index integer, path text, attribute text, operation text, reference text, resource_type text, role text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE type_entries AS (
        SELECT * FROM authz_internal.document_entries(document, 'resource_types')
    ), role_entries AS (
        SELECT * FROM authz_internal.document_entries(document, 'roles')
    ), ancestors (name, ancestor) AS (
        -- Also of the type itself.  Types may form cycles.
        SELECT t.name, t.name
        FROM authz_internal.document_types(document) AS t
        UNION
        SELECT a.name, p.name
        FROM ancestors AS a
        JOIN authz_internal.document_types(document) AS t ON t.name = a.ancestor
        CROSS JOIN LATERAL unnest(t.parents) AS p (name)
    ), roles (resource_type, name) AS (
        SELECT r.resource_type, r.name
        FROM authz.roles AS r
        WHERE r.owner_id IS NULL
        UNION
        SELECT e.resource_type, e.name
        FROM role_entries AS e
        EXCEPT
        SELECT e.resource_type, e.name
        FROM role_entries AS e
        WHERE e.dropped
    ), refs (section, index, path, attribute, operation, reference, scope, own_type) AS (
        SELECT 'resource_types', e.index, b.path, 'base_permissions', NULL, b.item, ARRAY(SELECT t.name FROM authz_internal.document_types(document) AS t WHERE e.name = ANY (t.parents)), NULL
        FROM type_entries AS e
        CROSS JOIN LATERAL authz_internal.document_strings(e.path || '.base_permissions', e.entry -> 'base_permissions') AS b
        WHERE NOT e.dropped AND b.item <> 'none'
        UNION ALL
        SELECT 'resource_types', e.index, m.path, 'management', m.operation, m.role, ARRAY(SELECT a.ancestor FROM ancestors AS a WHERE a.name = e.name), NULL
        FROM type_entries AS e
        JOIN authz_internal.document_management(document) AS m ON m.index = e.index
        WHERE NOT e.dropped AND m.role IS NOT NULL
        UNION ALL
        SELECT 'roles', e.index, i.path, 'inherits', NULL, i.item, ARRAY[e.resource_type], NULL
        FROM role_entries AS e
        CROSS JOIN LATERAL authz_internal.document_strings(e.path || '.inherits', e.entry -> 'inherits') AS i
        WHERE NOT e.dropped
        UNION ALL
        SELECT 'roles', e.index, b.path, 'base_roles', NULL, b.item, ARRAY(SELECT a.name FROM ancestors AS a WHERE a.ancestor = e.resource_type AND a.name <> e.resource_type),
            -- Written with its type, one of the own type is found, and a rule refuses it.
            e.resource_type
        FROM role_entries AS e
        CROSS JOIN LATERAL authz_internal.document_strings(e.path || '.base_roles', e.entry -> 'base_roles') AS b
        WHERE NOT e.dropped
    )
    -- Written with a type, it is that one: a name may contain a colon.
    SELECT m.section, m.index, m.path, m.attribute, m.operation, m.reference, m.resource_type, m.name
    FROM (SELECT f.*, r.resource_type, r.name, r.is_qualified, bool_or(r.is_qualified) OVER (PARTITION BY f.section, f.path) AS any_qualified
          FROM refs AS f
          LEFT JOIN (SELECT r.resource_type, r.name, r.name AS reference, false AS is_qualified
                     FROM roles AS r
                     UNION ALL
                     SELECT r.resource_type, r.name, format('%s:%s', r.resource_type, r.name), true
                     FROM roles AS r) AS r
              ON r.reference = f.reference
              AND (r.resource_type = ANY (f.scope) OR r.is_qualified AND r.resource_type = f.own_type)
              AND (f.attribute IN ('base_roles', 'management') OR NOT r.is_qualified)) AS m
    WHERE m.is_qualified IS NOT DISTINCT FROM m.any_qualified;
END;
COMMENT ON FUNCTION authz_internal.document_role_references(jsonb) IS 'roles that a model document refers to, a row for each role that a reference could mean, or one without a role';
REVOKE ALL ON FUNCTION authz_internal.document_role_references(jsonb) FROM PUBLIC;

-- A malformed name is wrong, but not missing.
CREATE FUNCTION authz_internal.reference_problems(document jsonb)
RETURNS TABLE (n bigint, path text, problem text, errcode text, meant text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH type_entries AS (
        SELECT * FROM authz_internal.document_entries(document, 'resource_types')
    ), permission_entries AS (
        SELECT * FROM authz_internal.document_entries(document, 'permissions')
    ), role_entries AS (
        SELECT * FROM authz_internal.document_entries(document, 'roles')
    ), permissions (name, resource_type) AS (
        SELECT COALESCE(e.name, p.name::text), COALESCE(e.resource_type, p.resource_type)
        FROM authz.permissions AS p
        -- Before and after the renames.
        LEFT JOIN permission_entries AS o ON o.entry ->> 'renamed_from' = p.name::text
        FULL JOIN permission_entries AS e ON e.name = COALESCE(o.name, p.name::text)
        WHERE e.dropped IS NOT TRUE
    ), type_references (rank, index, path, name) AS (
        SELECT 1, e.index, p.path, p.item
        FROM type_entries AS e
        CROSS JOIN LATERAL authz_internal.document_strings(e.path || '.parent', e.entry -> 'parent') AS p
        WHERE NOT e.dropped
        UNION ALL
        SELECT 2, e.index, e.path || '.resource_type', e.resource_type
        FROM permission_entries AS e
        WHERE NOT e.dropped
        UNION ALL
        SELECT 3, e.index, e.path || '.resource_type', e.resource_type
        FROM role_entries AS e
        WHERE NOT e.dropped
    ), permission_references (rank, index, path, name, resource_type) AS (
        SELECT 1, e.index, e.path || '.default_permission', e.entry ->> 'default_permission', e.name
        FROM type_entries AS e
        WHERE NOT e.dropped
        UNION ALL
        SELECT 1, e.index, m.path, m.permission, NULL
        FROM type_entries AS e
        JOIN authz_internal.document_management(document) AS m ON m.index = e.index
        WHERE NOT e.dropped
        UNION ALL
        SELECT 2, e.index, r.path, r.item, NULL
        FROM permission_entries AS e
        CROSS JOIN LATERAL authz_internal.document_strings(e.path || '.requires', e.entry -> 'requires') AS r
        WHERE NOT e.dropped
        UNION ALL
        SELECT 3, e.index, i.path, i.item, NULL
        FROM role_entries AS e
        CROSS JOIN LATERAL authz_internal.document_strings(e.path || '.permissions', e.entry -> 'permissions') AS i
        WHERE NOT e.dropped
        UNION ALL
        SELECT 3, e.index, e.path || '.protected', e.entry ->> 'protected', NULL
        FROM role_entries AS e
        WHERE NOT e.dropped AND jsonb_typeof(e.entry -> 'protected') = 'string'
    ), role_references (rank, index, path, attribute, name, candidates) AS (
        SELECT CASE r.section WHEN 'roles' THEN 3 ELSE 1 END, r.index, r.path, r.attribute, r.reference, array_agg(format('%s:%s', r.resource_type, r.role) ORDER BY r.resource_type) FILTER (WHERE r.role IS NOT NULL)
        FROM authz_internal.document_role_references(document) AS r
        GROUP BY r.section, r.index, r.path, r.attribute, r.reference
    ), problems (rank, index, path, problem, errcode, missing_kind, missing) AS (
        SELECT 2, e.index, e.path || '.resource_type', format('is missing, and permission "%s" does not exist yet', e.name), '22023', NULL, NULL
        FROM permission_entries AS e
        WHERE e.resource_type IS NULL AND NOT e.dropped AND NOT EXISTS (SELECT FROM authz.permissions AS p WHERE p.name::text IN (e.name, e.entry ->> 'renamed_from'))
        UNION ALL
        SELECT f.rank, f.index, f.path, format('resource type "%s" does not exist', f.name), '42704', 'type', f.name
        FROM type_references AS f
        WHERE f.name IS NOT NULL AND f.name NOT IN (SELECT t.name FROM authz_internal.document_types(document) AS t)
        UNION ALL
        SELECT f.rank, f.index, f.path, format('permission "%s" does not exist', f.name), '42704', 'permission', f.name
        FROM permission_references AS f
        WHERE f.name IS NOT NULL AND f.name NOT IN (SELECT p.name FROM permissions AS p)
          AND authz_internal.permission_name_problem(f.name) IS NULL
        UNION ALL
        SELECT f.rank, f.index, f.path, format('permission "%s" belongs to resource type "%s"', p.name, p.resource_type), '22023', NULL, NULL
        FROM permission_references AS f
        JOIN permissions AS p ON p.name = f.name
        WHERE p.resource_type <> f.resource_type
        UNION ALL
        SELECT f.rank, f.index, f.path, format('role "%s" does not exist for %s', f.name, CASE f.attribute
                   WHEN 'inherits' THEN 'the same resource type'
                   WHEN 'base_roles' THEN 'a descendant resource type'
                   WHEN 'base_permissions' THEN 'a child resource type'
                   WHEN 'management' THEN 'this resource type or one above it' END), '42704', 'role', f.name
        FROM role_references AS f
        WHERE f.candidates IS NULL
        UNION ALL
        SELECT 3, d.index, d.path, format('there is another base role for resource type "%s"', d.resource_type), '22023', NULL, NULL
        FROM (SELECT r.index, r.path, r.resource_type, row_number() OVER (PARTITION BY r.index, r.resource_type ORDER BY r.path COLLATE "C") AS n
              FROM authz_internal.document_role_references(document) AS r
              WHERE r.attribute = 'base_roles' AND r.role IS NOT NULL) AS d
        WHERE d.n > 1
        UNION ALL
        SELECT f.rank, f.index, f.path, format('role "%s" may be any of %s', f.name, authz_internal.short_list(f.candidates)), '22023', NULL, NULL
        FROM role_references AS f
        WHERE cardinality(f.candidates) > 1 AND f.attribute <> 'base_permissions'
    ), ordered AS MATERIALIZED (
        SELECT p.*, row_number() OVER (ORDER BY p.rank, p.index, authz_internal.path_order(p.path), p.problem COLLATE "C") AS n FROM problems AS p
    )
    -- (What was meant is looked for only where it will be said.)
    SELECT p.n, p.path, p.problem, p.errcode,
           CASE WHEN p.n <= 11 THEN authz_internal.nearest_name(p.missing, CASE p.missing_kind
               WHEN 'type' THEN ARRAY(SELECT t.name FROM authz_internal.document_types(document) AS t ORDER BY t.name COLLATE "C")
               WHEN 'permission' THEN ARRAY(SELECT n.name FROM permissions AS n ORDER BY n.name COLLATE "C")
               -- (The role of that name for another type was not meant.)
               WHEN 'role' THEN ARRAY(SELECT r.name FROM authz.roles AS r WHERE r.owner_id IS NULL AND r.name <> p.missing
                                      UNION
                                      SELECT r.name FROM role_entries AS r WHERE NOT r.dropped AND r.name <> p.missing
                                      ORDER BY name)
           END) END AS meant
    FROM ordered AS p;
END;
COMMENT ON FUNCTION authz_internal.reference_problems(jsonb) IS 'places where a model document refers to something that is not there, in order';
REVOKE ALL ON FUNCTION authz_internal.reference_problems(jsonb) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_document_references(document jsonb)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    problem record;
BEGIN
    SELECT (array_agg(p.path ORDER BY p.n))[1] AS path, (array_agg(p.problem ORDER BY p.n))[1] AS problem, (array_agg(p.errcode ORDER BY p.n))[1] AS errcode,
           (array_agg(authz_internal.problem_line(p.path, p.problem, p.meant) ORDER BY p.n))[2:] AS others, (array_agg(p.meant ORDER BY p.n))[1] AS meant
    INTO problem
    FROM authz_internal.reference_problems(document) AS p
    HAVING count(*) > 0;
    IF FOUND THEN
        PERFORM authz_internal.reject_document(problem.path, problem.problem, problem.errcode, problem.others, problem.meant);
    END IF;
END;
$$;
COMMENT ON FUNCTION authz_internal.check_document_references(jsonb) IS 'raises an error, with the path inside the document, if a model document refers to something that is not there';
REVOKE ALL ON FUNCTION authz_internal.check_document_references(jsonb) FROM PUBLIC;

-- What it drops ----------------------------------------------------------------
CREATE FUNCTION authz_internal.check_document_drops(document jsonb, changed boolean)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    used record;
BEGIN
    WITH types AS (
        SELECT e.index, e.path, t.name
        FROM authz_internal.document_entries(document, 'resource_types') AS e
        JOIN authz.resource_types AS t ON t.name = e.name
        WHERE e.dropped
    ), permissions AS (
        SELECT e.index, e.path, p.name, p.resource_type, p.is_default
        FROM authz_internal.document_entries(document, 'permissions') AS e
        JOIN authz.permissions AS p ON p.name::text = e.name
        WHERE e.dropped
    ), roles AS (
        SELECT e.index, e.path, r.id, r.name, r.resource_type
        FROM authz_internal.document_entries(document, 'roles') AS e
        JOIN authz.roles AS r ON r.name = e.name AND r.resource_type = e.resource_type AND r.owner_id IS NULL
        WHERE e.dropped
    ), uses (rank, index, path, object, by_data, by_model, uses) AS (
        SELECT 1, t.index, t.path, format('resource type "%s"', t.name),
               EXISTS (SELECT FROM authz.resources AS u WHERE u.resource_type = t.name)
               OR EXISTS (SELECT FROM authz.roles AS u WHERE u.resource_type = t.name AND u.owner_id IS NOT NULL),
               EXISTS (SELECT FROM authz.resource_types AS u WHERE t.name = ANY (u.parents) AND u.name NOT IN (SELECT d.name FROM types AS d))
               OR EXISTS (SELECT FROM authz.permissions AS u WHERE u.resource_type = t.name AND u.name NOT IN (SELECT d.name FROM permissions AS d))
               OR EXISTS (SELECT FROM authz.roles AS u WHERE u.resource_type = t.name AND u.owner_id IS NULL AND u.id NOT IN (SELECT d.id FROM roles AS d)),
               authz_internal.resource_type_uses(t.name)
        FROM types AS t
        UNION ALL
        SELECT 2, p.index, p.path, format('permission "%s"', p.name),
               EXISTS (SELECT FROM authz.role_permissions AS x JOIN authz.roles AS u ON u.id = x.role_id WHERE x.permission = p.name AND u.owner_id IS NOT NULL),
               u.uses <> '',
               u.uses
        FROM permissions AS p
        CROSS JOIN LATERAL (
            SELECT concat_ws(E'\n', authz_internal.permission_uses(p.name), CASE WHEN p.is_default AND p.resource_type NOT IN (SELECT d.name FROM types AS d) THEN format('type %s has it as default permission', p.resource_type) END)) AS u (uses)
        UNION ALL
        SELECT 3, r.index, r.path, format('role "%s" of resource type "%s"', r.name, r.resource_type),
               EXISTS (SELECT FROM authz.assignments AS u WHERE u.role_id = r.id)
               OR EXISTS (SELECT FROM authz_internal.role_links AS l JOIN authz.roles AS u ON u.id = l.role_id WHERE l.lower_id = r.id AND u.owner_id IS NOT NULL),
               u.uses IS NOT NULL,
               u.uses
        FROM roles AS r
        CROSS JOIN LATERAL (SELECT authz_internal.role_uses(r.id, r.name, r.resource_type, NULL)) AS u (uses)
    )
    SELECT u.path, u.object, u.uses INTO used
    FROM uses AS u
    WHERE u.by_data OR changed AND u.by_model
    ORDER BY u.rank, u.index
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'dependent_objects_still_exist',
            MESSAGE = format('model document, %s: cannot drop %s because it is in use', used.path, used.object),
            DETAIL = used.uses,
            HINT = CASE WHEN used.object LIKE 'permission%' THEN 'Remove these uses first, or let the permission stay with "status": "deprecated".'
                   ELSE 'Remove these uses first.' END;
    END IF;
END;
$$;
COMMENT ON FUNCTION authz_internal.check_document_drops(jsonb, boolean) IS 'raises an error if a model document drops what is in use: by data, and, once everything else that the document says is done, by the model';
REVOKE ALL ON FUNCTION authz_internal.check_document_drops(jsonb, boolean) FROM PUBLIC;
