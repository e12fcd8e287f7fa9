-- What holds the rules of src/sql/role_rules.sql and holder_rules.sql: the
-- triggers, and the check of all rows.  C code: src/rules/rule_triggers.c, src/rules/cascade.c.

-- Uses ------------------------------------------------------------------------
-- Who asks for the uses of something reads at most 101 of each kind, by an index in
-- its order: what a refusal costs does not depend on how much there is.
CREATE FUNCTION authz_internal.use_list(uses text[], most integer DEFAULT NULL)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT string_agg(u.use, E'\n' ORDER BY u.i)
           || CASE WHEN cardinality(uses) > most THEN format(E'\nand more than %s more', most - 10)
                   WHEN cardinality(uses) > 10 THEN format(E'\nand %s more', cardinality(uses) - 10)
                   ELSE '' END
    FROM unnest(uses) WITH ORDINALITY AS u (use, i)
    WHERE u.i <= 10;
END;
COMMENT ON FUNCTION authz_internal.use_list(text[], integer) IS 'uses as messages list them, ten and how many more; where there are more than were looked for, that';
REVOKE ALL ON FUNCTION authz_internal.use_list(text[], integer) FROM PUBLIC;

-- Also of a role that is gone already, so everything that is asked of it is given.
CREATE FUNCTION authz_internal.role_uses(role_id bigint, name text, resource_type text, owner_id bigint)
RETURNS text
LANGUAGE sql STABLE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT authz_internal.use_list(array_agg(u.use ORDER BY u.kind, u.use), 100)
    FROM (
        SELECT 1 AS kind, format('%s holds it on %s', authz_internal.quoted(s.subject::text), authz_internal.quoted(r.resource::text)) AS use
        FROM (SELECT a.subject_id, a.resource_id
              FROM authz.assignments a
              WHERE a.role_id = role_uses.role_id
              ORDER BY a.resource_id
              LIMIT 101) a
        CROSS JOIN LATERAL (SELECT s.subject FROM authz.subjects s WHERE s.id = a.subject_id OFFSET 0) s
        CROSS JOIN LATERAL (SELECT r.resource FROM authz.resources r WHERE r.id = a.resource_id OFFSET 0) r
        UNION
        SELECT 2, CASE WHEN l.inherits THEN format('%s inherits it', authz_internal.role_label(l.role_id))
                       ELSE format('%s has it as base role', authz_internal.role_label(l.role_id)) END
        FROM (
            (SELECT u.id AS role_id, true AS inherits FROM authz.roles u WHERE u.inherits_id = role_uses.role_id ORDER BY u.id LIMIT 101)
            UNION ALL
            (SELECT i.role_id, true FROM authz.role_inherits i WHERE i.inherits_id = role_uses.role_id ORDER BY i.role_id LIMIT 101)
            UNION ALL
            (SELECT b.role_id, false FROM authz.role_base_roles b WHERE b.base_role_id = role_uses.role_id ORDER BY b.role_id LIMIT 101)) l
        UNION
        SELECT 3, format('it is allowed operation %s on type %s', m.operation, m.resource_type)
        FROM authz.management_roles m
        WHERE m.role_id = role_uses.role_id
        UNION
        SELECT 5, format('the creator of a row of table %I.%I gets it', k.table_schema, k.table_name)
        FROM authz.tracked_tables AS k
        WHERE k.creator_role_id = role_uses.role_id
        UNION
        SELECT 4, format('type %s has it as base permission', p.name)
        FROM authz.resource_types t
        JOIN authz.resource_types p ON p.name = ANY (t.parents) AND role_uses.name = ANY (p.base_permissions)
        WHERE t.name = role_uses.resource_type AND role_uses.owner_id IS NULL
          -- The name may stand for a role of another child type as well.
          AND NOT EXISTS (
            SELECT
            FROM authz.roles s
            JOIN authz.resource_types c ON c.name = s.resource_type AND p.name = ANY (c.parents)
            WHERE s.name = role_uses.name AND s.owner_id IS NULL AND s.id <> role_uses.role_id)) u;
END;
COMMENT ON FUNCTION authz_internal.role_uses(bigint, text, text, bigint) IS 'what uses a role';
REVOKE ALL ON FUNCTION authz_internal.role_uses(bigint, text, text, bigint) FROM PUBLIC;

-- Policies and views that call a function of authz with the name of a permission.
CREATE FUNCTION authz_internal.named_permissions(tree pg_node_tree)
RETURNS SETOF text
LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 1
AS 'MODULE_PATHNAME', 'authz_named_permissions';
COMMENT ON FUNCTION authz_internal.named_permissions(pg_node_tree) IS 'permissions that calls of functions of authz have as constants, in a stored expression or query';
REVOKE ALL ON FUNCTION authz_internal.named_permissions(pg_node_tree) FROM PUBLIC;

CREATE FUNCTION authz_internal.permission_namers(permission text)
RETURNS SETOF text
LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT format('policy %s on table %s names it', authz_internal.quoted(p.polname::text), p.polrelid::regclass)
    FROM pg_proc AS f
         JOIN pg_depend AS d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.oid AND d.classid = 'pg_policy'::regclass
         JOIN pg_policy AS p ON p.oid = d.objid
    WHERE f.pronamespace = 'authz'::regnamespace
      AND EXISTS (SELECT FROM authz_internal.named_permissions(p.polqual) AS n WHERE n = permission
                  UNION ALL
                  SELECT FROM authz_internal.named_permissions(p.polwithcheck) AS n WHERE n = permission)
  UNION
    SELECT format('view %s names it', r.ev_class::regclass)
    FROM pg_proc AS f
         JOIN pg_depend AS d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.oid AND d.classid = 'pg_rewrite'::regclass
         JOIN pg_rewrite AS r ON r.oid = d.objid
    WHERE f.pronamespace = 'authz'::regnamespace
      AND EXISTS (SELECT FROM authz_internal.named_permissions(r.ev_action) AS n WHERE n = permission);
END;
COMMENT ON FUNCTION authz_internal.permission_namers(text) IS 'policies and views with the name of a permission as a constant';
REVOKE ALL ON FUNCTION authz_internal.permission_namers(text) FROM PUBLIC;

CREATE FUNCTION authz_internal.permission_uses(permission authz.permission)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT authz_internal.use_list(array_agg(u.use ORDER BY u.kind, u.use), 100)
    FROM (
        SELECT 1 AS kind, format('%s has it', authz_internal.role_label(rp.role_id)) AS use
        FROM (SELECT rp.role_id
              FROM authz.role_permissions rp
              WHERE rp.permission = permission_uses.permission
              ORDER BY rp.role_id
              LIMIT 101) rp
        UNION
        SELECT 2, format('permission "%s" requires it', q.permission)
        FROM authz.permission_requirements q
        WHERE q.requires = permission_uses.permission
        UNION
        SELECT 3, format('it allows operation %s on type %s', m.operation, m.resource_type)
        FROM authz.management_permissions m
        WHERE m.permission = permission_uses.permission
        UNION
        SELECT 4, format('it stands in for holding %s', authz_internal.role_label(r.id))
        FROM authz.roles r
        WHERE r.protected_permission = permission_uses.permission
        UNION
        SELECT 5, n.use
        FROM authz_internal.permission_namers(permission_uses.permission::text) AS n (use)) u;
END;
COMMENT ON FUNCTION authz_internal.permission_uses(authz.permission) IS 'what uses a permission';
REVOKE ALL ON FUNCTION authz_internal.permission_uses(authz.permission) FROM PUBLIC;

CREATE FUNCTION authz_internal.resource_type_uses(name text)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT authz_internal.use_list(array_agg(u.use ORDER BY u.kind, u.use), 100)
    FROM (
        SELECT 1 AS kind, format('type %s is beneath it', t.name) AS use
        FROM authz.resource_types t
        WHERE resource_type_uses.name = ANY (t.parents)
        UNION
        SELECT 2, format('permission "%s" belongs to it', p.name)
        FROM authz.permissions p
        WHERE p.resource_type = resource_type_uses.name
        UNION
        SELECT 3, authz_internal.role_label(r.id) || ' is for it'
        FROM ((SELECT p.id FROM authz.roles p WHERE p.owner_id IS NULL AND p.resource_type = resource_type_uses.name)
              UNION ALL
              (SELECT c.id FROM authz.roles c WHERE c.owner_id IS NOT NULL AND c.resource_type = resource_type_uses.name LIMIT 101)) r
        UNION
        SELECT 4, format('table %I.%I is tracked as it', k.table_schema, k.table_name)
        FROM authz.tracked_tables k
        WHERE k.resource_type = resource_type_uses.name
        UNION
        SELECT 5, u.use
        FROM (
            SELECT format('%s is of it', authz_internal.quoted(r.resource::text)) AS use
            FROM authz.resources r
            WHERE r.resource_type = resource_type_uses.name
            LIMIT 101) u) u;
END;
COMMENT ON FUNCTION authz_internal.resource_type_uses(text) IS 'what uses a resource type';
REVOKE ALL ON FUNCTION authz_internal.resource_type_uses(text) FROM PUBLIC;

-- All rules about all rows ---------------------------------------------------------------------
CREATE FUNCTION authz_internal.dangling_references()
RETURNS TABLE (rule text, message text, detail text, hint text)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    fkey record;
    dangling bigint;
    example text;
BEGIN
    FOR fkey IN
        SELECT c.conname, c.conrelid::regclass AS referencing, c.confrelid::regclass AS referenced,
            string_agg(format('k.%I OPERATOR(%s) r.%I', a.attname, format('%I.', n.nspname) || o.oprname, f.attname), ' AND ') AS matches,
            string_agg(format('k.%I IS NOT NULL', a.attname), ' AND ') AS is_set
        FROM pg_constraint c
        CROSS JOIN LATERAL unnest(c.conkey, c.confkey, c.conpfeqop) AS u (key, fkey, eqop)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = u.key
        JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = u.fkey
        JOIN pg_operator o ON o.oid = u.eqop
        JOIN pg_namespace n ON n.oid = o.oprnamespace
        WHERE c.contype = 'f' AND c.connamespace = 'authz'::regnamespace
        GROUP BY c.oid, c.conname, c.conrelid, c.confrelid
        ORDER BY c.conname
    LOOP
        EXECUTE format('SELECT count(*), min(k::text) FROM %s k WHERE %s AND NOT EXISTS (SELECT FROM %s r WHERE %s)',
                       fkey.referencing, fkey.is_set, fkey.referenced, fkey.matches)
            INTO dangling, example;
        IF dangling > 0 THEN
            rule := fkey.conname;
            message := format('table %s violates foreign key constraint "%s"', fkey.referencing, fkey.conname);
            detail := format('%s rows refer to rows that are not in %s, such as %s.', dangling, fkey.referenced, example);
            hint := 'Restore all tables from the same dump.';
            RETURN NEXT;
        END IF;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION authz_internal.dangling_references() IS 'rows that refer to rows that are not there';
REVOKE ALL ON FUNCTION authz_internal.dangling_references() FROM PUBLIC;

CREATE FUNCTION authz.validate()
RETURNS TABLE (rule text, message text, detail text, hint text)
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
SET jit = off                   -- compiling took ten times what the query does
BEGIN ATOMIC
    SELECT rule, message, detail, hint FROM authz_internal.dangling_references()
    UNION ALL
    SELECT rule, message, detail, hint FROM authz_internal.resource_type_violations
    UNION ALL
    SELECT rule, message, detail, hint FROM authz_internal.role_violations
    UNION ALL
    SELECT rule, message, detail, hint FROM authz_internal.management_violations
    UNION ALL
    SELECT rule, message, detail, hint FROM authz_internal.resource_violations
    UNION ALL
    SELECT rule, message, detail, hint FROM authz_internal.subject_violations
    UNION ALL
    SELECT rule, message, detail, hint FROM authz_internal.membership_violations
    UNION ALL
    SELECT rule, message, detail, hint FROM authz_internal.assignment_violations;
END;
COMMENT ON FUNCTION authz.validate() IS 'everything in the tables that breaks a rule; no row is the only good answer';
REVOKE ALL ON FUNCTION authz.validate() FROM PUBLIC;

CREATE FUNCTION authz_internal.guard()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_guard';
COMMENT ON FUNCTION authz_internal.guard() IS 'holds the rules for the rows that a statement touched';
REVOKE ALL ON FUNCTION authz_internal.guard() FROM PUBLIC;

CREATE FUNCTION authz_internal.lock_model()
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_lock_model_alone';
COMMENT ON FUNCTION authz_internal.lock_model() IS 'keeps everybody else from writing to tables of authz until the end of the transaction; tries for lock_timeout, or 5 s, without making anybody wait';
REVOKE ALL ON FUNCTION authz_internal.lock_model() FROM PUBLIC;

CREATE FUNCTION authz_internal.write_states()
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_write_states';
COMMENT ON FUNCTION authz_internal.write_states() IS 'what the current call writes from here on are states, not changes: the rules about changes (permission_redundant) are not asked';
REVOKE ALL ON FUNCTION authz_internal.write_states() FROM PUBLIC;

CREATE FUNCTION authz_internal.lock_exclusive(subject_id bigint, role_id bigint, resource_id bigint, source text)
RETURNS boolean
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_lock_exclusive';
COMMENT ON FUNCTION authz_internal.lock_exclusive(bigint, bigint, bigint, text) IS 'whether a grant would take the place of another; then no other grant to the subject is made there until the end of the transaction';
REVOKE ALL ON FUNCTION authz_internal.lock_exclusive(bigint, bigint, bigint, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.lock_move(resource_id bigint, parent_id bigint)
RETURNS void
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_lock_move';
COMMENT ON FUNCTION authz_internal.lock_move(bigint, bigint) IS 'keeps others to the end of the transaction from what would interfere with a move of the resource beneath that parent';
REVOKE ALL ON FUNCTION authz_internal.lock_move(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.lock_reassigned(from_role_id bigint, to_role_id bigint)
RETURNS void
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_lock_reassigned';
COMMENT ON FUNCTION authz_internal.lock_reassigned(bigint, bigint) IS 'the same for all holders of a role who are to get another one';
REVOKE ALL ON FUNCTION authz_internal.lock_reassigned(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.cascade()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_cascade';
COMMENT ON FUNCTION authz_internal.cascade() IS 'removes what hangs on a row in other tables before the row goes';
REVOKE ALL ON FUNCTION authz_internal.cascade() FROM PUBLIC;

CREATE FUNCTION authz_internal.cascade_after()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_cascade_after';
COMMENT ON FUNCTION authz_internal.cascade_after() IS 'removes what hangs on a row in its own table; refuses to drop what is in use';
REVOKE ALL ON FUNCTION authz_internal.cascade_after() FROM PUBLIC;

CREATE FUNCTION authz_internal.refuse_update()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_refuse_update';
COMMENT ON FUNCTION authz_internal.refuse_update() IS 'refuses to change columns that never change';
REVOKE ALL ON FUNCTION authz_internal.refuse_update() FROM PUBLIC;

CREATE FUNCTION authz_internal.refuse_truncate()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_refuse_truncate';
COMMENT ON FUNCTION authz_internal.refuse_truncate() IS 'refuses TRUNCATE';
REVOKE ALL ON FUNCTION authz_internal.refuse_truncate() FROM PUBLIC;

-- Triggers ---------------------------------------------------------------------------------------
-- Their names give their order: on each row invalidation (a_...), then the rules
-- (b_...), then the audit log (c_...).  What must come before the triggers of the
-- foreign keys (RI_...) has a name in capitals.  They fire on the origin only: a
-- subscriber applies rows that its publisher has checked.

-- What other rows and applications know a row by.
DO $$
DECLARE
    keyed text;
BEGIN
    FOREACH keyed IN ARRAY ARRAY['resources', 'subjects', 'roles', 'assignments', 'tracked_tables'] LOOP
        EXECUTE format('CREATE TRIGGER b_immutable_id BEFORE UPDATE ON authz.%I
                        FOR EACH ROW WHEN (OLD.id <> NEW.id)
                        EXECUTE FUNCTION authz_internal.refuse_update(''immutable'', ''an id cannot change'', ''Make a new row, and remove this one.'')', keyed);
        EXECUTE format('COMMENT ON TRIGGER b_immutable_id ON authz.%I IS %L', keyed, 'refuses to change what never changes');
    END LOOP;
END
$$;

DO $$
DECLARE
    fixed record;
BEGIN
    FOR fixed IN
        SELECT f.*
        FROM (VALUES
            ('resource_types', 'OLD.name <> NEW.name',
             'the name of a resource type cannot change', 'Make a new type, and drop this one when nothing uses it.'),
            ('resources', 'authz.resource_type(OLD.resource) <> authz.resource_type(NEW.resource)',
             'the type of a resource cannot change', 'Make a new resource of that type, and drop this one.'),
            ('subjects', 'OLD.resource_id IS DISTINCT FROM NEW.resource_id
                          OR OLD.subject <> NEW.subject AND (authz.subject_kind(OLD.subject) <> authz.subject_kind(NEW.subject)
                                                             OR ''user:*''::authz.subject IN (OLD.subject, NEW.subject))',
             'the kind and the home of a subject cannot change', 'Make a new subject, and drop this one.'),
            ('roles', 'OLD.resource_type <> NEW.resource_type OR OLD.owner_id IS DISTINCT FROM NEW.owner_id',
             'the resource type and the owner of a role cannot change', 'Make a new role, and drop this one.')
        ) AS f (name, changed, message, hint)
    LOOP
        EXECUTE format('CREATE TRIGGER b_immutable BEFORE UPDATE ON authz.%I
                        FOR EACH ROW WHEN (%s)
                        EXECUTE FUNCTION authz_internal.refuse_update(%L, %L, %L)', fixed.name, fixed.changed, 'immutable', fixed.message, fixed.hint);
        EXECUTE format('COMMENT ON TRIGGER b_immutable ON authz.%I IS %L', fixed.name, 'refuses to change what never changes');
    END LOOP;
END
$$;

-- The rules after each statement of these kinds; what a removal takes along, or that
-- what is in use stays; no TRUNCATE.
DO $$
DECLARE
    guarded record;
    event text;
BEGIN
    FOR guarded IN
        SELECT g.*
        FROM (VALUES
            ('resource_types', '{insert,update}'::text[], 'refuses to drop what is in use'),
            ('permissions', '{update}', 'refuses to drop what is in use'),
            ('permission_requirements', '{insert,update}', NULL),
            ('management_permissions', '{insert,update}', NULL),
            ('management_roles', '{insert,update}', NULL),
            ('resources', '{insert,update}', 'removes what is beneath the row'),
            ('subjects', '{insert,update}', 'removes what is beneath the row'),
            ('memberships', '{insert,update,delete}', NULL),
            ('roles', '{insert,update}', 'refuses to drop what is in use'),
            ('role_inherits', '{insert,update,delete}', NULL),
            ('role_base_roles', '{insert,update,delete}', NULL),
            ('role_permissions', '{insert,update,delete}', NULL),
            ('assignments', '{insert,update,delete}', NULL)
        ) AS g (name, events, cascade_comment)
    LOOP
        IF guarded.cascade_comment IS NOT NULL THEN
            EXECUTE format('CREATE TRIGGER b_cascade BEFORE DELETE ON authz.%I
                            FOR EACH ROW EXECUTE FUNCTION authz_internal.cascade()', guarded.name);
            EXECUTE format('COMMENT ON TRIGGER b_cascade ON authz.%I IS %L', guarded.name, 'removes what hangs on the row first');
            EXECUTE format('CREATE TRIGGER "CASCADE" AFTER DELETE ON authz.%I
                            FOR EACH ROW EXECUTE FUNCTION authz_internal.cascade_after()', guarded.name);
            EXECUTE format('COMMENT ON TRIGGER "CASCADE" ON authz.%I IS %L', guarded.name, guarded.cascade_comment);
        END IF;
        FOREACH event IN ARRAY guarded.events LOOP
            EXECUTE format('CREATE TRIGGER %I AFTER %s ON authz.%I
                            REFERENCING %s
                            FOR EACH STATEMENT EXECUTE FUNCTION authz_internal.guard()', 'b_guard_' || event, event, guarded.name,
                           concat_ws(' ', CASE WHEN event <> 'insert' THEN 'OLD TABLE AS old_rows' END,
                                          CASE WHEN event <> 'delete' THEN 'NEW TABLE AS new_rows' END));
            EXECUTE format('COMMENT ON TRIGGER %I ON authz.%I IS %L', 'b_guard_' || event, guarded.name, 'holds the rules');
        END LOOP;
        EXECUTE format('CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON authz.%I
                        FOR EACH STATEMENT EXECUTE FUNCTION authz_internal.refuse_truncate()', guarded.name);
        EXECUTE format('COMMENT ON TRIGGER b_refuse_truncate ON authz.%I IS %L', guarded.name, 'refuses TRUNCATE');
    END LOOP;
END
$$;

-- The guard asks once for all rows of a statement what the foreign keys ask for
-- each row; of many new resources that was the larger part of the cost.  What the
-- keys say of a parent or a type that is removed stays with them.
DO $$
DECLARE
    checking name;
BEGIN
    FOR checking IN
        SELECT t.tgname
        FROM pg_trigger AS t
        JOIN pg_constraint AS c ON c.oid = t.tgconstraint AND c.conrelid = t.tgrelid
        WHERE t.tgrelid = 'authz.resources'::regclass AND c.contype = 'f'
          AND t.tgfoid IN ('"RI_FKey_check_ins"'::regproc, '"RI_FKey_check_upd"'::regproc)
    LOOP
        EXECUTE format('ALTER TABLE authz.resources DISABLE TRIGGER %I', checking);
    END LOOP;
END
$$;
