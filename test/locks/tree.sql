-- A management call at random, while the organization is dropped and made again and again: with
-- members, holders that are counted, teams, roles of its own and what lies beneath it.
-- See test/t/012_locks.pl.
SELECT FROM authz.apply('{"resource_types": [
    {"name": "organization", "has_members": true},
    {"name": "folder", "parent": "organization", "roles_for": "members"},
    {"name": "project", "parent": "folder", "roles_for": "members"}],
  "permissions": [{"name": "project.view", "resource_type": "project"}],
  "roles": [{"name": "reader", "resource_type": "project"}, {"name": "owner", "resource_type": "organization", "min_holders": 1}]}');

CREATE FUNCTION call_at_random() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    org text := 'organization:1';
    folder text := 'folder:' || 1 + floor(random() * 3);
    project text := 'project:' || 1 + floor(random() * 8);
    u text := 'user:u' || floor(random() * 4);
    team text := 'team:t' || floor(random() * 2);
    role text := 'c' || floor(random() * 2);
    id bigint := (SELECT r.id FROM authz.roles AS r WHERE r.name = role);
BEGIN
    RETURN one_of(
        format('grant_role(%L, %L, %L)', one_of(u, team), one_of('reader', role), project),
        format('grant_role(%L, %L, %L)', u, 'reader', project),
        format('grant_role(%L, %L, %L, role_type => %L)', u, 'reader', folder, 'project'),
        format('grant_role(%L, %L, %L)', u, 'owner', org),
        format('revoke_role(%L, %L, %L)', u, 'reader', project),
        format('revoke_role(%L, %L, %L)', u, 'owner', org),
        format('add_member(%L, %L)', one_of(org, team), u),
        format('add_member(%L, %L)', org, u),
        format('remove_member(%L, %L)', one_of(org, team), u),
        format('drop_user(%L)', u),
        format('create_team(%L, %L)', team, org),
        format('drop_team(%L)', team),
        format('create_role(%L, %L, owner => %L)', role, 'project', org),
        format('add_permissions(%L, %L)', id, '{project.view}'),
        format('drop_role(%L, reassign_to => %L)', id, 'reader'),
        format('drop_role(%L, cascade => true)', id),
        format('move_resource(%L, %L)', project, folder),
        format('drop_resource(%L)', org),
        format('drop_resource(%L)', one_of(folder, project)),
        format('create_resource(%L)', org),
        format('create_resource(%L, %L)', folder, org),
        format('create_resource(%L, %L)', folder, org),
        format('create_resource(%L, %L)', project, folder),
        format('create_resource(%L, %L)', project, folder));
END
$$;
