-- What export writes is what apply reads: on the same database it changes
-- nothing, on an empty one it makes the same model, and from any other model it
-- leads to it.  Shown for both catalogs and for random models.
\i sql/include/fresh.sql
\pset format unaligned

-- A document that drops everything of the current model but what is in the given one.
CREATE FUNCTION pg_temp.without_the_rest(target jsonb)
RETURNS jsonb
LANGUAGE sql
BEGIN ATOMIC
    SELECT jsonb_object_agg(section.key, (target -> section.key) || COALESCE(rest.entries, '[]'))
    FROM jsonb_each(authz.export()) AS section
    CROSS JOIN LATERAL (
        SELECT jsonb_agg(old || '{"drop": true}') AS entries
        FROM jsonb_array_elements(section.value) AS old
        WHERE NOT EXISTS (SELECT FROM jsonb_array_elements(target -> section.key) AS new
                          WHERE new ->> 'name' = old ->> 'name'
                            AND (section.key <> 'roles' OR new ->> 'resource_type' = old ->> 'resource_type'))) AS rest;
END;

-- Goes from the current model to the given one, by a dry run and a real one,
-- and tells what does not hold.
CREATE FUNCTION pg_temp.go_to(document jsonb, expected jsonb)
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
    before jsonb := authz.export();
    dry    jsonb;
    wet    jsonb;
BEGIN
    SELECT jsonb_agg(a) INTO dry FROM authz.apply(document, dry_run => true) AS a;
    IF authz.export() IS DISTINCT FROM before THEN
        RETURN NEXT 'the dry run changed something';
    END IF;
    SELECT jsonb_agg(a) INTO wet FROM authz.apply(document) AS a;
    IF dry IS DISTINCT FROM wet THEN
        RETURN NEXT 'the dry run told something else';
    END IF;
    IF (wet IS NULL) <> (authz.export() = before) THEN
        RETURN NEXT 'a change was not told';
    END IF;
    IF authz.export() IS DISTINCT FROM COALESCE(expected, authz.export()) THEN
        RETURN NEXT 'the model is another';
    END IF;
    IF EXISTS (SELECT FROM authz.apply(document)) THEN
        RETURN NEXT 'the document is not idempotent';
    END IF;
    IF EXISTS (SELECT FROM authz.apply(authz.export())) THEN
        RETURN NEXT 'the export is not idempotent';
    END IF;
END;
$$;

-- The catalogs: to each from nothing, and from each to the other.
SELECT authz.export() AS nothing \gset
SELECT count(*) FROM authz.install_catalog('github');
SELECT authz.export() AS github \gset
SELECT count(*) FROM authz.install_catalog('github');
SELECT count(*) FROM authz.apply(:'github');
SELECT * FROM pg_temp.go_to(pg_temp.without_the_rest(:'nothing'), :'nothing');
SELECT count(*) FROM authz.install_catalog('semaphore');
SELECT authz.export() AS semaphore \gset
SELECT count(*) FROM authz.install_catalog('semaphore');
SELECT * FROM pg_temp.go_to(pg_temp.without_the_rest(:'nothing'), :'nothing');
SELECT * FROM pg_temp.go_to(:'github', :'github');
SELECT * FROM pg_temp.go_to(pg_temp.without_the_rest(:'nothing'), :'nothing');
SELECT * FROM pg_temp.go_to(:'semaphore', :'semaphore');
SELECT * FROM pg_temp.go_to(pg_temp.without_the_rest(:'nothing'), :'nothing');

-- The export of a catalog says all that the catalog says.
SELECT c.name, section.key, count(*) AS entries,
       count(*) FILTER (WHERE exported.entry @> CASE WHEN section.key = 'resource_types' THEN original.entry - 'management' - 'base_permissions' ELSE original.entry END) AS found
FROM authz.catalogs AS c
CROSS JOIN jsonb_each(c.document) AS section
CROSS JOIN jsonb_array_elements(section.value) AS original (entry)
LEFT JOIN jsonb_array_elements(CASE c.name WHEN 'github' THEN :'github'::jsonb ELSE :'semaphore'::jsonb END -> section.key) AS exported (entry)
    ON exported.entry ->> 'name' = original.entry ->> 'name'
    AND (section.key <> 'roles' OR exported.entry ->> 'resource_type' = original.entry ->> 'resource_type')
GROUP BY c.name, section.key
ORDER BY c.name, section.key;

-- Random models that keep the rules.  Names are few, so that one model differs
-- from the next in most objects.
CREATE FUNCTION pg_temp.random_model()
RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    -- t1 is the root; the parents of the others are fixed: t2 and t3 are under it, t4 is under t2.
    types        text[] := (ARRAY['t1', 't2', 't3', 't4'])[:1 + floor(random() * 4)];
    parents      jsonb := '{"t2": "t1", "t3": "t1", "t4": "t2"}';
    below        jsonb := '{"t1": ["t2", "t3", "t4"], "t2": ["t4"], "t3": [], "t4": []}';
    type_entries jsonb[] := '{}';
    permissions  jsonb[] := '{}';
    roles        jsonb[] := '{}';
    names        jsonb := '{}';       -- type -> names of its permissions
    requirements jsonb := '{}';       -- permission -> what it requires
    effective    jsonb := '{}';       -- type:role -> all that it has
    inheritable  jsonb;               -- of one type: roles that may be inherited
    type         text;
    child        text;
    name         text;
    role         text;
    own          text[];
    lower        text[];
    entry        jsonb;
BEGIN
    FOREACH type IN ARRAY types LOOP
        own := '{}';
        FOR n IN 1 .. floor(random() * 6) LOOP
            name := format('%s.p%s', type, n);
            entry := jsonb_build_object('name', name, 'resource_type', type, 'status', (ARRAY['active', 'planned', 'deprecated'])[1 + floor(random() * 3)],
                'description', CASE WHEN random() < 0.5 THEN md5(random()::text) END, 'assignable', random() < 0.8,
                'requires', to_jsonb(ARRAY(SELECT p FROM unnest(own) AS p WHERE random() < 0.2)));
            IF random() < 0.3 THEN
                entry := entry - 'description';
            END IF;
            requirements := requirements || jsonb_build_object(name, entry -> 'requires');
            own := own || name;
            permissions := permissions || entry;
        END LOOP;
        names := names || jsonb_build_object(type, own);
    END LOOP;

    -- Roles, the lowest types first: a role builds on roles that are there.
    FOR type IN SELECT t FROM unnest(types) WITH ORDINALITY AS u (t, n) ORDER BY n DESC LOOP
        inheritable := '[]';
        FOR n IN 1 .. floor(random() * 5) LOOP
            role := (ARRAY['Äpfel', 'b:c', 'c', 'd "e"', ' f'])[n];
            lower := '{}';
            entry := jsonb_build_object('name', role, 'resource_type', type, 'base_roles', '[]'::jsonb, 'extensible', random() < 0.7, 'all_permissions', random() < 0.2,
                'min_holders', floor(random() * 3), 'protected', CASE WHEN random() < 0.2 AND names -> type <> '[]' THEN names -> type -> 0 ELSE to_jsonb(random() < 0.2) END);
            own := ARRAY(SELECT jsonb_array_elements_text(names -> type));
            IF (entry ->> 'all_permissions')::boolean THEN
                lower := own;
            END IF;
            IF random() < 0.5 AND inheritable <> '[]' THEN
                SELECT i INTO name FROM jsonb_array_elements_text(inheritable) AS i ORDER BY random() LIMIT 1;
                entry := entry || jsonb_build_object('inherits', name);
                lower := lower || ARRAY(SELECT jsonb_array_elements_text(effective -> format('%s:%s', type, name)));
            END IF;
            FOR child IN SELECT jsonb_array_elements_text(below -> type) INTERSECT SELECT unnest(types) LOOP
                SELECT k INTO name FROM jsonb_object_keys(effective) AS k WHERE split_part(k, ':', 1) = child ORDER BY random() LIMIT 1;
                CONTINUE WHEN NOT FOUND OR random() < 0.5;
                entry := jsonb_set(entry, '{base_roles}', (entry -> 'base_roles') || to_jsonb(name));
                lower := lower || ARRAY(SELECT jsonb_array_elements_text(effective -> name));
                own := own || ARRAY(SELECT jsonb_array_elements_text(names -> child));
            END LOOP;
            -- Some of what it may have, with what that requires.
            WITH RECURSIVE chosen (permission) AS (
                SELECT p FROM unnest(own) AS p WHERE random() < 0.4
                UNION
                SELECT q FROM chosen, jsonb_array_elements_text(requirements -> permission) AS q
            )
            SELECT array_agg(permission) INTO own FROM (SELECT permission FROM chosen EXCEPT SELECT unnest(lower)) AS c;
            entry := entry || jsonb_build_object('permissions', COALESCE(own, '{}'));
            effective := effective || jsonb_build_object(format('%s:%s', type, role), ARRAY(SELECT DISTINCT unnest(lower || own)));
            IF (entry ->> 'extensible')::boolean THEN
                inheritable := inheritable || to_jsonb(role);
            END IF;
            roles := roles || entry;
        END LOOP;
    END LOOP;

    FOREACH type IN ARRAY types LOOP
        entry := jsonb_build_object('name', type, 'parent', parents -> type, 'has_members', random() < 0.5, 'roles_for', CASE WHEN type = 't1' THEN 'anyone' ELSE 'members' END,
            'exclusive_roles', random() < 0.5, 'nested_teams', random() < 0.5, 'max_custom_roles', CASE WHEN random() < 0.5 THEN floor(random() * 10) END,
            'default_permission', CASE WHEN random() < 0.7 THEN names -> type -> 0 END,
            'base_permissions', CASE WHEN random() < 0.5 THEN '["none"]'::jsonb || COALESCE((
                SELECT jsonb_agg(DISTINCT r ->> 'name') FROM unnest(roles) AS r WHERE parents ->> (r ->> 'resource_type') = type AND random() < 0.5), '[]') END,
            'management', COALESCE((
                SELECT jsonb_object_agg(o, m.value)
                FROM unnest('{view_roles,create_role,alter_roles,drop_role,assign_role,manage_members,remove_member,manage_resources,drop_resource}'::text[]) AS o
                CROSS JOIN LATERAL (
                    SELECT CASE WHEN count(*) = 1 AND random() < 0.5 THEN jsonb_agg(i) -> 0 ELSE jsonb_agg(i) END AS value
                    FROM (SELECT to_jsonb(p) FROM jsonb_array_elements_text(names -> type) AS p WHERE random() < 0.2 AND o <> ''
                          UNION ALL
                          SELECT jsonb_build_object('role', format('%s:%s', type, r ->> 'name')) FROM unnest(roles) AS r WHERE r ->> 'resource_type' = type AND random() < 0.2 AND o <> '') AS i (i)) AS m
                WHERE random() < 0.6), '{}'));
        type_entries := type_entries || entry;
    END LOOP;

    -- The order of the entries says nothing.
    RETURN jsonb_build_object(
        'resource_types', ARRAY(SELECT e FROM unnest(type_entries) AS e ORDER BY random()),
        'permissions', ARRAY(SELECT e FROM unnest(permissions) AS e ORDER BY random()),
        'roles', ARRAY(SELECT e FROM unnest(roles) AS e ORDER BY random()));
END;
$$;

CREATE FUNCTION pg_temp.compare_random_models(seed integer, models integer)
RETURNS TABLE (model integer, step text, problem text)
LANGUAGE plpgsql
AS $$
DECLARE
    nothing  jsonb := authz.export();
    previous jsonb := nothing;
    document jsonb;
    current  jsonb;
BEGIN
    PERFORM setseed(seed / 1000.0);
    FOR n IN 1 .. models LOOP
        document := pg_temp.random_model();
        RETURN QUERY SELECT n, 'from nothing', p FROM pg_temp.go_to(document, NULL) AS p;
        current := authz.export();
        RETURN QUERY SELECT n, 'to nothing', p FROM pg_temp.go_to(pg_temp.without_the_rest(nothing), nothing) AS p;
        RETURN QUERY SELECT n, 'from its export', p FROM pg_temp.go_to(current, current) AS p;
        RETURN QUERY SELECT n, 'to the one before', p FROM pg_temp.go_to(pg_temp.without_the_rest(previous), previous) AS p;
        RETURN QUERY SELECT n, 'from the one before', p FROM pg_temp.go_to(pg_temp.without_the_rest(current), current) AS p;
        RETURN QUERY SELECT n, 'to nothing again', p FROM pg_temp.go_to(pg_temp.without_the_rest(nothing), nothing) AS p;
        previous := current;
    END LOOP;
    -- That there was something to compare.
    RETURN QUERY SELECT models, 'size', jsonb_array_length(previous -> 'roles')::text WHERE previous = nothing;
END;
$$;
SELECT * FROM pg_temp.compare_random_models(1, 10);

-- What an edit has made redundant is a state like any other: the export of it, and a
-- document that says it, make the same model of an empty database.
BEGIN;
SELECT count(*) > 0 AS applied FROM authz.apply('{
  "resource_types": [{"name": "office"}],
  "permissions": [{"name": "office.read", "resource_type": "office"}, {"name": "office.write", "resource_type": "office"}],
  "roles": [{"name": "member", "resource_type": "office", "permissions": ["office.read"]},
            {"name": "owner", "resource_type": "office", "inherits": "member", "permissions": ["office.write"]}]}');
SELECT authz.add_permissions(authz.role_id('member', 'office'), '{office.write}');
CREATE TEMP TABLE redundant AS SELECT authz.export() AS document;
SELECT * FROM authz.apply((SELECT document FROM redundant));
SELECT count(*) > 0 AS dropped FROM authz.apply('{
  "resource_types": [{"name": "office", "drop": true}],
  "permissions": [{"name": "office.read", "drop": true}, {"name": "office.write", "drop": true}],
  "roles": [{"name": "member", "resource_type": "office", "drop": true}, {"name": "owner", "resource_type": "office", "drop": true}]}');
SELECT action, object FROM authz.apply((SELECT document FROM redundant)) WHERE object LIKE '%office%' ORDER BY object COLLATE "C";
SELECT authz.export() = document AS same FROM redundant;
-- An edit is still judged, also after a document in the same transaction.
SAVEPOINT edited;
SELECT authz.set_inherits(authz.role_id('owner', 'office'), NULL);
SELECT authz.set_inherits(authz.role_id('owner', 'office'), 'member');
ROLLBACK TO edited;
SELECT authz.create_role('clerk', 'office', inherits => 'member', permissions => '{office.read}');
ROLLBACK;

-- A name that looks like a type and a name.
BEGIN;
SELECT count(*) > 0 AS applied FROM authz.apply('{
  "resource_types": [{"name": "house"}, {"name": "room", "parent": "house"}],
  "roles": [{"name": "guest", "resource_type": "room"}, {"name": "room:guest", "resource_type": "room"},
            {"name": "host", "resource_type": "house", "base_roles": ["room:guest"]},
            {"name": "owner", "resource_type": "house", "base_roles": ["room:room:guest"]}]}');
SELECT r.name, l.name AS base_role FROM authz.role_base_roles AS b JOIN authz.roles AS r ON r.id = b.role_id JOIN authz.roles AS l ON l.id = b.base_role_id
WHERE b.resource_type = 'room' ORDER BY r.name;
SELECT * FROM authz.apply(authz.export());
SELECT authz.set_base_role(authz.role_id('owner', 'house'), 'room:guest') IS NOT NULL AS done;
SELECT l.name AS base_role FROM authz.role_base_roles AS b JOIN authz.roles AS l ON l.id = b.base_role_id WHERE b.role_id = authz.role_id('owner', 'house');
ROLLBACK;
