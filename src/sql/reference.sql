-- The types authz.subject and authz.resource.  C code: src/types/references.c.
--
-- Stored, compared and named as authz.permission is: see permission.sql.

-- Subject ---------------------------------------------------------------------
CREATE TYPE authz.subject;

CREATE FUNCTION authz_internal.subject_in(cstring)
RETURNS authz.subject
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_subject_in';
COMMENT ON FUNCTION authz_internal.subject_in(cstring) IS 'I/O';

CREATE FUNCTION authz_internal.subject_out(authz.subject)
RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_name_out';
COMMENT ON FUNCTION authz_internal.subject_out(authz.subject) IS 'I/O';

CREATE FUNCTION authz_internal.subject_recv(internal)
RETURNS authz.subject
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_subject_recv';
COMMENT ON FUNCTION authz_internal.subject_recv(internal) IS 'I/O';

CREATE FUNCTION authz_internal.subject_send(authz.subject)
RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_name_send';
COMMENT ON FUNCTION authz_internal.subject_send(authz.subject) IS 'I/O';

CREATE TYPE authz.subject (
    INPUT = authz_internal.subject_in, OUTPUT = authz_internal.subject_out,
    RECEIVE = authz_internal.subject_recv, SEND = authz_internal.subject_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE authz.subject IS 'who asks or holds a role: user:alice, team:eng, service_account:ci, organization:7#member, user:*';

CREATE FUNCTION authz.subject(text)
RETURNS authz.subject
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_subject';
COMMENT ON FUNCTION authz.subject(text) IS 'converts text to subject';

CREATE CAST (text AS authz.subject) WITH FUNCTION authz.subject(text) AS ASSIGNMENT;
COMMENT ON CAST (text AS authz.subject) IS 'validates';

CREATE CAST (varchar AS authz.subject) WITH FUNCTION authz.subject(text) AS ASSIGNMENT;
COMMENT ON CAST (varchar AS authz.subject) IS 'validates';

CREATE FUNCTION authz_internal.text(authz.subject)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_text';
COMMENT ON FUNCTION authz_internal.text(authz.subject) IS 'converts subject to text';

CREATE CAST (authz.subject AS text) WITH FUNCTION authz_internal.text(authz.subject) AS ASSIGNMENT;
COMMENT ON CAST (authz.subject AS text) IS 'the same bytes';

CREATE CAST (authz.subject AS varchar) WITH FUNCTION authz_internal.text(authz.subject) AS ASSIGNMENT;
COMMENT ON CAST (authz.subject AS varchar) IS 'the same bytes';

CREATE FUNCTION authz.subject_kind(authz.subject)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_subject_kind';
COMMENT ON FUNCTION authz.subject_kind(authz.subject) IS 'user, team, service_account or member (the members of a resource)';

-- Comparison of subjects ------------------------------------------------------
CREATE FUNCTION authz_internal.subject_eq(authz.subject, authz.subject)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_eq';
COMMENT ON FUNCTION authz_internal.subject_eq(authz.subject, authz.subject) IS 'implementation of = operator';

CREATE FUNCTION authz_internal.subject_ne(authz.subject, authz.subject)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_ne';
COMMENT ON FUNCTION authz_internal.subject_ne(authz.subject, authz.subject) IS 'implementation of <> operator';

CREATE FUNCTION authz_internal.subject_lt(authz.subject, authz.subject)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_lt';
COMMENT ON FUNCTION authz_internal.subject_lt(authz.subject, authz.subject) IS 'implementation of < operator';

CREATE FUNCTION authz_internal.subject_le(authz.subject, authz.subject)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_le';
COMMENT ON FUNCTION authz_internal.subject_le(authz.subject, authz.subject) IS 'implementation of <= operator';

CREATE FUNCTION authz_internal.subject_ge(authz.subject, authz.subject)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_ge';
COMMENT ON FUNCTION authz_internal.subject_ge(authz.subject, authz.subject) IS 'implementation of >= operator';

CREATE FUNCTION authz_internal.subject_gt(authz.subject, authz.subject)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_gt';
COMMENT ON FUNCTION authz_internal.subject_gt(authz.subject, authz.subject) IS 'implementation of > operator';

CREATE FUNCTION authz_internal.subject_cmp(authz.subject, authz.subject)
RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_cmp';
COMMENT ON FUNCTION authz_internal.subject_cmp(authz.subject, authz.subject) IS 'less-equal-greater, for btree';

CREATE FUNCTION authz_internal.subject_hash(authz.subject)
RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_hash';
COMMENT ON FUNCTION authz_internal.subject_hash(authz.subject) IS 'hash';

CREATE FUNCTION authz_internal.subject_hash_extended(authz.subject, bigint)
RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_hash_extended';
COMMENT ON FUNCTION authz_internal.subject_hash_extended(authz.subject, bigint) IS 'hash with seed';

CREATE OPERATOR pg_catalog.= (
    FUNCTION = authz_internal.subject_eq, LEFTARG = authz.subject, RIGHTARG = authz.subject,
    COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel,
    HASHES, MERGES
);
COMMENT ON OPERATOR pg_catalog.= (authz.subject, authz.subject) IS 'equal';

CREATE OPERATOR pg_catalog.<> (
    FUNCTION = authz_internal.subject_ne, LEFTARG = authz.subject, RIGHTARG = authz.subject,
    COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR pg_catalog.<> (authz.subject, authz.subject) IS 'not equal';

CREATE OPERATOR pg_catalog.< (
    FUNCTION = authz_internal.subject_lt, LEFTARG = authz.subject, RIGHTARG = authz.subject,
    COMMUTATOR = OPERATOR(pg_catalog.>), NEGATOR = OPERATOR(pg_catalog.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR pg_catalog.< (authz.subject, authz.subject) IS 'less than';

CREATE OPERATOR pg_catalog.<= (
    FUNCTION = authz_internal.subject_le, LEFTARG = authz.subject, RIGHTARG = authz.subject,
    COMMUTATOR = OPERATOR(pg_catalog.>=), NEGATOR = OPERATOR(pg_catalog.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR pg_catalog.<= (authz.subject, authz.subject) IS 'less than or equal';

CREATE OPERATOR pg_catalog.>= (
    FUNCTION = authz_internal.subject_ge, LEFTARG = authz.subject, RIGHTARG = authz.subject,
    COMMUTATOR = OPERATOR(pg_catalog.<=), NEGATOR = OPERATOR(pg_catalog.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR pg_catalog.>= (authz.subject, authz.subject) IS 'greater than or equal';

CREATE OPERATOR pg_catalog.> (
    FUNCTION = authz_internal.subject_gt, LEFTARG = authz.subject, RIGHTARG = authz.subject,
    COMMUTATOR = OPERATOR(pg_catalog.<), NEGATOR = OPERATOR(pg_catalog.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR pg_catalog.> (authz.subject, authz.subject) IS 'greater than';

CREATE OPERATOR CLASS authz.subject_ops
DEFAULT FOR TYPE authz.subject USING btree AS
    OPERATOR 1 pg_catalog.<,
    OPERATOR 2 pg_catalog.<=,
    OPERATOR 3 pg_catalog.=,
    OPERATOR 4 pg_catalog.>=,
    OPERATOR 5 pg_catalog.>,
    FUNCTION 1 authz_internal.subject_cmp(authz.subject, authz.subject),
    FUNCTION 2 pg_catalog.bytea_sortsupport(internal),
    FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS authz.subject_ops USING btree IS 'order of authz.subject';
COMMENT ON OPERATOR FAMILY authz.subject_ops USING btree IS 'order of authz.subject';

CREATE OPERATOR CLASS authz.subject_ops
DEFAULT FOR TYPE authz.subject USING hash AS
    OPERATOR 1 pg_catalog.=,
    FUNCTION 1 authz_internal.subject_hash(authz.subject),
    FUNCTION 2 authz_internal.subject_hash_extended(authz.subject, bigint);
COMMENT ON OPERATOR CLASS authz.subject_ops USING hash IS 'hash of authz.subject';
COMMENT ON OPERATOR FAMILY authz.subject_ops USING hash IS 'hash of authz.subject';

-- Resource --------------------------------------------------------------------
CREATE TYPE authz.resource;

CREATE FUNCTION authz_internal.resource_in(cstring)
RETURNS authz.resource
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_resource_in';
COMMENT ON FUNCTION authz_internal.resource_in(cstring) IS 'I/O';

CREATE FUNCTION authz_internal.resource_out(authz.resource)
RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_name_out';
COMMENT ON FUNCTION authz_internal.resource_out(authz.resource) IS 'I/O';

CREATE FUNCTION authz_internal.resource_recv(internal)
RETURNS authz.resource
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_resource_recv';
COMMENT ON FUNCTION authz_internal.resource_recv(internal) IS 'I/O';

CREATE FUNCTION authz_internal.resource_send(authz.resource)
RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_name_send';
COMMENT ON FUNCTION authz_internal.resource_send(authz.resource) IS 'I/O';

CREATE TYPE authz.resource (
    INPUT = authz_internal.resource_in, OUTPUT = authz_internal.resource_out,
    RECEIVE = authz_internal.resource_recv, SEND = authz_internal.resource_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE authz.resource IS 'a thing on which permissions are held, type:id';

CREATE FUNCTION authz.resource(text)
RETURNS authz.resource
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_resource';
COMMENT ON FUNCTION authz.resource(text) IS 'converts text to resource';

CREATE CAST (text AS authz.resource) WITH FUNCTION authz.resource(text) AS ASSIGNMENT;
COMMENT ON CAST (text AS authz.resource) IS 'validates';

CREATE CAST (varchar AS authz.resource) WITH FUNCTION authz.resource(text) AS ASSIGNMENT;
COMMENT ON CAST (varchar AS authz.resource) IS 'validates';

CREATE FUNCTION authz_internal.text(authz.resource)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_text';
COMMENT ON FUNCTION authz_internal.text(authz.resource) IS 'converts resource to text';

CREATE CAST (authz.resource AS text) WITH FUNCTION authz_internal.text(authz.resource) AS ASSIGNMENT;
COMMENT ON CAST (authz.resource AS text) IS 'the same bytes';

CREATE CAST (authz.resource AS varchar) WITH FUNCTION authz_internal.text(authz.resource) AS ASSIGNMENT;
COMMENT ON CAST (authz.resource AS varchar) IS 'the same bytes';

CREATE FUNCTION authz.resource_type(authz.resource)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_resource_type';
COMMENT ON FUNCTION authz.resource_type(authz.resource) IS 'the part before the first colon';

CREATE FUNCTION authz.resource_id(authz.resource)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_resource_id';
COMMENT ON FUNCTION authz.resource_id(authz.resource) IS 'the part after the first colon';

-- Comparison of resources -----------------------------------------------------
CREATE FUNCTION authz_internal.resource_eq(authz.resource, authz.resource)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_eq';
COMMENT ON FUNCTION authz_internal.resource_eq(authz.resource, authz.resource) IS 'implementation of = operator';

CREATE FUNCTION authz_internal.resource_ne(authz.resource, authz.resource)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_ne';
COMMENT ON FUNCTION authz_internal.resource_ne(authz.resource, authz.resource) IS 'implementation of <> operator';

CREATE FUNCTION authz_internal.resource_lt(authz.resource, authz.resource)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_lt';
COMMENT ON FUNCTION authz_internal.resource_lt(authz.resource, authz.resource) IS 'implementation of < operator';

CREATE FUNCTION authz_internal.resource_le(authz.resource, authz.resource)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_le';
COMMENT ON FUNCTION authz_internal.resource_le(authz.resource, authz.resource) IS 'implementation of <= operator';

CREATE FUNCTION authz_internal.resource_ge(authz.resource, authz.resource)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_ge';
COMMENT ON FUNCTION authz_internal.resource_ge(authz.resource, authz.resource) IS 'implementation of >= operator';

CREATE FUNCTION authz_internal.resource_gt(authz.resource, authz.resource)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_gt';
COMMENT ON FUNCTION authz_internal.resource_gt(authz.resource, authz.resource) IS 'implementation of > operator';

CREATE FUNCTION authz_internal.resource_cmp(authz.resource, authz.resource)
RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_cmp';
COMMENT ON FUNCTION authz_internal.resource_cmp(authz.resource, authz.resource) IS 'less-equal-greater, for btree';

CREATE FUNCTION authz_internal.resource_hash(authz.resource)
RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_hash';
COMMENT ON FUNCTION authz_internal.resource_hash(authz.resource) IS 'hash';

CREATE FUNCTION authz_internal.resource_hash_extended(authz.resource, bigint)
RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_hash_extended';
COMMENT ON FUNCTION authz_internal.resource_hash_extended(authz.resource, bigint) IS 'hash with seed';

CREATE OPERATOR pg_catalog.= (
    FUNCTION = authz_internal.resource_eq, LEFTARG = authz.resource, RIGHTARG = authz.resource,
    COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel,
    HASHES, MERGES
);
COMMENT ON OPERATOR pg_catalog.= (authz.resource, authz.resource) IS 'equal';

CREATE OPERATOR pg_catalog.<> (
    FUNCTION = authz_internal.resource_ne, LEFTARG = authz.resource, RIGHTARG = authz.resource,
    COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR pg_catalog.<> (authz.resource, authz.resource) IS 'not equal';

CREATE OPERATOR pg_catalog.< (
    FUNCTION = authz_internal.resource_lt, LEFTARG = authz.resource, RIGHTARG = authz.resource,
    COMMUTATOR = OPERATOR(pg_catalog.>), NEGATOR = OPERATOR(pg_catalog.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR pg_catalog.< (authz.resource, authz.resource) IS 'less than';

CREATE OPERATOR pg_catalog.<= (
    FUNCTION = authz_internal.resource_le, LEFTARG = authz.resource, RIGHTARG = authz.resource,
    COMMUTATOR = OPERATOR(pg_catalog.>=), NEGATOR = OPERATOR(pg_catalog.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR pg_catalog.<= (authz.resource, authz.resource) IS 'less than or equal';

CREATE OPERATOR pg_catalog.>= (
    FUNCTION = authz_internal.resource_ge, LEFTARG = authz.resource, RIGHTARG = authz.resource,
    COMMUTATOR = OPERATOR(pg_catalog.<=), NEGATOR = OPERATOR(pg_catalog.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR pg_catalog.>= (authz.resource, authz.resource) IS 'greater than or equal';

CREATE OPERATOR pg_catalog.> (
    FUNCTION = authz_internal.resource_gt, LEFTARG = authz.resource, RIGHTARG = authz.resource,
    COMMUTATOR = OPERATOR(pg_catalog.<), NEGATOR = OPERATOR(pg_catalog.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR pg_catalog.> (authz.resource, authz.resource) IS 'greater than';

CREATE OPERATOR CLASS authz.resource_ops
DEFAULT FOR TYPE authz.resource USING btree AS
    OPERATOR 1 pg_catalog.<,
    OPERATOR 2 pg_catalog.<=,
    OPERATOR 3 pg_catalog.=,
    OPERATOR 4 pg_catalog.>=,
    OPERATOR 5 pg_catalog.>,
    FUNCTION 1 authz_internal.resource_cmp(authz.resource, authz.resource),
    FUNCTION 2 pg_catalog.bytea_sortsupport(internal),
    FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS authz.resource_ops USING btree IS 'order of authz.resource';
COMMENT ON OPERATOR FAMILY authz.resource_ops USING btree IS 'order of authz.resource';

CREATE OPERATOR CLASS authz.resource_ops
DEFAULT FOR TYPE authz.resource USING hash AS
    OPERATOR 1 pg_catalog.=,
    FUNCTION 1 authz_internal.resource_hash(authz.resource),
    FUNCTION 2 authz_internal.resource_hash_extended(authz.resource, bigint);
COMMENT ON OPERATOR CLASS authz.resource_ops USING hash IS 'hash of authz.resource';
COMMENT ON OPERATOR FAMILY authz.resource_ops USING hash IS 'hash of authz.resource';
