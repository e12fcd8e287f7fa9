-- The decision of the specification, section 1, as one naive query over the
-- tables: what every known subject may do, on every resource, at a moment.
-- Slow and obviously right; the random tests compare the extension to it.
--
-- "The effective permissions of subject S on resource R of type T are the
-- union, over S, its teams with all their ancestors, its organization
-- memberships and user:*; over R and all its ancestors; over the live
-- assignments found there; of the role's effective permissions that belong to
-- type T.  A role's effective permissions are its own plus those of the roles
-- it builds on, transitively."
CREATE SCHEMA oracle;

CREATE FUNCTION oracle.grants(at timestamptz)
RETURNS TABLE (subject authz.subject, permission text, resource authz.resource)
LANGUAGE sql STABLE
-- The planner expects many rows from the recursions: do not compile for them.
SET jit = off
SET enable_seqscan = on
AS $$
WITH RECURSIVE
    -- S, its teams with all their ancestors, its organization memberships, user:*
    principals (subject_id, principal_id) AS (
        SELECT s.id, s.id
        FROM authz.subjects AS s
        UNION
        SELECT s.id, everyone.id
        FROM authz.subjects AS s, authz.subjects AS everyone
        WHERE everyone.subject::text = 'user:*'
        UNION
        SELECT p.subject_id, up.id
        FROM principals AS p, LATERAL (
            SELECT m.group_id FROM authz.memberships AS m WHERE m.member_id = p.principal_id
            UNION ALL
            SELECT team.parent_id FROM authz.subjects AS team WHERE team.id = p.principal_id
        ) AS up (id)
        WHERE up.id IS NOT NULL
    ),
    -- R and all its ancestors
    places (resource_id, place_id) AS (
        SELECT r.id, r.id
        FROM authz.resources AS r
        UNION
        SELECT p.resource_id, r.parent_id
        FROM places AS p JOIN authz.resources AS r ON r.id = p.place_id
        WHERE r.parent_id IS NOT NULL
    ),
    -- a role and the roles it builds on, transitively
    parts (role_id, part_id) AS (
        SELECT r.id, r.id
        FROM authz.roles AS r
        UNION
        SELECT p.role_id, lower.id
        FROM parts AS p, LATERAL (
            SELECT r.inherits_id FROM authz.roles AS r WHERE r.id = p.part_id
            UNION ALL
            SELECT i.inherits_id FROM authz.role_inherits AS i WHERE i.role_id = p.part_id
            UNION ALL
            SELECT b.base_role_id FROM authz.role_base_roles AS b WHERE b.role_id = p.part_id
        ) AS lower (id)
        WHERE lower.id IS NOT NULL
    ),
    -- its own permissions and theirs
    effective (role_id, permission) AS (
        SELECT p.role_id, rp.permission::text
        FROM parts AS p JOIN authz.role_permissions AS rp ON rp.role_id = p.part_id
        UNION
        SELECT p.role_id, pe.name::text
        FROM parts AS p
        JOIN authz.roles AS r ON r.id = p.part_id
        JOIN authz.permissions AS pe ON pe.resource_type = r.resource_type
        WHERE r.all_permissions
           OR r.owner_id IS NOT NULL AND pe.is_default
    )
SELECT DISTINCT s.subject, pe.name::text, r.resource
FROM authz.assignments AS a
JOIN principals AS pr ON pr.principal_id = a.subject_id
JOIN authz.subjects AS s ON s.id = pr.subject_id
JOIN places AS pl ON pl.place_id = a.resource_id
JOIN authz.resources AS r ON r.id = pl.resource_id
JOIN effective AS e ON e.role_id = a.role_id
JOIN authz.permissions AS pe ON pe.name::text = e.permission
WHERE (a.expires_at IS NULL OR a.expires_at > at)
  AND pe.status <> 'planned'
  AND pe.resource_type = r.resource_type
$$;
COMMENT ON FUNCTION oracle.grants(timestamptz) IS 'every (subject, permission, resource) that is allowed';

-- A subject that no table knows, and nobody (NULL), still has what user:* has.
CREATE FUNCTION oracle.allowed(subject text, permission text, resource text, at timestamptz)
RETURNS boolean
LANGUAGE sql STABLE
AS $$
SELECT EXISTS (
    SELECT FROM oracle.grants($4) AS g
    WHERE (g.subject::text = $1 OR g.subject::text = 'user:*')
      AND g.permission = $2
      AND g.resource::text = $3)
$$;
COMMENT ON FUNCTION oracle.allowed(text, text, text, timestamptz) IS 'the decision';
