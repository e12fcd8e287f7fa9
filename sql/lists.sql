-- Lists for the pages of an application, a page at a time, and revoke_roles: what they
-- hold, who may read them, and what a page costs.
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/acting.sql'
\i :include

-- All of a list that is read in pages of some rows: the rows, each page after the last
-- name of the one before.
CREATE FUNCTION pg_temp.pages(call text, max_rows integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    after text;
    page text[];
BEGIN
    LOOP
        EXECUTE format('SELECT array_agg(l::text ORDER BY n), (array_agg(to_jsonb(l) ->> k.key ORDER BY n DESC))[1]
                        FROM (SELECT l, row_number() OVER () AS n FROM %s AS l) AS l
                        CROSS JOIN (SELECT substring(%L from ''after_([a-z]+)'') AS key) AS k',
                       format(call, after, max_rows), call)
        INTO page, after;
        EXIT WHEN page IS NULL;
        IF cardinality(page) > max_rows THEN
            RAISE 'a page of % rows', cardinality(page);
        END IF;
        RETURN QUERY SELECT unnest(page);
    END LOOP;
END $$;
-- The sizes of pages with which such a list is not the one that is read at once.
CREATE FUNCTION pg_temp.wrong_pages(call text) RETURNS SETOF integer LANGUAGE plpgsql AS $$
DECLARE
    whole text[];
    size integer;
BEGIN
    EXECUTE format('SELECT array_agg(l::text ORDER BY n) FROM (SELECT l, row_number() OVER () AS n FROM %s AS l) AS l', format(call, NULL, NULL)) INTO whole;
    IF cardinality(whole) IS NULL THEN
        RAISE 'an empty list: %', call;
    END IF;
    FOREACH size IN ARRAY '{1,2,3,7,1000}'::integer[] LOOP
        IF ARRAY(SELECT pg_temp.pages(call, size)) <> whole THEN
            RETURN NEXT size;
        END IF;
    END LOOP;
END $$;
-- Pages of shared memory that a query looks at.
CREATE FUNCTION pg_temp.buffers(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE query;
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING off, FORMAT json) ' || query INTO plan;
    RETURN (plan #>> '{0,Plan,Shared Hit Blocks}')::bigint + (plan #>> '{0,Plan,Shared Read Blocks}')::bigint;
END $$;
\set ECHO all

SELECT count(*) > 0 FROM authz.install_catalog('github');
CREATE ROLE regress_authz_web;
SELECT pg_temp.acting('ola', $$ SELECT count(*) || ' rows' FROM authz.my_resources() $$);
SELECT pg_temp.acting('ola', format('SELECT count(*) || '' rows'' FROM authz.%s', l)) FROM unnest(ARRAY[
    $$list_permissions('repository')$$, $$list_members('organization:1')$$, $$list_teams('organization:1')$$,
    $$list_role_holders('owner', 'organization:1')$$, $$revoke_roles('ola', 'organization:1')$$]) AS l;
GRANT EXECUTE ON FUNCTION
    authz.create_resource, authz.create_team, authz.add_member, authz.remove_member, authz.create_role, authz.list_roles,
    authz.grant_role, authz.revoke_role, authz.revoke_roles, authz.list_assignments, authz.set_base_permission,
    authz.list_permissions, authz.list_members, authz.list_teams, authz.list_role_holders
TO regress_authz_web;

-- Two tenants: Ola owns the first, Bo the second.
SELECT count(authz.create_resource(r, p)) FROM (VALUES ('organization:1', NULL), ('organization:2', NULL)) AS v (r, p);
SELECT count(authz.create_resource(r, p)) FROM (VALUES ('repository:api', 'organization:1'), ('repository:web', 'organization:1'), ('repository:x', 'organization:2')) AS v (r, p);
SELECT count(authz.add_member('organization:1', u)) FROM unnest('{ola,ann,ben,cat,dan,service_account:ci}'::text[]) AS u;
SELECT count(authz.add_member('organization:2', u)) FROM unnest('{bo,ann}'::text[]) AS u;
SELECT authz.grant_role('ola', 'owner', 'organization:1') > 0, authz.grant_role('bo', 'owner', 'organization:2') > 0;
SELECT authz.create_team('team:eng', 'organization:1'), authz.create_team('team:db', 'organization:1', 'team:eng'), authz.create_team('team:ops', 'organization:1'), authz.create_team('team:2', 'organization:2');
SELECT count(authz.add_member(t, u)) FROM (VALUES ('team:eng', 'ann'), ('team:db', 'ben'), ('team:db', 'ann'), ('team:ops', 'service_account:ci'), ('team:2', 'ann')) AS v (t, u);

-- The pages of GitHub ------------------------------------------------------------
-- People: everybody in the organization, with their teams in it, and its owners.
SELECT pg_temp.acting('ola', $$
    SELECT string_agg(format('%s %s %s', m.member, coalesce(h.kind || ' owner', 'member'), m.teams), '; ')
    FROM authz.list_members('organization:1') AS m LEFT JOIN authz.list_role_holders('owner', 'organization:1') AS h ON h.holder = m.member $$);
-- Of a team, and of the teams beneath it.
SELECT pg_temp.acting('ola', $$ SELECT string_agg(format('%s %s %s', member, direct, teams), '; ') FROM authz.list_members('team:eng') $$);
SELECT pg_temp.acting('ola', $$ SELECT string_agg(format('%s %s %s', member, direct, teams), '; ') FROM authz.list_members('team:db') $$);
-- Teams.
SELECT pg_temp.acting('ola', $$ SELECT string_agg(format('%s %s %s', team, parent, members), '; ') FROM authz.list_teams('organization:1') $$);
SELECT pg_temp.acting('bo', $$ SELECT string_agg(format('%s %s %s', team, parent, members), '; ') FROM authz.list_teams('organization:2') $$);
-- A role is put together from permissions.
SELECT pg_temp.acting('ola', $$ SELECT count(*) || ' of ' || count(DISTINCT category) FROM authz.list_permissions('repository') WHERE assignable $$);
SELECT pg_temp.acting('ola', $$ SELECT string_agg(format('%s %s %s', permission, status, requires), '; ') FROM authz.list_permissions('repository') WHERE requires <> '{}' $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('Reviewer', 'repository', 'organization:1', (SELECT array_agg(permission::text) FROM authz.list_permissions('repository') WHERE permission::text LIKE 'close_%'), inherits => 'read') $$);
-- Roles, and who has them: directly, through teams, or both.
SELECT pg_temp.acting('ola', format('SELECT authz.grant_role(%L, %L, %L)', s, r, o)) FROM (VALUES
    ('team:eng', 'Reviewer', 'repository:api'), ('ann', 'Reviewer', 'repository:api'), ('dan', 'Reviewer', 'repository:api'),
    ('team:db', 'Reviewer', 'repository:api'), ('team:ops', 'all_repo_read', 'organization:1'), ('guest', 'Reviewer', 'repository:api')) AS g (s, r, o);
SELECT pg_temp.acting('ola', $$ SELECT string_agg(name, ', ') FROM authz.list_roles('organization:1', 'repository') $$);
SELECT pg_temp.acting('ola', $$ SELECT string_agg(format('%s %s %s', holder, kind, teams), '; ') FROM authz.list_role_holders('Reviewer', 'repository:api') $$);
SELECT pg_temp.acting('ola', $$ SELECT string_agg(format('%s %s %s', holder, kind, teams), '; ') FROM authz.list_role_holders('all_repo_read', 'organization:1') $$);
-- On the resource itself; the role of another type where it is assigned.
SELECT pg_temp.acting('ola', $$ SELECT count(*) || ' rows' FROM authz.list_role_holders('Reviewer', 'repository:web') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.set_base_permission('organization:1', 'read') $$);
SELECT pg_temp.acting('ola', $$ SELECT string_agg(format('%s %s %s', holder, kind, teams), '; ') FROM authz.list_role_holders('read', 'organization:1', role_type => 'repository') $$);
-- One's own, of which everybody may ask: roles and who holds them.
SELECT pg_temp.acting('ann', $$ SELECT string_agg(format('%s %s %s', resource, roles, held_by), '; ') FROM authz.my_resources() $$);
SELECT pg_temp.acting('guest', $$ SELECT string_agg(format('%s %s %s', resource, roles, held_by), '; ') FROM authz.my_resources() $$);
SELECT pg_temp.acting('ann', $$ SELECT string_agg(format('%s %s %s', resource, roles, held_by), '; ') FROM authz.my_resources('repository') $$);
SELECT pg_temp.acting('bo', $$ SELECT string_agg(format('%s %s %s', resource, roles, held_by), '; ') FROM authz.my_resources() $$);
-- Nobody has what everyone has.
SELECT pg_temp.acting(NULL, $$ SELECT count(*) || ' rows' FROM authz.my_resources() $$);
SELECT authz.grant_role('user:*', 'read', 'repository:web') > 0;
SELECT pg_temp.acting(s, $$ SELECT string_agg(format('%s %s %s', resource, roles, held_by), '; ') FROM authz.my_resources() $$) FROM (VALUES (NULL), ('stranger'), ('guest')) AS v (s);
SELECT pg_temp.acting('ola', $$ SELECT string_agg(format('%s %s %s', holder, kind, teams), '; ') FROM authz.list_role_holders('read', 'repository:web') $$);
SELECT authz.grant_role('dan', 'read', 'repository:web', source => 'okta') > 0;
SELECT pg_temp.acting('ola', $$ SELECT string_agg(format('%s %s %s', holder, kind, teams), '; ') FROM authz.list_role_holders('read', 'repository:web') $$);
SELECT authz.revoke_roles('user:*', 'repository:web'), authz.revoke_roles('dan', 'repository:web');

-- What has ended is not listed.
INSERT INTO authz.assignments (subject_id, role_id, resource_id, expires_at)
SELECT s.id, r.id, o.id, now() - interval '1 minute'
FROM authz.subjects AS s, authz.roles AS r, authz.resources AS o
WHERE s.subject IN ('user:cat', 'team:ops') AND r.name = 'maintain' AND o.resource = 'repository:web';
SELECT pg_temp.acting('ola', $$ SELECT count(*) || ' rows' FROM authz.list_role_holders('maintain', 'repository:web') $$);
SELECT pg_temp.acting(s, $$ SELECT string_agg(format('%s %s', resource, roles), '; ') FROM authz.my_resources('repository') $$) FROM unnest('{cat,service_account:ci}'::text[]) AS s;

-- Who may ------------------------------------------------------------------------
-- Without a current subject, as a member, who may only view roles, as a stranger, as the owner of another organization.
SELECT authz.create_role('Role viewer', 'organization', 'organization:1', '{read_organization_custom_org_role}') > 0, authz.grant_role('cat', 'Role viewer', 'organization:1') > 0;
SELECT s AS subject, l AS list, pg_temp.acting(s, format('SELECT count(*) || '' rows'' FROM authz.%s', l))
FROM (VALUES (1, NULL), (2, 'ben'), (3, 'cat'), (4, 'stranger'), (5, 'bo')) AS v (n, s),
     unnest(ARRAY[$$list_members('organization:1')$$, $$list_members('team:eng')$$, $$list_teams('organization:1')$$,
                  $$list_role_holders('owner', 'organization:1')$$, $$list_role_holders('Reviewer', 'repository:api')$$, $$revoke_roles('dan', 'repository:api')$$]) WITH ORDINALITY AS o (l, m)
ORDER BY n, m;
-- The same as what is not there.
SELECT pg_temp.acting('bo', format('SELECT count(*) || '' rows'' FROM authz.%s', l)) FROM unnest(ARRAY[
    $$list_members('organization:404')$$, $$list_members('organization:404#member')$$, $$list_members('team:404')$$, $$list_teams('organization:404')$$,
    $$list_role_holders('owner', 'organization:404')$$, $$revoke_roles('dan', 'organization:404')$$, $$revoke_roles('team:eng', 'organization:2')$$,
    $$revoke_roles('organization:1#member', 'organization:2')$$, $$list_role_holders('Reviewer', 'repository:x')$$]) AS l;
-- Ann is in both organizations: each sees their own teams of hers.
SELECT pg_temp.acting('bo', $$ SELECT string_agg(format('%s %s %s', member, direct, teams), '; ') FROM authz.list_members('organization:2') $$);
-- Holders of admin on a repository see the holders of roles on it, and on no other one.
SELECT authz.grant_role('dan', 'admin', 'repository:web') > 0;
SELECT pg_temp.acting('dan', $$ SELECT string_agg(format('%s %s %s', holder, kind, teams), '; ') FROM authz.list_role_holders('admin', 'repository:web') $$);
SELECT pg_temp.acting('dan', $$ SELECT count(*) || ' rows' FROM authz.list_role_holders('Reviewer', 'repository:api') $$);

-- Arguments ----------------------------------------------------------------------
SELECT l, pg_temp.acting('ola', format('SELECT count(*) || '' rows'' FROM authz.%s', l)) FROM unnest(ARRAY[
    $$list_members(NULL)$$, $$list_members('user:ann')$$, $$list_members('repository:api')$$, $$list_members('organization:1', 'team:')$$, $$list_members('organization:1', max_rows => -1)$$,
    $$list_members('organization:1', max_rows => 0)$$, $$list_members('organization:1', 'nobody-there', 2)$$, $$list_members('organization:1#member', max_rows => 2147483647)$$,
    $$list_teams(NULL)$$, $$list_teams('team:eng')$$, $$list_teams('repository:api')$$, $$list_teams('organization:1', max_rows => -1)$$, $$list_teams('organization:1', max_rows => 2)$$,
    $$list_role_holders(NULL, 'organization:1')$$, $$list_role_holders('owner', NULL)$$, $$list_role_holders('ownr', 'organization:1')$$, $$list_role_holders('read', 'organization:1')$$,
    $$list_role_holders('read', 'organization:1', 'repo')$$, $$list_role_holders('owner', 'organization:1', max_rows => -1)$$,
    $$list_permissions(NULL)$$, $$list_permissions('repo')$$, $$list_permissions('repository', 'no permission')$$, $$list_permissions('repository', max_rows => -1)$$, $$list_permissions('repository', 'zzz')$$,
    $$my_resources('repo')$$, $$my_resources(after_resource => 'x')$$, $$my_resources(max_rows => -1)$$, $$my_resources(max_rows => 0)$$,
    $$revoke_roles(NULL, 'organization:1')$$, $$revoke_roles('ann', NULL)$$, $$revoke_roles('ann', 'organization:1', 'No Source')$$]) AS l;

-- Pages --------------------------------------------------------------------------
-- A model of many teams and holders, at random: teams in teams, roles to everybody and
-- everything, some of which have ended.
SELECT setseed(0.7);
SELECT count(authz.create_resource('organization:3'));
INSERT INTO authz.subjects (subject) SELECT (CASE WHEN i % 7 = 0 THEN 'service_account:p' ELSE 'user:p' END || i)::text::authz.subject FROM generate_series(1, 60) AS i;
INSERT INTO authz.subjects (subject, resource_id) SELECT 'organization:3#member', id FROM authz.resources WHERE resource = 'organization:3' ON CONFLICT DO NOTHING;
INSERT INTO authz.memberships SELECT g.id, s.id FROM authz.subjects AS g, authz.subjects AS s WHERE g.subject = 'organization:3#member' AND s.subject::text ~ ':p[0-9]+$';
SELECT count(authz.create_team('team:r' || i, 'organization:3', CASE WHEN i % 4 > 0 THEN 'team:r' || i - i % 4 END)) FROM generate_series(4, 15) AS i;
SELECT count(authz.move_team('team:r' || i, 'team:r' || i - 1)) FROM unnest('{6,7,10,15}'::int[]) AS i;
INSERT INTO authz.memberships
SELECT DISTINCT g.id, s.id FROM authz.subjects AS g, authz.subjects AS s WHERE g.subject::text ~ '^team:r' AND s.subject::text ~ ':p[0-9]+$' AND random() < 0.08;
SELECT count(authz.create_resource('repository:r' || i, 'organization:3')) FROM generate_series(1, 6) AS i;
INSERT INTO authz.assignments (subject_id, role_id, resource_id, source, expires_at)
SELECT s.id, r.id, o.id, 'manual', CASE WHEN random() < 0.3 THEN now() - interval '1 day' END
FROM authz.subjects AS s, authz.resources AS o, LATERAL (SELECT * FROM authz.roles AS r WHERE r.owner_id IS NULL AND r.resource_type = o.resource_type AND r.name <> 'owner' AND s.id > 0 ORDER BY random() LIMIT 1) AS r
WHERE (s.subject::text ~ '^(team:r|user:p|service_account:p)' OR s.subject = 'organization:3#member') AND o.resource::text ~ '(^repository:r|^organization:3)' AND random() < 0.25;
INSERT INTO authz.assignments (subject_id, role_id, resource_id, source)
SELECT s.id, r.id, o.id, 'manual'
FROM authz.subjects AS s, authz.resources AS o, authz.roles AS r
WHERE s.subject = 'user:*' AND o.resource = 'repository:r1' AND r.name = 'read' AND r.resource_type = 'repository';

-- Every list in pages is the list: no row is missing, none comes twice.
SELECT call, pg_temp.wrong_pages(call) FROM unnest(ARRAY[
    $$authz.list_permissions('repository', after_permission => %L, max_rows => %L)$$, $$authz.list_permissions('organization', after_permission => %L, max_rows => %L)$$,
    $$authz.list_members('organization:3', after_member => %L, max_rows => %L)$$, $$authz.list_members('team:r4', after_member => %L, max_rows => %L)$$,
    $$authz.list_teams('organization:3', after_team => %L, max_rows => %L)$$]) AS call;
SELECT count(*) > 20 AS many, count(*) FILTER (WHERE w.size IS NOT NULL) AS wrong
FROM authz.roles AS r
JOIN authz.resources AS o ON o.resource::text ~ '(^repository:r[1-6]|^organization:3)' AND o.resource_type = r.resource_type
LEFT JOIN LATERAL pg_temp.wrong_pages(format('authz.list_role_holders(%L, %L, after_holder => %%L, max_rows => %%L)', r.name, o.resource)) AS w (size) ON true
WHERE r.owner_id IS NULL AND EXISTS (SELECT FROM authz.list_role_holders(r.name, o.resource::text));
-- Ordered by name, byte by byte.
SELECT ARRAY(SELECT member::text FROM authz.list_members('organization:3')) = ARRAY(SELECT member::text FROM authz.list_members('organization:3') ORDER BY member::text COLLATE "C");

-- What the lists say is what the explanations and the tables say.
SELECT count(*) > 20 AS many, count(*) FILTER (WHERE lists.l IS DISTINCT FROM told.l) AS different
FROM authz.roles AS r
JOIN authz.resources AS o ON o.resource::text ~ '(^repository:r[1-6]|^organization:3)' AND o.resource_type = r.resource_type
CROSS JOIN LATERAL (SELECT array_agg(format('%s %s %s', holder, kind, teams) ORDER BY holder) AS l FROM authz.list_role_holders(r.name, o.resource::text)) AS lists
CROSS JOIN LATERAL (
    -- Everyone's role is everyone's: of those who have no other, there is no end.
    SELECT array_agg(format('%s %s %s', s.subject, k.kind, k.teams) ORDER BY s.subject) AS l
    FROM authz.subjects AS s CROSS JOIN LATERAL authz.assignment_kind(s.subject, r.name, o.resource) AS k
    WHERE k.kind IS NOT NULL AND (k.kind, k.teams) IS DISTINCT FROM ('indirect', '{user:*}'::authz.subject[])) AS told
WHERE r.owner_id IS NULL;
SELECT count(*) AS groups, count(*) FILTER (WHERE lists.l IS DISTINCT FROM told.l) AS different
FROM authz.subjects AS g
CROSS JOIN LATERAL (SELECT array_agg(format('%s %s %s', member, direct, CASE WHEN g.subject::text LIKE 'team:%' THEN teams::text END) ORDER BY member) AS l FROM authz.list_members(g.subject::text)) AS lists
CROSS JOIN LATERAL (
    SELECT array_agg(t.row ORDER BY t.member) AS l
    FROM (SELECT m.member, format('%s %s %s', m.member, bool_or(m.direct), CASE WHEN g.subject::text LIKE 'team:%' THEN array_agg(m.via ORDER BY m.via)::text END) AS row
          FROM authz.team_members(g.subject) AS m GROUP BY m.member) AS t) AS told
WHERE g.subject::text ~ '^(team:r|organization:3#)';
CREATE FUNCTION pg_temp.mine(who authz.subject) RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('authz.subject', who::text, true);
    RETURN ARRAY(SELECT format('%s %s %s', resource, roles, held_by) FROM authz.my_resources());
END $$;
SELECT count(*) AS subjects, count(*) FILTER (WHERE pg_temp.mine(s.subject) IS DISTINCT FROM told.l) AS different
FROM authz.subjects AS s
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(t.row ORDER BY t.resource), '{}') AS l
    FROM (SELECT o.resource, format('%s %s %s', o.resource, array_agg(DISTINCT r.name COLLATE "C"), array_agg(DISTINCT h.subject)) AS row
          FROM (WITH RECURSIVE up (id) AS (
                    SELECT s.id
                    UNION
                    SELECT g.id
                    FROM up CROSS JOIN LATERAL (SELECT m.group_id FROM authz.memberships AS m WHERE m.member_id = up.id
                                                UNION ALL SELECT p.parent_id FROM authz.subjects AS p WHERE p.id = up.id AND p.parent_id IS NOT NULL) AS g (id))
                TABLE up UNION SELECT e.id FROM authz.subjects AS e WHERE e.subject = 'user:*') AS w (id)
          JOIN authz.assignments AS a ON a.subject_id = w.id AND (a.expires_at IS NULL OR a.expires_at > now())
          JOIN authz.subjects AS h ON h.id = w.id
          JOIN authz.roles AS r ON r.id = a.role_id
          JOIN authz.resources AS o ON o.id = a.resource_id
          GROUP BY o.resource) AS t) AS told
WHERE s.subject::text ~ '^(user|service_account):p';
CREATE FUNCTION pg_temp.wrong_pages_of(who authz.subject) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('authz.subject', who::text, true);
    RETURN QUERY SELECT who || ' ' || w FROM pg_temp.wrong_pages('authz.my_resources(after_resource => %L, max_rows => %L)') AS w;
    RETURN QUERY SELECT who || ' ' || w FROM pg_temp.wrong_pages($q$authz.my_resources('repository', after_resource => %L, max_rows => %L)$q$) AS w;
END $$;
SELECT pg_temp.wrong_pages_of(s.subject) FROM authz.subjects AS s WHERE s.subject::text ~ '^(user|service_account):p[0-9]$';
-- A page goes on after a name that is not there (any more).
SET authz.subject = 'user:p1';
SELECT (SELECT array_agg(resource) FROM authz.my_resources(after_resource => 'organization:x')) = (SELECT array_agg(resource) FROM authz.my_resources() WHERE resource > 'organization:x'::authz.resource);
RESET authz.subject;

-- What a page costs: the page, also where the list is long.
INSERT INTO authz.resources (resource) VALUES ('organization:4');
INSERT INTO authz.subjects (subject, resource_id) SELECT s::text::authz.subject, o.id FROM authz.resources AS o, unnest('{organization:4#member,team:all}'::text[]) AS s WHERE o.resource = 'organization:4';
INSERT INTO authz.subjects (subject) SELECT ('user:q' || i)::text::authz.subject FROM generate_series(1, 3000) AS i;
INSERT INTO authz.memberships SELECT g.id, s.id FROM authz.subjects AS g, authz.subjects AS s WHERE g.subject = 'organization:4#member' AND s.subject::text ~ '^user:q';
INSERT INTO authz.memberships SELECT g.id, s.id FROM authz.subjects AS g, authz.subjects AS s WHERE g.subject = 'team:all' AND s.subject::text ~ '^user:q';
INSERT INTO authz.subjects (subject, resource_id) SELECT ('team:q' || i)::text::authz.subject, o.id FROM generate_series(1, 3000) AS i, authz.resources AS o WHERE o.resource = 'organization:4';
SELECT authz.grant_role('team:all', 'all_repo_read', 'organization:4') > 0;
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, r.id, o.id FROM authz.subjects AS s, authz.roles AS r, authz.resources AS o WHERE s.subject::text ~ '^user:q' AND r.name = 'all_repo_write' AND o.resource = 'organization:4';
VACUUM ANALYZE authz.subjects, authz.memberships, authz.assignments, authz.resources;
SELECT l AS list, pg_temp.buffers(format('SELECT * FROM authz.%s)', l)) > 3000 AS long,
    pg_temp.buffers(format('SELECT * FROM authz.%s, max_rows => 5)', l)) < 1000 AS first_page,
    pg_temp.buffers(format('SELECT * FROM authz.%s, %s, max_rows => 5)', l, CASE WHEN l LIKE 'list_teams%' THEN $$after_team => 'team:q2500'$$
                                                                               WHEN l LIKE 'list_members%' THEN $$after_member => 'q2500'$$ ELSE $$after_holder => 'q2500'$$ END)) < 1000 AS deep_page
FROM unnest(ARRAY[$$list_members('organization:4'$$, $$list_members('team:all'$$, $$list_teams('organization:4'$$, $$list_role_holders('all_repo_read', 'organization:4'$$]) AS l;
-- (To find the teams among many direct holders, those of the organization are looked at: here 3,000.)
SELECT pg_temp.buffers($$ SELECT * FROM authz.list_role_holders('all_repo_write', 'organization:4') $$) > 20000 AS long,
    pg_temp.buffers($$ SELECT * FROM authz.list_role_holders('all_repo_write', 'organization:4', max_rows => 5) $$) < 12000 AS first_page;
-- Pages are right there too, whether the names are walked or the members are read.
SELECT ARRAY(SELECT pg_temp.pages($$authz.list_members('team:all', after_member => %L, max_rows => %L)$$, 90)) = ARRAY(SELECT m::text FROM authz.list_members('team:all') AS m),
    ARRAY(SELECT pg_temp.pages($$authz.list_role_holders('all_repo_read', 'organization:4', after_holder => %L, max_rows => %L)$$, 80)) = ARRAY(SELECT m::text FROM authz.list_role_holders('all_repo_read', 'organization:4') AS m);
DELETE FROM authz.memberships AS m USING authz.subjects AS s WHERE s.id = m.member_id AND s.subject::text ~ '^user:q[12]' AND m.group_id = (SELECT id FROM authz.subjects WHERE subject = 'team:all');
SELECT ARRAY(SELECT pg_temp.pages($$authz.list_members('team:all', after_member => %L, max_rows => %L)$$, 2)) = ARRAY(SELECT m::text FROM authz.list_members('team:all') AS m);

-- my_resources, anywhere ------------------------------------------------------------
SET authz.subject = 'user:guest';
CREATE MATERIALIZED VIEW guests AS SELECT * FROM authz.my_resources();
TABLE guests;
-- In code of another owner the caller is the owner of the code; the subject is the session's.
CREATE FUNCTION pg_temp.guests() RETURNS SETOF authz.resource LANGUAGE sql SECURITY DEFINER AS 'SELECT resource FROM authz.my_resources()';
SELECT pg_temp.guests();
RESET authz.subject;
SELECT authz.grant_role('regress_authz_web', 'read', 'repository:api') > 0;
SET authz.subject_source = 'role';
SET ROLE regress_authz_web;
SELECT * FROM authz.my_resources();
RESET ROLE;
RESET authz.subject_source;

-- revoke_roles ----------------------------------------------------------------------
SELECT count(authz.grant_role(s, r, o, source => f)) FROM (VALUES
    ('ben', 'all_repo_read', 'organization:1', 'manual'), ('ben', 'all_repo_write', 'organization:1', 'manual'), ('ben', 'all_repo_read', 'organization:1', 'okta'),
    ('ben', 'read', 'repository:web', 'manual'), ('team:db', 'all_repo_read', 'organization:1', 'manual')) AS g (s, r, o, f);
SELECT pg_temp.acting('ola', $$ SELECT authz.revoke_roles('ben', 'organization:1', 'okta') || ' taken' $$), pg_temp.acting('ola', $$ SELECT authz.revoke_roles('ben', 'organization:1', source => 'github') || ' taken' $$);
SELECT pg_temp.acting('ola', $$ SELECT string_agg(role || ' ' || source, ', ') FROM authz.list_assignments('organization:1') WHERE subject = 'user:ben'::authz.subject $$);
-- Those of every source; on exactly that resource; of that subject, not of its teams.
SELECT authz.revoke_roles('ben', 'organization:1');
SELECT authz.revoke_roles('ben', 'organization:1');
SELECT pg_temp.mine('user:ben');
SELECT authz.revoke_roles('team:db', 'organization:1'), authz.revoke_roles('nobody-there', 'organization:1');
-- One entry in the audit log for each.
SELECT event, object FROM authz.audit_log WHERE event = 'assignment.drop' ORDER BY id DESC LIMIT 3;
-- All or nothing: who may not take one of the roles, a protected one for instance, takes none.
SELECT authz.add_member('organization:1', 'pia'), authz.grant_role('pia', 'owner', 'organization:1') > 0, authz.grant_role('pia', 'all_repo_read', 'organization:1') > 0;
INSERT INTO authz.management_permissions VALUES ('organization', 'assign_role', 'read_organization_custom_org_role');
SELECT pg_temp.acting('cat', $$ SELECT authz.revoke_roles('pia', 'organization:1') || ' taken' $$), pg_temp.acting('ben', $$ SELECT authz.revoke_roles('pia', 'organization:1') || ' taken' $$);
SELECT pg_temp.mine('user:pia');
-- Nor is it said what somebody has to who may not assign roles.
SELECT pg_temp.acting('ben', $$ SELECT authz.revoke_roles('eli', 'organization:1') || ' taken' $$), pg_temp.acting('cat', $$ SELECT authz.revoke_roles('eli', 'organization:1') || ' taken' $$);
DELETE FROM authz.management_permissions WHERE operation = 'assign_role' AND resource_type = 'organization';
SELECT pg_temp.acting('ola', $$ SELECT authz.revoke_roles('pia', 'organization:1') || ' taken' $$);
-- The last owner stays, with all that they have there.
SELECT authz.grant_role('ola', 'all_repo_read', 'organization:1') > 0;
SELECT pg_temp.acting('ola', $$ SELECT authz.revoke_roles('ola', 'organization:1') || ' taken' $$);
SELECT authz.revoke_roles('ola', 'organization:1');
SELECT pg_temp.mine('user:ola');
SELECT authz.revoke_roles('ola', 'organization:1', 'manual');
-- Dan is admin of one repository: roles of that type there, not what reaches it from above.
SELECT authz.grant_role('ben', 'triage', 'repository:web', source => 'okta') > 0;
SELECT pg_temp.acting('dan', $$ SELECT authz.revoke_roles('ben', 'repository:web') || ' taken' $$), pg_temp.acting('dan', $$ SELECT authz.revoke_roles('dan', 'repository:api') || ' taken' $$);
-- The base permission is an assignment of the members.
SELECT pg_temp.acting('ola', $$ SELECT authz.revoke_roles('organization:1#member', 'organization:1') || ' taken' $$);
-- Within maintenance of tables nothing is changed.
CREATE MATERIALIZED VIEW taken AS SELECT authz.revoke_roles('guest', 'repository:api');

DROP OWNED BY regress_authz_web;
DROP ROLE regress_authz_web;
