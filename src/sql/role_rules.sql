-- The rules of the model and of roles, whoever writes the tables.
--
-- A rule is a query for the rows that break it.  The views named *_violations
-- hold all of them, keyed like their tables; the triggers of src/sql/guard.sql ask
-- them about the rows that a statement touched, authz.validate() about all rows.
-- Rules about a change, not about a state (a permission is not added twice, a role
-- keeps its last holder) are functions that the triggers ask.

-- Words -----------------------------------------------------------------------
CREATE FUNCTION authz_internal.quoted(name text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '"' || replace(name, '"', '""') || '"';
COMMENT ON FUNCTION authz_internal.quoted(text) IS 'a name as messages show it, which ends where the quote ends';
REVOKE ALL ON FUNCTION authz_internal.quoted(text) FROM PUBLIC;

-- A message names only what the caller sees: a role, a team or a member list of an
-- ancestor can be in the way of somebody who has nothing to do with the ancestor.
CREATE FUNCTION authz_internal.resource_label(resource_id bigint)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF authz.is_administrator() OR authz.current_subject() IS NOT NULL AND authz_internal.sees_resource(resource_label.resource_id) THEN
        RETURN (SELECT r.resource FROM authz.resources AS r WHERE r.id = resource_label.resource_id);
    END IF;
    RETURN 'another resource';
END
$$;
COMMENT ON FUNCTION authz_internal.resource_label(bigint) IS 'a resource as messages call it: its name, or "another resource" to a caller who does not see it';
REVOKE ALL ON FUNCTION authz_internal.resource_label(bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.role_label(role_id bigint)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT format('%s role %s', r.resource_type, authz_internal.quoted(r.name)) || coalesce(' of ' || authz_internal.resource_label(r.owner_id), '')
    FROM authz.roles r
    WHERE r.id = role_label.role_id;
END;
COMMENT ON FUNCTION authz_internal.role_label(bigint) IS 'a role as messages call it: repository role "deployer" of organization:7';
REVOKE ALL ON FUNCTION authz_internal.role_label(bigint) FROM PUBLIC;

-- A message has an end, whatever the size of the model.
CREATE FUNCTION authz_internal.short_list(names text[])
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT string_agg(n, ', ' ORDER BY i)
           || CASE WHEN cardinality(names) > 10 THEN format(' and %s more', cardinality(names) - 10) ELSE '' END
    FROM unnest(names) WITH ORDINALITY AS u (n, i)
    WHERE i <= 10;
END;
COMMENT ON FUNCTION authz_internal.short_list(text[]) IS 'names as messages list them, at most ten';
REVOKE ALL ON FUNCTION authz_internal.short_list(text[]) FROM PUBLIC;

CREATE FUNCTION authz_internal.quoted_list(names text[])
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT authz_internal.short_list(array_agg(authz_internal.quoted(n) ORDER BY i))
    FROM unnest(names) WITH ORDINALITY AS u (n, i);
END;
COMMENT ON FUNCTION authz_internal.quoted_list(text[]) IS 'names in quotes as messages list them, at most ten';
REVOKE ALL ON FUNCTION authz_internal.quoted_list(text[]) FROM PUBLIC;

-- "Did you mean": NULL where none is near.
CREATE FUNCTION authz_internal.nearest_name(name text, names text[])
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_nearest_name';
COMMENT ON FUNCTION authz_internal.nearest_name(text, text[]) IS 'the name that was meant, most likely, or NULL';
REVOKE ALL ON FUNCTION authz_internal.nearest_name(text, text[]) FROM PUBLIC;

-- Trees -----------------------------------------------------------------------
-- The table that is tracked as its type, if a row of it has the resource.
CREATE FUNCTION authz_internal.row_of(resource_id bigint)
RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT format('%I.%I', t.table_schema, t.table_name)
    FROM authz.resources AS r
    JOIN authz.tracked_tables AS t ON t.resource_type = r.resource_type
    WHERE r.id = row_of.resource_id AND r.has_row;
END;
COMMENT ON FUNCTION authz_internal.row_of(bigint) IS 'the tracked table of which a row has the resource, or NULL';
REVOKE ALL ON FUNCTION authz_internal.row_of(bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.type_is_within(type text, ancestor text)
RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_type_is_within';
COMMENT ON FUNCTION authz_internal.type_is_within(text, text) IS 'whether a resource type is another one or a descendant of it';
REVOKE ALL ON FUNCTION authz_internal.type_is_within(text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.resource_is_within(resource_id bigint, ancestor_id bigint)
RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_resource_is_within';
COMMENT ON FUNCTION authz_internal.resource_is_within(bigint, bigint) IS 'whether a resource is another one or beneath it';
REVOKE ALL ON FUNCTION authz_internal.resource_is_within(bigint, bigint) FROM PUBLIC;

-- C code: src/tables/closures.c.
CREATE FUNCTION authz_internal.resource_level(resource_id bigint)
RETURNS integer
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_resource_level';
COMMENT ON FUNCTION authz_internal.resource_level(bigint) IS 'how many resources there are from one up to its root, both included; 0: it is beneath itself';
REVOKE ALL ON FUNCTION authz_internal.resource_level(bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.team_level(team_id bigint)
RETURNS integer
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_team_level';
COMMENT ON FUNCTION authz_internal.team_level(bigint) IS 'how many teams there are from one up to its root, both included; 0: it is beneath itself';
REVOKE ALL ON FUNCTION authz_internal.team_level(bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.resources_within(resource_ids bigint[])
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
COMMENT ON FUNCTION authz_internal.resources_within(bigint[]) IS 'resources and everything beneath them';
REVOKE ALL ON FUNCTION authz_internal.resources_within(bigint[]) FROM PUBLIC;

CREATE FUNCTION authz_internal.member_list_of(resource_id bigint)
RETURNS bigint
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_member_list_of';
COMMENT ON FUNCTION authz_internal.member_list_of(bigint) IS 'the nearest resource with a member list: the resource itself or an ancestor, NULL if there is none';
REVOKE ALL ON FUNCTION authz_internal.member_list_of(bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.member_set(resource authz.resource)
RETURNS authz.subject
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN authz.subject(resource::text || '#member');
COMMENT ON FUNCTION authz_internal.member_set(authz.resource) IS 'the subject that stands for the members of a resource: organization:7#member';
REVOKE ALL ON FUNCTION authz_internal.member_set(authz.resource) FROM PUBLIC;

CREATE FUNCTION authz_internal.is_member(subject_id bigint, resource_id bigint)
RETURNS boolean
LANGUAGE C STABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_is_member';
COMMENT ON FUNCTION authz_internal.is_member(bigint, bigint) IS 'whether a subject is in the member list of a resource';
REVOKE ALL ON FUNCTION authz_internal.is_member(bigint, bigint) FROM PUBLIC;

-- Roles that roles build on ----------------------------------------------------
CREATE VIEW authz_internal.role_links AS
    SELECT id AS role_id, inherits_id AS lower_id, resource_type, true AS inherits
    FROM authz.roles
    WHERE inherits_id IS NOT NULL
    UNION ALL
    SELECT i.role_id, i.inherits_id, r.resource_type, true
    FROM authz.role_inherits AS i
    JOIN authz.roles AS r ON r.id = i.role_id
    UNION ALL
    SELECT role_id, base_role_id, resource_type, false
    FROM authz.role_base_roles;
-- (Of one role: in a LATERAL with OFFSET 0, since a join may read those of all.)
COMMENT ON VIEW authz_internal.role_links IS 'which role builds on which, by inheriting it or as base role';
COMMENT ON COLUMN authz_internal.role_links.role_id IS 'role that builds on another';
COMMENT ON COLUMN authz_internal.role_links.lower_id IS 'role that it builds on';
COMMENT ON COLUMN authz_internal.role_links.resource_type IS 'type for which it does';
COMMENT ON COLUMN authz_internal.role_links.inherits IS 'inherited; otherwise base role';

CREATE FUNCTION authz_internal.role_closure(role_id bigint)
RETURNS SETOF bigint
LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 5
AS 'MODULE_PATHNAME', 'authz_role_closure';
COMMENT ON FUNCTION authz_internal.role_closure(bigint) IS 'a role and all roles that it builds on';
REVOKE ALL ON FUNCTION authz_internal.role_closure(bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.roles_upon(role_ids bigint[])
RETURNS SETOF bigint
LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 5
AS 'MODULE_PATHNAME', 'authz_roles_upon';
COMMENT ON FUNCTION authz_internal.roles_upon(bigint[]) IS 'roles and all roles that build on them';
REVOKE ALL ON FUNCTION authz_internal.roles_upon(bigint[]) FROM PUBLIC;

CREATE FUNCTION authz_internal.role_holds(role_id bigint, permission authz.permission)
RETURNS boolean
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT
        FROM authz.permissions p
        CROSS JOIN authz_internal.role_closure(role_holds.role_id) AS c (id)
        JOIN authz.roles r ON r.id = c.id
        WHERE p.name = role_holds.permission
          AND (p.resource_type = r.resource_type AND (r.all_permissions OR p.is_default AND r.owner_id IS NOT NULL)
               OR EXISTS (SELECT FROM authz.role_permissions rp WHERE rp.role_id = r.id AND rp.permission = p.name)));
END;
COMMENT ON FUNCTION authz_internal.role_holds(bigint, authz.permission) IS 'whether a role has a permission, of its own or through a role that it builds on; a planned permission counts';
REVOKE ALL ON FUNCTION authz_internal.role_holds(bigint, authz.permission) FROM PUBLIC;

CREATE FUNCTION authz_internal.role_path(role_id bigint, lower_id bigint)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- Breadth first: each role once, with the place of the one that led to it.
    found bigint[] := ARRAY[role_path.role_id];
    led_by integer[] := ARRAY[0];
    at integer := 0;
    next bigint;
    path text[];
BEGIN
    WHILE at < cardinality(found) LOOP
        at := at + 1;
        FOR next IN SELECT l.lower_id FROM authz_internal.role_links l WHERE l.role_id = found[at] ORDER BY l.lower_id LOOP
            IF next = role_path.lower_id THEN
                path := ARRAY[(SELECT r.name FROM authz.roles r WHERE r.id = next)];
                WHILE at > 0 LOOP
                    path := (SELECT r.name FROM authz.roles r WHERE r.id = found[at]) || path;
                    at := led_by[at];
                END LOOP;
                RETURN array_to_string(path, ' < ');
            END IF;
            IF next <> ALL (found) THEN
                found := found || next;
                led_by := led_by || at;
            END IF;
        END LOOP;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION authz_internal.role_path(bigint, bigint) IS 'the shortest way by which a role builds on another: release manager < write';
REVOKE ALL ON FUNCTION authz_internal.role_path(bigint, bigint) FROM PUBLIC;

-- Rules of resource types -------------------------------------------------------
CREATE VIEW authz_internal.resource_type_violations AS
    SELECT t.name,
        'resource_type_parent' AS rule,
        format('type "%s" cannot be a parent of resource type "%s"', p.name, t.name) AS message,
        CASE WHEN p.count > 1 THEN 'It is in the list twice.'
             ELSE 'There is no such resource type.' END AS detail,
        'Name each parent type once.' AS hint
    FROM authz.resource_types t
    CROSS JOIN LATERAL (SELECT u.name, count(*) FROM unnest(t.parents) AS u (name) GROUP BY u.name) p
    WHERE p.count > 1 OR NOT EXISTS (SELECT FROM authz.resource_types o WHERE o.name = p.name)
    UNION ALL
    SELECT name,
        'member_type',
        format('resources of type "%s" cannot have members', name),
        format('%s:1 is a subject, and so %s:1#member cannot be one.', name, name),
        'Choose another name for the resource type.'
    FROM authz.resource_types
    WHERE has_members AND name IN ('user', 'team', 'service_account')
    UNION ALL
    -- What the constraint permissions_default_idx says: it is deferrable, and so
    -- not looked at in a restore.
    SELECT resource_type,
        'default_permission',
        format('resource type "%s" would have %s default permissions', resource_type, count(*)),
        format('They are %s.', authz_internal.quoted_list(array_agg(name::text ORDER BY name::text COLLATE "C"))),
        'Choose one of them.'
    FROM authz.permissions
    WHERE is_default
    GROUP BY resource_type
    HAVING count(*) > 1
    UNION ALL
    SELECT t.name,
        'base_permission_role',
        format('resource type "%s" cannot allow base permission "%s"', t.name, b.name),
        CASE WHEN b.count > 1 THEN 'It is in the list twice.'
             ELSE 'There is no predefined role of that name for a child type.' END,
        'A base permission is none or the name of a predefined role of a child type.'
    FROM authz.resource_types t
    CROSS JOIN LATERAL (SELECT u.name, count(*) FROM unnest(t.base_permissions) AS u (name) GROUP BY u.name) b
    WHERE b.count > 1
       OR b.name <> 'none' AND NOT EXISTS (
            SELECT
            FROM authz.resource_types c
            JOIN authz.roles r ON r.resource_type = c.name AND r.owner_id IS NULL
            WHERE t.name = ANY (c.parents) AND r.name = b.name);
COMMENT ON VIEW authz_internal.resource_type_violations IS 'resource types that break a rule';
COMMENT ON COLUMN authz_internal.resource_type_violations.name IS 'resource type';
COMMENT ON COLUMN authz_internal.resource_type_violations.rule IS 'name of the rule';
COMMENT ON COLUMN authz_internal.resource_type_violations.message IS 'message of the error';
COMMENT ON COLUMN authz_internal.resource_type_violations.detail IS 'DETAIL of the error';
COMMENT ON COLUMN authz_internal.resource_type_violations.hint IS 'HINT of the error';

-- Rules of roles ------------------------------------------------------------------
CREATE VIEW authz_internal.role_violations AS
    SELECT r.id, 1 AS step,
        'role_name_predefined' AS rule,
        format('role name "%s" is taken by a predefined role', r.name) AS message,
        format('The %s and the %s have the same name.', authz_internal.role_label(least(r.id, o.id)), authz_internal.role_label(greatest(r.id, o.id))) AS detail,
        'Choose another name for the custom role.' AS hint
    FROM authz.roles r
    -- (Many tenants have custom roles of one name: only the other kind is looked at.)
    CROSS JOIN LATERAL (
        SELECT p.id FROM authz.roles p WHERE r.owner_id IS NOT NULL AND p.name = r.name AND p.resource_type = r.resource_type AND p.owner_id IS NULL
        UNION ALL
        SELECT c.id FROM authz.roles c WHERE r.owner_id IS NULL AND c.name = r.name AND c.resource_type = r.resource_type AND c.owner_id IS NOT NULL) o
    UNION ALL
    SELECT r.id, 2,
        'role_owner',
        format('%s cannot own role "%s"', o.resource, r.name),
        format('Role "%s" is for resources of type %s, and %s is neither of this type nor of one of its ancestors.',
               r.name, r.resource_type, o.resource),
        'Give it to a resource of the type of the role, or of an ancestor type.'
    FROM authz.roles r
    JOIN authz.resources o ON o.id = r.owner_id
    WHERE o.resource_type <> r.resource_type AND NOT authz_internal.type_is_within(r.resource_type, o.resource_type)
    UNION ALL
    SELECT r.id, 3,
        'role_inherits',
        format('role "%s" cannot inherit role "%s"', r.name, l.name),
        format('Role "%s" is for resources of type %s, role "%s" for those of type %s.', r.name, r.resource_type, l.name, l.resource_type),
        'A role inherits a role of its own resource type; for a descendant type use a base role.'
    FROM authz.roles r
    CROSS JOIN LATERAL (SELECT * FROM authz_internal.role_links k WHERE k.role_id = r.id AND k.inherits OFFSET 0) k
    JOIN authz.roles l ON l.id = k.lower_id
    WHERE l.resource_type <> r.resource_type
    UNION ALL
    SELECT r.id, 3,
        'role_inherits',
        format('role "%s" would inherit role "%s" twice', r.name, l.name),
        format('The %s has it as its first inherited role and in the list of the others.', authz_internal.role_label(r.id)),
        'Leave out one of them.'
    FROM authz.roles r
    JOIN authz.role_inherits i ON i.role_id = r.id AND i.inherits_id = r.inherits_id
    JOIN authz.roles l ON l.id = r.inherits_id
    UNION ALL
    SELECT r.id, 3,
        'max_inherits',
        format('role "%s" would inherit %s roles', r.name, n.count),
        CASE t.max_inherits WHEN 0 THEN format('A role of type %s inherits none.', t.name)
                            WHEN 1 THEN format('A role of type %s inherits at most one.', t.name)
                            ELSE format('A role of type %s inherits at most %s.', t.name, t.max_inherits) END,
        format('Inherit fewer, or let the model allow more: "max_inherits" of resource type "%s".', t.name)
    FROM authz.roles r
    JOIN authz.resource_types t ON t.name = r.resource_type
    CROSS JOIN LATERAL (
        SELECT (r.inherits_id IS NOT NULL)::integer + count(*) AS count FROM authz.role_inherits i WHERE i.role_id = r.id) n
    WHERE n.count > t.max_inherits
    UNION ALL
    SELECT r.id, 4,
        'role_extensible',
        format('role "%s" cannot be inherited', l.name),
        format('The %s inherits it, and it is not extensible.', authz_internal.role_label(r.id)),
        'Inherit another role.'
    FROM authz.roles r
    CROSS JOIN LATERAL (SELECT * FROM authz_internal.role_links k WHERE k.role_id = r.id AND k.inherits OFFSET 0) k
    JOIN authz.roles l ON l.id = k.lower_id
    WHERE NOT l.extensible
    UNION ALL
    SELECT r.id, 5,
        'role_base_role',
        format('role "%s" cannot have base role "%s" for type %s', r.name, l.name, b.resource_type),
        CASE WHEN l.resource_type <> b.resource_type
             THEN format('Role "%s" is for resources of type %s.', l.name, l.resource_type)
             WHEN b.resource_type = r.resource_type THEN format('Type %s is its own type.', b.resource_type)
             ELSE format('Type %s is not a descendant of type %s.', b.resource_type, r.resource_type) END,
        'A base role is a role of the descendant type for which it counts; a role of its own type is inherited.'
    FROM authz.roles r
    JOIN authz.role_base_roles b ON b.role_id = r.id
    JOIN authz.roles l ON l.id = b.base_role_id
    WHERE l.resource_type <> b.resource_type
       OR b.resource_type = r.resource_type
       OR NOT authz_internal.type_is_within(b.resource_type, r.resource_type)
    UNION ALL
    -- Where types form a cycle.
    SELECT r.id, 5,
        'role_base_role',
        format('role "%s" cannot have base role "%s" for type %s', r.name, l.name, b.resource_type),
        format('The %s builds on the %s.', authz_internal.role_label(l.id), authz_internal.role_label(o.id)),
        'What a role gives on resources of its own type comes from itself and from roles that it inherits, not through a base role.'
    FROM authz.roles r
    JOIN authz.role_base_roles b ON b.role_id = r.id AND b.resource_type <> r.resource_type
    JOIN authz.roles l ON l.id = b.base_role_id
    CROSS JOIN LATERAL (
        SELECT min(o.id)
        FROM authz_internal.role_closure(b.base_role_id) AS c (id)
        JOIN authz.roles o ON o.id = c.id
        WHERE o.resource_type = r.resource_type) o (id)
    WHERE o.id IS NOT NULL
    UNION ALL
    SELECT r.id, 6,
        'role_tenant',
        format('role "%s" cannot build on role "%s"', r.name, l.name),
        format('The %s builds on the %s.', authz_internal.role_label(r.id), authz_internal.role_label(l.id)),
        'A role builds on predefined roles, and on custom roles of its owner or of an ancestor of its owner.'
    FROM authz.roles r
    CROSS JOIN LATERAL (SELECT * FROM authz_internal.role_links k WHERE k.role_id = r.id OFFSET 0) k
    JOIN authz.roles l ON l.id = k.lower_id
    WHERE l.owner_id IS NOT NULL
      AND l.owner_id IS DISTINCT FROM r.owner_id
      AND authz_internal.resource_is_within(r.owner_id, l.owner_id) IS NOT TRUE
    UNION ALL
    SELECT r.id, 7,
        'role_cycle',
        format('role "%s" would build on itself', r.name),
        format('It would build on itself like this: %s.', authz_internal.role_path(r.id, r.id)),
        'Take one of these links away first.'
    FROM authz.roles r
    WHERE EXISTS (
        SELECT
        FROM authz_internal.role_links k
        CROSS JOIN authz_internal.role_closure(k.lower_id) AS c (id)
        WHERE k.role_id = r.id AND c.id = r.id
        OFFSET 0)               -- for this role alone, not as a join with all
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
        format('role "%s" cannot have permission %s', r.name, authz_internal.quoted_list(r.permissions)),
        format('Role "%s" is for resources of type %s, and the permission is neither of this type nor of one of its descendants.',
               r.name, r.resource_type),
        'Take the permission away, or put it into a role of its own type.'
    -- (Here and below grouped by role, not asked for each role: so it can be planned for many.)
    FROM (
        SELECT r.id, r.name, r.resource_type, array_agg(p.name::text ORDER BY p.name::text COLLATE "C") AS permissions
        FROM authz.roles r
        JOIN authz.role_permissions rp ON rp.role_id = r.id
        JOIN authz.permissions p ON p.name = rp.permission
        WHERE p.resource_type <> r.resource_type
          AND NOT authz_internal.type_is_within(p.resource_type, r.resource_type)
        GROUP BY r.id) r
    UNION ALL
    SELECT r.id, 10,
        'permission_descendant',
        format('role "%s" cannot have permission %s', r.name, authz_internal.quoted_list(r.permissions)),
        format('Roles of type %s have permissions of their own type only; what they give on descendant types comes from their base role.',
               r.resource_type),
        'Put the permission into the base role.'
    FROM (
        SELECT r.id, r.name, r.resource_type, array_agg(p.name::text ORDER BY p.name::text COLLATE "C") AS permissions
        FROM authz.roles r
        JOIN authz.resource_types t ON t.name = r.resource_type
        JOIN authz.role_permissions rp ON rp.role_id = r.id
        JOIN authz.permissions p ON p.name = rp.permission
        WHERE p.resource_type <> r.resource_type AND NOT t.descendant_permissions
        GROUP BY r.id) r
    UNION ALL
    SELECT r.id, 11,
        'permission_base_role',
        format('role "%s" needs a base role for type %s', r.name, r.needed_type),
        format('It has %s of type %s.', authz_internal.quoted_list(r.permissions), r.needed_type),
        format('Set a base role for type %s first, or take these permissions away.', r.needed_type)
    FROM (
        SELECT r.id, r.name, p.resource_type AS needed_type, array_agg(p.name::text ORDER BY p.name::text COLLATE "C") AS permissions
        FROM authz.roles r
        JOIN authz.role_permissions rp ON rp.role_id = r.id
        JOIN authz.permissions p ON p.name = rp.permission
        WHERE p.resource_type <> r.resource_type
        GROUP BY r.id, p.resource_type) r
    WHERE NOT EXISTS (
        SELECT
        FROM authz_internal.role_closure(r.id) AS c (id)
        JOIN authz.roles l ON l.id = c.id
        WHERE l.resource_type = r.needed_type)
    UNION ALL
    SELECT r.id, 12,
        'permission_assignable',
        format('permission %s cannot be added to a custom role', authz_internal.quoted_list(r.permissions)),
        format('The %s would have it of its own.', authz_internal.role_label(r.id)),
        'Build the role on one that has it.'
    FROM (
        SELECT r.id, array_agg(p.name::text ORDER BY p.name::text COLLATE "C") AS permissions
        FROM authz.roles r
        JOIN authz.role_permissions rp ON rp.role_id = r.id
        JOIN authz.permissions p ON p.name = rp.permission
        WHERE r.owner_id IS NOT NULL AND NOT p.assignable
        GROUP BY r.id) r
    UNION ALL
    SELECT r.id, 13,
        'permission_requires',
        format('role "%s" cannot have permission %s', r.name, authz_internal.quoted_list(r.permissions)),
        format('The %s would lack %s, which is required for it.', authz_internal.role_label(r.id), authz_internal.quoted_list(r.required)),
        'Build the role on one that has what is required, or take the permission away.'
    FROM (
        SELECT q.id, q.name, array_agg(DISTINCT q.permission::text) AS permissions, array_agg(DISTINCT q.requires::text) AS required
        FROM (
            SELECT r.id, r.name, q.permission, q.requires
            FROM authz.roles r
            JOIN authz.role_permissions rp ON rp.role_id = r.id
            JOIN authz.permission_requirements q ON q.permission = rp.permission
            WHERE NOT authz_internal.role_holds(r.id, q.requires)) q
        GROUP BY q.id, q.name) r;
COMMENT ON VIEW authz_internal.role_violations IS 'roles that break a rule';
COMMENT ON COLUMN authz_internal.role_violations.id IS 'role';
COMMENT ON COLUMN authz_internal.role_violations.step IS 'which of several rules is told first';
COMMENT ON COLUMN authz_internal.role_violations.rule IS 'name of the rule';
COMMENT ON COLUMN authz_internal.role_violations.message IS 'message of the error';
COMMENT ON COLUMN authz_internal.role_violations.detail IS 'DETAIL of the error';
COMMENT ON COLUMN authz_internal.role_violations.hint IS 'HINT of the error';

CREATE FUNCTION authz_internal.role_names_above(role_ids bigint[])
RETURNS TABLE (rule text, message text, detail text, hint text)
LANGUAGE sql STABLE STRICT PARALLEL UNSAFE
BEGIN ATOMIC
    WITH RECURSIVE up (role_id, name, resource_type, ancestor_id, level) AS (
        SELECT r.id, r.name, r.resource_type, o.parent_id, 1
        FROM authz.roles r
        JOIN authz.resources o ON o.id = r.owner_id
        WHERE r.id = ANY (role_ids)
        UNION ALL
        SELECT u.role_id, u.name, u.resource_type, o.parent_id, u.level + 1
        FROM up u
        CROSS JOIN LATERAL (SELECT o.parent_id FROM authz.resources o WHERE o.id = u.ancestor_id OFFSET 0) o
        WHERE u.level < 1000
    )
    SELECT 'role_name_ancestor',
        format('role name "%s" is taken by a role of %s', u.name, authz_internal.resource_label(a.owner_id)),
        format('The %s is seen wherever the %s would be.', authz_internal.role_label(a.id), authz_internal.role_label(u.role_id)),
        'Choose another name for the custom role.'
    FROM up u
    CROSS JOIN LATERAL (
        SELECT a.id, a.owner_id FROM authz.roles a
        WHERE a.name = u.name AND a.resource_type = u.resource_type AND a.owner_id = u.ancestor_id OFFSET 0) a
    ORDER BY u.role_id, u.level;
END;
COMMENT ON FUNCTION authz_internal.role_names_above(bigint[]) IS 'which of these roles, new ones or renamed ones, have the name of a role of an ancestor of their owner';
REVOKE ALL ON FUNCTION authz_internal.role_names_above(bigint[]) FROM PUBLIC;

-- About a change: the lower role may gain a permission later, then the row stays.
-- (Not STRICT, so that it is planned as a part of the query that asks, once.)
CREATE FUNCTION authz_internal.redundant_permissions(role_ids bigint[], permissions text[])
RETURNS TABLE (rule text, message text, detail text, hint text)
LANGUAGE sql STABLE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT 'permission_redundant',
        format('role "%s" has permission %s already', r.name, authz_internal.quoted_list(v.permissions)),
        format('The %s gets it from the %s.', authz_internal.role_label(r.id), v.lower),
        'Leave it out.'
    FROM authz.roles r
    JOIN (
        SELECT w.role_id, w.lower, array_agg(w.permission ORDER BY w.permission) AS permissions
        FROM (
            SELECT DISTINCT ON (k.role_id, k.permission) k.role_id, k.permission, authz_internal.role_label(l.lower_id) AS lower
            FROM (SELECT DISTINCT d.role_id FROM unnest(role_ids) AS d (role_id)) d
            CROSS JOIN LATERAL (SELECT * FROM authz_internal.role_links l WHERE l.role_id = d.role_id OFFSET 0) l
            JOIN unnest(role_ids, permissions) AS k (role_id, permission) ON k.role_id = d.role_id
            JOIN authz.role_permissions rp ON rp.role_id = k.role_id AND rp.permission = authz.permission(k.permission)
            WHERE authz_internal.role_holds(l.lower_id, rp.permission)
            ORDER BY k.role_id, k.permission, l.inherits DESC, l.resource_type) w
        GROUP BY w.role_id, w.lower) v ON v.role_id = r.id
    ORDER BY r.id, v.lower;
END;
COMMENT ON FUNCTION authz_internal.redundant_permissions(bigint[], text[]) IS 'which of these newly added permissions their roles get already from a role that they build on';
REVOKE ALL ON FUNCTION authz_internal.redundant_permissions(bigint[], text[]) FROM PUBLIC;

CREATE FUNCTION authz_internal.redundant_links(role_ids bigint[], lower_ids bigint[])
RETURNS TABLE (rule text, message text, detail text, hint text)
LANGUAGE sql STABLE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT 'permission_redundant',
        format('role "%s" would have permission %s twice', r.name, authz_internal.quoted_list(v.permissions)),
        format('The %s has it of its own, and would get it from the %s.', authz_internal.role_label(r.id), authz_internal.role_label(k.lower_id)),
        'Take the permission of its own away first.'
    FROM unnest(role_ids, lower_ids) AS k (role_id, lower_id)
    CROSS JOIN LATERAL (SELECT * FROM authz_internal.role_links l WHERE l.role_id = k.role_id AND l.lower_id = k.lower_id OFFSET 0) l
    JOIN authz.roles r ON r.id = k.role_id
    CROSS JOIN LATERAL (
        SELECT array_agg(rp.permission::text ORDER BY rp.permission::text COLLATE "C") AS permissions
        FROM authz.role_permissions rp
        WHERE rp.role_id = k.role_id AND authz_internal.role_holds(k.lower_id, rp.permission)) v
    WHERE v.permissions IS NOT NULL
    ORDER BY r.id, k.lower_id;
END;
COMMENT ON FUNCTION authz_internal.redundant_links(bigint[], bigint[]) IS 'which permissions of their own these roles get from a role that they newly build on';
REVOKE ALL ON FUNCTION authz_internal.redundant_links(bigint[], bigint[]) FROM PUBLIC;

-- Rules of the management map ------------------------------------------------------
CREATE VIEW authz_internal.management_violations AS
    SELECT m.resource_type,
        'management_permission' AS rule,
        format('operation %s on type %s cannot be allowed by permission "%s"', m.operation, m.resource_type, m.permission) AS message,
        format('Permission "%s" belongs to type %s, which is neither type %s nor one of its ancestors.',
               m.permission, p.resource_type, m.resource_type) AS detail,
        'Choose a permission of this type or of an ancestor type.' AS hint
    FROM authz.management_permissions m
    JOIN authz.permissions p ON p.name = m.permission
    WHERE NOT authz_internal.type_is_within(m.resource_type, p.resource_type)
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
    WHERE r.owner_id IS NOT NULL OR NOT authz_internal.type_is_within(m.resource_type, r.resource_type);
COMMENT ON VIEW authz_internal.management_violations IS 'rows of management_permissions and management_roles that break a rule';
COMMENT ON COLUMN authz_internal.management_violations.resource_type IS 'resource type';
COMMENT ON COLUMN authz_internal.management_violations.rule IS 'name of the rule';
COMMENT ON COLUMN authz_internal.management_violations.message IS 'message of the error';
COMMENT ON COLUMN authz_internal.management_violations.detail IS 'DETAIL of the error';
COMMENT ON COLUMN authz_internal.management_violations.hint IS 'HINT of the error';
