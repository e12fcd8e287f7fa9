-- Delegated administration, tried at random: whoever does whatever they are let do,
-- nobody has more afterwards than before unless the actor held it, protected roles
-- are given and taken by those who hold them, and nothing happens to what the actor
-- has nothing to do with.
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;

CREATE ROLE regress_authz_web;
GRANT EXECUTE ON FUNCTION
    authz.create_resource, authz.move_resource, authz.drop_resource, authz.create_team, authz.move_team, authz.drop_team,
    authz.add_member, authz.remove_member, authz.drop_user, authz.create_role, authz.add_permissions, authz.remove_permissions,
    authz.set_inherits, authz.set_base_role, authz.rename_role, authz.drop_role, authz.grant_role, authz.revoke_role, authz.revoke_roles, authz.set_base_permission
TO regress_authz_web;

-- Three levels, members on two of them, and everything that the checks look at:
-- planned and default permissions, protected roles, one with every permission.
SELECT count(*) > 0 FROM authz.apply($$ {
    "resource_types": [
        {"name": "organization", "has_members": true, "roles_for": "members", "base_permissions": ["none", "guest"],
         "management": {"create_role": "org.roles", "alter_role": "org.roles", "drop_role": "org.roles",
                        "assign_role": "org.assign", "manage_members": "org.people", "manage_resources": "org.groups"}},
        {"name": "group", "parent": "organization", "has_members": true, "roles_for": "members", "base_permissions": ["none", "viewer", "editor"],
         "management": {"create_role": "org.roles", "alter_role": ["org.roles", "group.admin"], "drop_role": "org.roles",
                        "assign_role": ["org.assign", "group.admin"], "manage_members": ["org.people", "group.admin"],
                        "manage_resources": "org.groups", "drop_resource": "group.admin"}},
        {"name": "project", "parent": "group", "roles_for": "anyone", "default_permission": "project.view",
         "management": {"create_role": ["org.roles", "project.admin"], "alter_role": ["org.roles", "project.admin"], "drop_role": "project.admin",
                        "assign_role": ["org.assign", "group.admin", "project.admin"],
                        "manage_resources": ["org.groups", "group.admin"], "drop_resource": ["group.admin", "project.admin"]}}],
    "permissions": [
        {"name": "org.view", "resource_type": "organization"}, {"name": "org.roles", "resource_type": "organization"},
        {"name": "org.assign", "resource_type": "organization"}, {"name": "org.people", "resource_type": "organization"},
        {"name": "org.groups", "resource_type": "organization"}, {"name": "org.billing", "resource_type": "organization"},
        {"name": "org.future", "resource_type": "organization", "status": "planned"},
        {"name": "group.view", "resource_type": "group"}, {"name": "group.admin", "resource_type": "group"},
        {"name": "project.view", "resource_type": "project"}, {"name": "project.edit", "resource_type": "project"},
        {"name": "project.plan", "resource_type": "project", "status": "planned"},
        {"name": "project.admin", "resource_type": "project", "requires": ["project.edit"]}],
    "roles": [
        {"name": "viewer", "resource_type": "project", "permissions": ["project.view"]},
        {"name": "editor", "resource_type": "project", "permissions": ["project.edit"], "inherits": "viewer"},
        {"name": "admin", "resource_type": "project", "permissions": ["project.admin"], "inherits": "editor"},
        {"name": "all", "resource_type": "project", "all_permissions": true},
        {"name": "guest", "resource_type": "group", "permissions": ["group.view"], "base_roles": ["project:viewer"]},
        {"name": "head", "resource_type": "group", "permissions": ["group.view", "group.admin"], "base_roles": ["project:admin"], "protected": true},
        {"name": "owner", "resource_type": "organization", "all_permissions": true, "base_roles": ["group:head"], "protected": true, "min_holders": 1},
        {"name": "billing", "resource_type": "organization", "permissions": ["org.view", "org.billing"]},
        {"name": "hr", "resource_type": "organization", "permissions": ["org.view", "org.people"]},
        {"name": "assigner", "resource_type": "organization", "permissions": ["org.view", "org.assign"]},
        {"name": "manager", "resource_type": "organization", "base_roles": ["project:admin", "group:guest"],
         "permissions": ["org.view", "org.roles", "org.assign", "org.people", "org.groups"]}]
} $$);

-- What every subject holds everywhere, now and for ever, of the type of the place and
-- of types beneath it: permissions, types of which also all permissions to come, and
-- protected roles.  No cache is asked.
CREATE TEMP VIEW holdings AS
SELECT s.subject::text AS subject, r.resource::text AS resource, t.until IS NULL AS for_ever,
    h.held & (SELECT authz.permission_union(p.name) FROM authz.permissions AS p WHERE authz_internal.type_is_within(p.resource_type, r.resource_type)) AS held,
    coalesce(b.types, '{}') AS types, coalesce(b.protected, '{}') AS protected, authz.permission_count(h.held) > 0 AS anything
FROM authz.subjects AS s
CROSS JOIN authz.resources AS r
CROSS JOIN (VALUES ('-infinity'::timestamptz), (NULL)) AS t (until)
CROSS JOIN LATERAL authz_internal.held(s.subject, r.id, t.until) AS h (held)
CROSS JOIN LATERAL (
    SELECT array_agg(DISTINCT x.resource_type::text) FILTER (WHERE x.all_permissions), array_agg(DISTINCT x.id) FILTER (WHERE x.protected)
    FROM authz_internal.held_roles(s.subject, r.id, t.until) AS a (id)
    CROSS JOIN LATERAL authz_internal.role_closure(a.id) AS c (id)
    JOIN authz.roles AS x ON x.id = c.id AND authz_internal.type_is_within(x.resource_type, r.resource_type)) AS b (types, protected);
CREATE TEMP TABLE before AS TABLE holdings WITH NO DATA;
CREATE TEMP TABLE after AS TABLE holdings WITH NO DATA;

-- Who gained or lost something by a command of the actor that they could not do.
CREATE TEMP VIEW findings AS
SELECT b.subject AS actor, 'gained'::text AS what, n.subject, n.resource, n.for_ever,
    ((n.held - coalesce(o.held, e.held, '{}')) - b.held)::text AS more
FROM before AS b
JOIN after AS n USING (resource, for_ever)
LEFT JOIN before AS o ON (o.subject, o.resource, o.for_ever) = (n.subject, n.resource, n.for_ever)
LEFT JOIN before AS e ON (e.subject, e.resource, e.for_ever) = ('user:*', n.resource, n.for_ever)
WHERE authz.permission_count((n.held - coalesce(o.held, e.held, '{}')) - b.held) > 0
   OR EXISTS (SELECT FROM unnest(n.types) AS t (name) WHERE t.name <> ALL (coalesce(o.types, e.types, '{}') || b.types))
UNION ALL
SELECT b.subject, 'protected', o.subject, b.resource, false, NULL
FROM before AS b
JOIN before AS o USING (resource, for_ever)
LEFT JOIN after AS n ON (n.subject, n.resource, n.for_ever) = (o.subject, o.resource, o.for_ever)
WHERE NOT b.for_ever AND b.resource IN (SELECT a.resource FROM after AS a)
  AND EXISTS (SELECT FROM (SELECT unnest(o.protected) EXCEPT SELECT unnest(n.protected)) AS lost (id) WHERE lost.id <> ALL (b.protected))
UNION ALL
SELECT b.subject, 'protected', n.subject, b.resource, false, NULL
FROM before AS b
JOIN after AS n USING (resource, for_ever)
LEFT JOIN before AS o ON (o.subject, o.resource, o.for_ever) = (n.subject, n.resource, n.for_ever)
WHERE NOT b.for_ever
  AND EXISTS (SELECT FROM (SELECT unnest(n.protected) EXCEPT SELECT unnest(o.protected)) AS given (id) WHERE given.id <> ALL (b.protected))
UNION ALL
SELECT b.subject, 'lost', o.subject, b.resource, false, (o.held - n.held)::text
FROM before AS b
JOIN before AS o USING (resource, for_ever)
JOIN after AS n ON (n.subject, n.resource, n.for_ever) = (o.subject, o.resource, o.for_ever)
WHERE NOT b.for_ever AND NOT b.anything AND authz.permission_count(o.held - n.held) > 0;

CREATE TEMP TABLE found (step integer, command text, LIKE findings);
CREATE TEMP TABLE tried (command text, state text);

CREATE FUNCTION pg_temp.one_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE
AS $$ SELECT choices[1 + floor(random() * cardinality(choices))::integer] $$;
CREATE FUNCTION pg_temp.row_of(query text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format('SELECT x FROM (%s) AS q (x) ORDER BY random() LIMIT 1', query) INTO result;
    RETURN coalesce(result, 'none');
END
$$;

CREATE FUNCTION pg_temp.command() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    person text := pg_temp.one_of('a', 'b', 'c', 'd', 'e', 'f', 'g', 'stranger');
    team text := pg_temp.row_of('SELECT subject FROM authz.subjects WHERE authz.subject_kind(subject) = ''team''');
    other_team text := pg_temp.row_of('SELECT subject FROM authz.subjects WHERE authz.subject_kind(subject) = ''team''');
    subject text := pg_temp.one_of(person, person, team, 'organization:1#member', 'group:1#member', 'user:*');
    place text := pg_temp.row_of('SELECT resource FROM authz.resources');
    above text := pg_temp.row_of('SELECT resource FROM authz.resources WHERE resource_type <> ''project''');
    beneath text := pg_temp.row_of('SELECT resource FROM authz.resources WHERE resource_type <> ''organization''');
    role_id text := pg_temp.row_of('SELECT id FROM authz.roles WHERE owner_id IS NOT NULL');
    role authz.roles := (SELECT r FROM authz.roles AS r ORDER BY random() LIMIT 1);
    other authz.roles := (SELECT r FROM authz.roles AS r ORDER BY random() LIMIT 1);
    permission text := pg_temp.row_of('SELECT name FROM authz.permissions');
    name text := 'role ' || floor(random() * 9);
    expiry text := pg_temp.one_of('NULL', 'NULL', '2999-01-01', '2998-01-01', '2997-01-01');
BEGIN
    RETURN CASE floor(random() * 22)
        WHEN 0 THEN format('authz.create_role(%L, %L, %L, ARRAY[%L])', name, role.resource_type, place, permission)
        WHEN 1 THEN format('authz.create_role(%L, %L, %L, inherits => %L)', name, role.resource_type, place, role.name)
        WHEN 2 THEN format('authz.create_role(%L, %L, %L, base_role => %L)', name, pg_temp.one_of('organization', 'group'), place, role.name)
        WHEN 3 THEN format('authz.add_permissions(%L, ARRAY[%L])', nullif(role_id, 'none'), permission)
        WHEN 4 THEN format('authz.remove_permissions(%L, ARRAY[%L])', nullif(role_id, 'none'), permission)
        WHEN 5 THEN format('authz.set_inherits(%L, %L)', nullif(role_id, 'none'), pg_temp.one_of(role.name, role.name, NULL))
        WHEN 6 THEN format('authz.set_base_role(%L, %L)', nullif(role_id, 'none'), role.name)
        WHEN 7 THEN format('authz.drop_role(%L, cascade => true)', nullif(role_id, 'none'))
        WHEN 8 THEN format('authz.drop_role(%L, reassign_to => %L)', nullif(role_id, 'none'), role.name)
        WHEN 9 THEN format('authz.add_member(%L, %L)', pg_temp.one_of(team, team, place), person)
        WHEN 10 THEN format('authz.remove_member(%L, %L)', pg_temp.one_of(team, above), person)
        WHEN 11 THEN format('authz.create_team(%L, %L, %L)', 'team:' || floor(random() * 6), above, pg_temp.one_of(team, NULL))
        WHEN 12 THEN format('authz.move_team(%L, %L)', team, pg_temp.one_of(other_team, other_team, NULL))
        WHEN 13 THEN format('authz.create_resource(%L, %L)', pg_temp.one_of('group:', 'project:') || floor(random() * 6), above)
        WHEN 14 THEN format('authz.move_resource(%L, %L)', beneath, above)
        WHEN 15 THEN format('authz.set_base_permission(%L, %L)', above, pg_temp.one_of(role.name, 'guest', 'viewer', 'editor', 'none'))
        WHEN 16 THEN CASE WHEN random() < 0.7 THEN format('authz.revoke_role(%L, %L, %L, %L, %L)', subject, role.name, place, pg_temp.one_of('manual', 'okta'), role.resource_type)
                          ELSE format('authz.revoke_roles(%L, %L, %L)', subject, place, pg_temp.one_of('manual', 'okta', NULL)) END
        WHEN 17 THEN CASE WHEN random() < 0.8 THEN format('authz.rename_role(%L, %L)', nullif(role_id, 'none'), name)
                          ELSE format('authz.%s', pg_temp.one_of(format('drop_resource(%L)', place), format('drop_team(%L)', team), format('drop_user(%L)', person))) END
        ELSE format('authz.grant_role(%L, %L, %L, %L, %L, %L)', subject, role.name, place, pg_temp.one_of('manual', 'okta'), nullif(expiry, 'NULL'), role.resource_type)
    END;
END
$$;

-- An administrator brings back what has gone, and gives somebody something.
CREATE FUNCTION pg_temp.refill() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    command text;
BEGIN
    FOREACH command IN ARRAY '{create_resource(''organization:1''),create_resource(''organization:2''),
        "create_resource(''group:1'', ''organization:1'')","create_resource(''group:2'', ''organization:2'')",
        "create_resource(''project:1'', ''group:1'')","create_resource(''project:2'', ''group:2'')",
        "create_team(''team:1'', ''organization:1'')","create_team(''team:2'', ''organization:1'')","create_team(''team:3'', ''organization:2'')"}'::text[]
        || ARRAY(SELECT format('add_member(%L, %L)', g, m) FROM unnest('{organization:1,organization:2}'::text[]) AS g, unnest('{a,b,c,d,e}'::text[]) AS m)
        || ARRAY['grant_role(''f'', ''owner'', ''organization:2'')',
            format('grant_role(%L, %L, %L)', pg_temp.one_of('a', 'b', 'team:1'), pg_temp.one_of('manager', 'hr', 'assigner', 'owner'), 'organization:' || 1 + floor(random() * 2)),
            format('grant_role(%L, %L, %L, expires_at => %L)', pg_temp.one_of('c', 'team:2', 'team:3'), pg_temp.one_of('admin', 'editor', 'all', 'head'),
                   pg_temp.one_of('group:1', 'group:2', 'project:1', 'project:2'), pg_temp.one_of(NULL, '2999-01-01'))]
    LOOP
        BEGIN
            EXECUTE 'SELECT authz.' || command;
        EXCEPTION WHEN SQLSTATE '42710' OR SQLSTATE '42704' OR SQLSTATE '23514' THEN
            NULL;
        END;
    END LOOP;
    BEGIN
        DELETE FROM authz.assignments WHERE random() < 0.15;
    EXCEPTION WHEN SQLSTATE '23514' THEN
        NULL;
    END;
END
$$;

CREATE PROCEDURE pg_temp.try(steps integer) LANGUAGE plpgsql AS $$
DECLARE
    acting text;
    command text;
    state text;
BEGIN
    FOR step IN 0 .. steps LOOP
        IF step % 25 = 0 THEN
            PERFORM pg_temp.refill();
            TRUNCATE before;
            INSERT INTO before TABLE holdings;
        END IF;
        command := pg_temp.command();
        -- Rather somebody who has something.
        SELECT b.subject INTO acting FROM before AS b WHERE NOT b.for_ever
        GROUP BY b.subject ORDER BY (0.5 + sum(authz.permission_count(b.held))) * random() DESC LIMIT 1;
        PERFORM set_config('authz.subject', acting, false);
        BEGIN
            SET LOCAL ROLE regress_authz_web;
            EXECUTE 'SELECT ' || command;
            RESET ROLE;
            state := 'done';
        EXCEPTION WHEN OTHERS THEN
            state := SQLSTATE;
        END;
        PERFORM set_config('authz.subject', '', false);
        INSERT INTO tried VALUES (command, state);
        IF state = 'done' THEN
            TRUNCATE after;
            INSERT INTO after TABLE holdings;
            ANALYZE before, after;
            INSERT INTO found SELECT step, command, f.* FROM findings AS f WHERE f.actor = acting;
            TRUNCATE before;
            INSERT INTO before TABLE after;
        END IF;
        COMMIT;
    END LOOP;
END
$$;

-- Few steps, for each test run; to search further, take many, and another seed.
SELECT setseed(0.42);
CALL pg_temp.try(150);
SELECT * FROM found ORDER BY step LIMIT 5;
-- Refusals have the codes that are promised.
SELECT state, min(command) FROM tried
WHERE state NOT IN ('done', '22023', '22P02', '23514', '2BP01', '42501', '42704', '42710') GROUP BY state ORDER BY state;
SELECT * FROM authz.validate();
SELECT count(*) FILTER (WHERE state = 'done') > 10 AS done, count(*) FILTER (WHERE state = '42501') > 10 AS refused FROM tried;

-- It would have been noticed: without a check, sooner or later.
CREATE PROCEDURE pg_temp.try_without(name text, what text) LANGUAGE plpgsql AS $$
DECLARE
    definition text := pg_get_functiondef(('authz_internal.' || try_without.name)::regproc);
    noticed boolean := false;
BEGIN
    EXECUTE regexp_replace(definition, 'AS \$function\$.*\$function\$', 'AS $function$ BEGIN END $function$');
    COMMIT;
    FOR round IN 1 .. 200 LOOP
        TRUNCATE found;
        CALL pg_temp.try(24);
        noticed := EXISTS (SELECT FROM found AS f WHERE f.what = try_without.what);
        EXIT WHEN noticed;
    END LOOP;
    EXECUTE definition;
    COMMIT;
    RAISE INFO '%: %', try_without.name, CASE WHEN noticed THEN 'noticed' ELSE 'not noticed' END;
END
$$;
CALL pg_temp.try_without('check_give', 'gained');

DROP OWNED BY regress_authz_web;
DROP ROLE regress_authz_web;
