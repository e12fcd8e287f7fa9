-- Who may call the functions of src/sql/admin.sql, and how far.
--
-- An administrator (authz.is_administrator: whoever may write the tables) may
-- do everything; the rules on the tables hold for them like for everybody.
-- Anybody else acts as the current subject, the actor, and is checked here:
--
--   1. They need a permission or role that the model maps to the operation
--      (authz.management_permissions, authz.management_roles) on the resource
--      that it concerns.  An operation without a mapping is refused.
--   2. What they give, to whomever and by whatever detour, must be within what
--      they hold themselves on that resource, and must not outlast it.  Giving
--      is: granting a role, making or editing one, letting one build on
--      another, letting somebody into a group, putting a team or a resource
--      where more reaches it.
--   3. A protected role is given and taken only by who holds it there.
--   4. Where they have nothing, nothing exists.
--
-- "Held on a resource" is: by a live assignment on the resource or an ancestor,
-- to the actor, a group of theirs, or everyone.  A role counts with all that it
-- builds on, planned permissions included, since they may become active.
-- Because a role has only permissions of its own type and of descendant types,
-- and is assigned on a resource of its type or an ancestor, a permission that is
-- held on a resource in this sense is held on everything of its type above or
-- beneath it that it could concern.
--
-- The functions are STABLE and are called through a gate each (the end of this file),
-- which lets administrators pass and otherwise calls them under the latest
-- snapshot: a REPEATABLE READ transaction must not act on a right that has been
-- revoked meanwhile.

-- Facts -----------------------------------------------------------------------
-- In C, or in PL/pgSQL, which keeps its plans: an SQL function that is called by
-- another query is planned each time.  C code: src/tables/closures.c.
CREATE FUNCTION authz_internal.resource_and_above(resource_id bigint)
RETURNS SETOF bigint
LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 5
AS 'MODULE_PATHNAME', 'authz_resource_and_above';
COMMENT ON FUNCTION authz_internal.resource_and_above(bigint) IS 'internal: keys of a resource and its ancestors';
REVOKE ALL ON FUNCTION authz_internal.resource_and_above(bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.resource_from(resource authz.resource)
RETURNS bigint
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_resource_from';
COMMENT ON FUNCTION authz_internal.resource_from(authz.resource) IS 'internal: key of the resource, or of the next one by name, or 0';
REVOKE ALL ON FUNCTION authz_internal.resource_from(authz.resource) FROM PUBLIC;

CREATE FUNCTION authz_internal.team_home_from(team authz.subject)
RETURNS bigint
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_team_home_from';
COMMENT ON FUNCTION authz_internal.team_home_from(authz.subject) IS 'internal: key of the resource that the team belongs to, or the next subject by name, or 0';
REVOKE ALL ON FUNCTION authz_internal.team_home_from(authz.subject) FROM PUBLIC;

CREATE FUNCTION authz_internal.type_and_below(resource_type text)
RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE below (name) AS (
        SELECT t.name
        FROM authz.resource_types AS t
        WHERE t.name = type_and_below.resource_type
        UNION
        SELECT t.name
        FROM below AS b
        JOIN authz.resource_types AS t ON b.name = ANY (t.parents)
    )
    SELECT b.name FROM below AS b;
END;
COMMENT ON FUNCTION authz_internal.type_and_below(text) IS 'internal: a resource type and its descendant types';
REVOKE ALL ON FUNCTION authz_internal.type_and_below(text) FROM PUBLIC;

CREATE FUNCTION authz_internal.group_and_above(group_id bigint)
RETURNS SETOF bigint
LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 5
AS 'MODULE_PATHNAME', 'authz_group_and_above';
COMMENT ON FUNCTION authz_internal.group_and_above(bigint) IS 'internal: keys of a group and the teams above it, whose roles its members have';
REVOKE ALL ON FUNCTION authz_internal.group_and_above(bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.team_and_below(team_id bigint)
RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE below (id) AS (
        SELECT team_and_below.team_id
        UNION
        SELECT s.id
        FROM below AS b
        JOIN authz.subjects AS s ON s.parent_id = b.id
    )
    SELECT b.id FROM below AS b;
END;
COMMENT ON FUNCTION authz_internal.team_and_below(bigint) IS 'internal: keys of a team and the teams beneath it';
REVOKE ALL ON FUNCTION authz_internal.team_and_below(bigint) FROM PUBLIC;

-- "until" is the time to which the assignments must last at least, NULL for
-- ever; -infinity asks for what is held now.
CREATE FUNCTION authz_internal.held_roles(subject authz.subject, resource_id bigint, until timestamptz)
RETURNS SETOF bigint
LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 5
AS 'MODULE_PATHNAME', 'authz_held_roles';
COMMENT ON FUNCTION authz_internal.held_roles(authz.subject, bigint, timestamptz) IS 'internal: keys of the roles that a subject holds on a resource and its ancestors';
REVOKE ALL ON FUNCTION authz_internal.held_roles(authz.subject, bigint, timestamptz) FROM PUBLIC;

CREATE FUNCTION authz_internal.held(subject authz.subject, resource_id bigint, until timestamptz)
RETURNS authz.permission_set
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT authz.permission_union(authz.role_permission_set(r.id, true))
        FROM authz_internal.held_roles(held.subject, held.resource_id, held.until) AS r (id)
    );
END
$$;
COMMENT ON FUNCTION authz_internal.held(authz.subject, bigint, timestamptz) IS 'internal: all permissions that a subject holds on a resource, planned ones too';
REVOKE ALL ON FUNCTION authz_internal.held(authz.subject, bigint, timestamptz) FROM PUBLIC;

-- The actor -------------------------------------------------------------------
CREATE FUNCTION authz_internal.actor()
RETURNS authz.subject
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    actor authz.subject := authz.current_subject();
BEGIN
    IF actor IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42501',
            MESSAGE = 'permission denied',
            DETAIL = 'There is no current subject, and the database role is not an administrator of authz.';
    END IF;
    RETURN actor;
END
$$;
COMMENT ON FUNCTION authz_internal.actor() IS 'internal: the current subject, or an error';
REVOKE ALL ON FUNCTION authz_internal.actor() FROM PUBLIC;

-- Does a resource exist for the actor?  They must hold something that concerns
-- it or what is beneath it, or be a member of it or of an ancestor.
CREATE FUNCTION authz_internal.sees_resource(resource_id bigint)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    actor authz.subject := authz_internal.actor();
    held authz.permission_set;
BEGIN
    IF EXISTS (
        SELECT
        FROM authz.subjects AS s
        JOIN authz.memberships AS m ON m.member_id = s.id
        JOIN authz.subjects AS g ON g.id = m.group_id AND authz.subject_kind(g.subject) = 'member'
        WHERE s.subject = actor
          AND g.resource_id IN (SELECT r.id FROM authz_internal.resource_and_above(sees_resource.resource_id) AS r (id))
    ) THEN
        RETURN true;
    END IF;
    held := authz_internal.held(actor, sees_resource.resource_id, '-infinity');
    RETURN EXISTS (
        SELECT
        FROM authz.resources AS r
        CROSS JOIN unnest(authz.permissions(held)) AS h (name)
        JOIN authz.permissions AS p ON p.name = h.name
        WHERE r.id = sees_resource.resource_id AND authz_internal.type_is_within(p.resource_type, r.resource_type)
    );
END
$$;
COMMENT ON FUNCTION authz_internal.sees_resource(bigint) IS 'internal: the current subject has something to do with the resource';
REVOKE ALL ON FUNCTION authz_internal.sees_resource(bigint) FROM PUBLIC;

-- Refusals --------------------------------------------------------------------
CREATE FUNCTION authz_internal.deny(resource_id bigint, detail text, hint text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name text;
BEGIN
    -- A team may hold roles where the actor has nothing: such a place is not named.
    IF authz_internal.sees_resource(deny.resource_id) THEN
        SELECT r.resource INTO name FROM authz.resources AS r WHERE r.id = deny.resource_id;
    END IF;
    RAISE EXCEPTION USING ERRCODE = '42501',
        MESSAGE = CASE WHEN name IS NULL THEN 'permission denied' ELSE format('permission denied for resource "%s"', name) END,
        DETAIL = deny.detail,
        HINT = coalesce(deny.hint, 'Somebody whom the model allows it can do this, or an administrator.');
END
$$;
COMMENT ON FUNCTION authz_internal.deny(bigint, text, text) IS 'internal: the error for what the current subject may not do on a resource';
REVOKE ALL ON FUNCTION authz_internal.deny(bigint, text, text) FROM PUBLIC;

-- Types may form cycles (a page in a database in a page).  What is held on a resource
-- then need not be held on its ancestors: a role of pages on a database reaches the pages
-- beneath it.  So a permission or role of an ancestor type, which stands for an ancestor,
-- is asked on that: the nearest resource of the type, from the given one up.  Where there
-- is none, and the operation is about what is beneath the given one, that is asked itself.
CREATE FUNCTION authz_internal.place_of_type(resource_id bigint, resource_type text, concerned_type text)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN coalesce((
        SELECT r.id
        FROM authz_internal.resource_and_above(place_of_type.resource_id) WITH ORDINALITY AS a (id, n)
        JOIN authz.resources AS r ON r.id = a.id
        WHERE r.resource_type = place_of_type.resource_type
        ORDER BY a.n
        LIMIT 1
    ), (
        SELECT r.id
        FROM authz.resources AS r
        WHERE r.id = place_of_type.resource_id AND r.resource_type <> place_of_type.concerned_type
    ));
END
$$;
COMMENT ON FUNCTION authz_internal.place_of_type(bigint, text, text) IS 'internal: the resource on which something of a type must be held for an operation that concerns another type; NULL: nowhere';
REVOKE ALL ON FUNCTION authz_internal.place_of_type(bigint, text, text) FROM PUBLIC;

-- 1. The operation --------------------------------------------------------------
-- The operation whose mapping counts: taking away has its own where the model
-- says so.
CREATE FUNCTION authz_internal.mapped_operation(operation text, resource_type text)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF mapped_operation.operation NOT IN ('remove_member', 'drop_resource', 'create_resource')
       OR EXISTS (
            SELECT
            FROM authz.management_permissions AS p
            WHERE (p.resource_type, p.operation) = (mapped_operation.resource_type, mapped_operation.operation)
       ) OR EXISTS (
            SELECT
            FROM authz.management_roles AS r
            WHERE (r.resource_type, r.operation) = (mapped_operation.resource_type, mapped_operation.operation)
       ) THEN
        RETURN mapped_operation.operation;
    END IF;
    RETURN CASE mapped_operation.operation WHEN 'remove_member' THEN 'manage_members' ELSE 'manage_resources' END;
END
$$;
COMMENT ON FUNCTION authz_internal.mapped_operation(text, text) IS 'internal: the operation whose management permissions count for an operation';
REVOKE ALL ON FUNCTION authz_internal.mapped_operation(text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.is_allowed(operation text, resource_type text, resource_id bigint)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    actor authz.subject := authz_internal.actor();
    mapped text := authz_internal.mapped_operation(is_allowed.operation, is_allowed.resource_type);
    held_now authz.permission_set := authz_internal.held(actor, is_allowed.resource_id, '-infinity');
BEGIN
    RETURN EXISTS (
        SELECT
        FROM authz.management_permissions AS m
        JOIN authz.permissions AS p ON p.name = m.permission
        WHERE m.resource_type = is_allowed.resource_type
          AND m.operation = mapped
          AND p.status <> 'planned'
          AND CASE WHEN p.name <@ held_now THEN
                  p.resource_type = is_allowed.resource_type
                  OR p.name <@ authz_internal.held(actor, authz_internal.place_of_type(is_allowed.resource_id, p.resource_type, is_allowed.resource_type), '-infinity')
              END
    ) OR EXISTS (
        SELECT
        FROM authz.management_roles AS m
        JOIN authz.roles AS r ON r.id = m.role_id
        WHERE m.resource_type = is_allowed.resource_type
          AND m.operation = mapped
          AND m.role_id IN (
            SELECT h.id
            FROM authz_internal.held_roles(actor,
                CASE WHEN r.resource_type = is_allowed.resource_type THEN is_allowed.resource_id
                     ELSE authz_internal.place_of_type(is_allowed.resource_id, r.resource_type, is_allowed.resource_type) END, '-infinity') AS h (id))
    );
END
$$;
COMMENT ON FUNCTION authz_internal.is_allowed(text, text, bigint) IS 'internal: the current subject holds what the model maps to the operation';
REVOKE ALL ON FUNCTION authz_internal.is_allowed(text, text, bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_operation(operation text, resource_type text, resource_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    mapped text := authz_internal.mapped_operation(check_operation.operation, check_operation.resource_type);
    needed text;
BEGIN
    IF authz_internal.is_allowed(check_operation.operation, check_operation.resource_type, check_operation.resource_id) THEN
        RETURN;
    END IF;
    SELECT string_agg(n.what, ' or ' ORDER BY n.what) FILTER (WHERE n.i <= 10) || CASE WHEN count(*) > 10 THEN format(' or %s more', count(*) - 10) ELSE '' END
    INTO needed
    FROM (
        SELECT m.what, row_number() OVER (ORDER BY m.what)
        FROM (
            SELECT format('the permission "%s"', m.permission)
                || CASE WHEN p.status = 'planned' THEN ' (planned: nobody holds it yet)' ELSE '' END
            FROM authz.management_permissions AS m
            JOIN authz.permissions AS p ON p.name = m.permission
            WHERE m.resource_type = check_operation.resource_type AND m.operation = mapped
            UNION ALL
            SELECT format('the role "%s"', r.name)
            FROM authz.management_roles AS m
            JOIN authz.roles AS r ON r.id = m.role_id
            WHERE m.resource_type = check_operation.resource_type AND m.operation = mapped
        ) AS m (what)
    ) AS n (what, i);
    PERFORM authz_internal.deny(check_operation.resource_id,
        CASE WHEN needed IS NULL
            THEN format('The model lets nobody but administrators do "%s" for resource type "%s".', check_operation.operation, check_operation.resource_type)
            ELSE format('The operation "%s" for resource type "%s" needs %s.', check_operation.operation, check_operation.resource_type, needed)
        END,
        CASE WHEN needed IS NULL
            THEN format('An administrator can do this, or let the model name a permission for it: "management" of resource type "%s".', check_operation.resource_type)
        END);
END
$$;
COMMENT ON FUNCTION authz_internal.check_operation(text, text, bigint) IS 'internal: an error unless the current subject holds what the model maps to the operation';
REVOKE ALL ON FUNCTION authz_internal.check_operation(text, text, bigint) FROM PUBLIC;

-- 2. What may be given ----------------------------------------------------------
CREATE FUNCTION authz_internal.check_permissions(wanted authz.permission_set, resource_id bigint, until timestamptz)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    actor authz.subject := authz_internal.actor();
    missing authz.permission_set;
    now_missing authz.permission_set;
BEGIN
    missing := check_permissions.wanted - authz_internal.held(actor, check_permissions.resource_id, check_permissions.until);
    IF authz.permission_count(missing) = 0 THEN
        RETURN;
    END IF;
    now_missing := check_permissions.wanted - authz_internal.held(actor, check_permissions.resource_id, '-infinity');
    IF authz.permission_count(now_missing) = 0 THEN
        PERFORM authz_internal.deny(check_permissions.resource_id,
            format('%s holds these permissions only for a time: %s.', actor, authz_internal.short_list(authz.permissions(missing)::text[])),
            'What is given must not outlast what its giver holds.');
    END IF;
    PERFORM authz_internal.deny(check_permissions.resource_id,
        format('%s does not hold these permissions: %s.', actor, authz_internal.short_list(authz.permissions(now_missing)::text[])),
        'Nobody can give what they do not hold themselves.');
END
$$;
COMMENT ON FUNCTION authz_internal.check_permissions(authz.permission_set, bigint, timestamptz) IS 'internal: an error unless the current subject holds the permissions on the resource';
REVOKE ALL ON FUNCTION authz_internal.check_permissions(authz.permission_set, bigint, timestamptz) FROM PUBLIC;

-- 3. Protected roles.  A role that builds on a protected one gives all that it
-- gives, so it is as protected.
CREATE FUNCTION authz_internal.protected_roles()
RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT u.id FROM authz_internal.roles_upon(ARRAY(SELECT r.id FROM authz.roles AS r WHERE r.protected)) AS u (id);
END
$$;
COMMENT ON FUNCTION authz_internal.protected_roles() IS 'internal: protected roles and all roles that build on them';
REVOKE ALL ON FUNCTION authz_internal.protected_roles() FROM PUBLIC;

-- Taking needs the role now, giving until what is given ends.
CREATE FUNCTION authz_internal.check_protected(role_id bigint, resource_id bigint, until timestamptz)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    actor authz.subject := authz_internal.actor();
    role record;
BEGIN
    FOR role IN
        SELECT r.name, r.protected_permission
        FROM authz_internal.role_closure(check_protected.role_id) AS b (id)
        JOIN authz.roles AS r ON r.id = b.id
        WHERE r.protected AND r.id NOT IN (SELECT h.id FROM authz_internal.held_roles(actor, check_protected.resource_id, check_protected.until) AS h (id))
          AND NOT EXISTS (
            SELECT
            FROM authz.permissions AS p
            WHERE p.name = r.protected_permission
              AND p.status <> 'planned'
              AND p.name <@ authz_internal.held(actor,
                  CASE WHEN p.resource_type = r.resource_type THEN check_protected.resource_id
                       ELSE authz_internal.place_of_type(check_protected.resource_id, p.resource_type, r.resource_type) END, check_protected.until)
          )
        ORDER BY r.name
    LOOP
        PERFORM authz_internal.deny(check_protected.resource_id,
            format(CASE WHEN check_protected.until = '-infinity' THEN 'Role "%s" is protected, and %s does not hold it here.'
                        ELSE 'Role "%s" is protected, and %s does not hold it here for as long.' END, role.name, actor),
            CASE WHEN role.protected_permission IS NULL
                THEN 'It is given and taken by those who hold it.'
                ELSE format('It is given and taken by those who hold it or the permission "%s".', role.protected_permission)
            END);
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.check_protected(bigint, bigint, timestamptz) IS 'internal: an error if the role is protected and the current subject may not give it there until then, or (-infinity) take it';
REVOKE ALL ON FUNCTION authz_internal.check_protected(bigint, bigint, timestamptz) FROM PUBLIC;

-- A role with all permissions of a type also gives those that the type will have
-- one day: so its giver must be one who will have them.  Of these types only;
-- NULL for all.
CREATE FUNCTION authz_internal.check_future(role_id bigint, resource_id bigint, until timestamptz, resource_types text[])
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    actor authz.subject := authz_internal.actor();
    growing text;
BEGIN
    SELECT authz_internal.quoted_list(array_agg(DISTINCT r.resource_type)) INTO growing
    FROM authz_internal.role_closure(check_future.role_id) AS b (id)
    JOIN authz.roles AS r ON r.id = b.id AND r.all_permissions
    WHERE r.resource_type = ANY (coalesce(check_future.resource_types, ARRAY[r.resource_type]))
      AND NOT EXISTS (
        SELECT
        FROM authz_internal.held_roles(actor, check_future.resource_id, check_future.until) AS h (id)
        CROSS JOIN LATERAL authz_internal.role_closure(h.id) AS hb (id)
        JOIN authz.roles AS hr ON hr.id = hb.id
        WHERE hr.all_permissions AND hr.resource_type = r.resource_type
      );
    IF growing IS NOT NULL THEN
        PERFORM authz_internal.deny(check_future.resource_id,
            format('The role holds every permission of resource type %s, future ones too; %s holds only those of today.', growing, actor),
            'Nobody can give what they do not hold themselves.');
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.check_future(bigint, bigint, timestamptz, text[]) IS 'internal: an error if the role holds all permissions of a type and the current subject does not';
REVOKE ALL ON FUNCTION authz_internal.check_future(bigint, bigint, timestamptz, text[]) FROM PUBLIC;

-- All of 2 and 3 for one role that somebody gets on a resource.
CREATE FUNCTION authz_internal.check_give(role_id bigint, resource_id bigint, until timestamptz)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM authz_internal.check_protected(check_give.role_id, check_give.resource_id, '-infinity');
    PERFORM authz_internal.check_protected(check_give.role_id, check_give.resource_id, check_give.until);
    PERFORM authz_internal.check_permissions(authz.role_permission_set(check_give.role_id, true), check_give.resource_id, check_give.until);
    PERFORM authz_internal.check_future(check_give.role_id, check_give.resource_id, check_give.until, NULL);
END
$$;
COMMENT ON FUNCTION authz_internal.check_give(bigint, bigint, timestamptz) IS 'internal: an error unless the current subject may give the role on the resource';
REVOKE ALL ON FUNCTION authz_internal.check_give(bigint, bigint, timestamptz) FROM PUBLIC;

-- Whoever is let into a group gets the roles of the group and of the teams above it.
CREATE FUNCTION authz_internal.check_give_group(group_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    assignment record;
BEGIN
    FOR assignment IN
        SELECT a.role_id, a.resource_id, a.expires_at
        FROM authz_internal.group_and_above(check_give_group.group_id) AS g (id)
        JOIN authz.assignments AS a ON a.subject_id = g.id
        WHERE a.expires_at IS NULL OR a.expires_at > clock_timestamp()
        ORDER BY a.resource_id, a.role_id, a.expires_at
    LOOP
        PERFORM authz_internal.check_give(assignment.role_id, assignment.resource_id, assignment.expires_at);
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.check_give_group(bigint) IS 'internal: an error unless the current subject may give all that the members of a group have by it';
REVOKE ALL ON FUNCTION authz_internal.check_give_group(bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_take_group(group_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    assignment record;
BEGIN
    FOR assignment IN
        SELECT a.role_id, a.resource_id
        FROM authz_internal.group_and_above(check_take_group.group_id) AS g (id)
        JOIN authz.assignments AS a ON a.subject_id = g.id
        WHERE a.role_id IN (SELECT r.id FROM authz_internal.protected_roles() AS r (id))
        ORDER BY a.resource_id, a.role_id
    LOOP
        PERFORM authz_internal.check_protected(assignment.role_id, assignment.resource_id, '-infinity');
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.check_take_group(bigint) IS 'internal: an error if the members of a group have a protected role by it that the current subject may not take';
REVOKE ALL ON FUNCTION authz_internal.check_take_group(bigint) FROM PUBLIC;

-- The checks of the functions ----------------------------------------------------
-- Resources: asked of the parent of a new resource, of an existing one itself.
CREATE FUNCTION authz_internal.check_create_resource(resource authz.resource, parent_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF check_create_resource.parent_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42501',
            MESSAGE = format('permission denied to create resource "%s"', check_create_resource.resource),
            DETAIL = 'Only administrators create resources without a parent.';
    END IF;
    -- A row of the table that comes later, perhaps another tenant's, would take the
    -- resource over together with the roles that have been given on it before.
    IF EXISTS (
        SELECT
        FROM authz.tracked_tables AS t
        WHERE t.resource_type = authz.resource_type(check_create_resource.resource)
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '42501',
            MESSAGE = format('permission denied to create resource "%s"', check_create_resource.resource),
            DETAIL = format('Resources of type "%s" follow the rows of a table.', authz.resource_type(check_create_resource.resource)),
            HINT = 'Insert the row.';
    END IF;
    PERFORM authz_internal.check_operation('manage_resources', authz.resource_type(check_create_resource.resource), check_create_resource.parent_id);
END
$$;
COMMENT ON FUNCTION authz_internal.check_create_resource(authz.resource, bigint) IS 'internal: an error unless the current subject may create the resource';
REVOKE ALL ON FUNCTION authz_internal.check_create_resource(authz.resource, bigint) FROM PUBLIC;

-- A resource that has a row is changed by way of the row.
CREATE FUNCTION authz_internal.check_follows_row(operation text, resource_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name text;
BEGIN
    SELECT r.resource INTO name FROM authz.resources AS r WHERE r.id = check_follows_row.resource_id AND authz_internal.row_of(r.id) IS NOT NULL;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = '42501',
            MESSAGE = format('permission denied to %s resource "%s"', check_follows_row.operation, name),
            DETAIL = 'It follows a row of a table.',
            HINT = 'Change the row.';
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.check_follows_row(text, bigint) IS 'internal: an error if the resource has a row, for who is no administrator';
REVOKE ALL ON FUNCTION authz_internal.check_follows_row(text, bigint) FROM PUBLIC;

-- Sign-up: where the creator of a row gets a role on it, who may create one is asked
-- here, because a policy on the row itself would be satisfied by that very role.
CREATE FUNCTION authz_internal.check_create_row(resource authz.resource, parent_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    type text := authz.resource_type(check_create_row.resource);
BEGIN
    IF check_create_row.parent_id IS NOT NULL THEN
        PERFORM authz_internal.check_operation('create_resource', type, check_create_row.parent_id);
    ELSIF EXISTS (SELECT FROM authz.resource_types AS t WHERE t.name = type AND t.parents IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = '42501',
            MESSAGE = format('permission denied to create resource "%s"', check_create_row.resource),
            DETAIL = 'Only administrators create resources of this type without a parent.';
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.check_create_row(authz.resource, bigint) IS 'internal: an error unless the current subject may insert a row that gives its creator a role';
REVOKE ALL ON FUNCTION authz_internal.check_create_row(authz.resource, bigint) FROM PUBLIC;

-- Moving is dropping in one place and creating in another.  Whoever holds
-- something on the new ancestors gets it on the resource: that is given by the
-- actor, who must hold it there already.
CREATE FUNCTION authz_internal.check_move_resource(resource_id bigint, parent_id bigint, check_operations boolean)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    moved authz.resources;
    assignment record;
    types text[];
    beneath authz.permission_set;
BEGIN
    SELECT r.* INTO moved FROM authz.resources AS r WHERE r.id = check_move_resource.resource_id;
    IF check_move_resource.parent_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42501',
            MESSAGE = format('permission denied to move resource "%s"', moved.resource),
            DETAIL = 'Only administrators let a resource have no parent.';
    END IF;
    IF check_move_resource.check_operations THEN
        PERFORM authz_internal.check_operation('drop_resource', moved.resource_type, moved.id);
        PERFORM authz_internal.check_operation('manage_resources', moved.resource_type, check_move_resource.parent_id);
    END IF;

    types := ARRAY(SELECT t.name FROM authz_internal.type_and_below(moved.resource_type) AS t (name));
    SELECT authz.permission_union(p.name) INTO beneath
    FROM authz.permissions AS p
    WHERE p.resource_type = ANY (types);
    FOR assignment IN
        SELECT a.role_id, a.expires_at
        FROM authz_internal.resource_and_above(check_move_resource.parent_id) AS n (id)
        JOIN authz.assignments AS a ON a.resource_id = n.id
        WHERE n.id NOT IN (SELECT o.id FROM authz_internal.resource_and_above(moved.id) AS o (id))
          AND (a.expires_at IS NULL OR a.expires_at > clock_timestamp())
        GROUP BY a.role_id, a.expires_at
        ORDER BY a.role_id, a.expires_at
    LOOP
        IF authz.role_permission_set(assignment.role_id, true) && beneath THEN
            PERFORM authz_internal.check_permissions(authz.role_permission_set(assignment.role_id, true) & beneath, moved.id, assignment.expires_at);
        END IF;
        PERFORM authz_internal.check_future(assignment.role_id, moved.id, assignment.expires_at, types);
    END LOOP;
    -- Given in the new place, or taken in the old one.
    FOR assignment IN
        SELECT DISTINCT b.id AS role_id, CASE WHEN place.is_new THEN a.expires_at ELSE '-infinity' END AS until
        FROM (
            SELECT n.id, true FROM authz_internal.resource_and_above(check_move_resource.parent_id) AS n (id)
            UNION ALL
            SELECT o.id, false FROM authz_internal.resource_and_above(moved.parent_id) AS o (id)
        ) AS place (id, is_new)
        JOIN authz.assignments AS a ON a.resource_id = place.id
        CROSS JOIN LATERAL authz_internal.role_closure(a.role_id) AS b (id)
        JOIN authz.roles AS r ON r.id = b.id AND r.protected
        WHERE a.role_id IN (SELECT p.id FROM authz_internal.protected_roles() AS p (id))
          AND r.resource_type = ANY (types)
        ORDER BY until, role_id
    LOOP
        PERFORM authz_internal.check_protected(assignment.role_id, moved.id, assignment.until);
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.check_move_resource(bigint, bigint, boolean) IS 'internal: an error unless the current subject may move the resource there; without the operations, only what the move gives and takes';
REVOKE ALL ON FUNCTION authz_internal.check_move_resource(bigint, bigint, boolean) FROM PUBLIC;

-- What goes with resources: protected roles on them and beneath are taken.
CREATE FUNCTION authz_internal.check_lose_resources(resources authz.resource[])
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    protected_keys bigint[] := ARRAY(SELECT p.id FROM authz_internal.protected_roles() AS p (id));
    assignment record;
BEGIN
    IF cardinality(protected_keys) = 0 THEN
        RETURN;
    END IF;
    FOR assignment IN
        SELECT DISTINCT a.role_id, a.resource_id
        FROM unnest(authz_internal.resources_within(ARRAY(SELECT r.id FROM authz.resources AS r WHERE r.resource = ANY (check_lose_resources.resources)))) AS b (id)
        JOIN authz.assignments AS a ON a.resource_id = b.id
        WHERE a.role_id = ANY (protected_keys)
        ORDER BY a.resource_id, a.role_id
    LOOP
        PERFORM authz_internal.check_protected(assignment.role_id, assignment.resource_id, '-infinity');
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.check_lose_resources(authz.resource[]) IS 'internal: an error if somebody would lose a protected role with the resources that the current subject may not take';
REVOKE ALL ON FUNCTION authz_internal.check_lose_resources(authz.resource[]) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_drop_resource(resource_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    assignment record;
BEGIN
    PERFORM authz_internal.check_operation('drop_resource', r.resource_type, r.id)
    FROM authz.resources AS r
    WHERE r.id = check_drop_resource.resource_id;
    PERFORM authz_internal.check_lose_resources(ARRAY(SELECT r.resource FROM authz.resources AS r WHERE r.id = check_drop_resource.resource_id));
END
$$;
COMMENT ON FUNCTION authz_internal.check_drop_resource(bigint) IS 'internal: an error unless the current subject may drop the resource';
REVOKE ALL ON FUNCTION authz_internal.check_drop_resource(bigint) FROM PUBLIC;

-- Teams and members: asked of the resource to which the team or list belongs.
CREATE FUNCTION authz_internal.check_group_operation(operation text, resource_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM authz_internal.check_operation(check_group_operation.operation, r.resource_type, r.id)
    FROM authz.resources AS r
    WHERE r.id = check_group_operation.resource_id;
END
$$;
COMMENT ON FUNCTION authz_internal.check_group_operation(text, bigint) IS 'internal: an error unless the current subject may change teams and members of the resource';
REVOKE ALL ON FUNCTION authz_internal.check_group_operation(text, bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_create_team(resource_id bigint, parent_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM authz_internal.check_group_operation('manage_members', check_create_team.resource_id);
    PERFORM authz_internal.check_give_group(check_create_team.parent_id);
END
$$;
COMMENT ON FUNCTION authz_internal.check_create_team(bigint, bigint) IS 'internal: an error unless the current subject may create a team there';
REVOKE ALL ON FUNCTION authz_internal.check_create_team(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_move_team(team_id bigint, parent_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    team authz.subjects;
BEGIN
    SELECT s.* INTO team FROM authz.subjects AS s WHERE s.id = check_move_team.team_id;
    PERFORM authz_internal.check_group_operation('manage_members', team.resource_id);
    IF team.parent_id IS NOT NULL THEN
        PERFORM authz_internal.check_group_operation('remove_member', team.resource_id);
        PERFORM authz_internal.check_take_group(team.parent_id);
    END IF;
    PERFORM authz_internal.check_give_group(check_move_team.parent_id);
END
$$;
COMMENT ON FUNCTION authz_internal.check_move_team(bigint, bigint) IS 'internal: an error unless the current subject may move the team there';
REVOKE ALL ON FUNCTION authz_internal.check_move_team(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_rename_team(team_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM authz_internal.check_group_operation('manage_members', s.resource_id)
    FROM authz.subjects AS s
    WHERE s.id = check_rename_team.team_id;
END
$$;
COMMENT ON FUNCTION authz_internal.check_rename_team(bigint) IS 'internal: an error unless the current subject may rename the team';
REVOKE ALL ON FUNCTION authz_internal.check_rename_team(bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_drop_team(team_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
BEGIN
    PERFORM authz_internal.check_group_operation('remove_member', s.resource_id)
    FROM authz.subjects AS s
    WHERE s.id = check_drop_team.team_id;
    FOR key IN
        SELECT t.id FROM authz_internal.team_and_below(check_drop_team.team_id) AS t (id) ORDER BY t.id
    LOOP
        PERFORM authz_internal.check_take_group(key);
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.check_drop_team(bigint) IS 'internal: an error unless the current subject may drop the team';
REVOKE ALL ON FUNCTION authz_internal.check_drop_team(bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_add_member(group_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM authz_internal.check_group_operation('manage_members', s.resource_id)
    FROM authz.subjects AS s
    WHERE s.id = check_add_member.group_id;
    PERFORM authz_internal.check_give_group(check_add_member.group_id);
END
$$;
COMMENT ON FUNCTION authz_internal.check_add_member(bigint) IS 'internal: an error unless the current subject may let somebody into the group';
REVOKE ALL ON FUNCTION authz_internal.check_add_member(bigint) FROM PUBLIC;

-- Then a grant in an organization does not rely on the membership of its subject.
CREATE FUNCTION authz_internal.anyone_may_be_protected(group_id bigint)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT
        FROM authz.subjects AS g
        JOIN authz.resources AS h ON h.id = g.resource_id
        CROSS JOIN LATERAL authz_internal.type_and_below(h.resource_type) AS b (name)
        JOIN authz.resource_types AS t ON t.name = b.name AND t.roles_for = 'anyone'
        JOIN authz.roles AS r ON r.resource_type = t.name
        WHERE g.id = anyone_may_be_protected.group_id
          AND r.id IN (SELECT p.id FROM authz_internal.protected_roles() AS p (id)));
END;
COMMENT ON FUNCTION authz_internal.anyone_may_be_protected(bigint) IS 'internal: there are protected roles, on a resource with members or beneath it, that others than members may hold';
REVOKE ALL ON FUNCTION authz_internal.anyone_may_be_protected(bigint) FROM PUBLIC;

-- Who leaves an organization loses everything in it.
CREATE FUNCTION authz_internal.check_remove_member(group_id bigint, member_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    home bigint;
    is_list boolean;
    lost record;
BEGIN
    SELECT s.resource_id, authz.subject_kind(s.subject) = 'member' INTO home, is_list
    FROM authz.subjects AS s
    WHERE s.id = check_remove_member.group_id;
    PERFORM authz_internal.check_group_operation('remove_member', home);
    IF NOT EXISTS (
        SELECT
        FROM authz.memberships AS m
        WHERE m.group_id = check_remove_member.group_id AND m.member_id = check_remove_member.member_id
    ) THEN
        RETURN;
    END IF;
    PERFORM authz_internal.check_take_group(check_remove_member.group_id);
    IF NOT is_list THEN
        RETURN;
    END IF;
    FOR lost IN
        SELECT DISTINCT a.role_id, a.resource_id
        FROM authz.assignments AS a
        WHERE a.subject_id = check_remove_member.member_id
          AND a.role_id IN (SELECT r.id FROM authz_internal.protected_roles() AS r (id))
          AND authz_internal.resource_is_within(a.resource_id, home)
        ORDER BY a.resource_id, a.role_id
    LOOP
        PERFORM authz_internal.check_protected(lost.role_id, lost.resource_id, '-infinity');
    END LOOP;
    FOR lost IN
        SELECT m.group_id
        FROM authz.memberships AS m
        JOIN authz.subjects AS s ON s.id = m.group_id
        WHERE m.member_id = check_remove_member.member_id
          AND authz_internal.resource_is_within(s.resource_id, home)
        ORDER BY m.group_id
    LOOP
        PERFORM authz_internal.check_take_group(lost.group_id);
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.check_remove_member(bigint, bigint) IS 'internal: an error unless the current subject may take somebody out of the group';
REVOKE ALL ON FUNCTION authz_internal.check_remove_member(bigint, bigint) FROM PUBLIC;

-- It reaches into every tenant.
CREATE FUNCTION authz_internal.check_drop_user(subject authz.subject)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '42501',
        MESSAGE = format('permission denied to drop %s', check_drop_user.subject),
        DETAIL = 'Only administrators take everything from a user, everywhere.',
        HINT = 'authz.remove_member takes everything from a user in one organization.';
END
$$;
COMMENT ON FUNCTION authz_internal.check_drop_user(authz.subject) IS 'internal: an error for everybody but administrators';
REVOKE ALL ON FUNCTION authz_internal.check_drop_user(authz.subject) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_rename_user()
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '42501',
        MESSAGE = 'permission denied to rename users',
        DETAIL = 'Only administrators do: a user may be in several organizations.';
END
$$;
COMMENT ON FUNCTION authz_internal.check_rename_user() IS 'internal: an error for everybody but administrators';
REVOKE ALL ON FUNCTION authz_internal.check_rename_user() FROM PUBLIC;

-- Roles: asked of the owner, by the type of the role.
CREATE FUNCTION authz_internal.check_role_operation(operation text, resource_type text, owner_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM authz_internal.actor();
    IF check_role_operation.owner_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42501',
            MESSAGE = 'permission denied for predefined roles',
            DETAIL = 'Only administrators create, change and drop roles without an owner.',
            HINT = 'A custom role is created with owner => resource.';
    END IF;
    PERFORM authz_internal.check_operation(check_role_operation.operation, check_role_operation.resource_type, check_role_operation.owner_id);
END
$$;
COMMENT ON FUNCTION authz_internal.check_role_operation(text, text, bigint) IS 'internal: an error unless the current subject may do this with roles of the owner';
REVOKE ALL ON FUNCTION authz_internal.check_role_operation(text, text, bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_change_role(operation text, role_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
BEGIN
    SELECT r.* INTO role FROM authz.roles AS r WHERE r.id = check_change_role.role_id;
    PERFORM authz_internal.check_role_operation(check_change_role.operation, role.resource_type, role.owner_id);
    PERFORM authz_internal.check_protected(role.id, role.owner_id, '-infinity');
END
$$;
COMMENT ON FUNCTION authz_internal.check_change_role(text, bigint) IS 'internal: an error unless the current subject may change or drop the role';
REVOKE ALL ON FUNCTION authz_internal.check_change_role(text, bigint) FROM PUBLIC;

-- Whoever may do anything with roles there may find one by its name.
CREATE FUNCTION authz_internal.check_find_role(resource_type text, owner_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT
        FROM unnest('{create_role,alter_role,drop_role,assign_role}'::text[]) AS o (name)
        WHERE authz_internal.is_allowed(o.name, check_find_role.resource_type, check_find_role.owner_id)
    ) THEN
        PERFORM authz_internal.check_operation('view_roles', check_find_role.resource_type, check_find_role.owner_id);
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.check_find_role(text, bigint) IS 'internal: an error unless the current subject may know the roles of the owner';
REVOKE ALL ON FUNCTION authz_internal.check_find_role(text, bigint) FROM PUBLIC;

-- Assignments: asked of the resource, by the type of the role.  A role of
-- another type reaches beneath the resource, like a setting of the resource
-- itself: the type of the resource is asked too.
CREATE FUNCTION authz_internal.check_assign(role_id bigint, resource_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM authz_internal.check_operation('assign_role', t.name, check_assign.resource_id)
    FROM (
        SELECT r.resource_type FROM authz.roles AS r WHERE r.id = check_assign.role_id
        UNION
        SELECT r.resource_type FROM authz.resources AS r WHERE r.id = check_assign.resource_id
    ) AS t (name);
END
$$;
COMMENT ON FUNCTION authz_internal.check_assign(bigint, bigint) IS 'internal: an error unless the current subject may assign roles of that type on the resource';
REVOKE ALL ON FUNCTION authz_internal.check_assign(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_grant(role_id bigint, resource_id bigint, until timestamptz)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM authz_internal.check_assign(check_grant.role_id, check_grant.resource_id);
    PERFORM authz_internal.check_give(check_grant.role_id, check_grant.resource_id, check_grant.until);
END
$$;
COMMENT ON FUNCTION authz_internal.check_grant(bigint, bigint, timestamptz) IS 'internal: an error unless the current subject may grant the role on the resource';
REVOKE ALL ON FUNCTION authz_internal.check_grant(bigint, bigint, timestamptz) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_revoke(role_id bigint, resource_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM authz_internal.check_assign(check_revoke.role_id, check_revoke.resource_id);
    PERFORM authz_internal.check_protected(check_revoke.role_id, check_revoke.resource_id, '-infinity');
END
$$;
COMMENT ON FUNCTION authz_internal.check_revoke(bigint, bigint) IS 'internal: an error unless the current subject may revoke the role on the resource';
REVOKE ALL ON FUNCTION authz_internal.check_revoke(bigint, bigint) FROM PUBLIC;

-- Where roles are exclusive, a grant takes the roles that were there and end no later.
CREATE FUNCTION authz_internal.check_replace(subject_id bigint, role_id bigint, resource_id bigint, source text, expires_at timestamptz)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM authz_internal.check_revoke(a.role_id, a.resource_id)
    FROM authz.roles AS n
    JOIN authz.assignments AS a
        ON (a.subject_id, a.resource_id, a.source) = (check_replace.subject_id, check_replace.resource_id, check_replace.source)
        AND a.role_id <> n.id AND coalesce(a.expires_at, 'infinity') <= coalesce(check_replace.expires_at, 'infinity')
    JOIN authz.roles AS o ON o.id = a.role_id AND o.resource_type = n.resource_type
    WHERE n.id = check_replace.role_id;
END
$$;
COMMENT ON FUNCTION authz_internal.check_replace(bigint, bigint, bigint, text, timestamptz) IS 'internal: an error unless the current subject may revoke the role that the new one replaces';
REVOKE ALL ON FUNCTION authz_internal.check_replace(bigint, bigint, bigint, text, timestamptz) FROM PUBLIC;

-- Dropping an assigned role revokes it everywhere, and may grant another one in
-- its place: managing roles is not enough for that.
CREATE FUNCTION authz_internal.check_reassign(role_id bigint, new_role_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    place record;
BEGIN
    FOR place IN
        SELECT a.resource_id, CASE WHEN bool_and(a.expires_at IS NOT NULL) THEN max(a.expires_at) END AS until
        FROM authz.assignments AS a
        WHERE a.role_id = check_reassign.role_id
        GROUP BY a.resource_id
        ORDER BY a.resource_id
    LOOP
        PERFORM authz_internal.check_revoke(check_reassign.role_id, place.resource_id);
        IF check_reassign.new_role_id IS NOT NULL THEN
            PERFORM authz_internal.check_grant(check_reassign.new_role_id, place.resource_id, place.until);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.check_reassign(bigint, bigint) IS 'internal: an error unless the current subject may revoke the role wherever it is assigned, and grant the other one there';
REVOKE ALL ON FUNCTION authz_internal.check_reassign(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_change_model()
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = '42501',
        MESSAGE = 'permission denied to change the model',
        DETAIL = 'Only administrators, roles that may write the tables of authz, change resource types, permissions and predefined roles.';
END
$$;
COMMENT ON FUNCTION authz_internal.check_change_model() IS 'internal: an error for everybody but administrators';
REVOKE ALL ON FUNCTION authz_internal.check_change_model() FROM PUBLIC;

-- Gates -----------------------------------------------------------------------
-- authz_internal.gate_f(...) stands before authz_internal.f(...), with the same arguments: true
-- for an administrator; otherwise what the check says (src/admin/entry_point.c).
DO $$
DECLARE
    check_name text;
    arguments text;
BEGIN
    FOREACH check_name IN ARRAY ARRAY[
        'sees_resource', 'check_operation', 'check_permissions', 'check_lose_resources', 'check_follows_row', 'check_create_row', 'check_give', 'check_create_resource', 'check_move_resource', 'check_drop_resource',
        'check_create_team', 'check_move_team', 'check_rename_team', 'check_drop_team', 'check_add_member', 'check_remove_member', 'check_drop_user', 'check_rename_user',
        'check_role_operation', 'check_change_role', 'check_find_role', 'check_grant', 'check_revoke', 'check_replace', 'check_reassign', 'check_change_model']
    LOOP
        SELECT pg_get_function_arguments(f.oid) INTO STRICT arguments
        FROM pg_proc AS f
        WHERE f.pronamespace = 'authz_internal'::regnamespace AND f.proname = check_name;
        EXECUTE format('CREATE FUNCTION authz_internal.gate_%s(%s) RETURNS boolean
                        LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE AS %L, %L', check_name, arguments, 'MODULE_PATHNAME', 'authz_gate');
        EXECUTE format('COMMENT ON FUNCTION authz_internal.gate_%s IS %L', check_name,
                       format('true for an administrator, otherwise what authz_internal.%s says', check_name));
        EXECUTE format('REVOKE ALL ON FUNCTION authz_internal.gate_%s FROM PUBLIC', check_name);
    END LOOP;
END
$$;
