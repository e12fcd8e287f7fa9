-- DROP EXTENSION leaves nothing behind: every catalog has as many rows after
-- CREATE and DROP as before.
\i sql/include/fresh.sql
DROP EXTENSION authz;
SELECT nspname FROM pg_namespace WHERE nspname IN ('authz', 'authz_internal');

CREATE TEMP TABLE counts (moment text, catalog text, rows bigint);
CREATE FUNCTION pg_temp.count_catalogs(moment text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    catalog text;
BEGIN
    FOREACH catalog IN ARRAY ARRAY[
        'pg_namespace', 'pg_class', 'pg_attribute', 'pg_attrdef', 'pg_index', 'pg_sequence', 'pg_constraint', 'pg_trigger',
        'pg_rewrite', 'pg_policy', 'pg_event_trigger', 'pg_proc', 'pg_aggregate', 'pg_type', 'pg_enum', 'pg_range', 'pg_cast',
        'pg_operator', 'pg_opclass', 'pg_opfamily', 'pg_amop', 'pg_amproc', 'pg_default_acl', 'pg_init_privs', 'pg_extension',
        'pg_depend', 'pg_shdepend', 'pg_description', 'pg_seclabel', 'pg_publication', 'pg_statistic_ext', 'pg_authid',
        'pg_auth_members', 'pg_parameter_acl', 'pg_db_role_setting']
    LOOP
        EXECUTE format('INSERT INTO pg_temp.counts SELECT %L, %L, count(*) FROM pg_catalog.%I', moment, catalog, catalog);
    END LOOP;
END
$$;

SELECT pg_temp.count_catalogs('before');
CREATE EXTENSION authz;
DROP EXTENSION authz;
SELECT pg_temp.count_catalogs('after');

SELECT before.catalog, before.rows AS before, after.rows AS after
FROM counts AS before JOIN counts AS after ON after.catalog = before.catalog AND after.moment = 'after'
WHERE before.moment = 'before' AND before.rows <> after.rows
ORDER BY before.catalog;
