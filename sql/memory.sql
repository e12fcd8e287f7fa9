-- What a backend remembers stays within authz.cache_size and a little, whatever
-- it is asked: every line says whether it does, and that the answers are right.
\i sql/include/fresh.sql
\set VERBOSITY terse
SET authz.cache_size = '1MB';

-- Without the rules, which are not what is tested here.
SET session_replication_role = replica;
INSERT INTO authz.resource_types (name, parent) VALUES ('organization', NULL), ('project', 'organization');
INSERT INTO authz.permissions (name, resource_type)
SELECT 'project.p' || i, 'project' FROM generate_series(1, 200) AS i;
INSERT INTO authz.resources (resource)
SELECT ('organization:' || i)::text::authz.resource FROM generate_series(1, 10) AS i;
INSERT INTO authz.resources (resource, parent_id)
SELECT ('project:' || i)::text::authz.resource,
       (SELECT id FROM authz.resources WHERE resource::text = 'organization:' || i % 10 + 1)
FROM generate_series(1, 10000) AS i;
INSERT INTO authz.resources (resource, parent_id)
SELECT ('project:a rather long name for a project, as people give them, number ' || i)::text::authz.resource,
       (SELECT id FROM authz.resources WHERE resource = 'organization:1')
FROM generate_series(1, 2000) AS i;
INSERT INTO authz.roles (name, resource_type)
SELECT 'role ' || i, 'project' FROM generate_series(1, 3000) AS i;
INSERT INTO authz.role_permissions (role_id, permission)
SELECT id, ('project.p' || substr(name, 6)::integer % 200 + 1)::authz.permission FROM authz.roles;
INSERT INTO authz.subjects (subject)
SELECT ('user:' || i)::text::authz.subject FROM generate_series(1, 1000) AS i;
-- Everybody holds role 1 on 20 projects; user:1 on all, user:2 on all organizations,
-- and user:3 every role.
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, (SELECT id FROM authz.roles WHERE name = 'role 1'), r.id
FROM authz.subjects AS s
     CROSS JOIN generate_series(1, 20) AS k
     JOIN authz.resources AS r ON r.resource::text = 'project:' || (substr(s.subject::text, 6)::integer * 37 + k * 11) % 1000 + 1;
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, a.id, r.id
FROM authz.subjects AS s, authz.roles AS a, authz.resources AS r
WHERE a.name = 'role 1'
  AND (s.subject = 'user:1' AND r.resource_type = 'project' OR s.subject = 'user:2' AND r.resource_type = 'organization')
ON CONFLICT DO NOTHING;
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, a.id, r.id
FROM authz.subjects AS s, authz.roles AS a, authz.resources AS r
WHERE s.subject = 'user:3' AND r.resource = 'organization:10'
ON CONFLICT DO NOTHING;

RESET session_replication_role;

CREATE TEMP VIEW memory AS
SELECT CASE WHEN sum(total_bytes) < 4 * 1024 * 1024 THEN 'within bounds' ELSE 'TOO MUCH: ' || sum(total_bytes) END AS memory
FROM pg_backend_memory_contexts WHERE name = 'authz cache';
SELECT sum(total_bytes) AS before FROM pg_backend_memory_contexts \gset
CREATE TEMP TABLE project AS SELECT i::bigint AS id FROM generate_series(1, 10000) AS i;
CREATE TEMP TABLE few_projects AS SELECT id FROM project WHERE id <= 1000;
CREATE TEMP TABLE person AS SELECT ('user:' || i)::text::authz.subject AS subject FROM generate_series(1, 1000) AS i;

-- One subject, all resources.
SET authz.subject = 'user:1';
SELECT count(*) FROM project WHERE authz.has_permission('project.p2', id);
SELECT * FROM memory;
SELECT count(*) FROM generate_series(1, 2000) AS i
WHERE authz.has_permission('project.p2', 'a rather long name for a project, as people give them, number ' || i);
SELECT * FROM memory;
RESET authz.subject;

-- A million pairs, subject by subject and resource by resource.
SELECT sum(n)
FROM person CROSS JOIN LATERAL
     (SELECT count(*) AS n FROM few_projects WHERE authz.has_permission(subject, 'project.p2', id)) AS permitted;
SELECT * FROM memory;
SELECT sum(n)
FROM project CROSS JOIN LATERAL
     (SELECT count(*) AS n FROM person WHERE authz.has_permission(subject, 'project.p2', id)) AS permitted
WHERE id <= 20;
SELECT * FROM memory;

-- Lists.
SELECT sum(cardinality(authz.permitted_ids(subject, 'project.p2', NULL::bigint))) FROM person;
SELECT * FROM memory;
SELECT sum(cardinality(authz.permitted_ids('user:2'::authz.subject, 'project.p' || i, NULL::text))) FROM generate_series(1, 200) AS i;
SELECT * FROM memory;

-- Roles and sets of permissions.
SELECT count(*) FROM authz.roles WHERE authz.role_permission_set(id, true) <> '{}';
SELECT * FROM memory;
SELECT authz.permission_count(authz.permissions_on('user:3', 'project:9'));
SELECT * FROM memory;

-- Subjects that nobody has heard of, and resources, and permissions.
SELECT count(*) FROM generate_series(1, 20000) AS i WHERE authz.has_permission(('user:nobody ' || i)::text::authz.subject, 'project.p2', 1);
SELECT count(*) FROM generate_series(1, 20000) AS i WHERE authz.has_permission('user:1'::authz.subject, 'project.p2', -i);
SELECT count(*) FROM generate_series(1, 20000) AS i WHERE authz.has_permission('user:1'::authz.subject, 'project.unknown' || i, 1);
SELECT * FROM memory;

-- The rest of the backend has not grown either.
SELECT sum(total_bytes) - :before < 5 * 1024 * 1024 AS bounded FROM pg_backend_memory_contexts;

-- Everything is still as it was.
SELECT count(*) FROM person WHERE authz.has_permission(subject, 'project.p2', 1);
SELECT count(*) FROM person WHERE EXISTS (
    SELECT FROM authz.assignments AS a JOIN authz.subjects AS s ON s.id = subject_id JOIN authz.resources AS r ON r.id = a.resource_id
    WHERE s.subject = person.subject AND r.resource IN ('project:1', 'organization:2'));
