-- The type authz.role_names, of arguments that are a name or an array of names.  C code:
-- src/types/role_names.c.
CREATE TYPE authz.role_names;

CREATE FUNCTION authz_internal.role_names_in(cstring)
RETURNS authz.role_names
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_role_names_in';
COMMENT ON FUNCTION authz_internal.role_names_in(cstring) IS 'I/O';

CREATE FUNCTION authz_internal.role_names_out(authz.role_names)
RETURNS cstring
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'array_out';
COMMENT ON FUNCTION authz_internal.role_names_out(authz.role_names) IS 'I/O';

CREATE FUNCTION authz_internal.role_names_recv(internal)
RETURNS authz.role_names
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_role_names_recv';
COMMENT ON FUNCTION authz_internal.role_names_recv(internal) IS 'I/O';

CREATE FUNCTION authz_internal.role_names_send(authz.role_names)
RETURNS bytea
LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'array_send';
COMMENT ON FUNCTION authz_internal.role_names_send(authz.role_names) IS 'I/O';

CREATE TYPE authz.role_names (
    INPUT = authz_internal.role_names_in, OUTPUT = authz_internal.role_names_out,
    RECEIVE = authz_internal.role_names_recv, SEND = authz_internal.role_names_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE authz.role_names IS 'argument: the name of a role, or an array of names';

CREATE FUNCTION authz_internal.role_names(text)
RETURNS authz.role_names
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_role_names';
COMMENT ON FUNCTION authz_internal.role_names(text) IS 'one name';

CREATE CAST (text AS authz.role_names) WITH FUNCTION authz_internal.role_names(text) AS IMPLICIT;
COMMENT ON CAST (text AS authz.role_names) IS 'one name';

CREATE CAST (varchar AS authz.role_names) WITH FUNCTION authz_internal.role_names(text) AS IMPLICIT;
COMMENT ON CAST (varchar AS authz.role_names) IS 'one name';

CREATE FUNCTION authz_internal.role_names(text[])
RETURNS authz.role_names
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_role_names_same';
COMMENT ON FUNCTION authz_internal.role_names(text[]) IS 'several names';

CREATE CAST (text[] AS authz.role_names) WITH FUNCTION authz_internal.role_names(text[]) AS IMPLICIT;
COMMENT ON CAST (text[] AS authz.role_names) IS 'several names';

CREATE FUNCTION authz_internal.role_names(varchar[])
RETURNS authz.role_names
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_role_names_same';
COMMENT ON FUNCTION authz_internal.role_names(varchar[]) IS 'several names';

CREATE CAST (varchar[] AS authz.role_names) WITH FUNCTION authz_internal.role_names(varchar[]) AS IMPLICIT;
COMMENT ON CAST (varchar[] AS authz.role_names) IS 'several names';

CREATE FUNCTION authz_internal.names(authz.role_names)
RETURNS text[]
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_role_names_same';
COMMENT ON FUNCTION authz_internal.names(authz.role_names) IS 'the names';

CREATE CAST (authz.role_names AS text[]) WITH FUNCTION authz_internal.names(authz.role_names) AS ASSIGNMENT;
COMMENT ON CAST (authz.role_names AS text[]) IS 'the names';
