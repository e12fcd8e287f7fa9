\echo Use "CREATE EXTENSION authz" to load this file. \quit

-- The schema is a member of the extension: it goes with DROP EXTENSION, nobody
-- can create it beforehand, and the search_path of this script is exactly
-- pg_catalog, pg_temp (authz.control: schema = pg_catalog).
CREATE SCHEMA authz;
COMMENT ON SCHEMA authz IS 'authz: permissions, roles, teams, assignments, and the functions that check them';
GRANT USAGE ON SCHEMA authz TO PUBLIC;

-- What no person calls or reads: implementations of the functions of schema authz, the
-- functions behind types, operators and casts, trigger functions, the views of the rules.
-- Nobody gets USAGE.  Functions that run as the owner name them; what runs as its caller
-- reaches them from C (src/admin/entry_point.c) or from a body that was parsed when it was made.
CREATE SCHEMA authz_internal;
COMMENT ON SCHEMA authz_internal IS 'authz: parts of the extension, which its own functions call';
