\echo Use "CREATE EXTENSION authz" to load this file. \quit

-- The schema is a member of the extension: it goes with DROP EXTENSION, nobody
-- can create it beforehand, and the search_path of this script is exactly
-- pg_catalog, pg_temp (authz.control: schema = pg_catalog).
CREATE SCHEMA authz;
COMMENT ON SCHEMA authz IS 'authz: permissions, roles, teams, assignments, and the functions that check them';
GRANT USAGE ON SCHEMA authz TO PUBLIC;
