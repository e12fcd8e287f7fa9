-- Asking: see src/decision/has_permission.c, src/session/caller.c and src/decision/permitted_ids.c.
--
-- Everybody may ask about the current subject.  Asking about another one, and
-- looking into the model, is granted explicitly.

CREATE FUNCTION authz.current_subject() RETURNS authz.subject
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'authz_current_subject';
COMMENT ON FUNCTION authz.current_subject() IS 'who asks, by the setting authz.subject_source; NULL for nobody';

CREATE FUNCTION authz.is_administrator() RETURNS boolean
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'authz_is_administrator';
COMMENT ON FUNCTION authz.is_administrator() IS 'may the caller write the tables of authz, and is that to count (authz.administrator)';

CREATE FUNCTION authz.has_permission(permission text, resource_id anyelement) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE COST 1
    SUPPORT authz_internal.has_permission_support
    AS 'MODULE_PATHNAME', 'authz_has_permission';
COMMENT ON FUNCTION authz.has_permission(text, anyelement) IS 'may the current subject do this on the resource with this id';

CREATE FUNCTION authz.has_permission(permission text, resource_id text) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE COST 1
    SUPPORT authz_internal.has_permission_support
    AS 'MODULE_PATHNAME', 'authz_has_permission';
COMMENT ON FUNCTION authz.has_permission(text, text) IS 'may the current subject do this on the resource with this id';

CREATE FUNCTION authz.has_permission(permission text, resource authz.resource) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE COST 10
    SUPPORT authz_internal.permission_support
    AS 'MODULE_PATHNAME', 'authz_has_permission_on';
COMMENT ON FUNCTION authz.has_permission(text, authz.resource) IS 'may the current subject do this on the resource';

CREATE FUNCTION authz.has_permission(subject authz.subject, permission text, resource_id anyelement) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE COST 1
    SUPPORT authz_internal.has_permission_support
    AS 'MODULE_PATHNAME', 'authz_has_permission_subject';
COMMENT ON FUNCTION authz.has_permission(authz.subject, text, anyelement) IS 'may the subject do this on the resource with this id';
REVOKE ALL ON FUNCTION authz.has_permission(authz.subject, text, anyelement) FROM PUBLIC;

CREATE FUNCTION authz.has_permission(subject authz.subject, permission text, resource_id text) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE COST 1
    SUPPORT authz_internal.has_permission_support
    AS 'MODULE_PATHNAME', 'authz_has_permission_subject';
COMMENT ON FUNCTION authz.has_permission(authz.subject, text, text) IS 'may the subject do this on the resource with this id';
REVOKE ALL ON FUNCTION authz.has_permission(authz.subject, text, text) FROM PUBLIC;

CREATE FUNCTION authz.has_permission(subject authz.subject, permission text, resource authz.resource) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE COST 10
    SUPPORT authz_internal.permission_support
    AS 'MODULE_PATHNAME', 'authz_has_permission_on_subject';
COMMENT ON FUNCTION authz.has_permission(authz.subject, text, authz.resource) IS 'may the subject do this on the resource';
REVOKE ALL ON FUNCTION authz.has_permission(authz.subject, text, authz.resource) FROM PUBLIC;

CREATE FUNCTION authz.has_any_permission(permissions text[], resource_id anyelement) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE COST 1
    SUPPORT authz_internal.permission_support
    AS 'MODULE_PATHNAME', 'authz_has_any_permission';
COMMENT ON FUNCTION authz.has_any_permission(text[], anyelement) IS 'may the current subject do any of these on the resource with this id';

CREATE FUNCTION authz.has_any_permission(permissions text[], resource_id text) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE COST 1
    SUPPORT authz_internal.permission_support
    AS 'MODULE_PATHNAME', 'authz_has_any_permission';
COMMENT ON FUNCTION authz.has_any_permission(text[], text) IS 'may the current subject do any of these on the resource with this id';

CREATE FUNCTION authz.has_any_permission(subject authz.subject, permissions text[], resource_id anyelement) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE COST 1
    SUPPORT authz_internal.permission_support
    AS 'MODULE_PATHNAME', 'authz_has_any_permission_subject';
COMMENT ON FUNCTION authz.has_any_permission(authz.subject, text[], anyelement) IS 'may the subject do any of these on the resource with this id';
REVOKE ALL ON FUNCTION authz.has_any_permission(authz.subject, text[], anyelement) FROM PUBLIC;

CREATE FUNCTION authz.has_any_permission(subject authz.subject, permissions text[], resource_id text) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE COST 1
    SUPPORT authz_internal.permission_support
    AS 'MODULE_PATHNAME', 'authz_has_any_permission_subject';
COMMENT ON FUNCTION authz.has_any_permission(authz.subject, text[], text) IS 'may the subject do any of these on the resource with this id';
REVOKE ALL ON FUNCTION authz.has_any_permission(authz.subject, text[], text) FROM PUBLIC;

CREATE FUNCTION authz.has_all_permissions(permissions text[], resource_id anyelement) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE COST 1
    SUPPORT authz_internal.permission_support
    AS 'MODULE_PATHNAME', 'authz_has_all_permissions';
COMMENT ON FUNCTION authz.has_all_permissions(text[], anyelement) IS 'may the current subject do all of these (at least one) on the resource with this id';

CREATE FUNCTION authz.has_all_permissions(permissions text[], resource_id text) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE COST 1
    SUPPORT authz_internal.permission_support
    AS 'MODULE_PATHNAME', 'authz_has_all_permissions';
COMMENT ON FUNCTION authz.has_all_permissions(text[], text) IS 'may the current subject do all of these (at least one) on the resource with this id';

CREATE FUNCTION authz.has_all_permissions(subject authz.subject, permissions text[], resource_id anyelement) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE COST 1
    SUPPORT authz_internal.permission_support
    AS 'MODULE_PATHNAME', 'authz_has_all_permissions_subject';
COMMENT ON FUNCTION authz.has_all_permissions(authz.subject, text[], anyelement) IS 'may the subject do all of these (at least one) on the resource with this id';
REVOKE ALL ON FUNCTION authz.has_all_permissions(authz.subject, text[], anyelement) FROM PUBLIC;

CREATE FUNCTION authz.has_all_permissions(subject authz.subject, permissions text[], resource_id text) RETURNS boolean
    LANGUAGE c STABLE LEAKPROOF PARALLEL SAFE COST 1
    SUPPORT authz_internal.permission_support
    AS 'MODULE_PATHNAME', 'authz_has_all_permissions_subject';
COMMENT ON FUNCTION authz.has_all_permissions(authz.subject, text[], text) IS 'may the subject do all of these (at least one) on the resource with this id';
REVOKE ALL ON FUNCTION authz.has_all_permissions(authz.subject, text[], text) FROM PUBLIC;

CREATE FUNCTION authz.permissions_on(resource authz.resource) RETURNS authz.permission_set
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'authz_permissions_on';
COMMENT ON FUNCTION authz.permissions_on(authz.resource) IS 'everything that the current subject may do on the resource';

CREATE FUNCTION authz.permissions_on(subject authz.subject, resource authz.resource) RETURNS authz.permission_set
    LANGUAGE c STABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'authz_permissions_on_subject';
COMMENT ON FUNCTION authz.permissions_on(authz.subject, authz.resource) IS 'everything that the subject may do on the resource';
REVOKE ALL ON FUNCTION authz.permissions_on(authz.subject, authz.resource) FROM PUBLIC;

CREATE FUNCTION authz.role_permission_set(role_id bigint, planned boolean) RETURNS authz.permission_set
    LANGUAGE c STABLE PARALLEL SAFE STRICT
    AS 'MODULE_PATHNAME', 'authz_role_permission_set';
COMMENT ON FUNCTION authz.role_permission_set(bigint, boolean) IS 'everything that a role holds through every role it builds on, of all resource types; with or without planned permissions';
REVOKE ALL ON FUNCTION authz.role_permission_set(bigint, boolean) FROM PUBLIC;

CREATE FUNCTION authz.held_permission_set(subject authz.subject, resource authz.resource, planned boolean) RETURNS authz.permission_set
    LANGUAGE c STABLE PARALLEL SAFE STRICT
    AS 'MODULE_PATHNAME', 'authz_held_permission_set';
COMMENT ON FUNCTION authz.held_permission_set(authz.subject, authz.resource, boolean) IS 'everything that the roles of the subject on the resource and its ancestors hold, of all resource types; with or without planned permissions';
REVOKE ALL ON FUNCTION authz.held_permission_set(authz.subject, authz.resource, boolean) FROM PUBLIC;

CREATE FUNCTION authz.permitted_ids(permission text, sample anyelement) RETURNS anyarray
    LANGUAGE c STABLE PARALLEL SAFE COST 100
    SUPPORT authz_internal.permission_support
    AS 'MODULE_PATHNAME', 'authz_permitted_ids';
COMMENT ON FUNCTION authz.permitted_ids(text, anyelement) IS 'ids, in the type of the sample, of all resources on which the current subject holds the permission; ascending for integers';

CREATE FUNCTION authz.list_resources(permission text) RETURNS SETOF authz.resource
    LANGUAGE c STABLE PARALLEL SAFE COST 100 ROWS 100
    SUPPORT authz_internal.permission_support
    AS 'MODULE_PATHNAME', 'authz_list_resources';
COMMENT ON FUNCTION authz.list_resources(text) IS 'all resources on which the current subject holds the permission';

CREATE FUNCTION authz.permitted_ids(subject authz.subject, permission text, sample anyelement) RETURNS anyarray
    LANGUAGE c STABLE PARALLEL SAFE COST 100
    SUPPORT authz_internal.permission_support
    AS 'MODULE_PATHNAME', 'authz_permitted_ids_subject';
COMMENT ON FUNCTION authz.permitted_ids(authz.subject, text, anyelement) IS 'ids, in the type of the sample, of all resources on which the subject holds the permission; ascending for integers';
REVOKE ALL ON FUNCTION authz.permitted_ids(authz.subject, text, anyelement) FROM PUBLIC;

CREATE FUNCTION authz.list_resources(subject authz.subject, permission text) RETURNS SETOF authz.resource
    LANGUAGE c STABLE PARALLEL SAFE COST 100 ROWS 100
    SUPPORT authz_internal.permission_support
    AS 'MODULE_PATHNAME', 'authz_list_resources_subject';
COMMENT ON FUNCTION authz.list_resources(authz.subject, text) IS 'all resources on which the subject holds the permission';
REVOKE ALL ON FUNCTION authz.list_resources(authz.subject, text) FROM PUBLIC;

CREATE FUNCTION authz.list_subjects(permission text, resource authz.resource) RETURNS SETOF authz.subject
    LANGUAGE c STABLE PARALLEL SAFE COST 100 ROWS 100
    SUPPORT authz_internal.permission_support
    AS 'MODULE_PATHNAME', 'authz_list_subjects';
COMMENT ON FUNCTION authz.list_subjects(text, authz.resource) IS 'all users and service accounts that hold the permission on the resource';
REVOKE ALL ON FUNCTION authz.list_subjects(text, authz.resource) FROM PUBLIC;
