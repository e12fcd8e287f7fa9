-- The type authz.permission_set.  C code: src/types/permission_set.c.
--
-- Equal sets have equal bytes, so equality and hash are PostgreSQL's own
-- functions.  For the schema of the operators, see permission.sql.

-- Type and casts --------------------------------------------------------------
CREATE TYPE authz.permission_set;

CREATE FUNCTION authz_internal.permission_set_in(cstring)
RETURNS authz.permission_set
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_in';
COMMENT ON FUNCTION authz_internal.permission_set_in(cstring) IS 'I/O';

CREATE FUNCTION authz_internal.permission_set_out(authz.permission_set)
RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_out';
COMMENT ON FUNCTION authz_internal.permission_set_out(authz.permission_set) IS 'I/O';

CREATE FUNCTION authz_internal.permission_set_recv(internal)
RETURNS authz.permission_set
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_recv';
COMMENT ON FUNCTION authz_internal.permission_set_recv(internal) IS 'I/O';

CREATE FUNCTION authz_internal.permission_set_send(authz.permission_set)
RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_send';
COMMENT ON FUNCTION authz_internal.permission_set_send(authz.permission_set) IS 'I/O';

CREATE TYPE authz.permission_set (
    INPUT = authz_internal.permission_set_in, OUTPUT = authz_internal.permission_set_out,
    RECEIVE = authz_internal.permission_set_recv, SEND = authz_internal.permission_set_send,
    INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended
);
COMMENT ON TYPE authz.permission_set IS 'set of permissions, such as {project.view,project.job.stop}';

CREATE FUNCTION authz.permission_set(authz.permission[])
RETURNS authz.permission_set
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set';
COMMENT ON FUNCTION authz.permission_set(authz.permission[]) IS 'converts permission[] to permission_set';

CREATE CAST (authz.permission[] AS authz.permission_set) WITH FUNCTION authz.permission_set(authz.permission[]) AS ASSIGNMENT;
COMMENT ON CAST (authz.permission[] AS authz.permission_set) IS 'sorts, removes duplicates, refuses nulls';

CREATE FUNCTION authz.permissions(authz.permission_set)
RETURNS authz.permission[]
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permissions';
COMMENT ON FUNCTION authz.permissions(authz.permission_set) IS 'converts permission_set to permission[]';

CREATE CAST (authz.permission_set AS authz.permission[]) WITH FUNCTION authz.permissions(authz.permission_set) AS ASSIGNMENT;
COMMENT ON CAST (authz.permission_set AS authz.permission[]) IS 'in bytewise order';

CREATE FUNCTION authz.permission_count(authz.permission_set)
RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_permission_count';
COMMENT ON FUNCTION authz.permission_count(authz.permission_set) IS 'number of permissions in a set';

-- Set operations --------------------------------------------------------------
CREATE FUNCTION authz_internal.permission_set_union(authz.permission_set, authz.permission_set)
RETURNS authz.permission_set
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_union';
COMMENT ON FUNCTION authz_internal.permission_set_union(authz.permission_set, authz.permission_set) IS 'implementation of | operator';

CREATE OPERATOR pg_catalog.| (
    FUNCTION = authz_internal.permission_set_union, LEFTARG = authz.permission_set, RIGHTARG = authz.permission_set,
    COMMUTATOR = OPERATOR(pg_catalog.|)
);
COMMENT ON OPERATOR pg_catalog.| (authz.permission_set, authz.permission_set) IS 'union';

CREATE FUNCTION authz_internal.permission_set_intersect(authz.permission_set, authz.permission_set)
RETURNS authz.permission_set
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_intersect';
COMMENT ON FUNCTION authz_internal.permission_set_intersect(authz.permission_set, authz.permission_set) IS 'implementation of & operator';

CREATE OPERATOR pg_catalog.& (
    FUNCTION = authz_internal.permission_set_intersect, LEFTARG = authz.permission_set, RIGHTARG = authz.permission_set,
    COMMUTATOR = OPERATOR(pg_catalog.&)
);
COMMENT ON OPERATOR pg_catalog.& (authz.permission_set, authz.permission_set) IS 'intersection';

CREATE FUNCTION authz_internal.permission_set_except(authz.permission_set, authz.permission_set)
RETURNS authz.permission_set
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_except';
COMMENT ON FUNCTION authz_internal.permission_set_except(authz.permission_set, authz.permission_set) IS 'implementation of - operator';

CREATE OPERATOR pg_catalog.- (
    FUNCTION = authz_internal.permission_set_except, LEFTARG = authz.permission_set, RIGHTARG = authz.permission_set
);
COMMENT ON OPERATOR pg_catalog.- (authz.permission_set, authz.permission_set) IS 'difference';

CREATE FUNCTION authz_internal.permission_set_contains(authz.permission_set, authz.permission_set)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_contains';
COMMENT ON FUNCTION authz_internal.permission_set_contains(authz.permission_set, authz.permission_set) IS 'implementation of @> operator';

CREATE OPERATOR pg_catalog.@> (
    FUNCTION = authz_internal.permission_set_contains, LEFTARG = authz.permission_set, RIGHTARG = authz.permission_set,
    COMMUTATOR = OPERATOR(pg_catalog.<@),
    RESTRICT = pg_catalog.contsel, JOIN = pg_catalog.contjoinsel
);
COMMENT ON OPERATOR pg_catalog.@> (authz.permission_set, authz.permission_set) IS 'contains';

CREATE FUNCTION authz_internal.permission_set_contained(authz.permission_set, authz.permission_set)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_contained';
COMMENT ON FUNCTION authz_internal.permission_set_contained(authz.permission_set, authz.permission_set) IS 'implementation of <@ operator';

CREATE OPERATOR pg_catalog.<@ (
    FUNCTION = authz_internal.permission_set_contained, LEFTARG = authz.permission_set, RIGHTARG = authz.permission_set,
    COMMUTATOR = OPERATOR(pg_catalog.@>),
    RESTRICT = pg_catalog.contsel, JOIN = pg_catalog.contjoinsel
);
COMMENT ON OPERATOR pg_catalog.<@ (authz.permission_set, authz.permission_set) IS 'is contained by';

CREATE FUNCTION authz_internal.permission_set_overlaps(authz.permission_set, authz.permission_set)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_overlaps';
COMMENT ON FUNCTION authz_internal.permission_set_overlaps(authz.permission_set, authz.permission_set) IS 'implementation of && operator';

CREATE OPERATOR pg_catalog.&& (
    FUNCTION = authz_internal.permission_set_overlaps, LEFTARG = authz.permission_set, RIGHTARG = authz.permission_set,
    COMMUTATOR = OPERATOR(pg_catalog.&&),
    RESTRICT = pg_catalog.contsel, JOIN = pg_catalog.contjoinsel
);
COMMENT ON OPERATOR pg_catalog.&& (authz.permission_set, authz.permission_set) IS 'overlaps (has a permission in common)';

CREATE FUNCTION authz_internal.permission_set_has(authz.permission_set, authz.permission)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_has';
COMMENT ON FUNCTION authz_internal.permission_set_has(authz.permission_set, authz.permission) IS 'implementation of @> operator';

CREATE OPERATOR pg_catalog.@> (
    FUNCTION = authz_internal.permission_set_has, LEFTARG = authz.permission_set, RIGHTARG = authz.permission,
    COMMUTATOR = OPERATOR(pg_catalog.<@),
    RESTRICT = pg_catalog.contsel, JOIN = pg_catalog.contjoinsel
);
COMMENT ON OPERATOR pg_catalog.@> (authz.permission_set, authz.permission) IS 'contains';

CREATE FUNCTION authz_internal.permission_is_in(authz.permission, authz.permission_set)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_permission_is_in';
COMMENT ON FUNCTION authz_internal.permission_is_in(authz.permission, authz.permission_set) IS 'implementation of <@ operator';

CREATE OPERATOR pg_catalog.<@ (
    FUNCTION = authz_internal.permission_is_in, LEFTARG = authz.permission, RIGHTARG = authz.permission_set,
    COMMUTATOR = OPERATOR(pg_catalog.@>),
    RESTRICT = pg_catalog.contsel, JOIN = pg_catalog.contjoinsel
);
COMMENT ON OPERATOR pg_catalog.<@ (authz.permission, authz.permission_set) IS 'is contained by';

-- Comparison ------------------------------------------------------------------
CREATE FUNCTION authz_internal.permission_set_eq(authz.permission_set, authz.permission_set)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_eq';
COMMENT ON FUNCTION authz_internal.permission_set_eq(authz.permission_set, authz.permission_set) IS 'implementation of = operator';

CREATE FUNCTION authz_internal.permission_set_ne(authz.permission_set, authz.permission_set)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_ne';
COMMENT ON FUNCTION authz_internal.permission_set_ne(authz.permission_set, authz.permission_set) IS 'implementation of <> operator';

CREATE FUNCTION authz_internal.permission_set_lt(authz.permission_set, authz.permission_set)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_lt';
COMMENT ON FUNCTION authz_internal.permission_set_lt(authz.permission_set, authz.permission_set) IS 'implementation of < operator';

CREATE FUNCTION authz_internal.permission_set_le(authz.permission_set, authz.permission_set)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_le';
COMMENT ON FUNCTION authz_internal.permission_set_le(authz.permission_set, authz.permission_set) IS 'implementation of <= operator';

CREATE FUNCTION authz_internal.permission_set_ge(authz.permission_set, authz.permission_set)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_ge';
COMMENT ON FUNCTION authz_internal.permission_set_ge(authz.permission_set, authz.permission_set) IS 'implementation of >= operator';

CREATE FUNCTION authz_internal.permission_set_gt(authz.permission_set, authz.permission_set)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_gt';
COMMENT ON FUNCTION authz_internal.permission_set_gt(authz.permission_set, authz.permission_set) IS 'implementation of > operator';

CREATE FUNCTION authz_internal.permission_set_cmp(authz.permission_set, authz.permission_set)
RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_permission_set_cmp';
COMMENT ON FUNCTION authz_internal.permission_set_cmp(authz.permission_set, authz.permission_set) IS 'less-equal-greater, for btree';

CREATE FUNCTION authz_internal.permission_set_hash(authz.permission_set)
RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_hash';
COMMENT ON FUNCTION authz_internal.permission_set_hash(authz.permission_set) IS 'hash';

CREATE FUNCTION authz_internal.permission_set_hash_extended(authz.permission_set, bigint)
RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF COST 1
AS 'MODULE_PATHNAME', 'authz_name_hash_extended';
COMMENT ON FUNCTION authz_internal.permission_set_hash_extended(authz.permission_set, bigint) IS 'hash with seed';

CREATE OPERATOR pg_catalog.= (
    FUNCTION = authz_internal.permission_set_eq, LEFTARG = authz.permission_set, RIGHTARG = authz.permission_set,
    COMMUTATOR = OPERATOR(pg_catalog.=), NEGATOR = OPERATOR(pg_catalog.<>),
    RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel,
    HASHES, MERGES
);
COMMENT ON OPERATOR pg_catalog.= (authz.permission_set, authz.permission_set) IS 'equal';

CREATE OPERATOR pg_catalog.<> (
    FUNCTION = authz_internal.permission_set_ne, LEFTARG = authz.permission_set, RIGHTARG = authz.permission_set,
    COMMUTATOR = OPERATOR(pg_catalog.<>), NEGATOR = OPERATOR(pg_catalog.=),
    RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR pg_catalog.<> (authz.permission_set, authz.permission_set) IS 'not equal';

CREATE OPERATOR pg_catalog.< (
    FUNCTION = authz_internal.permission_set_lt, LEFTARG = authz.permission_set, RIGHTARG = authz.permission_set,
    COMMUTATOR = OPERATOR(pg_catalog.>), NEGATOR = OPERATOR(pg_catalog.>=),
    RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR pg_catalog.< (authz.permission_set, authz.permission_set) IS 'less than';

CREATE OPERATOR pg_catalog.<= (
    FUNCTION = authz_internal.permission_set_le, LEFTARG = authz.permission_set, RIGHTARG = authz.permission_set,
    COMMUTATOR = OPERATOR(pg_catalog.>=), NEGATOR = OPERATOR(pg_catalog.>),
    RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR pg_catalog.<= (authz.permission_set, authz.permission_set) IS 'less than or equal';

CREATE OPERATOR pg_catalog.>= (
    FUNCTION = authz_internal.permission_set_ge, LEFTARG = authz.permission_set, RIGHTARG = authz.permission_set,
    COMMUTATOR = OPERATOR(pg_catalog.<=), NEGATOR = OPERATOR(pg_catalog.<),
    RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR pg_catalog.>= (authz.permission_set, authz.permission_set) IS 'greater than or equal';

CREATE OPERATOR pg_catalog.> (
    FUNCTION = authz_internal.permission_set_gt, LEFTARG = authz.permission_set, RIGHTARG = authz.permission_set,
    COMMUTATOR = OPERATOR(pg_catalog.<), NEGATOR = OPERATOR(pg_catalog.<=),
    RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR pg_catalog.> (authz.permission_set, authz.permission_set) IS 'greater than';

CREATE OPERATOR CLASS authz.permission_set_ops
DEFAULT FOR TYPE authz.permission_set USING btree AS
    OPERATOR 1 pg_catalog.<,
    OPERATOR 2 pg_catalog.<=,
    OPERATOR 3 pg_catalog.=,
    OPERATOR 4 pg_catalog.>=,
    OPERATOR 5 pg_catalog.>,
    FUNCTION 1 authz_internal.permission_set_cmp(authz.permission_set, authz.permission_set),
    FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS authz.permission_set_ops USING btree IS 'order of authz.permission_set';
COMMENT ON OPERATOR FAMILY authz.permission_set_ops USING btree IS 'order of authz.permission_set';

CREATE OPERATOR CLASS authz.permission_set_ops
DEFAULT FOR TYPE authz.permission_set USING hash AS
    OPERATOR 1 pg_catalog.=,
    FUNCTION 1 authz_internal.permission_set_hash(authz.permission_set),
    FUNCTION 2 authz_internal.permission_set_hash_extended(authz.permission_set, bigint);
COMMENT ON OPERATOR CLASS authz.permission_set_ops USING hash IS 'hash of authz.permission_set';
COMMENT ON OPERATOR FAMILY authz.permission_set_ops USING hash IS 'hash of authz.permission_set';

-- Aggregates ------------------------------------------------------------------
CREATE FUNCTION authz_internal.permission_union_add(internal, authz.permission)
RETURNS internal
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_union_add';
COMMENT ON FUNCTION authz_internal.permission_union_add(internal, authz.permission) IS 'aggregate transition function';

CREATE FUNCTION authz_internal.permission_union_add_set(internal, authz.permission_set)
RETURNS internal
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_union_add_set';
COMMENT ON FUNCTION authz_internal.permission_union_add_set(internal, authz.permission_set) IS 'aggregate transition function';

CREATE FUNCTION authz_internal.permission_union_combine(internal, internal)
RETURNS internal
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_union_combine';
COMMENT ON FUNCTION authz_internal.permission_union_combine(internal, internal) IS 'aggregate combine function';

CREATE FUNCTION authz_internal.permission_union_serialize(internal)
RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_union_serialize';
COMMENT ON FUNCTION authz_internal.permission_union_serialize(internal) IS 'aggregate serial function';

CREATE FUNCTION authz_internal.permission_union_deserialize(bytea, internal)
RETURNS internal
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_union_deserialize';
COMMENT ON FUNCTION authz_internal.permission_union_deserialize(bytea, internal) IS 'aggregate deserial function';

CREATE FUNCTION authz_internal.permission_union_final(internal)
RETURNS authz.permission_set
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME', 'authz_permission_union_final';
COMMENT ON FUNCTION authz_internal.permission_union_final(internal) IS 'aggregate final function';

CREATE AGGREGATE authz.permission_union(authz.permission) (
    SFUNC = authz_internal.permission_union_add, STYPE = internal,
    FINALFUNC = authz_internal.permission_union_final,
    COMBINEFUNC = authz_internal.permission_union_combine,
    SERIALFUNC = authz_internal.permission_union_serialize, DESERIALFUNC = authz_internal.permission_union_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE authz.permission_union(authz.permission) IS 'the set of all non-null input permissions, {} for none';

CREATE AGGREGATE authz.permission_union(authz.permission_set) (
    SFUNC = authz_internal.permission_union_add_set, STYPE = internal,
    FINALFUNC = authz_internal.permission_union_final,
    COMBINEFUNC = authz_internal.permission_union_combine,
    SERIALFUNC = authz_internal.permission_union_serialize, DESERIALFUNC = authz_internal.permission_union_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE authz.permission_union(authz.permission_set) IS 'the union of all non-null input sets, {} for none';
