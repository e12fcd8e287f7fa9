-- Saying why: an independent reading of the tables.  Nothing here asks the cache
-- that has_permission answers from; sql/explain.sql shows that the two agree.
--
-- What an application may be granted is SECURITY DEFINER, so that it needs no
-- privileges on the tables.
--
-- OFFSET 0 keeps each step of a recursion a look-up by its key: the planner, which
-- guesses many rows there, would read whole tables for a hash join.

-- Parts ---------------------------------------------------------------------
-- The ways to each node of a graph, along its edges from lower to upper.  C code: src/decision/role_ways.c.
CREATE FUNCTION authz_internal.ways(lower bigint[], upper bigint[], starts bigint[], ids bigint[], names text[], start_first boolean)
RETURNS TABLE (id bigint, path text)
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10
AS 'MODULE_PATHNAME', 'authz_ways';
COMMENT ON FUNCTION authz_internal.ways(bigint[], bigint[], bigint[], bigint[], text[], boolean) IS 'the shortest ways to each node of a graph, and how many more there are';
REVOKE ALL ON FUNCTION authz_internal.ways(bigint[], bigint[], bigint[], bigint[], text[], boolean) FROM PUBLIC;

-- A subject and those whose roles it has: its groups, their ancestors, everyone.
CREATE FUNCTION authz_internal.subject_paths(subject authz.subject)
RETURNS TABLE (id bigint, path text)
LANGUAGE SQL STABLE STRICT PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    WITH RECURSIVE links (lower_id, id) AS (
        SELECT NULL::bigint, s.id
        FROM authz.subjects AS s
        WHERE s.subject = subject_paths.subject
      UNION
        SELECT l.id, up.id
        FROM links AS l
             CROSS JOIN LATERAL (
                 SELECT m.group_id FROM authz.memberships AS m WHERE m.member_id = l.id
               UNION ALL
                 SELECT c.parent_id FROM authz.subjects AS c WHERE c.id = l.id AND c.parent_id IS NOT NULL
                 OFFSET 0
             ) AS up (id)
    ),
    edges AS (
        SELECT array_agg(l.lower_id) FILTER (WHERE l.lower_id IS NOT NULL) AS lower,
               array_agg(l.id) FILTER (WHERE l.lower_id IS NOT NULL) AS upper,
               array_agg(l.id) FILTER (WHERE l.lower_id IS NULL) AS starts
        FROM links AS l
    ),
    nodes AS (
        SELECT array_agg(s.id) AS ids, array_agg(s.subject::text) AS names
        FROM (SELECT DISTINCT l.id FROM links AS l) AS l
             CROSS JOIN LATERAL (SELECT s.id, s.subject FROM authz.subjects AS s WHERE s.id = l.id OFFSET 0) AS s
    )
    SELECT w.id, w.path
    FROM edges CROSS JOIN nodes
         CROSS JOIN LATERAL authz_internal.ways(coalesce(edges.lower, '{}'), coalesce(edges.upper, '{}'), edges.starts,
                                       nodes.ids, nodes.names, start_first => true) AS w
  UNION ALL
    SELECT s.id, subject_paths.subject::text || ' < user:*'
    FROM authz.subjects AS s
    WHERE s.subject = 'user:*'::authz.subject AND subject_paths.subject <> 'user:*'::authz.subject;
END;
COMMENT ON FUNCTION authz_internal.subject_paths(authz.subject) IS 'the subjects whose roles a subject has, with the ways to them';
REVOKE ALL ON FUNCTION authz_internal.subject_paths(authz.subject) FROM PUBLIC;

CREATE FUNCTION authz_internal.resource_path(resource authz.resource)
RETURNS TABLE (id bigint, name authz.resource, type text, depth integer)
LANGUAGE SQL STABLE STRICT PARALLEL SAFE ROWS 3
BEGIN ATOMIC
    WITH RECURSIVE up (id, name, type, parent_id, depth) AS (
        SELECT r.id, r.resource, r.resource_type, r.parent_id, 0
        FROM authz.resources AS r
        WHERE r.resource = resource_path.resource
      UNION ALL
        SELECT r.id, r.resource, r.resource_type, r.parent_id, u.depth + 1
        FROM up AS u JOIN authz.resources AS r ON r.id = u.parent_id
        WHERE u.depth < 1000
    ) CYCLE id SET is_cycle USING seen
    SELECT u.id, u.name, u.type, u.depth FROM up AS u WHERE NOT u.is_cycle;
END;
COMMENT ON FUNCTION authz_internal.resource_path(authz.resource) IS 'a resource and its ancestors';
REVOKE ALL ON FUNCTION authz_internal.resource_path(authz.resource) FROM PUBLIC;

-- The roles that can be held on a resource or above it and come to a permission.
CREATE FUNCTION authz_internal.role_paths(resource authz.resource, permission authz.permission)
RETURNS TABLE (id bigint, path text)
LANGUAGE SQL STABLE STRICT PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    WITH RECURSIVE
    place AS MATERIALIZED (
        SELECT * FROM authz_internal.resource_path(role_paths.resource)
    ),
    -- Also those that are not on the way from this resource to its root.
    types (type) AS (
        SELECT place.type COLLATE "C" FROM place WHERE place.depth = 0
      UNION
        SELECT p.name FROM types JOIN authz.resource_types AS t ON t.name = types.type CROSS JOIN LATERAL unnest(t.parents) AS p (name)
    ),
    roles AS MATERIALIZED (
        SELECT r.id, r.name, r.resource_type, r.owner_id, r.inherits_id, r.all_permissions
        FROM types AS t
             CROSS JOIN LATERAL (
                 SELECT r.* FROM authz.roles AS r WHERE r.owner_id IS NULL AND r.resource_type = t.type
               UNION ALL
                 SELECT r.* FROM place AS owner JOIN authz.roles AS r ON r.owner_id = owner.id AND r.resource_type = t.type
             ) AS r
    ),
    edges AS (
        SELECT array_agg(l.lower_id) AS lower, array_agg(l.role_id) AS upper
        FROM (
            SELECT r.inherits_id, r.id FROM roles AS r WHERE r.inherits_id IS NOT NULL
          UNION ALL
            SELECT i.inherits_id, i.role_id
            FROM roles AS r
                 CROSS JOIN LATERAL (SELECT * FROM authz.role_inherits AS i WHERE i.role_id = r.id OFFSET 0) AS i
          UNION ALL
            -- (A base role is for a type beneath: none of a role of the type itself counts here.)
            SELECT b.base_role_id, b.role_id
            FROM place
                 JOIN roles AS r ON place.depth = 0 AND r.resource_type <> place.type
                 CROSS JOIN LATERAL (SELECT * FROM authz.role_base_roles AS b WHERE b.role_id = r.id OFFSET 0) AS b
        ) AS l (lower_id, role_id)
    ),
    starts AS (
        SELECT array_agg(r.id) AS ids
        FROM authz.permissions AS p CROSS JOIN roles AS r
        WHERE p.name = role_paths.permission
          AND (r.all_permissions AND r.resource_type = p.resource_type
               OR p.is_default AND r.owner_id IS NOT NULL AND r.resource_type = p.resource_type
               -- (A look for each of these roles: OFFSET 0 keeps the planner from reading those of all.)
               OR EXISTS (SELECT FROM authz.role_permissions AS rp WHERE rp.role_id = r.id AND rp.permission = p.name OFFSET 0))
    ),
    nodes AS (
        SELECT array_agg(r.id) AS ids, array_agg(r.name::text) AS names FROM roles AS r
    )
    SELECT w.id, w.path
    FROM edges CROSS JOIN starts CROSS JOIN nodes
         CROSS JOIN LATERAL authz_internal.ways(coalesce(edges.lower, '{}'), coalesce(edges.upper, '{}'), starts.ids,
                                       nodes.ids, nodes.names, start_first => false) AS w;
END;
COMMENT ON FUNCTION authz_internal.role_paths(authz.resource, authz.permission) IS 'the roles by which a permission can be held on a resource, with the ways by which they come to it';
REVOKE ALL ON FUNCTION authz_internal.role_paths(authz.resource, authz.permission) FROM PUBLIC;

-- explain -------------------------------------------------------------------
CREATE TYPE authz.explanation AS (
    assignment_id bigint,
    grants boolean,
    subject_path text,
    role_path text,
    resource authz.resource,
    source text,
    granted_by authz.subject,
    expires_at timestamptz,
    reason text
);
COMMENT ON TYPE authz.explanation IS 'a row of authz.explain';
COMMENT ON COLUMN authz.explanation.assignment_id IS 'the assignment; NULL in a reason that is not about one';
COMMENT ON COLUMN authz.explanation.grants IS 'the assignment grants the permission';
COMMENT ON COLUMN authz.explanation.subject_path IS 'how the subject comes to the holder: user:a < team:x < team:y; several ways are separated by ;, the shortest ten at most';
COMMENT ON COLUMN authz.explanation.role_path IS 'how the role comes to the permission: Release manager < write; several ways are separated by ;, the shortest ten at most';
COMMENT ON COLUMN authz.explanation.resource IS 'resource of the assignment: the one asked about or an ancestor';
COMMENT ON COLUMN authz.explanation.source IS 'source of the assignment';
COMMENT ON COLUMN authz.explanation.granted_by IS 'who made the assignment';
COMMENT ON COLUMN authz.explanation.expires_at IS 'when it ends';
COMMENT ON COLUMN authz.explanation.reason IS 'why this does not grant the permission; NULL where it does';

-- One row per assignment: so removing the assignments of the rows that grant, in
-- any order, ends the access with the last one and not before.
CREATE FUNCTION authz.explain(subject authz.subject, permission text, resource authz.resource)
RETURNS SETOF authz.explanation
LANGUAGE SQL STABLE STRICT PARALLEL SAFE SECURITY DEFINER COST 10000 ROWS 5
BEGIN ATOMIC
    WITH
    asked AS (
        SELECT p.name, p.resource_type, p.status = 'planned' AS planned
        FROM authz.permissions AS p
        WHERE p.name::text = explain.permission
    ),
    place AS MATERIALIZED (
        SELECT * FROM authz_internal.resource_path(explain.resource)
    ),
    holders AS MATERIALIZED (
        SELECT * FROM authz_internal.subject_paths(explain.subject)
    ),
    roles AS MATERIALIZED (
        SELECT w.id, w.path FROM asked CROSS JOIN LATERAL authz_internal.role_paths(explain.resource, asked.name) AS w
    ),
    found AS MATERIALIZED (
        SELECT a.id, h.path AS subject_path, a.role_id, r.name AS role, place.name AS resource, place.depth,
               a.source, a.granted_by, a.expires_at,
               a.expires_at IS NOT NULL AND a.expires_at <= clock_timestamp() AS expired,
               roles.path AS role_path,
               asked.name AS permission, asked.planned
        FROM holders AS h
             CROSS JOIN place
             JOIN authz.assignments AS a ON a.subject_id = h.id AND a.resource_id = place.id
             JOIN authz.roles AS r ON r.id = a.role_id
             LEFT JOIN roles ON roles.id = a.role_id
             JOIN asked ON asked.resource_type = (SELECT p.type FROM place AS p WHERE p.depth = 0)
    ),
    granting AS (
        SELECT * FROM found WHERE role_path IS NOT NULL AND NOT expired AND NOT planned
    ),
    misses (rank, assignment_id, subject_path, role_path, resource, source, granted_by, expires_at, reason) AS (
        -- What was asked about is not there.
        SELECT 1, NULL::bigint, NULL::text, NULL::text, NULL::authz.resource, NULL::text, NULL::authz.subject, NULL::timestamptz,
               format('permission "%s" does not exist', explain.permission)
        WHERE NOT EXISTS (SELECT FROM asked)
      UNION ALL
        SELECT 2, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
               format('resource "%s" does not exist', explain.resource)
        WHERE NOT EXISTS (SELECT FROM place)
      UNION ALL
        SELECT 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
               format('permission "%s" is held on resources of type "%s", not "%s"', asked.name, asked.resource_type, place.type)
        FROM asked JOIN place ON place.depth = 0 AND place.type <> asked.resource_type
      UNION ALL
        SELECT 4, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
               format('%s is in no group and holds no role', explain.subject)
        WHERE NOT EXISTS (SELECT FROM authz.subjects AS s WHERE s.subject = explain.subject)
      UNION ALL
        SELECT 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
               format('permission "%s" is planned: it grants nothing until it is active', asked.name)
        FROM asked
        WHERE asked.planned
      UNION ALL
        -- Assignments that would grant it ...
        SELECT 6, found.id, subject_path, role_path, found.resource, source, granted_by, expires_at,
               concat_ws('; ', CASE WHEN expired THEN 'the assignment has expired' END,
                               CASE WHEN planned THEN 'the permission is planned' END)
        FROM found
        WHERE role_path IS NOT NULL
      UNION ALL
        -- ... and those that are for something else.
        SELECT 7, found.id, subject_path, role, found.resource, source, granted_by, expires_at,
               format('role "%s" does not have the permission', role)
        FROM found
        WHERE role_path IS NULL AND NOT expired
      UNION ALL
        SELECT 8, NULL, NULL, NULL, organization.name, NULL, NULL, NULL,
               format('%s is not a member of %s', explain.subject, organization.name)
        FROM place
             JOIN authz.resource_types AS t ON place.depth = 0 AND t.name = place.type AND t.roles_for = 'members'
             CROSS JOIN LATERAL (
                 SELECT p.id, p.name
                 FROM place AS p JOIN authz.resource_types AS pt ON pt.name = p.type AND pt.has_members
                 ORDER BY p.depth
                 LIMIT 1
             ) AS organization
        WHERE authz.subject_kind(explain.subject) IN ('user', 'service_account')
          AND explain.subject <> 'user:*'::authz.subject
          AND NOT EXISTS (SELECT
                          FROM authz.subjects AS g
                               JOIN authz.memberships AS m ON m.group_id = g.id
                               JOIN authz.subjects AS s ON s.id = m.member_id
                          WHERE g.resource_id = organization.id
                            AND g.subject = (organization.name::text || '#member')::authz.subject
                            AND s.subject = explain.subject)
      UNION ALL
        -- Roles that have it and could be assigned here.
        SELECT 9, NULL, NULL, held.path, NULL, NULL, NULL, NULL,
               format('%s role "%s" has the permission, but is not held', r.resource_type, r.name)
        FROM asked
             JOIN place AS p ON p.depth = 0 AND p.type = asked.resource_type
             CROSS JOIN roles AS held
             JOIN authz.roles AS r ON r.id = held.id
        WHERE NOT EXISTS (SELECT FROM found WHERE found.role_id = r.id AND NOT expired)
    )
    SELECT g.id, true, g.subject_path, g.role_path, g.resource, g.source, g.granted_by, g.expires_at, NULL::text
    FROM (SELECT * FROM granting
          ORDER BY depth, length(subject_path), subject_path COLLATE "C", role_path COLLATE "C", source, id) AS g
  UNION ALL
    SELECT m.assignment_id, false, m.subject_path, m.role_path, m.resource, m.source, m.granted_by, m.expires_at, m.reason
    FROM (SELECT * FROM misses
          WHERE NOT EXISTS (SELECT FROM granting)
          ORDER BY rank, length(subject_path), subject_path COLLATE "C", role_path COLLATE "C", source, assignment_id) AS m;
END;
COMMENT ON FUNCTION authz.explain(authz.subject, text, authz.resource) IS 'why a subject has a permission on a resource, one row per assignment that grants it; where none does, the nearest misses';
REVOKE ALL ON FUNCTION authz.explain(authz.subject, text, authz.resource) FROM PUBLIC;

-- Teams ---------------------------------------------------------------------
CREATE FUNCTION authz.team_members(team authz.subject)
RETURNS TABLE (member authz.subject, via authz.subject, direct boolean)
LANGUAGE SQL STABLE STRICT PARALLEL SAFE SECURITY DEFINER COST 1000 ROWS 20
BEGIN ATOMIC
    WITH RECURSIVE below (id, name) AS (
        SELECT s.id, s.subject FROM authz.subjects AS s WHERE s.subject = team_members.team
      UNION ALL
        SELECT s.id, s.subject FROM below AS b JOIN authz.subjects AS s ON s.parent_id = b.id
    ) CYCLE id SET is_cycle USING seen
    SELECT s.subject, b.name, b.name = team_members.team
    FROM below AS b
         JOIN authz.memberships AS m ON m.group_id = b.id
         JOIN authz.subjects AS s ON s.id = m.member_id
    WHERE NOT b.is_cycle
    ORDER BY s.subject::text COLLATE "C", b.name <> team_members.team, b.name::text COLLATE "C";
END;
COMMENT ON FUNCTION authz.team_members(authz.subject) IS 'the members of a team, direct ones and those of the teams beneath it, with the team that each is in; also the members of a member set such as organization:7#member';
REVOKE ALL ON FUNCTION authz.team_members(authz.subject) FROM PUBLIC;

-- How a role is assigned ----------------------------------------------------
CREATE FUNCTION authz.assignment_kind(
    subject authz.subject, role text, resource authz.resource, role_type text DEFAULT NULL,
    OUT kind text, OUT teams authz.subject[])
LANGUAGE SQL STABLE CALLED ON NULL INPUT PARALLEL SAFE SECURITY DEFINER COST 1000
BEGIN ATOMIC
    WITH
    place AS MATERIALIZED (
        SELECT * FROM authz_internal.resource_path(assignment_kind.resource)
    ),
    -- Every role of that name, as revoke_role finds them.
    meant AS (
        SELECT r.id
        FROM authz.roles AS r LEFT JOIN place AS owner ON owner.id = r.owner_id
        WHERE r.name = assignment_kind.role
          AND r.resource_type = coalesce(assignment_kind.role_type, authz.resource_type(assignment_kind.resource))
          AND (r.owner_id IS NULL OR owner.id IS NOT NULL)
    ),
    held AS (
        SELECT s.subject
        FROM meant
             JOIN place ON place.depth = 0
             CROSS JOIN authz_internal.subject_paths(assignment_kind.subject) AS w
             JOIN authz.assignments AS a ON a.subject_id = w.id AND a.resource_id = place.id AND a.role_id = meant.id
             JOIN authz.subjects AS s ON s.id = w.id
        WHERE a.expires_at IS NULL OR a.expires_at > clock_timestamp()
    )
    SELECT CASE
               WHEN bool_and(held.subject = assignment_kind.subject) THEN 'direct'
               WHEN bool_or(held.subject = assignment_kind.subject) THEN 'mixed'
               WHEN count(*) > 0 THEN 'indirect'
           END,
           coalesce(array_agg(held.subject ORDER BY held.subject::text COLLATE "C") FILTER (WHERE held.subject <> assignment_kind.subject),
                    '{}'::authz.subject[])
    FROM held;
END;
COMMENT ON FUNCTION authz.assignment_kind(authz.subject, text, authz.resource, text) IS 'how a subject holds a role on a resource: direct, indirect (through teams) or mixed, and through which teams; NULL: it does not';
REVOKE ALL ON FUNCTION authz.assignment_kind(authz.subject, text, authz.resource, text) FROM PUBLIC;

-- Mixed roles ---------------------------------------------------------------
-- The roles that a role gives, one or more per type: itself, and for each
-- descendant type the base roles of it and of those that it inherits.
CREATE FUNCTION authz_internal.roles_given(role_id bigint)
RETURNS TABLE (id bigint, name text, resource_type text)
LANGUAGE SQL STABLE STRICT PARALLEL SAFE ROWS 3
BEGIN ATOMIC
    WITH RECURSIVE ways (id, given_id) AS (
        SELECT r.id, r.id FROM authz.roles AS r WHERE r.id = roles_given.role_id
      UNION
        SELECT down.id, coalesce(down.given_id, w.given_id)
        FROM ways AS w
             CROSS JOIN LATERAL (
                 SELECT l.lower_id, CASE WHEN NOT l.inherits THEN l.lower_id END
                 FROM authz_internal.role_links AS l
                 WHERE l.role_id = w.id
                 OFFSET 0
             ) AS down (id, given_id)
    )
    SELECT DISTINCT r.id, r.name, r.resource_type
    FROM ways AS w JOIN authz.roles AS r ON r.id = w.given_id;
END;
COMMENT ON FUNCTION authz_internal.roles_given(bigint) IS 'the roles that holding a role amounts to: itself, and its base roles for descendant types';
REVOKE ALL ON FUNCTION authz_internal.roles_given(bigint) FROM PUBLIC;

CREATE TYPE authz.mixed_role AS (
    subject authz.subject,
    resource authz.resource,
    resource_type text,
    role text,
    avenue text,
    held_by authz.subject,
    held_on authz.resource,
    source text,
    assigned_role text,
    assignment_id bigint
);
COMMENT ON TYPE authz.mixed_role IS 'a row of authz.mixed_roles: one of several avenues that give a subject different roles';
COMMENT ON COLUMN authz.mixed_role.subject IS 'who has different roles';
COMMENT ON COLUMN authz.mixed_role.resource IS 'where';
COMMENT ON COLUMN authz.mixed_role.resource_type IS 'for which type of resource: that of the resource, or one beneath it';
COMMENT ON COLUMN authz.mixed_role.role IS 'role that this avenue gives for that type';
COMMENT ON COLUMN authz.mixed_role.avenue IS 'direct, team, members, everyone, base permission, or ancestor (a role of one''s own on an ancestor of the resource)';
COMMENT ON COLUMN authz.mixed_role.held_by IS 'subject that holds the assignment';
COMMENT ON COLUMN authz.mixed_role.held_on IS 'resource of the assignment';
COMMENT ON COLUMN authz.mixed_role.source IS 'source of the assignment';
COMMENT ON COLUMN authz.mixed_role.assigned_role IS 'role of the assignment; another than role where that is its base role';
COMMENT ON COLUMN authz.mixed_role.assignment_id IS 'the assignment';

CREATE FUNCTION authz.mixed_roles(subject authz.subject, resource authz.resource)
RETURNS SETOF authz.mixed_role
LANGUAGE SQL STABLE STRICT PARALLEL SAFE SECURITY DEFINER COST 10000 ROWS 3
BEGIN ATOMIC
    WITH RECURSIVE
    place AS MATERIALIZED (
        SELECT * FROM authz_internal.resource_path(mixed_roles.resource)
    ),
    -- The type of the resource and those beneath it.
    types (name) AS (
        SELECT place.type COLLATE "C" FROM place WHERE place.depth = 0
      UNION
        SELECT t.name FROM types JOIN authz.resource_types AS t ON types.name = ANY (t.parents)
    ),
    avenues AS MATERIALIZED (
        SELECT given.resource_type, given.id AS role_id, given.name AS role, place.depth,
               h.subject AS held_by, place.name AS held_on, a.source, r.name AS assigned_role, a.id
        FROM authz_internal.subject_paths(mixed_roles.subject) AS w
             CROSS JOIN place
             JOIN authz.assignments AS a ON a.subject_id = w.id AND a.resource_id = place.id
             JOIN authz.subjects AS h ON h.id = a.subject_id
             JOIN authz.roles AS r ON r.id = a.role_id
             CROSS JOIN LATERAL authz_internal.roles_given(a.role_id) AS given
        WHERE (a.expires_at IS NULL OR a.expires_at > clock_timestamp())
          AND given.resource_type IN (SELECT types.name FROM types)
    ),
    mixed AS (
        SELECT resource_type
        FROM avenues
        GROUP BY resource_type
        HAVING count(DISTINCT role_id) > 1
           AND count(DISTINCT (held_by::text, held_on::text, source)) > 1
    )
    SELECT mixed_roles.subject, mixed_roles.resource, v.resource_type, v.role,
           CASE
               WHEN v.source = 'base_permission' THEN 'base permission'
               WHEN v.held_by = 'user:*'::authz.subject THEN 'everyone'
               WHEN authz.subject_kind(v.held_by) = 'team' THEN 'team'
               WHEN authz.subject_kind(v.held_by) = 'member' THEN 'members'
               WHEN v.depth > 0 THEN 'ancestor'
               ELSE 'direct'
           END,
           v.held_by, v.held_on, v.source, v.assigned_role, v.id
    FROM avenues AS v JOIN mixed USING (resource_type)
    ORDER BY v.resource_type, v.depth, v.held_by::text COLLATE "C", v.source, v.assigned_role, v.role;
END;
COMMENT ON FUNCTION authz.mixed_roles(authz.subject, authz.resource) IS 'the avenues that give a subject different roles for the same resource type on a resource; none if it has the same role by all of them';
REVOKE ALL ON FUNCTION authz.mixed_roles(authz.subject, authz.resource) FROM PUBLIC;

-- The two conditions between assignments and subjects say the same, whose roles a
-- subject has.  Each is an index condition in one direction: from a known subject
-- to its assignments, and from the assignments on a known resource to those whom
-- they reach.  (Inline and not in functions, which would run as whoever reads the view.)
CREATE VIEW authz.mixed_roles AS
SELECT reached.subject, reached.resource, mixed.resource_type, mixed.role, mixed.avenue,
       mixed.held_by, mixed.held_on, mixed.source, mixed.assigned_role, mixed.assignment_id
FROM (
         SELECT DISTINCT s.subject, r.resource
         FROM authz.assignments AS a
              JOIN authz.resources AS r ON r.id = a.resource_id
              JOIN authz.subjects AS s
                  ON s.id = ANY (ARRAY(
                         WITH RECURSIVE down (id) AS (
                             SELECT a.subject_id
                           UNION
                             SELECT g.id
                             FROM down
                                  -- (Whoever is no group has nobody beneath: there is no look for each.)
                                  JOIN authz.subjects AS holder ON holder.id = down.id
                                                               AND authz.subject_kind(holder.subject) IN ('team', 'member')
                                  CROSS JOIN LATERAL (
                                      SELECT m.member_id FROM authz.memberships AS m WHERE m.group_id = down.id
                                    UNION ALL
                                      SELECT c.id FROM authz.subjects AS c WHERE c.parent_id = down.id
                                      OFFSET 0
                                  ) AS g (id)
                         )
                         SELECT down.id FROM down))
                 AND a.subject_id = ANY (ARRAY(
                         WITH RECURSIVE up (id) AS (
                             SELECT s.id
                           UNION
                             SELECT g.id
                             FROM up
                                  CROSS JOIN LATERAL (
                                      SELECT m.group_id FROM authz.memberships AS m WHERE m.member_id = up.id
                                    UNION ALL
                                      SELECT c.parent_id FROM authz.subjects AS c WHERE c.id = up.id AND c.parent_id IS NOT NULL
                                      OFFSET 0
                                  ) AS g (id)
                         )
                         SELECT up.id FROM up))
         WHERE authz.subject_kind(s.subject) IN ('user', 'service_account')
     ) AS reached
     CROSS JOIN LATERAL authz.mixed_roles(reached.subject, reached.resource) AS mixed;
COMMENT ON VIEW authz.mixed_roles IS 'subjects to whom different avenues give different roles for the same resource type, with every avenue and its role; by the resources on which something is assigned';
COMMENT ON COLUMN authz.mixed_roles.subject IS 'who has different roles';
COMMENT ON COLUMN authz.mixed_roles.resource IS 'where: a resource with an assignment that reaches the subject';
COMMENT ON COLUMN authz.mixed_roles.resource_type IS 'for which type of resource: that of the resource, or one beneath it';
COMMENT ON COLUMN authz.mixed_roles.role IS 'role that this avenue gives for that type';
COMMENT ON COLUMN authz.mixed_roles.avenue IS 'direct, team, members, everyone, base permission, or ancestor (a role of one''s own on an ancestor of the resource)';
COMMENT ON COLUMN authz.mixed_roles.held_by IS 'subject that holds the assignment';
COMMENT ON COLUMN authz.mixed_roles.held_on IS 'resource of the assignment';
COMMENT ON COLUMN authz.mixed_roles.source IS 'source of the assignment';
COMMENT ON COLUMN authz.mixed_roles.assigned_role IS 'role of the assignment; another than role where that is its base role';
COMMENT ON COLUMN authz.mixed_roles.assignment_id IS 'the assignment';
