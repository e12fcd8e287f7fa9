-- Resources that follow an application's own table.  C code: src/sync/track.c.

CREATE FUNCTION authz.track_rows()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_track_rows';
-- Executable by everybody: the owner of a tracked table who adds a partition makes its
-- triggers.  For the rows of a table that is not tracked it
-- does nothing but raise an error, for statements nothing.
COMMENT ON FUNCTION authz.track_rows() IS 'trigger of tracked tables: keeps their resources in step';

CREATE FUNCTION authz_internal.is_provisional(resource_id bigint)
RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'authz_is_provisional';
COMMENT ON FUNCTION authz_internal.is_provisional(bigint) IS 'internal: the resource was made for a row whose policies are being checked, and which may not be stored';
REVOKE ALL ON FUNCTION authz_internal.is_provisional(bigint) FROM PUBLIC;

-- As new: rows that a stranger brings, as by INSERT, take over nothing.  A row whose parent is
-- missing is an 'error', or has none: with a 'warning', or, as somebody calls this 'again', without.
CREATE FUNCTION authz_internal.track_existing_rows(relation regclass, tracked_id bigint, as_new boolean DEFAULT false, missing_parents text DEFAULT 'error')
RETURNS bigint
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_track_existing_rows';
COMMENT ON FUNCTION authz_internal.track_existing_rows(regclass, bigint, boolean, text) IS 'makes the resources of the rows that a tracked table has already; returns how many were made or moved';
REVOKE ALL ON FUNCTION authz_internal.track_existing_rows(regclass, bigint, boolean, text) FROM PUBLIC;

-- Sign-up: the role that whoever inserts a row gets on it.  The check that they may
-- create it comes before the resource is made; the rules of delegation do not apply to
-- this grant, those of the model do.
CREATE FUNCTION authz_internal.give_creator_role(resource_id bigint, role_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    creator authz.subject := authz.current_subject();
    creator_key bigint;
BEGIN
    IF creator IS NULL OR authz.subject_kind(creator) NOT IN ('user', 'service_account') OR creator::text = 'user:*' THEN
        RETURN;
    END IF;
    creator_key := authz_internal.make_subject(creator::text);
    WITH members AS (
        INSERT INTO authz.subjects (subject, resource_id)
        SELECT authz.subject(r.resource || '#member'), r.id
        FROM authz.resources AS r
        JOIN authz.resource_types AS t ON t.name = r.resource_type
        WHERE r.id = give_creator_role.resource_id AND t.has_members
        RETURNING id
    )
    INSERT INTO authz.memberships (group_id, member_id)
    SELECT m.id, creator_key FROM members AS m;
    INSERT INTO authz.assignments (subject_id, role_id, resource_id, granted_by)
    VALUES (creator_key, give_creator_role.role_id, give_creator_role.resource_id, creator);
END
$$;
COMMENT ON FUNCTION authz_internal.give_creator_role(bigint, bigint) IS 'internal: gives the current subject, if it is a user or a service account, the role on the resource of a row that they insert';
REVOKE ALL ON FUNCTION authz_internal.give_creator_role(bigint, bigint) FROM PUBLIC;

-- Triggers --------------------------------------------------------------------
-- All of them ALWAYS, so that they also fire where changes are applied.  Their names
-- give their order among the application's: see src/sync/track.c.
--
-- Row triggers with a transition table are set-based (src/sync/track.c); partitions and
-- children by inheritance cannot have them.  Row triggers of a partitioned table
-- are handed down to its partitions, also to those made later; statement triggers are
-- not: authz_internal.follow_ddl() gives them to new ones.
CREATE FUNCTION authz_internal.add_track_triggers(relation regclass, tracked_id bigint, id_column name, parent_columns name[])
RETURNS void
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    set_based boolean := (SELECT c.relkind = 'r' FROM pg_class AS c WHERE c.oid = relation)
                         AND NOT EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = relation);
    changed text;
    name text;
BEGIN
    -- Names of resources are compared bytewise, whatever the collation of the column.
    SELECT string_agg(format('OLD.%1$I %2$s IS DISTINCT FROM NEW.%1$I %2$s', a.attname, CASE WHEN a.attcollation <> 0 THEN 'COLLATE "C"' END), ' OR ')
    INTO changed
    FROM pg_attribute AS a
    WHERE a.attrelid = relation AND a.attname = ANY (id_column || parent_columns);

    -- First, as long as the table does not look tracked to authz_internal.follow_ddl().
    PERFORM authz_internal.add_statement_triggers(relation, tracked_id, true);
    PERFORM authz_internal.execute_command(format('CREATE TRIGGER "~authz_track_before" BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION authz.track_rows(%L)',
        relation, tracked_id));
    IF (SELECT c.relkind = 'p' FROM pg_class AS c WHERE c.oid = relation) THEN
        -- What an UPDATE that moves a row to another partition does on the way.
        PERFORM authz_internal.execute_command(format('CREATE TRIGGER "~authz_track_leave" BEFORE DELETE ON %s FOR EACH ROW EXECUTE FUNCTION authz.track_rows(%L)',
            relation, tracked_id));
        PERFORM authz_internal.execute_command(format('CREATE TRIGGER "!authz_track_arrive" BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION authz.track_rows(%L)',
            relation, tracked_id));
    END IF;
    PERFORM authz_internal.execute_command(format('CREATE TRIGGER "!authz_track_insert" AFTER INSERT ON %s %s FOR EACH ROW EXECUTE FUNCTION authz.track_rows(%L)',
        relation, CASE WHEN set_based THEN 'REFERENCING NEW TABLE AS new_rows' END, tracked_id));
    PERFORM authz_internal.execute_command(format('CREATE TRIGGER "~authz_track_update" AFTER UPDATE ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION authz.track_rows(%L)',
        relation, changed, tracked_id));
    PERFORM authz_internal.execute_command(format('CREATE TRIGGER "~authz_track_delete" AFTER DELETE ON %s %s FOR EACH ROW EXECUTE FUNCTION authz.track_rows(%L)',
        relation, CASE WHEN set_based THEN 'REFERENCING OLD TABLE AS old_rows' END, tracked_id));
    FOR name IN
        SELECT g.tgname FROM pg_trigger AS g WHERE g.tgrelid = relation AND g.tgfoid = 'authz.track_rows'::regproc AND g.tgenabled = 'O' ORDER BY g.oid
    LOOP
        PERFORM authz_internal.execute_command(format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', relation, name));
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.add_track_triggers(regclass, bigint, name, name[]) IS 'puts the triggers on a tracked table';
REVOKE ALL ON FUNCTION authz_internal.add_track_triggers(regclass, bigint, name, name[]) FROM PUBLIC;

CREATE FUNCTION authz_internal.add_statement_triggers(relation regclass, tracked_id bigint, as_caller boolean)
RETURNS SETOF regclass
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    part record;
    name text;
BEGIN
    FOR part IN
        SELECT c.oid::regclass AS relation, c.relkind = 'r' AS is_leaf
        FROM (SELECT t.relid FROM pg_partition_tree(relation) AS t UNION SELECT relation) AS t (relid)
             JOIN pg_class AS c ON c.oid = t.relid AND c.relkind IN ('r', 'p')
        ORDER BY c.oid
    LOOP
        -- The ALTER TABLE below fires authz_internal.follow_ddl(), which goes on with the others.
        CONTINUE WHEN EXISTS (SELECT FROM pg_trigger AS g
                              WHERE g.tgrelid = part.relation AND g.tgfoid = 'authz.track_rows'::regproc AND g.tgname = '~authz_track_begin');
        PERFORM authz_internal.execute_command(format('CREATE TRIGGER "~authz_track_begin" BEFORE INSERT OR UPDATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION authz.track_rows(%L)',
            part.relation, tracked_id), as_caller);
        PERFORM authz_internal.execute_command(format('CREATE TRIGGER "~authz_track_end" AFTER INSERT OR UPDATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION authz.track_rows(%L)',
            part.relation, tracked_id), as_caller);
        IF part.is_leaf THEN
            PERFORM authz_internal.execute_command(format('CREATE TRIGGER "~authz_track_truncate" BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION authz.track_rows(%L)',
                part.relation, tracked_id), as_caller);
            PERFORM authz_internal.execute_command(format('ALTER TABLE %s ENABLE ALWAYS TRIGGER "~authz_track_truncate"', part.relation), as_caller);
        END IF;
        FOREACH name IN ARRAY ARRAY['~authz_track_begin', '~authz_track_end'] LOOP
            PERFORM authz_internal.execute_command(format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', part.relation, name), as_caller);
        END LOOP;
        CONTINUE WHEN NOT part.is_leaf;
        RETURN NEXT part.relation;
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.add_statement_triggers(regclass, bigint, boolean) IS 'puts the statement triggers on a tracked table and its partitions; returns those with rows that had none';
REVOKE ALL ON FUNCTION authz_internal.add_statement_triggers(regclass, bigint, boolean) FROM PUBLIC;

-- Also of partitions that have been detached.
CREATE FUNCTION authz_internal.drop_track_triggers(relation regclass, tracked_id bigint, as_caller boolean, but_of regclass[] DEFAULT '{}')
RETURNS boolean
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found boolean := false;
    trigger record;
BEGIN
    FOR trigger IN
        SELECT g.tgname AS name, g.tgrelid::regclass AS relation
        FROM pg_trigger AS g
        WHERE g.tgfoid = 'authz.track_rows'::regproc AND g.tgparentid = 0
          AND (g.tgrelid = drop_track_triggers.relation
               OR g.tgrelid IN (SELECT t.relid FROM pg_partition_tree(drop_track_triggers.relation) AS t)
               OR split_part(encode(g.tgargs, 'escape'), '\000', 1) = tracked_id::text AND g.tgname ~ '^[~!]authz_track_')
          AND g.tgrelid <> ALL (but_of)
        ORDER BY g.oid
    LOOP
        PERFORM authz_internal.execute_command(format('DROP TRIGGER %I ON %s', trigger.name, trigger.relation), as_caller);
        found := true;
    END LOOP;
    RETURN found;
END
$$;
COMMENT ON FUNCTION authz_internal.drop_track_triggers(regclass, bigint, boolean, regclass[]) IS 'takes the triggers off a tracked table, its partitions and those that were, but not off some; returns whether there were any';
REVOKE ALL ON FUNCTION authz_internal.drop_track_triggers(regclass, bigint, boolean, regclass[]) FROM PUBLIC;

-- For administrators ----------------------------------------------------------
CREATE FUNCTION authz_internal.check_track(relation regclass, privilege text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT (authz.is_administrator()
            AND authz_internal.execute_command(format('SELECT has_table_privilege(''authz.tracked_tables'', %L)', check_track.privilege))::boolean) THEN
        RAISE EXCEPTION USING ERRCODE = '42501',
            MESSAGE = format('permission denied to %s table %s', CASE privilege WHEN 'INSERT' THEN 'track' ELSE 'untrack' END, check_track.relation),
            DETAIL = 'Only administrators, roles that may write the tables of authz, decide which tables are tracked.',
            HINT = 'An administrator who owns the table can do this, or a superuser.';
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.check_track(regclass, text) IS 'internal: an error unless the caller may write down which tables are tracked';
REVOKE ALL ON FUNCTION authz_internal.check_track(regclass, text) FROM PUBLIC;

-- parent_column: a column, or 'type:column, type:column'.  Its columns are looked for by the caller.
CREATE FUNCTION authz_internal.parent_columns(relation regclass, resource_type text, parent_column text, OUT columns name[], OUT types text[])
LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    parents text[] := (SELECT t.parents FROM authz.resource_types AS t WHERE t.name = parent_columns.resource_type);
    example text := (SELECT string_agg(p || ':' || p || '_id', ', ') FROM unnest(parents) AS p);
    rest text := parent_column;
    entry text[];
    column_name text;
BEGIN
    IF parent_column IS NULL THEN
        RETURN;
    ELSIF parents IS NULL THEN
        RAISE EXCEPTION 'resources of type "%" have no parents', resource_type
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Leave parent_column out.';
    ELSIF strpos(parent_column, ':') = 0
        OR EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attname::text = parent_column AND a.attnum > 0 AND NOT a.attisdropped) THEN
        IF cardinality(parents) > 1 THEN
            RAISE EXCEPTION 'parent_column does not say of which type the parents are'
                USING ERRCODE = 'invalid_parameter_value',
                      DETAIL = format('The parent of a resource of type "%s" is of type %s.', resource_type, array_to_string(parents, ' or ')),
                      HINT = format('Name the columns with their types, such as parent_column => %L; the first that is not NULL counts.', example);
        END IF;
        columns := ARRAY[parent_column];
        types := parents;
        RETURN;
    END IF;

    LOOP
        -- A type, a column as SQL writes it, and what comes after the comma.
        entry := regexp_match(rest, '^\s*([^\s:,"]+)\s*:\s*("(?:[^"]|"")+"|[^\s:,"]+)\s*(?:,(.*))?$');
        BEGIN
            column_name := (parse_ident(entry[2]))[1];
            IF cardinality(parse_ident(entry[2])) <> 1 THEN
                entry := NULL;
            END IF;
        EXCEPTION WHEN invalid_parameter_value THEN
            entry := NULL;
        END;
        IF entry IS NULL THEN
            RAISE EXCEPTION 'invalid value for parameter "parent_column": "%"', parent_column
                USING ERRCODE = 'invalid_parameter_value',
                      HINT = format('Write the name of a column, or types with their columns, such as %s. Quote a column where SQL would.', example);
        END IF;
        PERFORM authz_internal.require_resource_type(entry[1]);
        IF entry[1] <> ALL (parents) THEN
            RAISE EXCEPTION 'resources of type "%" cannot be beneath one of type "%"', resource_type, entry[1]
                USING ERRCODE = 'invalid_parameter_value',
                      DETAIL = format('The parent of a resource of type "%s" is of type %s.', resource_type, array_to_string(parents, ' or ')),
                      HINT = 'Name parent types only.';
        ELSIF entry[1] = ANY (types) OR column_name = ANY (columns::text[]) THEN
            RAISE EXCEPTION '% "%" is named twice in parent_column', CASE WHEN entry[1] = ANY (types) THEN 'type' ELSE 'column' END,
                CASE WHEN entry[1] = ANY (types) THEN entry[1] ELSE column_name END
                USING ERRCODE = 'invalid_parameter_value', HINT = 'Name each type once, with a column of its own.';
        END IF;
        columns := columns || column_name::name;
        types := types || entry[1];
        rest := entry[3];
        EXIT WHEN rest IS NULL;
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.parent_columns(regclass, text, text) IS 'internal: the columns that the parameter parent_column of authz.track names, and the types of the parents whose ids they hold';
REVOKE ALL ON FUNCTION authz_internal.parent_columns(regclass, text, text) FROM PUBLIC;

-- For messages.
CREATE FUNCTION authz_internal.tracked_columns(tracked authz.tracked_tables)
RETURNS text
LANGUAGE sql STABLE CALLED ON NULL INPUT PARALLEL SAFE
BEGIN ATOMIC
    SELECT format('column "%s"', (tracked_columns.tracked).id_column)
        || coalesce(CASE WHEN cardinality((tracked_columns.tracked).parent_columns) > 1 THEN ' and parent columns ' ELSE ' and parent column ' END
                    || (SELECT string_agg('"' || c.name || '"', ', ' ORDER BY c.number) FROM unnest((tracked_columns.tracked).parent_columns) WITH ORDINALITY AS c (name, number)), '');
END;
COMMENT ON FUNCTION authz_internal.tracked_columns(authz.tracked_tables) IS 'internal: the columns by which a table is tracked, for messages';
REVOKE ALL ON FUNCTION authz_internal.tracked_columns(authz.tracked_tables) FROM PUBLIC;

CREATE FUNCTION authz.track(relation regclass, resource_type text, id_column name, parent_column text DEFAULT NULL,
                            creator_role text DEFAULT NULL, moves text DEFAULT 'checked', drop_leftovers boolean DEFAULT false)
RETURNS bigint
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.track(regclass, text, name, text, text, text, boolean) IS 'makes the rows of a table resources, and keeps these in step with the table; returns how many were made or moved for the rows that are there';
REVOKE ALL ON FUNCTION authz.track(regclass, text, name, text, text, text, boolean) FROM PUBLIC;

CREATE FUNCTION authz_internal.track(relation regclass, resource_type text, id_column name, parent_column text, creator_role text, moves text, drop_leftovers boolean)
RETURNS bigint
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    target record;
    parents record;
    tracked authz.tracked_tables;
    column_name name;
    column_type regtype;
    generated boolean;
    base_type regtype;
    role_key bigint;
    last_resource bigint;
    is_new boolean := false;
    written bigint;
    leftovers bigint;
    adopted bigint;
    duplicate text;
BEGIN
    IF track.relation IS NULL OR track.resource_type IS NULL OR track.id_column IS NULL THEN
        RAISE EXCEPTION 'table, resource type and id column must not be null'
            USING ERRCODE = 'null_value_not_allowed';
    END IF;
    PERFORM authz_internal.check_track(track.relation, 'INSERT');
    IF track.moves IS NULL OR track.moves NOT IN ('checked', 'free') THEN
        RAISE EXCEPTION 'invalid value for parameter "moves": %', coalesce('"' || track.moves || '"', 'NULL')
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Use checked or free.';
    END IF;

    SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relpersistence = 't' AS temporary, c.relispartition AS partition
    INTO target
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = track.relation;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'table with OID % does not exist', track.relation::oid
            USING ERRCODE = 'undefined_table';
    END IF;
    IF target.kind NOT IN ('r', 'p') OR target.temporary OR target.partition
       OR target.schema IN ('authz', 'authz_internal', 'pg_catalog', 'information_schema') THEN
        RAISE EXCEPTION 'cannot track "%"', target.name
            USING ERRCODE = 'wrong_object_type',
                  DETAIL = CASE
                      WHEN target.kind NOT IN ('r', 'p') THEN 'It is not a table.'
                      WHEN target.temporary THEN 'It is a temporary table.'
                      WHEN target.partition THEN 'It is a partition.'
                      ELSE 'It is not a table of an application.'
                  END,
                  HINT = CASE WHEN target.partition THEN 'Track the partitioned table.' ELSE 'Track an ordinary or a partitioned table.' END;
    END IF;

    PERFORM authz_internal.require_resource_type(track.resource_type);
    SELECT * INTO parents FROM authz_internal.parent_columns(track.relation, track.resource_type, track.parent_column);
    IF track.creator_role IS NOT NULL THEN
        SELECT r.id INTO role_key
        FROM authz.roles AS r
        WHERE r.name = track.creator_role AND r.resource_type = track.resource_type AND r.owner_id IS NULL;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'predefined role "%" for resource type "%" does not exist', track.creator_role, track.resource_type
                USING ERRCODE = 'undefined_object',
                      HINT = coalesce('Did you mean "' || authz_internal.nearest_name(track.creator_role, authz_internal.role_names(track.resource_type, NULL)) || '"?',
                                      'The creator of a row gets a predefined role of the type of the row.');
        END IF;
    END IF;

    FOREACH column_name IN ARRAY track.id_column || parents.columns LOOP
        SELECT a.atttypid, a.attgenerated <> '' INTO column_type, generated
        FROM pg_attribute AS a
        WHERE a.attrelid = track.relation AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'column "%" of table "%" does not exist', column_name, target.name
                USING ERRCODE = 'undefined_column';
        END IF;
        IF generated THEN
            RAISE EXCEPTION 'cannot track table "%" by column "%"', target.name, column_name
                USING ERRCODE = 'feature_not_supported', DETAIL = 'It is a generated column, which has no value yet when a new row is looked at.';
        END IF;
        WITH RECURSIVE base (type) AS (
            SELECT column_type::oid
          UNION ALL
            SELECT y.typbasetype FROM base JOIN pg_type AS y ON y.oid = base.type WHERE y.typtype = 'd'
        )
        SELECT base.type INTO base_type
        FROM base JOIN pg_type AS y ON y.oid = base.type
        WHERE y.typtype <> 'd';
        IF base_type NOT IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'uuid'::regtype, 'text'::regtype, 'varchar'::regtype) THEN
            RAISE EXCEPTION 'a value of type % cannot be the id of a resource', column_type
                USING ERRCODE = 'datatype_mismatch',
                      HINT = 'Use smallint, integer, bigint, uuid, text or varchar.';
        END IF;
    END LOOP;

    -- Nobody changes rows between their becoming resources and the triggers.
    PERFORM authz_internal.execute_command(format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', track.relation));

    -- Otherwise two rows would share what hangs on a resource.  A partitioned table may
    -- not be able to have such an index: there our triggers look.
    IF NOT EXISTS (
        SELECT
        FROM pg_index AS i
        JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = track.relation AND a.attname = track.id_column
          AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indpred IS NULL
    ) THEN
        IF target.kind = 'r' THEN
            RAISE EXCEPTION 'table "%" has no unique index on column "%"', target.name, track.id_column
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      DETAIL = 'Two rows with one id would share the roles on it.',
                      HINT = format('ALTER TABLE %s ADD UNIQUE (%I);', track.relation, track.id_column);
        END IF;
        duplicate := authz_internal.execute_command(format('SELECT %1$I::text FROM %2$s WHERE %1$I IS NOT NULL GROUP BY %1$I HAVING count(*) > 1 LIMIT 1', track.id_column, track.relation));
        IF duplicate IS NOT NULL THEN
            RAISE EXCEPTION 'several rows of table "%" have the id "%"', target.name, duplicate
                USING ERRCODE = 'unique_violation', DETAIL = 'They would share the roles on it.';
        END IF;
    END IF;

    SELECT * INTO tracked FROM authz.tracked_tables AS t WHERE t.table_schema = target.schema AND t.table_name = target.name;
    IF NOT FOUND THEN
        SELECT * INTO tracked FROM authz.tracked_tables AS t WHERE t.resource_type = track.resource_type;
        IF FOUND THEN
            RAISE EXCEPTION 'resource type "%" is tracked by another table', track.resource_type
                USING ERRCODE = 'duplicate_object',
                      DETAIL = format('Its resources follow table %I.%I.', tracked.table_schema, tracked.table_name),
                      HINT = 'A resource has one row. Give the other table a resource type of its own.';
        END IF;
        is_new := true;
        IF EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = track.relation AND p.polname ~ '^authz_(select|insert|update|delete)$') THEN
            RAISE WARNING 'table "%" was protected before it was tracked', target.name
                USING DETAIL = 'authz.protect did not know what the ids of its rows are, nor that an INSERT is to be asked of the parent.',
                      HINT = 'Call authz.protect for the table again.';
        END IF;
        INSERT INTO authz.tracked_tables (table_schema, table_name, resource_type, id_column, parent_columns, parent_types, creator_role_id, moves)
        VALUES (target.schema, target.name, track.resource_type, track.id_column, parents.columns, parents.types, role_key, track.moves)
        RETURNING * INTO tracked;
    ELSIF (tracked.resource_type, tracked.id_column, tracked.parent_columns, tracked.parent_types, tracked.creator_role_id, tracked.moves)
        IS DISTINCT FROM (track.resource_type, track.id_column, parents.columns, parents.types, role_key, track.moves) THEN
        RAISE EXCEPTION 'table "%" is tracked already', target.name
            USING ERRCODE = 'duplicate_object',
                  DETAIL = format('It is tracked as resource type "%s" by %s.', tracked.resource_type, authz_internal.tracked_columns(tracked)),
                  HINT = 'Call authz.untrack first.';
    END IF;

    -- What an earlier table of this type has left is no row's any more, nor is what has lost its
    -- row unnoticed: with a partition, or while triggers were disabled.
    IF is_new THEN
        UPDATE authz.resources AS r SET has_row = false WHERE r.resource_type = track.resource_type AND r.has_row;
    ELSE
        PERFORM authz_internal.execute_command(format('UPDATE authz.resources AS r SET has_row = false
            WHERE r.resource_type = %L AND r.has_row
              AND NOT EXISTS (SELECT FROM %s AS t WHERE t.%I::text COLLATE "C" = authz.resource_id(r.resource) COLLATE "C")',
            track.resource_type, track.relation, track.id_column));
    END IF;
    SELECT max(r.id) INTO last_resource FROM authz.resources AS r;

    PERFORM authz_internal.drop_track_triggers(track.relation, tracked.id, true);
    PERFORM authz_internal.add_track_triggers(track.relation, tracked.id, track.id_column, parents.columns);
    -- Of two tables whose rows are beneath those of the other, one comes first.
    written := authz_internal.track_existing_rows(track.relation, tracked.id, false,
        CASE WHEN EXISTS (SELECT FROM unnest(parents.types) AS p (type)
                          WHERE p.type <> track.resource_type
                            AND NOT EXISTS (SELECT FROM authz.tracked_tables AS t WHERE t.resource_type = p.type)
                            AND authz_internal.type_is_within(p.type, track.resource_type)) THEN 'warning' ELSE 'error' END);

    IF track.drop_leftovers THEN
        DELETE FROM authz.resources AS r WHERE r.resource_type = track.resource_type AND NOT r.has_row;
    END IF;
    SELECT count(*) FILTER (WHERE NOT r.has_row),
           count(*) FILTER (WHERE r.has_row AND is_new AND r.id <= last_resource AND EXISTS (SELECT FROM authz.assignments AS a WHERE a.resource_id = r.id))
    INTO leftovers, adopted
    FROM authz.resources AS r
    WHERE r.resource_type = track.resource_type;
    IF leftovers > 0 OR adopted > 0 THEN
        RAISE WARNING USING ERRCODE = '01000',
            MESSAGE = format('there were resources of type "%s" before', track.resource_type),
            DETAIL = format('%s of them have no row in table "%s"; %s have come to belong to a row, with the roles that had been granted on them.', leftovers, target.name, adopted),
            HINT = CASE WHEN leftovers > 0 THEN 'authz.track(..., drop_leftovers => true) drops those without a row.'
                        ELSE 'authz.list_assignments shows the roles on each.' END;
    END IF;
    RETURN written;
END
$$;
COMMENT ON FUNCTION authz_internal.track(regclass, text, name, text, text, text, boolean) IS 'implementation of authz.track';
REVOKE ALL ON FUNCTION authz_internal.track(regclass, text, name, text, text, text, boolean) FROM PUBLIC;

CREATE FUNCTION authz.untrack(relation regclass, drop_resources boolean DEFAULT false)
RETURNS boolean
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.untrack(regclass, boolean) IS 'ends authz.track for a table; its resources stay as they are, or go; returns whether it was tracked';
REVOKE ALL ON FUNCTION authz.untrack(regclass, boolean) FROM PUBLIC;

CREATE FUNCTION authz_internal.untrack(relation regclass, drop_resources boolean)
RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    had_triggers boolean;
    tracked authz.tracked_tables;
    was_tracked boolean;
BEGIN
    PERFORM authz_internal.check_track(untrack.relation, 'DELETE');
    DELETE FROM authz.tracked_tables AS t
    USING pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = untrack.relation AND t.table_schema = n.nspname AND t.table_name = c.relname
    RETURNING t.* INTO tracked;
    was_tracked := FOUND;
    had_triggers := authz_internal.drop_track_triggers(untrack.relation, tracked.id, true);
    IF untrack.drop_resources THEN
        DELETE FROM authz.resources AS r WHERE r.resource_type = tracked.resource_type AND r.has_row;
    END IF;
    RETURN was_tracked OR had_triggers;
END
$$;
COMMENT ON FUNCTION authz_internal.untrack(regclass, boolean) IS 'implementation of authz.untrack';
REVOKE ALL ON FUNCTION authz_internal.untrack(regclass, boolean) FROM PUBLIC;

-- Tables whose rows came in a restore together with authz's own: the resources
-- should be there, with the dump.
CREATE FUNCTION authz_internal.track_restored_rows(tracked_ids bigint[])
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    ordered bigint[];
    tracked record;
BEGIN
    -- Parents first, as far as there is such an order: a row that comes before its parent
    -- gets it in the second pass.
    SELECT array_agg(t.id ORDER BY d.depth, t.id) INTO ordered
    FROM authz.tracked_tables AS t
         CROSS JOIN LATERAL (SELECT count(*) FROM authz.resource_types AS y WHERE authz_internal.type_is_within(t.resource_type, y.name)) AS d (depth)
    WHERE t.id = ANY (tracked_ids) AND to_regclass(format('%I.%I', t.table_schema, t.table_name)) IS NOT NULL;
    FOR tracked IN
        SELECT format('%I.%I', t.table_schema, t.table_name)::regclass AS relation, t.id, n.pass,
            EXISTS (SELECT FROM authz.tracked_tables AS p
                    WHERE p.resource_type = ANY (t.parent_types) AND array_position(ordered, p.id) > o.position) AS comes_before_parents
        FROM unnest(ordered) WITH ORDINALITY AS o (id, position)
             JOIN authz.tracked_tables AS t ON t.id = o.id
             CROSS JOIN (VALUES (1), (2)) AS n (pass)
        ORDER BY n.pass, o.position
    LOOP
        CONTINUE WHEN tracked.pass = 2 AND NOT tracked.comes_before_parents;
        PERFORM authz_internal.track_existing_rows(tracked.relation, tracked.id, false,
            CASE WHEN tracked.pass = 1 AND tracked.comes_before_parents THEN 'again' ELSE 'error' END);
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.track_restored_rows(bigint[]) IS 'follows the rows of tracked tables at the end of a restore';
REVOKE ALL ON FUNCTION authz_internal.track_restored_rows(bigint[]) FROM PUBLIC;

-- Data definition -------------------------------------------------------------
-- A tracked table may be renamed or moved to another schema, its columns renamed,
-- partitions added: whoever does that need not know of authz.  As the owner, because
-- it may be anybody.
CREATE FUNCTION authz_internal.event_follow_ddl()
RETURNS event_trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_follow_as_owner';
COMMENT ON FUNCTION authz_internal.event_follow_ddl() IS 'event trigger: follows the new names of tracked tables and columns, and new partitions';
REVOKE ALL ON FUNCTION authz_internal.event_follow_ddl() FROM PUBLIC;

CREATE FUNCTION authz_internal.follow_ddl()
RETURNS event_trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tracked record;
    columns name[];
    left_column name;
    new_column name;
    leaf regclass;
BEGIN
    -- A restore, as every dump sets it up, makes the triggers of partitions itself.
    IF NOT EXISTS (SELECT FROM authz.tracked_tables)
       OR current_setting('check_function_bodies') = 'off' AND current_setting('row_security') = 'off' THEN
        RETURN;
    END IF;

    -- A trigger's argument says which row it belongs to.  Only what this command has
    -- touched counts, and only where the old name has no table any more.
    FOR tracked IN
        SELECT DISTINCT t.*, c.oid AS relation, n.nspname AS new_schema, c.relname AS new_name
        FROM pg_event_trigger_ddl_commands() AS d
             JOIN pg_class AS c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
                                OR d.classid = 'pg_type'::regclass AND d.objid IN (c.reltype, c.reloftype)
                                OR d.classid = 'pg_namespace'::regclass AND c.relnamespace = d.objid
             JOIN pg_namespace AS n ON n.oid = c.relnamespace
             JOIN pg_trigger AS g ON g.tgrelid = c.oid AND g.tgfoid = 'authz.track_rows'::regproc
                                 AND NOT c.relispartition
             JOIN authz.tracked_tables AS t ON t.id::text = split_part(encode(g.tgargs, 'escape'), '\000', 1)
        -- In a schema that has another name, the table is the one with the same name as before.
        WHERE d.classid <> 'pg_namespace'::regclass OR c.relname = t.table_name
    LOOP
        -- With one of its columns goes the trigger, by CASCADE.  (authz.track() makes this one before the other.)
        IF (SELECT count(*) FILTER (WHERE g.tgname = '~authz_track_update') < count(*) FILTER (WHERE g.tgname = '~authz_track_delete')
            FROM pg_trigger AS g
            WHERE g.tgrelid = tracked.relation AND g.tgfoid = 'authz.track_rows'::regproc) THEN
            RAISE EXCEPTION 'table "%" is tracked by a column that would be dropped', tracked.new_name
                USING ERRCODE = 'dependent_objects_still_exist',
                      DETAIL = format('It is tracked by %s.', (SELECT authz_internal.tracked_columns(t) FROM authz.tracked_tables AS t WHERE t.id = tracked.id)),
                      HINT = 'Call authz.untrack first.';
        END IF;
        IF (tracked.new_schema, tracked.new_name) IS DISTINCT FROM (tracked.table_schema, tracked.table_name) THEN
            CONTINUE WHEN EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                                  WHERE n.nspname = tracked.table_schema AND c.relname = tracked.table_name);
            UPDATE authz.tracked_tables AS t
            SET table_schema = tracked.new_schema, table_name = tracked.new_name
            WHERE t.id = tracked.id;
        END IF;

        -- The columns in the condition of the trigger for UPDATE are the id and the
        -- parents, under their present names; one command renames one of them.
        columns := ARRAY(
            SELECT a.attname
            FROM pg_trigger AS g
                 JOIN pg_depend AS d ON d.classid = 'pg_trigger'::regclass AND d.objid = g.oid
                                    AND d.refclassid = 'pg_class'::regclass AND d.refobjid = g.tgrelid
                 JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE g.tgrelid = tracked.relation AND g.tgfoid = 'authz.track_rows'::regproc AND g.tgname = '~authz_track_update' AND d.refobjsubid > 0);
        left_column := (SELECT min(c.name) FROM unnest(tracked.id_column || tracked.parent_columns) AS c (name) WHERE c.name <> ALL (columns));
        new_column := (SELECT min(c.name) FROM unnest(columns) AS c (name) WHERE c.name <> ALL (tracked.id_column || tracked.parent_columns));
        CONTINUE WHEN left_column IS NULL OR new_column IS NULL;
        UPDATE authz.tracked_tables AS t
        SET id_column = CASE t.id_column WHEN left_column THEN new_column ELSE t.id_column END,
            parent_columns = array_replace(t.parent_columns, left_column, new_column)
        WHERE t.id = tracked.id;
    END LOOP;

    -- New partitions, and the rows that they bring; partitions that are none any more.
    FOR tracked IN
        SELECT DISTINCT t.id, c.oid::regclass AS relation
        FROM pg_event_trigger_ddl_commands() AS d
             JOIN pg_class AS c ON d.classid = 'pg_class'::regclass AND c.oid = coalesce(pg_partition_root(d.objid)::oid, d.objid) AND c.relkind = 'p'
             JOIN pg_namespace AS n ON n.oid = c.relnamespace
             JOIN authz.tracked_tables AS t ON n.nspname = t.table_schema AND c.relname = t.table_name
             JOIN pg_trigger AS g ON g.tgrelid = c.oid AND g.tgfoid = 'authz.track_rows'::regproc AND g.tgname = '~authz_track_update'
        WHERE split_part(encode(g.tgargs, 'escape'), '\000', 1) = t.id::text
    LOOP
        FOR leaf IN SELECT * FROM authz_internal.add_statement_triggers(tracked.relation, tracked.id, false) LOOP
            PERFORM authz_internal.track_existing_rows(leaf, tracked.id, NOT authz.is_administrator());
        END LOOP;
        IF authz_internal.drop_track_triggers(tracked.relation, tracked.id, false, ARRAY(SELECT p.relid FROM pg_partition_tree(tracked.relation) AS p)) THEN
            RAISE NOTICE USING
                MESSAGE = format('table "%s" has a partition less, and the resources of its rows stay', tracked.relation),
                HINT = 'authz.track(..., drop_leftovers => true) of the table drops them.';
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.follow_ddl() IS 'implementation of authz_internal.event_follow_ddl';
REVOKE ALL ON FUNCTION authz_internal.follow_ddl() FROM PUBLIC;

CREATE EVENT TRIGGER authz_follow_ddl ON ddl_command_end
    -- Tables can also be renamed as if they were something else.
    WHEN TAG IN ('ALTER TABLE', 'ALTER SCHEMA', 'CREATE TABLE', 'CREATE SCHEMA', 'ALTER TYPE', 'ALTER INDEX', 'ALTER VIEW', 'ALTER MATERIALIZED VIEW', 'ALTER SEQUENCE')
    EXECUTE FUNCTION authz_internal.event_follow_ddl();
ALTER EVENT TRIGGER authz_follow_ddl ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER authz_follow_ddl IS 'follows the new names of tracked tables and columns, and new partitions';

CREATE FUNCTION authz_internal.event_forget_dropped_tables()
RETURNS event_trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_follow_as_owner';
COMMENT ON FUNCTION authz_internal.event_forget_dropped_tables() IS 'event trigger: ends the tracking of dropped tables; their resources stay';
REVOKE ALL ON FUNCTION authz_internal.event_forget_dropped_tables() FROM PUBLIC;

CREATE FUNCTION authz_internal.forget_dropped_tables()
RETURNS event_trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    forgotten record;
    left_over bigint;
BEGIN
    FOR forgotten IN
        DELETE FROM authz.tracked_tables AS t
        USING pg_event_trigger_dropped_objects() AS d
        WHERE d.object_type = 'table' AND d.schema_name = t.table_schema AND d.object_name = t.table_name
        RETURNING t.table_name, t.resource_type
    LOOP
        SELECT count(*) INTO left_over FROM authz.resources AS r WHERE r.resource_type = forgotten.resource_type;
        CONTINUE WHEN left_over = 0;
        RAISE NOTICE USING
            MESSAGE = format('table "%s" was tracked, and %s resources of type "%s" stay', forgotten.table_name, left_over, forgotten.resource_type),
            HINT = format('authz.track(..., drop_leftovers => true) of the next table of this type drops them; so does DELETE FROM authz.resources WHERE resource_type = %L.', forgotten.resource_type);
    END LOOP;

    -- Partitions have triggers of ours, and stand in no list.
    IF left_over IS NULL AND EXISTS (
        SELECT
        FROM pg_event_trigger_dropped_objects() AS d
             JOIN pg_event_trigger_dropped_objects() AS p
                 ON p.object_type = 'table' AND ARRAY[p.schema_name, p.object_name] = d.address_names[1:2]
        WHERE d.object_type = 'trigger' AND d.address_names[3] = '!authz_track_arrive')
    THEN
        RAISE NOTICE USING
            MESSAGE = 'a partition of a tracked table was dropped, and the resources of its rows stay',
            HINT = 'authz.track(..., drop_leftovers => true) of the table drops them.';
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.forget_dropped_tables() IS 'implementation of authz_internal.event_forget_dropped_tables';
REVOKE ALL ON FUNCTION authz_internal.forget_dropped_tables() FROM PUBLIC;

CREATE EVENT TRIGGER authz_forget_dropped_tables ON sql_drop
    EXECUTE FUNCTION authz_internal.event_forget_dropped_tables();
ALTER EVENT TRIGGER authz_forget_dropped_tables ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER authz_forget_dropped_tables IS 'ends the tracking of dropped tables';
