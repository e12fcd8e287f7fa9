-- ============================================================================
-- Semaphore's organizations and projects
-- ============================================================================

CREATE EXTENSION authz;
SELECT count(*) > 0 AS installed FROM authz.install_catalog('semaphore');

-- 17 of the 90 permissions are announced but not there yet.
SELECT resource_type, status, count(*) FROM authz.permissions GROUP BY 1, 2 ORDER BY 1, 2;

-- Resources can also be made by hand.
SELECT FROM authz.create_resource('organization:acme');
SELECT FROM authz.create_resource('project:web', parent => 'organization:acme');
SELECT FROM authz.create_resource('project:billing', parent => 'organization:acme');
SELECT FROM authz.add_member('organization:acme', 'user:olga');
SELECT FROM authz.add_member('organization:acme', 'user:pia');
SELECT FROM authz.add_member('organization:acme', 'user:quentin');
SELECT FROM authz.grant_role('user:olga', 'Owner', 'organization:acme');

-- A team of people; what a team holds, its members hold.
SELECT FROM authz.create_team('team:backend', 'organization:acme');
SELECT FROM authz.add_member('team:backend', 'user:quentin');
SELECT FROM authz.grant_role('team:backend', 'Contributor', 'project:billing');

-- A custom role that builds on a predefined one, and one that is smaller.
SELECT FROM authz.create_role('operator', 'project', owner => 'organization:acme',
                              inherits => 'Reader', permissions => '{project.job.stop,project.workflow.stop}');
SELECT FROM authz.grant_role('user:pia', 'operator', 'project:web');

SELECT authz.has_permission('user:pia', 'project.job.stop', 'web') AS stop,
       authz.has_permission('user:pia', 'project.job.debug', 'web') AS debug,
       authz.has_permission('user:pia', 'project.job.view', 'billing') AS elsewhere;
SELECT authz.permissions_on('user:pia', 'project:web');

-- In Semaphore a person has one role per place and source: another grant
-- replaces the first, and each source is kept and revoked on its own.
SELECT FROM authz.grant_role('user:pia', 'Contributor', 'project:web');
SELECT FROM authz.grant_role('user:pia', 'Reader', 'project:web', source => 'github');
SELECT r.name, a.source
FROM authz.assignments AS a JOIN authz.roles AS r ON r.id = a.role_id JOIN authz.subjects AS s ON s.id = a.subject_id
WHERE s.subject = 'user:pia' ORDER BY 2;
SELECT authz.revoke_role('user:pia', 'Contributor', 'project:web');
SELECT authz.has_permission('user:pia', 'project.job.debug', 'web') AS debug,
       authz.has_permission('user:pia', 'project.job.view', 'web') AS view;

-- A role on the organization with a base role reaches every project, also
-- those to come.
SELECT FROM authz.create_resource('project:mobile', parent => 'organization:acme');
SELECT * FROM authz.list_resources('user:olga', 'project.delete') AS resource ORDER BY resource::text;

-- A permission that is still planned is in the role and grants nothing;
-- explain says so.
SELECT reason, resource FROM authz.explain('user:quentin', 'project.secrets.view', 'project:billing');
-- When it is there, every holder has it at once.
SELECT FROM authz.apply('{"permissions": [{"name": "project.secrets.view", "status": "active"}]}');
SELECT authz.has_permission('user:quentin', 'project.secrets.view', 'billing');

-- Rules hold whoever writes, and name what is in the way.
SELECT authz.revoke_role('user:olga', 'Owner', 'organization:acme');
SELECT authz.grant_role('user:stranger', 'Reader', 'project:web');
SELECT authz.drop_role(authz.role_id('Reader', 'project'));
SELECT authz.has_permission('user:pia', 'projct.view', 'web');

-- Leaving takes everything along.
SELECT FROM authz.remove_member('organization:acme', 'user:quentin');
SELECT authz.has_permission('user:quentin', 'project.view', 'billing');
