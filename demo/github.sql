-- ============================================================================
-- GitHub's organizations, teams and custom roles
-- ============================================================================

-- A library, its tables and functions, all in schema authz; the model that
-- GitHub publishes: 58 permissions, 12 predefined roles.
CREATE EXTENSION authz;
SELECT count(*) > 0 AS installed FROM authz.install_catalog('github');

SELECT resource_type, count(*) AS permissions
FROM authz.permissions GROUP BY 1 ORDER BY 1;

-- An application's own tables.  track() keeps authz's resources in step with
-- them, so that nobody has to tell it about new repositories.
CREATE TABLE organizations (id int PRIMARY KEY, name text);
CREATE TABLE repositories (id int PRIMARY KEY, organization_id int REFERENCES organizations, name text);
INSERT INTO organizations VALUES (1, 'acme'), (2, 'other');
SELECT FROM authz.track('organizations', 'organization', 'id');
SELECT FROM authz.track('repositories', 'repository', 'id', 'organization_id');
INSERT INTO repositories VALUES (10, 1, 'website'), (11, 1, 'api'), (12, 1, 'payroll'), (20, 2, 'website');

-- People.  alice is in a team, bob in a team beneath it, olivia owns acme,
-- carl is an outside collaborator; otto owns the other organization.
SELECT FROM authz.add_member('organization:1', 'user:olivia');
SELECT FROM authz.add_member('organization:1', 'user:alice');
SELECT FROM authz.add_member('organization:1', 'user:bob');
SELECT FROM authz.add_member('organization:1', 'user:max');
SELECT FROM authz.add_member('organization:2', 'user:otto');
SELECT FROM authz.create_team('team:engineering', 'organization:1');
SELECT FROM authz.create_team('team:release', 'organization:1', parent => 'team:engineering');
SELECT FROM authz.add_member('team:engineering', 'user:alice');
SELECT FROM authz.add_member('team:release', 'user:bob');

SELECT FROM authz.grant_role('user:olivia', 'owner', 'organization:1');
SELECT FROM authz.grant_role('user:otto', 'owner', 'organization:2');
SELECT FROM authz.grant_role('team:engineering', 'write', 'repository:11');
SELECT FROM authz.grant_role('user:carl', 'triage', 'repository:10');

-- A custom repository role builds on a predefined one and adds to it.
SELECT FROM authz.create_role('release engineer', 'repository', owner => 'organization:1',
                              inherits => 'write', permissions => '{create_tag,push_protected_branch}');
SELECT FROM authz.grant_role('team:release', 'release engineer', 'repository:10');

-- A custom organization role with a base role reaches every repository,
-- also those to come.
SELECT FROM authz.create_role('auditor', 'organization', owner => 'organization:1',
                              base_role => 'read', permissions => '{read_audit_logs}');

-- Asking -----------------------------------------------------------------------
-- bob is in team:release, which has what its parent team:engineering has.
SELECT person, repository,
       authz.has_permission(('user:' || person)::authz.subject, 'pull', repository) AS pull,
       authz.has_permission(('user:' || person)::authz.subject, 'push', repository) AS push,
       authz.has_permission(('user:' || person)::authz.subject, 'create_tag', repository) AS create_tag
FROM unnest('{olivia,alice,bob,carl,otto}'::text[]) WITH ORDINALITY AS people (person, n), unnest('{10,11}'::int[]) AS repository
ORDER BY n, repository;

-- All that carl may do, as a set.
SELECT authz.permissions_on('user:carl', 'repository:10');

-- The other way round: who may push to api?
SELECT * FROM authz.list_subjects('push', 'repository:11') AS subject ORDER BY subject::text;

-- Row-level security -----------------------------------------------------------
-- One policy, written once.
ALTER TABLE repositories ENABLE ROW LEVEL SECURITY;
CREATE POLICY may_pull ON repositories FOR SELECT USING (authz.has_permission('pull', id));
CREATE POLICY may_edit ON repositories FOR UPDATE USING (authz.has_permission('edit_repo_metadata', id));

-- The application logs in as web.  Only this role may say on whose behalf it
-- asks; web owns nothing and cannot read authz's tables.
CREATE ROLE web LOGIN;
GRANT SET ON PARAMETER authz.subject TO web;
GRANT SELECT, UPDATE ON repositories TO web;
GRANT SELECT ON organizations TO web;
\connect - web

SET authz.subject = 'user:alice';
SELECT id, name FROM repositories ORDER BY id;

SET authz.subject = 'user:bob';
SELECT id, name FROM repositories ORDER BY id;

SET authz.subject = 'user:olivia';
SELECT id, name FROM repositories ORDER BY id;
UPDATE repositories SET name = 'wages' WHERE id = 12 RETURNING id, name;

-- Nobody in particular sees nothing.
RESET authz.subject;
SELECT id, name FROM repositories ORDER BY id;

-- A revoke reaches the next statement --------------------------------------------
-- In one transaction of web, with another session's revoke in between.  (\! runs
-- a command beside this session: there, the administrator.)
SET authz.subject = 'user:bob';
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT name, authz.has_permission('create_tag', id) AS may_tag FROM repositories WHERE id = 10;
\! psql -X -Atc "SELECT authz.revoke_role('team:release', 'release engineer', 'repository:10')" -d github
SELECT count(*) AS visible FROM repositories WHERE id = 10;
COMMIT;
\! psql -X -Atc "SELECT FROM authz.grant_role('team:release', 'release engineer', 'repository:10')" -d github
SELECT count(*) AS visible FROM repositories WHERE id = 10;

-- Why? -------------------------------------------------------------------------
\connect - postgres
SELECT subject_path, role_path, resource, source FROM authz.explain('user:bob', 'push', 'repository:10');
SELECT FROM authz.set_base_permission('organization:1', 'read');
SELECT subject_path, role_path, resource, source FROM authz.explain('user:bob', 'pull', 'repository:11') ORDER BY 1, 2;

-- carl is no member, so that the base permission is not for him.  Where nothing
-- grants a permission, explain names the nearest misses.
SELECT reason FROM authz.explain('user:carl', 'pull', 'repository:11') WHERE reason LIKE 'repository role%' ORDER BY reason;

-- People to whom different avenues give different roles: GitHub's "Mixed roles".
SELECT subject, role, avenue, held_by, held_on, source FROM authz.mixed_roles('user:bob', 'repository:11');

-- A tenant's administrator -------------------------------------------------------
-- The application offers role management to its tenants: web gets EXECUTE, and
-- acts as the current subject.
GRANT EXECUTE ON FUNCTION authz.create_role, authz.add_permissions, authz.grant_role, authz.revoke_role, authz.role_id TO web;
\connect - web

-- olivia owns acme: she defines a role and hands it to max.
SET authz.subject = 'user:olivia';
SELECT FROM authz.create_role('role manager', 'organization', owner => 'organization:1',
                              permissions => '{write_organization_custom_org_role,read_organization_actions_usage_metrics}');
SELECT FROM authz.grant_role('user:max', 'role manager', 'organization:1');

-- max may define roles, of what he holds himself ...
SET authz.subject = 'user:max';
SELECT FROM authz.create_role('metrics', 'organization', owner => 'organization:1',
                              permissions => '{read_organization_actions_usage_metrics}');
-- ... but not more than that,
SELECT authz.add_permissions(authz.role_id('metrics', 'organization', 'organization:1'), '{read_audit_logs}');
-- nor through the role that a role builds on,
SELECT authz.create_role('ladder', 'organization', owner => 'organization:1', base_role => 'admin');
-- nor assign any role: that is for owners.
SELECT authz.grant_role('user:max', 'metrics', 'organization:1');
SELECT authz.grant_role('user:max', 'owner', 'organization:1');
-- For another tenant's organization the answer is that it is not there.
SELECT authz.create_role('spy', 'organization', owner => 'organization:2');

-- olivia assigns it, and the last owner cannot leave.
SET authz.subject = 'user:olivia';
SELECT FROM authz.grant_role('user:alice', 'metrics', 'organization:1');
SELECT authz.revoke_role('user:olivia', 'owner', 'organization:1');

-- And everything is in the audit log.
\connect - postgres
SELECT event, actor, database_role, object FROM authz.audit_log ORDER BY id DESC LIMIT 1;
