-- Sentry's roles (test/models/sentry.json, from SENTRY_ROLES and SENTRY_TEAM_ROLES of
-- src/sentry/conf/server.py, 25.12).  M is docs.sentry.io, "Organization and User
-- Management", H is help.sentry.io, "How Do Team-Level Roles Work?".
--
-- A project belongs to several teams of Sentry, and a role in a team counts on the
-- projects of this team.  So a team of Sentry is a team here, and its Team Admins are a
-- team beneath it; each has its role on every project of the team.
--
-- What cannot be said:
-- * The project scopes of the organization role "member" (event:admin, alerts:write)
--   count only on projects of the member's teams: one role limited by another.
-- * An organization role "admin" makes one Team Admin of each team that one joins.  The
--   application does this.
-- * Billing has no scope in the catalog.
-- * Open membership, and invitations that wait for a manager, are settings.
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set model sentry
\set include :abs_srcdir '/sql/include/model.sql'
\i :include
\set ECHO all

SELECT * FROM pg_temp.load(:'document');

SELECT authz.create_resource('organization:acme'), authz.create_resource('organization:other');
SELECT authz.create_resource('project:' || p, 'organization:acme') FROM unnest('{a,b,c}'::text[]) AS p;
SELECT authz.create_resource('project:foreign', 'organization:other');
SELECT count(authz.add_member('organization:acme', 'user:' || u)) FROM unnest('{max,cora,ed,nina,ada,mia,otto,pete}'::text[]) AS u;
SELECT count(authz.grant_role('user:' || u, r, 'organization:acme')) FROM (VALUES
    ('max', 'member'), ('cora', 'member'), ('ed', 'member'), ('nina', 'member'), ('ada', 'admin'), ('mia', 'manager'), ('otto', 'owner'), ('pete', 'manager')) AS g (u, r);
-- Team 1 owns projects a, team 2 projects a and b, team 3 project c.
SELECT count(authz.create_team('team:' || t, 'organization:acme')) FROM unnest('{1,2,3}'::text[]) AS t;
SELECT count(authz.create_team('team:' || t || '-admins', 'organization:acme', 'team:' || t)) FROM unnest('{1,2,3}'::text[]) AS t;
SELECT count(authz.grant_role('team:' || t, 'contributor', 'project:' || p)), count(authz.grant_role('team:' || t || '-admins', 'admin', 'project:' || p))
FROM (VALUES ('1', 'a'), ('2', 'a'), ('2', 'b'), ('3', 'c')) AS owned (t, p);
SELECT authz.add_member('team:1', 'user:cora'), authz.add_member('team:1-admins', 'user:ed'), authz.add_member('team:2', 'user:ed');

INSERT INTO decisions (subject, permission, resource, expected, source) VALUES
    ('user:cora', 'event:write',      'project:a',            true,  'M: Team Contributors can view and act on issues'),
    ('user:cora', 'project:write',    'project:a',            false, 'M: Can change project settings: Team Admin only'),
    ('user:cora', 'project:admin',    'project:a',            false, 'M: Can remove existing projects: Team Admin only'),
    ('user:cora', 'event:read',       'project:c',            false, 'M: Projects can only be accessed by that project''s team(s)'),
    ('user:ed',   'event:write',      'project:a',            true,  'M, edge cases: View and act on issues in Project A'),
    ('user:ed',   'project:write',    'project:a',            true,  'M, edge cases: Change settings for Project A'),
    ('user:ed',   'event:write',      'project:b',            true,  'M: Contributor for Team 2, which owns B'),
    ('user:ed',   'project:write',    'project:b',            false, 'M: Only for projects owned by teams they''re a Team Admin for'),
    ('user:ed',   'team:admin',       'organization:acme',    false, 'M: Can create new teams: neither team-level role'),
    ('user:max',  'org:read',         'organization:acme',    true,  'M: Org Members can view most data in the organization'),
    ('user:max',  'event:read',       'project:a',            false, 'M: access projects their teams own; he has no team'),
    ('user:max',  'org:integrations', 'organization:acme',    false, 'M: Can edit Global Integrations: not Member'),
    ('user:max',  'team:admin',       'organization:acme',    false, 'M: Can create and remove teams: not Member'),
    ('user:max',  'member:write',     'organization:acme',    false, 'M: Can add, remove, and change Org Members: not Member'),
    ('user:ada',  'org:integrations', 'organization:acme',    true,  'M: Can edit Global Integrations: Admin'),
    ('user:ada',  'team:admin',       'organization:acme',    true,  'M: Can create and remove teams: Admin'),
    ('user:ada',  'member:write',     'organization:acme',    false, 'M: Can add, remove, and change Org Members: not Admin'),
    ('user:ada',  'org:write',        'organization:acme',    false, 'M: Can change organization settings: not Admin'),
    ('user:mia',  'project:write',    'project:c',            true,  'M: Org Managers can perform Team Admin actions without needing to join the team'),
    ('user:mia',  'project:admin',    'project:b',            true,  'M: Can create and remove projects: Manager'),
    ('user:mia',  'member:admin',     'organization:acme',    true,  'M: Can add, remove, and change Org Members: Manager'),
    ('user:mia',  'org:write',        'organization:acme',    true,  'M: Can change organization settings: Manager'),
    ('user:mia',  'org:admin',        'organization:acme',    false, 'M: Can remove an organization: Owner only'),
    ('user:otto', 'org:admin',        'organization:acme',    true,  'M: Can remove an organization: Owner'),
    ('user:otto', 'project:admin',    'project:a',            true,  'M: Org Owners can perform Team Admin actions without needing to join the team'),
    ('user:otto', 'org:read',         'organization:other',   false, 'M: organization-level roles apply to all teams and projects in the organization'),
    ('user:otto', 'project:read',     'project:foreign',      false, 'M: organization-level roles apply to all teams and projects in the organization'),
    ('user:nina', 'event:read',       'project:b',            false, 'M: Projects can only be accessed by that project''s team(s)'),
    ('user:pete', 'member:write',     'organization:acme',    true,  'M: Can add, remove, and change Org Members: Manager');
SELECT * FROM pg_temp.decide();

-- Joining a team; and another role in the organization, which replaces the one before.
SELECT authz.add_member('team:2', 'user:nina');
SELECT authz.grant_role('user:pete', 'member', 'organization:acme') IS NOT NULL;
INSERT INTO decisions (subject, permission, resource, expected, source) VALUES
    ('user:nina', 'event:read',   'project:b',         true,  'M: All Org Members can get access to a project by joining a team associated with that project'),
    ('user:nina', 'event:read',   'project:c',         false, 'M: Projects can only be accessed by that project''s team(s)'),
    ('user:pete', 'org:read',     'organization:acme', true,  'M: Org Members can view most data in the organization'),
    ('user:pete', 'member:write', 'organization:acme', false, 'H: Each member will have one role at the organization level');
SELECT * FROM pg_temp.decide();
