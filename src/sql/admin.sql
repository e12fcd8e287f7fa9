-- Functions that change the model's data: resources, teams, members, roles,
-- assignments.
--
-- Each one does three things, in this order: it turns names into rows (an
-- unknown name, and a name of another tenant, "does not exist"), asks
-- src/sql/delegation.sql whether the caller may, and writes the tables.  The
-- rules of the model are not here: they are triggers on the tables, so that
-- they also hold for plain DML (src/sql/guard.sql), and so are the removals
-- that follow from a removal.
--
-- SECURITY DEFINER, because a delegated administrator has no privileges on the
-- tables; executable by nobody until an administrator grants it.

-- Names into rows -------------------------------------------------------------
CREATE FUNCTION authz.find_resource(name text)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
BEGIN
    IF find_resource.name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'resource must not be null';
    END IF;
    SELECT r.id INTO key
    FROM authz.resources AS r
    WHERE r.resource = authz.resource(find_resource.name);
    IF key IS NULL OR NOT authz.check('sees_resource', key) THEN
        RAISE EXCEPTION USING ERRCODE = '42704',
            MESSAGE = format('resource "%s" does not exist', find_resource.name),
            HINT = 'Create it with authz.create_resource, or let authz.track keep the resources of a table.';
    END IF;
    RETURN key;
END
$$;
COMMENT ON FUNCTION authz.find_resource(text) IS 'internal: key of a resource that the caller can see, or an error';
REVOKE ALL ON FUNCTION authz.find_resource(text) FROM PUBLIC;

CREATE FUNCTION authz.find_team(name text)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    team record;
BEGIN
    IF find_team.name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'team must not be null';
    END IF;
    IF authz.subject_kind(authz.subject(find_team.name)) <> 'team' THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('"%s" is not a team', find_team.name),
            HINT = 'A team is written team:name.';
    END IF;
    SELECT s.id, s.resource_id INTO team
    FROM authz.subjects AS s
    WHERE s.subject = authz.subject(find_team.name);
    IF team.id IS NULL OR NOT authz.check('sees_resource', team.resource_id) THEN
        RAISE EXCEPTION USING ERRCODE = '42704',
            MESSAGE = format('team "%s" does not exist', find_team.name),
            HINT = 'Create it with authz.create_team.';
    END IF;
    RETURN team.id;
END
$$;
COMMENT ON FUNCTION authz.find_team(text) IS 'internal: key of a team that the caller can see, or an error';
REVOKE ALL ON FUNCTION authz.find_team(text) FROM PUBLIC;

-- A role by name as seen from a resource: a custom role of the resource or of
-- an ancestor, the nearest first, else the predefined one.
CREATE FUNCTION authz.find_role(name text, resource_type text, resource_id bigint)
RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE above (id, parent_id, distance) AS (
        SELECT r.id, r.parent_id, 0
        FROM authz.resources AS r
        WHERE r.id = find_role.resource_id
        UNION ALL
        SELECT r.id, r.parent_id, a.distance + 1
        FROM above AS a
        JOIN authz.resources AS r ON r.id = a.parent_id
    )
    SELECT o.id
    FROM authz.roles AS o
    LEFT JOIN above AS a ON a.id = o.owner_id
    WHERE o.name = find_role.name
      AND o.resource_type = find_role.resource_type
      AND (o.owner_id IS NULL OR a.id IS NOT NULL)
    ORDER BY a.distance NULLS LAST
    LIMIT 1;
END;
COMMENT ON FUNCTION authz.find_role(text, text, bigint) IS 'internal: key of the role of that name as seen from a resource, or NULL';
REVOKE ALL ON FUNCTION authz.find_role(text, text, bigint) FROM PUBLIC;

CREATE FUNCTION authz.require_role(name text, resource_type text, resource_id bigint)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
    other text;
BEGIN
    IF require_role.name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'role must not be null';
    END IF;
    PERFORM authz.require_resource_type(require_role.resource_type);
    key := authz.find_role(require_role.name, require_role.resource_type, require_role.resource_id);
    IF key IS NULL THEN
        SELECT min(t.name) INTO other
        FROM authz.resource_types AS t
        WHERE authz.find_role(require_role.name, t.name, require_role.resource_id) IS NOT NULL;
        RAISE EXCEPTION USING ERRCODE = '42704',
            MESSAGE = format('role "%s" for resource type "%s" does not exist', require_role.name, require_role.resource_type),
            HINT = CASE WHEN other IS NULL
                THEN 'Create it with authz.create_role.'
                ELSE format('There is a role of that name for resource type "%s".', other) END;
    END IF;
    RETURN key;
END
$$;
COMMENT ON FUNCTION authz.require_role(text, text, bigint) IS 'internal: key of the role of that name as seen from a resource, or an error';
REVOKE ALL ON FUNCTION authz.require_role(text, text, bigint) FROM PUBLIC;

CREATE FUNCTION authz.require_resource_type(name text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF require_resource_type.name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'resource type must not be null';
    END IF;
    IF NOT EXISTS (SELECT FROM authz.resource_types AS t WHERE t.name = require_resource_type.name) THEN
        RAISE EXCEPTION USING ERRCODE = '42704',
            MESSAGE = format('resource type "%s" does not exist', require_resource_type.name),
            HINT = 'Resource types are defined with authz.apply.';
    END IF;
END
$$;
COMMENT ON FUNCTION authz.require_resource_type(text) IS 'internal: an error if there is no such resource type';
REVOKE ALL ON FUNCTION authz.require_resource_type(text) FROM PUBLIC;

-- Permission names that a role is to get or lose: valid, known, without
-- duplicates.
CREATE FUNCTION authz.require_permissions(names text[])
RETURNS authz.permission_set
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted authz.permission_set;
    unknown text;
BEGIN
    IF require_permissions.names IS NULL OR array_position(require_permissions.names, NULL) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'permission must not be null';
    END IF;
    SELECT authz.permission_union(authz.permission(n)) INTO wanted
    FROM unnest(require_permissions.names) AS n;
    SELECT min(w::text) INTO unknown
    FROM unnest(authz.permissions(wanted)) AS w
    WHERE NOT EXISTS (SELECT FROM authz.permissions AS p WHERE p.name = w);
    IF unknown IS NOT NULL THEN
        -- The planner says so, with the name that was meant.
        EXECUTE format('SELECT authz.has_permission(%L, NULL::text)', unknown);
        RAISE EXCEPTION USING ERRCODE = '42704', MESSAGE = format('permission "%s" does not exist', unknown);
    END IF;
    RETURN wanted;
END
$$;
COMMENT ON FUNCTION authz.require_permissions(text[]) IS 'internal: the permissions of those names, or an error';
REVOKE ALL ON FUNCTION authz.require_permissions(text[]) FROM PUBLIC;

CREATE FUNCTION authz.check_role_name(name text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF check_role_name.name IS NULL OR check_role_name.name = '' THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'role name must not be empty';
    END IF;
    IF octet_length(check_role_name.name) > 255 THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = 'role name is too long',
            DETAIL = format('The name has %s bytes; at most 255 are allowed.', octet_length(check_role_name.name));
    END IF;
END
$$;
COMMENT ON FUNCTION authz.check_role_name(text) IS 'internal: an error for a name that no role can have';
REVOKE ALL ON FUNCTION authz.check_role_name(text) FROM PUBLIC;

CREATE FUNCTION authz.check_source(source text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF check_source.source ~ '^[a-z0-9_.:-]{1,63}$' IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('invalid source: %s', coalesce(quote_ident(check_source.source), 'NULL')),
            DETAIL = 'A source has 1 to 63 lower-case letters, digits, "_", ".", ":" and "-".';
    END IF;
    -- The type says which roles may be one.
    IF check_source.source = 'base_permission' THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = 'source base_permission is that of base permissions',
            HINT = 'Use authz.set_base_permission.';
    END IF;
END
$$;
COMMENT ON FUNCTION authz.check_source(text) IS 'internal: an error for what is no source of an assignment';
REVOKE ALL ON FUNCTION authz.check_source(text) FROM PUBLIC;

-- The row of a subject that is about to be in a group or hold a role.  Users
-- and service accounts come to be with their first mention; teams and
-- resources must have been created.
CREATE FUNCTION authz.make_subject(name text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted authz.subject;
    kind text;
    key bigint;
    home bigint;
BEGIN
    IF make_subject.name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'subject must not be null';
    END IF;
    wanted := authz.subject(make_subject.name);
    kind := authz.subject_kind(wanted);
    IF kind = 'team' THEN
        RETURN authz.find_team(make_subject.name);
    ELSIF kind = 'member' THEN
        home := authz.find_resource(split_part(wanted::text, '#', 1));
    END IF;
    LOOP
        SELECT s.id INTO key FROM authz.subjects AS s WHERE s.subject = wanted;
        EXIT WHEN FOUND;
        INSERT INTO authz.subjects (subject, resource_id)
        VALUES (wanted, home)
        ON CONFLICT ON CONSTRAINT subjects_subject_key DO NOTHING
        RETURNING id INTO key;
        EXIT WHEN FOUND;
    END LOOP;
    RETURN key;
END
$$;
COMMENT ON FUNCTION authz.make_subject(text) IS 'internal: key of a subject, with a new row where it needs one';
REVOKE ALL ON FUNCTION authz.make_subject(text) FROM PUBLIC;

-- As make_subject for a caller that takes something away: NULL when nothing
-- can be there to take.
CREATE FUNCTION authz.find_subject(name text)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted authz.subject;
    kind text;
    key bigint;
BEGIN
    IF find_subject.name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'subject must not be null';
    END IF;
    wanted := authz.subject(find_subject.name);
    kind := authz.subject_kind(wanted);
    IF kind = 'team' THEN
        RETURN authz.find_team(find_subject.name);
    ELSIF kind = 'member' THEN
        PERFORM authz.find_resource(split_part(wanted::text, '#', 1));
    END IF;
    SELECT s.id INTO key FROM authz.subjects AS s WHERE s.subject = wanted;
    RETURN key;
END
$$;
COMMENT ON FUNCTION authz.find_subject(text) IS 'internal: key of a subject, or NULL';
REVOKE ALL ON FUNCTION authz.find_subject(text) FROM PUBLIC;

-- The subject that stands for a group as people write it: team:x,
-- organization:7 or organization:7#member.
CREATE FUNCTION authz.group_subject("group" text)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF group_subject."group" IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'group must not be null';
    END IF;
    IF group_subject."group" ~ '^team:' OR group_subject."group" ~ '#member$' THEN
        RETURN group_subject."group";
    END IF;
    IF group_subject."group" ~ '^(user|service_account):' THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('"%s" is not a group', group_subject."group"),
            HINT = 'A group is a team, such as team:eng, or a resource with members, such as organization:7.';
    END IF;
    -- Written as a resource: it must be one before it is spelled as a subject.
    RETURN authz.resource(group_subject."group")::text || '#member';
END
$$;
COMMENT ON FUNCTION authz.group_subject(text) IS 'internal: the subject that stands for a team or for the members of a resource';
REVOKE ALL ON FUNCTION authz.group_subject(text) FROM PUBLIC;

-- The key of a role given by its key, with everything a caller needs to know.
CREATE FUNCTION authz.find_role_by_id(role_id bigint)
RETURNS authz.roles
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
BEGIN
    IF find_role_by_id.role_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'role must not be null';
    END IF;
    SELECT r.* INTO role FROM authz.roles AS r WHERE r.id = find_role_by_id.role_id;
    IF role.id IS NULL OR NOT (role.owner_id IS NULL OR authz.check('sees_resource', role.owner_id)) THEN
        RAISE EXCEPTION USING ERRCODE = '42704',
            MESSAGE = format('role with id %s does not exist', find_role_by_id.role_id),
            HINT = 'authz.role_id finds the id of a role by its name.';
    END IF;
    RETURN role;
END
$$;
COMMENT ON FUNCTION authz.find_role_by_id(bigint) IS 'internal: a role that the caller can see, or an error';
REVOKE ALL ON FUNCTION authz.find_role_by_id(bigint) FROM PUBLIC;

-- 'write' or 'repository:write', as seen from a resource: a role of a descendant
-- type (or of a child type only).
CREATE FUNCTION authz.find_base_role(name text, below_type text, resource_id bigint, only_child_types boolean DEFAULT false)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keys bigint[];
    types text[];
BEGIN
    -- A name may contain a colon, so a prefix counts only where it is a type.
    WITH RECURSIVE beneath (name) AS (
        SELECT t.name
        FROM authz.resource_types AS t
        WHERE t.parent = find_base_role.below_type
        UNION ALL
        SELECT t.name
        FROM beneath AS b
        JOIN authz.resource_types AS t ON t.parent = b.name
        WHERE NOT find_base_role.only_child_types
    ), candidates (type, role_id) AS (
        SELECT b.name, authz.find_role(n.name, b.name, find_base_role.resource_id)
        FROM beneath AS b
        CROSS JOIN LATERAL (
            SELECT find_base_role.name
            UNION ALL
            SELECT substr(find_base_role.name, length(b.name) + 2)
            WHERE starts_with(find_base_role.name, b.name || ':')
        ) AS n (name)
    )
    SELECT array_agg(c.role_id ORDER BY c.type), array_agg(c.type ORDER BY c.type) INTO keys, types
    FROM candidates AS c
    WHERE c.role_id IS NOT NULL;

    IF keys IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42704',
            MESSAGE = format('role "%s" for a resource type below "%s" does not exist', find_base_role.name, find_base_role.below_type),
            HINT = 'A base role is written as name or resource_type:name.';
    ELSIF cardinality(keys) > 1 THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('role "%s" is ambiguous', find_base_role.name),
            DETAIL = format('There are roles of that name for the resource types %s.', array_to_string(types, ', ')),
            HINT = format('Write %s:%s.', types[1], find_base_role.name);
    END IF;
    RETURN keys[1];
END
$$;
COMMENT ON FUNCTION authz.find_base_role(text, text, bigint, boolean) IS 'internal: key of a role of a descendant type, or an error';
REVOKE ALL ON FUNCTION authz.find_base_role(text, text, bigint, boolean) FROM PUBLIC;

-- Resources -------------------------------------------------------------------
CREATE FUNCTION authz.create_resource(resource text, parent text DEFAULT NULL)
RETURNS authz.resource
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted authz.resource;
    parent_key bigint;
    there record;
BEGIN
    IF create_resource.resource IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'resource must not be null';
    END IF;
    wanted := authz.resource(create_resource.resource);
    PERFORM authz.require_resource_type(authz.resource_type(wanted));
    IF create_resource.parent IS NOT NULL THEN
        parent_key := authz.find_resource(create_resource.parent);
    END IF;
    PERFORM authz.check('check_create_resource', wanted, parent_key);

    LOOP
        INSERT INTO authz.resources (resource, parent_id)
        VALUES (wanted, parent_key)
        ON CONFLICT ON CONSTRAINT resources_resource_key DO NOTHING;
        EXIT WHEN FOUND;
        SELECT r.parent_id INTO there FROM authz.resources AS r WHERE r.resource = wanted;
        IF FOUND THEN
            -- Says nothing about where: it may be another tenant's.
            IF there.parent_id IS DISTINCT FROM parent_key THEN
                RAISE EXCEPTION USING ERRCODE = '42710',
                    MESSAGE = format('resource "%s" already exists', wanted),
                    DETAIL = 'It has another parent.',
                    HINT = 'authz.move_resource changes the parent of a resource.';
            END IF;
            EXIT;
        END IF;
    END LOOP;
    RETURN wanted;
END
$$;
COMMENT ON FUNCTION authz.create_resource(text, text) IS 'creates a resource, under a parent resource';
REVOKE ALL ON FUNCTION authz.create_resource(text, text) FROM PUBLIC;

CREATE FUNCTION authz.move_resource(resource text, parent text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
    parent_key bigint;
BEGIN
    key := authz.find_resource(move_resource.resource);
    IF move_resource.parent IS NOT NULL THEN
        parent_key := authz.find_resource(move_resource.parent);
    END IF;
    PERFORM authz.check('check_move_resource', key, parent_key);
    UPDATE authz.resources AS r
    SET parent_id = parent_key
    WHERE r.id = key AND r.parent_id IS DISTINCT FROM parent_key;
END
$$;
COMMENT ON FUNCTION authz.move_resource(text, text) IS 'puts a resource under another parent, or under none';
REVOKE ALL ON FUNCTION authz.move_resource(text, text) FROM PUBLIC;

CREATE FUNCTION authz.drop_resource(resource text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
BEGIN
    key := authz.find_resource(drop_resource.resource);
    IF NOT authz.is_administrator() THEN
        PERFORM FROM authz.resources AS r WHERE r.id = ANY (authz.resources_within(ARRAY[key])) ORDER BY r.id FOR UPDATE;
    END IF;
    PERFORM authz.check('check_drop_resource', key);
    DELETE FROM authz.resources AS r WHERE r.id = key;
END
$$;
COMMENT ON FUNCTION authz.drop_resource(text) IS 'removes a resource and everything that hangs on it';
REVOKE ALL ON FUNCTION authz.drop_resource(text) FROM PUBLIC;

-- Teams and members -----------------------------------------------------------
CREATE FUNCTION authz.create_team(team text, organization text, parent text DEFAULT NULL)
RETURNS authz.subject
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted authz.subject;
    home bigint;
    parent_key bigint;
    there record;
BEGIN
    IF create_team.team IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'team must not be null';
    END IF;
    wanted := authz.subject(create_team.team);
    IF authz.subject_kind(wanted) <> 'team' THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('"%s" is not a team', create_team.team),
            HINT = 'A team is written team:name.';
    END IF;
    home := authz.find_resource(create_team.organization);
    IF create_team.parent IS NOT NULL THEN
        parent_key := authz.find_team(create_team.parent);
    END IF;
    PERFORM authz.check('check_create_team', home, parent_key);

    LOOP
        INSERT INTO authz.subjects (subject, resource_id, parent_id)
        VALUES (wanted, home, parent_key)
        ON CONFLICT ON CONSTRAINT subjects_subject_key DO NOTHING;
        EXIT WHEN FOUND;
        SELECT s.resource_id, s.parent_id INTO there FROM authz.subjects AS s WHERE s.subject = wanted;
        IF FOUND THEN
            -- Says nothing about where: it may be another tenant's.
            IF there.resource_id IS DISTINCT FROM home OR there.parent_id IS DISTINCT FROM parent_key THEN
                RAISE EXCEPTION USING ERRCODE = '42710',
                    MESSAGE = format('team "%s" already exists', wanted),
                    DETAIL = 'It has another organization or another parent.',
                    HINT = 'authz.move_team changes the parent of a team.';
            END IF;
            EXIT;
        END IF;
    END LOOP;
    RETURN wanted;
END
$$;
COMMENT ON FUNCTION authz.create_team(text, text, text) IS 'creates a team of an organization, under a parent team';
REVOKE ALL ON FUNCTION authz.create_team(text, text, text) FROM PUBLIC;

CREATE FUNCTION authz.move_team(team text, parent text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
    parent_key bigint;
BEGIN
    key := authz.find_team(move_team.team);
    IF move_team.parent IS NOT NULL THEN
        parent_key := authz.find_team(move_team.parent);
    END IF;
    PERFORM authz.check('check_move_team', key, parent_key);
    UPDATE authz.subjects AS s
    SET parent_id = parent_key
    WHERE s.id = key AND s.parent_id IS DISTINCT FROM parent_key;
END
$$;
COMMENT ON FUNCTION authz.move_team(text, text) IS 'puts a team under another parent team, or under none';
REVOKE ALL ON FUNCTION authz.move_team(text, text) FROM PUBLIC;

CREATE FUNCTION authz.drop_team(team text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
BEGIN
    key := authz.find_team(drop_team.team);
    PERFORM FROM authz.subjects AS s WHERE s.id IN (SELECT t.id FROM authz.team_and_below(key) AS t (id)) ORDER BY s.id FOR UPDATE;
    PERFORM authz.check('check_drop_team', key);
    DELETE FROM authz.subjects AS s WHERE s.id = key;
END
$$;
COMMENT ON FUNCTION authz.drop_team(text) IS 'removes a team and everything that hangs on it';
REVOKE ALL ON FUNCTION authz.drop_team(text) FROM PUBLIC;

CREATE FUNCTION authz.add_member("group" text, member text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    group_name text;
    group_key bigint;
    member_key bigint;
BEGIN
    group_name := authz.group_subject(add_member."group");
    group_key := authz.make_subject(group_name);
    PERFORM authz.check('check_add_member', group_key);
    member_key := authz.make_subject(add_member.member);
    INSERT INTO authz.memberships (group_id, member_id)
    VALUES (group_key, member_key)
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION authz.add_member(text, text) IS 'puts a user into a team or an organization; false if they were in it already';
REVOKE ALL ON FUNCTION authz.add_member(text, text) FROM PUBLIC;

CREATE FUNCTION authz.remove_member("group" text, member text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    group_name text;
    group_key bigint;
    member_key bigint;
BEGIN
    group_name := authz.group_subject(remove_member."group");
    group_key := authz.make_subject(group_name);
    member_key := authz.find_subject(remove_member.member);
    -- Leaving an organization takes all that they hold in it: nobody grants
    -- them anything between the check and that.  Somebody else's members are
    -- not locked.
    PERFORM FROM authz.subjects AS s
    WHERE s.id = member_key
      AND EXISTS (SELECT FROM authz.memberships AS m WHERE m.group_id = group_key AND m.member_id = member_key)
    FOR UPDATE OF s;
    PERFORM authz.check('check_remove_member', group_key, member_key);
    DELETE FROM authz.memberships AS m
    WHERE m.group_id = group_key AND m.member_id = member_key;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION authz.remove_member(text, text) IS 'takes a user out of a team, or out of an organization with all that they had in it; false if they were not in it';
REVOKE ALL ON FUNCTION authz.remove_member(text, text) FROM PUBLIC;

CREATE FUNCTION authz.drop_user(subject text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted authz.subject;
BEGIN
    IF drop_user.subject IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'subject must not be null';
    END IF;
    wanted := authz.subject(drop_user.subject);
    IF authz.subject_kind(wanted) NOT IN ('user', 'service_account') OR wanted = 'user:*'::authz.subject THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('"%s" is not one user or service account', wanted),
            HINT = 'authz.drop_team removes a team, authz.revoke_role what a subject holds on one resource.';
    END IF;
    PERFORM authz.check('check_drop_user', wanted);
    DELETE FROM authz.subjects AS s WHERE s.subject = wanted;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION authz.drop_user(text) IS 'takes everything from a user, everywhere; false if they had nothing';
REVOKE ALL ON FUNCTION authz.drop_user(text) FROM PUBLIC;

-- Roles -----------------------------------------------------------------------
CREATE FUNCTION authz.create_role(
    name text,
    resource_type text,
    owner text DEFAULT NULL,
    permissions text[] DEFAULT '{}',
    inherits text DEFAULT NULL,
    base_role text DEFAULT NULL,
    description text DEFAULT NULL
)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner_key bigint;
    inherits_key bigint;
    base_key bigint;
    wanted authz.permission_set;
    role_key bigint;
BEGIN
    PERFORM authz.check_role_name(create_role.name);
    PERFORM authz.require_resource_type(create_role.resource_type);
    IF create_role.owner IS NOT NULL THEN
        owner_key := authz.find_resource(create_role.owner);
    END IF;
    PERFORM authz.check('check_role_operation', 'create_role'::text, create_role.resource_type, owner_key);
    wanted := authz.require_permissions(coalesce(create_role.permissions, '{}'));
    IF create_role.inherits IS NOT NULL THEN
        inherits_key := authz.require_role(create_role.inherits, create_role.resource_type, owner_key);
    END IF;
    IF create_role.base_role IS NOT NULL THEN
        base_key := authz.find_base_role(create_role.base_role, create_role.resource_type, owner_key);
    END IF;

    INSERT INTO authz.roles (name, resource_type, owner_id, inherits_id, description)
    VALUES (create_role.name, create_role.resource_type, owner_key, inherits_key, create_role.description)
    ON CONFLICT ON CONSTRAINT roles_name_key DO NOTHING
    RETURNING id INTO role_key;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = '42710',
            MESSAGE = format('role "%s" for resource type "%s" already exists', create_role.name, create_role.resource_type),
            HINT = 'authz.role_id finds it; authz.add_permissions and others change it.';
    END IF;
    IF base_key IS NOT NULL THEN
        INSERT INTO authz.role_base_roles (role_id, resource_type, base_role_id)
        SELECT role_key, b.resource_type, b.id
        FROM authz.roles AS b
        WHERE b.id = base_key;
    END IF;
    INSERT INTO authz.role_permissions (role_id, permission)
    SELECT role_key, w
    FROM unnest(authz.permissions(wanted)) AS w;
    -- The finished role, with what it builds on and what every custom role
    -- gets, must be within what its maker holds.
    PERFORM authz.check('check_give', role_key, owner_key, NULL::timestamptz);
    RETURN role_key;
END
$$;
COMMENT ON FUNCTION authz.create_role(text, text, text, text[], text, text, text) IS 'creates a role: custom with an owner, predefined without';
REVOKE ALL ON FUNCTION authz.create_role(text, text, text, text[], text, text, text) FROM PUBLIC;

CREATE FUNCTION authz.add_permissions(role_id bigint, permissions text[])
RETURNS authz.permission_set
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
    wanted authz.permission_set;
    added authz.permission_set;
BEGIN
    role := authz.find_role_by_id(add_permissions.role_id);
    PERFORM authz.check('check_change_role', 'alter_role'::text, role.id);
    wanted := authz.require_permissions(add_permissions.permissions);
    PERFORM authz.check('check_permissions', wanted, role.owner_id, NULL::timestamptz);
    WITH new AS (
        INSERT INTO authz.role_permissions (role_id, permission)
        SELECT role.id, w
        FROM unnest(authz.permissions(wanted)) AS w
        ON CONFLICT DO NOTHING
        RETURNING permission
    )
    SELECT authz.permission_union(n.permission) INTO added FROM new AS n;
    RETURN added;
END
$$;
COMMENT ON FUNCTION authz.add_permissions(bigint, text[]) IS 'adds permissions to a role; returns those that are new in it';
REVOKE ALL ON FUNCTION authz.add_permissions(bigint, text[]) FROM PUBLIC;

CREATE FUNCTION authz.remove_permissions(role_id bigint, permissions text[])
RETURNS authz.permission_set
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
    wanted authz.permission_set;
    removed authz.permission_set;
BEGIN
    role := authz.find_role_by_id(remove_permissions.role_id);
    PERFORM authz.check('check_change_role', 'alter_role'::text, role.id);
    wanted := authz.require_permissions(remove_permissions.permissions);
    WITH old AS (
        DELETE FROM authz.role_permissions AS rp
        WHERE rp.role_id = role.id AND rp.permission <@ wanted
        RETURNING rp.permission
    )
    SELECT authz.permission_union(o.permission) INTO removed FROM old AS o;
    RETURN removed;
END
$$;
COMMENT ON FUNCTION authz.remove_permissions(bigint, text[]) IS 'removes permissions from a role; returns those that were its own';
REVOKE ALL ON FUNCTION authz.remove_permissions(bigint, text[]) FROM PUBLIC;

CREATE FUNCTION authz.set_inherits(role_id bigint, inherits text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
    inherits_key bigint;
BEGIN
    role := authz.find_role_by_id(set_inherits.role_id);
    PERFORM authz.check('check_change_role', 'alter_role'::text, role.id);
    IF set_inherits.inherits IS NOT NULL THEN
        inherits_key := authz.require_role(set_inherits.inherits, role.resource_type, role.owner_id);
        PERFORM authz.check('check_give', inherits_key, role.owner_id, NULL::timestamptz);
    END IF;
    UPDATE authz.roles AS r
    SET inherits_id = inherits_key
    WHERE r.id = role.id AND r.inherits_id IS DISTINCT FROM inherits_key;
    RETURN inherits_key;
END
$$;
COMMENT ON FUNCTION authz.set_inherits(bigint, text) IS 'makes a role inherit another of its type, or none; returns the id of that role';
REVOKE ALL ON FUNCTION authz.set_inherits(bigint, text) FROM PUBLIC;

CREATE FUNCTION authz.set_base_role(role_id bigint, base_role text, resource_type text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
    base_key bigint;
BEGIN
    role := authz.find_role_by_id(set_base_role.role_id);
    PERFORM authz.check('check_change_role', 'alter_role'::text, role.id);
    IF set_base_role.resource_type IS NOT NULL THEN
        PERFORM authz.require_resource_type(set_base_role.resource_type);
    END IF;
    IF set_base_role.base_role IS NULL THEN
        DELETE FROM authz.role_base_roles AS b
        WHERE b.role_id = role.id
          AND (set_base_role.resource_type IS NULL OR b.resource_type = set_base_role.resource_type);
        RETURN NULL;
    END IF;
    IF set_base_role.resource_type IS NULL THEN
        base_key := authz.find_base_role(set_base_role.base_role, role.resource_type, role.owner_id);
    ELSE
        base_key := authz.require_role(set_base_role.base_role, set_base_role.resource_type, role.owner_id);
    END IF;
    PERFORM authz.check('check_give', base_key, role.owner_id, NULL::timestamptz);
    INSERT INTO authz.role_base_roles AS b (role_id, resource_type, base_role_id)
    SELECT role.id, r.resource_type, r.id
    FROM authz.roles AS r
    WHERE r.id = base_key
    ON CONFLICT ON CONSTRAINT role_base_roles_pkey
    DO UPDATE SET base_role_id = EXCLUDED.base_role_id
    WHERE b.base_role_id <> EXCLUDED.base_role_id;
    RETURN base_key;
END
$$;
COMMENT ON FUNCTION authz.set_base_role(bigint, text, text) IS 'sets the role that a role gives on resources of a descendant type, NULL for none; returns the id of that role';
REVOKE ALL ON FUNCTION authz.set_base_role(bigint, text, text) FROM PUBLIC;

CREATE FUNCTION authz.rename_role(role_id bigint, name text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
BEGIN
    role := authz.find_role_by_id(rename_role.role_id);
    PERFORM authz.check('check_change_role', 'alter_role'::text, role.id);
    PERFORM authz.check_role_name(rename_role.name);
    IF EXISTS (
        SELECT
        FROM authz.roles AS r
        WHERE r.name = rename_role.name
          AND r.resource_type = role.resource_type
          AND r.owner_id IS NOT DISTINCT FROM role.owner_id
          AND r.id <> role.id
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '42710',
            MESSAGE = format('role "%s" for resource type "%s" already exists', rename_role.name, role.resource_type);
    END IF;
    UPDATE authz.roles AS r
    SET name = rename_role.name
    WHERE r.id = role.id AND r.name <> rename_role.name;
END
$$;
COMMENT ON FUNCTION authz.rename_role(bigint, text) IS 'gives a role another name; its holders keep it';
REVOKE ALL ON FUNCTION authz.rename_role(bigint, text) FROM PUBLIC;

CREATE FUNCTION authz.describe_role(role_id bigint, description text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
BEGIN
    role := authz.find_role_by_id(describe_role.role_id);
    PERFORM authz.check('check_change_role', 'alter_role'::text, role.id);
    UPDATE authz.roles AS r
    SET description = describe_role.description
    WHERE r.id = role.id AND r.description IS DISTINCT FROM describe_role.description;
END
$$;
COMMENT ON FUNCTION authz.describe_role(bigint, text) IS 'sets the description of a role, NULL for none';
REVOKE ALL ON FUNCTION authz.describe_role(bigint, text) FROM PUBLIC;

CREATE FUNCTION authz.drop_role(role_id bigint, cascade boolean DEFAULT false, reassign_to text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
    new_key bigint;
    uses text;
BEGIN
    role := authz.find_role_by_id(drop_role.role_id);
    PERFORM FROM authz.roles AS r WHERE r.id = role.id FOR UPDATE;
    PERFORM authz.check('check_change_role', 'drop_role'::text, role.id);
    IF drop_role.reassign_to IS NOT NULL THEN
        new_key := authz.require_role(drop_role.reassign_to, role.resource_type, role.owner_id);
        IF new_key = role.id THEN
            RAISE EXCEPTION USING ERRCODE = '22023',
                MESSAGE = format('role "%s" cannot be reassigned to itself', role.name);
        END IF;
        PERFORM authz.check('check_reassign', role.id, new_key);
        -- Who has the other role already keeps it for the longer of the two
        -- times.  (An expiry of NULL is the longest.)
        UPDATE authz.assignments AS k
        SET expires_at = CASE WHEN a.expires_at IS NULL THEN NULL ELSE greatest(a.expires_at, k.expires_at) END
        FROM authz.assignments AS a
        WHERE a.role_id = role.id
          AND k.role_id = new_key
          AND (k.subject_id, k.resource_id, k.source) = (a.subject_id, a.resource_id, a.source)
          AND (a.expires_at IS NULL OR a.expires_at > k.expires_at)
          AND k.expires_at IS NOT NULL;
        UPDATE authz.assignments AS a
        SET role_id = new_key
        WHERE a.role_id = role.id
          AND NOT EXISTS (
            SELECT
            FROM authz.assignments AS k
            WHERE k.role_id = new_key
              AND (k.subject_id, k.resource_id, k.source) = (a.subject_id, a.resource_id, a.source)
          );
        DELETE FROM authz.assignments AS a WHERE a.role_id = role.id;
    ELSIF drop_role.cascade THEN
        PERFORM authz.check('check_reassign', role.id, NULL::bigint);
        DELETE FROM authz.assignments AS a WHERE a.role_id = role.id;
    END IF;

    -- The rule is a trigger's; only here there is more to say about the way out.
    uses := authz.role_uses(role.id);
    IF uses IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '2BP01',
            MESSAGE = format('cannot drop role "%s" because it is in use', role.name),
            DETAIL = uses,
            HINT = 'cascade => true takes it from its holders, reassign_to gives them another role; roles that build on it must be changed first.';
    END IF;
    DELETE FROM authz.roles AS r WHERE r.id = role.id;
END
$$;
COMMENT ON FUNCTION authz.drop_role(bigint, boolean, text) IS 'removes a role that nobody uses; cascade removes its assignments first, reassign_to gives its holders another role';
REVOKE ALL ON FUNCTION authz.drop_role(bigint, boolean, text) FROM PUBLIC;

CREATE FUNCTION authz.role_id(name text, resource_type text, owner text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner_key bigint;
    role_key bigint;
BEGIN
    IF role_id.name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'role must not be null';
    END IF;
    PERFORM authz.require_resource_type(role_id.resource_type);
    IF role_id.owner IS NOT NULL THEN
        owner_key := authz.find_resource(role_id.owner);
        PERFORM authz.check('check_find_role', role_id.resource_type, owner_key);
    END IF;
    SELECT r.id INTO role_key
    FROM authz.roles AS r
    WHERE r.name = role_id.name
      AND r.resource_type = role_id.resource_type
      AND r.owner_id IS NOT DISTINCT FROM owner_key;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = '42704',
            MESSAGE = format('role "%s" for resource type "%s" does not exist', role_id.name, role_id.resource_type),
            HINT = CASE WHEN role_id.owner IS NULL
                THEN 'A custom role is found with the resource that owns it: owner => resource.'
                ELSE 'A predefined role is found without an owner.' END;
    END IF;
    RETURN role_key;
END
$$;
COMMENT ON FUNCTION authz.role_id(text, text, text) IS 'id of a role: a custom role of that owner, or a predefined one';
REVOKE ALL ON FUNCTION authz.role_id(text, text, text) FROM PUBLIC;

-- The roles of a type as seen from a resource: predefined ones, and custom ones of
-- the resource and its ancestors, as far as the caller can see these.
CREATE FUNCTION authz.list_roles(resource text, resource_type text DEFAULT NULL)
RETURNS TABLE (
    role_id bigint,
    name text,
    owner authz.resource,
    inherits text,
    base_roles text[],
    permissions authz.permission_set,
    description text
)
LANGUAGE plpgsql STABLE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    place bigint;
    type text;
BEGIN
    place := authz.find_resource(list_roles.resource);
    type := coalesce(list_roles.resource_type, authz.resource_type(authz.resource(list_roles.resource)));
    PERFORM authz.require_resource_type(type);
    PERFORM authz.check('check_find_role', type, place);
    RETURN QUERY
        SELECT r.id, r.name::text, o.resource, i.name::text,
            ARRAY(
                SELECT format('%s:%s', b.resource_type, l.name)
                FROM authz.role_base_roles AS b
                JOIN authz.roles AS l ON l.id = b.base_role_id
                WHERE b.role_id = r.id
                ORDER BY b.resource_type
            ),
            (SELECT authz.permission_union(p.permission) FROM authz.role_permissions AS p WHERE p.role_id = r.id),
            r.description
        FROM authz.roles AS r
        LEFT JOIN authz.resources AS o ON o.id = r.owner_id
        LEFT JOIN authz.roles AS i ON i.id = r.inherits_id
        WHERE r.resource_type = type
          AND (r.owner_id IS NULL
               OR r.owner_id IN (SELECT a.id FROM authz.resource_and_above(place) AS a (id))
               AND authz.check('sees_resource', r.owner_id))
        ORDER BY o.resource NULLS FIRST, r.name;
END
$$;
COMMENT ON FUNCTION authz.list_roles(text, text) IS 'roles of a resource type that can be assigned on the resource (or, of a descendant type, beneath it), with their own permissions';
REVOKE ALL ON FUNCTION authz.list_roles(text, text) FROM PUBLIC;

-- Assignments -----------------------------------------------------------------
CREATE FUNCTION authz.grant_role(
    subject text,
    role text,
    resource text,
    source text DEFAULT 'manual',
    expires_at timestamptz DEFAULT NULL,
    role_type text DEFAULT NULL
)
RETURNS bigint
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS 'MODULE_PATHNAME', 'authz_grant_role';
COMMENT ON FUNCTION authz.grant_role(text, text, text, text, timestamptz, text) IS 'gives a subject a role on a resource; returns the id of the assignment';
REVOKE ALL ON FUNCTION authz.grant_role(text, text, text, text, timestamptz, text) FROM PUBLIC;

CREATE FUNCTION authz.grant_role_in_full(subject text, role text, resource text, source text, expires_at timestamptz, role_type text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    resource_key bigint;
    role_key bigint;
    subject_key bigint;
    assignment_key bigint;
BEGIN
    PERFORM authz.check_source(grant_role_in_full.source);
    resource_key := authz.find_resource(grant_role_in_full.resource);
    LOOP
        role_key := authz.require_role(grant_role_in_full.role,
            coalesce(grant_role_in_full.role_type, authz.resource_type(authz.resource(grant_role_in_full.resource))), resource_key);
        -- One that is being dropped is waited for, and then does not exist.
        PERFORM FROM authz.roles AS r WHERE r.id = role_key FOR KEY SHARE;
        EXIT WHEN FOUND;
    END LOOP;
    PERFORM authz.check('check_grant', role_key, resource_key, grant_role_in_full.expires_at);
    subject_key := authz.make_subject(grant_role_in_full.subject);
    RETURN authz.assign(subject_key, role_key, resource_key, grant_role_in_full.source, grant_role_in_full.expires_at);
END
$$;
COMMENT ON FUNCTION authz.grant_role_in_full(text, text, text, text, timestamptz, text) IS 'internal: grant_role, whatever the case';
REVOKE ALL ON FUNCTION authz.grant_role_in_full(text, text, text, text, timestamptz, text) FROM PUBLIC;

-- Granted again, an assignment stays the same row with the new expiry.  Where a
-- subject has one role per resource and source, the trigger that takes the old
-- one away must find none that has not been checked: so nobody grants the
-- subject anything meanwhile.
CREATE FUNCTION authz.assign(subject_id bigint, role_id bigint, resource_id bigint, source text, expires_at timestamptz)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
BEGIN
    IF NOT authz.is_administrator() THEN
        PERFORM FROM authz.subjects AS s WHERE s.id = assign.subject_id FOR UPDATE;
        PERFORM authz.check('check_replace', assign.subject_id, assign.role_id, assign.resource_id, assign.source);
    END IF;
    LOOP
        INSERT INTO authz.assignments AS a (subject_id, role_id, resource_id, source, granted_by, expires_at)
        VALUES (assign.subject_id, assign.role_id, assign.resource_id, assign.source, authz.current_subject(), assign.expires_at)
        ON CONFLICT ON CONSTRAINT assignments_key
        DO UPDATE SET expires_at = EXCLUDED.expires_at, granted_by = EXCLUDED.granted_by, granted_at = EXCLUDED.granted_at
        WHERE a.expires_at IS DISTINCT FROM EXCLUDED.expires_at
        RETURNING a.id INTO key;
        EXIT WHEN FOUND;
        SELECT a.id INTO key
        FROM authz.assignments AS a
        WHERE (a.subject_id, a.role_id, a.resource_id, a.source)
            = (assign.subject_id, assign.role_id, assign.resource_id, assign.source);
        EXIT WHEN FOUND;
    END LOOP;
    RETURN key;
END
$$;
COMMENT ON FUNCTION authz.assign(bigint, bigint, bigint, text, timestamptz) IS 'internal: makes or renews an assignment';
REVOKE ALL ON FUNCTION authz.assign(bigint, bigint, bigint, text, timestamptz) FROM PUBLIC;

CREATE FUNCTION authz.revoke_role(
    subject text,
    role text,
    resource text,
    source text DEFAULT 'manual',
    role_type text DEFAULT NULL
)
RETURNS boolean
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS 'MODULE_PATHNAME', 'authz_revoke_role';
COMMENT ON FUNCTION authz.revoke_role(text, text, text, text, text) IS 'takes a role on a resource from a subject, as far as it came from that source; false if it was not there';
REVOKE ALL ON FUNCTION authz.revoke_role(text, text, text, text, text) FROM PUBLIC;

CREATE FUNCTION authz.revoke_role_in_full(subject text, role text, resource text, source text, role_type text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    resource_key bigint;
    role_key bigint;
    subject_key bigint;
BEGIN
    PERFORM authz.check_source(revoke_role_in_full.source);
    resource_key := authz.find_resource(revoke_role_in_full.resource);
    role_key := authz.require_role(revoke_role_in_full.role,
        coalesce(revoke_role_in_full.role_type, authz.resource_type(authz.resource(revoke_role_in_full.resource))), resource_key);
    PERFORM authz.check('check_revoke', role_key, resource_key);
    subject_key := authz.find_subject(revoke_role_in_full.subject);
    DELETE FROM authz.assignments AS a
    WHERE a.subject_id = subject_key
      AND a.role_id = role_key
      AND a.resource_id = resource_key
      AND a.source = revoke_role_in_full.source;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION authz.revoke_role_in_full(text, text, text, text, text) IS 'internal: revoke_role, whatever the case';
REVOKE ALL ON FUNCTION authz.revoke_role_in_full(text, text, text, text, text) FROM PUBLIC;

CREATE FUNCTION authz.list_assignments(resource text, role_type text DEFAULT NULL)
RETURNS TABLE (
    assignment_id bigint,
    subject authz.subject,
    role text,
    source text,
    granted_by authz.subject,
    granted_at timestamptz,
    expires_at timestamptz
)
LANGUAGE plpgsql STABLE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    place bigint;
    type text;
BEGIN
    place := authz.find_resource(list_assignments.resource);
    type := coalesce(list_assignments.role_type, authz.resource_type(authz.resource(list_assignments.resource)));
    PERFORM authz.require_resource_type(type);
    PERFORM authz.check('check_operation', 'assign_role'::text, type, place);
    RETURN QUERY
        SELECT a.id, s.subject, r.name::text, a.source::text, a.granted_by, a.granted_at, a.expires_at
        FROM authz.assignments AS a
        JOIN authz.subjects AS s ON s.id = a.subject_id
        JOIN authz.roles AS r ON r.id = a.role_id AND r.resource_type = type
        WHERE a.resource_id = place
        ORDER BY s.subject, r.name, a.source;
END
$$;
COMMENT ON FUNCTION authz.list_assignments(text, text) IS 'who holds which role of a resource type by an assignment on the resource itself';
REVOKE ALL ON FUNCTION authz.list_assignments(text, text) FROM PUBLIC;

CREATE FUNCTION authz.set_base_permission(resource text, role text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    resource_key bigint;
    type authz.resource_types;
    role_key bigint;
    role_name text;
    members bigint;
    old record;
BEGIN
    resource_key := authz.find_resource(set_base_permission.resource);
    SELECT t.* INTO type
    FROM authz.resources AS r
    JOIN authz.resource_types AS t ON t.name = r.resource_type
    WHERE r.id = resource_key;
    PERFORM authz.check('check_operation', 'assign_role'::text, type.name, resource_key);
    IF set_base_permission.role <> 'none' THEN
        role_key := authz.find_base_role(set_base_permission.role, type.name, resource_key, only_child_types => true);
        SELECT r.name INTO role_name FROM authz.roles AS r WHERE r.id = role_key;
        IF role_name = ANY (type.base_permissions) IS NOT TRUE THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'base_permission',
                MESSAGE = format('role "%s" cannot be the base permission of %s', set_base_permission.role, set_base_permission.resource),
                DETAIL = CASE WHEN cardinality(type.base_permissions) > 0
                    THEN format('Resource type "%s" allows %s.', type.name, array_to_string(type.base_permissions, ', '))
                    ELSE format('Resources of type "%s" have no base permission.', type.name) END;
        END IF;
        PERFORM authz.check('check_grant', role_key, resource_key, NULL::timestamptz);
    END IF;

    members := authz.make_subject(authz.group_subject(set_base_permission.resource));
    -- One for each type: the old one of that type goes.
    FOR old IN
        SELECT a.id, a.role_id
        FROM authz.assignments AS a
        JOIN authz.roles AS o ON o.id = a.role_id
        WHERE a.subject_id = members
          AND a.resource_id = resource_key
          AND a.source = 'base_permission'
          AND a.role_id IS DISTINCT FROM role_key
          AND (role_key IS NULL OR o.resource_type = (SELECT n.resource_type FROM authz.roles AS n WHERE n.id = role_key))
    LOOP
        PERFORM authz.check('check_revoke', old.role_id, resource_key);
        DELETE FROM authz.assignments AS a WHERE a.id = old.id;
    END LOOP;
    IF role_key IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN authz.assign(members, role_key, resource_key, 'base_permission', NULL);
END
$$;
COMMENT ON FUNCTION authz.set_base_permission(text, text) IS 'sets the role that all members hold on the resources beneath, NULL for none; returns the id of the assignment';
REVOKE ALL ON FUNCTION authz.set_base_permission(text, text) FROM PUBLIC;
