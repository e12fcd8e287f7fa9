-- What the planner is told: see src/planner/support.c.

CREATE FUNCTION authz_internal.has_permission_support(internal) RETURNS internal
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'authz_has_permission_support';
COMMENT ON FUNCTION authz_internal.has_permission_support(internal) IS 'planner support: unknown permissions, index condition, selectivity and cost of has_permission';

CREATE FUNCTION authz_internal.permission_support(internal) RETURNS internal
    LANGUAGE c STABLE STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'authz_permission_support';
COMMENT ON FUNCTION authz_internal.permission_support(internal) IS 'planner support: unknown permissions, number of rows';
