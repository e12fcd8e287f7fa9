-- Lists for the pages of an application: people, teams, roles and their holders, a page
-- at a time; and revoke_roles, which such a page calls.
--
-- Entry points and implementations as in src/sql/admin.sql.  Every list is ordered by
-- name, byte by byte, and goes on after the last name of the page before (keyset): a row
-- that comes or goes meanwhile shifts no other, and the name need not be there any more.
-- (Keys would be an order that indexes have, but they say who came first: whether a user
-- was known to somebody before, for instance, which is nobody's to learn.)  Max_rows is
-- LIMIT: NULL, the default, is no limit.
--
-- The plans are made for the values: with a limit, and an array of groups, no other plan
-- is right.  No table is read from end to end.

CREATE FUNCTION authz_internal.check_max_rows(max_rows integer)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF check_max_rows.max_rows < 0 THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'max_rows must not be negative';
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.check_max_rows(integer) IS 'internal: an error for a negative number of rows';
REVOKE ALL ON FUNCTION authz_internal.check_max_rows(integer) FROM PUBLIC;

-- Permissions -----------------------------------------------------------------
-- Of the model, which is the same for everybody: whoever may execute it may read them.
CREATE FUNCTION authz.list_permissions(resource_type text, after_permission text DEFAULT NULL, max_rows integer DEFAULT NULL)
RETURNS TABLE (
    permission authz.permission,
    category text,
    description text,
    status text,
    assignable boolean,
    is_default boolean,
    requires authz.permission_set
)
LANGUAGE C STABLE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.list_permissions(text, text, integer) IS 'permissions of a resource type, by name';
REVOKE ALL ON FUNCTION authz.list_permissions(text, text, integer) FROM PUBLIC;

CREATE FUNCTION authz_internal.list_permissions(resource_type text, after_permission text, max_rows integer)
RETURNS TABLE (
    permission authz.permission,
    category text,
    description text,
    status text,
    assignable boolean,
    is_default boolean,
    requires authz.permission_set
)
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    after authz.permission := authz.permission(list_permissions.after_permission);
BEGIN
    PERFORM authz_internal.check_max_rows(list_permissions.max_rows);
    PERFORM authz_internal.require_resource_type(list_permissions.resource_type);
    RETURN QUERY
        SELECT p.name, p.category, p.description, p.status::text, p.assignable, p.is_default,
            coalesce((SELECT authz.permission_union(q.requires) FROM authz.permission_requirements AS q WHERE q.permission = p.name), '{}')
        FROM authz.permissions AS p
        WHERE p.resource_type = list_permissions.resource_type AND (after IS NULL OR p.name > after)
        ORDER BY p.name
        LIMIT list_permissions.max_rows;
END
$$;
COMMENT ON FUNCTION authz_internal.list_permissions(text, text, integer) IS 'implementation of authz.list_permissions';
REVOKE ALL ON FUNCTION authz_internal.list_permissions(text, text, integer) FROM PUBLIC;

-- Members and teams -------------------------------------------------------------
-- Whoever may change members or teams may know them.
CREATE FUNCTION authz_internal.check_view_members(resource_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    type text;
BEGIN
    SELECT r.resource_type INTO type FROM authz.resources AS r WHERE r.id = check_view_members.resource_id;
    IF NOT authz_internal.is_allowed('remove_member', type, check_view_members.resource_id) THEN
        PERFORM authz_internal.check_operation('manage_members', type, check_view_members.resource_id);
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.check_view_members(bigint) IS 'internal: an error unless the current subject may know the members and teams of the resource';
REVOKE ALL ON FUNCTION authz_internal.check_view_members(bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.gate_check_view_members(resource_id bigint)
RETURNS boolean
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_gate';
COMMENT ON FUNCTION authz_internal.gate_check_view_members(bigint) IS 'true for an administrator, otherwise what authz_internal.check_view_members says';
REVOKE ALL ON FUNCTION authz_internal.gate_check_view_members(bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.require_member_list(resource_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name text;
BEGIN
    SELECT r.resource INTO name
    FROM authz.resources AS r
    JOIN authz.resource_types AS t ON t.name = r.resource_type
    WHERE r.id = require_member_list.resource_id AND NOT t.has_members;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('"%s" has no members and no teams', name),
            DETAIL = 'Only resources of a type with "has_members" have.';
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.require_member_list(bigint) IS 'internal: an error for a resource of a type without members';
REVOKE ALL ON FUNCTION authz_internal.require_member_list(bigint) FROM PUBLIC;

-- (OFFSET 0: each step is a look-up by its key.)
CREATE FUNCTION authz_internal.groups_and_below(group_ids bigint[])
RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE below (id) AS (
        SELECT DISTINCT g.id FROM unnest(groups_and_below.group_ids) AS g (id) WHERE g.id IS NOT NULL
        UNION
        SELECT s.id
        FROM below AS b
        CROSS JOIN LATERAL (SELECT c.id FROM authz.subjects AS c WHERE c.parent_id = b.id OFFSET 0) AS s
    )
    SELECT b.id FROM below AS b;
END;
COMMENT ON FUNCTION authz_internal.groups_and_below(bigint[]) IS 'internal: keys of groups and of the teams beneath them, whose members have what these groups have';
REVOKE ALL ON FUNCTION authz_internal.groups_and_below(bigint[]) FROM PUBLIC;

-- The next subjects by name of those in one of the groups; with a role, also of those who
-- hold it by an assignment of their own, and the groups.
--
-- No index has the members of a group by name.  If there are many more of them than a
-- page, chances are that they are a good part of all subjects: then the names are walked in
-- their order, as far as 32 pages, and each is looked for in the groups.  Where that does
-- not fill the page, all members are read and sorted.
CREATE FUNCTION authz_internal.page_of_subjects(group_ids bigint[], role_ids bigint[], resource_id bigint, after authz.subject, max_rows integer)
RETURNS TABLE (id bigint, subject authz.subject)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    listed_groups bigint[] := CASE WHEN page_of_subjects.role_ids IS NULL THEN '{}' ELSE page_of_subjects.group_ids END;
    furthest bigint := 32 * page_of_subjects.max_rows::bigint;
    -- Only users and service accounts are members; their names are between these.
    accounts_from authz.subject := greatest(page_of_subjects.after, 'service_account9:0#member'::authz.subject);
    accounts_to authz.subject := 'service_accounu:0#member';
    users_from authz.subject := greatest(page_of_subjects.after, 'user9:0#member'::authz.subject);
    users_to authz.subject := 'uses:0#member';
    page bigint[];
    is_full boolean;
BEGIN
    IF furthest < (
        SELECT count(*)
        FROM (SELECT
              FROM authz.memberships AS m
              WHERE m.group_id = ANY (page_of_subjects.group_ids)
              UNION ALL
              SELECT
              FROM authz.assignments AS a
              WHERE a.resource_id = page_of_subjects.resource_id AND a.role_id = ANY (page_of_subjects.role_ids)
              LIMIT furthest + 1) AS k)
    THEN
        WITH walked AS MATERIALIZED (
            SELECT w.id, w.subject
            FROM ((SELECT s.id, s.subject FROM authz.subjects AS s WHERE s.subject > accounts_from AND s.subject < accounts_to ORDER BY s.subject LIMIT furthest)
                  UNION ALL
                  (SELECT s.id, s.subject FROM authz.subjects AS s WHERE s.subject > users_from AND s.subject < users_to ORDER BY s.subject LIMIT furthest)) AS w
            ORDER BY w.subject
            LIMIT furthest
        ), found AS MATERIALIZED (
            SELECT w.id, w.subject
            FROM walked AS w
            WHERE EXISTS (
                SELECT
                FROM (SELECT m.group_id FROM authz.memberships AS m WHERE m.member_id = w.id OFFSET 0) AS m
                WHERE m.group_id = ANY (page_of_subjects.group_ids)
            ) OR EXISTS (
                SELECT
                FROM authz.assignments AS a
                WHERE a.subject_id = w.id AND a.resource_id = page_of_subjects.resource_id AND a.role_id = ANY (page_of_subjects.role_ids)
                  AND (a.expires_at IS NULL OR a.expires_at > clock_timestamp())
                OFFSET 0
            )
        )
        SELECT ARRAY(
                SELECT n.id
                FROM (SELECT f.id, f.subject FROM found AS f
                      UNION ALL
                      SELECT s.id, s.subject FROM authz.subjects AS s WHERE s.id = ANY (listed_groups) AND (page_of_subjects.after IS NULL OR s.subject > page_of_subjects.after)) AS n
                ORDER BY n.subject
                LIMIT page_of_subjects.max_rows),
            (SELECT count(*) FROM found) >= page_of_subjects.max_rows OR (SELECT count(*) FROM walked) < furthest
        INTO page, is_full;
        IF is_full THEN
            RETURN QUERY SELECT s.id, s.subject FROM authz.subjects AS s WHERE s.id = ANY (page) ORDER BY s.subject;
            RETURN;
        END IF;
    END IF;

    RETURN QUERY
        SELECT s.id, s.subject
        FROM (SELECT m.member_id
              FROM authz.memberships AS m
              WHERE m.group_id = ANY (page_of_subjects.group_ids)
              UNION
              SELECT a.subject_id
              FROM authz.assignments AS a
              WHERE a.resource_id = page_of_subjects.resource_id AND a.role_id = ANY (page_of_subjects.role_ids)
                AND (a.expires_at IS NULL OR a.expires_at > clock_timestamp())
              UNION
              SELECT g.id
              FROM unnest(listed_groups) AS g (id)) AS h (id)
        JOIN authz.subjects AS s ON s.id = h.id
        WHERE page_of_subjects.after IS NULL OR s.subject > page_of_subjects.after
        ORDER BY s.subject
        LIMIT page_of_subjects.max_rows;
END
$$;
COMMENT ON FUNCTION authz_internal.page_of_subjects(bigint[], bigint[], bigint, authz.subject, integer) IS 'internal: the next subjects by name of those who are in groups or hold a role';
REVOKE ALL ON FUNCTION authz_internal.page_of_subjects(bigint[], bigint[], bigint, authz.subject, integer) FROM PUBLIC;

CREATE FUNCTION authz.list_members(member_of text, after_member text DEFAULT NULL, max_rows integer DEFAULT NULL)
RETURNS TABLE (member authz.subject, direct boolean, teams authz.subject[])
LANGUAGE C STABLE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.list_members(text, text, integer) IS 'members of an organization, or of a team and the teams beneath it, by name, with the teams that they are in';
REVOKE ALL ON FUNCTION authz.list_members(text, text, integer) FROM PUBLIC;

CREATE FUNCTION authz_internal.list_members(member_of text, after_member text, max_rows integer)
RETURNS TABLE (member authz.subject, direct boolean, teams authz.subject[])
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    group_name text := authz_internal.group_subject(list_members.member_of);
    after authz.subject := authz.subject(list_members.after_member);
    is_team boolean := authz.subject_kind(authz.subject(group_name)) = 'team';
    group_key bigint;
    groups bigint[];
    home bigint;
BEGIN
    PERFORM authz_internal.check_max_rows(list_members.max_rows);
    -- NULL where nobody has been a member yet.
    group_key := authz_internal.find_subject(group_name);
    IF is_team THEN
        home := (SELECT s.resource_id FROM authz.subjects AS s WHERE s.id = group_key);
    ELSE
        home := authz_internal.find_resource(left(group_name, -length('#member')));
    END IF;
    PERFORM authz_internal.gate_check_view_members(home);
    PERFORM authz_internal.require_member_list(home);
    groups := ARRAY(SELECT g.id FROM authz_internal.groups_and_below(ARRAY[group_key]) AS g (id));
    RETURN QUERY
        SELECT p.subject, t.direct, t.teams
        FROM authz_internal.page_of_subjects(groups, NULL, NULL, after, list_members.max_rows) AS p
        CROSS JOIN LATERAL (
            SELECT bool_or(m.group_id = group_key) AS direct,
                coalesce(array_agg(g.subject ORDER BY g.subject) FILTER (WHERE authz.subject_kind(g.subject) = 'team'), '{}'::authz.subject[]) AS teams
            FROM (SELECT x.group_id FROM authz.memberships AS x WHERE x.member_id = p.id OFFSET 0) AS m
            CROSS JOIN LATERAL (SELECT s.subject FROM authz.subjects AS s WHERE s.id = m.group_id AND s.resource_id = home OFFSET 0) AS g
            WHERE NOT is_team OR m.group_id = ANY (groups)
        ) AS t
        ORDER BY p.subject;
END
$$;
COMMENT ON FUNCTION authz_internal.list_members(text, text, integer) IS 'implementation of authz.list_members';
REVOKE ALL ON FUNCTION authz_internal.list_members(text, text, integer) FROM PUBLIC;

CREATE FUNCTION authz.list_teams(resource text, after_team text DEFAULT NULL, max_rows integer DEFAULT NULL)
RETURNS TABLE (team authz.subject, parent authz.subject, members bigint)
LANGUAGE C STABLE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.list_teams(text, text, integer) IS 'teams of an organization, by name, with the number of their direct members';
REVOKE ALL ON FUNCTION authz.list_teams(text, text, integer) FROM PUBLIC;

CREATE FUNCTION authz_internal.list_teams(resource text, after_team text, max_rows integer)
RETURNS TABLE (team authz.subject, parent authz.subject, members bigint)
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    after authz.subject := authz.subject(list_teams.after_team);
    place bigint;
BEGIN
    PERFORM authz_internal.check_max_rows(list_teams.max_rows);
    place := authz_internal.find_resource(list_teams.resource);
    PERFORM authz_internal.gate_check_view_members(place);
    PERFORM authz_internal.require_member_list(place);
    RETURN QUERY
        SELECT t.subject, p.subject, (SELECT count(*) FROM authz.memberships AS m WHERE m.group_id = t.id)
        FROM (SELECT s.id, s.subject, s.parent_id
              FROM authz.subjects AS s
              WHERE s.resource_id = place AND authz.subject_kind(s.subject) = 'team' AND (after IS NULL OR s.subject > after)
              ORDER BY s.subject
              LIMIT list_teams.max_rows) AS t
        LEFT JOIN authz.subjects AS p ON p.id = t.parent_id
        ORDER BY t.subject;
END
$$;
COMMENT ON FUNCTION authz_internal.list_teams(text, text, integer) IS 'implementation of authz.list_teams';
REVOKE ALL ON FUNCTION authz_internal.list_teams(text, text, integer) FROM PUBLIC;

-- Holders of a role ---------------------------------------------------------------
-- As authz.assignment_kind says of each.  Groups hold roles only on the resource that they
-- belong to and beneath it: so they are found from there, if that is less to read than the
-- assignments.
CREATE FUNCTION authz.list_role_holders(role text, resource text, role_type text DEFAULT NULL, after_holder text DEFAULT NULL, max_rows integer DEFAULT NULL)
RETURNS TABLE (holder authz.subject, kind text, teams authz.subject[])
LANGUAGE C STABLE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.list_role_holders(text, text, text, text, integer) IS 'who holds a role on the resource itself, by name: direct, indirect (through teams) or mixed, and through which teams';
REVOKE ALL ON FUNCTION authz.list_role_holders(text, text, text, text, integer) FROM PUBLIC;

CREATE FUNCTION authz_internal.list_role_holders(role text, resource text, role_type text, after_holder text, max_rows integer)
RETURNS TABLE (holder authz.subject, kind text, teams authz.subject[])
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    after authz.subject := authz.subject(list_role_holders.after_holder);
    place bigint;
    type text;
    role_keys bigint[];
    homes bigint[];
    groups bigint[];
BEGIN
    PERFORM authz_internal.check_max_rows(list_role_holders.max_rows);
    place := authz_internal.find_resource(list_role_holders.resource);
    type := coalesce(list_role_holders.role_type, authz.resource_type(authz.resource(list_role_holders.resource)));
    PERFORM authz_internal.require_resource_type(type);
    PERFORM authz_internal.gate_check_operation('assign_role'::text, type, place);
    role_keys := authz_internal.require_roles(list_role_holders.role, type, place);
    homes := ARRAY(SELECT r.id FROM authz_internal.resource_and_above(place) AS r (id));
    groups := ARRAY(
        SELECT a.subject_id
        FROM authz.assignments AS a
        JOIN authz.subjects AS g ON g.id = a.subject_id
        WHERE a.resource_id = place AND a.role_id = ANY (role_keys) AND g.resource_id = ANY (homes)
          AND (a.expires_at IS NULL OR a.expires_at > clock_timestamp()));
    groups := ARRAY(SELECT g.id FROM authz_internal.groups_and_below(groups) AS g (id));
    RETURN QUERY
        WITH RECURSIVE page AS MATERIALIZED (
            SELECT p.id, p.subject FROM authz_internal.page_of_subjects(groups, role_keys, place, after, list_role_holders.max_rows) AS p
        ), up (page_id, id) AS (
            SELECT p.id, p.id FROM page AS p
            UNION
            SELECT u.page_id, g.id
            FROM up AS u
            CROSS JOIN LATERAL (
                SELECT m.group_id FROM authz.memberships AS m WHERE m.member_id = u.id
                UNION ALL
                SELECT s.parent_id FROM authz.subjects AS s WHERE s.id = u.id AND s.parent_id IS NOT NULL
                OFFSET 0
            ) AS g (id)
        ), held AS (
            SELECT DISTINCT u.page_id, u.id
            FROM (SELECT u.page_id, u.id FROM up AS u
                  UNION ALL
                  SELECT p.id, s.id FROM page AS p JOIN authz.subjects AS s ON s.subject = 'user:*'::authz.subject) AS u
            CROSS JOIN LATERAL (
                SELECT
                FROM authz.assignments AS a
                WHERE a.subject_id = u.id AND a.resource_id = place AND a.role_id = ANY (role_keys)
                  AND (a.expires_at IS NULL OR a.expires_at > clock_timestamp())
                OFFSET 0
            ) AS a
        )
        SELECT p.subject,
            CASE WHEN bool_and(h.id = p.id) THEN 'direct' WHEN bool_or(h.id = p.id) THEN 'mixed' ELSE 'indirect' END,
            coalesce(array_agg(s.subject ORDER BY s.subject) FILTER (WHERE h.id <> p.id), '{}'::authz.subject[])
        FROM held AS h
        JOIN page AS p ON p.id = h.page_id
        CROSS JOIN LATERAL (SELECT x.subject FROM authz.subjects AS x WHERE x.id = h.id OFFSET 0) AS s
        GROUP BY p.id, p.subject
        ORDER BY p.subject;
END
$$;
COMMENT ON FUNCTION authz_internal.list_role_holders(text, text, text, text, integer) IS 'implementation of authz.list_role_holders';
REVOKE ALL ON FUNCTION authz_internal.list_role_holders(text, text, text, text, integer) FROM PUBLIC;

-- One's own -------------------------------------------------------------------------
CREATE FUNCTION authz_internal.principals(subject authz.subject)
RETURNS SETOF bigint
LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE ROWS 10
AS 'MODULE_PATHNAME', 'authz_principals';
COMMENT ON FUNCTION authz_internal.principals(authz.subject) IS 'internal: keys of the subjects whose assignments apply to a subject, or (NULL) to nobody';
REVOKE ALL ON FUNCTION authz_internal.principals(authz.subject) FROM PUBLIC;

-- Only about the current subject: for everybody.
CREATE FUNCTION authz.my_resources(resource_type text DEFAULT NULL, after_resource text DEFAULT NULL, max_rows integer DEFAULT NULL)
RETURNS TABLE (resource authz.resource, roles text[], held_by authz.subject[])
LANGUAGE C STABLE PARALLEL SAFE COST 1000 ROWS 100
AS 'MODULE_PATHNAME', 'authz_ask_as_owner';
COMMENT ON FUNCTION authz.my_resources(text, text, integer) IS 'resources on which roles are assigned to the current subject, to a group of theirs or to everyone, by name, with the roles and who holds them';

CREATE FUNCTION authz_internal.my_resources(resource_type text, after_resource text, max_rows integer)
RETURNS TABLE (resource authz.resource, roles text[], held_by authz.subject[])
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    after authz.resource := authz.resource(my_resources.after_resource);
    principals bigint[] := ARRAY(SELECT p.id FROM authz_internal.principals(authz.current_subject()) AS p (id));
BEGIN
    PERFORM authz_internal.check_max_rows(my_resources.max_rows);
    IF my_resources.resource_type IS NOT NULL THEN
        PERFORM authz_internal.require_resource_type(my_resources.resource_type);
    END IF;
    RETURN QUERY
        SELECT p.resource, h.roles, h.held_by
        FROM (SELECT r.id, r.resource
              FROM (SELECT DISTINCT a.resource_id
                    FROM authz.assignments AS a
                    WHERE a.subject_id = ANY (principals) AND (a.expires_at IS NULL OR a.expires_at > clock_timestamp())) AS a
              CROSS JOIN LATERAL (SELECT x.id, x.resource FROM authz.resources AS x WHERE x.id = a.resource_id OFFSET 0) AS r
              WHERE (after IS NULL OR r.resource > after)
                AND (my_resources.resource_type IS NULL OR authz.resource_type(r.resource) = my_resources.resource_type)
              ORDER BY r.resource
              LIMIT my_resources.max_rows) AS p
        CROSS JOIN LATERAL (
            SELECT array_agg(DISTINCT CASE WHEN o.resource_type = authz.resource_type(p.resource) THEN o.name
                                           ELSE format('%s:%s', o.resource_type, o.name) END COLLATE "C") AS roles,
                array_agg(DISTINCT s.subject) AS held_by
            FROM (SELECT x.subject_id, x.role_id
                  FROM authz.assignments AS x
                  WHERE x.subject_id = ANY (principals) AND x.resource_id = p.id AND (x.expires_at IS NULL OR x.expires_at > clock_timestamp())
                  OFFSET 0) AS a
            JOIN authz.roles AS o ON o.id = a.role_id
            JOIN authz.subjects AS s ON s.id = a.subject_id
        ) AS h
        ORDER BY p.resource;
END
$$;
COMMENT ON FUNCTION authz_internal.my_resources(text, text, integer) IS 'implementation of authz.my_resources';
REVOKE ALL ON FUNCTION authz_internal.my_resources(text, text, integer) FROM PUBLIC;

-- Taking all roles ------------------------------------------------------------------
CREATE FUNCTION authz.revoke_roles(subject text, resource text, source text DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.revoke_roles(text, text, text) IS 'takes all roles on a resource from a subject, those from one source or from every one; returns how many assignments';
REVOKE ALL ON FUNCTION authz.revoke_roles(text, text, text) FROM PUBLIC;

-- The operation is asked of the type of the resource also if there is nothing to take, so
-- that a refusal does not tell.  What is granted after the look is not taken.
CREATE FUNCTION authz_internal.revoke_roles(subject text, resource text, source text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    place bigint;
    subject_key bigint;
    is_counted boolean;
    taken bigint[];
    revoked bigint;
BEGIN
    IF revoke_roles.source IS NOT NULL THEN
        PERFORM authz_internal.check_source(revoke_roles.source);
    END IF;
    place := authz_internal.find_resource(revoke_roles.resource);
    PERFORM authz_internal.gate_check_operation('assign_role'::text, r.resource_type::text, place)
    FROM authz.resources AS r
    WHERE r.id = place;
    subject_key := authz_internal.find_subject(revoke_roles.subject);
    -- Where holders will be counted the resource is locked for that at once; by the time
    -- that it is locked there may be such a role: then the lock is given back, and all is
    -- done again.
    LOOP
        BEGIN
            is_counted := EXISTS (
                SELECT
                FROM authz.assignments AS a
                JOIN authz.roles AS r ON r.id = a.role_id
                WHERE a.subject_id = subject_key AND a.resource_id = place AND (revoke_roles.source IS NULL OR a.source = revoke_roles.source)
                  AND r.min_holders > 0);
            PERFORM authz_internal.keep_resources(ARRAY[place], CASE WHEN is_counted THEN ARRAY[place] END);
            taken := ARRAY(
                SELECT l.id
                FROM (SELECT a.id
                      FROM authz.assignments AS a
                      WHERE a.subject_id = subject_key AND a.resource_id = place AND (revoke_roles.source IS NULL OR a.source = revoke_roles.source)
                      ORDER BY a.id
                      FOR UPDATE) AS l);
            EXIT WHEN is_counted OR NOT EXISTS (
                SELECT
                FROM authz.assignments AS a
                JOIN authz.roles AS r ON r.id = a.role_id
                WHERE a.id = ANY (taken) AND r.min_holders > 0);
            RAISE EXCEPTION USING ERRCODE = 'AZNEW', MESSAGE = 'the subject has come to hold more';
        EXCEPTION WHEN SQLSTATE 'AZNEW' THEN
            -- Again.
        END;
    END LOOP;
    PERFORM authz_internal.gate_check_revoke(a.role_id, place)
    FROM (SELECT DISTINCT x.role_id FROM authz.assignments AS x WHERE x.id = ANY (taken) ORDER BY x.role_id) AS a;
    DELETE FROM authz.assignments AS a WHERE a.id = ANY (taken);
    GET DIAGNOSTICS revoked = ROW_COUNT;
    RETURN revoked;
END
$$;
COMMENT ON FUNCTION authz_internal.revoke_roles(text, text, text) IS 'implementation of authz.revoke_roles';
REVOKE ALL ON FUNCTION authz_internal.revoke_roles(text, text, text) FROM PUBLIC;
