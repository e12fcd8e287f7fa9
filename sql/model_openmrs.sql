-- OpenMRS' roles (test/models/openmrs.json, from liquibase-core-data-2.8.x.xml), and
-- roles that its documentation takes as examples.  G is guide.openmrs.org, "User
-- Management and Access Control", W the wiki, "Administering Users", X the core data.
--
-- A privilege's name has blanks, which a permission's must not have: they are written
-- _, and the name as it is written is the description (Add Patients: Add_Patients).  A
-- role inherits as many roles as it likes.  Authenticated is the role of all members of
-- the site, Anonymous of everyone.
--
-- What cannot be said:
-- * Names with blanks.
-- * A privilege that a module adds is one more permission; the application applies it.
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set model openmrs
\set include :abs_srcdir '/sql/include/model.sql'
\i :include
\set ECHO all

SELECT * FROM pg_temp.load(:'document');

SELECT authz.create_resource('site:main');
SELECT count(authz.add_member('site:main', 'user:' || u)) FROM unnest('{mary,bob,erica,lucy,clerk,chief,root,two}'::text[]) AS u;
SELECT count(authz.grant_role(s, r, 'site:main')) FROM (VALUES
    ('user:*',           'Anonymous'),
    ('site:main#member', 'Authenticated'),
    ('user:mary',        'Medical Student'),
    ('user:bob',         'Data Assistant'),
    ('user:erica',       'Data Manager'),
    ('user:clerk',       'Data Entry Clerk'),
    ('user:chief',       'Data Entry Manager'),
    ('user:two',         'Medical Student'),
    ('user:two',         'Data Entry Clerk'),
    ('user:root',        'System Developer')) AS g (s, r);

INSERT INTO decisions (subject, permission, resource, expected, source) VALUES
    ('user:mary',     'View_Patients',                'site:main', true,  'G: Medical Student: View Patients'),
    ('user:mary',     'Edit_Patients',                'site:main', false, 'G: medical students to be able to view patients, but not edit or add them'),
    ('user:mary',     'Add_Patients',                 'site:main', false, 'G: medical students to be able to view patients, but not edit or add them'),
    ('user:bob',      'View_Patients',                'site:main', true,  'G: Data Assistant: View Patients, Edit Patients'),
    ('user:bob',      'Edit_Patients',                'site:main', true,  'G: Data Assistant: View Patients, Edit Patients'),
    ('user:bob',      'Add_Patients',                 'site:main', false, 'G: Data Assistant: View Patients, Edit Patients'),
    ('user:erica',    'View_Patients',                'site:main', true,  'G: roles inherit all the privileges of their parent roles'),
    ('user:erica',    'Edit_Patients',                'site:main', true,  'G: roles inherit all the privileges of their parent roles'),
    ('user:erica',    'Add_Patients',                 'site:main', true,  'G: data managers to be able to create new patients'),
    ('user:lucy',     'Get_Locations',                'site:main', true,  'W: Authenticated: privileges for anybody that signs in; X: Get Locations'),
    ('user:lucy',     'View_Concept_Classes',         'site:main', true,  'W: Authenticated: common to all users; X: View Concept Classes'),
    ('user:lucy',     'View_Patients',                'site:main', false, 'X: not of Authenticated'),
    ('user:mary',     'Get_Locations',                'site:main', true,  'W: Authenticated: common to all users'),
    ('user:stranger', 'Get_Locations',                'site:main', false, 'W: Anonymous: for people who don''t sign in, usually very restricted; X: none'),
    ('user:stranger', 'View_Patients',                'site:main', false, 'W: Anonymous: for people who don''t sign in, usually very restricted; X: none'),
    ('user:clerk',    'Edit_Encounters',              'site:main', true,  'W: Data Entry Clerk: inherited Authenticated, new Edit'),
    ('user:clerk',    'View_Relationships',           'site:main', true,  'W: the Data Entry Clerk role can view what is available to the Authenticated role'),
    ('user:clerk',    'Add_Encounters',               'site:main', false, 'W: Data Entry Clerk: new Edit, inherited View'),
    ('user:chief',    'Add_Encounters',               'site:main', true,  'W: Data Entry Manager: inherits from the Data Entry Clerk and additional privileges'),
    ('user:chief',    'Edit_Encounters',              'site:main', true,  'W: Data Entry Manager: inherited Edit and View'),
    ('user:chief',    'Add_Patients',                 'site:main', true,  'G: roles can contain other roles; all the privileges of their parent roles'),
    ('user:chief',    'Delete_Patients',              'site:main', false, 'X: of none of its roles'),
    ('user:two',      'View_Patients',                'site:main', true,  'G: some users will have multiple roles'),
    ('user:two',      'Edit_Encounters',              'site:main', true,  'G: some users will have multiple roles'),
    ('user:two',      'Edit_Patients',                'site:main', false, 'X: of none of the roles'),
    ('user:root',     'Manage_Roles',                 'site:main', true,  'W: System Developer has access to everything in OpenMRS'),
    ('user:root',     'Assign_System_Developer_Role', 'site:main', true,  'W: System Developer has access to everything in OpenMRS'),
    ('user:root',     'Delete_Patients',              'site:main', true,  'W: System Developer has access to everything in OpenMRS'),
    ('user:erica',    'Manage_Roles',                 'site:main', false, 'X: of none of her roles');
SELECT * FROM pg_temp.decide();

-- "If you change the privileges of the Authenticated role, you also change the privileges
-- of the Data Entry Clerk role."  And a new privilege, of a module.
SELECT authz.add_permissions(authz.role_id('Authenticated', 'site'), '{View_Encounters}') IS NOT NULL;
SELECT * FROM authz.apply('{"permissions": [{"name": "App:_Records_Vitals", "resource_type": "site", "description": "App: Records Vitals"}]}');
INSERT INTO decisions (subject, permission, resource, expected, source) VALUES
    ('user:clerk',    'View_Encounters',      'site:main', true,  'W: you also change the privileges of the Data Entry Clerk role'),
    ('user:lucy',     'View_Encounters',      'site:main', true,  'W: Authenticated: privileges for anybody that signs in'),
    ('user:stranger', 'View_Encounters',      'site:main', false, 'W: Anonymous: for people who don''t sign in'),
    ('user:root',     'App:_Records_Vitals',  'site:main', true,  'W: System Developer has access to everything in OpenMRS'),
    ('user:chief',    'App:_Records_Vitals',  'site:main', false, 'X: of none of its roles');
SELECT * FROM pg_temp.decide();
