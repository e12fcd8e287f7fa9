-- permitted_ids() where there are thousands of them: with gaps and without, in an order
-- that is not that of the keys, negative, at the ends of the type, and among ids that are no
-- numbers.  Every line says how many there are and whether they are the right ones, in order.
\i sql/include/fresh.sql
\set VERBOSITY terse

-- Without the rules, which are not what is tested here.
SET session_replication_role = replica;
INSERT INTO authz.resource_types (name, parent) VALUES ('organization', NULL), ('project', 'organization'), ('zone', 'organization');
INSERT INTO authz.permissions (name, resource_type) VALUES ('project.view', 'project'), ('zone.view', 'zone');
INSERT INTO authz.roles (name, resource_type) VALUES ('reader', 'project'), ('guide', 'organization');
INSERT INTO authz.role_base_roles (role_id, resource_type, base_role_id)
SELECT g.id, 'project', r.id FROM authz.roles AS g, authz.roles AS r WHERE g.name = 'guide' AND r.name = 'reader';
INSERT INTO authz.role_permissions (role_id, permission) SELECT id, 'project.view' FROM authz.roles WHERE name = 'reader';
INSERT INTO authz.resources (resource) SELECT ('organization:' || i)::authz.resource FROM generate_series(1, 3) AS i;
-- Three organizations, 9,000 projects; a zone and a project whose id is a word after every tenth.
CREATE TEMPORARY TABLE project AS
SELECT i, i % 3 + 1 AS organization_id,
       CASE WHEN i = 7 THEN 9223372036854775807 WHEN i = 8 THEN -9223372036854775807 - 1
            WHEN i % 2 = 0 THEN -i ELSE (i * 7919) % 9001 * 1000003::bigint END AS id
FROM generate_series(1, 9000) AS i;
INSERT INTO authz.resources (resource, parent_id)
SELECT (name)::authz.resource, o.id
FROM project AS p
     JOIN authz.resources AS o ON o.resource::text = 'organization:' || p.organization_id
     CROSS JOIN LATERAL (VALUES (1, 'project:' || p.id), (2, 'zone:' || p.i), (3, 'project:p' || p.i)) AS named (n, name)
WHERE n = 1 OR p.i % 10 = 0
ORDER BY p.i, n;
-- Who holds what: each project, every third, one in fifty, those of one organization; all from two organizations
-- and some of them once more.
CREATE TEMPORARY TABLE may AS
SELECT 'user:all' AS subject, i, id FROM project
UNION ALL SELECT 'user:third', i, id FROM project WHERE i % 3 = 0
UNION ALL SELECT 'user:few', i, id FROM project WHERE i % 50 = 0
UNION ALL SELECT 'user:organization', i, id FROM project WHERE organization_id = 2
UNION ALL SELECT 'user:both', i, id FROM project WHERE organization_id <> 2 OR i % 4 = 0;
INSERT INTO authz.subjects (subject) SELECT DISTINCT subject::authz.subject FROM may;
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, g.id, o.id
FROM authz.subjects AS s, authz.roles AS g, authz.resources AS o
WHERE g.name = 'guide'
  AND (s.subject = 'user:organization' AND o.resource = 'organization:2' OR s.subject = 'user:both' AND o.resource IN ('organization:1', 'organization:3'));
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, r.id, p.id
FROM may
     JOIN authz.subjects AS s ON s.subject::text = may.subject
     JOIN authz.roles AS r ON r.name = 'reader'
     JOIN authz.resources AS p ON p.resource::text = 'project:' || may.id
WHERE may.subject NOT IN ('user:organization') AND (may.subject <> 'user:both' OR may.i % 4 = 0)
ORDER BY may.i * 7919 % 9001;
RESET session_replication_role;
ANALYZE authz.assignments;

CREATE FUNCTION pg_temp.judge(at text) RETURNS TABLE (state text, subject text, ids bigint, right_ones boolean)
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT judge.at, m.subject, count(*),
               array_agg(m.id ORDER BY m.id) = authz.permitted_ids(m.subject::authz.subject, 'project.view', NULL::bigint)
        FROM may AS m
        GROUP BY m.subject
        ORDER BY m.subject;
    END;
SELECT * FROM pg_temp.judge('as loaded');

-- From the indexes alone, once all rows are visible to everybody.
VACUUM authz.resources, authz.subjects, authz.memberships, authz.assignments;
SELECT * FROM pg_temp.judge('vacuumed');

-- Some resources go, and with them what is held there; in pages that are not all visible any more.
SELECT count(authz.drop_resource('project:' || id)) FROM project WHERE i % 90 = 0;
DELETE FROM may WHERE i % 90 = 0;
SELECT * FROM pg_temp.judge('some dropped');
BEGIN;
SELECT count(authz.drop_resource('project:' || id)) FROM project WHERE i % 90 = 45;
ROLLBACK;
SELECT * FROM pg_temp.judge('rolled back');

-- Words, which come after the numbers; other types are none of them.
SELECT count(*), count(*) FILTER (WHERE id LIKE 'p%') AS words
FROM unnest(authz.permitted_ids('user:both'::authz.subject, 'project.view', NULL::text)) AS id;
SELECT cardinality(authz.permitted_ids('user:both'::authz.subject, 'zone.view', NULL::bigint)) AS zones;

-- So many that the list does not remember each resource: any change of a resource makes it be read again.
SET session_replication_role = replica;
INSERT INTO authz.roles (name, resource_type) VALUES ('walker', 'zone');
INSERT INTO authz.role_permissions (role_id, permission) SELECT id, 'zone.view' FROM authz.roles WHERE name = 'walker';
INSERT INTO authz.subjects (subject) VALUES ('user:many');
INSERT INTO authz.resources (resource) SELECT ('zone:' || i)::authz.resource FROM generate_series(100001, 120000) AS i;
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, r.id, z.id
FROM authz.subjects AS s, authz.roles AS r, authz.resources AS z
WHERE s.subject = 'user:many' AND r.name = 'walker' AND z.resource::text ~ '^zone:1\d{5}$';
CREATE FUNCTION pg_temp.zones() RETURNS TABLE (zones bigint, first bigint, last bigint, sorted boolean)
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT count(*), min(id), max(id), array_agg(id) = array_agg(id ORDER BY id)
        FROM unnest(authz.permitted_ids('user:many'::authz.subject, 'zone.view', NULL::bigint)) AS id;
    END;
SELECT * FROM pg_temp.zones();
-- A resource goes that nobody has told the subject's grants about, and comes back.
BEGIN;
DELETE FROM authz.resources WHERE resource = 'zone:100001';
SELECT * FROM pg_temp.zones();
ROLLBACK;
SELECT * FROM pg_temp.zones();
RESET session_replication_role;
SELECT authz.drop_resource('zone:120000');
SELECT * FROM pg_temp.zones();
