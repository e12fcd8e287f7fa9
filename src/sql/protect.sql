-- Row-level security in one call.

-- What protect() and track() do to a table of an application.
CREATE FUNCTION authz_internal.execute_command(command text, as_caller boolean DEFAULT true)
    RETURNS text
    LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'authz_execute_command';
COMMENT ON FUNCTION authz_internal.execute_command(text, boolean) IS 'internal: executes a command as the caller of the management function, or as its owner; returns the first value';
REVOKE ALL ON FUNCTION authz_internal.execute_command(text, boolean) FROM PUBLIC;

-- What a policy asks.  The column of a tracked table is that of ids of one type, so the
-- permission must be for it: one for another type would be looked for on whatever resource of
-- that type has the number.  Whoever inserts a row is asked about what it comes under: the row's
-- own resource is not there, or gives its creator all that the policy would ask for.  The parent
-- is in the first of the parent columns that is not NULL; where it is of another type than the
-- permission, the answer is no.
CREATE FUNCTION authz_internal.policy_condition(relation regclass, command text, id_column name, permission text)
    RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tracked authz.tracked_tables;
    asked text;
    checked_type text;
    is_own boolean;
    parent integer;
BEGIN
    SELECT t.* INTO tracked
    FROM pg_class AS c
         JOIN pg_namespace AS n ON n.oid = c.relnamespace
         JOIN authz.tracked_tables AS t ON t.table_schema = n.nspname AND t.table_name = c.relname
    WHERE c.oid = policy_condition.relation;
    SELECT p.resource_type INTO asked FROM authz.permissions AS p WHERE p.name::text = policy_condition.permission;
    is_own := coalesce(policy_condition.id_column = tracked.id_column, false);
    checked_type := CASE WHEN is_own THEN tracked.resource_type
                         ELSE tracked.parent_types[array_position(tracked.parent_columns, policy_condition.id_column)] END;
    parent := CASE WHEN command = 'insert' AND is_own THEN array_position(tracked.parent_types, asked) END;
    IF checked_type IS NULL OR asked IS NULL OR asked = checked_type AND NOT (command = 'insert' AND is_own AND tracked.creator_role_id IS NOT NULL) THEN
        RETURN format('authz.has_permission(%L, %I)', permission, policy_condition.id_column);
    ELSIF parent IS NOT NULL THEN
        RETURN concat_ws(' AND ',
            (SELECT string_agg(format('%I IS NULL', c.name), ' AND ' ORDER BY c.number)
             FROM unnest(tracked.parent_columns) WITH ORDINALITY AS c (name, number)
             WHERE c.number < parent),
            format('authz.has_permission(%L, %I)', permission, tracked.parent_columns[parent]));
    ELSIF asked = checked_type THEN
        RAISE EXCEPTION 'permission "%" cannot be for_insert on table %', permission, relation
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = 'The creator of a row gets a role on it, which might hold the permission.',
                  HINT = CASE WHEN tracked.parent_columns IS NULL THEN 'Write the policy for INSERT with CREATE POLICY.'
                              ELSE 'Name a permission of the parent''s type, or write the policy with CREATE POLICY: the operation create_resource is asked on the parent anyway.' END;
    END IF;
    RAISE EXCEPTION 'permission "%" cannot be for_% on table %', permission, command, relation
        USING ERRCODE = 'invalid_parameter_value',
              DETAIL = format('It is for resources of type "%s"; column "%s" has ids of type "%s".', asked, policy_condition.id_column, checked_type),
              HINT = 'Name a permission of that type, or write the policy with CREATE POLICY.';
END
$$;
COMMENT ON FUNCTION authz_internal.policy_condition(regclass, text, name, text) IS 'internal: the condition that a row must meet for a command; for INSERT into a tracked table it asks about the parent, where the permission is of a parent''s type';
REVOKE ALL ON FUNCTION authz_internal.policy_condition(regclass, text, name, text) FROM PUBLIC;

CREATE FUNCTION authz.protect(relation regclass, id_column name,
                              for_select text DEFAULT NULL, for_insert text DEFAULT NULL,
                              for_update text DEFAULT NULL, for_delete text DEFAULT NULL)
    RETURNS SETOF name
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.protect(regclass, name, text, text, text, text) IS 'enables row security and makes the policies authz_select, authz_insert, authz_update, authz_delete for the permissions that are given';

CREATE FUNCTION authz_internal.protect(relation regclass, id_column name, for_select text, for_insert text, for_update text, for_delete text)
    RETURNS SETOF name
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    id_type regtype;
    command text;
    permission text;
    policy name;
    condition text;
BEGIN
    IF relation IS NULL OR id_column IS NULL THEN
        RAISE EXCEPTION 'table and id column must not be null'
            USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF num_nonnulls(for_select, for_insert, for_update, for_delete) = 0 THEN
        RAISE EXCEPTION 'no permission is given'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Name a permission for at least one of for_select, for_insert, for_update, for_delete.';
    END IF;

    -- The base type: the constraints of a domain, which may be a stranger's, are not
    -- for us to evaluate.
    WITH RECURSIVE base (type) AS (
        SELECT a.atttypid
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = relation AND a.attname = id_column AND a.attnum > 0 AND NOT a.attisdropped
      UNION ALL
        SELECT y.typbasetype FROM base AS b JOIN pg_catalog.pg_type AS y ON y.oid = b.type WHERE y.typtype = 'd'
    )
    SELECT b.type INTO id_type
    FROM base AS b JOIN pg_catalog.pg_type AS y ON y.oid = b.type
    WHERE y.typtype <> 'd';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'column "%" of table "%" does not exist', id_column, relation
            USING ERRCODE = 'undefined_column';
    END IF;

    PERFORM authz_internal.execute_command(format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', relation));
    FOR command, permission IN
        VALUES ('select', for_select), ('insert', for_insert), ('update', for_update), ('delete', for_delete)
    LOOP
        CONTINUE WHEN permission IS NULL;
        -- Planning this raises the errors for an unknown permission and for a
        -- column that cannot hold ids.
        PERFORM authz_internal.execute_command(format('SELECT authz.has_permission(%L, NULL::%s)', permission, id_type));

        condition := authz_internal.policy_condition(relation, command, id_column, permission);
        policy := 'authz_' || command;
        IF EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = relation AND p.polname = policy) THEN
            PERFORM authz_internal.execute_command(format('DROP POLICY %I ON %s', policy, relation));
        END IF;
        PERFORM authz_internal.execute_command(format('CREATE POLICY %I ON %s FOR %s %s', policy, relation, command,
            concat_ws(' ',
                CASE WHEN command <> 'insert' THEN format('USING (authz.has_permission(%L, %I))', permission, id_column) END,
                CASE WHEN command IN ('insert', 'update') THEN format('WITH CHECK (%s)', condition) END)));
        RETURN NEXT policy;
    END LOOP;

    IF NOT EXISTS (
        SELECT
        FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = relation AND a.attname = id_column AND m.amname = 'btree' AND i.indisvalid AND i.indpred IS NULL)
    THEN
        RAISE WARNING 'no usable index on column "%" of table "%"', id_column, relation
            USING DETAIL = 'Every query checks the permission for every row that it reads.',
                  HINT = format('CREATE INDEX ON %s (%I);', relation, id_column);
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.protect(regclass, name, text, text, text, text) IS 'implementation of authz.protect';
REVOKE ALL ON FUNCTION authz_internal.protect(regclass, name, text, text, text, text) FROM PUBLIC;

CREATE FUNCTION authz.unprotect(relation regclass) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.unprotect(regclass) IS 'removes the policies that protect made, and row security if no other policy is left';

CREATE FUNCTION authz_internal.unprotect(relation regclass) RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    policy name;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.oid = relation) THEN
        RAISE EXCEPTION USING ERRCODE = CASE WHEN relation IS NULL THEN '22004' ELSE '42P01' END,
            MESSAGE = CASE WHEN relation IS NULL THEN 'table must not be null' ELSE format('table with OID %s does not exist', relation::oid) END;
    END IF;
    FOR policy IN
        SELECT p.polname
        FROM pg_catalog.pg_policy AS p
        WHERE p.polrelid = relation AND p.polname IN ('authz_select', 'authz_insert', 'authz_update', 'authz_delete')
        ORDER BY p.polname
    LOOP
        PERFORM authz_internal.execute_command(format('DROP POLICY %I ON %s', policy, relation));
    END LOOP;
    -- Policies of others stay in force.
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = relation) THEN
        PERFORM authz_internal.execute_command(format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', relation));
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.unprotect(regclass) IS 'implementation of authz.unprotect';
REVOKE ALL ON FUNCTION authz_internal.unprotect(regclass) FROM PUBLIC;
