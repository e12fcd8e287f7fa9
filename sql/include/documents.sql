-- A model with 20 organizations of 100 projects, a table of 20,000 documents, and
-- subjects that see very different shares of it:
--   user:one   project 7
--   user:org   the 100 projects of organization 3
--   user:all   all projects
--   user:none  nothing
SET client_min_messages = warning;
INSERT INTO authz.resource_types (name, parent) VALUES ('organization', NULL), ('project', 'organization');
INSERT INTO authz.permissions (name, resource_type) VALUES
    ('project.view', 'project'), ('project.edit', 'project'), ('project.remove', 'project'), ('organization.view', 'organization');
INSERT INTO authz.resources (resource)
SELECT ('organization:' || i)::text::authz.resource FROM generate_series(1, 20) AS i;
INSERT INTO authz.resources (resource, parent_id)
SELECT ('project:' || i)::text::authz.resource, o.id
FROM generate_series(1, 2000) AS i
JOIN authz.resources AS o ON o.resource = ('organization:' || 1 + i % 20)::text::authz.resource;
INSERT INTO authz.roles (name, resource_type) VALUES ('viewer', 'project'), ('manager', 'organization');
INSERT INTO authz.role_permissions (role_id, permission)
SELECT id, p::authz.permission FROM authz.roles, unnest(ARRAY['project.view', 'project.edit']) AS p WHERE name = 'viewer';
INSERT INTO authz.role_base_roles (role_id, resource_type, base_role_id)
SELECT m.id, 'project', v.id FROM authz.roles AS m, authz.roles AS v WHERE m.name = 'manager' AND v.name = 'viewer';
INSERT INTO authz.subjects (subject) VALUES ('user:one'), ('user:org'), ('user:all'), ('user:none');
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, r.id, x.id
FROM (VALUES ('user:one', 'viewer', '^project:7$'), ('user:org', 'manager', '^organization:3$'), ('user:all', 'manager', '^organization:')) AS v (subject, role, pattern)
JOIN authz.subjects AS s ON s.subject = v.subject::authz.subject
JOIN authz.roles AS r ON r.name = v.role
JOIN authz.resources AS x ON x.resource::text ~ v.pattern;

CREATE TABLE documents (id bigint PRIMARY KEY, project_id bigint, owner text NOT NULL, title text NOT NULL);
INSERT INTO documents
SELECT i, 1 + i * 7 % 2000, 'owner' || i % 1000, 'document ' || i FROM generate_series(1, 20000) AS i;
CREATE INDEX documents_project_id_idx ON documents (project_id);
CREATE INDEX documents_owner_idx ON documents (owner);
CREATE TABLE comments (id bigint PRIMARY KEY, document_id bigint NOT NULL, project_id integer NOT NULL);
INSERT INTO comments SELECT i, 1 + i % 20000, 1 + (1 + i % 20000) * 7 % 2000 FROM generate_series(1, 20000) AS i;
CREATE INDEX comments_project_id_idx ON comments (project_id);
CREATE INDEX comments_document_id_idx ON comments (document_id);
VACUUM ANALYZE documents, comments;
SET max_parallel_workers_per_gather = 0;
RESET client_min_messages;
