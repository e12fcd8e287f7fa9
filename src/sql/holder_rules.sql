-- The rules of resources, subjects, memberships and assignments, whoever writes the
-- tables; as in src/sql/role_rules.sql.

-- Rules of resources ------------------------------------------------------------------
CREATE VIEW authz_internal.resource_violations AS
    SELECT r.id,
        'resource_parent' AS rule,
        format('%s cannot be beneath %s', r.resource, p.resource) AS message,
        CASE WHEN t.parents IS NULL THEN format('Type %s is a root type.', t.name)
             ELSE format('The parent of a resource of type %s is of type %s.', t.name, array_to_string(t.parents, ' or ')) END AS detail,
        'Choose a parent of that type, or none.' AS hint
    FROM authz.resources r
    JOIN authz.resources p ON p.id = r.parent_id
    JOIN authz.resource_types t ON t.name = r.resource_type
    WHERE (p.resource_type = ANY (t.parents)) IS NOT TRUE
    UNION ALL
    SELECT r.id,
        CASE l.level WHEN 0 THEN 'resource_cycle' ELSE 'resource_depth' END,
        CASE l.level WHEN 0 THEN format('%s would be beneath itself', r.resource) ELSE format('%s is too deep', r.resource) END,
        CASE l.level WHEN 0 THEN 'Resources form a tree by their parent.'
                     ELSE 'What is more than 1000 levels above a resource does not count.' END,
        CASE l.level WHEN 0 THEN 'Choose another parent, or move that one away first.' ELSE 'Move it, or one above it, higher up.' END
    FROM authz.resources r
    CROSS JOIN LATERAL (SELECT authz_internal.resource_level(r.id)) AS l (level)
    WHERE r.parent_id IS NOT NULL AND l.level NOT BETWEEN 1 AND 1001;
COMMENT ON VIEW authz_internal.resource_violations IS 'resources that break a rule';
COMMENT ON COLUMN authz_internal.resource_violations.id IS 'resource';
COMMENT ON COLUMN authz_internal.resource_violations.rule IS 'name of the rule';
COMMENT ON COLUMN authz_internal.resource_violations.message IS 'message of the error';
COMMENT ON COLUMN authz_internal.resource_violations.detail IS 'DETAIL of the error';
COMMENT ON COLUMN authz_internal.resource_violations.hint IS 'HINT of the error';

-- Of what is made or moved; what hangs beneath that may be deeper.
CREATE FUNCTION authz_internal.resources_too_deep(resource_ids bigint[])
RETURNS TABLE (rule text, message text, detail text, hint text)
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT 'resource_depth', format('%s would be too deep', r.resource),
        format('It would be at level %s, and the limit is 100.', l.level),
        'Choose a parent that is higher up.'
    FROM authz.resources r
    CROSS JOIN LATERAL (SELECT authz_internal.resource_level(r.id) OFFSET 0) AS l (level)
    WHERE r.id = ANY (resource_ids) AND r.parent_id IS NOT NULL AND l.level > 100;
END;
COMMENT ON FUNCTION authz_internal.resources_too_deep(bigint[]) IS 'which of these resources, new ones or moved ones, are too deep';
REVOKE ALL ON FUNCTION authz_internal.resources_too_deep(bigint[]) FROM PUBLIC;

CREATE FUNCTION authz_internal.teams_too_deep(team_ids bigint[])
RETURNS TABLE (rule text, message text, detail text, hint text)
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT 'team_depth', format('%s would be too deep', s.subject),
        format('It would be at level %s, and the limit is 100.', l.level),
        'Choose a parent that is higher up.'
    FROM authz.subjects s
    CROSS JOIN LATERAL (SELECT authz_internal.team_level(s.id) OFFSET 0) AS l (level)
    WHERE s.id = ANY (team_ids) AND s.parent_id IS NOT NULL AND l.level > 100;
END;
COMMENT ON FUNCTION authz_internal.teams_too_deep(bigint[]) IS 'which of these teams, new ones or moved ones, are too deep';
REVOKE ALL ON FUNCTION authz_internal.teams_too_deep(bigint[]) FROM PUBLIC;

-- Rules of subjects --------------------------------------------------------------------
CREATE VIEW authz_internal.subject_violations AS
    SELECT s.id,
        'subject_home' AS rule,
        format('%s cannot belong to a resource', s.subject) AS message,
        'Only teams and member sets belong to one.' AS detail,
        'Make it a member of the resource.' AS hint
    FROM authz.subjects s
    WHERE s.resource_id IS NOT NULL AND authz.subject_kind(s.subject) IN ('user', 'service_account')
    UNION ALL
    SELECT s.id,
        'subject_home',
        format('%s must belong to a resource', s.subject),
        'A team belongs to its organization, a member set to the resource whose members it stands for.',
        'Set resource_id.'
    FROM authz.subjects s
    WHERE s.resource_id IS NULL AND authz.subject_kind(s.subject) IN ('team', 'member')
    UNION ALL
    SELECT s.id,
        'subject_home',
        format('%s cannot belong to %s', s.subject, r.resource),
        CASE WHEN t.has_members THEN format('It stands for the members of another resource than %s.', r.resource)
             ELSE format('Resources of type %s have no members.', t.name) END,
        'Choose a resource of a type with members.'
    FROM authz.subjects s
    JOIN authz.resources r ON r.id = s.resource_id
    JOIN authz.resource_types t ON t.name = r.resource_type
    WHERE NOT t.has_members
       OR authz.subject_kind(s.subject) = 'member' AND s.subject <> authz_internal.member_set(r.resource)
    UNION ALL
    SELECT s.id,
        'team_parent',
        format('%s cannot be beneath %s', s.subject, p.subject),
        CASE WHEN authz.subject_kind(s.subject) <> 'team' THEN format('%s is not a team.', s.subject)
             WHEN authz.subject_kind(p.subject) <> 'team' THEN format('%s is not a team.', p.subject)
             ELSE 'They belong to different organizations.' END,
        'Choose a team of the same organization as its parent, or none.'
    FROM authz.subjects s
    JOIN authz.subjects p ON p.id = s.parent_id
    WHERE authz.subject_kind(s.subject) <> 'team'
       OR authz.subject_kind(p.subject) <> 'team'
       OR s.resource_id IS DISTINCT FROM p.resource_id
    UNION ALL
    SELECT s.id,
        'nested_teams',
        format('%s cannot be beneath another team', s.subject),
        format('The teams of %s are flat.', r.resource),
        'Leave it without a parent.'
    FROM authz.subjects s
    JOIN authz.resources r ON r.id = s.resource_id
    JOIN authz.resource_types t ON t.name = r.resource_type
    WHERE s.parent_id IS NOT NULL AND NOT t.nested_teams
    UNION ALL
    SELECT s.id,
        CASE l.level WHEN 0 THEN 'team_cycle' ELSE 'team_depth' END,
        CASE l.level WHEN 0 THEN format('%s would be beneath itself', s.subject) ELSE format('%s is too deep', s.subject) END,
        CASE l.level WHEN 0 THEN 'Teams form a tree by their parent.'
                     ELSE 'What is more than 1000 levels above a team does not count.' END,
        CASE l.level WHEN 0 THEN 'Choose another parent, or move that one away first.' ELSE 'Move it, or one above it, higher up.' END
    FROM authz.subjects s
    CROSS JOIN LATERAL (SELECT authz_internal.team_level(s.id)) AS l (level)
    WHERE s.parent_id IS NOT NULL AND l.level NOT BETWEEN 1 AND 1001;
COMMENT ON VIEW authz_internal.subject_violations IS 'subjects that break a rule';
COMMENT ON COLUMN authz_internal.subject_violations.id IS 'subject';
COMMENT ON COLUMN authz_internal.subject_violations.rule IS 'name of the rule';
COMMENT ON COLUMN authz_internal.subject_violations.message IS 'message of the error';
COMMENT ON COLUMN authz_internal.subject_violations.detail IS 'DETAIL of the error';
COMMENT ON COLUMN authz_internal.subject_violations.hint IS 'HINT of the error';

-- Rules of memberships: src/rules/assignment_rules.c ----------------------------------------------------------
CREATE FUNCTION authz_internal.membership_rules()
RETURNS TABLE (group_id bigint, member_id bigint, rule text)
LANGUAGE C STABLE PARALLEL SAFE ROWS 1
AS 'MODULE_PATHNAME', 'authz_membership_rules';
COMMENT ON FUNCTION authz_internal.membership_rules() IS 'memberships that break a rule';
REVOKE ALL ON FUNCTION authz_internal.membership_rules() FROM PUBLIC;

CREATE FUNCTION authz_internal.membership_violation_message(rule text, group_id bigint, member_id bigint)
RETURNS text[]
LANGUAGE sql STABLE STRICT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT CASE membership_violation_message.rule
        WHEN 'membership_group' THEN ARRAY[
            format('%s is not a group', g.subject),
            'Teams and the member sets of resources have members.',
            'Name a team or a member set.']
        WHEN 'membership_member' THEN ARRAY[
            format('%s cannot be a member of %s', s.subject, g.subject),
            'Members are users and service accounts.',
            CASE authz.subject_kind(s.subject) WHEN 'team' THEN 'Set the parent of the team instead.'
                                               ELSE 'Name a user or a service account.' END]
        WHEN 'team_member' THEN ARRAY[
            format('%s cannot be in %s', s.subject, g.subject),
            format('%s belongs to %s, of which %s is not a member.', g.subject, authz_internal.resource_label(r.id), s.subject),
            format('Add %s to %s first.', s.subject, authz_internal.resource_label(r.id))]
        END
    FROM authz.subjects g
    CROSS JOIN authz.subjects s
    LEFT JOIN authz.resources r ON r.id = g.resource_id
    WHERE g.id = membership_violation_message.group_id AND s.id = membership_violation_message.member_id;
END;
COMMENT ON FUNCTION authz_internal.membership_violation_message(text, bigint, bigint) IS 'message, detail and hint for a membership that breaks a rule';
REVOKE ALL ON FUNCTION authz_internal.membership_violation_message(text, bigint, bigint) FROM PUBLIC;

CREATE VIEW authz_internal.membership_violations AS
    SELECT v.group_id, v.member_id, v.rule, w.words[1] AS message, w.words[2] AS detail, w.words[3] AS hint
    FROM authz_internal.membership_rules() v
    CROSS JOIN LATERAL (VALUES (authz_internal.membership_violation_message(v.rule, v.group_id, v.member_id))) AS w (words);
COMMENT ON VIEW authz_internal.membership_violations IS 'memberships that break a rule';
COMMENT ON COLUMN authz_internal.membership_violations.group_id IS 'group';
COMMENT ON COLUMN authz_internal.membership_violations.member_id IS 'member';
COMMENT ON COLUMN authz_internal.membership_violations.rule IS 'name of the rule';
COMMENT ON COLUMN authz_internal.membership_violations.message IS 'message of the error';
COMMENT ON COLUMN authz_internal.membership_violations.detail IS 'DETAIL of the error';
COMMENT ON COLUMN authz_internal.membership_violations.hint IS 'HINT of the error';

-- Rules of assignments: src/rules/assignment_rules.c ----------------------------------------------------------
CREATE FUNCTION authz_internal.assignment_rules(ids bigint[])
RETURNS TABLE (id bigint, rule text)
LANGUAGE C STABLE PARALLEL SAFE ROWS 1
AS 'MODULE_PATHNAME', 'authz_assignment_rules';
COMMENT ON FUNCTION authz_internal.assignment_rules(bigint[]) IS 'which of these assignments break a rule; NULL: of all';
REVOKE ALL ON FUNCTION authz_internal.assignment_rules(bigint[]) FROM PUBLIC;

CREATE FUNCTION authz_internal.assignment_violation_message(rule text, assignment_id bigint)
RETURNS text[]
LANGUAGE sql STABLE STRICT PARALLEL UNSAFE
BEGIN ATOMIC
    SELECT CASE assignment_violation_message.rule
        WHEN 'assignment_type' THEN ARRAY[
            format('role "%s" cannot be assigned on %s', ro.name, re.resource),
            format('Role "%s" is for resources of type %s.', ro.name, ro.resource_type),
            'Assign it on a resource of that type, or on an ancestor of such resources.']
        WHEN 'assignment_owner' THEN ARRAY[
            format('role "%s" cannot be assigned on %s', ro.name, re.resource),
            format('Role "%s" belongs to %s, and %s is not beneath it.', ro.name, authz_internal.resource_label(ro.owner_id), re.resource),
            'Use a predefined role, or a custom role of an ancestor of the resource.']
        WHEN 'assignment_group' THEN ARRAY[
            format('%s cannot hold roles on %s', s.subject, re.resource),
            format('%s belongs to %s, and %s is not beneath it.', s.subject, authz_internal.resource_label(s.resource_id), re.resource),
            'Groups hold roles only on the resource that they belong to and on everything beneath it.']
        WHEN 'assignment_member' THEN ARRAY[
            format('%s cannot hold role "%s" on %s', s.subject, ro.name, re.resource),
            CASE WHEN m.resource IS NULL THEN format('Only members can, and there is no member list at %s or above it.', re.resource)
                 WHEN s.subject = authz.subject('user:*') THEN format('Only members of %s can, not everyone.', authz_internal.resource_label(m.id))
                 ELSE format('Only members of %s can, and %s is not a member.', authz_internal.resource_label(m.id), s.subject) END,
            CASE WHEN m.resource IS NULL THEN 'Move the resource beneath one that has members first.'
                 WHEN s.subject = authz.subject('user:*') THEN format('Grant the role to %s.', CASE authz_internal.resource_label(m.id) WHEN m.resource::text THEN authz_internal.member_set(m.resource)::text ELSE 'the members' END)
                 ELSE format('Add %s to %s first.', s.subject, authz_internal.resource_label(m.id)) END]
        WHEN 'exclusive_roles' THEN ARRAY[
            format('%s cannot hold two roles on %s', s.subject, re.resource),
            format(CASE a.source WHEN 'base_permission' THEN 'There is one base permission for type %s, and source %s would give it %s.'
                                 ELSE 'Roles of type %s are exclusive, and source %s would give it %s.' END, ro.resource_type, a.source, (
                SELECT authz_internal.quoted_list(array_agg(r2.name ORDER BY r2.name))
                FROM authz.assignments a2
                JOIN authz.roles r2 ON r2.id = a2.role_id
                WHERE a2.subject_id = a.subject_id AND a2.resource_id = a.resource_id AND a2.source = a.source
                  AND r2.resource_type = ro.resource_type AND a2.expires_at IS NOT DISTINCT FROM a.expires_at)),
            'Choose one of them, or let them end at different times.']
        WHEN 'base_permission' THEN ARRAY[
            format('role "%s" cannot be the base permission of %s', ro.name, re.resource),
            CASE WHEN s.subject <> authz_internal.member_set(re.resource) THEN format('It would be held by %s, and a base permission is held by %s.', s.subject, authz_internal.member_set(re.resource))
                 WHEN ro.owner_id IS NOT NULL AND ro.name = ANY (t.base_permissions) THEN format('It is a custom role of %s.', authz_internal.resource_label(ro.owner_id))
                 WHEN cardinality(t.base_permissions) > 0 THEN format('Resource type "%s" allows %s.', t.name, authz_internal.short_list(t.base_permissions))
                 ELSE format('Resources of type "%s" have no base permission.', t.name) END,
            'Choose a predefined role of a child type that the type of the resource names in base_permissions, or another source.']
        END
    FROM authz.assignments a
    JOIN authz.roles ro ON ro.id = a.role_id
    JOIN authz.resources re ON re.id = a.resource_id
    JOIN authz.resource_types t ON t.name = re.resource_type
    JOIN authz.subjects s ON s.id = a.subject_id
    LEFT JOIN authz.resources m ON m.id = authz_internal.member_list_of(a.resource_id)
    WHERE a.id = assignment_violation_message.assignment_id;
END;
COMMENT ON FUNCTION authz_internal.assignment_violation_message(text, bigint) IS 'message, detail and hint for an assignment that breaks a rule';
REVOKE ALL ON FUNCTION authz_internal.assignment_violation_message(text, bigint) FROM PUBLIC;

CREATE VIEW authz_internal.assignment_violations AS
    SELECT v.id, v.rule, w.words[1] AS message, w.words[2] AS detail, w.words[3] AS hint
    FROM authz_internal.assignment_rules(NULL) v
    CROSS JOIN LATERAL (VALUES (authz_internal.assignment_violation_message(v.rule, v.id))) AS w (words);
COMMENT ON VIEW authz_internal.assignment_violations IS 'assignments that break a rule';
COMMENT ON COLUMN authz_internal.assignment_violations.id IS 'assignment';
COMMENT ON COLUMN authz_internal.assignment_violations.rule IS 'name of the rule';
COMMENT ON COLUMN authz_internal.assignment_violations.message IS 'message of the error';
COMMENT ON COLUMN authz_internal.assignment_violations.detail IS 'DETAIL of the error';
COMMENT ON COLUMN authz_internal.assignment_violations.hint IS 'HINT of the error';

-- What a change needs to know ---------------------------------------------------------------
CREATE FUNCTION authz_internal.lost_holders(role_ids bigint[], resource_ids bigint[], subject_ids bigint[], for_good boolean[], going bigint[])
RETURNS TABLE (rule text, message text, detail text, hint text)
LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT 'min_holders',
        format('role "%s" must keep at least %s on %s', r.name,
               CASE r.min_holders WHEN 1 THEN '1 holder' ELSE r.min_holders || ' holders' END, re.resource),
        format('Without %s it would have %s.', k.subjects, h.count),
        'Grant the role directly to another user first, without expiry.'
    FROM (
        SELECT l.role_id, l.resource_id, bool_or(l.for_good) AS for_good, authz_internal.short_list(array_agg(s.subject::text ORDER BY s.subject::text COLLATE "C")) AS subjects
        FROM unnest(role_ids, resource_ids, subject_ids, for_good) AS l (role_id, resource_id, subject_id, for_good)
        JOIN authz.subjects s ON s.id = l.subject_id
        WHERE authz.subject_kind(s.subject) = 'user' AND s.subject <> authz.subject('user:*')
          AND NOT EXISTS (
            SELECT
            FROM authz.assignments a
            WHERE a.subject_id = l.subject_id AND a.resource_id = l.resource_id AND a.role_id = l.role_id
              AND (a.expires_at IS NULL OR NOT l.for_good AND a.expires_at > clock_timestamp()))
        GROUP BY l.role_id, l.resource_id) k
    JOIN authz.roles r ON r.id = k.role_id
    JOIN authz.resources re ON re.id = k.resource_id
    CROSS JOIN LATERAL (
        SELECT count(DISTINCT a.subject_id)
        FROM authz.assignments a
        JOIN authz.subjects s ON s.id = a.subject_id
        WHERE a.role_id = k.role_id AND a.resource_id = k.resource_id
          AND (a.expires_at IS NULL OR NOT k.for_good AND a.expires_at > clock_timestamp())
          AND authz.subject_kind(s.subject) = 'user' AND s.subject <> authz.subject('user:*')) h
    WHERE h.count < r.min_holders
      AND NOT k.resource_id = ANY (going)
      AND (r.owner_id = ANY (going)) IS NOT TRUE
    ORDER BY re.resource::text COLLATE "C", r.name;
END;
COMMENT ON FUNCTION authz_internal.lost_holders(bigint[], bigint[], bigint[], boolean[], bigint[]) IS 'roles that keep too few holders, now that these have lost them; resources that are going (and roles that they own) do not count';
REVOKE ALL ON FUNCTION authz_internal.lost_holders(bigint[], bigint[], bigint[], boolean[], bigint[]) FROM PUBLIC;
