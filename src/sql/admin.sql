-- Functions that change the model's data: resources, teams, members,
-- assignments; roles are in src/sql/role.sql.
--
-- Each is an entry point in C, which determines who calls and switches to the owner
-- of the tables (src/admin/entry_point.c), since a delegated administrator has no privileges on
-- them, and an implementation in schema authz_internal.  That does three things, in
-- this order: it turns names into rows (src/sql/lookup.sql), asks
-- src/sql/delegation.sql whether the caller may, and writes the tables.  The rules of
-- the model are not here: they are triggers on the tables, so that they also hold for
-- plain DML (src/sql/guard.sql), and so are the removals that follow from a removal.
--
-- Executable by nobody until an administrator grants it.

-- Resources -------------------------------------------------------------------
CREATE FUNCTION authz.create_resource(resource text, parent text DEFAULT NULL)
RETURNS authz.resource
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.create_resource(text, text) IS 'creates a resource, under a parent resource';
REVOKE ALL ON FUNCTION authz.create_resource(text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.create_resource(resource text, parent text)
RETURNS authz.resource
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
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
    PERFORM authz_internal.require_resource_type(authz.resource_type(wanted));
    IF create_resource.parent IS NOT NULL THEN
        parent_key := authz_internal.keep_resource(create_resource.parent);
    END IF;
    PERFORM authz_internal.gate_check_create_resource(wanted, parent_key);
    IF EXISTS (SELECT FROM authz.tracked_tables AS t WHERE t.resource_type = authz.resource_type(wanted)) THEN
        RAISE WARNING USING MESSAGE = format('resources of type "%s" follow the rows of a table', authz.resource_type(wanted)),
            DETAIL = format('A row that comes to have this id takes "%s" over only while nothing hangs on it.', wanted),
            HINT = 'Insert the row.';
    END IF;

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
COMMENT ON FUNCTION authz_internal.create_resource(text, text) IS 'implementation of authz.create_resource';
REVOKE ALL ON FUNCTION authz_internal.create_resource(text, text) FROM PUBLIC;

CREATE FUNCTION authz.move_resource(resource text, parent text)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.move_resource(text, text) IS 'puts a resource under another parent, or under none';
REVOKE ALL ON FUNCTION authz.move_resource(text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.move_resource(resource text, parent text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
    parent_key bigint;
BEGIN
    -- Dropped meanwhile, they are looked up again, and then do not exist.
    LOOP
        key := authz_internal.find_resource(move_resource.resource);
        IF move_resource.parent IS NOT NULL THEN
            parent_key := authz_internal.find_resource(move_resource.parent);
        END IF;
        -- Who may not do it locks nothing.
        PERFORM authz_internal.gate_check_follows_row('move', key);
        PERFORM authz_internal.gate_check_move_resource(key, parent_key, true);
        BEGIN
            PERFORM authz_internal.lock_move(key, parent_key);
        EXCEPTION WHEN SQLSTATE 'AZNEW' THEN
            CONTINUE;
        END;
        EXIT WHEN NOT EXISTS (SELECT FROM unnest(ARRAY[key, parent_key]) AS k (id) WHERE k.id IS NOT NULL AND NOT EXISTS (SELECT FROM authz.resources AS r WHERE r.id = k.id));
    END LOOP;
    PERFORM authz_internal.gate_check_follows_row('move', key);
    PERFORM authz_internal.gate_check_move_resource(key, parent_key, true);
    PERFORM authz_internal.warn_follows_row(key);
    UPDATE authz.resources AS r
    SET parent_id = parent_key
    WHERE r.id = key AND r.parent_id IS DISTINCT FROM parent_key;
END
$$;
COMMENT ON FUNCTION authz_internal.move_resource(text, text) IS 'implementation of authz.move_resource';
REVOKE ALL ON FUNCTION authz_internal.move_resource(text, text) FROM PUBLIC;

CREATE FUNCTION authz.drop_resource(resource text)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.drop_resource(text) IS 'removes a resource and everything that hangs on it';
REVOKE ALL ON FUNCTION authz.drop_resource(text) FROM PUBLIC;

CREATE FUNCTION authz_internal.drop_resource(resource text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
BEGIN
    key := authz_internal.find_resource(drop_resource.resource);
    -- Who may not do it locks nothing.
    PERFORM authz_internal.gate_check_operation('drop_resource', authz.resource_type(authz.resource(drop_resource.resource)), key);
    PERFORM FROM authz.resources AS r WHERE r.id = ANY (authz_internal.resources_within(ARRAY[key])) ORDER BY r.id FOR UPDATE;
    PERFORM authz_internal.gate_check_follows_row('drop', key);
    PERFORM authz_internal.gate_check_drop_resource(key);
    PERFORM authz_internal.warn_follows_row(key);
    DELETE FROM authz.resources AS r WHERE r.id = key;
END
$$;
COMMENT ON FUNCTION authz_internal.drop_resource(text) IS 'implementation of authz.drop_resource';
REVOKE ALL ON FUNCTION authz_internal.drop_resource(text) FROM PUBLIC;

-- Teams and members -----------------------------------------------------------
CREATE FUNCTION authz.create_team(team text, organization text, parent text DEFAULT NULL)
RETURNS authz.subject
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.create_team(text, text, text) IS 'creates a team of an organization, under a parent team';
REVOKE ALL ON FUNCTION authz.create_team(text, text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.create_team(team text, organization text, parent text)
RETURNS authz.subject
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
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
    home := authz_internal.keep_resource(create_team.organization);
    IF create_team.parent IS NOT NULL THEN
        parent_key := authz_internal.keep_team(create_team.parent);
    END IF;
    PERFORM authz_internal.gate_check_create_team(home, parent_key);

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
COMMENT ON FUNCTION authz_internal.create_team(text, text, text) IS 'implementation of authz.create_team';
REVOKE ALL ON FUNCTION authz_internal.create_team(text, text, text) FROM PUBLIC;

-- Which teams are above and beneath each other changes one after another in an
-- organization: a move locks the teams above its new place.
CREATE FUNCTION authz_internal.lock_teams_of(team_id bigint)
RETURNS void
LANGUAGE sql VOLATILE PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT FROM authz.resources AS r
    WHERE r.id = (SELECT s.resource_id FROM authz.subjects AS s WHERE s.id = lock_teams_of.team_id)
    FOR NO KEY UPDATE;
END;
COMMENT ON FUNCTION authz_internal.lock_teams_of(bigint) IS 'internal: keeps others from moving and dropping teams of the organization of a team to the end of the transaction';
REVOKE ALL ON FUNCTION authz_internal.lock_teams_of(bigint) FROM PUBLIC;

CREATE FUNCTION authz.move_team(team text, parent text)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.move_team(text, text) IS 'puts a team under another parent team, or under none';
REVOKE ALL ON FUNCTION authz.move_team(text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.move_team(team text, parent text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
    parent_key bigint;
BEGIN
    LOOP
        key := authz_internal.find_team(move_team.team);
        PERFORM authz_internal.lock_teams_of(key);
        IF move_team.parent IS NOT NULL THEN
            parent_key := authz_internal.find_team(move_team.parent);
        END IF;
        PERFORM FROM authz.subjects AS s WHERE s.id IN (key, parent_key) ORDER BY s.id FOR UPDATE;
        EXIT WHEN NOT EXISTS (SELECT FROM unnest(ARRAY[key, parent_key]) AS k (id) WHERE k.id IS NOT NULL AND k.id NOT IN (SELECT s.id FROM authz.subjects AS s WHERE s.id = k.id));
    END LOOP;
    PERFORM authz_internal.gate_check_move_team(key, parent_key);
    UPDATE authz.subjects AS s
    SET parent_id = parent_key
    WHERE s.id = key AND s.parent_id IS DISTINCT FROM parent_key;
END
$$;
COMMENT ON FUNCTION authz_internal.move_team(text, text) IS 'implementation of authz.move_team';
REVOKE ALL ON FUNCTION authz_internal.move_team(text, text) FROM PUBLIC;

CREATE FUNCTION authz.rename_team(team text, new_name text)
RETURNS authz.subject
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.rename_team(text, text) IS 'gives a team another name; it keeps everything';
REVOKE ALL ON FUNCTION authz.rename_team(text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.rename_team(team text, new_name text)
RETURNS authz.subject
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
BEGIN
    key := authz_internal.find_team(rename_team.team);
    PERFORM authz_internal.keep_home(rename_team.team);
    PERFORM authz_internal.gate_check_rename_team(key);
    RETURN authz_internal.rename_subject(key, rename_team.new_name);
END
$$;
COMMENT ON FUNCTION authz_internal.rename_team(text, text) IS 'implementation of authz.rename_team';
REVOKE ALL ON FUNCTION authz_internal.rename_team(text, text) FROM PUBLIC;

-- Everything refers to the subject by its key.
CREATE FUNCTION authz_internal.rename_subject(subject_id bigint, new_name text)
RETURNS authz.subject
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    renamed authz.subject;
    wanted authz.subject;
BEGIN
    IF rename_subject.new_name IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'new name must not be null';
    END IF;
    wanted := authz.subject(rename_subject.new_name);
    -- And who has the new name, in case they are to get this one at the same time.
    PERFORM FROM authz.subjects AS s WHERE s.id = rename_subject.subject_id OR s.subject = wanted ORDER BY s.id FOR UPDATE;
    SELECT s.subject INTO renamed FROM authz.subjects AS s WHERE s.id = rename_subject.subject_id;
    IF authz.subject_kind(wanted) <> authz.subject_kind(renamed) OR 'user:*'::authz.subject IN (wanted, renamed) THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('"%s" cannot be renamed to "%s"', renamed, wanted),
            DETAIL = CASE WHEN 'user:*'::authz.subject IN (wanted, renamed) THEN '"user:*" stands for everybody.' ELSE 'They are subjects of different kinds.' END;
    END IF;
    BEGIN
        UPDATE authz.subjects AS s SET subject = wanted WHERE s.id = rename_subject.subject_id AND s.subject <> wanted;
    EXCEPTION WHEN unique_violation THEN
        RAISE EXCEPTION USING ERRCODE = '42710', MESSAGE = format('subject "%s" already exists', wanted);
    END;
    RETURN wanted;
END
$$;
COMMENT ON FUNCTION authz_internal.rename_subject(bigint, text) IS 'internal: gives a subject another name of its kind';
REVOKE ALL ON FUNCTION authz_internal.rename_subject(bigint, text) FROM PUBLIC;

CREATE FUNCTION authz.drop_team(team text)
RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.drop_team(text) IS 'removes a team and everything that hangs on it';
REVOKE ALL ON FUNCTION authz.drop_team(text) FROM PUBLIC;

CREATE FUNCTION authz_internal.drop_team(team text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
    home bigint;
    teams bigint[];
BEGIN
    key := authz_internal.find_team(drop_team.team);
    -- The organization as lock_teams_of() locks it, in the order of all resources concerned.
    home := (SELECT s.resource_id FROM authz.subjects AS s WHERE s.id = key);
    teams := ARRAY(SELECT t.id FROM authz_internal.team_and_below(key) AS t (id));
    PERFORM authz_internal.keep_resources(home || array_agg(k.resource_id), home || array_agg(k.resource_id) FILTER (WHERE k.counted))
    FROM authz_internal.resources_of(teams, NULL) AS k;
    PERFORM FROM authz.subjects AS s WHERE s.id IN (SELECT t.id FROM authz_internal.team_and_below(key) AS t (id)) ORDER BY s.id FOR UPDATE;
    PERFORM authz_internal.gate_check_drop_team(key);
    DELETE FROM authz.subjects AS s WHERE s.id = key;
END
$$;
COMMENT ON FUNCTION authz_internal.drop_team(text) IS 'implementation of authz.drop_team';
REVOKE ALL ON FUNCTION authz_internal.drop_team(text) FROM PUBLIC;

-- What subjects lose, within a resource or everywhere, hangs on these.
CREATE FUNCTION authz_internal.resources_of(subject_ids bigint[], within_id bigint)
RETURNS TABLE (resource_id bigint, counted boolean)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT k.resource_id, bool_or(k.counted)
    FROM (SELECT a.resource_id, r.min_holders > 0
          FROM authz.assignments AS a
          JOIN authz.roles AS r ON r.id = a.role_id
          WHERE a.subject_id = ANY (subject_ids)
          UNION
          SELECT g.resource_id, false
          FROM authz.memberships AS m
          JOIN authz.subjects AS g ON g.id = m.group_id
          WHERE m.member_id = ANY (subject_ids)) AS k (resource_id, counted)
    WHERE within_id IS NULL OR authz_internal.resource_is_within(k.resource_id, within_id)
    GROUP BY k.resource_id;
END;
COMMENT ON FUNCTION authz_internal.resources_of(bigint[], bigint) IS 'the resources on which subjects hold roles or in whose groups they are, within one or all, and whether holders are counted there';
REVOKE ALL ON FUNCTION authz_internal.resources_of(bigint[], bigint) FROM PUBLIC;

-- Before a user leaves a group, or (NULL) everything.  Resources come first (src/rules/lock.c);
-- by the time that the user and the membership are locked there may be more of them: then
-- the locks are given back, and all is done again.
CREATE FUNCTION authz_internal.keep_user(subject_id bigint, group_id bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    home bigint;
    subjects bigint[];
    within_id bigint;
    kept_ids bigint[];
    counted_ids bigint[];
BEGIN
    -- Leaving a team takes nothing along.
    SELECT g.resource_id, CASE WHEN authz.subject_kind(g.subject) = 'member' THEN g.resource_id END
    INTO home, within_id
    FROM authz.subjects AS g
    WHERE g.id = keep_user.group_id;
    IF keep_user.group_id IS NULL OR within_id IS NOT NULL THEN
        subjects := ARRAY[keep_user.subject_id];
    END IF;
    LOOP
        BEGIN
            SELECT home || array_agg(k.resource_id), array_agg(k.resource_id) FILTER (WHERE k.counted)
            INTO kept_ids, counted_ids
            FROM authz_internal.resources_of(subjects, within_id) AS k;
            PERFORM authz_internal.keep_resources(kept_ids, counted_ids);
            IF keep_user.group_id IS NULL THEN
                PERFORM FROM authz.subjects AS s WHERE s.id = keep_user.subject_id FOR UPDATE;
            ELSE
                PERFORM FROM authz.subjects AS s WHERE s.id IN (keep_user.subject_id, keep_user.group_id) ORDER BY s.id FOR KEY SHARE;
                PERFORM
                FROM authz.memberships AS m
                WHERE m.group_id = keep_user.group_id AND m.member_id = keep_user.subject_id
                FOR UPDATE;
            END IF;
            IF NOT EXISTS (
                SELECT
                FROM authz_internal.resources_of(subjects, within_id) AS k
                WHERE (k.resource_id = ANY (CASE WHEN k.counted THEN counted_ids ELSE kept_ids END)) IS NOT TRUE)
            THEN
                RETURN;
            END IF;
            RAISE EXCEPTION USING ERRCODE = 'AZNEW', MESSAGE = 'the user has come to hold more';
        EXCEPTION WHEN SQLSTATE 'AZNEW' THEN
            -- Again.
        END;
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.keep_user(bigint, bigint) IS 'internal: a user, the membership in a group, and the resources of what they hold there, or (NULL) everywhere, stay to the end of the transaction';
REVOKE ALL ON FUNCTION authz_internal.keep_user(bigint, bigint) FROM PUBLIC;

CREATE FUNCTION authz.add_member(member_of text, member text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.add_member(text, text) IS 'puts a user into a team or an organization; false if they were in it already';
REVOKE ALL ON FUNCTION authz.add_member(text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.add_member(member_of text, member text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    group_name text;
    group_key bigint;
    member_key bigint;
BEGIN
    group_name := authz_internal.group_subject(add_member.member_of);
    PERFORM authz_internal.keep_home(group_name);
    group_key := authz_internal.make_subject(group_name);
    PERFORM authz_internal.gate_check_add_member(group_key);
    member_key := authz_internal.make_subject(add_member.member);
    INSERT INTO authz.memberships (group_id, member_id)
    VALUES (group_key, member_key)
    ON CONFLICT DO NOTHING;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION authz_internal.add_member(text, text) IS 'implementation of authz.add_member';
REVOKE ALL ON FUNCTION authz_internal.add_member(text, text) FROM PUBLIC;

CREATE FUNCTION authz.remove_member(member_of text, member text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.remove_member(text, text) IS 'takes a user out of a team, or out of an organization with all that they had in it; false if they were not in it';
REVOKE ALL ON FUNCTION authz.remove_member(text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.remove_member(member_of text, member text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    group_name text;
    group_key bigint;
    member_key bigint;
BEGIN
    group_name := authz_internal.group_subject(remove_member.member_of);
    member_key := authz_internal.find_subject(remove_member.member);
    group_key := authz_internal.find_subject(group_name);
    IF group_key IS NULL THEN
        PERFORM authz_internal.keep_home(group_name);
        group_key := authz_internal.make_subject(group_name);
    END IF;
    PERFORM authz_internal.keep_user(member_key, group_key);
    -- Leaving an organization takes all that they hold in it: nobody grants
    -- them a protected role between the check and that.  A grant that relies on
    -- the membership waits for it; others, of which other tenants make theirs,
    -- are kept from the subject only where there is such a role.
    IF EXISTS (SELECT FROM authz.memberships AS m WHERE m.group_id = group_key AND m.member_id = member_key)
       AND NOT authz.is_administrator() AND authz_internal.anyone_may_be_protected(group_key) THEN
        PERFORM FROM authz.subjects AS s WHERE s.id = member_key FOR UPDATE;
    END IF;
    PERFORM authz_internal.gate_check_remove_member(group_key, member_key);
    DELETE FROM authz.memberships AS m
    WHERE m.group_id = group_key AND m.member_id = member_key;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION authz_internal.remove_member(text, text) IS 'implementation of authz.remove_member';
REVOKE ALL ON FUNCTION authz_internal.remove_member(text, text) FROM PUBLIC;

CREATE FUNCTION authz.rename_user(subject text, new_name text)
RETURNS authz.subject
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.rename_user(text, text) IS 'gives a user or a service account another id; they keep everything';
REVOKE ALL ON FUNCTION authz.rename_user(text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.rename_user(subject text, new_name text)
RETURNS authz.subject
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
BEGIN
    PERFORM authz_internal.gate_check_rename_user();
    key := authz_internal.find_subject(rename_user.subject);
    IF authz.subject_kind(authz.subject(rename_user.subject)) NOT IN ('user', 'service_account') THEN
        RAISE EXCEPTION USING ERRCODE = '22023',
            MESSAGE = format('"%s" is not a user', rename_user.subject),
            HINT = 'authz.rename_team renames a team; a member set has the name of its resource.';
    ELSIF key IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '42704',
            MESSAGE = format('subject "%s" does not exist', authz.subject(rename_user.subject)),
            DETAIL = 'It holds nothing and is in no group.';
    END IF;
    RETURN authz_internal.rename_subject(key, rename_user.new_name);
END
$$;
COMMENT ON FUNCTION authz_internal.rename_user(text, text) IS 'implementation of authz.rename_user';
REVOKE ALL ON FUNCTION authz_internal.rename_user(text, text) FROM PUBLIC;

CREATE FUNCTION authz.drop_user(subject text)
RETURNS boolean
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.drop_user(text) IS 'takes everything from a user, everywhere; false if they had nothing';
REVOKE ALL ON FUNCTION authz.drop_user(text) FROM PUBLIC;

CREATE FUNCTION authz_internal.drop_user(subject text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted authz.subject;
    key bigint;
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
    PERFORM authz_internal.gate_check_drop_user(wanted);
    -- Dropped and made again meanwhile, it is another row.
    LOOP
        key := authz_internal.find_subject(wanted::text);
        IF key IS NULL THEN
            RETURN false;
        END IF;
        PERFORM authz_internal.keep_user(key, NULL);
        DELETE FROM authz.subjects AS s WHERE s.id = key;
        IF FOUND THEN
            RETURN true;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION authz_internal.drop_user(text) IS 'implementation of authz.drop_user';
REVOKE ALL ON FUNCTION authz_internal.drop_user(text) FROM PUBLIC;

-- Assignments -----------------------------------------------------------------
CREATE FUNCTION authz.grant_role(
    subject text,
    role text,
    resource text,
    source text DEFAULT 'manual',
    expires_at timestamptz DEFAULT NULL,
    role_type text DEFAULT NULL,
    role_owner text DEFAULT NULL
)
RETURNS bigint
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS 'MODULE_PATHNAME', 'authz_grant_role';
COMMENT ON FUNCTION authz.grant_role(text, text, text, text, timestamptz, text, text) IS 'gives a subject a role on a resource; returns the id of the assignment';
REVOKE ALL ON FUNCTION authz.grant_role(text, text, text, text, timestamptz, text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.grant_role(subject text, role text, resource text, source text, expires_at timestamptz, role_type text, role_owner text)
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
    PERFORM authz_internal.check_source(grant_role.source);
    resource_key := authz_internal.keep_resource(grant_role.resource);
    role_key := authz_internal.keep_role(grant_role.role,
        coalesce(grant_role.role_type, authz.resource_type(authz.resource(grant_role.resource))), resource_key,
        CASE WHEN grant_role.role_owner IS NOT NULL THEN authz_internal.find_resource(grant_role.role_owner) END);
    PERFORM authz_internal.gate_check_grant(role_key, resource_key, grant_role.expires_at);
    subject_key := authz_internal.make_subject(grant_role.subject);
    RETURN authz_internal.assign(subject_key, role_key, resource_key, grant_role.source, grant_role.expires_at);
END
$$;
COMMENT ON FUNCTION authz_internal.grant_role(text, text, text, text, timestamptz, text, text) IS 'implementation of authz.grant_role, whatever the case';
REVOKE ALL ON FUNCTION authz_internal.grant_role(text, text, text, text, timestamptz, text, text) FROM PUBLIC;

-- Granted again, an assignment stays the same row with the new expiry.  Where a
-- subject has one role per resource and source, the trigger that takes the old
-- one away must find none that has not been checked: so nobody grants the
-- subject anything there meanwhile.
CREATE FUNCTION authz_internal.assign(subject_id bigint, role_id bigint, resource_id bigint, source text, expires_at timestamptz)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key bigint;
BEGIN
    IF NOT authz.is_administrator()
       AND authz_internal.lock_exclusive(assign.subject_id, assign.role_id, assign.resource_id, assign.source) THEN
        PERFORM authz_internal.gate_check_replace(assign.subject_id, assign.role_id, assign.resource_id, assign.source, assign.expires_at);
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
COMMENT ON FUNCTION authz_internal.assign(bigint, bigint, bigint, text, timestamptz) IS 'internal: makes or renews an assignment';
REVOKE ALL ON FUNCTION authz_internal.assign(bigint, bigint, bigint, text, timestamptz) FROM PUBLIC;

CREATE FUNCTION authz.revoke_role(
    subject text,
    role text,
    resource text,
    source text DEFAULT 'manual',
    role_type text DEFAULT NULL
)
RETURNS boolean
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS 'MODULE_PATHNAME', 'authz_revoke_role';
COMMENT ON FUNCTION authz.revoke_role(text, text, text, text, text) IS 'takes a role on a resource from a subject, as far as it came from that source; false if it was not there';
REVOKE ALL ON FUNCTION authz.revoke_role(text, text, text, text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.revoke_role(subject text, role text, resource text, source text, role_type text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    resource_key bigint;
    role_keys bigint[];
    subject_key bigint;
BEGIN
    PERFORM authz_internal.check_source(revoke_role.source);
    resource_key := authz_internal.find_resource(revoke_role.resource);
    -- All roles of that name: what the caller does not want held must not stay.
    role_keys := authz_internal.require_roles(revoke_role.role,
        coalesce(revoke_role.role_type, authz.resource_type(authz.resource(revoke_role.resource))), resource_key);
    PERFORM authz_internal.keep_resources(ARRAY[resource_key], ARRAY(SELECT resource_key FROM authz.roles AS r WHERE r.id = ANY (role_keys) AND r.min_holders > 0));
    PERFORM authz_internal.gate_check_revoke(k.id, resource_key) FROM unnest(role_keys) AS k (id);
    subject_key := authz_internal.find_subject(revoke_role.subject);
    DELETE FROM authz.assignments AS a
    WHERE a.subject_id = subject_key
      AND a.role_id = ANY (role_keys)
      AND a.resource_id = resource_key
      AND a.source = revoke_role.source;
    RETURN FOUND;
END
$$;
COMMENT ON FUNCTION authz_internal.revoke_role(text, text, text, text, text) IS 'implementation of authz.revoke_role, whatever the case';
REVOKE ALL ON FUNCTION authz_internal.revoke_role(text, text, text, text, text) FROM PUBLIC;

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
LANGUAGE C STABLE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.list_assignments(text, text) IS 'who holds which role of a resource type by an assignment on the resource itself';
REVOKE ALL ON FUNCTION authz.list_assignments(text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.list_assignments(resource text, role_type text)
RETURNS TABLE (
    assignment_id bigint,
    subject authz.subject,
    role text,
    source text,
    granted_by authz.subject,
    granted_at timestamptz,
    expires_at timestamptz
)
LANGUAGE plpgsql STABLE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    place bigint;
    type text;
BEGIN
    place := authz_internal.find_resource(list_assignments.resource);
    type := coalesce(list_assignments.role_type, authz.resource_type(authz.resource(list_assignments.resource)));
    PERFORM authz_internal.require_resource_type(type);
    PERFORM authz_internal.gate_check_operation('assign_role'::text, type, place);
    RETURN QUERY
        SELECT a.id, s.subject, r.name::text, a.source::text, a.granted_by, a.granted_at, a.expires_at
        FROM authz.assignments AS a
        JOIN authz.subjects AS s ON s.id = a.subject_id
        JOIN authz.roles AS r ON r.id = a.role_id AND r.resource_type = type
        WHERE a.resource_id = place
        ORDER BY s.subject, r.name, a.source;
END
$$;
COMMENT ON FUNCTION authz_internal.list_assignments(text, text) IS 'implementation of authz.list_assignments';
REVOKE ALL ON FUNCTION authz_internal.list_assignments(text, text) FROM PUBLIC;

CREATE FUNCTION authz.set_base_permission(resource text, role text)
RETURNS bigint
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_call_as_owner';
COMMENT ON FUNCTION authz.set_base_permission(text, text) IS 'sets the role that all members hold on the resources beneath, NULL for none; returns the id of the assignment';
REVOKE ALL ON FUNCTION authz.set_base_permission(text, text) FROM PUBLIC;

CREATE FUNCTION authz_internal.set_base_permission(resource text, role text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    resource_key bigint;
    type authz.resource_types;
    role_key bigint;
    old record;
BEGIN
    resource_key := authz_internal.keep_resource(set_base_permission.resource);
    SELECT t.* INTO type
    FROM authz.resources AS r
    JOIN authz.resource_types AS t ON t.name = r.resource_type
    WHERE r.id = resource_key;
    PERFORM authz_internal.gate_check_operation('assign_role'::text, type.name, resource_key);
    IF set_base_permission.role <> 'none' THEN
        role_key := authz_internal.keep_base_role(set_base_permission.role, type.name, resource_key, only_child_types => true);
        PERFORM authz_internal.gate_check_grant(role_key, resource_key, NULL::timestamptz);
        -- The one of that type which was there goes: exclusive_roles.
        RETURN authz_internal.assign(authz_internal.make_subject(authz_internal.group_subject(set_base_permission.resource)),
                            role_key, resource_key, 'base_permission', NULL);
    END IF;
    FOR old IN
        SELECT a.id, a.role_id
        FROM authz.assignments AS a
        WHERE a.subject_id = authz_internal.find_subject(authz_internal.group_subject(set_base_permission.resource))
          AND a.resource_id = resource_key
          AND a.source = 'base_permission'
        ORDER BY a.id
    LOOP
        PERFORM authz_internal.gate_check_revoke(old.role_id, resource_key);
        DELETE FROM authz.assignments AS a WHERE a.id = old.id;
    END LOOP;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION authz_internal.set_base_permission(text, text) IS 'implementation of authz.set_base_permission';
REVOKE ALL ON FUNCTION authz_internal.set_base_permission(text, text) FROM PUBLIC;
