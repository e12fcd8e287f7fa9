\echo Use "CREATE EXTENSION authz" to load this file. \quit

-- The schema is a member of the extension: it goes with DROP EXTENSION, nobody
-- can create it beforehand, and the search_path of this script is exactly
-- pg_catalog, pg_temp (authz.control: schema = pg_catalog).
CREATE SCHEMA authz;
COMMENT ON SCHEMA authz IS 'authz: permissions, roles, teams, assignments, and the functions that check them';
GRANT USAGE ON SCHEMA authz TO PUBLIC;

-- Parts of the extension: implementations of the functions of schema authz.  Nobody
-- gets USAGE; functions in C reach them (src/admin/entry_point.c).
CREATE SCHEMA authz_internal;
COMMENT ON SCHEMA authz_internal IS 'authz: parts of the extension, which its own functions call';
