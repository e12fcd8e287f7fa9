-- A management call at random, among few objects of several tenants.  See test/t/012_locks.pl.
CREATE TABLE orgs (id bigint PRIMARY KEY);
CREATE TABLE docs (id bigint PRIMARY KEY, org_id bigint);
SELECT authz.track('orgs', 'organization', 'id'), authz.track('docs', 'project', 'id', 'org_id');
INSERT INTO orgs SELECT generate_series(1, 4);
INSERT INTO docs SELECT g, 1 + g % 4 FROM generate_series(1, 40) AS g;

CREATE FUNCTION call_at_random() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    o int := 1 + floor(random() * 4);
    org text := 'organization:' || o;
    project text := 'project:' || 1 + floor(random() * 40);
    u text := 'user:u' || floor(random() * 12);
    u2 text := 'user:u' || floor(random() * 12);
    team text := 'team:t' || o || '_' || floor(random() * 3);
    team2 text := 'team:t' || o || '_' || floor(random() * 3);
    role text := 'c' || floor(random() * 4);
    role2 text := 'c' || floor(random() * 4);
    source text := one_of('manual', 'okta');
    id bigint := (SELECT r.id FROM authz.roles AS r JOIN authz.resources AS x ON x.id = r.owner_id WHERE r.name = role AND x.resource = org::authz.resource AND r.resource_type = 'project');
BEGIN
    RETURN one_of(
        format('grant_role(%L, %L, %L, source => %L)', u, one_of('reader', 'writer', role), project, source),
        format('grant_role(%L, %L, %L, source => %L)', team, one_of('reader', 'writer'), project, source),
        format('grant_role(%L, %L, %L, role_type => %L)', u, 'owner', org, 'organization'),
        format('revoke_role(%L, %L, %L, source => %L)', u, one_of('reader', 'writer', role), project, source),
        format('revoke_role(%L, %L, %L)', u, 'owner', org),
        format('add_member(%L, %L)', org, u),
        format('add_member(%L, %L)', team, u),
        format('remove_member(%L, %L)', org, u),
        format('remove_member(%L, %L)', team, u),
        format('drop_user(%L)', u),
        format('rename_user(%L, %L)', u, u2),
        format('create_team(%L, %L)', team, org),
        format('create_team(%L, %L, parent => %L)', team, org, team2),
        format('move_team(%L, %L)', team, team2),
        format('rename_team(%L, %L)', team, team2),
        format('drop_team(%L)', team),
        format('create_role(%L, %L, owner => %L, inherits => %L, permissions => %L)', role, 'project', org, one_of('reader', 'writer', role2), '{}'),
        format('add_permissions(%L, %L)', id, '{project.push}'),
        format('remove_permissions(%L, %L)', id, '{project.push}'),
        format('set_inherits(%L, %L)', id, one_of('reader', 'writer', role2)),
        format('rename_role(%L, %L)', id, role2),
        format('rename_role(%L, %L)', id, role2),
        format('describe_role(%L, %L)', id, 'x'),
        format('drop_role(%L, cascade => true)', id),
        format('drop_role(%L, reassign_to => %L)', id, 'reader'),
        format('set_base_permission(%L, %L)', org, one_of('reader', 'none')),
        format('create_resource(%L, %L)', 'project:' || 1000 + floor(random() * 9), org),
        format('move_resource(%L, %L)', project, org),
        format('drop_resource(%L)', 'project:' || 1000 + floor(random() * 9)),
        'apply(authz.export())',
        format('apply(%L, dry_run => %L)', jsonb_build_object('permissions', jsonb_build_array(jsonb_build_object('name', 'project.view', 'description', one_of('a', 'b')))), one_of('true', 'false')),
        '!INSERT INTO docs VALUES (100 + floor(random() * 40), ' || o || ') ON CONFLICT (id) DO UPDATE SET org_id = excluded.org_id',
        '!UPDATE docs SET org_id = ' || o || ' WHERE id = ' || 100 + floor(random() * 40),
        '!DELETE FROM docs WHERE id = ' || 100 + floor(random() * 40));
END
$$;
