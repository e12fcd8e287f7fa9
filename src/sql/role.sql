-- Functions that change roles; see src/sql/admin.sql.

CREATE FUNCTION authz_internal.keep_inherited(names text[], resource_type text, owner_id bigint)
RETURNS bigint[]
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keys bigint[] := '{}';
    name text;
BEGIN
    -- (In the order of their names, in which others lock them too.)
    FOR name IN SELECT DISTINCT n COLLATE "C" FROM unnest(keep_inherited.names) AS n ORDER BY 1 LOOP
        keys := keys || authz_internal.keep_role(name, keep_inherited.resource_type, keep_inherited.owner_id);
    END LOOP;
    RETURN keys;
END
$$;
COMMENT ON FUNCTION authz_internal.keep_inherited(text[], text, bigint) IS 'internal: keys of the roles that a role is to inherit, which stay to the end of the transaction';
REVOKE ALL ON FUNCTION authz_internal.keep_inherited(text[], text, bigint) FROM PUBLIC;

CREATE FUNCTION authz.create_role(
    name text,
    resource_type text,
    owner text DEFAULT NULL,
    permissions text[] DEFAULT '{}',
    inherits authz.role_names DEFAULT NULL,
    base_role text DEFAULT NULL,
    description text DEFAULT NULL
)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.create_role(text, text, text, text[], authz.role_names, text, text) IS 'creates a role: custom with an owner, predefined without';
REVOKE ALL ON FUNCTION authz.create_role(text, text, text, text[], authz.role_names, text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.create_role(
    name text,
    resource_type text,
    owner text,
    permissions text[],
    inherits authz.role_names,
    base_role text,
    description text
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner_key bigint;
    inherits_keys bigint[];
    base_key bigint;
    wanted authz.permission_set;
    role_key bigint;
BEGIN
    PERFORM authz_internal.check_role_name(create_role.name);
    PERFORM authz_internal.require_resource_type(create_role.resource_type);
    IF create_role.owner IS NOT NULL THEN
        owner_key := authz_internal.keep_resource(create_role.owner);
    END IF;
    PERFORM authz_internal.gate_check_role_operation('create_role'::text, create_role.resource_type, owner_key);
    wanted := authz_internal.require_permissions(coalesce(create_role.permissions, '{}'));
    inherits_keys := authz_internal.keep_inherited(create_role.inherits::text[], create_role.resource_type, owner_key);
    IF create_role.base_role IS NOT NULL THEN
        base_key := authz_internal.keep_base_role(create_role.base_role, create_role.resource_type, owner_key);
    END IF;

    INSERT INTO authz.roles (name, resource_type, owner_id, inherits_id, description)
    VALUES (create_role.name, create_role.resource_type, owner_key, inherits_keys[1], create_role.description)
    ON CONFLICT ON CONSTRAINT roles_name_key DO NOTHING
    RETURNING id INTO role_key;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = '42710',
            MESSAGE = format('role "%s" for resource type "%s" already exists', create_role.name, create_role.resource_type),
            HINT = 'authz.role_id finds it; authz.add_permissions and others change it.';
    END IF;
    INSERT INTO authz.role_inherits (role_id, inherits_id)
    SELECT role_key, k FROM unnest(inherits_keys[2:]) AS k;
    IF base_key IS NOT NULL THEN
        INSERT INTO authz.role_base_roles (role_id, resource_type, base_role_id)
        SELECT role_key, b.resource_type, b.id
        FROM authz.roles AS b
        WHERE b.id = base_key;
    END IF;
    INSERT INTO authz.role_permissions (role_id, permission)
    SELECT role_key, w
    FROM unnest(authz.permissions(wanted)) AS w;
    -- The finished role, with what it builds on and what every custom role
    -- gets, must be within what its maker holds.
    PERFORM authz_internal.gate_check_give(role_key, owner_key, NULL::timestamptz);
    RETURN role_key;
END
$$;
COMMENT ON FUNCTION authz_internal.create_role(text, text, text, text[], authz.role_names, text, text) IS 'implementation of authz.create_role';
REVOKE ALL ON FUNCTION authz_internal.create_role(text, text, text, text[], authz.role_names, text, text) FROM PUBLIC;

CREATE FUNCTION authz.add_permissions(role_id bigint, permissions text[])
RETURNS authz.permission_set
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.add_permissions(bigint, text[]) IS 'adds permissions to a role; returns those that are new in it';
REVOKE ALL ON FUNCTION authz.add_permissions(bigint, text[]) FROM PUBLIC;

CREATE FUNCTION authz_internal.add_permissions(role_id bigint, permissions text[])
RETURNS authz.permission_set
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
    wanted authz.permission_set;
    added authz.permission_set;
BEGIN
    role := authz_internal.keep_role_by_id(add_permissions.role_id);
    PERFORM authz_internal.gate_check_change_role('alter_role'::text, role.id);
    wanted := authz_internal.require_permissions(add_permissions.permissions);
    PERFORM authz_internal.gate_check_permissions(wanted, role.owner_id, NULL::timestamptz);
    WITH new AS (
        INSERT INTO authz.role_permissions (role_id, permission)
        SELECT role.id, w
        FROM unnest(authz.permissions(wanted)) AS w
        ON CONFLICT DO NOTHING
        RETURNING permission
    )
    SELECT authz.permission_union(n.permission) INTO added FROM new AS n;
    RETURN added;
END
$$;
COMMENT ON FUNCTION authz_internal.add_permissions(bigint, text[]) IS 'implementation of authz.add_permissions';
REVOKE ALL ON FUNCTION authz_internal.add_permissions(bigint, text[]) FROM PUBLIC;

CREATE FUNCTION authz.remove_permissions(role_id bigint, permissions text[])
RETURNS authz.permission_set
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.remove_permissions(bigint, text[]) IS 'removes permissions from a role; returns those that were its own';
REVOKE ALL ON FUNCTION authz.remove_permissions(bigint, text[]) FROM PUBLIC;

CREATE FUNCTION authz_internal.remove_permissions(role_id bigint, permissions text[])
RETURNS authz.permission_set
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
    wanted authz.permission_set;
    removed authz.permission_set;
BEGIN
    role := authz_internal.keep_role_by_id(remove_permissions.role_id);
    PERFORM authz_internal.gate_check_change_role('alter_role'::text, role.id);
    wanted := authz_internal.require_permissions(remove_permissions.permissions);
    WITH old AS (
        DELETE FROM authz.role_permissions AS rp
        WHERE rp.role_id = role.id AND rp.permission <@ wanted
        RETURNING rp.permission
    )
    SELECT authz.permission_union(o.permission) INTO removed FROM old AS o;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION authz_internal.remove_permissions(bigint, text[]) IS 'implementation of authz.remove_permissions';
REVOKE ALL ON FUNCTION authz_internal.remove_permissions(bigint, text[]) FROM PUBLIC;

CREATE FUNCTION authz.set_inherits(role_id bigint, inherits authz.role_names)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.set_inherits(bigint, authz.role_names) IS 'makes a role inherit another of its type, or several, or none; returns the id of the first of them';
REVOKE ALL ON FUNCTION authz.set_inherits(bigint, authz.role_names) FROM PUBLIC;

CREATE FUNCTION authz_internal.set_inherits(role_id bigint, inherits authz.role_names)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
    inherits_keys bigint[];
BEGIN
    role := authz_internal.keep_role_by_id(set_inherits.role_id);
    -- Another call that sets the same is over before this one looks at what is there.
    PERFORM FROM authz.roles AS r WHERE r.id = role.id FOR NO KEY UPDATE;
    PERFORM authz_internal.gate_check_change_role('alter_role'::text, role.id);
    inherits_keys := authz_internal.keep_inherited(set_inherits.inherits::text[], role.resource_type, role.owner_id);
    PERFORM authz_internal.gate_check_give(k.id, role.owner_id, NULL::timestamptz) FROM unnest(inherits_keys) AS k (id);
    -- One statement, so that the rules, which are checked after it, see no state in between.
    WITH gone AS (
        DELETE FROM authz.role_inherits AS i
        WHERE i.role_id = role.id AND i.inherits_id <> ALL (inherits_keys[2:])
    ), new AS (
        INSERT INTO authz.role_inherits (role_id, inherits_id)
        SELECT role.id, k FROM unnest(inherits_keys[2:]) AS k
        ON CONFLICT DO NOTHING
    )
    UPDATE authz.roles AS r
    SET inherits_id = inherits_keys[1]
    WHERE r.id = role.id AND r.inherits_id IS DISTINCT FROM inherits_keys[1];
    RETURN inherits_keys[1];
END
$$;
COMMENT ON FUNCTION authz_internal.set_inherits(bigint, authz.role_names) IS 'implementation of authz.set_inherits';
REVOKE ALL ON FUNCTION authz_internal.set_inherits(bigint, authz.role_names) FROM PUBLIC;

CREATE FUNCTION authz.set_base_role(role_id bigint, base_role text, resource_type text DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.set_base_role(bigint, text, text) IS 'sets the role that a role gives on resources of a descendant type, NULL for none; returns the id of that role';
REVOKE ALL ON FUNCTION authz.set_base_role(bigint, text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.set_base_role(role_id bigint, base_role text, resource_type text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
    base_key bigint;
BEGIN
    role := authz_internal.keep_role_by_id(set_base_role.role_id);
    PERFORM authz_internal.gate_check_change_role('alter_role'::text, role.id);
    IF set_base_role.resource_type IS NOT NULL THEN
        PERFORM authz_internal.require_resource_type(set_base_role.resource_type);
    END IF;
    IF set_base_role.base_role IS NULL THEN
        DELETE FROM authz.role_base_roles AS b
        WHERE b.role_id = role.id
          AND (set_base_role.resource_type IS NULL OR b.resource_type = set_base_role.resource_type);
        RETURN NULL;
    END IF;
    IF set_base_role.resource_type IS NULL THEN
        base_key := authz_internal.keep_base_role(set_base_role.base_role, role.resource_type, role.owner_id);
    ELSE
        base_key := authz_internal.keep_role(set_base_role.base_role, set_base_role.resource_type, role.owner_id);
    END IF;
    PERFORM authz_internal.gate_check_give(base_key, role.owner_id, NULL::timestamptz);
    INSERT INTO authz.role_base_roles AS b (role_id, resource_type, base_role_id)
    SELECT role.id, r.resource_type, r.id
    FROM authz.roles AS r
    WHERE r.id = base_key
    ON CONFLICT ON CONSTRAINT role_base_roles_pkey
    DO UPDATE SET base_role_id = EXCLUDED.base_role_id
    WHERE b.base_role_id <> EXCLUDED.base_role_id;
    RETURN base_key;
END
$$;
COMMENT ON FUNCTION authz_internal.set_base_role(bigint, text, text) IS 'implementation of authz.set_base_role';
REVOKE ALL ON FUNCTION authz_internal.set_base_role(bigint, text, text) FROM PUBLIC;

CREATE FUNCTION authz.rename_role(role_id bigint, name text)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.rename_role(bigint, text) IS 'gives a role another name; its holders keep it';
REVOKE ALL ON FUNCTION authz.rename_role(bigint, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.rename_role(role_id bigint, name text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
BEGIN
    role := authz_internal.find_role_by_id(rename_role.role_id);
    PERFORM authz_internal.keep_resources(ARRAY[role.owner_id]);
    -- And the role that has the new name, in case it is to get this one at the same time.
    PERFORM
    FROM authz.roles AS r
    WHERE r.id = role.id OR r.owner_id = role.owner_id AND r.resource_type = role.resource_type AND r.name = rename_role.name
    ORDER BY r.id
    FOR UPDATE;
    role := authz_internal.find_role_by_id(rename_role.role_id);
    PERFORM authz_internal.gate_check_change_role('alter_role'::text, role.id);
    PERFORM authz_internal.check_role_name(rename_role.name);
    UPDATE authz.roles AS r
    SET name = rename_role.name
    WHERE r.id = role.id AND r.name <> rename_role.name;
EXCEPTION
    WHEN unique_violation THEN
        RAISE EXCEPTION USING ERRCODE = '42710',
            MESSAGE = format('role "%s" for resource type "%s" already exists', rename_role.name, role.resource_type);
END
$$;
COMMENT ON FUNCTION authz_internal.rename_role(bigint, text) IS 'implementation of authz.rename_role';
REVOKE ALL ON FUNCTION authz_internal.rename_role(bigint, text) FROM PUBLIC;

CREATE FUNCTION authz.describe_role(role_id bigint, description text)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.describe_role(bigint, text) IS 'sets the description of a role, NULL for none';
REVOKE ALL ON FUNCTION authz.describe_role(bigint, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.describe_role(role_id bigint, description text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
BEGIN
    role := authz_internal.keep_role_by_id(describe_role.role_id);
    PERFORM authz_internal.gate_check_change_role('alter_role'::text, role.id);
    UPDATE authz.roles AS r
    SET description = describe_role.description
    WHERE r.id = role.id AND r.description IS DISTINCT FROM describe_role.description;
END
$$;
COMMENT ON FUNCTION authz_internal.describe_role(bigint, text) IS 'implementation of authz.describe_role';
REVOKE ALL ON FUNCTION authz_internal.describe_role(bigint, text) FROM PUBLIC;

CREATE FUNCTION authz.drop_role(role_id bigint, cascade boolean DEFAULT false, reassign_to text DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.drop_role(bigint, boolean, text) IS 'removes a role that nobody uses; cascade removes its assignments first, reassign_to gives its holders another role';
REVOKE ALL ON FUNCTION authz.drop_role(bigint, boolean, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.drop_role(role_id bigint, cascade boolean, reassign_to text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
    held_on bigint[];
    new_key bigint;
    uses text;
BEGIN
    LOOP
        role := authz_internal.find_role_by_id(drop_role.role_id);
        held_on := ARRAY(
            SELECT a.resource_id FROM authz.assignments AS a
            WHERE a.role_id = role.id AND (drop_role.cascade OR drop_role.reassign_to IS NOT NULL));
        PERFORM authz_internal.keep_resources(role.owner_id || held_on, CASE WHEN role.min_holders > 0 THEN held_on END);
        PERFORM FROM authz.roles AS r WHERE r.id = role.id FOR UPDATE;
        EXIT WHEN FOUND;
    END LOOP;
    PERFORM authz_internal.gate_check_change_role('drop_role'::text, role.id);
    IF drop_role.reassign_to IS NOT NULL THEN
        -- Where the name is that of several roles, the nearest; and who has any of them keeps it.
        new_key := authz_internal.keep_nearest_role(drop_role.reassign_to, role.resource_type, role.owner_id, role.id);
        IF new_key = role.id THEN
            RAISE EXCEPTION USING ERRCODE = '22023',
                MESSAGE = format('role "%s" cannot be reassigned to itself', role.name);
        END IF;
        PERFORM authz_internal.gate_check_reassign(role.id, new_key);
        PERFORM authz_internal.lock_reassigned(role.id, new_key);
        -- Who has the other role already keeps it for the longer of the two
        -- times.  (An expiry of NULL is the longest.)
        PERFORM authz_internal.gate_check_grant(k.role_id, k.resource_id, a.expires_at)
        FROM authz.assignments AS a
        JOIN authz.assignments AS k
            ON (k.subject_id, k.resource_id, k.source) = (a.subject_id, a.resource_id, a.source)
            AND k.role_id NOT IN (role.id, new_key) AND k.expires_at IS NOT NULL AND (a.expires_at IS NULL OR a.expires_at > k.expires_at)
        JOIN authz.roles AS r ON r.id = k.role_id AND r.name = drop_role.reassign_to AND r.resource_type = role.resource_type
        WHERE a.role_id = role.id;
        UPDATE authz.assignments AS k
        SET expires_at = CASE WHEN a.expires_at IS NULL THEN NULL ELSE greatest(a.expires_at, k.expires_at) END
        FROM authz.assignments AS a, authz.roles AS r
        WHERE a.role_id = role.id
          AND r.id = k.role_id AND r.name = drop_role.reassign_to AND r.resource_type = role.resource_type AND r.id <> role.id
          AND (k.subject_id, k.resource_id, k.source) = (a.subject_id, a.resource_id, a.source)
          AND (a.expires_at IS NULL OR a.expires_at > k.expires_at)
          AND k.expires_at IS NOT NULL;
        UPDATE authz.assignments AS a
        SET role_id = new_key
        WHERE a.role_id = role.id
          AND NOT EXISTS (
            SELECT
            FROM authz.assignments AS k
            JOIN authz.roles AS r ON r.id = k.role_id
            WHERE r.name = drop_role.reassign_to AND r.resource_type = role.resource_type AND r.id <> role.id
              AND (k.subject_id, k.resource_id, k.source) = (a.subject_id, a.resource_id, a.source)
          );
        DELETE FROM authz.assignments AS a WHERE a.role_id = role.id;
    ELSIF drop_role.cascade THEN
        PERFORM authz_internal.gate_check_reassign(role.id, NULL::bigint);
        DELETE FROM authz.assignments AS a WHERE a.role_id = role.id;
    END IF;

    -- The rule is a trigger's; only here there is more to say about the way out.
    uses := authz_internal.role_uses(role.id, role.name, role.resource_type, role.owner_id);
    IF uses IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '2BP01',
            MESSAGE = format('cannot drop role "%s" because it is in use', role.name),
            DETAIL = uses,
            HINT = 'cascade => true takes it from its holders, reassign_to gives them another role; roles that build on it must be changed first.';
    END IF;
    DELETE FROM authz.roles AS r WHERE r.id = role.id;
END
$$;
COMMENT ON FUNCTION authz_internal.drop_role(bigint, boolean, text) IS 'implementation of authz.drop_role';
REVOKE ALL ON FUNCTION authz_internal.drop_role(bigint, boolean, text) FROM PUBLIC;

CREATE FUNCTION authz.role_id(name text, resource_type text, owner text DEFAULT NULL)
RETURNS bigint
LANGUAGE C STABLE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.role_id(text, text, text) IS 'id of a role: a custom role of that owner, or a predefined one';
REVOKE ALL ON FUNCTION authz.role_id(text, text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.role_id(name text, resource_type text, owner text)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner_key bigint;
    role_key bigint;
BEGIN
    IF role_id.name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'role must not be null';
    END IF;
    PERFORM authz_internal.require_resource_type(role_id.resource_type);
    IF role_id.owner IS NOT NULL THEN
        owner_key := authz_internal.find_resource(role_id.owner);
        PERFORM authz_internal.gate_check_find_role(role_id.resource_type, owner_key);
    END IF;
    SELECT r.id INTO role_key
    FROM authz.roles AS r
    WHERE r.name = role_id.name
      AND r.resource_type = role_id.resource_type
      AND r.owner_id IS NOT DISTINCT FROM owner_key;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = '42704',
            MESSAGE = format('role "%s" for resource type "%s" does not exist', role_id.name, role_id.resource_type),
            HINT = CASE WHEN role_id.owner IS NULL
                THEN 'A custom role is found with the resource that owns it: owner => resource.'
                ELSE 'A predefined role is found without an owner.' END;
    END IF;
    RETURN role_key;
END
$$;
COMMENT ON FUNCTION authz_internal.role_id(text, text, text) IS 'implementation of authz.role_id';
REVOKE ALL ON FUNCTION authz_internal.role_id(text, text, text) FROM PUBLIC;

-- The roles of a type as seen from a resource: predefined ones, and custom ones of
-- the resource and its ancestors, as far as the caller can see these.
CREATE FUNCTION authz.list_roles(resource text, resource_type text DEFAULT NULL)
RETURNS TABLE (
    role_id bigint,
    name text,
    owner authz.resource,
    inherits text,
    base_roles text[],
    permissions authz.permission_set,
    description text
)
LANGUAGE C STABLE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.list_roles(text, text) IS 'roles of a resource type that can be assigned on the resource (or, of a descendant type, beneath it), with their own permissions';
REVOKE ALL ON FUNCTION authz.list_roles(text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.list_roles(resource text, resource_type text)
RETURNS TABLE (
    role_id bigint,
    name text,
    owner authz.resource,
    inherits text,
    base_roles text[],
    permissions authz.permission_set,
    description text
)
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    place bigint;
    type text;
BEGIN
    place := authz_internal.find_resource(list_roles.resource);
    type := coalesce(list_roles.resource_type, authz.resource_type(authz.resource(list_roles.resource)));
    PERFORM authz_internal.require_resource_type(type);
    PERFORM authz_internal.gate_check_find_role(type, place);
    RETURN QUERY
        SELECT r.id, r.name::text, o.resource,
            (SELECT string_agg(i.name, ', ' ORDER BY i.name)
             FROM (SELECT l.lower_id FROM authz_internal.role_links AS l WHERE l.role_id = r.id AND l.inherits OFFSET 0) AS l
             JOIN authz.roles AS i ON i.id = l.lower_id),
            ARRAY(
                SELECT format('%s:%s', b.resource_type, l.name)
                FROM authz.role_base_roles AS b
                JOIN authz.roles AS l ON l.id = b.base_role_id
                WHERE b.role_id = r.id
                ORDER BY b.resource_type
            ),
            (SELECT authz.permission_union(p.permission) FROM authz.role_permissions AS p WHERE p.role_id = r.id),
            r.description
        FROM (SELECT p.* FROM authz.roles AS p WHERE p.resource_type = type AND p.owner_id IS NULL
              UNION ALL
              SELECT c.*
              FROM authz_internal.resource_and_above(place) AS a (id)
              CROSS JOIN LATERAL (SELECT x.* FROM authz.roles AS x WHERE x.owner_id = a.id AND x.resource_type = type OFFSET 0) AS c
              WHERE authz_internal.gate_sees_resource(c.owner_id)) AS r
        LEFT JOIN authz.resources AS o ON o.id = r.owner_id
        ORDER BY o.resource NULLS FIRST, r.name;
END
$$;
COMMENT ON FUNCTION authz_internal.list_roles(text, text) IS 'implementation of authz.list_roles';
REVOKE ALL ON FUNCTION authz_internal.list_roles(text, text) FROM PUBLIC;
