-- Forms of the questions for other types: texts, as drivers send them, in the place of
-- subjects and resources, and permissions and resources in the place of names, as other
-- functions return them.  (Overloads, not implicit casts, with which every text would
-- compare with every subject.)
--
-- Each is its caller's: everybody may call it, and whom it lets in is decided by the
-- form that it calls, whose EXECUTE is granted.  The planner inlines them.  Those with
-- anyelement cannot have a body that is parsed when they are made: every name in it is
-- qualified.
--
-- Functions that change something have one form, which takes text, so that
-- GRANT EXECUTE ON FUNCTION authz.grant_role needs no list of arguments.

-- Subjects as text.  has_permission() is leakproof: a malformed subject is an error where
-- it is a constant, and "no" at run time.
CREATE FUNCTION authz_internal.subject_support(internal) RETURNS internal
    LANGUAGE c STRICT PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'authz_subject_support';
COMMENT ON FUNCTION authz_internal.subject_support(internal) IS 'planner support function of authz.subject_or_nobody';

CREATE FUNCTION authz.subject_or_nobody(text) RETURNS authz.subject
    LANGUAGE c STABLE STRICT LEAKPROOF PARALLEL SAFE COST 1
    SUPPORT authz_internal.subject_support
    AS 'MODULE_PATHNAME', 'authz_subject_or_nobody';
COMMENT ON FUNCTION authz.subject_or_nobody(text) IS 'converts text to subject; NULL where it is malformed';

CREATE FUNCTION authz.has_permission(subject text, permission text, resource_id anyelement) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    AS 'SELECT authz.has_permission(authz.subject_or_nobody(subject), permission, resource_id)';
COMMENT ON FUNCTION authz.has_permission(text, text, anyelement) IS 'may the subject do this on the resource with this id';

CREATE FUNCTION authz.has_permission(subject text, permission text, resource_id text) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    RETURN authz.has_permission(authz.subject_or_nobody(subject), permission, resource_id);
COMMENT ON FUNCTION authz.has_permission(text, text, text) IS 'may the subject do this on the resource with this id';

CREATE FUNCTION authz.has_any_permission(subject text, permissions text[], resource_id anyelement) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    AS 'SELECT authz.has_any_permission(authz.subject_or_nobody(subject), permissions, resource_id)';
COMMENT ON FUNCTION authz.has_any_permission(text, text[], anyelement) IS 'may the subject do any of these on the resource with this id';

CREATE FUNCTION authz.has_any_permission(subject text, permissions text[], resource_id text) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    RETURN authz.has_any_permission(authz.subject_or_nobody(subject), permissions, resource_id);
COMMENT ON FUNCTION authz.has_any_permission(text, text[], text) IS 'may the subject do any of these on the resource with this id';

CREATE FUNCTION authz.has_all_permissions(subject text, permissions text[], resource_id anyelement) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    AS 'SELECT authz.has_all_permissions(authz.subject_or_nobody(subject), permissions, resource_id)';
COMMENT ON FUNCTION authz.has_all_permissions(text, text[], anyelement) IS 'may the subject do all of these (at least one) on the resource with this id';

CREATE FUNCTION authz.has_all_permissions(subject text, permissions text[], resource_id text) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    RETURN authz.has_all_permissions(authz.subject_or_nobody(subject), permissions, resource_id);
COMMENT ON FUNCTION authz.has_all_permissions(text, text[], text) IS 'may the subject do all of these (at least one) on the resource with this id';

CREATE FUNCTION authz.permitted_ids(subject text, permission text, sample anyelement) RETURNS anyarray
    LANGUAGE sql STABLE PARALLEL SAFE
    AS 'SELECT authz.permitted_ids(subject::authz.subject, permission, sample)';
COMMENT ON FUNCTION authz.permitted_ids(text, text, anyelement) IS 'ids, in the type of the sample, of all resources on which the subject holds the permission; ascending for integers';

CREATE FUNCTION authz.list_resources(subject text, permission text) RETURNS SETOF authz.resource
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
    SUPPORT authz_internal.permission_support
BEGIN ATOMIC
    SELECT * FROM authz.list_resources(subject::authz.subject, permission);
END;
COMMENT ON FUNCTION authz.list_resources(text, text) IS 'all resources on which the subject holds the permission';

CREATE FUNCTION authz.team_members(team text) RETURNS TABLE (member authz.subject, via authz.subject, direct boolean)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
BEGIN ATOMIC
    SELECT * FROM authz.team_members(team::authz.subject);
END;
COMMENT ON FUNCTION authz.team_members(text) IS 'the members of a team, those of the teams beneath included, or of a resource with members';

-- Resources as text.
CREATE FUNCTION authz.permissions_on(resource text) RETURNS authz.permission_set
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN authz.permissions_on(resource::authz.resource);
COMMENT ON FUNCTION authz.permissions_on(text) IS 'everything that the current subject may do on the resource';

CREATE FUNCTION authz.permissions_on(subject text, resource text) RETURNS authz.permission_set
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN authz.permissions_on(subject::authz.subject, resource::authz.resource);
COMMENT ON FUNCTION authz.permissions_on(text, text) IS 'everything that the subject may do on the resource';

CREATE FUNCTION authz.list_subjects(permission text, resource text) RETURNS SETOF authz.subject
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
    SUPPORT authz_internal.permission_support
BEGIN ATOMIC
    SELECT * FROM authz.list_subjects(permission, resource::authz.resource);
END;
COMMENT ON FUNCTION authz.list_subjects(text, text) IS 'all users and service accounts that hold the permission on the resource';

CREATE FUNCTION authz.explain(subject text, permission text, resource text) RETURNS SETOF authz.explanation
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 5
BEGIN ATOMIC
    SELECT * FROM authz.explain(subject::authz.subject, permission, resource::authz.resource);
END;
COMMENT ON FUNCTION authz.explain(text, text, text) IS 'every avenue that gives a subject a permission on a resource; where nothing does, the nearest misses';

CREATE FUNCTION authz.assignment_kind(subject text, role text, resource text, role_type text DEFAULT NULL, OUT kind text, OUT teams authz.subject[])
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT k.kind, k.teams FROM authz.assignment_kind(subject::authz.subject, role, resource::authz.resource, role_type) AS k;
END;
COMMENT ON FUNCTION authz.assignment_kind(text, text, text, text) IS 'how a subject holds a role on a resource: direct, indirect or mixed, with the teams it is inherited from';

CREATE FUNCTION authz.mixed_roles(subject text, resource text) RETURNS SETOF authz.mixed_role
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 3
BEGIN ATOMIC
    SELECT * FROM authz.mixed_roles(subject::authz.subject, resource::authz.resource);
END;
COMMENT ON FUNCTION authz.mixed_roles(text, text) IS 'the avenues that give a subject different roles for the same resource type on a resource; none if it has the same role by all of them';

-- Permissions as authz.permission, resources as authz.resource: rows of
-- authz.permissions(), authz.list_resources(), authz.list_subjects().
CREATE FUNCTION authz.has_permission(permission authz.permission, resource_id anyelement) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    AS 'SELECT authz.has_permission(permission::pg_catalog.text, resource_id)';
COMMENT ON FUNCTION authz.has_permission(authz.permission, anyelement) IS 'may the current subject do this on the resource with this id';

CREATE FUNCTION authz.has_permission(permission authz.permission, resource_id text) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    RETURN authz.has_permission(permission::text, resource_id);
COMMENT ON FUNCTION authz.has_permission(authz.permission, text) IS 'may the current subject do this on the resource with this id';

CREATE FUNCTION authz.has_permission(permission authz.permission, resource authz.resource) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    RETURN authz.has_permission(permission::text, resource);
COMMENT ON FUNCTION authz.has_permission(authz.permission, authz.resource) IS 'may the current subject do this on the resource';

CREATE FUNCTION authz.has_permission(subject authz.subject, permission authz.permission, resource_id anyelement) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    AS 'SELECT authz.has_permission(subject, permission::pg_catalog.text, resource_id)';
COMMENT ON FUNCTION authz.has_permission(authz.subject, authz.permission, anyelement) IS 'may the subject do this on the resource with this id';

CREATE FUNCTION authz.has_permission(subject authz.subject, permission authz.permission, resource_id text) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    RETURN authz.has_permission(subject, permission::text, resource_id);
COMMENT ON FUNCTION authz.has_permission(authz.subject, authz.permission, text) IS 'may the subject do this on the resource with this id';

CREATE FUNCTION authz.has_permission(subject authz.subject, permission authz.permission, resource authz.resource) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    RETURN authz.has_permission(subject, permission::text, resource);
COMMENT ON FUNCTION authz.has_permission(authz.subject, authz.permission, authz.resource) IS 'may the subject do this on the resource';

-- A subject as text beside a permission or a resource that another function has returned.
CREATE FUNCTION authz.has_permission(subject text, permission authz.permission, resource_id anyelement) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    AS 'SELECT authz.has_permission(authz.subject_or_nobody(subject), permission::pg_catalog.text, resource_id)';
COMMENT ON FUNCTION authz.has_permission(text, authz.permission, anyelement) IS 'may the subject do this on the resource with this id';

CREATE FUNCTION authz.has_permission(subject text, permission authz.permission, resource_id text) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    RETURN authz.has_permission(authz.subject_or_nobody(subject), permission::text, resource_id);
COMMENT ON FUNCTION authz.has_permission(text, authz.permission, text) IS 'may the subject do this on the resource with this id';

CREATE FUNCTION authz.has_permission(subject text, permission authz.permission, resource authz.resource) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    RETURN authz.has_permission(authz.subject_or_nobody(subject), permission::text, resource);
COMMENT ON FUNCTION authz.has_permission(text, authz.permission, authz.resource) IS 'may the subject do this on the resource';

CREATE FUNCTION authz.has_permission(subject text, permission text, resource authz.resource) RETURNS boolean
    LANGUAGE sql STABLE LEAKPROOF PARALLEL SAFE
    RETURN authz.has_permission(authz.subject_or_nobody(subject), permission, resource);
COMMENT ON FUNCTION authz.has_permission(text, text, authz.resource) IS 'may the subject do this on the resource';

CREATE FUNCTION authz.permissions_on(subject text, resource authz.resource) RETURNS authz.permission_set
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN authz.permissions_on(subject::authz.subject, resource);
COMMENT ON FUNCTION authz.permissions_on(text, authz.resource) IS 'everything that the subject may do on the resource';

CREATE FUNCTION authz.permissions_on(subject authz.subject, resource text) RETURNS authz.permission_set
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN authz.permissions_on(subject, resource::authz.resource);
COMMENT ON FUNCTION authz.permissions_on(authz.subject, text) IS 'everything that the subject may do on the resource';

-- Lists.
CREATE FUNCTION authz.permitted_ids(permission authz.permission, sample anyelement) RETURNS anyarray
    LANGUAGE sql STABLE PARALLEL SAFE
    AS 'SELECT authz.permitted_ids(permission::pg_catalog.text, sample)';
COMMENT ON FUNCTION authz.permitted_ids(authz.permission, anyelement) IS 'ids, in the type of the sample, of all resources on which the current subject holds the permission; ascending for integers';

CREATE FUNCTION authz.permitted_ids(subject authz.subject, permission authz.permission, sample anyelement) RETURNS anyarray
    LANGUAGE sql STABLE PARALLEL SAFE
    AS 'SELECT authz.permitted_ids(subject, permission::pg_catalog.text, sample)';
COMMENT ON FUNCTION authz.permitted_ids(authz.subject, authz.permission, anyelement) IS 'ids, in the type of the sample, of all resources on which the subject holds the permission; ascending for integers';

CREATE FUNCTION authz.list_resources(permission authz.permission) RETURNS SETOF authz.resource
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
BEGIN ATOMIC
    SELECT * FROM authz.list_resources(permission::text);
END;
COMMENT ON FUNCTION authz.list_resources(authz.permission) IS 'all resources on which the current subject holds the permission';

CREATE FUNCTION authz.list_resources(subject authz.subject, permission authz.permission) RETURNS SETOF authz.resource
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
BEGIN ATOMIC
    SELECT * FROM authz.list_resources(subject, permission::text);
END;
COMMENT ON FUNCTION authz.list_resources(authz.subject, authz.permission) IS 'all resources on which the subject holds the permission';

CREATE FUNCTION authz.list_subjects(permission authz.permission, resource authz.resource) RETURNS SETOF authz.subject
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 100
BEGIN ATOMIC
    SELECT * FROM authz.list_subjects(permission::text, resource);
END;
COMMENT ON FUNCTION authz.list_subjects(authz.permission, authz.resource) IS 'all users and service accounts that hold the permission on the resource';

CREATE FUNCTION authz.explain(subject authz.subject, permission authz.permission, resource authz.resource) RETURNS SETOF authz.explanation
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 5
BEGIN ATOMIC
    SELECT * FROM authz.explain(subject, permission::text, resource);
END;
COMMENT ON FUNCTION authz.explain(authz.subject, authz.permission, authz.resource) IS 'every avenue that gives a subject a permission on a resource; where nothing does, the nearest misses';
