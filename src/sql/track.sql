-- Resources that follow an application's own table.  C code: src/track.c.

CREATE FUNCTION authz.track_rows()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_track_rows';
COMMENT ON FUNCTION authz.track_rows() IS 'trigger of tracked tables: keeps their resources in step';
REVOKE ALL ON FUNCTION authz.track_rows() FROM PUBLIC;

CREATE FUNCTION authz.track_existing_rows(relation regclass, tracked_id bigint)
RETURNS bigint
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_track_existing_rows';
COMMENT ON FUNCTION authz.track_existing_rows(regclass, bigint) IS 'makes the resources of the rows that a tracked table has already; returns how many were made or moved';
REVOKE ALL ON FUNCTION authz.track_existing_rows(regclass, bigint) FROM PUBLIC;

-- Triggers --------------------------------------------------------------------
-- All of them ALWAYS, so that they also fire where changes are applied.
--
-- Row triggers with a transition table are set-based (src/track.c); partitions and
-- children by inheritance cannot have them.  Row triggers of a partitioned table
-- are handed down to its partitions, also to those made later; TRUNCATE's are not:
-- authz.follow_ddl() gives them to new ones.
CREATE FUNCTION authz.add_track_triggers(relation regclass, tracked_id bigint, id_column name, parent_column name)
RETURNS void
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    set_based boolean := (SELECT c.relkind = 'r' FROM pg_class AS c WHERE c.oid = relation)
                         AND NOT EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = relation);
    changed text := format('OLD.%I IS DISTINCT FROM NEW.%I', id_column, id_column);
BEGIN
    IF parent_column IS NOT NULL THEN
        changed := changed || format(' OR OLD.%I IS DISTINCT FROM NEW.%I', parent_column, parent_column);
    END IF;

    -- First, as long as the table does not look tracked to authz.follow_ddl().
    PERFORM authz.add_truncate_triggers(relation, tracked_id);
    EXECUTE format('CREATE TRIGGER authz_track_insert AFTER INSERT ON %s %s FOR EACH ROW EXECUTE FUNCTION authz.track_rows(%L)',
                   relation, CASE WHEN set_based THEN 'REFERENCING NEW TABLE AS new_rows' END, tracked_id);
    EXECUTE format('CREATE TRIGGER authz_track_delete AFTER DELETE ON %s %s FOR EACH ROW EXECUTE FUNCTION authz.track_rows(%L)',
                   relation, CASE WHEN set_based THEN 'REFERENCING OLD TABLE AS old_rows' END, tracked_id);
    EXECUTE format('CREATE TRIGGER authz_track_update AFTER UPDATE ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION authz.track_rows(%L)',
                   relation, changed, tracked_id);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER authz_track_insert', relation);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER authz_track_delete', relation);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER authz_track_update', relation);
END
$$;
COMMENT ON FUNCTION authz.add_track_triggers(regclass, bigint, name, name) IS 'puts the triggers on a tracked table';
REVOKE ALL ON FUNCTION authz.add_track_triggers(regclass, bigint, name, name) FROM PUBLIC;

CREATE FUNCTION authz.add_truncate_triggers(relation regclass, tracked_id bigint)
RETURNS SETOF regclass
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    leaf regclass;
BEGIN
    FOR leaf IN
        SELECT c.oid
        FROM (SELECT t.relid FROM pg_partition_tree(relation) AS t UNION SELECT relation) AS t (relid)
             JOIN pg_class AS c ON c.oid = t.relid AND c.relkind = 'r'
        WHERE NOT EXISTS (SELECT FROM pg_trigger AS g
                          WHERE g.tgrelid = c.oid AND g.tgfoid = 'authz.track_rows'::regproc AND g.tgname = 'authz_track_truncate')
        ORDER BY c.oid
    LOOP
        -- The ALTER TABLE below fires authz.follow_ddl(), which goes on with the others.
        CONTINUE WHEN EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = leaf AND g.tgname = 'authz_track_truncate');
        EXECUTE format('CREATE TRIGGER authz_track_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION authz.track_rows(%L)',
                       leaf, tracked_id);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER authz_track_truncate', leaf);
        RETURN NEXT leaf;
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz.add_truncate_triggers(regclass, bigint) IS 'puts the triggers for TRUNCATE on a tracked table, or on its partitions; returns those that had none';
REVOKE ALL ON FUNCTION authz.add_truncate_triggers(regclass, bigint) FROM PUBLIC;

CREATE FUNCTION authz.drop_track_triggers(relation regclass)
RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found boolean := false;
    trigger record;
BEGIN
    FOR trigger IN
        SELECT g.tgname AS name, g.tgrelid::regclass AS relation
        FROM (SELECT t.relid FROM pg_partition_tree(drop_track_triggers.relation) AS t UNION SELECT drop_track_triggers.relation) AS t (relid)
             JOIN pg_trigger AS g ON g.tgrelid = t.relid AND g.tgfoid = 'authz.track_rows'::regproc AND g.tgparentid = 0
        ORDER BY g.oid
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', trigger.name, trigger.relation);
        found := true;
    END LOOP;
    RETURN found;
END
$$;
COMMENT ON FUNCTION authz.drop_track_triggers(regclass) IS 'takes the triggers off a tracked table and its partitions; returns whether there were any';
REVOKE ALL ON FUNCTION authz.drop_track_triggers(regclass) FROM PUBLIC;

-- For administrators ----------------------------------------------------------
-- Executable by everybody, so that whoever was granted only the functions that call it
-- hears why that is not enough.
CREATE FUNCTION authz.check_track(relation regclass, privilege text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT (authz.is_administrator() AND has_table_privilege('authz.tracked_tables', check_track.privilege)) THEN
        RAISE EXCEPTION USING ERRCODE = '42501',
            MESSAGE = format('permission denied to %s table %s', CASE privilege WHEN 'INSERT' THEN 'track' ELSE 'untrack' END, check_track.relation),
            DETAIL = 'Only administrators, roles that may write the tables of authz, decide which tables are tracked.',
            HINT = 'An administrator who owns the table can do this, or a superuser.';
    END IF;
END
$$;
COMMENT ON FUNCTION authz.check_track(regclass, text) IS 'internal: an error unless the current role may write down which tables are tracked';

CREATE FUNCTION authz.track("table" regclass, resource_type text, id_column name, parent_column name DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_caller';
COMMENT ON FUNCTION authz.track(regclass, text, name, name) IS 'makes the rows of a table resources, and keeps these in step with the table; returns how many were made or moved for the rows that are there';
REVOKE ALL ON FUNCTION authz.track(regclass, text, name, name) FROM PUBLIC;

CREATE FUNCTION authz_internal.track("table" regclass, resource_type text, id_column name, parent_column name)
RETURNS bigint
LANGUAGE plpgsql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    relation record;
    type authz.resource_types;
    tracked authz.tracked_tables;
    column_name name;
    column_type regtype;
    base_type regtype;
BEGIN
    IF "table" IS NULL OR resource_type IS NULL OR id_column IS NULL THEN
        RAISE EXCEPTION 'table, resource type and id column must not be null'
            USING ERRCODE = 'null_value_not_allowed';
    END IF;
    PERFORM authz.check_track("table", 'INSERT');

    SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relpersistence = 't' AS temporary, c.relispartition AS partition
    INTO relation
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = "table";
    IF NOT FOUND THEN
        RAISE EXCEPTION 'table with OID % does not exist', "table"::oid
            USING ERRCODE = 'undefined_table';
    END IF;
    IF relation.kind NOT IN ('r', 'p') OR relation.temporary OR relation.partition
       OR relation.schema IN ('authz', 'pg_catalog', 'information_schema') THEN
        RAISE EXCEPTION 'cannot track "%"', relation.name
            USING ERRCODE = 'wrong_object_type',
                  DETAIL = CASE
                      WHEN relation.kind NOT IN ('r', 'p') THEN 'It is not a table.'
                      WHEN relation.temporary THEN 'It is a temporary table.'
                      WHEN relation.partition THEN 'It is a partition.'
                      ELSE 'It is not a table of an application.'
                  END,
                  HINT = CASE WHEN relation.partition THEN 'Track the partitioned table.' ELSE 'Track an ordinary or a partitioned table.' END;
    END IF;

    SELECT * INTO type FROM authz.resource_types AS t WHERE t.name = resource_type;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'resource type "%" does not exist', resource_type
            USING ERRCODE = 'undefined_object',
                  HINT = 'Define it with authz.apply.';
    END IF;
    IF parent_column IS NOT NULL AND type.parent IS NULL THEN
        RAISE EXCEPTION 'resources of type "%" have no parents', resource_type
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Leave parent_column out.';
    END IF;

    FOREACH column_name IN ARRAY array_remove(ARRAY[id_column, parent_column], NULL) LOOP
        SELECT a.atttypid INTO column_type
        FROM pg_attribute AS a
        WHERE a.attrelid = "table" AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'column "%" of table "%" does not exist', column_name, relation.name
                USING ERRCODE = 'undefined_column';
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
    EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', "table");

    SELECT * INTO tracked FROM authz.tracked_tables AS t WHERE t.table_schema = relation.schema AND t.table_name = relation.name;
    IF NOT FOUND THEN
        INSERT INTO authz.tracked_tables (table_schema, table_name, resource_type, id_column, parent_column)
        VALUES (relation.schema, relation.name, track.resource_type, track.id_column, track.parent_column)
        RETURNING * INTO tracked;
    ELSIF (tracked.resource_type, tracked.id_column, tracked.parent_column) IS DISTINCT FROM (resource_type, id_column, parent_column) THEN
        RAISE EXCEPTION 'table "%" is tracked already', relation.name
            USING ERRCODE = 'duplicate_object',
                  DETAIL = format('It is tracked as resource type "%s" by column "%s"%s.', tracked.resource_type, tracked.id_column,
                                  ' and parent column "' || tracked.parent_column || '"'),
                  HINT = 'Call authz.untrack first.';
    END IF;

    PERFORM authz.drop_track_triggers("table");
    PERFORM authz.add_track_triggers("table", tracked.id, id_column, parent_column);
    RETURN authz.track_existing_rows("table", tracked.id);
END
$$;
COMMENT ON FUNCTION authz_internal.track(regclass, text, name, name) IS 'implementation of authz.track';
REVOKE ALL ON FUNCTION authz_internal.track(regclass, text, name, name) FROM PUBLIC;

CREATE FUNCTION authz.untrack("table" regclass)
RETURNS boolean
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_caller';
COMMENT ON FUNCTION authz.untrack(regclass) IS 'ends authz.track for a table; its resources stay as they are; returns whether it was tracked';
REVOKE ALL ON FUNCTION authz.untrack(regclass) FROM PUBLIC;

CREATE FUNCTION authz_internal.untrack("table" regclass)
RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    had_triggers boolean;
BEGIN
    PERFORM authz.check_track("table", 'DELETE');
    had_triggers := authz.drop_track_triggers("table");
    DELETE FROM authz.tracked_tables AS t
    USING pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = "table" AND t.table_schema = n.nspname AND t.table_name = c.relname;
    RETURN FOUND OR had_triggers;
END
$$;
COMMENT ON FUNCTION authz_internal.untrack(regclass) IS 'implementation of authz.untrack';
REVOKE ALL ON FUNCTION authz_internal.untrack(regclass) FROM PUBLIC;

-- Tables whose rows came in a restore together with authz's own: the resources
-- should be there, with the dump.
CREATE FUNCTION authz.track_restored_rows(tracked_ids bigint[])
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tracked record;
BEGIN
    -- Parents first.
    FOR tracked IN
        WITH RECURSIVE tree (name, depth) AS (
            SELECT y.name, 0 FROM authz.resource_types AS y WHERE y.parent IS NULL
          UNION ALL
            SELECT y.name, t.depth + 1 FROM tree AS t JOIN authz.resource_types AS y ON y.parent = t.name
        )
        SELECT to_regclass(format('%I.%I', t.table_schema, t.table_name)) AS relation, t.id
        FROM authz.tracked_tables AS t
             JOIN tree ON tree.name = t.resource_type
        WHERE t.id = ANY (tracked_ids)
        ORDER BY tree.depth, t.id
    LOOP
        CONTINUE WHEN tracked.relation IS NULL;
        PERFORM authz.track_existing_rows(tracked.relation, tracked.id);
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz.track_restored_rows(bigint[]) IS 'follows the rows of tracked tables at the end of a restore';
REVOKE ALL ON FUNCTION authz.track_restored_rows(bigint[]) FROM PUBLIC;

-- Data definition -------------------------------------------------------------
-- A tracked table may be renamed or moved to another schema, its columns renamed,
-- partitions added: whoever does that need not know of authz.  As the owner, because
-- it may be anybody.
CREATE FUNCTION authz.follow_ddl()
RETURNS event_trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_follow_as_owner';
COMMENT ON FUNCTION authz.follow_ddl() IS 'event trigger: follows the new names of tracked tables and columns, and new partitions';
REVOKE ALL ON FUNCTION authz.follow_ddl() FROM PUBLIC;

CREATE FUNCTION authz_internal.follow_ddl()
RETURNS event_trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tracked record;
    columns name[];
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
                                OR d.classid = 'pg_namespace'::regclass AND c.relnamespace = d.objid
             JOIN pg_namespace AS n ON n.oid = c.relnamespace
             JOIN pg_trigger AS g ON g.tgrelid = c.oid AND g.tgfoid = 'authz.track_rows'::regproc
                                 AND NOT c.relispartition
             JOIN authz.tracked_tables AS t ON t.id::text = split_part(encode(g.tgargs, 'escape'), '\000', 1)
    LOOP
        IF (tracked.new_schema, tracked.new_name) IS DISTINCT FROM (tracked.table_schema, tracked.table_name) THEN
            CONTINUE WHEN EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                                  WHERE n.nspname = tracked.table_schema AND c.relname = tracked.table_name);
            UPDATE authz.tracked_tables AS t
            SET table_schema = tracked.new_schema, table_name = tracked.new_name
            WHERE t.id = tracked.id;
        END IF;

        -- The columns in the condition of the trigger for UPDATE are the id and the
        -- parent, under their present names; one command renames one of them.
        columns := ARRAY(
            SELECT a.attname
            FROM pg_trigger AS g
                 JOIN pg_depend AS d ON d.classid = 'pg_trigger'::regclass AND d.objid = g.oid
                                    AND d.refclassid = 'pg_class'::regclass AND d.refobjid = g.tgrelid
                 JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE g.tgrelid = tracked.relation AND g.tgfoid = 'authz.track_rows'::regproc AND d.refobjsubid > 0);
        CONTINUE WHEN cardinality(columns) <> num_nonnulls(tracked.id_column, tracked.parent_column);
        UPDATE authz.tracked_tables AS t
        SET id_column = (SELECT name FROM unnest(columns) AS name WHERE name IS DISTINCT FROM t.parent_column)
        WHERE t.id = tracked.id AND t.id_column <> ALL (columns) AND (t.parent_column IS NULL OR t.parent_column = ANY (columns));
        UPDATE authz.tracked_tables AS t
        SET parent_column = (SELECT name FROM unnest(columns) AS name WHERE name <> t.id_column)
        WHERE t.id = tracked.id AND t.parent_column <> ALL (columns) AND t.id_column = ANY (columns);
    END LOOP;

    -- New partitions, and the rows that they bring.
    FOR tracked IN
        SELECT t.id, c.oid::regclass AS relation
        FROM authz.tracked_tables AS t
             JOIN pg_namespace AS n ON n.nspname = t.table_schema
             JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = t.table_name AND c.relkind = 'p'
             JOIN pg_trigger AS g ON g.tgrelid = c.oid AND g.tgfoid = 'authz.track_rows'::regproc
        WHERE split_part(encode(g.tgargs, 'escape'), '\000', 1) = t.id::text
        GROUP BY t.id, c.oid
    LOOP
        FOR leaf IN SELECT * FROM authz.add_truncate_triggers(tracked.relation, tracked.id) LOOP
            PERFORM authz.track_existing_rows(leaf, tracked.id);
        END LOOP;
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.follow_ddl() IS 'implementation of authz.follow_ddl';
REVOKE ALL ON FUNCTION authz_internal.follow_ddl() FROM PUBLIC;

CREATE EVENT TRIGGER authz_follow_ddl ON ddl_command_end
    WHEN TAG IN ('ALTER TABLE', 'ALTER SCHEMA', 'CREATE TABLE')
    EXECUTE FUNCTION authz.follow_ddl();
COMMENT ON EVENT TRIGGER authz_follow_ddl IS 'follows the new names of tracked tables and columns, and new partitions';

CREATE FUNCTION authz.forget_dropped_tables()
RETURNS event_trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_follow_as_owner';
COMMENT ON FUNCTION authz.forget_dropped_tables() IS 'event trigger: ends the tracking of dropped tables; their resources stay';
REVOKE ALL ON FUNCTION authz.forget_dropped_tables() FROM PUBLIC;

CREATE FUNCTION authz_internal.forget_dropped_tables()
RETURNS event_trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    DELETE FROM authz.tracked_tables AS t
    USING pg_event_trigger_dropped_objects() AS d
    WHERE d.object_type = 'table' AND d.schema_name = t.table_schema AND d.object_name = t.table_name;
END
$$;
COMMENT ON FUNCTION authz_internal.forget_dropped_tables() IS 'implementation of authz.forget_dropped_tables';
REVOKE ALL ON FUNCTION authz_internal.forget_dropped_tables() FROM PUBLIC;

CREATE EVENT TRIGGER authz_forget_dropped_tables ON sql_drop
    EXECUTE FUNCTION authz.forget_dropped_tables();
COMMENT ON EVENT TRIGGER authz_forget_dropped_tables IS 'ends the tracking of dropped tables';
