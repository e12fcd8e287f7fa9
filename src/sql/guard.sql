-- The rules of the model, whoever writes the tables.  C code: src/guard.c.
--
-- A rule is a query for the rows that break it.  The views named *_violations
-- hold all of them, keyed like their tables; the triggers at the end of this
-- file ask them about the rows that a statement touched, authz.validate() about
-- all rows.  Rules about a change, not about a state (a role keeps its last
-- holder, a permission is not added twice) are functions that the triggers ask.

-- Words -----------------------------------------------------------------------
CREATE FUNCTION authz.role_label(role_id bigint)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT format('%s role "%s"', r.resource_type, r.name) || coalesce(' of ' || o.resource::text, '')
    FROM authz.roles r
    LEFT JOIN authz.resources o ON o.id = r.owner_id
    WHERE r.id = role_label.role_id;
END;
COMMENT ON FUNCTION authz.role_label(bigint) IS 'a role as messages call it: repository role "deployer" of organization:7';
REVOKE ALL ON FUNCTION authz.role_label(bigint) FROM PUBLIC;

CREATE FUNCTION authz.quoted_list(names text[])
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT string_agg(format('"%s"', n), ', ' ORDER BY i)
           || CASE WHEN cardinality(names) > 10 THEN format(' and %s more', cardinality(names) - 10) ELSE '' END
    FROM unnest(names) WITH ORDINALITY AS u (n, i)
    WHERE i <= 10;
END;
COMMENT ON FUNCTION authz.quoted_list(text[]) IS 'names as messages list them, at most ten';
REVOKE ALL ON FUNCTION authz.quoted_list(text[]) FROM PUBLIC;

-- Trees -----------------------------------------------------------------------
CREATE FUNCTION authz.type_is_within(type text, ancestor text)
RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_type_is_within';
COMMENT ON FUNCTION authz.type_is_within(text, text) IS 'whether a resource type is another one or a descendant of it';
REVOKE ALL ON FUNCTION authz.type_is_within(text, text) FROM PUBLIC;

CREATE FUNCTION authz.resource_is_within(resource_id bigint, ancestor_id bigint)
RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_resource_is_within';
COMMENT ON FUNCTION authz.resource_is_within(bigint, bigint) IS 'whether a resource is another one or beneath it';
REVOKE ALL ON FUNCTION authz.resource_is_within(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION authz.resources_within(resource_ids bigint[])
RETURNS bigint[]
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE down (id) AS (
        SELECT unnest(resource_ids)
        UNION
        SELECT r.id FROM down JOIN authz.resources r ON r.parent_id = down.id
    )
    SELECT array_agg(down.id) FROM down;
END;
COMMENT ON FUNCTION authz.resources_within(bigint[]) IS 'resources and everything beneath them';
REVOKE ALL ON FUNCTION authz.resources_within(bigint[]) FROM PUBLIC;

CREATE FUNCTION authz.member_list_of(resource_id bigint)
RETURNS bigint
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_member_list_of';
COMMENT ON FUNCTION authz.member_list_of(bigint) IS 'the nearest resource with a member list: the resource itself or an ancestor, NULL if there is none';
REVOKE ALL ON FUNCTION authz.member_list_of(bigint) FROM PUBLIC;

CREATE FUNCTION authz.member_set(resource authz.resource)
RETURNS authz.subject
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN authz.subject(resource::text || '#member');
COMMENT ON FUNCTION authz.member_set(authz.resource) IS 'the subject that stands for the members of a resource: organization:7#member';
REVOKE ALL ON FUNCTION authz.member_set(authz.resource) FROM PUBLIC;

CREATE FUNCTION authz.is_member(subject_id bigint, resource_id bigint)
RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_is_member';
COMMENT ON FUNCTION authz.is_member(bigint, bigint) IS 'whether a subject is in the member list of a resource';
REVOKE ALL ON FUNCTION authz.is_member(bigint, bigint) FROM PUBLIC;

-- Roles that roles build on ----------------------------------------------------
CREATE VIEW authz.role_links AS
    SELECT id AS role_id, inherits_id AS lower_id, resource_type, true AS inherits
    FROM authz.roles
    WHERE inherits_id IS NOT NULL
    UNION ALL
    SELECT role_id, base_role_id, resource_type, false
    FROM authz.role_base_roles;
COMMENT ON VIEW authz.role_links IS 'which role builds on which, by inheriting it or as base role';
COMMENT ON COLUMN authz.role_links.role_id IS 'role that builds on another';
COMMENT ON COLUMN authz.role_links.lower_id IS 'role that it builds on';
COMMENT ON COLUMN authz.role_links.resource_type IS 'type for which it does';
COMMENT ON COLUMN authz.role_links.inherits IS 'inherited; otherwise base role';

CREATE FUNCTION authz.role_closure(role_id bigint)
RETURNS SETOF bigint
LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 5
BEGIN ATOMIC
    WITH RECURSIVE down (id) AS (
        SELECT role_closure.role_id
        UNION
        SELECT l.lower_id FROM down JOIN authz.role_links l ON l.role_id = down.id
    )
    SELECT down.id FROM down;
END;
COMMENT ON FUNCTION authz.role_closure(bigint) IS 'a role and all roles that it builds on';
REVOKE ALL ON FUNCTION authz.role_closure(bigint) FROM PUBLIC;

CREATE FUNCTION authz.roles_upon(role_ids bigint[])
RETURNS bigint[]
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE up (id) AS (
        SELECT unnest(role_ids)
        UNION
        SELECT l.role_id FROM up JOIN authz.role_links l ON l.lower_id = up.id
    )
    SELECT array_agg(up.id) FROM up;
END;
COMMENT ON FUNCTION authz.roles_upon(bigint[]) IS 'roles and all roles that build on them';
REVOKE ALL ON FUNCTION authz.roles_upon(bigint[]) FROM PUBLIC;

CREATE FUNCTION authz.role_holds(role_id bigint, permission authz.permission)
RETURNS boolean
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT
        FROM authz.permissions p
        CROSS JOIN authz.role_closure(role_holds.role_id) AS c (id)
        JOIN authz.roles r ON r.id = c.id
        WHERE p.name = role_holds.permission
          AND (p.resource_type = r.resource_type AND (r.all_permissions OR p.is_default AND r.owner_id IS NOT NULL)
               OR EXISTS (SELECT FROM authz.role_permissions rp WHERE rp.role_id = r.id AND rp.permission = p.name)));
END;
COMMENT ON FUNCTION authz.role_holds(bigint, authz.permission) IS 'whether a role has a permission, of its own or through a role that it builds on; a planned permission counts';
REVOKE ALL ON FUNCTION authz.role_holds(bigint, authz.permission) FROM PUBLIC;

CREATE FUNCTION authz.role_path(role_id bigint, lower_id bigint)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE down (id, path) AS (
        SELECT l.lower_id, ARRAY[l.role_id, l.lower_id]
        FROM authz.role_links l
        WHERE l.role_id = role_path.role_id
        UNION ALL
        SELECT l.lower_id, down.path || l.lower_id
        FROM down
        JOIN authz.role_links l ON l.role_id = down.id
        WHERE down.id <> role_path.lower_id AND NOT l.lower_id = ANY (down.path[2:])
    )
    SELECT (SELECT string_agg(r.name, ' < ' ORDER BY p.i)
            FROM unnest(down.path) WITH ORDINALITY AS p (id, i)
            JOIN authz.roles r ON r.id = p.id)
    FROM down
    WHERE down.id = role_path.lower_id
    ORDER BY cardinality(down.path), down.path
    LIMIT 1;
END;
COMMENT ON FUNCTION authz.role_path(bigint, bigint) IS 'the shortest way by which a role builds on another: release manager < write';
REVOKE ALL ON FUNCTION authz.role_path(bigint, bigint) FROM PUBLIC;

-- Rules of resource types -------------------------------------------------------
CREATE VIEW authz.resource_type_violations AS
    WITH RECURSIVE up (name, ancestor) AS (
        SELECT name, parent FROM authz.resource_types WHERE parent IS NOT NULL
        UNION
        SELECT up.name, t.parent FROM up JOIN authz.resource_types t ON t.name = up.ancestor WHERE t.parent IS NOT NULL
    )
    SELECT name,
        'resource_type_cycle' AS rule,
        format('resource type "%s" would be its own ancestor', name) AS message,
        'Resource types form a tree by their parent.' AS detail,
        'Choose another parent.' AS hint
    FROM up
    WHERE name = ancestor
    UNION ALL
    -- What the constraint permissions_default_idx says: it is deferrable, and so
    -- not looked at in a restore.
    SELECT resource_type,
        'default_permission',
        format('resource type "%s" would have %s default permissions', resource_type, count(*)),
        format('They are %s.', authz.quoted_list(array_agg(name::text ORDER BY name))),
        'Choose one of them.'
    FROM authz.permissions
    WHERE is_default
    GROUP BY resource_type
    HAVING count(*) > 1;
COMMENT ON VIEW authz.resource_type_violations IS 'resource types that break a rule';
COMMENT ON COLUMN authz.resource_type_violations.name IS 'resource type';
COMMENT ON COLUMN authz.resource_type_violations.rule IS 'name of the rule';
COMMENT ON COLUMN authz.resource_type_violations.message IS 'what is wrong';
COMMENT ON COLUMN authz.resource_type_violations.detail IS 'what is in the way';
COMMENT ON COLUMN authz.resource_type_violations.hint IS 'the way out';

-- Rules of roles ------------------------------------------------------------------
CREATE VIEW authz.role_violations AS
    SELECT r.id, 1 AS step,
        'role_name_predefined' AS rule,
        format('role name "%s" is taken by a predefined role', r.name) AS message,
        format('There is a %s, and a %s.', authz.role_label(least(r.id, o.id)), authz.role_label(greatest(r.id, o.id))) AS detail,
        'Choose another name for the custom role.' AS hint
    FROM authz.roles r
    JOIN authz.roles o ON o.name = r.name AND o.resource_type = r.resource_type
    WHERE (o.owner_id IS NULL) <> (r.owner_id IS NULL)
    UNION ALL
    SELECT r.id, 2,
        'role_owner',
        format('%s cannot own role "%s"', o.resource, r.name),
        format('Role "%s" is for resources of type %s, and %s is neither of this type nor of one of its ancestors.',
               r.name, r.resource_type, o.resource),
        'Give it to a resource of the type of the role, or of an ancestor type.'
    FROM authz.roles r
    JOIN authz.resources o ON o.id = r.owner_id
    WHERE o.resource_type <> r.resource_type AND NOT authz.type_is_within(r.resource_type, o.resource_type)
    UNION ALL
    SELECT r.id, 3,
        'role_inherits',
        format('role "%s" cannot inherit role "%s"', r.name, l.name),
        format('Role "%s" is for resources of type %s, role "%s" for those of type %s.', r.name, r.resource_type, l.name, l.resource_type),
        'A role inherits a role of its own resource type; for a descendant type use a base role.'
    FROM authz.roles r
    JOIN authz.roles l ON l.id = r.inherits_id
    WHERE l.resource_type <> r.resource_type
    UNION ALL
    SELECT r.id, 4,
        'role_extensible',
        format('role "%s" cannot be inherited', l.name),
        format('The %s inherits it, and it is not extensible.', authz.role_label(r.id)),
        'Inherit another role.'
    FROM authz.roles r
    JOIN authz.roles l ON l.id = r.inherits_id
    WHERE NOT l.extensible
    UNION ALL
    SELECT r.id, 5,
        'role_base_role',
        format('role "%s" cannot have base role "%s" for type %s', r.name, l.name, b.resource_type),
        CASE WHEN l.resource_type <> b.resource_type
             THEN format('Role "%s" is for resources of type %s.', l.name, l.resource_type)
             ELSE format('Type %s is not a descendant of type %s.', b.resource_type, r.resource_type) END,
        'A base role is a role of the descendant type for which it counts.'
    FROM authz.roles r
    JOIN authz.role_base_roles b ON b.role_id = r.id
    JOIN authz.roles l ON l.id = b.base_role_id
    WHERE l.resource_type <> b.resource_type
       OR b.resource_type = r.resource_type
       OR NOT authz.type_is_within(b.resource_type, r.resource_type)
    UNION ALL
    SELECT r.id, 6,
        'role_tenant',
        format('role "%s" cannot build on role "%s"', r.name, l.name),
        format('The %s builds on the %s.', authz.role_label(r.id), authz.role_label(l.id)),
        'A role builds on predefined roles, and on custom roles of its owner or of an ancestor of its owner.'
    FROM authz.roles r
    JOIN authz.role_links k ON k.role_id = r.id
    JOIN authz.roles l ON l.id = k.lower_id
    WHERE l.owner_id IS NOT NULL
      AND l.owner_id IS DISTINCT FROM r.owner_id
      AND authz.resource_is_within(r.owner_id, l.owner_id) IS NOT TRUE
    UNION ALL
    SELECT r.id, 7,
        'role_cycle',
        format('role "%s" would build on itself', r.name),
        format('It would build on itself like this: %s.', authz.role_path(r.id, r.id)),
        'Take one of these links away first.'
    FROM authz.roles r
    WHERE EXISTS (
        SELECT
        FROM authz.role_links k
        CROSS JOIN authz.role_closure(k.lower_id) AS c (id)
        WHERE k.role_id = r.id AND c.id = r.id)
    UNION ALL
    SELECT r.id, 8,
        'max_custom_roles',
        format('%s has too many custom roles of type %s', o.resource, r.resource_type),
        format('It would have %s, and the limit is %s.', n.count, t.max_custom_roles),
        'Drop a role that is not needed.'
    FROM authz.roles r
    JOIN authz.resource_types t ON t.name = r.resource_type
    JOIN authz.resources o ON o.id = r.owner_id
    CROSS JOIN LATERAL (
        SELECT count(*)
        FROM authz.roles s
        WHERE s.owner_id = r.owner_id AND s.resource_type = r.resource_type) n
    WHERE n.count > t.max_custom_roles
    UNION ALL
    SELECT r.id, 9,
        'permission_type',
        format('role "%s" cannot have permission %s', r.name, authz.quoted_list(v.permissions)),
        format('Role "%s" is for resources of type %s, and the permission is neither of this type nor of one of its descendants.',
               r.name, r.resource_type),
        'Take the permission away, or put it into a role of its own type.'
    FROM authz.roles r
    CROSS JOIN LATERAL (
        SELECT array_agg(p.name::text ORDER BY p.name) AS permissions
        FROM authz.role_permissions rp
        JOIN authz.permissions p ON p.name = rp.permission
        WHERE rp.role_id = r.id
          AND p.resource_type <> r.resource_type
          AND NOT authz.type_is_within(p.resource_type, r.resource_type)) v
    WHERE v.permissions IS NOT NULL
    UNION ALL
    SELECT r.id, 10,
        'permission_descendant',
        format('role "%s" cannot have permission %s', r.name, authz.quoted_list(v.permissions)),
        format('Roles of type %s have permissions of their own type only; what they give on descendant types comes from their base role.',
               r.resource_type),
        'Put the permission into the base role.'
    FROM authz.roles r
    JOIN authz.resource_types t ON t.name = r.resource_type
    CROSS JOIN LATERAL (
        SELECT array_agg(p.name::text ORDER BY p.name) AS permissions
        FROM authz.role_permissions rp
        JOIN authz.permissions p ON p.name = rp.permission
        WHERE rp.role_id = r.id
          AND p.resource_type <> r.resource_type) v
    WHERE NOT t.descendant_permissions AND v.permissions IS NOT NULL
    UNION ALL
    SELECT r.id, 11,
        'permission_base_role',
        format('role "%s" needs a base role for type %s', r.name, v.resource_type),
        format('It has %s of type %s.', authz.quoted_list(v.permissions), v.resource_type),
        format('Set a base role for type %s first, or take these permissions away.', v.resource_type)
    FROM authz.roles r
    CROSS JOIN LATERAL (
        SELECT p.resource_type, array_agg(p.name::text ORDER BY p.name) AS permissions
        FROM authz.role_permissions rp
        JOIN authz.permissions p ON p.name = rp.permission
        WHERE rp.role_id = r.id AND p.resource_type <> r.resource_type
        GROUP BY p.resource_type) v
    WHERE NOT EXISTS (
        SELECT
        FROM authz.role_closure(r.id) AS c (id)
        JOIN authz.roles l ON l.id = c.id
        WHERE l.resource_type = v.resource_type)
    UNION ALL
    SELECT r.id, 12,
        'permission_assignable',
        format('permission %s cannot be added to a custom role', authz.quoted_list(v.permissions)),
        format('The %s would have it of its own.', authz.role_label(r.id)),
        'Build the role on one that has it.'
    FROM authz.roles r
    CROSS JOIN LATERAL (
        SELECT array_agg(p.name::text ORDER BY p.name) AS permissions
        FROM authz.role_permissions rp
        JOIN authz.permissions p ON p.name = rp.permission
        WHERE rp.role_id = r.id AND NOT p.assignable) v
    WHERE r.owner_id IS NOT NULL AND v.permissions IS NOT NULL
    UNION ALL
    SELECT r.id, 13,
        'permission_requires',
        format('role "%s" cannot have permission %s', r.name, authz.quoted_list(v.permissions)),
        format('The %s would lack %s, which is required for it.', authz.role_label(r.id), authz.quoted_list(v.required)),
        'Build the role on one that has what is required, or take the permission away.'
    FROM authz.roles r
    CROSS JOIN LATERAL (
        SELECT array_agg(DISTINCT q.permission::text) AS permissions, array_agg(DISTINCT q.requires::text) AS required
        FROM authz.role_permissions rp
        JOIN authz.permission_requirements q ON q.permission = rp.permission
        WHERE rp.role_id = r.id AND NOT authz.role_holds(r.id, q.requires)) v
    WHERE v.permissions IS NOT NULL;
COMMENT ON VIEW authz.role_violations IS 'roles that break a rule';
COMMENT ON COLUMN authz.role_violations.id IS 'role';
COMMENT ON COLUMN authz.role_violations.step IS 'which of several rules is told first';
COMMENT ON COLUMN authz.role_violations.rule IS 'name of the rule';
COMMENT ON COLUMN authz.role_violations.message IS 'what is wrong';
COMMENT ON COLUMN authz.role_violations.detail IS 'what is in the way';
COMMENT ON COLUMN authz.role_violations.hint IS 'the way out';

-- About a change: the lower role may gain a permission later, then the row stays.
CREATE FUNCTION authz.redundant_permissions(role_ids bigint[], permissions text[])
RETURNS TABLE (rule text, message text, detail text, hint text)
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT 'permission_redundant',
        format('role "%s" has permission %s already', r.name, authz.quoted_list(v.permissions)),
        format('The %s gets it from the %s.', authz.role_label(r.id), v.lower),
        'Leave it out.'
    FROM authz.roles r
    JOIN (
        SELECT w.role_id, w.lower, array_agg(w.permission ORDER BY w.permission) AS permissions
        FROM (
            SELECT DISTINCT ON (k.role_id, k.permission) k.role_id, k.permission, authz.role_label(l.lower_id) AS lower
            FROM unnest(role_ids, permissions) AS k (role_id, permission)
            JOIN authz.role_permissions rp ON rp.role_id = k.role_id AND rp.permission = authz.permission(k.permission)
            JOIN authz.role_links l ON l.role_id = k.role_id
            WHERE authz.role_holds(l.lower_id, rp.permission)
            ORDER BY k.role_id, k.permission, l.inherits DESC, l.resource_type) w
        GROUP BY w.role_id, w.lower) v ON v.role_id = r.id
    ORDER BY r.id, v.lower;
END;
COMMENT ON FUNCTION authz.redundant_permissions(bigint[], text[]) IS 'which of these newly added permissions their roles get already from a role that they build on';
REVOKE ALL ON FUNCTION authz.redundant_permissions(bigint[], text[]) FROM PUBLIC;

CREATE FUNCTION authz.redundant_links(role_ids bigint[], lower_ids bigint[])
RETURNS TABLE (rule text, message text, detail text, hint text)
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT 'permission_redundant',
        format('role "%s" would have permission %s twice', r.name, authz.quoted_list(v.permissions)),
        format('The %s has it of its own, and would get it from the %s.', authz.role_label(r.id), authz.role_label(k.lower_id)),
        'Take the permission of its own away first.'
    FROM unnest(role_ids, lower_ids) AS k (role_id, lower_id)
    JOIN authz.role_links l ON l.role_id = k.role_id AND l.lower_id = k.lower_id
    JOIN authz.roles r ON r.id = k.role_id
    CROSS JOIN LATERAL (
        SELECT array_agg(rp.permission::text ORDER BY rp.permission) AS permissions
        FROM authz.role_permissions rp
        WHERE rp.role_id = k.role_id AND authz.role_holds(k.lower_id, rp.permission)) v
    WHERE v.permissions IS NOT NULL
    ORDER BY r.id, k.lower_id;
END;
COMMENT ON FUNCTION authz.redundant_links(bigint[], bigint[]) IS 'which permissions of their own these roles get from a role that they newly build on';
REVOKE ALL ON FUNCTION authz.redundant_links(bigint[], bigint[]) FROM PUBLIC;

-- Rules of the management map ------------------------------------------------------
CREATE VIEW authz.management_violations AS
    SELECT m.resource_type,
        'management_permission' AS rule,
        format('operation %s on type %s cannot be allowed by permission "%s"', m.operation, m.resource_type, m.permission) AS message,
        format('Permission "%s" belongs to type %s, which is neither type %s nor one of its ancestors.',
               m.permission, p.resource_type, m.resource_type) AS detail,
        'Choose a permission of this type or of an ancestor type.' AS hint
    FROM authz.management_permissions m
    JOIN authz.permissions p ON p.name = m.permission
    WHERE NOT authz.type_is_within(m.resource_type, p.resource_type)
    UNION ALL
    SELECT m.resource_type,
        'management_role',
        format('operation %s on type %s cannot be allowed by role "%s"', m.operation, m.resource_type, r.name),
        CASE WHEN r.owner_id IS NULL
             THEN format('Role "%s" is for type %s, which is neither type %s nor one of its ancestors.', r.name, r.resource_type, m.resource_type)
             ELSE format('Role "%s" is a custom role.', r.name) END,
        'Choose a predefined role of this type or of an ancestor type.'
    FROM authz.management_roles m
    JOIN authz.roles r ON r.id = m.role_id
    WHERE r.owner_id IS NOT NULL OR NOT authz.type_is_within(m.resource_type, r.resource_type);
COMMENT ON VIEW authz.management_violations IS 'rows of management_permissions and management_roles that break a rule';
COMMENT ON COLUMN authz.management_violations.resource_type IS 'resource type';
COMMENT ON COLUMN authz.management_violations.rule IS 'name of the rule';
COMMENT ON COLUMN authz.management_violations.message IS 'what is wrong';
COMMENT ON COLUMN authz.management_violations.detail IS 'what is in the way';
COMMENT ON COLUMN authz.management_violations.hint IS 'the way out';

-- Rules of resources ------------------------------------------------------------------
CREATE VIEW authz.resource_violations AS
    SELECT r.id,
        'resource_parent' AS rule,
        format('%s cannot be beneath %s', r.resource, p.resource) AS message,
        CASE WHEN t.parent IS NULL THEN format('Type %s is a root type.', t.name)
             ELSE format('The parent of a resource of type %s is of type %s.', t.name, t.parent) END AS detail,
        'Choose a parent of that type, or none.' AS hint
    FROM authz.resources r
    JOIN authz.resources p ON p.id = r.parent_id
    JOIN authz.resource_types t ON t.name = r.resource_type
    WHERE t.parent IS DISTINCT FROM p.resource_type;
COMMENT ON VIEW authz.resource_violations IS 'resources that break a rule';
COMMENT ON COLUMN authz.resource_violations.id IS 'resource';
COMMENT ON COLUMN authz.resource_violations.rule IS 'name of the rule';
COMMENT ON COLUMN authz.resource_violations.message IS 'what is wrong';
COMMENT ON COLUMN authz.resource_violations.detail IS 'what is in the way';
COMMENT ON COLUMN authz.resource_violations.hint IS 'the way out';

-- Rules of subjects --------------------------------------------------------------------
CREATE VIEW authz.subject_violations AS
    SELECT s.id,
        'subject_home' AS rule,
        format('%s cannot belong to a resource', s.subject) AS message,
        'Only teams and member sets belong to one.' AS detail,
        'Make it a member of the resource.' AS hint
    FROM authz.subjects s
    WHERE s.resource_id IS NOT NULL AND authz.subject_kind(s.subject) IN ('user', 'service_account')
    UNION ALL
    SELECT s.id,
        'subject_home',
        format('%s must belong to a resource', s.subject),
        'A team belongs to its organization, a member set to the resource whose members it stands for.',
        'Set resource_id.'
    FROM authz.subjects s
    WHERE s.resource_id IS NULL AND authz.subject_kind(s.subject) IN ('team', 'member')
    UNION ALL
    SELECT s.id,
        'subject_home',
        format('%s cannot belong to %s', s.subject, r.resource),
        CASE WHEN t.has_members THEN format('It stands for the members of another resource than %s.', r.resource)
             ELSE format('Resources of type %s have no members.', t.name) END,
        'Choose a resource of a type with members.'
    FROM authz.subjects s
    JOIN authz.resources r ON r.id = s.resource_id
    JOIN authz.resource_types t ON t.name = r.resource_type
    WHERE NOT t.has_members
       OR authz.subject_kind(s.subject) = 'member' AND s.subject <> authz.member_set(r.resource)
    UNION ALL
    SELECT s.id,
        'team_parent',
        format('%s cannot be beneath %s', s.subject, p.subject),
        CASE WHEN authz.subject_kind(s.subject) <> 'team' THEN format('%s is not a team.', s.subject)
             WHEN authz.subject_kind(p.subject) <> 'team' THEN format('%s is not a team.', p.subject)
             ELSE 'They belong to different organizations.' END,
        'Choose a team of the same organization as its parent, or none.'
    FROM authz.subjects s
    JOIN authz.subjects p ON p.id = s.parent_id
    WHERE authz.subject_kind(s.subject) <> 'team'
       OR authz.subject_kind(p.subject) <> 'team'
       OR s.resource_id IS DISTINCT FROM p.resource_id
    UNION ALL
    SELECT s.id,
        'team_cycle',
        format('%s would be beneath itself', s.subject),
        'Teams form a tree by their parent.',
        'Choose another parent, or move that one away first.'
    FROM authz.subjects s
    WHERE s.parent_id IS NOT NULL
      AND EXISTS (
        WITH RECURSIVE up (id) AS (
            SELECT s.parent_id
            UNION
            SELECT p.parent_id FROM up JOIN authz.subjects p ON p.id = up.id WHERE p.parent_id IS NOT NULL
        )
        SELECT FROM up WHERE up.id = s.id);
COMMENT ON VIEW authz.subject_violations IS 'subjects that break a rule';
COMMENT ON COLUMN authz.subject_violations.id IS 'subject';
COMMENT ON COLUMN authz.subject_violations.rule IS 'name of the rule';
COMMENT ON COLUMN authz.subject_violations.message IS 'what is wrong';
COMMENT ON COLUMN authz.subject_violations.detail IS 'what is in the way';
COMMENT ON COLUMN authz.subject_violations.hint IS 'the way out';

-- Rules of memberships: src/rule.c ----------------------------------------------------------
CREATE FUNCTION authz.membership_rules()
RETURNS TABLE (group_id bigint, member_id bigint, rule text)
LANGUAGE C STABLE PARALLEL SAFE ROWS 1
AS 'MODULE_PATHNAME', 'authz_membership_rules';
COMMENT ON FUNCTION authz.membership_rules() IS 'memberships that break a rule';
REVOKE ALL ON FUNCTION authz.membership_rules() FROM PUBLIC;

CREATE FUNCTION authz.membership_words(rule text, group_id bigint, member_id bigint)
RETURNS text[]
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE membership_words.rule
        WHEN 'membership_group' THEN ARRAY[
            format('%s is not a group', g.subject),
            'Teams and the member sets of resources have members.',
            'Name a team or a member set.']
        WHEN 'membership_member' THEN ARRAY[
            format('%s cannot be a member of %s', s.subject, g.subject),
            'Members are users and service accounts.',
            CASE authz.subject_kind(s.subject) WHEN 'team' THEN 'Set the parent of the team instead.'
                                               ELSE 'Name a user or a service account.' END]
        WHEN 'team_member' THEN ARRAY[
            format('%s cannot be in %s', s.subject, g.subject),
            format('%s belongs to %s, of which %s is not a member.', g.subject, r.resource, s.subject),
            format('Add %s to %s first.', s.subject, r.resource)]
        END
    FROM authz.subjects g
    CROSS JOIN authz.subjects s
    LEFT JOIN authz.resources r ON r.id = g.resource_id
    WHERE g.id = membership_words.group_id AND s.id = membership_words.member_id;
END;
COMMENT ON FUNCTION authz.membership_words(text, bigint, bigint) IS 'message, detail and hint for a membership that breaks a rule';
REVOKE ALL ON FUNCTION authz.membership_words(text, bigint, bigint) FROM PUBLIC;

CREATE VIEW authz.membership_violations AS
    SELECT v.group_id, v.member_id, v.rule, w.words[1] AS message, w.words[2] AS detail, w.words[3] AS hint
    FROM authz.membership_rules() v
    CROSS JOIN LATERAL (VALUES (authz.membership_words(v.rule, v.group_id, v.member_id))) AS w (words);
COMMENT ON VIEW authz.membership_violations IS 'memberships that break a rule';
COMMENT ON COLUMN authz.membership_violations.group_id IS 'group';
COMMENT ON COLUMN authz.membership_violations.member_id IS 'member';
COMMENT ON COLUMN authz.membership_violations.rule IS 'name of the rule';
COMMENT ON COLUMN authz.membership_violations.message IS 'what is wrong';
COMMENT ON COLUMN authz.membership_violations.detail IS 'what is in the way';
COMMENT ON COLUMN authz.membership_violations.hint IS 'the way out';

-- Rules of assignments: src/rule.c ----------------------------------------------------------
CREATE FUNCTION authz.assignment_rules(ids bigint[])
RETURNS TABLE (id bigint, rule text)
LANGUAGE C STABLE PARALLEL SAFE ROWS 1
AS 'MODULE_PATHNAME', 'authz_assignment_rules';
COMMENT ON FUNCTION authz.assignment_rules(bigint[]) IS 'which of these assignments break a rule; NULL: of all';
REVOKE ALL ON FUNCTION authz.assignment_rules(bigint[]) FROM PUBLIC;

CREATE FUNCTION authz.assignment_words(rule text, assignment_id bigint)
RETURNS text[]
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE assignment_words.rule
        WHEN 'assignment_type' THEN ARRAY[
            format('role "%s" cannot be assigned on %s', ro.name, re.resource),
            format('Role "%s" is for resources of type %s.', ro.name, ro.resource_type),
            'Assign it on a resource of that type, or on an ancestor of such resources.']
        WHEN 'assignment_owner' THEN ARRAY[
            format('role "%s" cannot be assigned on %s', ro.name, re.resource),
            format('Role "%s" belongs to %s, and %s is not beneath it.', ro.name, o.resource, re.resource),
            'Use a predefined role, or a custom role of an ancestor of the resource.']
        WHEN 'assignment_group' THEN ARRAY[
            format('%s cannot hold roles on %s', s.subject, re.resource),
            format('%s belongs to %s, and %s is not beneath it.', s.subject, h.resource, re.resource),
            'Groups hold roles only on the resource that they belong to and on everything beneath it.']
        WHEN 'assignment_member' THEN ARRAY[
            format('%s cannot hold role "%s" on %s', s.subject, ro.name, re.resource),
            CASE WHEN m.resource IS NULL THEN format('Only members can, and there is no member list at %s or above it.', re.resource)
                 WHEN s.subject = authz.subject('user:*') THEN format('Only members of %s can, not everyone.', m.resource)
                 ELSE format('Only members of %s can, and %s is not a member.', m.resource, s.subject) END,
            CASE WHEN m.resource IS NULL THEN 'Move the resource beneath one that has members first.'
                 WHEN s.subject = authz.subject('user:*') THEN format('Grant the role to %s.', authz.member_set(m.resource))
                 ELSE format('Add %s to %s first.', s.subject, m.resource) END]
        WHEN 'exclusive_roles' THEN ARRAY[
            format('%s cannot hold two roles on %s', s.subject, re.resource),
            format('Roles of type %s are exclusive, and source %s would give it %s.', ro.resource_type, a.source, (
                SELECT authz.quoted_list(array_agg(r2.name ORDER BY r2.name))
                FROM authz.assignments a2
                JOIN authz.roles r2 ON r2.id = a2.role_id
                WHERE a2.subject_id = a.subject_id AND a2.resource_id = a.resource_id AND a2.source = a.source
                  AND r2.resource_type = ro.resource_type)),
            'Choose one of them.']
        END
    FROM authz.assignments a
    JOIN authz.roles ro ON ro.id = a.role_id
    JOIN authz.resources re ON re.id = a.resource_id
    JOIN authz.subjects s ON s.id = a.subject_id
    LEFT JOIN authz.resources o ON o.id = ro.owner_id
    LEFT JOIN authz.resources h ON h.id = s.resource_id
    LEFT JOIN authz.resources m ON m.id = authz.member_list_of(a.resource_id)
    WHERE a.id = assignment_words.assignment_id;
END;
COMMENT ON FUNCTION authz.assignment_words(text, bigint) IS 'message, detail and hint for an assignment that breaks a rule';
REVOKE ALL ON FUNCTION authz.assignment_words(text, bigint) FROM PUBLIC;

CREATE VIEW authz.assignment_violations AS
    SELECT v.id, v.rule, w.words[1] AS message, w.words[2] AS detail, w.words[3] AS hint
    FROM authz.assignment_rules(NULL) v
    CROSS JOIN LATERAL (VALUES (authz.assignment_words(v.rule, v.id))) AS w (words);
COMMENT ON VIEW authz.assignment_violations IS 'assignments that break a rule';
COMMENT ON COLUMN authz.assignment_violations.id IS 'assignment';
COMMENT ON COLUMN authz.assignment_violations.rule IS 'name of the rule';
COMMENT ON COLUMN authz.assignment_violations.message IS 'what is wrong';
COMMENT ON COLUMN authz.assignment_violations.detail IS 'what is in the way';
COMMENT ON COLUMN authz.assignment_violations.hint IS 'the way out';

-- What a change needs to know ---------------------------------------------------------------
CREATE FUNCTION authz.lost_holders(role_ids bigint[], resource_ids bigint[], subject_ids bigint[], for_good boolean[], going bigint[])
RETURNS TABLE (rule text, message text, detail text, hint text)
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT 'min_holders',
        format('role "%s" must keep at least %s on %s', r.name,
               CASE r.min_holders WHEN 1 THEN '1 holder' ELSE r.min_holders || ' holders' END, re.resource),
        format('Without %s it would have %s.', k.subjects, h.count),
        'Grant the role directly to another user first, without expiry.'
    FROM (
        SELECT l.role_id, l.resource_id, bool_or(l.for_good) AS for_good, string_agg(s.subject::text, ', ' ORDER BY s.subject) AS subjects
        FROM unnest(role_ids, resource_ids, subject_ids, for_good) AS l (role_id, resource_id, subject_id, for_good)
        JOIN authz.subjects s ON s.id = l.subject_id
        WHERE authz.subject_kind(s.subject) = 'user' AND s.subject <> authz.subject('user:*')
          AND NOT EXISTS (
            SELECT
            FROM authz.assignments a
            WHERE a.subject_id = l.subject_id AND a.resource_id = l.resource_id AND a.role_id = l.role_id
              AND (a.expires_at IS NULL OR NOT l.for_good AND a.expires_at > statement_timestamp()))
        GROUP BY l.role_id, l.resource_id) k
    JOIN authz.roles r ON r.id = k.role_id
    JOIN authz.resources re ON re.id = k.resource_id
    CROSS JOIN LATERAL (
        SELECT count(DISTINCT a.subject_id)
        FROM authz.assignments a
        JOIN authz.subjects s ON s.id = a.subject_id
        WHERE a.role_id = k.role_id AND a.resource_id = k.resource_id
          AND (a.expires_at IS NULL OR NOT k.for_good AND a.expires_at > statement_timestamp())
          AND authz.subject_kind(s.subject) = 'user' AND s.subject <> authz.subject('user:*')) h
    WHERE h.count < r.min_holders
      AND NOT k.resource_id = ANY (going)
      AND (r.owner_id = ANY (going)) IS NOT TRUE
    ORDER BY re.resource, r.name;
END;
COMMENT ON FUNCTION authz.lost_holders(bigint[], bigint[], bigint[], boolean[], bigint[]) IS 'roles that keep too few holders, now that these have lost them; resources that are going (and roles that they own) do not count';
REVOKE ALL ON FUNCTION authz.lost_holders(bigint[], bigint[], bigint[], boolean[], bigint[]) FROM PUBLIC;

CREATE FUNCTION authz.use_list(uses text[])
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT string_agg(u.use, E'\n' ORDER BY u.i)
           || CASE WHEN cardinality(uses) > 10 THEN format(E'\nand %s more', cardinality(uses) - 10) ELSE '' END
    FROM unnest(uses) WITH ORDINALITY AS u (use, i)
    WHERE u.i <= 10;
END;
COMMENT ON FUNCTION authz.use_list(text[]) IS 'uses as messages list them, at most ten';
REVOKE ALL ON FUNCTION authz.use_list(text[]) FROM PUBLIC;

CREATE FUNCTION authz.role_uses(role_id bigint)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT authz.use_list(array_agg(u.use ORDER BY u.kind, u.use))
    FROM (
        SELECT 1 AS kind, format('%s holds it on %s', s.subject, r.resource) AS use
        FROM authz.assignments a
        JOIN authz.subjects s ON s.id = a.subject_id
        JOIN authz.resources r ON r.id = a.resource_id
        WHERE a.role_id = role_uses.role_id
        UNION
        SELECT 2, CASE WHEN l.inherits THEN format('%s inherits it', authz.role_label(l.role_id))
                       ELSE format('%s has it as base role', authz.role_label(l.role_id)) END
        FROM authz.role_links l
        WHERE l.lower_id = role_uses.role_id
        UNION
        SELECT 3, format('it is allowed operation %s on type %s', m.operation, m.resource_type)
        FROM authz.management_roles m
        WHERE m.role_id = role_uses.role_id) u;
END;
COMMENT ON FUNCTION authz.role_uses(bigint) IS 'what uses a role';
REVOKE ALL ON FUNCTION authz.role_uses(bigint) FROM PUBLIC;

CREATE FUNCTION authz.permission_uses(permission authz.permission)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT authz.use_list(array_agg(u.use ORDER BY u.kind, u.use))
    FROM (
        SELECT 1 AS kind, format('%s has it', authz.role_label(rp.role_id)) AS use
        FROM authz.role_permissions rp
        WHERE rp.permission = permission_uses.permission
        UNION
        SELECT 2, format('permission "%s" requires it', q.permission)
        FROM authz.permission_requirements q
        WHERE q.requires = permission_uses.permission
        UNION
        SELECT 3, format('it allows operation %s on type %s', m.operation, m.resource_type)
        FROM authz.management_permissions m
        WHERE m.permission = permission_uses.permission
        UNION
        SELECT 4, format('it stands in for holding %s', authz.role_label(r.id))
        FROM authz.roles r
        WHERE r.protected_permission = permission_uses.permission) u;
END;
COMMENT ON FUNCTION authz.permission_uses(authz.permission) IS 'what uses a permission';
REVOKE ALL ON FUNCTION authz.permission_uses(authz.permission) FROM PUBLIC;

CREATE FUNCTION authz.resource_type_uses(name text)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT authz.use_list(array_agg(u.use ORDER BY u.kind, u.use))
    FROM (
        SELECT 1 AS kind, format('type %s is beneath it', t.name) AS use
        FROM authz.resource_types t
        WHERE t.parent = resource_type_uses.name
        UNION
        SELECT 2, format('permission "%s" belongs to it', p.name)
        FROM authz.permissions p
        WHERE p.resource_type = resource_type_uses.name
        UNION
        SELECT 3, authz.role_label(r.id) || ' is for it'
        FROM authz.roles r
        WHERE r.resource_type = resource_type_uses.name
        UNION
        SELECT 4, format('table %I.%I is tracked as it', k.table_schema, k.table_name)
        FROM authz.tracked_tables k
        WHERE k.resource_type = resource_type_uses.name
        UNION
        SELECT 5, u.use
        FROM (
            SELECT format('%s is of it', r.resource) AS use
            FROM authz.resources r
            WHERE r.resource_type = resource_type_uses.name
            LIMIT 11) u) u;
END;
COMMENT ON FUNCTION authz.resource_type_uses(text) IS 'what uses a resource type';
REVOKE ALL ON FUNCTION authz.resource_type_uses(text) FROM PUBLIC;

-- All rules about all rows ---------------------------------------------------------------------
CREATE FUNCTION authz.dangling_references()
RETURNS TABLE (rule text, message text, detail text, hint text)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    fkey record;
    dangling bigint;
    example text;
BEGIN
    FOR fkey IN
        SELECT c.conname, c.conrelid::regclass AS referencing, c.confrelid::regclass AS referenced,
            string_agg(format('k.%I OPERATOR(%s) r.%I', a.attname, format('%I.', n.nspname) || o.oprname, f.attname), ' AND ') AS matches,
            string_agg(format('k.%I IS NOT NULL', a.attname), ' AND ') AS is_set
        FROM pg_constraint c
        CROSS JOIN LATERAL unnest(c.conkey, c.confkey, c.conpfeqop) AS u (key, fkey, eqop)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = u.key
        JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = u.fkey
        JOIN pg_operator o ON o.oid = u.eqop
        JOIN pg_namespace n ON n.oid = o.oprnamespace
        WHERE c.contype = 'f' AND c.connamespace = 'authz'::regnamespace
        GROUP BY c.oid, c.conname, c.conrelid, c.confrelid
        ORDER BY c.conname
    LOOP
        EXECUTE format('SELECT count(*), min(k::text) FROM %s k WHERE %s AND NOT EXISTS (SELECT FROM %s r WHERE %s)',
                       fkey.referencing, fkey.is_set, fkey.referenced, fkey.matches)
            INTO dangling, example;
        IF dangling > 0 THEN
            rule := fkey.conname;
            message := format('table %s violates foreign key constraint "%s"', fkey.referencing, fkey.conname);
            detail := format('%s rows refer to rows that are not in %s, such as %s.', dangling, fkey.referenced, example);
            hint := 'Restore all tables from the same dump.';
            RETURN NEXT;
        END IF;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION authz.dangling_references() IS 'rows that refer to rows that are not there';
REVOKE ALL ON FUNCTION authz.dangling_references() FROM PUBLIC;

CREATE FUNCTION authz.validate()
RETURNS TABLE (rule text, message text, detail text, hint text)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT rule, message, detail, hint FROM authz.dangling_references()
    UNION ALL
    SELECT rule, message, detail, hint FROM authz.resource_type_violations
    UNION ALL
    SELECT rule, message, detail, hint FROM authz.role_violations
    UNION ALL
    SELECT rule, message, detail, hint FROM authz.management_violations
    UNION ALL
    SELECT rule, message, detail, hint FROM authz.resource_violations
    UNION ALL
    SELECT rule, message, detail, hint FROM authz.subject_violations
    UNION ALL
    SELECT rule, message, detail, hint FROM authz.membership_violations
    UNION ALL
    SELECT rule, message, detail, hint FROM authz.assignment_violations;
END;
COMMENT ON FUNCTION authz.validate() IS 'everything in the tables that breaks a rule; no row is the only good answer';
REVOKE ALL ON FUNCTION authz.validate() FROM PUBLIC;

CREATE FUNCTION authz.guard()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_guard';
COMMENT ON FUNCTION authz.guard() IS 'holds the rules for the rows that a statement touched';
REVOKE ALL ON FUNCTION authz.guard() FROM PUBLIC;

CREATE FUNCTION authz.cascade()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_cascade';
COMMENT ON FUNCTION authz.cascade() IS 'removes what hangs on a row in other tables before the row goes';
REVOKE ALL ON FUNCTION authz.cascade() FROM PUBLIC;

CREATE FUNCTION authz.cascade_after()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_cascade_after';
COMMENT ON FUNCTION authz.cascade_after() IS 'removes what hangs on a row in its own table; refuses to drop what is in use';
REVOKE ALL ON FUNCTION authz.cascade_after() FROM PUBLIC;

CREATE FUNCTION authz.refuse_update()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_refuse_update';
COMMENT ON FUNCTION authz.refuse_update() IS 'refuses to change columns that never change';
REVOKE ALL ON FUNCTION authz.refuse_update() FROM PUBLIC;

CREATE FUNCTION authz.refuse_truncate()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_refuse_truncate';
COMMENT ON FUNCTION authz.refuse_truncate() IS 'refuses TRUNCATE';
REVOKE ALL ON FUNCTION authz.refuse_truncate() FROM PUBLIC;

-- Triggers ---------------------------------------------------------------------------------------
-- Their names give their order: on each row invalidation (a_...), then the rules
-- (b_...), then the audit log (c_...).  What must come before the triggers of the
-- foreign keys (RI_...) has a name in capitals.  They fire on the origin only: a
-- subscriber applies rows that its publisher has checked.

CREATE TRIGGER b_cascade BEFORE DELETE ON authz.resource_types
    FOR EACH ROW EXECUTE FUNCTION authz.cascade();
COMMENT ON TRIGGER b_cascade ON authz.resource_types IS 'removes what hangs on the row first';
CREATE TRIGGER "CASCADE" AFTER DELETE ON authz.resource_types
    FOR EACH ROW EXECUTE FUNCTION authz.cascade_after();
COMMENT ON TRIGGER "CASCADE" ON authz.resource_types IS 'refuses to drop what is in use';
CREATE TRIGGER b_immutable BEFORE UPDATE ON authz.resource_types
    FOR EACH ROW WHEN (OLD.name <> NEW.name)
    EXECUTE FUNCTION authz.refuse_update('immutable', 'the name of a resource type cannot change', 'Make a new type, and drop this one when nothing uses it.');
COMMENT ON TRIGGER b_immutable ON authz.resource_types IS 'refuses to change what never changes';
CREATE TRIGGER b_guard_insert AFTER INSERT ON authz.resource_types
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_insert ON authz.resource_types IS 'holds the rules';
CREATE TRIGGER b_guard_update AFTER UPDATE ON authz.resource_types
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_update ON authz.resource_types IS 'holds the rules';
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON authz.resource_types
    FOR EACH STATEMENT EXECUTE FUNCTION authz.refuse_truncate();
COMMENT ON TRIGGER b_refuse_truncate ON authz.resource_types IS 'refuses TRUNCATE';

CREATE TRIGGER b_cascade BEFORE DELETE ON authz.permissions
    FOR EACH ROW EXECUTE FUNCTION authz.cascade();
COMMENT ON TRIGGER b_cascade ON authz.permissions IS 'removes what hangs on the row first';
CREATE TRIGGER "CASCADE" AFTER DELETE ON authz.permissions
    FOR EACH ROW EXECUTE FUNCTION authz.cascade_after();
COMMENT ON TRIGGER "CASCADE" ON authz.permissions IS 'refuses to drop what is in use';
CREATE TRIGGER b_guard_update AFTER UPDATE ON authz.permissions
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_update ON authz.permissions IS 'holds the rules';
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON authz.permissions
    FOR EACH STATEMENT EXECUTE FUNCTION authz.refuse_truncate();
COMMENT ON TRIGGER b_refuse_truncate ON authz.permissions IS 'refuses TRUNCATE';

CREATE TRIGGER b_guard_insert AFTER INSERT ON authz.permission_requirements
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_insert ON authz.permission_requirements IS 'holds the rules';
CREATE TRIGGER b_guard_update AFTER UPDATE ON authz.permission_requirements
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_update ON authz.permission_requirements IS 'holds the rules';
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON authz.permission_requirements
    FOR EACH STATEMENT EXECUTE FUNCTION authz.refuse_truncate();
COMMENT ON TRIGGER b_refuse_truncate ON authz.permission_requirements IS 'refuses TRUNCATE';

CREATE TRIGGER b_guard_insert AFTER INSERT ON authz.management_permissions
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_insert ON authz.management_permissions IS 'holds the rules';
CREATE TRIGGER b_guard_update AFTER UPDATE ON authz.management_permissions
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_update ON authz.management_permissions IS 'holds the rules';
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON authz.management_permissions
    FOR EACH STATEMENT EXECUTE FUNCTION authz.refuse_truncate();
COMMENT ON TRIGGER b_refuse_truncate ON authz.management_permissions IS 'refuses TRUNCATE';

CREATE TRIGGER b_guard_insert AFTER INSERT ON authz.management_roles
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_insert ON authz.management_roles IS 'holds the rules';
CREATE TRIGGER b_guard_update AFTER UPDATE ON authz.management_roles
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_update ON authz.management_roles IS 'holds the rules';
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON authz.management_roles
    FOR EACH STATEMENT EXECUTE FUNCTION authz.refuse_truncate();
COMMENT ON TRIGGER b_refuse_truncate ON authz.management_roles IS 'refuses TRUNCATE';

CREATE TRIGGER b_cascade BEFORE DELETE ON authz.resources
    FOR EACH ROW EXECUTE FUNCTION authz.cascade();
COMMENT ON TRIGGER b_cascade ON authz.resources IS 'removes what hangs on the row first';
CREATE TRIGGER "CASCADE" AFTER DELETE ON authz.resources
    FOR EACH ROW EXECUTE FUNCTION authz.cascade_after();
COMMENT ON TRIGGER "CASCADE" ON authz.resources IS 'removes what is beneath the row';
CREATE TRIGGER b_immutable BEFORE UPDATE ON authz.resources
    FOR EACH ROW WHEN (OLD.id <> NEW.id OR authz.resource_type(OLD.resource) <> authz.resource_type(NEW.resource))
    EXECUTE FUNCTION authz.refuse_update('immutable', 'the type of a resource cannot change', 'Make a new resource of that type, and drop this one.');
COMMENT ON TRIGGER b_immutable ON authz.resources IS 'refuses to change what never changes';
CREATE TRIGGER b_guard_insert AFTER INSERT ON authz.resources
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_insert ON authz.resources IS 'holds the rules';
CREATE TRIGGER b_guard_update AFTER UPDATE ON authz.resources
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_update ON authz.resources IS 'holds the rules';
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON authz.resources
    FOR EACH STATEMENT EXECUTE FUNCTION authz.refuse_truncate();
COMMENT ON TRIGGER b_refuse_truncate ON authz.resources IS 'refuses TRUNCATE';

CREATE TRIGGER b_cascade BEFORE DELETE ON authz.subjects
    FOR EACH ROW EXECUTE FUNCTION authz.cascade();
COMMENT ON TRIGGER b_cascade ON authz.subjects IS 'removes what hangs on the row first';
CREATE TRIGGER "CASCADE" AFTER DELETE ON authz.subjects
    FOR EACH ROW EXECUTE FUNCTION authz.cascade_after();
COMMENT ON TRIGGER "CASCADE" ON authz.subjects IS 'removes what is beneath the row';
CREATE TRIGGER b_immutable BEFORE UPDATE ON authz.subjects
    FOR EACH ROW WHEN (OLD.id <> NEW.id OR OLD.resource_id IS DISTINCT FROM NEW.resource_id OR OLD.subject <> NEW.subject AND NOT (authz.subject_kind(OLD.subject) = 'member' AND authz.subject_kind(NEW.subject) = 'member'))
    EXECUTE FUNCTION authz.refuse_update('immutable', 'the name and the home of a subject cannot change', 'Make a new subject, and drop this one.');
COMMENT ON TRIGGER b_immutable ON authz.subjects IS 'refuses to change what never changes';
CREATE TRIGGER b_guard_insert AFTER INSERT ON authz.subjects
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_insert ON authz.subjects IS 'holds the rules';
CREATE TRIGGER b_guard_update AFTER UPDATE ON authz.subjects
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_update ON authz.subjects IS 'holds the rules';
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON authz.subjects
    FOR EACH STATEMENT EXECUTE FUNCTION authz.refuse_truncate();
COMMENT ON TRIGGER b_refuse_truncate ON authz.subjects IS 'refuses TRUNCATE';

CREATE TRIGGER b_guard_insert AFTER INSERT ON authz.memberships
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_insert ON authz.memberships IS 'holds the rules';
CREATE TRIGGER b_guard_update AFTER UPDATE ON authz.memberships
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_update ON authz.memberships IS 'holds the rules';
CREATE TRIGGER b_guard_delete AFTER DELETE ON authz.memberships
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_delete ON authz.memberships IS 'holds the rules';
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON authz.memberships
    FOR EACH STATEMENT EXECUTE FUNCTION authz.refuse_truncate();
COMMENT ON TRIGGER b_refuse_truncate ON authz.memberships IS 'refuses TRUNCATE';

CREATE TRIGGER b_cascade BEFORE DELETE ON authz.roles
    FOR EACH ROW EXECUTE FUNCTION authz.cascade();
COMMENT ON TRIGGER b_cascade ON authz.roles IS 'removes what hangs on the row first';
CREATE TRIGGER "CASCADE" AFTER DELETE ON authz.roles
    FOR EACH ROW EXECUTE FUNCTION authz.cascade_after();
COMMENT ON TRIGGER "CASCADE" ON authz.roles IS 'refuses to drop what is in use';
CREATE TRIGGER b_immutable BEFORE UPDATE ON authz.roles
    FOR EACH ROW WHEN (OLD.id <> NEW.id OR OLD.resource_type <> NEW.resource_type OR OLD.owner_id IS DISTINCT FROM NEW.owner_id)
    EXECUTE FUNCTION authz.refuse_update('immutable', 'the resource type and the owner of a role cannot change', 'Make a new role, and drop this one.');
COMMENT ON TRIGGER b_immutable ON authz.roles IS 'refuses to change what never changes';
CREATE TRIGGER b_guard_insert AFTER INSERT ON authz.roles
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_insert ON authz.roles IS 'holds the rules';
CREATE TRIGGER b_guard_update AFTER UPDATE ON authz.roles
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_update ON authz.roles IS 'holds the rules';
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON authz.roles
    FOR EACH STATEMENT EXECUTE FUNCTION authz.refuse_truncate();
COMMENT ON TRIGGER b_refuse_truncate ON authz.roles IS 'refuses TRUNCATE';

CREATE TRIGGER b_guard_insert AFTER INSERT ON authz.role_base_roles
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_insert ON authz.role_base_roles IS 'holds the rules';
CREATE TRIGGER b_guard_update AFTER UPDATE ON authz.role_base_roles
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_update ON authz.role_base_roles IS 'holds the rules';
CREATE TRIGGER b_guard_delete AFTER DELETE ON authz.role_base_roles
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_delete ON authz.role_base_roles IS 'holds the rules';
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON authz.role_base_roles
    FOR EACH STATEMENT EXECUTE FUNCTION authz.refuse_truncate();
COMMENT ON TRIGGER b_refuse_truncate ON authz.role_base_roles IS 'refuses TRUNCATE';

CREATE TRIGGER b_guard_insert AFTER INSERT ON authz.role_permissions
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_insert ON authz.role_permissions IS 'holds the rules';
CREATE TRIGGER b_guard_update AFTER UPDATE ON authz.role_permissions
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_update ON authz.role_permissions IS 'holds the rules';
CREATE TRIGGER b_guard_delete AFTER DELETE ON authz.role_permissions
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_delete ON authz.role_permissions IS 'holds the rules';
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON authz.role_permissions
    FOR EACH STATEMENT EXECUTE FUNCTION authz.refuse_truncate();
COMMENT ON TRIGGER b_refuse_truncate ON authz.role_permissions IS 'refuses TRUNCATE';

CREATE TRIGGER b_guard_insert AFTER INSERT ON authz.assignments
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_insert ON authz.assignments IS 'holds the rules';
CREATE TRIGGER b_guard_update AFTER UPDATE ON authz.assignments
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_update ON authz.assignments IS 'holds the rules';
CREATE TRIGGER b_guard_delete AFTER DELETE ON authz.assignments
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION authz.guard();
COMMENT ON TRIGGER b_guard_delete ON authz.assignments IS 'holds the rules';
CREATE TRIGGER b_refuse_truncate BEFORE TRUNCATE ON authz.assignments
    FOR EACH STATEMENT EXECUTE FUNCTION authz.refuse_truncate();
COMMENT ON TRIGGER b_refuse_truncate ON authz.assignments IS 'refuses TRUNCATE';
