-- The model document: apply, export and install_catalog.  See doc/model.md.
--
-- The document is checked in three steps, each of which may rely on the one
-- before: its shape (document_problem), what it says (check_document), and what
-- it refers to (document_references).  The change itself is plain DML by the
-- caller, so that the table privileges and the rules hold as they do for
-- everybody.  What apply reports is the difference between two exports: it can
-- neither forget nor invent a change.

-- Reading the document --------------------------------------------------------
CREATE FUNCTION authz.document_entries(document jsonb, section text)
RETURNS TABLE (index integer, path text, name text, resource_type text, dropped boolean, entry jsonb)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT e.n - 1, format('%s[%s]', section, e.n - 1), e.entry ->> 'name', e.entry ->> 'resource_type',
           COALESCE((e.entry -> 'drop')::boolean, false), e.entry
    FROM jsonb_array_elements(document -> section) WITH ORDINALITY AS e (entry, n);
END;
COMMENT ON FUNCTION authz.document_entries(jsonb, text) IS 'entries of one section of a well-formed model document';
REVOKE ALL ON FUNCTION authz.document_entries(jsonb, text) FROM PUBLIC;

CREATE FUNCTION authz.document_strings(path text, list jsonb)
RETURNS TABLE (index integer, path text, item text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT e.n - 1, format('%s[%s]', document_strings.path, e.n - 1), e.item
    FROM jsonb_array_elements_text(NULLIF(list, 'null')) WITH ORDINALITY AS e (item, n);
END;
COMMENT ON FUNCTION authz.document_strings(text, jsonb) IS 'items of a list of strings in a model document, each with its path';
REVOKE ALL ON FUNCTION authz.document_strings(text, jsonb) FROM PUBLIC;

CREATE FUNCTION authz.document_management(document jsonb)
RETURNS TABLE (index integer, path text, resource_type text, key text, operation text, permission text, role text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT e.index, format('%s.management.%s%s', e.path, o.key, a.suffix), e.name, o.key,
           -- The operations are named after one role; the plural is as good.
           CASE WHEN o.key IN ('create_roles', 'alter_roles', 'drop_roles', 'assign_roles', 'remove_members', 'drop_resources')
                THEN rtrim(o.key, 's') ELSE o.key END,
           CASE WHEN jsonb_typeof(a.item) = 'string' THEN a.item #>> '{}' END,
           CASE WHEN jsonb_typeof(a.item) = 'object' THEN a.item ->> 'role' END
    FROM authz.document_entries(document, 'resource_types') AS e
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
COMMENT ON FUNCTION authz.document_management(jsonb) IS 'what a model document says about delegated administration: a row per operation and permission or role';
REVOKE ALL ON FUNCTION authz.document_management(jsonb) FROM PUBLIC;

-- Checking the document -------------------------------------------------------
CREATE FUNCTION authz.reject_document(path text, problem text, errcode text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = errcode, MESSAGE = concat_ws(': ', concat_ws(', ', 'model document', NULLIF(path, '')), problem);
END;
$$;
COMMENT ON FUNCTION authz.reject_document(text, text, text) IS 'raises an error about one place in a model document';
REVOKE ALL ON FUNCTION authz.reject_document(text, text, text) FROM PUBLIC;

CREATE FUNCTION authz.document_problem(document jsonb)
RETURNS TABLE (path text, problem text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH attributes (section, key, types) AS (
        VALUES ('resource_types', 'name', '{string}'::text[]),
               ('resource_types', 'parent', '{string,null}'),
               ('resource_types', 'description', '{string,null}'),
               ('resource_types', 'has_members', '{boolean}'),
               ('resource_types', 'roles_for', '{string}'),
               ('resource_types', 'exclusive_roles', '{boolean}'),
               ('resource_types', 'max_custom_roles', '{number,null}'),
               ('resource_types', 'default_permission', '{string,null}'),
               ('resource_types', 'base_permissions', '{array,null}'),
               ('resource_types', 'descendant_permissions', '{boolean}'),
               ('resource_types', 'management', '{object}'),
               ('resource_types', 'drop', '{boolean}'),
               ('permissions', 'name', '{string}'),
               ('permissions', 'resource_type', '{string}'),
               ('permissions', 'category', '{string,null}'),
               ('permissions', 'description', '{string,null}'),
               ('permissions', 'status', '{string}'),
               ('permissions', 'assignable', '{boolean}'),
               ('permissions', 'requires', '{array}'),
               ('permissions', 'renamed_from', '{string,null}'),
               ('permissions', 'drop', '{boolean}'),
               ('roles', 'name', '{string}'),
               ('roles', 'resource_type', '{string}'),
               ('roles', 'description', '{string,null}'),
               ('roles', 'permissions', '{array}'),
               ('roles', 'inherits', '{string,null}'),
               ('roles', 'base_roles', '{array}'),
               ('roles', 'all_permissions', '{boolean}'),
               ('roles', 'extensible', '{boolean}'),
               ('roles', 'min_holders', '{number}'),
               ('roles', 'protected', '{boolean,string}'),
               ('roles', 'drop', '{boolean}')
    ), operations (key) AS (
        VALUES ('view_roles'), ('create_role'), ('create_roles'), ('alter_role'), ('alter_roles'), ('drop_role'), ('drop_roles'),
               ('assign_role'), ('assign_roles'), ('manage_members'), ('remove_member'), ('remove_members'),
               ('manage_resources'), ('drop_resource'), ('drop_resources')
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
        SELECT m.rank, m.n, m.path, 'unknown operation; the operations are view_roles, create_role, alter_role, drop_role, assign_role, manage_members, remove_member, manage_resources and drop_resource'
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
    ORDER BY p.rank, p.n, p.path COLLATE "C"
    LIMIT 1;
END;
COMMENT ON FUNCTION authz.document_problem(jsonb) IS 'first place where a JSON document has not the shape of a model document';
REVOKE ALL ON FUNCTION authz.document_problem(jsonb) FROM PUBLIC;

CREATE FUNCTION authz.check_document(document jsonb)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    problem record;
    place   text;
    name    text;
    message text;
    detail  text;
    hint    text;
BEGIN
    IF document IS NULL THEN
        PERFORM authz.reject_document('', 'must not be null', '22023');
    END IF;

    SELECT p.path, p.problem INTO problem FROM authz.document_problem(document) AS p;
    IF FOUND THEN
        PERFORM authz.reject_document(problem.path, problem.problem, '22023');
    END IF;

    -- Values: names of types and roles, enumerations, numbers.
    WITH resource_types AS (
        SELECT * FROM authz.document_entries(document, 'resource_types')
    ), permissions AS (
        SELECT * FROM authz.document_entries(document, 'permissions')
    ), roles AS (
        SELECT * FROM authz.document_entries(document, 'roles')
    ), problems (rank, index, path, problem, errcode) AS (
        SELECT 1, t.index, t.path || '.name', 'a resource type is named with 1 to 63 letters a-z, digits, underscores and hyphens', '22P02'
        FROM resource_types AS t
        WHERE t.name !~ '^[a-z0-9_-]{1,63}$'
        UNION ALL
        SELECT 1, t.index, t.path || '.roles_for', 'must be members or anyone', '22023'
        FROM resource_types AS t
        WHERE t.entry ->> 'roles_for' NOT IN ('members', 'anyone')
        UNION ALL
        SELECT 1, t.index, t.path || '.max_custom_roles', 'must be a whole number from 0 to 2147483647', '22023'
        FROM resource_types AS t
        WHERE (t.entry ->> 'max_custom_roles')::numeric NOT BETWEEN 0 AND 2147483647 OR t.entry ->> 'max_custom_roles' ~ '\D'
        UNION ALL
        SELECT 1, o.index, o.path, format('operation %s is in the document twice', o.operation), '22023'
        FROM (SELECT m.index, m.path, m.operation,
                     row_number() OVER (PARTITION BY m.resource_type, m.operation, m.permission, m.role ORDER BY m.path COLLATE "C") > 1
                     OR m.key <> min(m.key) OVER (PARTITION BY m.resource_type, m.operation) AS again
              FROM authz.document_management(document) AS m) AS o
        WHERE o.again
        UNION ALL
        SELECT 2, p.index, p.path || '.status', 'must be active, planned or deprecated', '22023'
        FROM permissions AS p
        WHERE p.entry ->> 'status' NOT IN ('active', 'planned', 'deprecated')
        UNION ALL
        SELECT 2, p.index, r.path, 'a permission cannot require itself', '22023'
        FROM permissions AS p
        CROSS JOIN LATERAL authz.document_strings(p.path || '.requires', p.entry -> 'requires') AS r
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
        SELECT 3, r.index, r.path || '.name', 'a role is named with 1 to 255 bytes', '22023'
        FROM roles AS r
        WHERE octet_length(r.name) NOT BETWEEN 1 AND 255
        UNION ALL
        SELECT 3, r.index, r.path || '.min_holders', 'must be a whole number from 0 to 2147483647', '22023'
        FROM roles AS r
        WHERE (r.entry ->> 'min_holders')::numeric NOT BETWEEN 0 AND 2147483647 OR r.entry ->> 'min_holders' ~ '\D'
        UNION ALL
        -- What must be unique: entries, and items of a list.
        SELECT d.rank, d.index, d.path, format('%s is in the document twice', d.object), '22023'
        FROM (SELECT u.*, row_number() OVER (PARTITION BY u.object, u.list ORDER BY u.index, u.path COLLATE "C") AS n
              FROM (SELECT 1 AS rank, t.index, t.path, format('resource type "%s"', t.name) AS object, '' AS list
                    FROM resource_types AS t
                    UNION ALL
                    SELECT 1, t.index, b.path, format('role "%s"', b.item), t.path
                    FROM resource_types AS t
                    CROSS JOIN LATERAL authz.document_strings(t.path || '.base_permissions', t.entry -> 'base_permissions') AS b
                    UNION ALL
                    SELECT 2, p.index, p.path, format('permission "%s"', p.name), ''
                    FROM permissions AS p
                    UNION ALL
                    SELECT 2, p.index, p.path || '.renamed_from', format('old name "%s"', p.entry ->> 'renamed_from'), ''
                    FROM permissions AS p
                    WHERE p.entry ->> 'renamed_from' IS NOT NULL
                    UNION ALL
                    SELECT 2, p.index, i.path, format('permission "%s"', i.item), p.path
                    FROM permissions AS p
                    CROSS JOIN LATERAL authz.document_strings(p.path || '.requires', p.entry -> 'requires') AS i
                    UNION ALL
                    SELECT 3, r.index, r.path, format('role "%s:%s"', r.resource_type, r.name), ''
                    FROM roles AS r
                    UNION ALL
                    SELECT 3, r.index, i.path, format('permission "%s"', i.item), r.path
                    FROM roles AS r
                    CROSS JOIN LATERAL authz.document_strings(r.path || '.permissions', r.entry -> 'permissions') AS i) AS u) AS d
        WHERE d.n > 1
    )
    SELECT p.* INTO problem
    FROM problems AS p
    ORDER BY p.rank, p.index, p.path COLLATE "C"
    LIMIT 1;
    IF FOUND THEN
        PERFORM authz.reject_document(problem.path, problem.problem, problem.errcode);
    END IF;

    -- Names of permissions: what they may look like is known to their type alone.
    FOR place, name IN
        SELECT p.path || '.name', p.name FROM authz.document_entries(document, 'permissions') AS p
        UNION ALL
        SELECT p.path || '.renamed_from', p.entry ->> 'renamed_from' FROM authz.document_entries(document, 'permissions') AS p
        UNION ALL
        SELECT r.path, r.item
        FROM authz.document_entries(document, 'permissions') AS p
        CROSS JOIN LATERAL authz.document_strings(p.path || '.requires', p.entry -> 'requires') AS r
        UNION ALL
        SELECT t.path || '.default_permission', t.entry ->> 'default_permission' FROM authz.document_entries(document, 'resource_types') AS t
        UNION ALL
        SELECT m.path, m.permission FROM authz.document_management(document) AS m
        UNION ALL
        SELECT i.path, i.item
        FROM authz.document_entries(document, 'roles') AS r
        CROSS JOIN LATERAL authz.document_strings(r.path || '.permissions', r.entry -> 'permissions') AS i
        UNION ALL
        SELECT r.path || '.protected', r.entry ->> 'protected'
        FROM authz.document_entries(document, 'roles') AS r
        WHERE jsonb_typeof(r.entry -> 'protected') = 'string'
    LOOP
        PERFORM name::authz.permission;
    END LOOP;
EXCEPTION
    WHEN invalid_text_representation THEN
        GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
        IF place IS NULL THEN
            RAISE;
        END IF;
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_text_representation',
            MESSAGE = format('model document, %s: %s', place, message),
            DETAIL = detail,
            HINT = hint;
END;
$$;
COMMENT ON FUNCTION authz.check_document(jsonb) IS 'raises an error, with the path inside the document, unless it is a well-formed model document';
REVOKE ALL ON FUNCTION authz.check_document(jsonb) FROM PUBLIC;

-- What the document refers to --------------------------------------------------
-- A reference is resolved against what will be there after the document is
-- applied: what it names and what is there already, without what it drops.
CREATE FUNCTION authz.document_types(document jsonb)
RETURNS TABLE (name text, parent text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT COALESCE(e.name, t.name), CASE WHEN e.entry ? 'parent' THEN e.entry ->> 'parent' ELSE t.parent END
    FROM authz.resource_types AS t
    FULL JOIN authz.document_entries(document, 'resource_types') AS e ON e.name = t.name
    WHERE e.dropped IS NOT TRUE;
END;
COMMENT ON FUNCTION authz.document_types(jsonb) IS 'the tree of resource types as a model document will leave it';
REVOKE ALL ON FUNCTION authz.document_types(jsonb) FROM PUBLIC;

CREATE FUNCTION authz.document_role_references(document jsonb)
RETURNS TABLE (section text, index integer, path text, attribute text, operation text, reference text, resource_type text, role text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE type_entries AS (
        SELECT * FROM authz.document_entries(document, 'resource_types')
    ), role_entries AS (
        SELECT * FROM authz.document_entries(document, 'roles')
    ), ancestors (name, ancestor) AS (
        -- Also of the type itself.  A cycle, which is refused elsewhere, ends.
        SELECT t.name, t.name
        FROM authz.document_types(document) AS t
        UNION
        SELECT a.name, t.parent
        FROM ancestors AS a
        JOIN authz.document_types(document) AS t ON t.name = a.ancestor
        WHERE t.parent IS NOT NULL
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
    ), refs (section, index, path, attribute, operation, reference, scope) AS (
        SELECT 'resource_types', e.index, b.path, 'base_permissions', NULL, b.item, ARRAY(SELECT t.name FROM authz.document_types(document) AS t WHERE t.parent = e.name)
        FROM type_entries AS e
        CROSS JOIN LATERAL authz.document_strings(e.path || '.base_permissions', e.entry -> 'base_permissions') AS b
        WHERE NOT e.dropped AND b.item <> 'none'
        UNION ALL
        SELECT 'resource_types', e.index, m.path, 'management', m.operation, m.role, ARRAY(SELECT a.ancestor FROM ancestors AS a WHERE a.name = e.name)
        FROM type_entries AS e
        JOIN authz.document_management(document) AS m ON m.index = e.index
        WHERE NOT e.dropped AND m.role IS NOT NULL
        UNION ALL
        SELECT 'roles', e.index, e.path || '.inherits', 'inherits', NULL, e.entry ->> 'inherits', ARRAY[e.resource_type]
        FROM role_entries AS e
        WHERE NOT e.dropped AND e.entry ->> 'inherits' IS NOT NULL
        UNION ALL
        SELECT 'roles', e.index, b.path, 'base_roles', NULL, b.item, ARRAY(SELECT a.name FROM ancestors AS a WHERE a.ancestor = e.resource_type AND a.name <> e.resource_type)
        FROM role_entries AS e
        CROSS JOIN LATERAL authz.document_strings(e.path || '.base_roles', e.entry -> 'base_roles') AS b
        WHERE NOT e.dropped
    )
    SELECT f.section, f.index, f.path, f.attribute, f.operation, f.reference, r.resource_type, r.name
    FROM refs AS f
    LEFT JOIN roles AS r
        ON r.resource_type = ANY (f.scope)
        AND (r.name = f.reference OR f.attribute IN ('base_roles', 'management') AND format('%s:%s', r.resource_type, r.name) = f.reference);
END;
COMMENT ON FUNCTION authz.document_role_references(jsonb) IS 'roles that a model document refers to, a row for each role that a reference could mean, or one without a role';
REVOKE ALL ON FUNCTION authz.document_role_references(jsonb) FROM PUBLIC;

CREATE FUNCTION authz.check_document_references(document jsonb)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    problem record;
BEGIN
    WITH RECURSIVE type_entries AS (
        SELECT * FROM authz.document_entries(document, 'resource_types')
    ), permission_entries AS (
        SELECT * FROM authz.document_entries(document, 'permissions')
    ), role_entries AS (
        SELECT * FROM authz.document_entries(document, 'roles')
    ), permissions (name, resource_type) AS (
        SELECT COALESCE(e.name, p.name::text), COALESCE(e.resource_type, p.resource_type)
        FROM authz.permissions AS p
        FULL JOIN permission_entries AS e ON e.name = p.name::text
        WHERE e.dropped IS NOT TRUE
    ), cycle (name, ancestor) AS (
        SELECT e.name, t.parent
        FROM type_entries AS e
        JOIN authz.document_types(document) AS t ON t.name = e.name
        UNION
        SELECT c.name, t.parent
        FROM cycle AS c
        JOIN authz.document_types(document) AS t ON t.name = c.ancestor
    ), type_references (rank, index, path, name) AS (
        SELECT 1, e.index, e.path || '.parent', e.entry ->> 'parent'
        FROM type_entries AS e
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
        JOIN authz.document_management(document) AS m ON m.index = e.index
        WHERE NOT e.dropped
        UNION ALL
        SELECT 2, e.index, r.path, r.item, NULL
        FROM permission_entries AS e
        CROSS JOIN LATERAL authz.document_strings(e.path || '.requires', e.entry -> 'requires') AS r
        WHERE NOT e.dropped
        UNION ALL
        SELECT 3, e.index, i.path, i.item, NULL
        FROM role_entries AS e
        CROSS JOIN LATERAL authz.document_strings(e.path || '.permissions', e.entry -> 'permissions') AS i
        WHERE NOT e.dropped
        UNION ALL
        SELECT 3, e.index, e.path || '.protected', e.entry ->> 'protected', NULL
        FROM role_entries AS e
        WHERE NOT e.dropped AND jsonb_typeof(e.entry -> 'protected') = 'string'
    ), role_references (rank, index, path, attribute, name, candidates) AS (
        SELECT CASE r.section WHEN 'roles' THEN 3 ELSE 1 END, r.index, r.path, r.attribute, r.reference, array_agg(format('%s:%s', r.resource_type, r.role) ORDER BY r.resource_type) FILTER (WHERE r.role IS NOT NULL)
        FROM authz.document_role_references(document) AS r
        GROUP BY r.section, r.index, r.path, r.attribute, r.reference
    ), problems (rank, index, path, problem, errcode) AS (
        SELECT 2, e.index, e.path || '.resource_type', format('is missing: permission "%s" is new', e.name), '22023'
        FROM permission_entries AS e
        WHERE e.resource_type IS NULL AND NOT e.dropped AND NOT EXISTS (SELECT FROM authz.permissions AS p WHERE p.name::text = e.name)
        UNION ALL
        SELECT f.rank, f.index, f.path, format('resource type "%s" does not exist', f.name), '42704'
        FROM type_references AS f
        WHERE f.name NOT IN (SELECT t.name FROM authz.document_types(document) AS t)
        UNION ALL
        SELECT 1, e.index, e.path || '.parent', format('resource type "%s" would be its own ancestor', e.name), '22023'
        FROM type_entries AS e
        JOIN cycle AS c ON c.name = e.name AND c.ancestor = e.name
        WHERE e.entry ? 'parent'
        UNION ALL
        SELECT f.rank, f.index, f.path, format('permission "%s" does not exist', f.name), '42704'
        FROM permission_references AS f
        WHERE f.name NOT IN (SELECT p.name FROM permissions AS p)
        UNION ALL
        SELECT f.rank, f.index, f.path, format('permission "%s" belongs to resource type "%s"', p.name, p.resource_type), '22023'
        FROM permission_references AS f
        JOIN permissions AS p ON p.name = f.name
        WHERE p.resource_type <> f.resource_type
        UNION ALL
        SELECT f.rank, f.index, f.path, format('role "%s" does not exist', f.name), '42704'
        FROM role_references AS f
        WHERE f.candidates IS NULL
        UNION ALL
        SELECT 3, d.index, d.path, format('there is another base role for resource type "%s"', d.resource_type), '22023'
        FROM (SELECT r.index, r.path, r.resource_type, row_number() OVER (PARTITION BY r.index, r.resource_type ORDER BY r.path COLLATE "C") AS n
              FROM authz.document_role_references(document) AS r
              WHERE r.attribute = 'base_roles' AND r.role IS NOT NULL) AS d
        WHERE d.n > 1
        UNION ALL
        SELECT f.rank, f.index, f.path, format('role "%s" may be any of %s', f.name, array_to_string(f.candidates, ', ')), '22023'
        FROM role_references AS f
        WHERE cardinality(f.candidates) > 1 AND f.attribute <> 'base_permissions'
    )
    SELECT p.* INTO problem
    FROM problems AS p
    ORDER BY p.rank, p.index, p.path COLLATE "C"
    LIMIT 1;
    IF FOUND THEN
        PERFORM authz.reject_document(problem.path, problem.problem, problem.errcode);
    END IF;
END;
$$;
COMMENT ON FUNCTION authz.check_document_references(jsonb) IS 'raises an error, with the path inside the document, if a model document refers to something that is not there';
REVOKE ALL ON FUNCTION authz.check_document_references(jsonb) FROM PUBLIC;

-- Writing the model as a document ------------------------------------------------
CREATE FUNCTION authz.model_entries()
RETURNS TABLE (section text, object text, entry jsonb)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT 'resource_types', format('resource type %s', t.name),
           jsonb_build_object(
               'name', t.name, 'parent', t.parent, 'description', t.description, 'has_members', t.has_members,
               'roles_for', t.roles_for, 'exclusive_roles', t.exclusive_roles, 'max_custom_roles', t.max_custom_roles,
               'default_permission', (SELECT p.name::text FROM authz.permissions AS p WHERE p.resource_type = t.name AND p.is_default),
               'base_permissions', t.base_permissions, 'descendant_permissions', t.descendant_permissions,
               'management', (
                   SELECT COALESCE(jsonb_object_agg(m.operation, CASE WHEN m.n = 1 THEN m.items -> 0 ELSE m.items END), '{}')
                   FROM (SELECT i.operation, count(*) AS n, jsonb_agg(i.item ORDER BY i.item) AS items
                         FROM (SELECT p.operation, to_jsonb(p.permission::text)
                               FROM authz.management_permissions AS p
                               WHERE p.resource_type = t.name
                               UNION ALL
                               SELECT m.operation, jsonb_build_object('role', format('%s:%s', r.resource_type, r.name))
                               FROM authz.management_roles AS m
                               JOIN authz.roles AS r ON r.id = m.role_id
                               WHERE m.resource_type = t.name) AS i (operation, item)
                         GROUP BY i.operation) AS m))
    FROM authz.resource_types AS t
    UNION ALL
    SELECT 'permissions', format('permission %s', p.name),
           jsonb_build_object(
               'name', p.name::text, 'resource_type', p.resource_type, 'category', p.category, 'description', p.description,
               'status', p.status, 'assignable', p.assignable,
               'requires', to_jsonb(ARRAY(SELECT q.requires::text FROM authz.permission_requirements AS q WHERE q.permission = p.name ORDER BY q.requires)))
    FROM authz.permissions AS p
    UNION ALL
    SELECT 'roles', format('role %s:%s', r.resource_type, r.name),
           jsonb_build_object(
               'name', r.name, 'resource_type', r.resource_type, 'description', r.description,
               'permissions', to_jsonb(ARRAY(SELECT p.permission::text FROM authz.role_permissions AS p WHERE p.role_id = r.id ORDER BY p.permission)),
               'inherits', i.name,
               'base_roles', to_jsonb(ARRAY(SELECT format('%s:%s', b.resource_type, t.name)
                                            FROM authz.role_base_roles AS b
                                            JOIN authz.roles AS t ON t.id = b.base_role_id
                                            WHERE b.role_id = r.id
                                            ORDER BY b.resource_type)),
               'all_permissions', r.all_permissions, 'extensible', r.extensible, 'min_holders', r.min_holders,
               'protected', COALESCE(to_jsonb(r.protected_permission::text), to_jsonb(r.protected)))
    FROM authz.roles AS r
    LEFT JOIN authz.roles AS i ON i.id = r.inherits_id
    WHERE r.owner_id IS NULL;
END;
COMMENT ON FUNCTION authz.model_entries() IS 'today''s model, an entry of a model document a row';
REVOKE ALL ON FUNCTION authz.model_entries() FROM PUBLIC;

CREATE FUNCTION authz.export()
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT jsonb_object_agg(s.section, (SELECT COALESCE(jsonb_agg(e.entry ORDER BY e.object COLLATE "C"), '[]')
                                        FROM authz.model_entries() AS e
                                        WHERE e.section = s.section))
    FROM (VALUES ('resource_types'), ('permissions'), ('roles')) AS s (section);
END;
COMMENT ON FUNCTION authz.export() IS 'today''s model as the document that authz.apply would turn into it';
REVOKE ALL ON FUNCTION authz.export() FROM PUBLIC;

-- Changing the model -------------------------------------------------------------
CREATE FUNCTION authz.entry_defaults(section text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE section
        WHEN 'resource_types' THEN '{"parent": null, "description": null, "has_members": false, "roles_for": "anyone", "exclusive_roles": false, "max_custom_roles": null, "default_permission": null, "base_permissions": null, "descendant_permissions": true, "management": {}}'::jsonb
        WHEN 'permissions' THEN '{"category": null, "description": null, "status": "active", "assignable": true, "requires": []}'
        WHEN 'roles' THEN '{"description": null, "permissions": [], "inherits": null, "base_roles": [], "all_permissions": false, "extensible": true, "min_holders": 0, "protected": false}'
    END;
END;
COMMENT ON FUNCTION authz.entry_defaults(text) IS 'what an entry of a model document says by not saying it, where the object is new';
REVOKE ALL ON FUNCTION authz.entry_defaults(text) FROM PUBLIC;

CREATE FUNCTION authz.role_columns(entry jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE jsonb_typeof(entry -> 'protected')
        WHEN 'boolean' THEN entry || jsonb_build_object('protected_permission', NULL)
        WHEN 'string' THEN entry || jsonb_build_object('protected', true, 'protected_permission', entry -> 'protected')
        ELSE entry
    END;
END;
COMMENT ON FUNCTION authz.role_columns(jsonb) IS 'a role''s entry of a model document, with what it says about protection as the columns of authz.roles';
REVOKE ALL ON FUNCTION authz.role_columns(jsonb) FROM PUBLIC;

CREATE FUNCTION authz.describe_change(old jsonb, new jsonb)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH flat (new, key, value) AS (
        -- Each operation of the management is an attribute of its own.
        SELECT e.new, a.key, a.value
        FROM (VALUES (false, describe_change.old), (true, describe_change.new)) AS e (new, entry)
        CROSS JOIN jsonb_each(e.entry - 'management') AS a
        UNION ALL
        SELECT e.new, format('management.%s', o.key), o.value
        FROM (VALUES (false, describe_change.old), (true, describe_change.new)) AS e (new, entry)
        CROSS JOIN jsonb_each(e.entry -> 'management') AS o
    ), changes (key, old, new) AS (
        SELECT key, o.value, n.value
        FROM (SELECT f.key, f.value FROM flat AS f WHERE NOT f.new) AS o
        FULL JOIN (SELECT f.key, f.value FROM flat AS f WHERE f.new) AS n USING (key)
        WHERE o.value IS DISTINCT FROM n.value AND key <> 'name'
    ), items (key, sign, item) AS (
        -- Lists, attribute by attribute: what comes and what goes.
        SELECT c.key, i.sign, i.item
        FROM changes AS c
        CROSS JOIN LATERAL (
            SELECT CASE WHEN o.item IS NULL THEN '+' ELSE '-' END AS sign, item #>> '{}' AS item
            FROM jsonb_array_elements(CASE jsonb_typeof(c.old) WHEN 'array' THEN c.old END) AS o (item)
            FULL JOIN jsonb_array_elements(CASE jsonb_typeof(c.new) WHEN 'array' THEN c.new END) AS n (item) USING (item)
            WHERE o.item IS NULL OR n.item IS NULL) AS i
    )
    SELECT string_agg(
               format('%s: %s', c.key,
                      CASE WHEN 'array' IN (jsonb_typeof(c.old), jsonb_typeof(c.new)) THEN
                          COALESCE((SELECT string_agg(i.sign || i.item, ', ' ORDER BY i.sign DESC, i.item COLLATE "C") FROM items AS i WHERE i.key = c.key), 'reordered')
                      ELSE
                          concat_ws(' -> ', COALESCE(c.old #>> '{}', CASE jsonb_typeof(c.old) WHEN 'null' THEN 'none' END), COALESCE(c.new #>> '{}', 'none'))
                      END),
               '; ' ORDER BY c.key COLLATE "C")
    FROM changes AS c;
END;
COMMENT ON FUNCTION authz.describe_change(jsonb, jsonb) IS 'the difference of two entries of a model document, for people; attributes that the old one lacks are new';
REVOKE ALL ON FUNCTION authz.describe_change(jsonb, jsonb) FROM PUBLIC;

CREATE FUNCTION authz.document_uses(document jsonb)
RETURNS TABLE (rank integer, index integer, path text, object text, moved boolean, in_model boolean, uses text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE types AS (
        SELECT e.index, e.path, t.name, NOT e.dropped AS moved
        FROM authz.document_entries(document, 'resource_types') AS e
        JOIN authz.resource_types AS t ON t.name = e.name
        WHERE e.dropped OR e.entry ? 'parent' AND t.parent <> COALESCE(e.entry ->> 'parent', '')
    ), permissions AS (
        SELECT e.index, e.path, p.name, NOT e.dropped AS moved
        FROM authz.document_entries(document, 'permissions') AS e
        JOIN authz.permissions AS p ON p.name::text = e.name
        WHERE e.dropped OR p.resource_type <> e.resource_type
    ), roles AS (
        SELECT e.index, e.path, e.name, e.resource_type, r.id
        FROM authz.document_entries(document, 'roles') AS e
        JOIN authz.roles AS r ON r.name = e.name AND r.resource_type = e.resource_type AND r.owner_id IS NULL
        WHERE e.dropped
    ), inside (name, type) AS (
        -- The types that a moved type takes with it, and itself.
        SELECT t.name, t.name
        FROM types AS t
        WHERE t.moved
        UNION ALL
        SELECT i.name, t.name
        FROM inside AS i
        JOIN authz.resource_types AS t ON t.parent = i.type
    ), users (rank, index, path, object, moved, in_model, uses) AS (
        SELECT 1, t.index, t.path, format('resource type "%s"', t.name), t.moved, false, format('resource %s', r.resource)
        FROM types AS t
        CROSS JOIN LATERAL (SELECT r.resource FROM authz.resources AS r WHERE r.resource_type = t.name AND NOT (t.moved AND r.parent_id IS NULL) LIMIT 10) AS r
        UNION ALL
        SELECT 1, t.index, t.path, format('resource type "%s"', t.name), false, r.owner_id IS NULL, concat_ws(' of ', format('role "%s:%s"', r.resource_type, r.name), o.resource)
        FROM types AS t
        JOIN authz.roles AS r ON r.resource_type = t.name
        LEFT JOIN authz.resources AS o ON o.id = r.owner_id
        WHERE NOT t.moved AND r.id NOT IN (SELECT d.id FROM roles AS d)
        UNION ALL
        SELECT 1, t.index, t.path, format('resource type "%s"', t.name), false, true, format('permission "%s"', p.name)
        FROM types AS t
        JOIN authz.permissions AS p ON p.resource_type = t.name
        WHERE NOT t.moved AND p.name NOT IN (SELECT d.name FROM permissions AS d WHERE NOT d.moved)
        UNION ALL
        SELECT 1, t.index, t.path, format('resource type "%s"', t.name), false, true, format('resource type "%s"', c.name)
        FROM types AS t
        JOIN authz.resource_types AS c ON c.parent = t.name
        WHERE NOT t.moved AND c.name NOT IN (SELECT d.name FROM types AS d WHERE NOT d.moved)
        UNION ALL
        SELECT 1, t.index, t.path, format('resource type "%s"', t.name), true, false, concat_ws(' of ', format('role "%s:%s"', r.resource_type, r.name), o.resource)
        FROM types AS t
        JOIN inside AS i ON i.name = t.name
        JOIN authz.roles AS r ON r.resource_type NOT IN (SELECT j.type FROM inside AS j WHERE j.name = t.name)
        JOIN authz.role_base_roles AS b ON b.role_id = r.id AND b.resource_type = i.type
        LEFT JOIN authz.resources AS o ON o.id = r.owner_id
        UNION ALL
        SELECT 1, t.index, t.path, format('resource type "%s"', t.name), true, false, format('role "%s:%s" of %s', r.resource_type, r.name, o.resource)
        FROM types AS t
        JOIN inside AS i ON i.name = t.name
        JOIN authz.roles AS r ON r.resource_type = i.type
        JOIN authz.resources AS o ON o.id = r.owner_id
        WHERE o.resource_type NOT IN (SELECT j.type FROM inside AS j WHERE j.name = t.name)
        UNION ALL
        SELECT 1, t.index, t.path, format('resource type "%s"', t.name), true, false, a.use
        FROM types AS t
        JOIN inside AS i ON i.name = t.name
        JOIN authz.roles AS r ON r.resource_type = i.type
        CROSS JOIN LATERAL (
            SELECT format('%s has role "%s:%s" on %s', s.subject, r.resource_type, r.name, o.resource) AS use
            FROM authz.assignments AS a
            JOIN authz.subjects AS s ON s.id = a.subject_id
            JOIN authz.resources AS o ON o.id = a.resource_id
            WHERE a.role_id = r.id AND o.resource_type NOT IN (SELECT j.type FROM inside AS j WHERE j.name = t.name)
            LIMIT 10) AS a
        UNION ALL
        SELECT 2, p.index, p.path, format('permission "%s"', p.name), p.moved, r.owner_id IS NULL, concat_ws(' of ', format('role "%s:%s"', r.resource_type, r.name), o.resource)
        FROM permissions AS p
        JOIN authz.role_permissions AS x ON x.permission = p.name
        JOIN authz.roles AS r ON r.id = x.role_id
        LEFT JOIN authz.resources AS o ON o.id = r.owner_id
        UNION ALL
        SELECT 2, p.index, p.path, format('permission "%s"', p.name), p.moved, r.owner_id IS NULL, concat_ws(' of ', format('protection of role "%s:%s"', r.resource_type, r.name), o.resource)
        FROM permissions AS p
        JOIN authz.roles AS r ON r.protected_permission = p.name
        LEFT JOIN authz.resources AS o ON o.id = r.owner_id
        WHERE r.id NOT IN (SELECT d.id FROM roles AS d)
        UNION ALL
        SELECT 2, p.index, p.path, format('permission "%s"', p.name), p.moved, true, format('permission "%s", which requires it', q.permission)
        FROM permissions AS p
        JOIN authz.permission_requirements AS q ON q.requires = p.name
        WHERE q.permission NOT IN (SELECT d.name FROM permissions AS d WHERE NOT d.moved)
        UNION ALL
        SELECT 2, p.index, p.path, format('permission "%s"', p.name), p.moved, true, format('operation %s of resource type "%s"', m.operation, m.resource_type)
        FROM permissions AS p
        JOIN authz.management_permissions AS m ON m.permission = p.name
        WHERE m.resource_type NOT IN (SELECT d.name FROM types AS d WHERE NOT d.moved)
        UNION ALL
        SELECT 2, p.index, p.path, format('permission "%s"', p.name), p.moved, true, format('default permission of resource type "%s"', q.resource_type)
        FROM permissions AS p
        JOIN authz.permissions AS q ON q.name = p.name AND q.is_default
        WHERE q.resource_type NOT IN (SELECT d.name FROM types AS d WHERE NOT d.moved)
        UNION ALL
        SELECT 3, r.index, r.path, format('role "%s:%s"', r.resource_type, r.name), false, false, format('%s has it on %s', a.subject, a.resource)
        FROM roles AS r
        CROSS JOIN LATERAL (
            SELECT s.subject, o.resource
            FROM authz.assignments AS a
            JOIN authz.subjects AS s ON s.id = a.subject_id
            JOIN authz.resources AS o ON o.id = a.resource_id
            WHERE a.role_id = r.id
            ORDER BY s.subject, o.resource
            LIMIT 10) AS a
        UNION ALL
        SELECT 3, r.index, r.path, format('role "%s:%s"', r.resource_type, r.name), false, u.owner_id IS NULL,
               concat_ws(' of ', format('role "%s:%s"', u.resource_type, u.name), o.resource) || CASE WHEN u.inherits_id = r.id THEN ', which inherits it' ELSE ', whose base role it is' END
        FROM roles AS r
        JOIN authz.roles AS u
            ON u.inherits_id = r.id OR EXISTS (SELECT FROM authz.role_base_roles AS b WHERE b.role_id = u.id AND b.base_role_id = r.id)
        LEFT JOIN authz.resources AS o ON o.id = u.owner_id
        WHERE u.id NOT IN (SELECT d.id FROM roles AS d)
        UNION ALL
        SELECT 3, r.index, r.path, format('role "%s:%s"', r.resource_type, r.name), false, true, format('operation %s of resource type "%s"', m.operation, m.resource_type)
        FROM roles AS r
        JOIN authz.management_roles AS m ON m.role_id = r.id
        WHERE m.resource_type NOT IN (SELECT d.name FROM types AS d WHERE NOT d.moved)
        UNION ALL
        SELECT 3, r.index, r.path, format('role "%s:%s"', r.resource_type, r.name), false, true, format('base permissions of resource type "%s"', p.name)
        FROM roles AS r
        JOIN authz.resource_types AS t ON t.name = r.resource_type
        JOIN authz.resource_types AS p ON p.name = t.parent AND r.name = ANY (p.base_permissions)
        WHERE p.name NOT IN (SELECT d.name FROM types AS d WHERE NOT d.moved)
    )
    SELECT u.rank, u.index, u.path, u.object, u.moved, u.in_model, u.uses
    FROM users AS u;
END;
COMMENT ON FUNCTION authz.document_uses(jsonb) IS 'what uses the objects that a model document drops, or moves to another resource type';
REVOKE ALL ON FUNCTION authz.document_uses(jsonb) FROM PUBLIC;

CREATE FUNCTION authz.check_document_uses(document jsonb, in_model boolean)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    used record;
BEGIN
    SELECT u.path, u.object, u.moved, array_agg(u.uses ORDER BY u.uses COLLATE "C") AS uses INTO used
    FROM authz.document_uses(document) AS u
    WHERE u.moved OR u.in_model <= check_document_uses.in_model
    GROUP BY u.rank, u.index, u.path, u.object, u.moved
    ORDER BY u.rank, u.index
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'dependent_objects_still_exist',
            MESSAGE = format('model document, %s: cannot %s %s because it is in use', used.path, CASE WHEN used.moved THEN 'move' ELSE 'drop' END, used.object),
            DETAIL = format('It is used by %s%s.', array_to_string(used.uses[:10], ', '), CASE WHEN cardinality(used.uses) > 10 THEN ', and others' END),
            HINT = CASE WHEN used.object LIKE 'permission%' AND NOT used.moved
                   THEN 'Remove these uses first, or let the permission stay with "status": "deprecated".'
                   ELSE 'Remove these uses first.' END;
    END IF;
END;
$$;
COMMENT ON FUNCTION authz.check_document_uses(jsonb, boolean) IS 'raises an error if a model document drops or moves what is in use; uses by other parts of the model count only on demand';
REVOKE ALL ON FUNCTION authz.check_document_uses(jsonb, boolean) FROM PUBLIC;

-- Compiling the statements, which the planner takes for expensive, would cost a
-- thousand times what they do: no JIT.
CREATE FUNCTION authz.apply(document jsonb, dry_run boolean DEFAULT false)
RETURNS TABLE (action text, object text, detail text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    changes jsonb;
    before  jsonb;
BEGIN
    PERFORM authz.check_document(document);

    -- The dry run is the real one, taken back.
    IF dry_run THEN
        BEGIN
            SELECT jsonb_agg(a) INTO changes FROM authz.apply(document) AS a;
            RAISE EXCEPTION USING ERRCODE = 'AZDRY', MESSAGE = 'dry run';
        EXCEPTION
            WHEN SQLSTATE 'AZDRY' THEN
                RETURN QUERY SELECT c.action, c.object, c.detail FROM jsonb_to_recordset(changes) AS c (action text, object text, detail text);
                RETURN;
        END;
    END IF;

    -- One model at a time; whoever only asks, grants or revokes is not in the way.
    LOCK TABLE authz.resource_types, authz.permissions, authz.permission_requirements, authz.roles, authz.role_base_roles,
        authz.role_permissions, authz.management_permissions, authz.management_roles IN SHARE ROW EXCLUSIVE MODE;

    -- Renames come first, so that all that follows knows the new names only.
    PERFORM authz.reject_document(e.path || '.renamed_from', format('both permission "%s" and permission "%s" exist', e.entry ->> 'renamed_from', e.name), '42710')
    FROM authz.document_entries(document, 'permissions') AS e
    JOIN authz.permissions AS o ON o.name::text = e.entry ->> 'renamed_from'
    JOIN authz.permissions AS n ON n.name::text = e.name
    ORDER BY e.index;
    RETURN QUERY
        WITH renamed AS (
            UPDATE authz.permissions AS p
            SET name = e.name::authz.permission
            FROM authz.document_entries(document, 'permissions') AS e
            WHERE p.name::text = e.entry ->> 'renamed_from'
            RETURNING e.entry ->> 'renamed_from' AS old, e.name AS new
        )
        SELECT 'rename', format('permission %s', r.new), format('%s -> %s', r.old, r.new)
        FROM renamed AS r
        ORDER BY r.new COLLATE "C";

    PERFORM authz.check_document_references(document);
    PERFORM authz.check_document_uses(document, in_model => false);
    SELECT jsonb_object_agg(e.object, e.entry) INTO before FROM authz.model_entries() AS e;

    -- New objects.  They break no rule as long as nothing builds on them and
    -- they build on nothing.
    INSERT INTO authz.resource_types (name, parent, description, has_members, roles_for, exclusive_roles, max_custom_roles, base_permissions, descendant_permissions)
    SELECT n.name, n.parent, n.description, n.has_members, n.roles_for, n.exclusive_roles, n.max_custom_roles, n.base_permissions, n.descendant_permissions
    FROM authz.document_entries(document, 'resource_types') AS e
    CROSS JOIN LATERAL jsonb_populate_record(NULL::authz.resource_types, authz.entry_defaults('resource_types') || e.entry) AS n
    WHERE NOT e.dropped AND NOT EXISTS (SELECT FROM authz.resource_types AS t WHERE t.name = e.name);

    INSERT INTO authz.permissions (name, resource_type, category, description, status, assignable)
    SELECT n.name, n.resource_type, n.category, n.description, n.status, n.assignable
    FROM authz.document_entries(document, 'permissions') AS e
    CROSS JOIN LATERAL jsonb_populate_record(NULL::authz.permissions, authz.entry_defaults('permissions') || e.entry) AS n
    WHERE NOT e.dropped AND NOT EXISTS (SELECT FROM authz.permissions AS p WHERE p.name::text = e.name);

    INSERT INTO authz.roles (name, resource_type, description, all_permissions, extensible, min_holders, protected, protected_permission)
    SELECT n.name, n.resource_type, n.description, n.all_permissions, n.extensible, n.min_holders, n.protected, n.protected_permission
    FROM authz.document_entries(document, 'roles') AS e
    CROSS JOIN LATERAL jsonb_populate_record(NULL::authz.roles, authz.entry_defaults('roles') || authz.role_columns(e.entry)) AS n
    WHERE NOT e.dropped
      AND NOT EXISTS (SELECT FROM authz.roles AS r WHERE r.name = e.name AND r.resource_type = e.resource_type AND r.owner_id IS NULL);

    -- Everything else at once: one statement, so that the rules, which are
    -- checked after it, see no state in between.  What is to be dropped loses
    -- all that it consists of.
    WITH types AS (
        SELECT * FROM authz.document_entries(document, 'resource_types')
    ), permissions AS (
        SELECT e.*, p.name AS permission
        FROM authz.document_entries(document, 'permissions') AS e
        JOIN authz.permissions AS p ON p.name::text = e.name
    ), roles AS (
        SELECT e.*, r.id
        FROM authz.document_entries(document, 'roles') AS e
        JOIN authz.roles AS r ON r.name = e.name AND r.resource_type = e.resource_type AND r.owner_id IS NULL
    ), role_references AS (
        SELECT f.section, f.index, f.attribute, f.operation, f.resource_type, r.id
        FROM authz.document_role_references(document) AS f
        JOIN authz.roles AS r ON r.name = f.role AND r.resource_type = f.resource_type AND r.owner_id IS NULL
    ), changed_types AS (
        UPDATE authz.resource_types AS t
        SET parent = n.parent,
            description = n.description,
            has_members = n.has_members,
            roles_for = n.roles_for,
            exclusive_roles = n.exclusive_roles,
            max_custom_roles = n.max_custom_roles,
            base_permissions = n.base_permissions,
            descendant_permissions = n.descendant_permissions
        FROM types AS e
        JOIN authz.resource_types AS o ON o.name = e.name
        CROSS JOIN LATERAL jsonb_populate_record(o, e.entry) AS n
        WHERE t.name = o.name AND NOT e.dropped AND n IS DISTINCT FROM o
    ), changed_permissions AS (
        UPDATE authz.permissions AS p
        SET resource_type = n.resource_type,
            category = n.category,
            description = n.description,
            status = n.status,
            assignable = n.assignable,
            is_default = n.is_default
        FROM authz.permissions AS o
        LEFT JOIN permissions AS e ON e.permission = o.name AND NOT e.dropped
        LEFT JOIN types AS t ON t.name = COALESCE(e.resource_type, o.resource_type) AND t.entry ? 'default_permission'
        CROSS JOIN LATERAL jsonb_populate_record(
            o,
            COALESCE(e.entry, '{}') || CASE WHEN t.name IS NULL THEN '{}' ELSE jsonb_build_object('is_default', COALESCE(t.entry ->> 'default_permission' = o.name::text, false)) END) AS n
        WHERE p.name = o.name AND n IS DISTINCT FROM o
    ), requirements AS (
        SELECT e.permission, i.item::authz.permission AS requires
        FROM permissions AS e
        CROSS JOIN LATERAL authz.document_strings(e.path, e.entry -> 'requires') AS i
        WHERE NOT e.dropped
    ), gone_requirements AS (
        DELETE FROM authz.permission_requirements AS q
        USING permissions AS e
        WHERE q.permission = e.permission
          AND (e.dropped OR e.entry ? 'requires')
          AND (q.permission, q.requires) NOT IN (SELECT w.permission, w.requires FROM requirements AS w)
    ), new_requirements AS (
        INSERT INTO authz.permission_requirements (permission, requires)
        SELECT w.permission, w.requires FROM requirements AS w
        EXCEPT
        SELECT q.permission, q.requires FROM authz.permission_requirements AS q
    ), management_permissions AS (
        SELECT m.resource_type, m.operation, m.permission::authz.permission AS permission
        FROM authz.document_management(document) AS m
        JOIN types AS e ON e.index = m.index AND NOT e.dropped
        WHERE m.permission IS NOT NULL
    ), gone_management_permissions AS (
        DELETE FROM authz.management_permissions AS m
        USING types AS e
        WHERE m.resource_type = e.name
          AND (e.dropped OR e.entry ? 'management')
          AND (m.resource_type, m.operation, m.permission) NOT IN (SELECT w.resource_type, w.operation, w.permission FROM management_permissions AS w)
    ), new_management_permissions AS (
        INSERT INTO authz.management_permissions (resource_type, operation, permission)
        SELECT w.resource_type, w.operation, w.permission FROM management_permissions AS w
        EXCEPT
        SELECT m.resource_type, m.operation, m.permission FROM authz.management_permissions AS m
    ), management_roles AS (
        SELECT e.name AS resource_type, f.operation, f.id AS role_id
        FROM role_references AS f
        JOIN types AS e ON e.index = f.index
        WHERE f.attribute = 'management'
    ), gone_management_roles AS (
        DELETE FROM authz.management_roles AS m
        USING types AS e
        WHERE m.resource_type = e.name
          AND (e.dropped OR e.entry ? 'management')
          AND (m.resource_type, m.operation, m.role_id) NOT IN (SELECT w.resource_type, w.operation, w.role_id FROM management_roles AS w)
    ), new_management_roles AS (
        INSERT INTO authz.management_roles (resource_type, operation, role_id)
        SELECT w.resource_type, w.operation, w.role_id FROM management_roles AS w
        EXCEPT
        SELECT m.resource_type, m.operation, m.role_id FROM authz.management_roles AS m
    ), changed_roles AS (
        UPDATE authz.roles AS r
        SET inherits_id = n.inherits_id,
            description = n.description,
            all_permissions = n.all_permissions,
            extensible = n.extensible,
            min_holders = n.min_holders,
            protected = n.protected,
            protected_permission = n.protected_permission
        FROM roles AS e
        JOIN authz.roles AS o ON o.id = e.id
        LEFT JOIN role_references AS f ON f.attribute = 'inherits' AND f.index = e.index
        CROSS JOIN LATERAL jsonb_populate_record(
            o,
            CASE WHEN e.dropped THEN '{"inherits_id": null, "protected": false, "protected_permission": null}'
                 WHEN e.entry ? 'inherits' THEN authz.role_columns(e.entry) || jsonb_build_object('inherits_id', f.id)
                 ELSE authz.role_columns(e.entry) END) AS n
        WHERE r.id = o.id AND n IS DISTINCT FROM o
    ), base_roles AS (
        SELECT e.id AS role_id, f.resource_type, f.id AS base_role_id
        FROM role_references AS f
        JOIN roles AS e ON e.index = f.index
        WHERE f.attribute = 'base_roles'
    ), gone_base_roles AS (
        DELETE FROM authz.role_base_roles AS b
        USING roles AS e
        WHERE b.role_id = e.id
          AND (e.dropped OR e.entry ? 'base_roles')
          AND (b.role_id, b.resource_type) NOT IN (SELECT w.role_id, w.resource_type FROM base_roles AS w)
    ), changed_base_roles AS (
        UPDATE authz.role_base_roles AS b
        SET base_role_id = w.base_role_id
        FROM base_roles AS w
        WHERE b.role_id = w.role_id AND b.resource_type = w.resource_type AND b.base_role_id <> w.base_role_id
    ), new_base_roles AS (
        INSERT INTO authz.role_base_roles (role_id, resource_type, base_role_id)
        SELECT w.role_id, w.resource_type, w.base_role_id
        FROM base_roles AS w
        WHERE NOT EXISTS (SELECT FROM authz.role_base_roles AS b WHERE b.role_id = w.role_id AND b.resource_type = w.resource_type)
    ), role_permissions AS (
        SELECT e.id AS role_id, i.item::authz.permission AS permission
        FROM roles AS e
        CROSS JOIN LATERAL authz.document_strings(e.path, e.entry -> 'permissions') AS i
        WHERE NOT e.dropped
    ), gone_role_permissions AS (
        DELETE FROM authz.role_permissions AS x
        USING roles AS e
        WHERE x.role_id = e.id
          AND (e.dropped OR e.entry ? 'permissions')
          AND (x.role_id, x.permission) NOT IN (SELECT w.role_id, w.permission FROM role_permissions AS w)
    )
    INSERT INTO authz.role_permissions (role_id, permission)
    SELECT w.role_id, w.permission FROM role_permissions AS w
    EXCEPT
    SELECT x.role_id, x.permission FROM authz.role_permissions AS x;

    -- What goes, from top to bottom.
    PERFORM authz.check_document_uses(document, in_model => true);
    BEGIN
        DELETE FROM authz.roles AS r
        USING authz.document_entries(document, 'roles') AS e
        WHERE e.dropped AND r.name = e.name AND r.resource_type = e.resource_type AND r.owner_id IS NULL;
        DELETE FROM authz.permissions AS p
        USING authz.document_entries(document, 'permissions') AS e
        WHERE e.dropped AND p.name::text = e.name;
        DELETE FROM authz.resource_types AS t
        USING authz.document_entries(document, 'resource_types') AS e
        WHERE e.dropped AND t.name = e.name;
    EXCEPTION
        WHEN foreign_key_violation THEN
            -- Used from a table that authz.document_uses does not know, or
            -- since it looked.
            DECLARE
                message text;
                detail  text;
            BEGIN
                GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
                RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist', MESSAGE = message, DETAIL = detail;
            END;
    END;

    RETURN QUERY
        SELECT CASE WHEN o.entry IS NULL THEN 'create' WHEN n.entry IS NULL THEN 'drop' ELSE 'alter' END,
               object,
               CASE WHEN o.entry IS NULL THEN
                        authz.describe_change(NULL, (SELECT jsonb_object_agg(a.key, a.value)
                                                     FROM jsonb_each(n.entry) AS a
                                                     WHERE a.value IS DISTINCT FROM authz.entry_defaults(n.section) -> a.key))
                    WHEN n.entry IS NOT NULL THEN
                        authz.describe_change(o.entry, n.entry)
               END
        FROM jsonb_each(before) AS o (object, entry)
        FULL JOIN authz.model_entries() AS n (section, object, entry) USING (object)
        WHERE o.entry IS DISTINCT FROM n.entry
        ORDER BY array_position('{resource,permission,role}', split_part(object, ' ', 1)), object COLLATE "C";
END;
$$;
COMMENT ON FUNCTION authz.apply(jsonb, boolean) IS 'brings resource types, permissions and predefined roles to what a model document says; a row for each change';
REVOKE ALL ON FUNCTION authz.apply(jsonb, boolean) FROM PUBLIC;

CREATE FUNCTION authz.install_catalog(name text)
RETURNS TABLE (action text, object text, detail text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    catalog record;
BEGIN
    SELECT c.document INTO catalog FROM authz.catalogs AS c WHERE c.name = install_catalog.name;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = CASE WHEN name IS NULL THEN 'name of a catalog must not be null' ELSE format('catalog "%s" does not exist', name) END,
            HINT = format('The catalogs are %s.', (SELECT string_agg(c.name, ', ' ORDER BY c.name) FROM authz.catalogs AS c));
    END IF;
    RETURN QUERY SELECT a.action, a.object, a.detail FROM authz.apply(catalog.document) AS a;
END;
$$;
COMMENT ON FUNCTION authz.install_catalog(text) IS 'applies a model document that is shipped with the extension';
REVOKE ALL ON FUNCTION authz.install_catalog(text) FROM PUBLIC;
