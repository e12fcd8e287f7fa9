-- The audit log.  C code: src/audit/audit.c (entries), src/audit/audit_log.c (the log).

-- Entries -------------------------------------------------------------------
CREATE FUNCTION authz_internal.audit()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_audit';
COMMENT ON FUNCTION authz_internal.audit() IS 'trigger: adds an entry to authz.audit_log for each row that a statement has changed';
REVOKE ALL ON FUNCTION authz_internal.audit() FROM PUBLIC;

-- c_: after the checks (guard), so that only what holds is written.  A trigger
-- with transition tables can be for one kind of event only.
DO $$
DECLARE
    audited text;
BEGIN
    FOREACH audited IN ARRAY ARRAY[
        'resource_types', 'permissions', 'permission_requirements', 'resources', 'subjects', 'memberships', 'roles',
        'role_inherits', 'role_base_roles', 'role_permissions', 'management_permissions', 'management_roles', 'assignments', 'tracked_tables']
    LOOP
        EXECUTE format('CREATE TRIGGER c_audit_insert AFTER INSERT ON authz.%I
                        REFERENCING NEW TABLE AS new_rows
                        FOR EACH STATEMENT EXECUTE FUNCTION authz_internal.audit()', audited);
        EXECUTE format('CREATE TRIGGER c_audit_update AFTER UPDATE ON authz.%I
                        REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                        FOR EACH STATEMENT EXECUTE FUNCTION authz_internal.audit()', audited);
        EXECUTE format('CREATE TRIGGER c_audit_delete AFTER DELETE ON authz.%I
                        REFERENCING OLD TABLE AS old_rows
                        FOR EACH STATEMENT EXECUTE FUNCTION authz_internal.audit()', audited);
        EXECUTE format('COMMENT ON TRIGGER c_audit_insert ON authz.%I IS %L', audited, 'audits new rows');
        EXECUTE format('COMMENT ON TRIGGER c_audit_update ON authz.%I IS %L', audited, 'audits changed rows');
        EXECUTE format('COMMENT ON TRIGGER c_audit_delete ON authz.%I IS %L', audited, 'audits removed rows');
    END LOOP;
END
$$;

-- Append-only ---------------------------------------------------------------
CREATE FUNCTION authz_internal.keep_audit_log()
RETURNS trigger
LANGUAGE C VOLATILE PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_keep_audit_log';
COMMENT ON FUNCTION authz_internal.keep_audit_log() IS 'trigger: refuses every statement that would change authz.audit_log';
REVOKE ALL ON FUNCTION authz_internal.keep_audit_log() FROM PUBLIC;

-- ALWAYS: also where session_replication_role is replica.
CREATE TRIGGER b_keep_audit_log
    BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON authz.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION authz_internal.keep_audit_log();
ALTER TABLE authz.audit_log ENABLE ALWAYS TRIGGER b_keep_audit_log;
COMMENT ON TRIGGER b_keep_audit_log ON authz.audit_log IS 'makes the log append-only';

-- Retention -----------------------------------------------------------------
CREATE FUNCTION authz.purge_audit_log(before timestamptz)
RETURNS bigint
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'authz_purge_audit_log';
COMMENT ON FUNCTION authz.purge_audit_log(timestamptz) IS 'removes the audit entries from before that time, adds one that says so, and returns how many were removed; for administrators';
REVOKE ALL ON FUNCTION authz.purge_audit_log(timestamptz) FROM PUBLIC;

-- Reading -------------------------------------------------------------------
CREATE VIEW authz.audit_trail AS
SELECT
    l.id,
    l.at,
    l.transaction_id,
    l.event,
    -- Names in quotes, as jsonb writes them: a name cannot go on as the sentence would.
    coalesce(to_jsonb(l.actor::text)::text, 'database role ' || to_jsonb(l.database_role)::text) || ' ' ||
    CASE l.event
        WHEN 'assignment.create' THEN
            format('granted %s the role %s on %s (%s)', v.row -> 'subject', v.row -> 'role', v.row -> 'resource', v.row ->> 'source') ||
            coalesce(' until ' || (v.row ->> 'expires_at'), '')
        WHEN 'assignment.alter' THEN
            format('changed the assignment of the role %s to %s on %s (%s)', v.row -> 'role', v.row -> 'subject', v.row -> 'resource', v.row ->> 'source')
        WHEN 'assignment.drop' THEN
            format('revoked from %s the role %s on %s (%s)', v.row -> 'subject', v.row -> 'role', v.row -> 'resource', v.row ->> 'source')
        WHEN 'membership.create' THEN format('added %s to %s', v.row -> 'member', v.row -> 'group')
        WHEN 'membership.drop' THEN format('removed %s from %s', v.row -> 'member', v.row -> 'group')
        WHEN 'role_permission.create' THEN format('gave the %s the permission %s', v.role, v.row -> 'permission')
        WHEN 'role_permission.drop' THEN format('took from the %s the permission %s', v.role, v.row -> 'permission')
        WHEN 'base_role.create' THEN
            format('gave the %s the base role %s for %s', v.role, v.row -> 'base_role', v.row ->> 'resource_type')
        WHEN 'base_role.drop' THEN
            format('took from the %s the base role %s for %s', v.role, v.row -> 'base_role', v.row ->> 'resource_type')
        WHEN 'audit_log.purge' THEN format('purged %s audit entries from before %s', v.row ->> 'removed', v.row ->> 'before')
        ELSE
            CASE split_part(l.event, '.', 2)
                WHEN 'create' THEN 'created the '
                WHEN 'alter' THEN 'changed the '
                ELSE 'dropped the '
            END ||
            CASE WHEN l.event LIKE 'role.%'
                THEN format('%s role %s', r.row ->> 'resource_type', r.row -> 'name') || coalesce(' of ' || (r.row -> 'owner')::text, '')
                ELSE format('%s %s', replace(split_part(l.event, '.', 1), '_', ' '), to_jsonb(l.object))
            END
    END ||
    CASE WHEN l.event LIKE '%.alter' THEN coalesce(': ' || v.changes, '') ELSE '' END AS sentence,
    l.database_role,
    l.session_role
FROM authz.audit_log AS l
     CROSS JOIN LATERAL (
         SELECT coalesce(l.new, l.old) AS row,
                concat(coalesce(l.new, l.old) ->> 'role_type', ' role ', coalesce(l.new, l.old) -> 'role',
                       ' of ' || (coalesce(l.new, l.old) -> 'role_owner')::text) AS role,
                (SELECT string_agg(
                            CASE
                                WHEN o.value IS NULL THEN format('%s set to %s', key, n.value)
                                WHEN n.value IS NULL THEN format('%s no longer %s', key, o.value)
                                ELSE format('%s from %s to %s', key, o.value, n.value)
                            END, ', ' ORDER BY key COLLATE "C")
                 FROM jsonb_each(l.old) AS o FULL JOIN jsonb_each(l.new) AS n USING (key)
                 WHERE o.value IS DISTINCT FROM n.value) AS changes
     ) AS v
     -- What is changed or dropped is called by its name before.
     CROSS JOIN LATERAL (SELECT coalesce(l.old, l.new) AS row) AS r;
COMMENT ON VIEW authz.audit_trail IS 'the audit log in sentences';
COMMENT ON COLUMN authz.audit_trail.id IS 'order of the entries';
COMMENT ON COLUMN authz.audit_trail.at IS 'when';
COMMENT ON COLUMN authz.audit_trail.transaction_id IS 'transaction that made the change';
COMMENT ON COLUMN authz.audit_trail.event IS 'what happened: table and action';
COMMENT ON COLUMN authz.audit_trail.sentence IS 'who did what';
COMMENT ON COLUMN authz.audit_trail.database_role IS 'database role that called';
COMMENT ON COLUMN authz.audit_trail.session_role IS 'database role that the session belongs to';
