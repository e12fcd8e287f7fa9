-- GitHub's rules, from end to end, on its catalog: organizations, teams,
-- repositories, custom roles, and who may do what with them.
\i sql/include/fresh.sql
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set include :abs_srcdir '/sql/include/acting.sql'
\i :include
-- The access levels of somebody on the repositories.
CREATE FUNCTION pg_temp.levels(subject text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(string_agg(format('%s:%s', r.resource, l.level), ' ' ORDER BY r.resource), 'nothing')
    FROM authz.resources AS r
    CROSS JOIN LATERAL (
        SELECT n.name FROM unnest('{admin,maintain,push,triage,pull}'::text[]) WITH ORDINALITY AS n (name, i)
        WHERE authz.has_permission(levels.subject::authz.subject, n.name, authz.resource_id(r.resource))
        ORDER BY n.i LIMIT 1) AS l (level)
    WHERE r.resource_type = 'repository'
$$;
\set ECHO all

SELECT count(*) > 0 FROM authz.install_catalog('github');
CREATE ROLE regress_authz_web;
GRANT EXECUTE ON FUNCTION
    authz.create_resource, authz.drop_resource, authz.create_team, authz.move_team, authz.drop_team, authz.add_member, authz.remove_member,
    authz.create_role, authz.add_permissions, authz.remove_permissions, authz.set_inherits, authz.set_base_role, authz.rename_role,
    authz.drop_role, authz.role_id, authz.list_roles, authz.grant_role, authz.revoke_role, authz.list_assignments, authz.set_base_permission
TO regress_authz_web;

-- The application signs up two organizations; from then on their owners manage them.
SELECT authz.create_resource('organization:1'), authz.create_resource('organization:2');
SELECT authz.add_member('organization:1', 'ola'), authz.grant_role('ola', 'owner', 'organization:1') > 0,
    authz.add_member('organization:2', 'bo'), authz.grant_role('bo', 'owner', 'organization:2') > 0;
SELECT pg_temp.acting('ola', format('SELECT authz.create_resource(%L, %L)', r, 'organization:1')) FROM unnest('{repository:api,repository:web}'::text[]) AS r;
SELECT pg_temp.acting('ola', format('SELECT authz.add_member(%L, %L)', 'organization:1', u)) FROM unnest('{ann,ben,cat,dan,eli}'::text[]) AS u;

-- Organization roles -----------------------------------------------------------
-- Organization permissions, a base role, or both.
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('Audit reader', 'organization', 'organization:1', '{read_audit_logs}') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('Triager', 'organization', 'organization:1', base_role => 'triage') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('Release manager', 'organization', 'organization:1', '{read_audit_logs,manage_webhooks}', base_role => 'write') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('ann', 'Audit reader', 'organization:1') $$);
-- Organization permissions give no access to repositories; a base role gives it to all, also to those to come.
SELECT authz.has_permission('user:ann', 'read_audit_logs', '1'), pg_temp.levels('user:ann');
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('ann', 'Release manager', 'organization:1') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.create_resource('repository:new', 'organization:1') $$);
SELECT pg_temp.levels('user:ann'), authz.has_permission('user:ann', 'manage_webhooks', 'new');
-- Several organization roles per user add up.
SELECT count(*) FROM authz.assignments AS a JOIN authz.subjects AS s ON s.id = a.subject_id WHERE s.subject = 'user:ann';
-- Repository permissions need a base role, and must not be in it already.
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('x', 'organization', 'organization:1', '{manage_webhooks}') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('x', 'organization', 'organization:1', '{close_pull_request}', base_role => 'write') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('x', 'organization', 'organization:1', '{close_pull_request}', base_role => 'read') $$);
-- Access levels come with a base role only.
SELECT pg_temp.acting('ola', $$ SELECT authz.add_permissions(authz.role_id('x', 'organization', 'organization:1'), '{push}') $$);
-- Push to protected branches: the base role must be write.
SELECT pg_temp.acting('ola', $$ SELECT authz.add_permissions(authz.role_id('x', 'organization', 'organization:1'), '{push_protected_branch}') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.set_base_role(authz.role_id('x', 'organization', 'organization:1'), 'write') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.remove_permissions(authz.role_id('x', 'organization', 'organization:1'), '{close_pull_request}') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.set_base_role(authz.role_id('x', 'organization', 'organization:1'), 'write') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.add_permissions(authz.role_id('x', 'organization', 'organization:1'), '{push_protected_branch,bypass_branch_protection}') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.set_base_role(authz.role_id('x', 'organization', 'organization:1'), 'triage') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.set_base_role(authz.role_id('x', 'organization', 'organization:1'), NULL) $$);
-- A base role is dynamic, for everybody who has the role, at once.
SELECT pg_temp.acting('ola', $$ SELECT authz.set_base_role(authz.role_id('Release manager', 'organization', 'organization:1'), 'maintain') $$);
SELECT pg_temp.levels('user:ann');
-- At most 20.
SELECT count(*) FROM generate_series(1, 16) AS i WHERE pg_temp.acting('ola', format('SELECT authz.create_role(%L, %L, %L)', 'filler ' || i, 'organization', 'organization:1')) = 'ok id';
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('one more', 'organization', 'organization:1') $$);
SELECT count(*) FROM generate_series(1, 16) AS i
WHERE pg_temp.acting('ola', format('SELECT authz.drop_role(authz.role_id(%L, %L, %L))', 'filler ' || i, 'organization', 'organization:1')) = 'ok';
-- Predefined ones.
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('ben', 'all_repo_triage', 'organization:1') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('cat', 'security_manager', 'organization:1') $$);
SELECT pg_temp.levels('user:ben'), pg_temp.levels('user:cat'), authz.has_permission('user:cat', 'delete_alerts_code_scanning', 'web');
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('owner', 'organization', 'organization:1') $$);

-- Who manages organization roles cannot assign them, not even to themselves.
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('Role manager', 'organization', 'organization:1', '{write_organization_custom_org_role}', base_role => 'read') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('dan', 'Role manager', 'organization:1') $$);
SELECT pg_temp.acting('dan', $$ SELECT authz.create_role('Reader', 'organization', 'organization:1', base_role => 'read') $$);
SELECT pg_temp.acting('dan', $$ SELECT authz.rename_role(authz.role_id('Reader', 'organization', 'organization:1'), 'Watcher') $$);
SELECT pg_temp.acting('dan', $$ SELECT authz.grant_role('dan', 'Watcher', 'organization:1') $$);
SELECT pg_temp.acting('dan', $$ SELECT authz.grant_role('eli', 'Watcher', 'organization:1') $$);
SELECT pg_temp.acting('dan', $$ SELECT authz.revoke_role('ann', 'Audit reader', 'organization:1') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('eli', 'Watcher', 'organization:1') $$);
-- Nor put into them what they lack.
SELECT pg_temp.acting('dan', $$ SELECT authz.set_base_role(authz.role_id('Watcher', 'organization', 'organization:1'), 'write') $$);
SELECT pg_temp.acting('dan', $$ SELECT authz.add_permissions(authz.role_id('Role manager', 'organization', 'organization:1'), '{read_audit_logs}') $$);
SELECT pg_temp.acting('dan', $$ SELECT authz.add_permissions(authz.role_id('Role manager', 'organization', 'organization:1'), '{add_label}') $$);
SELECT pg_temp.acting('dan', $$ SELECT authz.create_role('x2', 'organization', 'organization:1', inherits => 'owner') $$);
-- Custom repository roles need another permission.
SELECT pg_temp.acting('dan', $$ SELECT authz.create_role('Docs', 'repository', 'organization:1', inherits => 'read') $$);
-- Whoever has not even that one sees no roles; who may only view them changes none.
SELECT pg_temp.acting('eli', $$ SELECT authz.role_id('Watcher', 'organization', 'organization:1') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('Role viewer', 'organization', 'organization:1', '{read_organization_custom_org_role}') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('eli', 'Role viewer', 'organization:1') $$);
SELECT pg_temp.acting('eli', $$ SELECT authz.role_id('Watcher', 'organization', 'organization:1') $$);
SELECT pg_temp.acting('eli', $$ SELECT string_agg(name, ', ') FROM authz.list_roles('organization:1') $$);
SELECT pg_temp.acting('eli', $$ SELECT string_agg(name, ', ') FROM authz.list_roles('organization:1', 'repository') $$);
-- Who holds them is the owners' to see.
SELECT pg_temp.acting('eli', $$ SELECT string_agg(subject || ' ' || role, ', ') FROM authz.list_assignments('organization:1') $$);
SELECT pg_temp.acting('dan', $$ SELECT string_agg(subject || ' ' || role, ', ') FROM authz.list_assignments('organization:1') $$);
SELECT pg_temp.acting('ola', $$ SELECT string_agg(subject || ' ' || role, ', ') FROM authz.list_assignments('organization:1') $$);
SELECT pg_temp.acting('eli', $$ SELECT authz.drop_role(authz.role_id('Watcher', 'organization', 'organization:1')) $$);

-- Custom repository roles --------------------------------------------------------
-- They start from read, triage, write or maintain, and apply where they are assigned.
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('Docs', 'repository', 'organization:1', '{manage_settings_pages}', inherits => 'triage') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('x', 'repository', 'organization:1', inherits => 'admin') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('Careful maintainer', 'repository', 'organization:1', '{delete_alerts_code_scanning}', inherits => 'maintain') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('admin', 'repository', 'organization:1', inherits => 'read') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.add_permissions(authz.role_id('Docs', 'repository', 'organization:1'), '{read_audit_logs}') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.add_permissions(authz.role_id('Docs', 'repository', 'organization:1'), '{push_protected_branch}') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('eli', 'Docs', 'repository:api') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.revoke_role('eli', 'Watcher', 'organization:1') $$);
SELECT pg_temp.levels('user:eli'), authz.has_permission('user:eli', 'manage_settings_pages', 'api');
-- One role per repository and avenue: a new one replaces the old one; a team is another avenue.
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('eli', 'write', 'repository:api') $$);
SELECT pg_temp.levels('user:eli'), authz.has_permission('user:eli', 'manage_settings_pages', 'api');
-- Assigned by those who have admin on that repository, and on no other.
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('ben', 'admin', 'repository:web') $$);
SELECT pg_temp.acting('ben', $$ SELECT authz.grant_role('eli', 'Docs', 'repository:web') $$);
SELECT pg_temp.acting('ben', $$ SELECT authz.grant_role('eli', 'Docs', 'repository:api') $$);
SELECT pg_temp.acting('ben', $$ SELECT authz.grant_role('ben', 'all_repo_admin', 'organization:1') $$);
SELECT pg_temp.acting('ben', $$ SELECT authz.grant_role('ben', 'admin', 'organization:1', role_type => 'repository') $$);
SELECT pg_temp.acting('ben', $$ SELECT authz.set_base_permission('organization:1', 'admin') $$);
-- Defined by those who manage custom repository roles, within what they hold on all repositories.
SELECT pg_temp.acting('ola', $$ SELECT authz.create_role('Repo role manager', 'organization', 'organization:1', '{write_organization_custom_repo_role}', base_role => 'write') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('cat', 'Repo role manager', 'organization:1') $$);
SELECT pg_temp.acting('cat', $$ SELECT authz.create_role('Labeler', 'repository', 'organization:1', '{add_label}', inherits => 'read') $$);
SELECT pg_temp.acting('cat', $$ SELECT authz.create_role('x', 'repository', 'organization:1', '{delete_issue}', inherits => 'read') $$);
SELECT pg_temp.acting('cat', $$ SELECT authz.create_role('x', 'repository', 'organization:1', inherits => 'maintain') $$);
SELECT pg_temp.acting('cat', $$ SELECT authz.grant_role('eli', 'Labeler', 'repository:web') $$);
SELECT pg_temp.acting('cat', $$ SELECT authz.create_role('x', 'organization', 'organization:1') $$);
-- In use it is not dropped; its holders fall back to the role that it was built on.
SELECT pg_temp.acting('cat', $$ SELECT authz.drop_role(authz.role_id('Docs', 'repository', 'organization:1')) $$);
SELECT pg_temp.acting('cat', $$ SELECT authz.drop_role(authz.role_id('Docs', 'repository', 'organization:1'), reassign_to => 'triage') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.drop_role(authz.role_id('Docs', 'repository', 'organization:1'), reassign_to => 'triage') $$);
SELECT pg_temp.levels('user:eli');

-- Teams ----------------------------------------------------------------------------
SELECT pg_temp.acting('ola', $$ SELECT authz.create_team('team:eng', 'organization:1') $$), pg_temp.acting('ola', $$ SELECT authz.create_team('team:db', 'organization:1', 'team:eng') $$),
    pg_temp.acting('ola', $$ SELECT authz.create_team('team:dba', 'organization:1', 'team:db') $$), pg_temp.acting('ola', $$ SELECT authz.create_team('team:ui', 'organization:1', 'team:eng') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.add_member('organization:1', 'fay') $$), pg_temp.acting('ola', $$ SELECT authz.add_member('team:dba', 'fay') $$),
    pg_temp.acting('ola', $$ SELECT authz.add_member('organization:1', 'gus') $$), pg_temp.acting('ola', $$ SELECT authz.add_member('team:ui', 'gus') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('team:eng', 'read', 'repository:api') $$), pg_temp.acting('ola', $$ SELECT authz.grant_role('team:db', 'write', 'repository:web') $$);
-- A child has what its parents have, at any depth; nothing goes up or sideways.
SELECT pg_temp.levels('user:fay'), pg_temp.levels('user:gus');
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('team:dba', 'maintain', 'repository:api') $$);
SELECT pg_temp.levels('user:fay'), pg_temp.levels('user:gus');
-- What is inherited is changed only at the ancestor.
SELECT pg_temp.acting('ola', $$ SELECT authz.revoke_role('team:ui', 'read', 'repository:api') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.move_team('team:eng', 'team:dba') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.move_team('team:ui', NULL) $$);
SELECT pg_temp.levels('user:gus');
-- Several organization roles per team, for members only; no outside collaborators in teams.
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('team:ui', 'ci_cd_admin', 'organization:1') $$), pg_temp.acting('ola', $$ SELECT authz.grant_role('team:ui', 'all_repo_read', 'organization:1') $$);
SELECT pg_temp.levels('user:gus'), authz.has_permission('user:gus', 'write_organization_actions_secrets', '1');
SELECT pg_temp.acting('ola', $$ SELECT authz.add_member('team:ui', 'out') $$);
-- Not in another organization.
SELECT pg_temp.acting('bo', $$ SELECT authz.create_resource('repository:theirs', 'organization:2') $$);
SELECT pg_temp.acting('bo', $$ SELECT authz.grant_role('team:eng', 'read', 'repository:theirs') $$);
SELECT authz.grant_role('team:eng', 'read', 'repository:theirs');

-- Outside collaborators: roles on single repositories, nothing else.
SELECT pg_temp.acting('ben', $$ SELECT authz.grant_role('out', 'write', 'repository:web') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('out', 'all_repo_read', 'organization:1') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('out', 'read', 'organization:1', role_type => 'repository') $$);

-- Base permission: none, read, write or admin, for members, at once.
SELECT pg_temp.acting('ola', $$ SELECT authz.add_member('organization:1', 'hal') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.set_base_permission('organization:1', 'read') $$), pg_temp.levels('user:hal'), pg_temp.levels('user:out'), pg_temp.levels('user:bo');
SELECT pg_temp.acting('ola', $$ SELECT authz.set_base_permission('organization:1', 'maintain') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.set_base_permission('organization:1', 'Labeler') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.set_base_permission('organization:1', 'write') $$);
-- Admin is not ownership.
SELECT pg_temp.acting('ola', $$ SELECT authz.set_base_permission('organization:1', 'admin') $$), pg_temp.levels('user:hal');
SELECT pg_temp.acting('hal', $$ SELECT authz.grant_role('hal', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.create_role('y', 'organization', 'organization:1') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.set_base_permission('organization:1', 'none') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.set_base_permission('organization:1', 'none') $$), pg_temp.levels('user:hal');

-- Mixed roles: the sum counts, the sources are listed.
SELECT pg_temp.acting('ola', $$ SELECT authz.set_base_permission('organization:1', 'write') $$);
SELECT pg_temp.acting('ben', $$ SELECT authz.grant_role('hal', 'read', 'repository:web') $$), pg_temp.levels('user:hal');
SELECT to_jsonb(m) - '{subject,resource,assignment_id}'::text[] FROM authz.mixed_roles('user:hal', 'repository:web') AS m ORDER BY m.avenue;
-- Direct, indirect, or mixed.
SELECT authz.assignment_kind('user:gus', 'ci_cd_admin', 'organization:1');
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('gus', 'ci_cd_admin', 'organization:1') $$);
SELECT authz.assignment_kind('user:gus', 'ci_cd_admin', 'organization:1');

-- Owners: everything, at least one stays, made and unmade by owners only.
SELECT pg_temp.levels('user:ola'), authz.has_permission('user:ola', 'write_organization_custom_org_role', '1'), authz.has_permission('user:ola', 'write_organization_custom_org_role', '2');
SELECT pg_temp.acting('ola', $$ SELECT authz.revoke_role('ola', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.remove_member('organization:1', 'ola') $$);
SELECT pg_temp.acting('bo', $$ SELECT authz.grant_role('bo', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('ola', $$ SELECT authz.grant_role('hal', 'owner', 'organization:1') $$);
SELECT pg_temp.acting('hal', $$ SELECT authz.remove_member('organization:1', 'ola') $$), pg_temp.levels('user:ola');
-- Leaving takes everything in the organization.
SELECT authz.add_member('organization:2', 'ann'), authz.grant_role('ann', 'all_repo_read', 'organization:2') > 0;
SELECT pg_temp.acting('hal', $$ SELECT authz.remove_member('organization:1', 'ann') $$), pg_temp.levels('user:ann');
-- Dropping a repository needs admin there.
SELECT pg_temp.acting('out', $$ SELECT authz.drop_resource('repository:web') $$);
SELECT pg_temp.acting('ben', $$ SELECT authz.drop_resource('repository:web') $$), pg_temp.levels('user:out');
SELECT count(*) FROM authz.validate();

DROP OWNED BY regress_authz_web;
DROP ROLE regress_authz_web;
