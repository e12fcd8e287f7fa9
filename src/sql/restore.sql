-- Restoring a dump: see src/sync/restore.c.  The last part of the script, because all
-- tables whose data are dumped get the triggers.

CREATE TABLE authz_internal.restored_tables (
    name text COLLATE "C" NOT NULL,
    CONSTRAINT restored_tables_pkey PRIMARY KEY (name)
);
COMMENT ON TABLE authz_internal.restored_tables IS 'tables of a restore that is going on, until all have come and everything is checked; not dumped';
COMMENT ON COLUMN authz_internal.restored_tables.name IS 'table whose data have come';

CREATE FUNCTION authz_internal.keep_restored_tables()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_keep_restored_tables';
COMMENT ON FUNCTION authz_internal.keep_restored_tables() IS 'trigger: refuses every statement that would change authz_internal.restored_tables';
REVOKE ALL ON FUNCTION authz_internal.keep_restored_tables() FROM PUBLIC;

CREATE TRIGGER b_keep_restored_tables
    BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON authz_internal.restored_tables
    FOR EACH STATEMENT EXECUTE FUNCTION authz_internal.keep_restored_tables();
ALTER TABLE authz_internal.restored_tables ENABLE ALWAYS TRIGGER b_keep_restored_tables;
COMMENT ON TRIGGER b_keep_restored_tables ON authz_internal.restored_tables IS 'leaves the list to restores';

CREATE FUNCTION authz_internal.restore_begin()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_restore_begin';
COMMENT ON FUNCTION authz_internal.restore_begin() IS 'trigger: in a restore, keeps other triggers from firing for the statement';
REVOKE ALL ON FUNCTION authz_internal.restore_begin() FROM PUBLIC;

CREATE FUNCTION authz_internal.restore_end()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_restore_end';
COMMENT ON FUNCTION authz_internal.restore_end() IS 'trigger: in a restore, checks everything when the last table has come';
REVOKE ALL ON FUNCTION authz_internal.restore_end() FROM PUBLIC;

DO $$
DECLARE
    dumped text;
BEGIN
    FOR dumped IN
        SELECT c.relname
        FROM pg_extension e
        CROSS JOIN LATERAL unnest(e.extconfig) AS u (relid)
        JOIN pg_class c ON c.oid = u.relid
        WHERE e.extname = 'authz' AND c.relkind = 'r'
        ORDER BY c.relname
    LOOP
        EXECUTE format('CREATE TRIGGER a_restore_begin BEFORE INSERT ON authz.%I
                        FOR EACH STATEMENT EXECUTE FUNCTION authz_internal.restore_begin()', dumped);
        EXECUTE format('COMMENT ON TRIGGER a_restore_begin ON authz.%I IS %L', dumped,
                       'in a restore, keeps other triggers from firing for the statement');
        EXECUTE format('CREATE TRIGGER z_restore_end AFTER INSERT ON authz.%I
                        FOR EACH STATEMENT EXECUTE FUNCTION authz_internal.restore_end()', dumped);
        -- The second switches back what the first has switched; and somebody may have
        -- set session_replication_role for the whole restore.
        EXECUTE format('ALTER TABLE authz.%I ENABLE ALWAYS TRIGGER a_restore_begin, ENABLE ALWAYS TRIGGER z_restore_end', dumped);
        EXECUTE format('COMMENT ON TRIGGER z_restore_end ON authz.%I IS %L', dumped,
                       'in a restore, checks everything when the last table has come');
    END LOOP;
END
$$;
