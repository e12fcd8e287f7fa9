\set ECHO none
-- Every test begins with this: authz as CREATE EXTENSION makes it, and nothing of the
-- tests before, in this database or among the roles, even if they failed half-way.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS authz CASCADE;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
SELECT format('DROP OWNED BY %1$I CASCADE; DROP ROLE %1$I', rolname) FROM pg_roles WHERE rolname LIKE 'regress\_authz\_%' \gexec
CREATE EXTENSION authz;
RESET client_min_messages;
\set ECHO all
