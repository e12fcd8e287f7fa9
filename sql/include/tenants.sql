-- Two tenants, organizations and projects as tables with policies, and people:
--   user:olga  owner of organization 1      user:otto  owner of organization 2
--   user:edda  editor of project 11 in organization 1, owner of organization 9
-- regress_authz_app writes the tables, and may say who it is; regress_authz_dml may not.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT count(*) > 0 AS applied FROM authz.apply('{
  "resource_types": [
    {"name": "organization", "has_members": true, "management": {"manage_resources": "organization.people", "manage_members": "organization.people"}},
    {"name": "project", "parent": "organization", "roles_for": "anyone",
     "management": {"create_resource": "organization.projects", "manage_resources": "organization.people", "assign_role": "organization.people"}}],
  "permissions": [
    {"name": "organization.people", "resource_type": "organization"}, {"name": "organization.projects", "resource_type": "organization"},
    {"name": "project.view", "resource_type": "project"}, {"name": "project.edit", "resource_type": "project"}],
  "roles": [
    {"name": "viewer", "resource_type": "project", "permissions": ["project.view"]},
    {"name": "editor", "resource_type": "project", "inherits": "viewer", "permissions": ["project.edit"]},
    {"name": "planner", "resource_type": "organization", "permissions": ["organization.projects"]},
    {"name": "owner", "resource_type": "organization", "all_permissions": true, "base_roles": ["project:editor"], "min_holders": 1, "protected": true}]}');
CREATE TABLE organizations (id integer PRIMARY KEY, name text);
CREATE TABLE projects (id bigint PRIMARY KEY, organization_id integer, name text UNIQUE);
INSERT INTO organizations VALUES (1), (2), (9);
INSERT INTO projects VALUES (11, 1, 'p11'), (12, 1, 'p12'), (21, 2, 'p21');
SELECT authz.track('organizations', 'organization', 'id'), authz.track('projects', 'project', 'id', 'organization_id');
SELECT count(authz.add_member('organization:' || o, 'user:' || u)), count(authz.grant_role('user:' || u, 'owner', 'organization:' || o))
FROM (VALUES (1, 'olga'), (2, 'otto'), (9, 'edda')) AS v (o, u);
SELECT authz.grant_role('user:edda', 'editor', 'project:11') > 0 AS granted;
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
CREATE POLICY s ON projects FOR SELECT USING (authz.has_permission('project.view', id));
CREATE POLICY i ON projects FOR INSERT WITH CHECK (authz.has_permission('organization.projects', organization_id));
CREATE POLICY u ON projects FOR UPDATE USING (authz.has_permission('project.edit', id));
CREATE POLICY d ON projects FOR DELETE USING (authz.has_permission('project.edit', id));
CREATE ROLE regress_authz_app;
GRANT SET ON PARAMETER authz.subject TO regress_authz_app;
GRANT ALL ON organizations, projects TO regress_authz_app;
-- What the tables say and what the resources say: no line where they agree.
CREATE VIEW differences AS
SELECT coalesce(t.resource, r.resource::text) AS resource, t.parent AS parent_of_row, p.resource AS parent_of_resource
FROM (SELECT format('organization:%s', id) AS resource, NULL AS parent FROM organizations
      UNION ALL SELECT format('project:%s', id), 'organization:' || organization_id FROM projects) AS t
     FULL JOIN authz.resources AS r ON r.resource::text = t.resource
     LEFT JOIN authz.resources AS p ON p.id = r.parent_id
WHERE t.parent IS DISTINCT FROM p.resource::text OR t.resource IS NULL OR r.resource IS NULL OR NOT r.has_row;
