-- The model as a document: export, apply and install_catalog.  See doc/model.md.
--
-- The change is plain DML, for which the rules hold as they do for everybody.  What
-- apply reports is the difference between two exports: it can neither forget nor
-- invent a change.

-- Writing the model as a document ------------------------------------------------
CREATE FUNCTION authz_internal.model_entries()
RETURNS TABLE (section text, object text, entry jsonb)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT 'resource_types', format('resource type %s', t.name),
           jsonb_build_object(
               'name', t.name, 'parent', authz_internal.names_value(t.parents), 'description', t.description, 'has_members', t.has_members,
               'roles_for', t.roles_for, 'exclusive_roles', t.exclusive_roles, 'max_custom_roles', t.max_custom_roles, 'max_inherits', t.max_inherits,
               'default_permission', (SELECT p.name::text FROM authz.permissions AS p WHERE p.resource_type = t.name AND p.is_default),
               'base_permissions', t.base_permissions, 'descendant_permissions', t.descendant_permissions, 'nested_teams', t.nested_teams,
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
               'requires', to_jsonb(ARRAY(SELECT q.requires::text FROM authz.permission_requirements AS q WHERE q.permission = p.name ORDER BY q.requires::text COLLATE "C")))
    FROM authz.permissions AS p
    UNION ALL
    SELECT 'roles', format('role %s:%s', r.resource_type, r.name),
           jsonb_build_object(
               'name', r.name, 'resource_type', r.resource_type, 'description', r.description,
               'permissions', to_jsonb(ARRAY(SELECT p.permission::text FROM authz.role_permissions AS p WHERE p.role_id = r.id ORDER BY p.permission::text COLLATE "C")),
               'inherits', authz_internal.names_value(ARRAY(SELECT l.name
                                                            FROM (SELECT l.lower_id FROM authz_internal.role_links AS l WHERE l.role_id = r.id AND l.inherits OFFSET 0) AS i
                                                            JOIN authz.roles AS l ON l.id = i.lower_id)),
               'base_roles', to_jsonb(ARRAY(SELECT format('%s:%s', b.resource_type, t.name)
                                            FROM authz.role_base_roles AS b
                                            JOIN authz.roles AS t ON t.id = b.base_role_id
                                            WHERE b.role_id = r.id
                                            ORDER BY b.resource_type)),
               'all_permissions', r.all_permissions, 'extensible', r.extensible, 'min_holders', r.min_holders,
               'protected', COALESCE(to_jsonb(r.protected_permission::text), to_jsonb(r.protected)))
    FROM authz.roles AS r
    WHERE r.owner_id IS NULL;
END;
COMMENT ON FUNCTION authz_internal.model_entries() IS 'today''s model, an entry of a model document a row';
REVOKE ALL ON FUNCTION authz_internal.model_entries() FROM PUBLIC;

-- The same for what a document says: entries with the attributes that it names, written
-- as model_entries() writes them.
CREATE FUNCTION authz_internal.document_model_entries(document jsonb)
RETURNS TABLE (section text, object text, dropped boolean, entry jsonb)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH role_references AS MATERIALIZED (
        SELECT f.* FROM authz_internal.document_role_references(document) AS f
    )
    SELECT 'resource_types', format('resource type %s', e.name), e.dropped,
           e.entry - 'drop'
           || CASE WHEN e.entry ? 'parent' THEN jsonb_build_object('parent', authz_internal.names_value(ARRAY(
               SELECT p.item FROM authz_internal.document_strings('', e.entry -> 'parent') AS p))) ELSE '{}' END
           || CASE WHEN e.entry ? 'management' THEN jsonb_build_object('management', (
               SELECT COALESCE(jsonb_object_agg(m.operation, CASE WHEN m.n = 1 THEN m.items -> 0 ELSE m.items END), '{}')
               FROM (SELECT i.operation, count(*) AS n, jsonb_agg(i.item ORDER BY i.item) AS items
                     FROM (SELECT DISTINCT p.operation, to_jsonb(p.permission)
                           FROM authz_internal.document_management(document) AS p
                           WHERE p.index = e.index AND p.permission IS NOT NULL
                           UNION
                           SELECT f.operation, jsonb_build_object('role', format('%s:%s', f.resource_type, f.role))
                           FROM role_references AS f
                           WHERE f.attribute = 'management' AND f.index = e.index) AS i (operation, item)
                     GROUP BY i.operation) AS m)) ELSE '{}' END
    FROM authz_internal.document_entries(document, 'resource_types') AS e
    UNION ALL
    SELECT 'permissions', format('permission %s', e.name), e.dropped,
           e.entry - '{drop,renamed_from}'::text[] || CASE WHEN e.entry ? 'requires' THEN jsonb_build_object('requires', to_jsonb(ARRAY(
               SELECT DISTINCT i.item COLLATE "C" FROM authz_internal.document_strings(e.path, e.entry -> 'requires') AS i ORDER BY 1))) ELSE '{}' END
    FROM authz_internal.document_entries(document, 'permissions') AS e
    UNION ALL
    SELECT 'roles', format('role %s:%s', e.resource_type, e.name), e.dropped,
           e.entry - 'drop'
           || CASE WHEN e.entry ? 'permissions' THEN jsonb_build_object('permissions', to_jsonb(ARRAY(
               SELECT DISTINCT i.item COLLATE "C" FROM authz_internal.document_strings(e.path, e.entry -> 'permissions') AS i ORDER BY 1))) ELSE '{}' END
           || CASE WHEN e.entry ? 'inherits' THEN jsonb_build_object('inherits', authz_internal.names_value(ARRAY(
               SELECT i.item FROM authz_internal.document_strings('', e.entry -> 'inherits') AS i))) ELSE '{}' END
           || CASE WHEN e.entry ? 'base_roles' THEN jsonb_build_object('base_roles', COALESCE(b.base_roles, '[]')) ELSE '{}' END
    FROM authz_internal.document_entries(document, 'roles') AS e
         LEFT JOIN (SELECT f.index, jsonb_agg(format('%s:%s', f.resource_type, f.role) ORDER BY f.resource_type) AS base_roles
                    FROM role_references AS f
                    WHERE f.attribute = 'base_roles'
                    GROUP BY f.index) AS b ON b.index = e.index;
END;
COMMENT ON FUNCTION authz_internal.document_model_entries(jsonb) IS 'what a model document says, in the form of authz_internal.model_entries()';
REVOKE ALL ON FUNCTION authz_internal.document_model_entries(jsonb) FROM PUBLIC;

CREATE FUNCTION authz_internal.document_differs(document jsonb)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT EXISTS (
               SELECT
               FROM authz_internal.document_entries(document, 'permissions') AS e
               JOIN authz.permissions AS p ON p.name::text = e.entry ->> 'renamed_from')
           OR EXISTS (
               SELECT
               FROM authz_internal.document_model_entries(document) AS d
               LEFT JOIN authz_internal.model_entries() AS m ON m.object = d.object
               WHERE CASE WHEN d.dropped THEN m.entry IS NOT NULL ELSE ((m.entry || d.entry) = m.entry) IS NOT TRUE END);
END;
COMMENT ON FUNCTION authz_internal.document_differs(jsonb) IS 'does a model document say anything that is not so already';
REVOKE ALL ON FUNCTION authz_internal.document_differs(jsonb) FROM PUBLIC;

CREATE FUNCTION authz.export()
RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
BEGIN ATOMIC
    SELECT jsonb_object_agg(s.section, (SELECT COALESCE(jsonb_agg(e.entry ORDER BY e.object COLLATE "C"), '[]')
                                        FROM authz_internal.model_entries() AS e
                                        WHERE e.section = s.section))
    FROM (VALUES ('resource_types'), ('permissions'), ('roles')) AS s (section);
END;
COMMENT ON FUNCTION authz.export() IS 'today''s model as the document that authz.apply would turn into it';
REVOKE ALL ON FUNCTION authz.export() FROM PUBLIC;

-- Changing the model -------------------------------------------------------------
CREATE FUNCTION authz_internal.entry_defaults(section text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE section
        WHEN 'resource_types' THEN '{"parent": null, "description": null, "has_members": false, "roles_for": "anyone", "exclusive_roles": false, "max_custom_roles": null, "max_inherits": 1, "default_permission": null, "base_permissions": null, "descendant_permissions": true, "nested_teams": true, "management": {}}'::jsonb
        WHEN 'permissions' THEN '{"category": null, "description": null, "status": "active", "assignable": true, "requires": []}'
        WHEN 'roles' THEN '{"description": null, "permissions": [], "inherits": null, "base_roles": [], "all_permissions": false, "extensible": true, "min_holders": 0, "protected": false}'
    END;
END;
COMMENT ON FUNCTION authz_internal.entry_defaults(text) IS 'what an entry of a model document says by not saying it, where the object is new';
REVOKE ALL ON FUNCTION authz_internal.entry_defaults(text) FROM PUBLIC;

CREATE FUNCTION authz_internal.role_columns(entry jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE jsonb_typeof(entry -> 'protected')
        WHEN 'boolean' THEN entry || jsonb_build_object('protected_permission', NULL)
        WHEN 'string' THEN entry || jsonb_build_object('protected', true, 'protected_permission', entry -> 'protected')
        ELSE entry
    END;
END;
COMMENT ON FUNCTION authz_internal.role_columns(jsonb) IS 'a role''s entry of a model document, with what it says about protection as the columns of authz.roles';
REVOKE ALL ON FUNCTION authz_internal.role_columns(jsonb) FROM PUBLIC;

CREATE FUNCTION authz_internal.type_columns(entry jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN entry ? 'parent' THEN entry || jsonb_build_object('parent', p.names[1], 'other_parents', nullif(p.names[2:], '{}'))
           ELSE entry END
    FROM (SELECT array_agg(p.item ORDER BY p.item COLLATE "C") AS names FROM authz_internal.document_strings('', entry -> 'parent') AS p) AS p;
END;
COMMENT ON FUNCTION authz_internal.type_columns(jsonb) IS 'a resource type''s entry of a model document, with its parents as the columns of authz.resource_types';
REVOKE ALL ON FUNCTION authz_internal.type_columns(jsonb) FROM PUBLIC;

CREATE FUNCTION authz_internal.model_changes(before jsonb)
RETURNS TABLE (action text, object text, detail text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH changed AS MATERIALIZED (
        SELECT object, n.section, o.entry AS old, n.entry AS new
        FROM jsonb_each(model_changes.before) AS o (object, entry)
        FULL JOIN authz_internal.model_entries() AS n (section, object, entry) USING (object)
        WHERE o.entry IS DISTINCT FROM n.entry
    ), flat (object, is_new, key, value) AS (
        -- Of what is altered both states, of what is new what is not the default.  Each
        -- operation of the management is an attribute of its own.
        SELECT c.object, s.is_new, a.key, a.value
        FROM changed AS c
        CROSS JOIN LATERAL (VALUES (false, CASE WHEN c.new IS NOT NULL THEN c.old END), (true, c.new)) AS s (is_new, entry)
        CROSS JOIN LATERAL jsonb_each(s.entry - '{name,management}'::text[]) AS a
        WHERE c.old IS NOT NULL OR a.value IS DISTINCT FROM authz_internal.entry_defaults(c.section) -> a.key
        UNION ALL
        SELECT c.object, s.is_new, format('management.%s', a.key), a.value
        FROM changed AS c
        CROSS JOIN LATERAL (VALUES (false, CASE WHEN c.new IS NOT NULL THEN c.old END), (true, c.new)) AS s (is_new, entry)
        CROSS JOIN LATERAL jsonb_each(s.entry -> 'management') AS a
    ), attributes (object, key, old, new) AS (
        SELECT object, key, o.value, n.value
        FROM (SELECT f.object, f.key, f.value FROM flat AS f WHERE NOT f.is_new) AS o
        FULL JOIN (SELECT f.object, f.key, f.value FROM flat AS f WHERE f.is_new) AS n USING (object, key)
        WHERE o.value IS DISTINCT FROM n.value
    ), described (object, key, words) AS (
        SELECT a.object, a.key,
               CASE WHEN 'array' IN (jsonb_typeof(a.old), jsonb_typeof(a.new)) THEN
                   COALESCE(l.items, 'reordered')
               ELSE
                   concat_ws(' -> ', COALESCE(a.old #>> '{}', CASE jsonb_typeof(a.old) WHEN 'null' THEN 'none' END), COALESCE(a.new #>> '{}', 'none'))
               END
        FROM attributes AS a
        CROSS JOIN LATERAL (
            -- Of a list: what comes and what goes.
            SELECT string_agg(i.sign || i.item, ', ' ORDER BY i.sign DESC, i.item COLLATE "C") AS items
            FROM (SELECT CASE WHEN o.item IS NULL THEN '+' ELSE '-' END AS sign, item #>> '{}' AS item
                  FROM jsonb_array_elements(CASE WHEN jsonb_typeof(a.old) = 'array' THEN a.old
                                                 WHEN jsonb_typeof(a.new) = 'array' AND a.old <> 'null' THEN jsonb_build_array(a.old) END) AS o (item)
                  FULL JOIN jsonb_array_elements(CASE WHEN jsonb_typeof(a.new) = 'array' THEN a.new
                                                      WHEN jsonb_typeof(a.old) = 'array' AND a.new <> 'null' THEN jsonb_build_array(a.new) END) AS n (item) USING (item)
                  WHERE o.item IS NULL OR n.item IS NULL) AS i) AS l
    )
    SELECT CASE WHEN c.old IS NULL THEN 'create' WHEN c.new IS NULL THEN 'drop' ELSE 'alter' END, c.object, d.words
    FROM changed AS c
    LEFT JOIN (SELECT d.object, string_agg(format('%s: %s', d.key, d.words), '; ' ORDER BY d.key COLLATE "C") AS words
               FROM described AS d
               GROUP BY d.object) AS d ON d.object = c.object
    ORDER BY array_position('{resource,permission,role}', split_part(c.object, ' ', 1)), c.object COLLATE "C";
END;
COMMENT ON FUNCTION authz_internal.model_changes(jsonb) IS 'what has changed since the model was these entries, by object: for people';
REVOKE ALL ON FUNCTION authz_internal.model_changes(jsonb) FROM PUBLIC;

-- One statement, so that the rules, which are checked after it, see no state in
-- between.  What the document drops is left as a bare name.
CREATE FUNCTION authz_internal.change_model(document jsonb)
RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    WITH types AS (
        SELECT * FROM authz_internal.document_entries(document, 'resource_types')
    ), permissions AS (
        SELECT e.*, p.name AS permission
        FROM authz_internal.document_entries(document, 'permissions') AS e
        JOIN authz.permissions AS p ON p.name::text = e.name
    ), roles AS (
        SELECT e.*, r.id
        FROM authz_internal.document_entries(document, 'roles') AS e
        JOIN authz.roles AS r ON r.name = e.name AND r.resource_type = e.resource_type AND r.owner_id IS NULL
    ), role_references AS (
        SELECT f.section, f.index, f.attribute, f.operation, f.resource_type, r.id
        FROM authz_internal.document_role_references(document) AS f
        JOIN authz.roles AS r ON r.name = f.role AND r.resource_type = f.resource_type AND r.owner_id IS NULL
    ), changed_types AS (
        UPDATE authz.resource_types AS t
        SET parent = n.parent,
            other_parents = n.other_parents,
            description = n.description,
            has_members = n.has_members,
            roles_for = n.roles_for,
            exclusive_roles = n.exclusive_roles,
            max_custom_roles = n.max_custom_roles,
            max_inherits = n.max_inherits,
            base_permissions = CASE WHEN e.dropped THEN NULL ELSE n.base_permissions END,
            descendant_permissions = n.descendant_permissions,
            nested_teams = n.nested_teams
        FROM types AS e
        JOIN authz.resource_types AS o ON o.name = e.name
        CROSS JOIN LATERAL jsonb_populate_record(o, authz_internal.type_columns(e.entry)) AS n
        WHERE t.name = o.name AND (NOT e.dropped AND n IS DISTINCT FROM o OR e.dropped AND o.base_permissions IS NOT NULL)
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
        CROSS JOIN LATERAL authz_internal.document_strings(e.path, e.entry -> 'requires') AS i
        WHERE NOT e.dropped
    ), gone_requirements AS (
        DELETE FROM authz.permission_requirements AS q
        USING permissions AS e
        WHERE q.permission = e.permission
          AND (e.dropped OR e.entry ? 'requires')
          AND NOT EXISTS (SELECT FROM requirements AS w WHERE w.permission = q.permission AND w.requires = q.requires)
    ), new_requirements AS (
        INSERT INTO authz.permission_requirements (permission, requires)
        SELECT w.permission, w.requires FROM requirements AS w
        ON CONFLICT DO NOTHING
    ), management_permissions AS (
        SELECT m.resource_type, m.operation, m.permission::authz.permission AS permission
        FROM authz_internal.document_management(document) AS m
        JOIN types AS e ON e.index = m.index AND NOT e.dropped
        WHERE m.permission IS NOT NULL
    ), gone_management_permissions AS (
        DELETE FROM authz.management_permissions AS m
        USING types AS e
        WHERE m.resource_type = e.name
          AND (e.dropped OR e.entry ? 'management')
          AND NOT EXISTS (SELECT FROM management_permissions AS w
                          WHERE w.resource_type = m.resource_type AND w.operation = m.operation AND w.permission = m.permission)
    ), new_management_permissions AS (
        INSERT INTO authz.management_permissions (resource_type, operation, permission)
        SELECT w.resource_type, w.operation, w.permission FROM management_permissions AS w
        ON CONFLICT DO NOTHING
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
          AND NOT EXISTS (SELECT FROM management_roles AS w
                          WHERE w.resource_type = m.resource_type AND w.operation = m.operation AND w.role_id = m.role_id)
    ), new_management_roles AS (
        INSERT INTO authz.management_roles (resource_type, operation, role_id)
        SELECT w.resource_type, w.operation, w.role_id FROM management_roles AS w
        ON CONFLICT DO NOTHING
    ), inherited AS (
        -- The first of them is in the row of the role.
        SELECT e.id AS role_id, f.id AS inherits_id, row_number() OVER (PARTITION BY e.id ORDER BY f.id) AS position
        FROM role_references AS f
        JOIN roles AS e ON e.index = f.index
        WHERE f.attribute = 'inherits'
    ), gone_inherited AS (
        DELETE FROM authz.role_inherits AS i
        USING roles AS e
        WHERE i.role_id = e.id
          AND (e.dropped OR e.entry ? 'inherits')
          AND NOT EXISTS (SELECT FROM inherited AS w WHERE w.role_id = i.role_id AND w.inherits_id = i.inherits_id AND w.position > 1)
    ), new_inherited AS (
        INSERT INTO authz.role_inherits (role_id, inherits_id)
        SELECT w.role_id, w.inherits_id FROM inherited AS w WHERE w.position > 1
        ON CONFLICT DO NOTHING
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
        LEFT JOIN inherited AS f ON f.role_id = e.id AND f.position = 1
        CROSS JOIN LATERAL jsonb_populate_record(
            o,
            CASE WHEN e.dropped THEN '{"inherits_id": null, "protected": false, "protected_permission": null}'
                 WHEN e.entry ? 'inherits' THEN authz_internal.role_columns(e.entry) || jsonb_build_object('inherits_id', f.inherits_id)
                 ELSE authz_internal.role_columns(e.entry) END) AS n
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
          AND NOT EXISTS (SELECT FROM base_roles AS w WHERE w.role_id = b.role_id AND w.resource_type = b.resource_type)
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
        CROSS JOIN LATERAL authz_internal.document_strings(e.path, e.entry -> 'permissions') AS i
        WHERE NOT e.dropped
    ), gone_role_permissions AS (
        DELETE FROM authz.role_permissions AS x
        USING roles AS e
        WHERE x.role_id = e.id
          AND (e.dropped OR e.entry ? 'permissions')
          AND NOT EXISTS (SELECT FROM role_permissions AS w WHERE w.role_id = x.role_id AND w.permission = x.permission)
    )
    INSERT INTO authz.role_permissions (role_id, permission)
    SELECT w.role_id, w.permission FROM role_permissions AS w
    ON CONFLICT DO NOTHING;
END;
COMMENT ON FUNCTION authz_internal.change_model(jsonb) IS 'takes every attribute of the objects in a model document, which are there, to its final value';
REVOKE ALL ON FUNCTION authz_internal.change_model(jsonb) FROM PUBLIC;

-- Compiling the statements, which the planner takes for expensive, would cost a
-- thousand times what they do: no JIT.
CREATE FUNCTION authz.apply(document jsonb, dry_run boolean DEFAULT false)
RETURNS TABLE (action text, object text, detail text)
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.apply(jsonb, boolean) IS 'brings resource types, permissions and predefined roles to what a model document says; a row for each change';
REVOKE ALL ON FUNCTION authz.apply(jsonb, boolean) FROM PUBLIC;

CREATE FUNCTION authz_internal.apply(document jsonb, dry_run boolean)
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
    PERFORM authz_internal.gate_check_change_model();
    PERFORM authz_internal.check_document(document);
    -- What is so already needs no lock.
    IF NOT authz_internal.document_differs(document) THEN
        RETURN;
    END IF;

    -- The dry run is the real one, taken back.  Who does not say which, gets the harmless one.
    IF dry_run IS NOT FALSE THEN
        BEGIN
            SELECT jsonb_agg(a) INTO changes FROM authz_internal.apply(document, false) AS a;
            RAISE EXCEPTION USING ERRCODE = 'AZDRY', MESSAGE = 'dry run';
        EXCEPTION
            WHEN SQLSTATE 'AZDRY' THEN
                RETURN QUERY SELECT c.action, c.object, c.detail FROM jsonb_to_recordset(changes) AS c (action text, object text, detail text);
                RETURN;
        END;
    END IF;

    -- Nobody else writes meanwhile: no row is waited for, and no rule can be broken by both.
    PERFORM authz_internal.lock_model();
    PERFORM authz_internal.write_states();

    -- Renames come first, so that all that follows knows the new names only.
    PERFORM authz_internal.reject_document(e.path || '.renamed_from', format('both permission "%s" and permission "%s" exist', e.entry ->> 'renamed_from', e.name), '42710')
    FROM authz_internal.document_entries(document, 'permissions') AS e
    JOIN authz.permissions AS o ON o.name::text = e.entry ->> 'renamed_from'
    JOIN authz.permissions AS n ON n.name::text = e.name
    ORDER BY e.index;
    RETURN QUERY
        WITH renamed AS (
            UPDATE authz.permissions AS p
            SET name = e.name::authz.permission
            FROM authz_internal.document_entries(document, 'permissions') AS e
            WHERE p.name::text = e.entry ->> 'renamed_from'
            RETURNING e.entry ->> 'renamed_from' AS old, e.name AS new
        )
        SELECT 'rename', format('permission %s', r.new), format('%s -> %s', r.old, r.new)
        FROM renamed AS r
        ORDER BY r.new COLLATE "C";

    PERFORM authz_internal.check_document_references(document);
    PERFORM authz_internal.check_document_drops(document, changed => false);
    SELECT jsonb_object_agg(e.object, e.entry) INTO before FROM authz_internal.model_entries() AS e;

    -- New objects.  They break no rule as long as nothing builds on them and
    -- they build on nothing.
    INSERT INTO authz.resource_types (name, parent, other_parents, description, has_members, roles_for, exclusive_roles, max_custom_roles, max_inherits, descendant_permissions, nested_teams)
    SELECT n.name, n.parent, n.other_parents, n.description, n.has_members, n.roles_for, n.exclusive_roles, n.max_custom_roles, n.max_inherits, n.descendant_permissions, n.nested_teams
    FROM authz_internal.document_entries(document, 'resource_types') AS e
    CROSS JOIN LATERAL jsonb_populate_record(NULL::authz.resource_types, authz_internal.entry_defaults('resource_types') || authz_internal.type_columns(e.entry)) AS n
    WHERE NOT e.dropped AND NOT EXISTS (SELECT FROM authz.resource_types AS t WHERE t.name = e.name);

    INSERT INTO authz.permissions (name, resource_type, category, description, status, assignable)
    SELECT n.name, n.resource_type, n.category, n.description, n.status, n.assignable
    FROM authz_internal.document_entries(document, 'permissions') AS e
    CROSS JOIN LATERAL jsonb_populate_record(NULL::authz.permissions, authz_internal.entry_defaults('permissions') || e.entry) AS n
    WHERE NOT e.dropped AND NOT EXISTS (SELECT FROM authz.permissions AS p WHERE p.name::text = e.name);

    INSERT INTO authz.roles (name, resource_type, description, all_permissions, extensible, min_holders, protected, protected_permission)
    SELECT n.name, n.resource_type, n.description, n.all_permissions, n.extensible, n.min_holders, n.protected, n.protected_permission
    FROM authz_internal.document_entries(document, 'roles') AS e
    CROSS JOIN LATERAL jsonb_populate_record(NULL::authz.roles, authz_internal.entry_defaults('roles') || authz_internal.role_columns(e.entry)) AS n
    WHERE NOT e.dropped
      AND NOT EXISTS (SELECT FROM authz.roles AS r WHERE r.name = e.name AND r.resource_type = e.resource_type AND r.owner_id IS NULL);

    -- Everything else at once; what is to be dropped loses all that it consists of.
    PERFORM authz_internal.change_model(document);

    -- What goes: nothing is left of it but its name.
    PERFORM authz_internal.check_document_drops(document, changed => true);
    DELETE FROM authz.roles AS r
    USING authz_internal.document_entries(document, 'roles') AS e
    WHERE e.dropped AND r.name = e.name AND r.resource_type = e.resource_type AND r.owner_id IS NULL;
    DELETE FROM authz.permissions AS p
    USING authz_internal.document_entries(document, 'permissions') AS e
    WHERE e.dropped AND p.name::text = e.name;
    DELETE FROM authz.resource_types AS t
    USING authz_internal.document_entries(document, 'resource_types') AS e
    WHERE e.dropped AND t.name = e.name;

    RETURN QUERY SELECT * FROM authz_internal.model_changes(before);
END;
$$;
COMMENT ON FUNCTION authz_internal.apply(jsonb, boolean) IS 'implementation of authz.apply';
REVOKE ALL ON FUNCTION authz_internal.apply(jsonb, boolean) FROM PUBLIC;

CREATE FUNCTION authz.install_catalog(name text)
RETURNS TABLE (action text, object text, detail text)
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.install_catalog(text) IS 'applies a model document that is shipped with the extension';
REVOKE ALL ON FUNCTION authz.install_catalog(text) FROM PUBLIC;

CREATE FUNCTION authz_internal.install_catalog(name text)
RETURNS TABLE (action text, object text, detail text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
    catalog record;
    other text;
BEGIN
    SELECT c.document INTO catalog FROM authz.catalogs AS c WHERE c.name = install_catalog.name;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_object',
            MESSAGE = CASE WHEN name IS NULL THEN 'name of a catalog must not be null' ELSE format('catalog "%s" does not exist', name) END,
            HINT = format('The catalogs are %s.', (SELECT string_agg(c.name, ', ' ORDER BY c.name) FROM authz.catalogs AS c));
    END IF;
    SELECT min(c.name) INTO other
    FROM authz.catalogs AS c
    WHERE c.name <> install_catalog.name
      AND NOT EXISTS (SELECT FROM jsonb_array_elements(c.document -> 'permissions') AS p (entry)
                      WHERE NOT EXISTS (SELECT FROM authz.permissions AS there WHERE there.name::text = p.entry ->> 'name'));
    IF other IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('cannot install catalog "%s" beside catalog "%s"', install_catalog.name, other),
            DETAIL = 'Their resource types have the same names and are different things.',
            HINT = 'Use one of them in a database, and add to it with authz.apply.';
    END IF;
    -- Planned is where a permission begins: one that has become active is never put back.
    RETURN QUERY
        SELECT a.action, a.object, a.detail
        FROM authz_internal.apply(jsonb_set(catalog.document, '{permissions}', (
            SELECT jsonb_agg(CASE WHEN p.entry ->> 'status' = 'planned'
                                       AND EXISTS (SELECT FROM authz.permissions AS there WHERE there.name::text IN (p.entry ->> 'name', p.entry ->> 'renamed_from'))
                                  THEN p.entry - 'status' ELSE p.entry END ORDER BY p.n)
            FROM jsonb_array_elements(catalog.document -> 'permissions') WITH ORDINALITY AS p (entry, n))), false) AS a;
END;
$$;
COMMENT ON FUNCTION authz_internal.install_catalog(text) IS 'implementation of authz.install_catalog';
REVOKE ALL ON FUNCTION authz_internal.install_catalog(text) FROM PUBLIC;
