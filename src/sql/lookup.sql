-- Names into rows, for the functions that change the data: an unknown name, and a
-- name of another tenant, "does not exist", after the same work.

CREATE FUNCTION authz_internal.require_resource_type(name text)
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
            HINT = coalesce('Did you mean "' || authz_internal.nearest_name(require_resource_type.name, ARRAY(SELECT t.name FROM authz.resource_types AS t ORDER BY t.name)) || '"?',
                            'Resource types are defined with authz.apply.');
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.require_resource_type(text) IS 'internal: an error if there is no such resource type';
REVOKE ALL ON FUNCTION authz_internal.require_resource_type(text) FROM PUBLIC;

CREATE FUNCTION authz_internal.find_resource(name text)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
    seen boolean;
    type text;
BEGIN
    IF find_resource.name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'resource must not be null';
    END IF;
    SELECT r.id INTO key
    FROM authz.resources AS r
    WHERE r.resource = authz.resource(find_resource.name);
    seen := authz_internal.gate_sees_resource(authz_internal.resource_from(authz.resource(find_resource.name)));
    IF key IS NULL OR NOT seen THEN
        type := authz.resource_type(authz.resource(find_resource.name));
        PERFORM authz_internal.require_resource_type(type);
        RAISE EXCEPTION USING ERRCODE = '42704',
            MESSAGE = format('resource "%s" does not exist', find_resource.name),
            HINT = CASE WHEN EXISTS (SELECT FROM authz.tracked_tables AS t WHERE t.resource_type = type)
                        THEN format('Resources of type "%s" follow the rows of a table.', type)
                        ELSE format('Resources of type "%s" are made with authz.create_resource, or by authz.track from the rows of a table.', type) END;
    END IF;
    IF authz_internal.is_provisional(key) THEN
        RAISE EXCEPTION USING ERRCODE = '55000',
            MESSAGE = format('resource "%s" is provisional', find_resource.name),
            DETAIL = 'It was made for a new row whose policies are being checked, and which may not be stored.',
            HINT = 'Use an AFTER trigger.';
    END IF;
    RETURN key;
END
$$;
COMMENT ON FUNCTION authz_internal.find_resource(text) IS 'internal: key of a resource that the caller can see, or an error';
REVOKE ALL ON FUNCTION authz_internal.find_resource(text) FROM PUBLIC;

-- An administrator may change a resource without its row, and hears of it.
CREATE FUNCTION authz_internal.warn_follows_row(resource_id bigint)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF authz_internal.row_of(warn_follows_row.resource_id) IS NOT NULL THEN
        RAISE WARNING USING MESSAGE = format('a row of table %s has this resource', authz_internal.row_of(warn_follows_row.resource_id)),
            DETAIL = 'The table says something else now.',
            HINT = 'Change the row.';
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.warn_follows_row(bigint) IS 'internal: a warning if the resource has a row';
REVOKE ALL ON FUNCTION authz_internal.warn_follows_row(bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.find_team(name text)
RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    team record;
    seen boolean;
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
    seen := authz_internal.gate_sees_resource(authz_internal.team_home_from(authz.subject(find_team.name)));
    IF team.id IS NULL OR NOT seen THEN
        RAISE EXCEPTION USING ERRCODE = '42704',
            MESSAGE = format('team "%s" does not exist', find_team.name),
            HINT = coalesce(
                -- Other people's teams are for administrators to know.
                CASE WHEN authz.is_administrator() THEN
                    'Did you mean "team:' || authz_internal.nearest_name(substr(find_team.name, length('team:') + 1),
                        ARRAY(SELECT substr(s.subject::text, length('team:') + 1) FROM authz.subjects AS s WHERE authz.subject_kind(s.subject) = 'team' ORDER BY s.subject LIMIT 10000)) || '"?' END,
                'Teams are made with authz.create_team.');
    END IF;
    RETURN team.id;
END
$$;
COMMENT ON FUNCTION authz_internal.find_team(text) IS 'internal: key of a team that the caller can see, or an error';
REVOKE ALL ON FUNCTION authz_internal.find_team(text) FROM PUBLIC;

-- Roles by name as seen from a resource: the predefined one, or custom ones of the
-- resource and its ancestors, the nearest first.
CREATE FUNCTION authz_internal.find_roles(name text, resource_type text, resource_id bigint)
RETURNS bigint[]
LANGUAGE C STABLE CALLED ON NULL INPUT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'authz_find_roles';
COMMENT ON FUNCTION authz_internal.find_roles(text, text, bigint) IS 'internal: keys of the roles of that name as seen from a resource';
REVOKE ALL ON FUNCTION authz_internal.find_roles(text, text, bigint) FROM PUBLIC;

-- An ancestor of the owner of a role may come to own one of the same name (by a move,
-- or because its own is younger): then a name alone does not say which is meant.
CREATE FUNCTION authz_internal.check_role_is_one(role_ids bigint[], hint text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF cardinality(check_role_is_one.role_ids) > 1 THEN
        RAISE EXCEPTION USING ERRCODE = '42710',
            MESSAGE = (SELECT format('role "%s" is ambiguous', r.name) FROM authz.roles AS r WHERE r.id = check_role_is_one.role_ids[1]),
            DETAIL = (
                SELECT format('There is one of %s.', authz_internal.short_list(array_agg(authz_internal.resource_label(r.owner_id) ORDER BY k.n)))
                FROM unnest(check_role_is_one.role_ids) WITH ORDINALITY AS k (id, n)
                JOIN authz.roles AS r ON r.id = k.id),
            HINT = check_role_is_one.hint;
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.check_role_is_one(bigint[], text) IS 'internal: an error if a name stands for several roles';
REVOKE ALL ON FUNCTION authz_internal.check_role_is_one(bigint[], text) FROM PUBLIC;

-- For hints: custom roles of an organization are for administrators to know.
CREATE FUNCTION authz_internal.role_names(resource_type text, resource_id bigint)
RETURNS text[]
LANGUAGE sql STABLE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT ARRAY(
        SELECT r.name
        FROM authz.roles AS r
        WHERE r.resource_type = role_names.resource_type
          AND (r.owner_id IS NULL
               OR authz.is_administrator() AND r.owner_id IN (SELECT a.id FROM authz_internal.resource_and_above(role_names.resource_id) AS a (id)))
        ORDER BY r.owner_id IS NOT NULL, r.name COLLATE "C");
END;
COMMENT ON FUNCTION authz_internal.role_names(text, bigint) IS 'internal: the roles that a hint may name, as seen from a resource';
REVOKE ALL ON FUNCTION authz_internal.role_names(text, bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.require_roles(name text, resource_type text, resource_id bigint)
RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keys bigint[];
    other text;
BEGIN
    IF require_roles.name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'role must not be null';
    END IF;
    PERFORM authz_internal.require_resource_type(require_roles.resource_type);
    keys := authz_internal.find_roles(require_roles.name, require_roles.resource_type, require_roles.resource_id);
    IF cardinality(keys) = 0 THEN
        SELECT min(t.name) INTO other
        FROM authz.resource_types AS t
        WHERE cardinality(authz_internal.find_roles(require_roles.name, t.name, require_roles.resource_id)) > 0;
        RAISE EXCEPTION USING ERRCODE = '42704',
            MESSAGE = format('role "%s" for resource type "%s" does not exist', require_roles.name, require_roles.resource_type),
            HINT = coalesce(
                'There is a role of that name for resource type "' || other || '".',
                'Did you mean "' || authz_internal.nearest_name(require_roles.name, authz_internal.role_names(require_roles.resource_type, require_roles.resource_id)) || '"?',
                format('Roles for resource type "%s" are %s.', require_roles.resource_type, authz_internal.quoted_list(authz_internal.role_names(require_roles.resource_type, require_roles.resource_id))));
    END IF;
    RETURN keys;
END
$$;
COMMENT ON FUNCTION authz_internal.require_roles(text, text, bigint) IS 'internal: keys of the roles of that name as seen from a resource, the nearest first, or an error';
REVOKE ALL ON FUNCTION authz_internal.require_roles(text, text, bigint) FROM PUBLIC;

-- Permission names that a role is to get or lose: valid, known, without
-- duplicates.
CREATE FUNCTION authz_internal.require_permissions(names text[])
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
COMMENT ON FUNCTION authz_internal.require_permissions(text[]) IS 'internal: the permissions of those names, or an error';
REVOKE ALL ON FUNCTION authz_internal.require_permissions(text[]) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_role_name(name text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF check_role_name.name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'role name must not be null';
    END IF;
    IF authz_internal.role_name_problem(check_role_name.name) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = 'invalid role name',
            DETAIL = authz_internal.role_name_problem(check_role_name.name);
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.check_role_name(text) IS 'internal: an error for a name that no role can have';
REVOKE ALL ON FUNCTION authz_internal.check_role_name(text) FROM PUBLIC;

CREATE FUNCTION authz_internal.check_source(source text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF check_source.source IS NULL OR authz_internal.source_problem(check_source.source) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('invalid source: %s', coalesce('"' || check_source.source || '"', 'NULL')),
            DETAIL = authz_internal.source_problem(coalesce(check_source.source, ''));
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.check_source(text) IS 'internal: an error for what is no source of an assignment';
REVOKE ALL ON FUNCTION authz_internal.check_source(text) FROM PUBLIC;

-- The row of a subject; NULL for a user, service account or member set that is in
-- no group and holds nothing.  Teams and resources must have been created.
CREATE FUNCTION authz_internal.find_subject(name text)
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
        RETURN authz_internal.find_team(find_subject.name);
    ELSIF kind = 'member' THEN
        PERFORM authz_internal.find_resource(left(wanted::text, -length('#member')));
    END IF;
    SELECT s.id INTO key FROM authz.subjects AS s WHERE s.subject = wanted;
    RETURN key;
END
$$;
COMMENT ON FUNCTION authz_internal.find_subject(text) IS 'internal: key of a subject, or NULL';
REVOKE ALL ON FUNCTION authz_internal.find_subject(text) FROM PUBLIC;

-- The same for a subject that is about to be in a group or hold a role: users,
-- service accounts and member sets come to be with their first mention.  It stays
-- to the end of the transaction, as below.
CREATE FUNCTION authz_internal.make_subject(name text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
    wanted authz.subject := authz.subject(make_subject.name);
    home bigint;
BEGIN
    LOOP
        key := authz_internal.find_subject(make_subject.name);
        IF key IS NULL THEN
            IF authz.subject_kind(wanted) = 'member' THEN
                home := authz_internal.keep_resource(left(wanted::text, -length('#member')));
            END IF;
            INSERT INTO authz.subjects (subject, resource_id)
            VALUES (wanted, home)
            ON CONFLICT ON CONSTRAINT subjects_subject_key DO NOTHING
            RETURNING id INTO key;
        ELSE
            PERFORM FROM authz.subjects AS s WHERE s.id = key FOR KEY SHARE;
        END IF;
        EXIT WHEN FOUND;
    END LOOP;
    RETURN key;
END
$$;
COMMENT ON FUNCTION authz_internal.make_subject(text) IS 'internal: key of a subject, with a new row where it needs one';
REVOKE ALL ON FUNCTION authz_internal.make_subject(text) FROM PUBLIC;

-- The subject that stands for a group as people write it: team:x,
-- organization:7 or organization:7#member.
CREATE FUNCTION authz_internal.group_subject(member_of text)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF group_subject.member_of IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'group must not be null';
    END IF;
    IF group_subject.member_of ~ '^team:' OR group_subject.member_of ~ '#member$' THEN
        RETURN group_subject.member_of;
    END IF;
    IF group_subject.member_of ~ '^(user|service_account):' THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('"%s" is not a group', group_subject.member_of),
            HINT = 'A group is a team, such as team:eng, or a resource with members, such as organization:7.';
    END IF;
    -- Written as a resource: it must be one before it is spelled as a subject.
    RETURN authz.resource(group_subject.member_of)::text || '#member';
END
$$;
COMMENT ON FUNCTION authz_internal.group_subject(text) IS 'internal: the subject that stands for a team or for the members of a resource';
REVOKE ALL ON FUNCTION authz_internal.group_subject(text) FROM PUBLIC;

-- The key of a role given by its key, with everything a caller needs to know.
CREATE FUNCTION authz_internal.find_role_by_id(role_id bigint)
RETURNS authz.roles
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
    seen boolean;
BEGIN
    IF find_role_by_id.role_id IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'role must not be null';
    END IF;
    SELECT r.* INTO role FROM authz.roles AS r WHERE r.id = find_role_by_id.role_id;
    seen := authz_internal.gate_sees_resource(coalesce(role.owner_id, 0)) OR role.owner_id IS NULL;
    IF role.id IS NULL OR NOT seen THEN
        RAISE EXCEPTION USING ERRCODE = '42704',
            MESSAGE = format('role with id %s does not exist', find_role_by_id.role_id),
            HINT = 'authz.role_id finds the id of a role by its name.';
    END IF;
    RETURN role;
END
$$;
COMMENT ON FUNCTION authz_internal.find_role_by_id(bigint) IS 'internal: a role that the caller can see, or an error';
REVOKE ALL ON FUNCTION authz_internal.find_role_by_id(bigint) FROM PUBLIC;

-- 'write' or 'repository:write', as seen from a resource: a role of a descendant
-- type (or of a child type only).
CREATE FUNCTION authz_internal.find_base_role(name text, below_type text, resource_id bigint, only_child_types boolean DEFAULT false)
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
        WHERE find_base_role.below_type = ANY (t.parents)
        UNION
        SELECT t.name
        FROM beneath AS b
        JOIN authz.resource_types AS t ON b.name = ANY (t.parents)
        WHERE NOT find_base_role.only_child_types
    ), candidates (type, role_id, is_qualified) AS (
        SELECT b.name, f.id, n.is_qualified
        FROM beneath AS b
        CROSS JOIN LATERAL (
            SELECT find_base_role.name, false
            UNION ALL
            SELECT substr(find_base_role.name, length(b.name) + 2), true
            WHERE starts_with(find_base_role.name, b.name || ':')
        ) AS n (name, is_qualified)
        CROSS JOIN LATERAL unnest(authz_internal.find_roles(n.name, b.name, find_base_role.resource_id)) AS f (id)
    )
    -- Written with a type, it is that one.
    SELECT array_agg(c.role_id ORDER BY c.type), array_agg(DISTINCT c.type ORDER BY c.type) INTO keys, types
    FROM candidates AS c
    WHERE c.is_qualified OR NOT EXISTS (SELECT FROM candidates AS q WHERE q.is_qualified);

    IF keys IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42704',
            MESSAGE = format('role "%s" for a resource type below "%s" does not exist', find_base_role.name, find_base_role.below_type),
            HINT = 'A base role is written as name or resource_type:name.';
    ELSIF cardinality(types) > 1 THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('role "%s" is ambiguous', find_base_role.name),
            DETAIL = format('There are roles of that name for the resource types %s.', array_to_string(types, ', ')),
            HINT = format('Write %s:%s.', types[1], find_base_role.name);
    END IF;
    PERFORM authz_internal.check_role_is_one(keys, 'Rename one of them.');
    RETURN keys[1];
END
$$;
COMMENT ON FUNCTION authz_internal.find_base_role(text, text, bigint, boolean) IS 'internal: key of a role of a descendant type, or an error';
REVOKE ALL ON FUNCTION authz_internal.find_base_role(text, text, bigint, boolean) FROM PUBLIC;

-- Names that are about to be written down: until the end of the transaction nobody
-- drops what they stand for.  What is being dropped is waited for, and then does
-- not exist; a foreign key would say so by our keys.
CREATE FUNCTION authz_internal.keep_resource(name text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
BEGIN
    LOOP
        key := authz_internal.find_resource(keep_resource.name);
        PERFORM FROM authz.resources AS r WHERE r.id = key FOR KEY SHARE;
        IF FOUND THEN
            RETURN key;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.keep_resource(text) IS 'internal: find_resource, of a resource that stays to the end of the transaction';
REVOKE ALL ON FUNCTION authz_internal.keep_resource(text) FROM PUBLIC;

-- Before what hangs on resources is written: see src/rules/lock.c.  Where holders will be
-- counted, at once as strongly as that needs: who has a weaker lock would wait behind
-- who waits for it.
CREATE FUNCTION authz_internal.keep_resources(resource_ids bigint[], counted_ids bigint[] DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
BEGIN
    IF coalesce(cardinality(counted_ids), 0) = 0 THEN
        PERFORM FROM authz.resources AS r WHERE r.id = ANY (resource_ids) ORDER BY r.id FOR KEY SHARE;
        RETURN;
    END IF;
    FOR key IN
        SELECT DISTINCT k FROM unnest(resource_ids) AS k WHERE k IS NOT NULL ORDER BY k
    LOOP
        IF key = ANY (counted_ids) THEN
            PERFORM FROM authz.resources AS r WHERE r.id = key FOR NO KEY UPDATE;
        ELSE
            PERFORM FROM authz.resources AS r WHERE r.id = key FOR KEY SHARE;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.keep_resources(bigint[], bigint[]) IS 'internal: resources stay to the end of the transaction; on the second ones nobody else counts holders';
REVOKE ALL ON FUNCTION authz_internal.keep_resources(bigint[], bigint[]) FROM PUBLIC;

CREATE FUNCTION authz_internal.keep_home(group_name text)
RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT authz_internal.keep_resources(ARRAY(
        SELECT s.resource_id FROM authz.subjects AS s WHERE s.subject = authz.subject(group_name)
        UNION
        SELECT r.id FROM authz.resources AS r
        WHERE r.resource = CASE WHEN group_name LIKE '%#member' THEN authz.resource(left(group_name, -length('#member'))) END));
END;
COMMENT ON FUNCTION authz_internal.keep_home(text) IS 'internal: the resource of a group stays to the end of the transaction';
REVOKE ALL ON FUNCTION authz_internal.keep_home(text) FROM PUBLIC;

CREATE FUNCTION authz_internal.keep_team(name text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
BEGIN
    LOOP
        key := authz_internal.find_team(keep_team.name);
        PERFORM FROM authz.subjects AS s WHERE s.id = key FOR KEY SHARE;
        IF FOUND THEN
            RETURN key;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.keep_team(text) IS 'internal: find_team, of a team that stays to the end of the transaction';
REVOKE ALL ON FUNCTION authz_internal.keep_team(text) FROM PUBLIC;

-- A role is looked up as it is now.  A transaction that keeps its snapshot does not
-- find one that is younger in the table, and would not the next time either.
CREATE FUNCTION authz_internal.check_retry()
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        RAISE EXCEPTION USING ERRCODE = '40001',
            MESSAGE = 'could not serialize access due to concurrent update',
            HINT = 'The transaction might succeed if retried.';
    END IF;
END
$$;
COMMENT ON FUNCTION authz_internal.check_retry() IS 'internal: a serialization failure where a look-up would find the same again';
REVOKE ALL ON FUNCTION authz_internal.check_retry() FROM PUBLIC;

CREATE FUNCTION authz_internal.keep_role(name text, resource_type text, resource_id bigint, owner_id bigint DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keys bigint[];
BEGIN
    LOOP
        keys := authz_internal.require_roles(keep_role.name, keep_role.resource_type, keep_role.resource_id);
        IF keep_role.owner_id IS NOT NULL THEN
            keys := ARRAY(SELECT r.id FROM authz.roles AS r WHERE r.id = ANY (keys) AND r.owner_id = keep_role.owner_id);
            IF cardinality(keys) = 0 THEN
                RAISE EXCEPTION USING ERRCODE = '42704',
                    MESSAGE = format('role "%s" of %s for resource type "%s" does not exist', keep_role.name,
                        (SELECT o.resource FROM authz.resources AS o WHERE o.id = keep_role.owner_id), keep_role.resource_type),
                    HINT = 'The owner of a role is the resource itself or an ancestor.';
            END IF;
        END IF;
        PERFORM authz_internal.check_role_is_one(keys, 'Choose one by its owner where there is role_owner, or rename one of them.');
        PERFORM FROM authz.roles AS r WHERE r.id = keys[1] FOR KEY SHARE;
        IF FOUND THEN
            RETURN keys[1];
        END IF;
        PERFORM authz_internal.check_retry();
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.keep_role(text, text, bigint, bigint) IS 'internal: the one role of that name as seen from a resource, perhaps of one owner; it stays to the end of the transaction';
REVOKE ALL ON FUNCTION authz_internal.keep_role(text, text, bigint, bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.keep_nearest_role(name text, resource_type text, resource_id bigint, other_than bigint)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keys bigint[];
BEGIN
    LOOP
        keys := authz_internal.require_roles(keep_nearest_role.name, keep_nearest_role.resource_type, keep_nearest_role.resource_id);
        IF cardinality(keys) > 1 THEN
            keys := array_remove(keys, keep_nearest_role.other_than);
        END IF;
        PERFORM FROM authz.roles AS r WHERE r.id = keys[1] FOR KEY SHARE;
        IF FOUND THEN
            RETURN keys[1];
        END IF;
        PERFORM authz_internal.check_retry();
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.keep_nearest_role(text, text, bigint, bigint) IS 'internal: the nearest role of that name as seen from a resource, another one than that if there is one; it stays to the end of the transaction';
REVOKE ALL ON FUNCTION authz_internal.keep_nearest_role(text, text, bigint, bigint) FROM PUBLIC;

CREATE FUNCTION authz_internal.keep_base_role(name text, below_type text, resource_id bigint, only_child_types boolean DEFAULT false)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
BEGIN
    LOOP
        key := authz_internal.find_base_role(keep_base_role.name, keep_base_role.below_type, keep_base_role.resource_id, keep_base_role.only_child_types);
        PERFORM FROM authz.roles AS r WHERE r.id = key FOR KEY SHARE;
        IF FOUND THEN
            RETURN key;
        END IF;
        PERFORM authz_internal.check_retry();
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.keep_base_role(text, text, bigint, boolean) IS 'internal: find_base_role, of a role that stays to the end of the transaction';
REVOKE ALL ON FUNCTION authz_internal.keep_base_role(text, text, bigint, boolean) FROM PUBLIC;

CREATE FUNCTION authz_internal.keep_role_by_id(role_id bigint)
RETURNS authz.roles
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    role authz.roles;
BEGIN
    LOOP
        role := authz_internal.find_role_by_id(keep_role_by_id.role_id);
        PERFORM authz_internal.keep_resources(ARRAY[role.owner_id]);
        PERFORM FROM authz.roles AS r WHERE r.id = role.id FOR KEY SHARE;
        IF FOUND THEN
            RETURN role;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.keep_role_by_id(bigint) IS 'internal: find_role_by_id, of a role that stays to the end of the transaction';
REVOKE ALL ON FUNCTION authz_internal.keep_role_by_id(bigint) FROM PUBLIC;
