-- The type authz.permission.  C code: src/types/permission.c.
--
-- A value is stored as text is, so the functions that only look at its bytes
-- are PostgreSQL's own: those of text for output, those of bytea for bytewise
-- comparison.
--
-- The operators are in pg_catalog, as those of the built-in types are, so that
-- they are found whatever the search_path is, and so that no operator that
-- somebody else made comes before them.

-- The grammar -------------------------------------------------------------------
CREATE FUNCTION authz_internal.permission_name_problem(name text)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_name_problem';
COMMENT ON FUNCTION authz_internal.permission_name_problem(text) IS 'why this cannot be the name of a permission, or NULL';
REVOKE ALL ON FUNCTION authz_internal.permission_name_problem(text) FROM PUBLIC;

CREATE FUNCTION authz_internal.permission_name_correction(name text)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_permission_name_correction';
COMMENT ON FUNCTION authz_internal.permission_name_correction(text) IS 'the permission name that a malformed one may stand for, or NULL';
REVOKE ALL ON FUNCTION authz_internal.permission_name_correction(text) FROM PUBLIC;

-- Type and casts --------------------------------------------------------------
CREATE TYPE authz.permission;

CREATE FUNCTION authz_internal.permission_in(cstring)
RETURNS authz.permission
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_in';
COMMENT ON FUNCTION authz_internal.permission_in(cstring) IS 'I/O';

CREATE FUNCTION authz_internal.permission_out(authz.permission)
RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_name_out';
COMMENT ON FUNCTION authz_internal.permission_out(authz.permission) IS 'I/O';

CREATE FUNCTION authz_internal.permission_recv(internal)
RETURNS authz.permission
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_recv';
COMMENT ON FUNCTION authz_internal.permission_recv(internal) IS 'I/O';

CREATE FUNCTION authz_internal.permission_send(authz.permission)
RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_name_send';
COMMENT ON FUNCTION authz_internal.permission_send(authz.permission) IS 'I/O';

CREATE TYPE authz.permission (
    INPUT = authz_internal.permission_in, OUTPUT = authz_internal.permission_out,
    RECEIVE = authz_internal.permission_recv, SEND = authz_internal.permission_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE authz.permission IS 'name of a permission, such as project.job.stop, s3:GetObject or Microsoft.Compute/virtualMachines/read: compared exactly, with case';

CREATE FUNCTION authz.permission(text)
RETURNS authz.permission
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission';
COMMENT ON FUNCTION authz.permission(text) IS 'converts text to permission';

CREATE CAST (text AS authz.permission) WITH FUNCTION authz.permission(text) AS ASSIGNMENT;
COMMENT ON CAST (text AS authz.permission) IS 'validates';

CREATE CAST (varchar AS authz.permission) WITH FUNCTION authz.permission(text) AS ASSIGNMENT;
COMMENT ON CAST (varchar AS authz.permission) IS 'validates';

-- The bytes are those of a text value, but the cast is a function all the same:
-- PostgreSQL 18 cannot plan a pattern match on a column of a type without
-- collations that it takes for text itself.
CREATE FUNCTION authz_internal.text(authz.permission)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_text';
COMMENT ON FUNCTION authz_internal.text(authz.permission) IS 'converts permission to text';

CREATE CAST (authz.permission AS text) WITH FUNCTION authz_internal.text(authz.permission) AS ASSIGNMENT;
COMMENT ON CAST (authz.permission AS text) IS 'the same bytes';

CREATE CAST (authz.permission AS varchar) WITH FUNCTION authz_internal.text(authz.permission) AS ASSIGNMENT;
COMMENT ON CAST (authz.permission AS varchar) IS 'the same bytes';

-- Comparison ------------------------------------------------------------------
CREATE FUNCTION authz_internal.permission_eq(authz.permission, authz.permission)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_eq';
COMMENT ON FUNCTION authz_internal.permission_eq(authz.permission, authz.permission) IS 'implementation of = operator';

CREATE FUNCTION authz_internal.permission_ne(authz.permission, authz.permission)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_ne';
COMMENT ON FUNCTION authz_internal.permission_ne(authz.permission, authz.permission) IS 'implementation of <> operator';

CREATE FUNCTION authz_internal.permission_lt(authz.permission, authz.permission)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_lt';
COMMENT ON FUNCTION authz_internal.permission_lt(authz.permission, authz.permission) IS 'implementation of < operator';

CREATE FUNCTION authz_internal.permission_le(authz.permission, authz.permission)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_le';
COMMENT ON FUNCTION authz_internal.permission_le(authz.permission, authz.permission) IS 'implementation of <= operator';

CREATE FUNCTION authz_internal.permission_ge(authz.permission, authz.permission)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_ge';
COMMENT ON FUNCTION authz_internal.permission_ge(authz.permission, authz.permission) IS 'implementation of >= operator';

CREATE FUNCTION authz_internal.permission_gt(authz.permission, authz.permission)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_gt';
COMMENT ON FUNCTION authz_internal.permission_gt(authz.permission, authz.permission) IS 'implementation of > operator';

CREATE FUNCTION authz_internal.permission_cmp(authz.permission, authz.permission)
RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_cmp';
COMMENT ON FUNCTION authz_internal.permission_cmp(authz.permission, authz.permission) IS 'less-equal-greater, for btree';

CREATE FUNCTION authz_internal.permission_hash(authz.permission)
RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_hash';
COMMENT ON FUNCTION authz_internal.permission_hash(authz.permission) IS 'hash';

CREATE FUNCTION authz_internal.permission_hash_extended(authz.permission, bigint)
RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_hash_extended';
COMMENT ON FUNCTION authz_internal.permission_hash_extended(authz.permission, bigint) IS 'hash with seed';

CREATE OPERATOR pg_catalog.= (
    FUNCTION = authz_internal.permission_eq, LEFTARG = authz.permission, RIGHTARG = authz.permission,
    COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel,
    HASHES, MERGES
);
COMMENT ON OPERATOR pg_catalog.= (authz.permission, authz.permission) IS 'equal';

CREATE OPERATOR pg_catalog.<> (
    FUNCTION = authz_internal.permission_ne, LEFTARG = authz.permission, RIGHTARG = authz.permission,
    COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR pg_catalog.<> (authz.permission, authz.permission) IS 'not equal';

CREATE OPERATOR pg_catalog.< (
    FUNCTION = authz_internal.permission_lt, LEFTARG = authz.permission, RIGHTARG = authz.permission,
    COMMUTATOR = OPERATOR(pg_catalog.>), NEGATOR = OPERATOR(pg_catalog.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR pg_catalog.< (authz.permission, authz.permission) IS 'less than';

CREATE OPERATOR pg_catalog.<= (
    FUNCTION = authz_internal.permission_le, LEFTARG = authz.permission, RIGHTARG = authz.permission,
    COMMUTATOR = OPERATOR(pg_catalog.>=), NEGATOR = OPERATOR(pg_catalog.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR pg_catalog.<= (authz.permission, authz.permission) IS 'less than or equal';

CREATE OPERATOR pg_catalog.>= (
    FUNCTION = authz_internal.permission_ge, LEFTARG = authz.permission, RIGHTARG = authz.permission,
    COMMUTATOR = OPERATOR(pg_catalog.<=), NEGATOR = OPERATOR(pg_catalog.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR pg_catalog.>= (authz.permission, authz.permission) IS 'greater than or equal';

CREATE OPERATOR pg_catalog.> (
    FUNCTION = authz_internal.permission_gt, LEFTARG = authz.permission, RIGHTARG = authz.permission,
    COMMUTATOR = OPERATOR(pg_catalog.<), NEGATOR = OPERATOR(pg_catalog.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR pg_catalog.> (authz.permission, authz.permission) IS 'greater than';

CREATE OPERATOR CLASS authz.permission_ops
DEFAULT FOR TYPE authz.permission USING btree AS
    OPERATOR 1 pg_catalog.<,
    OPERATOR 2 pg_catalog.<=,
    OPERATOR 3 pg_catalog.=,
    OPERATOR 4 pg_catalog.>=,
    OPERATOR 5 pg_catalog.>,
    FUNCTION 1 authz_internal.permission_cmp(authz.permission, authz.permission),
    FUNCTION 2 pg_catalog.bytea_sortsupport(internal),
    FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS authz.permission_ops USING btree IS 'order of authz.permission';
COMMENT ON OPERATOR FAMILY authz.permission_ops USING btree IS 'order of authz.permission';

CREATE OPERATOR CLASS authz.permission_ops
DEFAULT FOR TYPE authz.permission USING hash AS
    OPERATOR 1 pg_catalog.=,
    FUNCTION 1 authz_internal.permission_hash(authz.permission),
    FUNCTION 2 authz_internal.permission_hash_extended(authz.permission, bigint);
COMMENT ON OPERATOR CLASS authz.permission_ops USING hash IS 'hash of authz.permission';
COMMENT ON OPERATOR FAMILY authz.permission_ops USING hash IS 'hash of authz.permission';
