-- The same model in the tables of the extension, as a bulk load: triggers off, so
-- that the largest model loads in minutes (what a load with all rules costs is
-- measured by itself).  Surrogate keys are computed, which saves the joins:
--   subjects    users as in the model; teams from 1,000,000,001; member sets from 2,000,000,001
--   resources   projects as in the model; organizations from 1,000,000,001
-- authz.validate() confirms at the end that the rules hold all the same.
SET session_replication_role = replica;

INSERT INTO authz.resources (id, resource, parent_id)
    SELECT 1000000000 + id, ('organization:' || id)::authz.resource, NULL FROM model.organization
    UNION ALL
    SELECT id, ('project:' || id)::authz.resource, 1000000000 + organization_id FROM model.project;

INSERT INTO authz.subjects (id, subject, resource_id, parent_id)
    SELECT id, ('user:' || name)::authz.subject, NULL, NULL FROM model.app_user
    UNION ALL
    SELECT 1000000000 + id, ('team:t' || id)::authz.subject, 1000000000 + organization_id, 1000000000 + parent_id
    FROM model.team
    UNION ALL
    SELECT 2000000000 + id, ('organization:' || id || '#member')::authz.subject, 1000000000 + id, NULL
    FROM model.organization;

INSERT INTO authz.memberships (group_id, member_id)
    SELECT 2000000000 + organization_id, user_id FROM model.organization_member
    UNION ALL
    SELECT 1000000000 + team_id, user_id FROM model.team_member;

INSERT INTO authz.assignments (subject_id, role_id, resource_id)
    SELECT subject_id, role_id, resource_id FROM (
        SELECT g.round, g.user_id AS subject_id, r.id AS role_id,
               coalesce(g.project_id, 1000000000 + g.organization_id) AS resource_id
        FROM model.user_grant AS g
        JOIN authz.roles AS r ON r.name = g.role AND r.owner_id IS NULL
            AND r.resource_type = CASE WHEN g.project_id IS NULL THEN 'organization' ELSE 'project' END
        UNION ALL
        SELECT 0, 1000000000 + g.team_id, r.id, g.project_id
        FROM model.team_grant AS g
        JOIN authz.roles AS r ON r.name = g.role AND r.owner_id IS NULL AND r.resource_type = 'project'
    ) AS loaded
    ORDER BY round, subject_id;

SELECT setval(pg_get_serial_sequence('authz.resources', 'id'), 3000000000),
       setval(pg_get_serial_sequence('authz.subjects', 'id'), 3000000000);
RESET session_replication_role;
