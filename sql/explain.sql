-- Saying why: explain, mixed roles, kinds of assignment, members of teams.
\i sql/include/fresh.sql
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_authz_support;

-- A model with every way to a permission: organization, project, job.
SELECT count(*) > 0 AS applied FROM authz.apply('{
  "resource_types": [
    {"name": "organization", "has_members": true, "base_permissions": ["none", "read", "write"]},
    {"name": "project", "parent": "organization", "default_permission": "project.see"},
    {"name": "job", "parent": "project", "roles_for": "members"}],
  "permissions": [
    {"name": "organization.view", "resource_type": "organization"},
    {"name": "organization.manage", "resource_type": "organization"},
    {"name": "project.see", "resource_type": "project"},
    {"name": "project.view", "resource_type": "project"},
    {"name": "project.edit", "resource_type": "project"},
    {"name": "project.dream", "resource_type": "project", "status": "planned"},
    {"name": "job.stop", "resource_type": "job"}],
  "roles": [
    {"name": "read", "resource_type": "project", "permissions": ["project.see", "project.view"]},
    {"name": "write", "resource_type": "project", "inherits": "read", "permissions": ["project.edit", "project.dream"], "base_roles": ["job:stopper"]},
    {"name": "stopper", "resource_type": "job", "permissions": ["job.stop"]},
    {"name": "Member", "resource_type": "organization", "permissions": ["organization.view"]},
    {"name": "Owner", "resource_type": "organization", "all_permissions": true, "base_roles": ["project:write"]}]
}');
SET authz.subject = 'user:root';
DO $$
BEGIN
    PERFORM authz.create_resource('organization:1');
    PERFORM authz.create_resource('organization:2');
    PERFORM authz.create_resource('project:1', 'organization:1');
    PERFORM authz.create_resource('project:2', 'organization:1');
    PERFORM authz.create_resource('project:3', 'organization:2');
    PERFORM authz.create_resource('job:1', 'project:1');
    PERFORM authz.add_member('organization:1', u) FROM unnest('{alice,bob,carol,dave}'::text[]) AS u;
    PERFORM authz.create_team('team:y', 'organization:1');
    PERFORM authz.create_team('team:x', 'organization:1', 'team:y');
    PERFORM authz.create_team('team:z', 'organization:1', 'team:y');
    PERFORM authz.add_member('team:x', 'user:alice');
    PERFORM authz.add_member('team:z', 'user:alice');
    PERFORM authz.add_member('team:y', 'user:carol');
    PERFORM authz.create_role('Release manager', 'organization', 'organization:1', base_role => 'write');
    PERFORM authz.create_role('Looker', 'project', 'organization:1');

    PERFORM authz.grant_role('user:alice', 'write', 'project:1');
    PERFORM authz.grant_role('user:alice', 'write', 'project:1', source => 'github');
    PERFORM authz.grant_role('team:y', 'Release manager', 'organization:1');
    PERFORM authz.grant_role('user:bob', 'Owner', 'organization:1');
    PERFORM authz.grant_role('user:carol', 'read', 'project:1', expires_at => '2999-01-01');
    UPDATE authz.assignments SET expires_at = '2000-01-01' WHERE expires_at = '2999-01-01';
    PERFORM authz.grant_role('user:dave', 'Looker', 'project:1');
    PERFORM authz.grant_role('user:*', 'read', 'organization:1', role_type => 'project');
    PERFORM authz.grant_role('service_account:ci', 'write', 'project:3', expires_at => '2100-01-01');
END
$$;
RESET authz.subject;

CREATE FUNCTION explain(subject text, permission text, resource text,
    OUT grants boolean, OUT subject_path text, OUT role_path text, OUT resource_ text, OUT source text, OUT granted_by text, OUT expires boolean, OUT reason text)
RETURNS SETOF record LANGUAGE sql AS $$
    SELECT e.grants, e.subject_path, e.role_path, e.resource::text, e.source, e.granted_by::text, e.expires_at IS NOT NULL, e.reason
    FROM authz.explain($1::authz.subject, $2, $3::authz.resource) AS e
$$;

-- What grants it -------------------------------------------------------------------
SELECT * FROM explain('alice', 'project.edit', 'project:1');
SELECT * FROM explain('alice', 'project.view', 'project:1');
SELECT * FROM explain('bob', 'organization.manage', 'organization:1');
SELECT * FROM explain('bob', 'job.stop', 'job:1');
SELECT * FROM explain('carol', 'job.stop', 'job:1');
SELECT * FROM explain('dave', 'project.see', 'project:1');
SELECT * FROM explain('stranger', 'project.view', 'project:2');
SELECT * FROM explain('user:*', 'project.view', 'project:2');
SELECT * FROM explain('team:x', 'project.edit', 'project:2');
SELECT * FROM explain('service_account:ci', 'project.edit', 'project:3');
SELECT count(*) AS assignments FROM authz.explain('alice', 'project.edit', 'project:1') AS e JOIN authz.assignments AS a ON a.id = e.assignment_id;

-- Nearest misses -------------------------------------------------------------------
SELECT * FROM explain('alice', 'project.edti', 'project:1');
SELECT * FROM explain('alice', 'Not A Permission', 'project:1');
SELECT * FROM explain('alice', 'project.edit', 'project:99');
SELECT * FROM explain('alice', 'organization.view', 'project:1');
SELECT * FROM explain('stranger', 'project.edit', 'project:2');
SELECT * FROM explain('alice', 'project.dream', 'project:1');
SELECT * FROM explain('carol', 'project.view', 'project:3');
SELECT * FROM explain('dave', 'project.edit', 'project:1');
SELECT * FROM explain('stranger', 'job.stop', 'job:1');
SELECT * FROM explain('alice', 'project.view', 'project:3');
SELECT authz.revoke_role('user:*', 'read', 'organization:1', role_type => 'project');
SELECT authz.revoke_role('team:y', 'Release manager', 'organization:1');
SELECT * FROM explain('carol', 'project.view', 'project:1');
SELECT count(*) FROM authz.explain(NULL, 'project.view', 'project:1');
SELECT * FROM explain('alice', 'project.view', 'not a resource');
SELECT authz.grant_role('team:y', 'Release manager', 'organization:1') IS NOT NULL AS granted;
SELECT authz.grant_role('user:*', 'read', 'organization:1', role_type => 'project') IS NOT NULL AS granted;

-- It agrees with has_permission, on everybody and everything.
SELECT count(*) AS questions, count(*) FILTER (WHERE answer) AS yes, count(*) FILTER (WHERE answer IS DISTINCT FROM explained) AS disagreements,
       count(*) FILTER (WHERE rows = 0) AS unexplained
FROM (
    SELECT authz.has_permission(s.subject, p.name::text, authz.resource_id(r.resource)) AND p.resource_type = r.resource_type AS answer,
           e.explained, e.rows
    FROM (SELECT subject FROM authz.subjects UNION SELECT 'user:nobody'::authz.subject) AS s
         CROSS JOIN authz.permissions AS p
         CROSS JOIN authz.resources AS r
         CROSS JOIN LATERAL (SELECT coalesce(bool_or(grants), false) AS explained, count(*) AS rows
                             FROM authz.explain(s.subject, p.name::text, r.resource)) AS e
) AS asked;

-- Removing what its rows name, in any order, ends the access exactly with the last.
CREATE FUNCTION remove_in_every_order(subject authz.subject, permission text, resource authz.resource, OUT rows integer, OUT orders integer)
LANGUAGE plpgsql AS $$
DECLARE
    named bigint[] := ARRAY(SELECT assignment_id FROM authz.explain(subject, permission, resource) WHERE grants);
BEGIN
    rows := cardinality(named);
    orders := 0;
    -- By the index of each order; n! of them.
    FOR number IN 0 .. (SELECT factorial(rows) - 1)::integer LOOP
        DECLARE
            left_over bigint[] := named;
            rest integer := number;
            place integer;
        BEGIN
            WHILE cardinality(left_over) > 0 LOOP
                ASSERT authz.has_permission(subject, permission, authz.resource_id(resource)), 'access ended too early';
                ASSERT (SELECT array_agg(assignment_id ORDER BY assignment_id) FROM authz.explain(subject, permission, resource) WHERE grants)
                     = (SELECT array_agg(i ORDER BY i) FROM unnest(left_over) AS i), 'other rows than those left';
                place := 1 + rest % cardinality(left_over);
                rest := rest / cardinality(left_over);
                DELETE FROM authz.assignments WHERE id = left_over[place];
                left_over := array_remove(left_over, left_over[place]);
            END LOOP;
            ASSERT NOT authz.has_permission(subject, permission, authz.resource_id(resource)), 'access has not ended';
            orders := orders + 1;
            RAISE EXCEPTION 'undo' USING ERRCODE = 'YYYYY';
        EXCEPTION WHEN SQLSTATE 'YYYYY' THEN
            NULL;
        END;
    END LOOP;
END
$$;
SELECT * FROM remove_in_every_order('alice', 'project.edit', 'project:1');
SELECT * FROM remove_in_every_order('alice', 'project.view', 'project:1');
SELECT * FROM remove_in_every_order('carol', 'project.see', 'project:2');
SELECT * FROM remove_in_every_order('bob', 'job.stop', 'job:1');

-- Members of teams -----------------------------------------------------------------
SELECT * FROM authz.team_members('team:y');
SELECT * FROM authz.team_members('team:x');
SELECT * FROM authz.team_members('organization:1#member');
SELECT * FROM authz.team_members('team:none');

-- How a role is assigned -----------------------------------------------------------
SELECT authz.grant_role('team:x', 'write', 'project:2') IS NOT NULL, authz.grant_role('team:y', 'write', 'project:2') IS NOT NULL,
       authz.grant_role('user:dave', 'write', 'project:2') IS NOT NULL, authz.grant_role('user:alice', 'write', 'project:2', source => 'okta') IS NOT NULL;
SELECT * FROM authz.assignment_kind('dave', 'write', 'project:2');
SELECT * FROM authz.assignment_kind('carol', 'write', 'project:2');
SELECT * FROM authz.assignment_kind('alice', 'write', 'project:2');
SELECT * FROM authz.assignment_kind('bob', 'write', 'project:2');
SELECT * FROM authz.assignment_kind('bob', 'Owner', 'organization:1');
SELECT * FROM authz.assignment_kind('carol', 'Release manager', 'organization:1');
SELECT * FROM authz.assignment_kind('carol', 'read', 'organization:1');
SELECT * FROM authz.assignment_kind('carol', 'read', 'organization:1', role_type => 'project');
-- An expired assignment is none.
SELECT * FROM authz.assignment_kind('carol', 'read', 'project:1');
SELECT * FROM authz.assignment_kind('carol', 'no such role', 'project:1');
SELECT * FROM authz.assignment_kind('nobody', 'read', 'project:99');
SELECT * FROM authz.assignment_kind(NULL, 'read', 'project:1');

-- Mixed roles ----------------------------------------------------------------------
CREATE FUNCTION mixed(subject text, resource text) RETURNS TABLE (type text, role text, avenue text, held_by text, held_on text, source text, assigned_role text)
LANGUAGE sql AS $$
    SELECT m.resource_type, m.role, m.avenue, m.held_by::text, m.held_on::text, m.source, m.assigned_role
    FROM authz.mixed_roles($1::authz.subject, $2::authz.resource) AS m
$$;
SELECT * FROM mixed('alice', 'project:1');
SELECT * FROM mixed('bob', 'organization:1');
-- The same role by several avenues is not mixed.
SELECT authz.revoke_role('user:*', 'read', 'organization:1', role_type => 'project');
SELECT * FROM mixed('alice', 'project:2');
-- A base permission is one avenue; so is each source, and a role on an ancestor.
SELECT authz.set_base_permission('organization:1', 'read') IS NOT NULL AS done;
SELECT * FROM mixed('alice', 'project:2');
SELECT * FROM mixed('dave', 'project:2');
SELECT authz.grant_role('user:dave', 'read', 'organization:1', role_type => 'project') IS NOT NULL AS granted;
SELECT authz.grant_role('user:dave', 'read', 'project:2', source => 'github') IS NOT NULL AS granted;
SELECT * FROM mixed('dave', 'project:2');
-- For a type beneath the resource.
SELECT * FROM mixed('carol', 'organization:1');
SELECT * FROM mixed('carol', 'project:99');
SELECT * FROM mixed('nobody', 'project:1');
-- Several roles by one avenue add up, and are not mixed.
SELECT authz.set_base_permission('organization:1', NULL) IS NOT NULL AS done;
SELECT authz.grant_role('service_account:ci', 'read', 'project:3', expires_at => '2100-01-01') IS NOT NULL AS granted;
SELECT * FROM mixed('service_account:ci', 'project:3');
SELECT authz.set_base_permission('organization:1', 'read') IS NOT NULL AS done;

-- The view has the same rows, for every pair that an assignment brings together.
SELECT subject, resource, resource_type, string_agg(role || ' by ' || avenue, ', ' ORDER BY role, avenue, held_by, held_on) AS roles
FROM authz.mixed_roles GROUP BY subject, resource, resource_type ORDER BY subject, resource, resource_type;
WITH of_view AS (SELECT v FROM authz.mixed_roles AS v),
     of_function AS (
         SELECT m FROM (SELECT DISTINCT a.resource_id FROM authz.assignments AS a) AS a JOIN authz.resources AS r ON r.id = a.resource_id
              CROSS JOIN authz.subjects AS s CROSS JOIN LATERAL authz.mixed_roles(s.subject, r.resource) AS m
         WHERE authz.subject_kind(s.subject) IN ('user', 'service_account')
           AND EXISTS (SELECT FROM authz.explain(s.subject, 'project.see', r.resource)))
SELECT (SELECT count(*) FROM of_view) > 10 AS many, (SELECT count(*) FROM (SELECT v::text FROM of_view EXCEPT SELECT m::text FROM of_function) AS x) AS only_in_view;

-- Neither a subject nor a resource makes it read a whole table.
INSERT INTO authz.resources (resource) SELECT ('organization:o' || i)::authz.resource FROM generate_series(1, 50) AS i;
INSERT INTO authz.resources (resource, parent_id)
SELECT ('project:p' || i)::authz.resource, o.id
FROM generate_series(1, 1000) AS i JOIN authz.resources AS o ON o.resource = ('organization:o' || 1 + (i - 1) % 50)::authz.resource;
INSERT INTO authz.subjects (subject, resource_id)
SELECT (resource::text || '#member')::authz.subject, id FROM authz.resources WHERE resource::text LIKE 'organization:o%';
INSERT INTO authz.subjects (subject) SELECT 'user:u' || i FROM generate_series(1, 5000) AS i;
INSERT INTO authz.memberships
SELECT g.id, s.id
FROM generate_series(1, 5000) AS i
     JOIN authz.subjects AS s ON s.subject = ('user:u' || i)::authz.subject
     JOIN authz.subjects AS g ON g.subject = ('organization:o' || 1 + i % 50 || '#member')::authz.subject;
INSERT INTO authz.assignments (subject_id, role_id, resource_id, source)
SELECT s.id, (SELECT id FROM authz.roles WHERE name = 'write'), r.id, 'manual'
FROM generate_series(1, 5000) AS i
     JOIN authz.subjects AS s ON s.subject = ('user:u' || i)::authz.subject
     JOIN authz.resources AS r ON r.resource = ('project:p' || 1 + i % 1000)::authz.resource
UNION ALL
SELECT g.id, (SELECT id FROM authz.roles WHERE name = 'read'), g.resource_id, 'base_permission'
FROM authz.subjects AS g WHERE g.subject::text LIKE 'organization:o%';
ANALYZE authz.subjects, authz.resources, authz.memberships, authz.assignments;
CREATE FUNCTION seq_scans(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    found text := '';
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        IF line LIKE '%Seq Scan%' THEN
            found := found || line;
        END IF;
    END LOOP;
    RETURN found;
END
$$;
SELECT seq_scans($$SELECT * FROM authz.mixed_roles WHERE subject = 'user:u17'$$) AS by_subject,
       seq_scans($$SELECT * FROM authz.mixed_roles WHERE resource = 'project:p17'$$) AS by_resource;
SELECT resource, role, avenue FROM authz.mixed_roles WHERE subject = 'user:u17' ORDER BY resource, role;
SELECT count(DISTINCT subject), count(*) FROM authz.mixed_roles WHERE resource = 'project:p17';

-- Members are not looked beneath, where nobody is.
CREATE FUNCTION memberships_read(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before bigint := (SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relid = 'authz.memberships'::regclass);
BEGIN
    EXECUTE query;
    RETURN (SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relid = 'authz.memberships'::regclass) - coalesce(before, 0);
END
$$;
BEGIN;
DELETE FROM authz.memberships AS m USING authz.subjects AS g WHERE g.id = m.group_id AND g.subject <> 'organization:o1#member'::authz.subject;
INSERT INTO authz.memberships
SELECT g.id, s.id FROM authz.subjects AS s JOIN authz.subjects AS g ON g.subject = 'organization:o1#member' WHERE s.subject::text LIKE 'user:u%'
ON CONFLICT DO NOTHING;
DELETE FROM authz.assignments WHERE source <> 'base_permission';
ANALYZE authz.memberships, authz.assignments;
SELECT memberships_read($$SELECT * FROM authz.mixed_roles WHERE subject = 'user:u17'$$) <= 2 * count(*) AS once FROM authz.memberships;
ROLLBACK;
ANALYZE authz.memberships, authz.assignments;
DROP FUNCTION memberships_read;

-- A role that is in use: ten of the uses, and no more looked for than a hundred.
DELETE FROM authz.roles WHERE name = 'write';

-- The ways to a node, against all of them, one by one -------------------------------
-- (Edges from a lower to a higher number: no cycles.)
CREATE FUNCTION all_ways(lower bigint[], upper bigint[], starts bigint[], start_first boolean)
RETURNS TABLE (id bigint, path text)
LANGUAGE sql AS $$
    WITH RECURSIVE ways (id, steps, path) AS (
        SELECT n, 0, 'n' || n FROM unnest(starts) AS n
      UNION ALL
        SELECT e.upper, w.steps + 1, CASE WHEN start_first THEN w.path || ' < n' || e.upper ELSE 'n' || e.upper || ' < ' || w.path END
        FROM ways AS w JOIN unnest(lower, upper) AS e (lower, upper) ON e.lower = w.id
    ),
    numbered AS (
        SELECT w.id, w.path, row_number() OVER way AS i, count(*) OVER (PARTITION BY w.id) AS n
        FROM ways AS w
        WINDOW way AS (PARTITION BY w.id ORDER BY w.steps, octet_length(w.path), w.path COLLATE "C")
    )
    SELECT w.id, string_agg(w.path, '; ' ORDER BY w.i) || CASE WHEN max(w.n) > 10 THEN format('; and %s more', max(w.n) - 10) ELSE '' END
    FROM numbered AS w
    WHERE w.i <= 10
    GROUP BY w.id
$$;
DO $$
DECLARE
    g record;
    longest integer := 0;
BEGIN
    FOR i IN 1..300 LOOP
        SELECT array_agg(a.n) AS lower, array_agg(b.n) AS upper INTO g
        FROM generate_series(1, 9 + i % 5) AS a (n) JOIN generate_series(1, 9 + i % 5) AS b (n) ON a.n < b.n
        WHERE random() < 0.15 + 0.8 * (i % 7) / 7;
        CONTINUE WHEN g.lower IS NULL;
        IF EXISTS (
            (SELECT * FROM authz_internal.ways(g.lower, g.upper, ARRAY[1, 1 + i % 3], (SELECT array_agg(n) FROM generate_series(1, 14) AS n),
                                      (SELECT array_agg('n' || n) FROM generate_series(1, 14) AS n), i % 2 = 0)
             EXCEPT SELECT * FROM all_ways(g.lower, g.upper, (SELECT array_agg(DISTINCT n) FROM unnest(ARRAY[1, 1 + i % 3]) AS n), i % 2 = 0))
            UNION ALL
            (SELECT * FROM all_ways(g.lower, g.upper, (SELECT array_agg(DISTINCT n) FROM unnest(ARRAY[1, 1 + i % 3]) AS n), i % 2 = 0)
             EXCEPT SELECT * FROM authz_internal.ways(g.lower, g.upper, ARRAY[1, 1 + i % 3], (SELECT array_agg(n) FROM generate_series(1, 14) AS n),
                                             (SELECT array_agg('n' || n) FROM generate_series(1, 14) AS n), i % 2 = 0)))
        THEN
            RAISE WARNING 'other ways of % to %, starts 1 and %', g.lower, g.upper, 1 + i % 3;
        END IF;
        longest := greatest(longest, cardinality(g.lower));
    END LOOP;
    RAISE INFO 'with more than 60 edges: %', longest > 60;
END
$$;
-- Cycles end, and so does what doubles with each node.
SELECT * FROM authz_internal.ways('{1,2,3,3}', '{2,3,2,4}', '{1}', '{1,2,3,4}', '{a,b,c,d}', true);
SELECT w.id, right(w.path, 40)
FROM (SELECT array_agg(a) AS lower, array_agg(b) AS upper FROM generate_series(1, 60) AS a JOIN generate_series(1, 60) AS b ON a < b) AS g,
     authz_internal.ways(g.lower, g.upper, '{1}', (SELECT array_agg(n) FROM generate_series(1, 60) AS n),
                (SELECT array_agg('n' || n) FROM generate_series(1, 60) AS n), true) AS w
WHERE w.id IN (2, 10, 60);
SELECT * FROM authz_internal.ways('{1}', '{}', '{1}', '{1}', '{a}', true);
DROP FUNCTION all_ways;

-- Granted explicitly, and then enough by itself ------------------------------------
SET ROLE regress_authz_support;
\set VERBOSITY sqlstate
SELECT * FROM authz.explain('alice', 'project.view', 'project:1');
SELECT * FROM authz.mixed_roles('alice', 'project:1');
SELECT * FROM authz.mixed_roles;
SELECT * FROM authz.assignment_kind('alice', 'write', 'project:1');
SELECT * FROM authz.team_members('team:x');
\set VERBOSITY default
RESET ROLE;
GRANT EXECUTE ON FUNCTION authz.explain(authz.subject, text, authz.resource), authz.mixed_roles(authz.subject, authz.resource),
    authz.assignment_kind(authz.subject, text, authz.resource, text), authz.team_members(authz.subject) TO regress_authz_support;
GRANT SELECT ON authz.mixed_roles TO regress_authz_support;
SET ROLE regress_authz_support;
SELECT count(*) FROM authz.explain('alice', 'project.view', 'project:1');
SELECT count(*) FROM authz.mixed_roles('alice', 'project:1');
SELECT count(*) FROM authz.mixed_roles WHERE subject = 'user:alice';
SELECT * FROM authz.assignment_kind('alice', 'write', 'project:1');
SELECT * FROM authz.team_members('team:x');
RESET ROLE;

DROP FUNCTION explain, remove_in_every_order, mixed, seq_scans;
DROP OWNED BY regress_authz_support;
DROP ROLE regress_authz_support;
