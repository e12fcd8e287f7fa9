-- Mattermost's roles (test/models/mattermost.json, from MakeDefaultRoles of
-- model/role.go, 4.x).  B is docs.mattermost.com, "Advanced permissions: backend
-- infrastructure": how permissions cascade, the scope of each, and the built-in roles.
-- Later versions added permissions to these roles; decisions are taken where that page
-- and the catalog have the same.
--
-- Each role of Mattermost is one role here, with its list of permissions as it is
-- written there.  The empty role "none" is the base role without which a role could not
-- have permissions of a lower level.
--
-- What cannot be said:
-- * edit_post and delete_post are for one's own posts: the application compares the author.
-- * manage_public_channel_..., manage_private_channel_...: which one counts depends on
--   the kind of the channel.
-- * A role of the system counts "in all channels, in all teams, of which they are a
--   member": here it counts in all of them.
-- * A scheme of a team replaces the default roles within it: here the application
--   assigns other roles in this team.
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set model mattermost
\set include :abs_srcdir '/sql/include/model.sql'
\i :include
\set ECHO all

SELECT * FROM pg_temp.load(:'document');

SELECT authz.create_resource('system:server');
SELECT authz.create_resource('team:contributors', 'system:server'), authz.create_resource('team:staff', 'system:server');
SELECT authz.create_resource('channel:developers-hangout', 'team:contributors'), authz.create_resource('channel:reception', 'team:contributors'),
       authz.create_resource('channel:canteen', 'team:staff');
SELECT count(authz.grant_role('user:' || u, r, o)) FROM (VALUES
    ('sam',   'system_admin',             'system:server'),
    ('anna',  'system_user',              'system:server'),
    ('anna',  'team_user',                'team:contributors'),
    ('anna',  'channel_user',             'channel:developers-hangout'),
    ('cleo',  'team_user',                'team:contributors'),
    ('cleo',  'channel_user',             'channel:developers-hangout'),
    ('cleo',  'channel_admin',            'channel:developers-hangout'),
    ('tom',   'team_user',                'team:contributors'),
    ('tom',   'team_admin',               'team:contributors'),
    ('bot',   'system_post_all',          'system:server'),
    ('crier', 'system_post_all_public',   'system:server'),
    ('local', 'team_post_all',            'team:contributors'),
    ('token', 'system_user_access_token', 'system:server')) AS g (u, r, o);

INSERT INTO decisions (subject, permission, resource, expected, source) VALUES
    ('user:anna',  'read_channel',                     'channel:developers-hangout', true,  'B, channel_user: read_channel'),
    ('user:anna',  'create_post',                      'channel:developers-hangout', true,  'B, channel_user: create_post'),
    ('user:anna',  'upload_file',                      'channel:developers-hangout', true,  'B, channel_user: upload_file'),
    ('user:anna',  'use_slash_commands',               'channel:developers-hangout', true,  'B, channel_user: use_slash_commands'),
    ('user:anna',  'manage_channel_roles',             'channel:developers-hangout', false, 'B, channel_user does not list manage_channel_roles'),
    ('user:anna',  'create_post',                      'channel:reception',          false, 'B: the action in the context in which they have been assigned the role'),
    ('user:anna',  'list_team_channels',               'team:contributors',          true,  'B, team_user: list_team_channels'),
    ('user:anna',  'read_public_channel',              'team:contributors',          true,  'B, team_user: read_public_channel, of scope team'),
    ('user:anna',  'view_team',                        'team:contributors',          true,  'B, team_user: view_team'),
    ('user:anna',  'view_team',                        'team:staff',                 false, 'B: the union of all roles in the current context and its parent contexts'),
    ('user:anna',  'manage_team',                      'team:contributors',          false, 'B, team_user does not list manage_team'),
    ('user:anna',  'create_direct_channel',            'system:server',              true,  'B, system_user: create_direct_channel'),
    ('user:anna',  'create_group_channel',             'system:server',              true,  'B, system_user: create_group_channel'),
    ('user:anna',  'manage_system',                    'system:server',              false, 'B, system_user does not list manage_system'),
    ('user:cleo',  'manage_channel_roles',             'channel:developers-hangout', true,  'B, channel_admin: manage_channel_roles'),
    ('user:cleo',  'manage_channel_roles',             'channel:reception',          false, 'B: different sets of permissions granted by different roles in different contexts'),
    ('user:tom',   'manage_team',                      'team:contributors',          true,  'B, team_admin: manage_team'),
    ('user:tom',   'remove_user_from_team',            'team:contributors',          true,  'B, team_admin: remove_user_from_team'),
    ('user:tom',   'manage_team_roles',                'team:staff',                 false, 'B: in the context in which they have been assigned the role'),
    ('user:tom',   'manage_channel_roles',             'channel:developers-hangout', true,  'B: a Channel scoped permission applied to a Team context applies to any channels within that team'),
    ('user:tom',   'manage_channel_roles',             'channel:reception',          true,  'B: a Channel scoped permission applied to a Team context applies to any channels within that team'),
    ('user:tom',   'manage_channel_roles',             'channel:canteen',            false, 'B: any channels within that team'),
    ('user:tom',   'manage_system',                    'system:server',              false, 'B, team_admin does not list manage_system'),
    ('user:sam',   'manage_system',                    'system:server',              true,  'B, system_admin: manage_system'),
    ('user:sam',   'assign_system_admin_role',         'system:server',              true,  'B, system_admin: assign_system_admin_role'),
    ('user:sam',   'manage_team',                      'team:staff',                 true,  'B, system_admin: manage_team, and permissions cascade down the scopes'),
    ('user:sam',   'manage_public_channel_properties', 'channel:canteen',            true,  'B: granted in the system context, in all channels, in all teams'),
    ('user:sam',   'delete_others_posts',              'channel:developers-hangout', true,  'B, system_admin: delete_others_posts, and permissions cascade down the scopes'),
    ('user:bot',   'create_post',                      'channel:canteen',            true,  'B, system_post_all: create_post, and permissions cascade down the scopes'),
    ('user:bot',   'create_post_public',               'channel:canteen',            false, 'B, system_post_all does not list create_post_public'),
    ('user:crier', 'create_post_public',               'channel:reception',          true,  'B, system_post_all_public: create_post_public'),
    ('user:crier', 'create_post',                      'channel:reception',          false, 'B, system_post_all_public does not list create_post'),
    ('user:local', 'create_post',                      'channel:reception',          true,  'B, team_post_all: create_post, in any channels within that team'),
    ('user:local', 'create_post',                      'channel:canteen',            false, 'B: any channels within that team'),
    ('user:token', 'create_user_access_token',         'system:server',              true,  'B, system_user_access_token: create_user_access_token'),
    ('user:anna',  'create_user_access_token',         'system:server',              false, 'B, system_user does not list create_user_access_token');
SELECT * FROM pg_temp.decide();
