-- What others rely on: names, arguments with their names and defaults, results,
-- volatility, who may call it.  Each query compares with a list that is written
-- here by hand, so that the expected output has no rows but the aggregates and
-- the settings at the end.
\i sql/include/fresh.sql
CREATE TEMP TABLE promised (name text, arguments text, result text);

-- Asking.  Lines that begin with ~ are for everybody; of those with a subject they call
-- one that is not.
CREATE TEMP TABLE questions AS TABLE promised;
INSERT INTO questions VALUES
    ('~has_permission', 'permission text, resource_id anyelement', 'boolean'),
    ('~has_permission', 'permission text, resource_id text', 'boolean'),
    ('~has_permission', 'permission text, resource authz.resource', 'boolean'),
    ('has_permission', 'subject authz.subject, permission text, resource_id anyelement', 'boolean'),
    ('has_permission', 'subject authz.subject, permission text, resource_id text', 'boolean'),
    ('~has_any_permission', 'permissions text[], resource_id anyelement', 'boolean'),
    ('~has_any_permission', 'permissions text[], resource_id text', 'boolean'),
    ('has_any_permission', 'subject authz.subject, permissions text[], resource_id anyelement', 'boolean'),
    ('has_any_permission', 'subject authz.subject, permissions text[], resource_id text', 'boolean'),
    ('~has_all_permissions', 'permissions text[], resource_id anyelement', 'boolean'),
    ('~has_all_permissions', 'permissions text[], resource_id text', 'boolean'),
    ('has_all_permissions', 'subject authz.subject, permissions text[], resource_id anyelement', 'boolean'),
    ('has_all_permissions', 'subject authz.subject, permissions text[], resource_id text', 'boolean'),
    ('~permissions_on', 'resource authz.resource', 'authz.permission_set'),
    ('permissions_on', 'subject authz.subject, resource authz.resource', 'authz.permission_set'),
    ('~permitted_ids', 'permission text, sample anyelement', 'anyarray'),
    ('permitted_ids', 'subject authz.subject, permission text, sample anyelement', 'anyarray'),
    ('~list_resources', 'permission text', 'SETOF authz.resource'),
    ('list_resources', 'subject authz.subject, permission text', 'SETOF authz.resource'),
    ('list_subjects', 'permission text, resource authz.resource', 'SETOF authz.subject'),
    ('explain', 'subject authz.subject, permission text, resource authz.resource', 'SETOF authz.explanation'),
    ('mixed_roles', 'subject authz.subject, resource authz.resource', 'SETOF authz.mixed_role'),
    ('assignment_kind', 'subject authz.subject, role text, resource authz.resource, role_type text DEFAULT NULL::text, OUT kind text, OUT teams authz.subject[]', 'record'),
    ('has_permission', 'subject authz.subject, permission text, resource authz.resource', 'boolean'),
    ('~assignment_kind', 'subject text, role text, resource text, role_type text DEFAULT NULL::text, OUT kind text, OUT teams authz.subject[]', 'record'),
    ('~explain', 'subject authz.subject, permission authz.permission, resource authz.resource', 'SETOF authz.explanation'),
    ('~explain', 'subject text, permission text, resource text', 'SETOF authz.explanation'),
    ('~has_all_permissions', 'subject text, permissions text[], resource_id anyelement', 'boolean'),
    ('~has_all_permissions', 'subject text, permissions text[], resource_id text', 'boolean'),
    ('~has_any_permission', 'subject text, permissions text[], resource_id anyelement', 'boolean'),
    ('~has_any_permission', 'subject text, permissions text[], resource_id text', 'boolean'),
    ('~has_permission', 'permission authz.permission, resource authz.resource', 'boolean'),
    ('~has_permission', 'permission authz.permission, resource_id anyelement', 'boolean'),
    ('~has_permission', 'permission authz.permission, resource_id text', 'boolean'),
    ('~has_permission', 'subject authz.subject, permission authz.permission, resource authz.resource', 'boolean'),
    ('~has_permission', 'subject authz.subject, permission authz.permission, resource_id anyelement', 'boolean'),
    ('~has_permission', 'subject authz.subject, permission authz.permission, resource_id text', 'boolean'),
    ('~has_permission', 'subject text, permission text, resource_id anyelement', 'boolean'),
    ('~has_permission', 'subject text, permission text, resource_id text', 'boolean'),
    ('~list_resources', 'permission authz.permission', 'SETOF authz.resource'),
    ('~list_resources', 'subject authz.subject, permission authz.permission', 'SETOF authz.resource'),
    ('~list_resources', 'subject text, permission text', 'SETOF authz.resource'),
    ('~list_subjects', 'permission authz.permission, resource authz.resource', 'SETOF authz.subject'),
    ('~list_subjects', 'permission text, resource text', 'SETOF authz.subject'),
    ('~mixed_roles', 'subject text, resource text', 'SETOF authz.mixed_role'),
    ('~permissions_on', 'resource text', 'authz.permission_set'),
    ('~permissions_on', 'subject text, resource text', 'authz.permission_set'),
    ('~permitted_ids', 'permission authz.permission, sample anyelement', 'anyarray'),
    ('~permitted_ids', 'subject authz.subject, permission authz.permission, sample anyelement', 'anyarray'),
    ('~permitted_ids', 'subject text, permission text, sample anyelement', 'anyarray'),
    ('~has_permission', 'subject text, permission authz.permission, resource_id anyelement', 'boolean'),
    ('~has_permission', 'subject text, permission authz.permission, resource_id text', 'boolean'),
    ('~has_permission', 'subject text, permission authz.permission, resource authz.resource', 'boolean'),
    ('~has_permission', 'subject text, permission text, resource authz.resource', 'boolean'),
    ('~permissions_on', 'subject text, resource authz.resource', 'authz.permission_set'),
    ('~permissions_on', 'subject authz.subject, resource text', 'authz.permission_set'),
    ('~team_members', 'team text', 'TABLE(member authz.subject, via authz.subject, direct boolean)'),
    ('team_members', 'team authz.subject', 'TABLE(member authz.subject, via authz.subject, direct boolean)'),
    ('~my_resources', 'resource_type text DEFAULT NULL::text, after_resource text DEFAULT NULL::text, max_rows integer DEFAULT NULL::integer', 'TABLE(resource authz.resource, roles text[], held_by authz.subject[])'),
    ('~current_subject', '', 'authz.subject');

-- Changing.
CREATE TEMP TABLE changes AS TABLE promised;
INSERT INTO changes VALUES
    ('create_resource', 'resource text, parent text DEFAULT NULL::text', 'authz.resource'),
    ('move_resource', 'resource text, parent text', 'void'),
    ('drop_resource', 'resource text', 'void'),
    ('track', 'relation regclass, resource_type text, id_column name, parent_column text DEFAULT NULL::text, creator_role text DEFAULT NULL::text, moves text DEFAULT ''checked''::text, drop_leftovers boolean DEFAULT false', 'bigint'),
    ('untrack', 'relation regclass, drop_resources boolean DEFAULT false', 'boolean'),
    ('create_team', 'team text, organization text, parent text DEFAULT NULL::text', 'authz.subject'),
    ('move_team', 'team text, parent text', 'void'),
    ('rename_team', 'team text, new_name text', 'authz.subject'),
    ('drop_team', 'team text', 'void'),
    ('add_member', 'member_of text, member text', 'boolean'),
    ('remove_member', 'member_of text, member text', 'boolean'),
    ('rename_user', 'subject text, new_name text', 'authz.subject'),
    ('drop_user', 'subject text', 'boolean'),
    ('create_role', 'name text, resource_type text, owner text DEFAULT NULL::text, permissions text[] DEFAULT ''{}''::text[], inherits authz.role_names DEFAULT NULL::authz.role_names, base_role text DEFAULT NULL::text, description text DEFAULT NULL::text', 'bigint'),
    ('add_permissions', 'role_id bigint, permissions text[]', 'authz.permission_set'),
    ('remove_permissions', 'role_id bigint, permissions text[]', 'authz.permission_set'),
    ('set_inherits', 'role_id bigint, inherits authz.role_names', 'bigint'),
    ('set_base_role', 'role_id bigint, base_role text, resource_type text DEFAULT NULL::text', 'bigint'),
    ('rename_role', 'role_id bigint, name text', 'void'),
    ('describe_role', 'role_id bigint, description text', 'void'),
    ('drop_role', 'role_id bigint, cascade boolean DEFAULT false, reassign_to text DEFAULT NULL::text', 'void'),
    ('role_id', 'name text, resource_type text, owner text DEFAULT NULL::text', 'bigint'),
    ('list_roles', 'resource text, resource_type text DEFAULT NULL::text', 'TABLE(role_id bigint, name text, owner authz.resource, inherits text, base_roles text[], permissions authz.permission_set, description text)'),
    ('list_assignments', 'resource text, role_type text DEFAULT NULL::text', 'TABLE(assignment_id bigint, subject authz.subject, role text, source text, granted_by authz.subject, granted_at timestamp with time zone, expires_at timestamp with time zone)'),
    ('grant_role', 'subject text, role text, resource text, source text DEFAULT ''manual''::text, expires_at timestamp with time zone DEFAULT NULL::timestamp with time zone, role_type text DEFAULT NULL::text, role_owner text DEFAULT NULL::text', 'bigint'),
    ('revoke_role', 'subject text, role text, resource text, source text DEFAULT ''manual''::text, role_type text DEFAULT NULL::text', 'boolean'),
    ('list_permissions', 'resource_type text, after_permission text DEFAULT NULL::text, max_rows integer DEFAULT NULL::integer', 'TABLE(permission authz.permission, category text, description text, status text, assignable boolean, is_default boolean, requires authz.permission_set)'),
    ('list_members', 'member_of text, after_member text DEFAULT NULL::text, max_rows integer DEFAULT NULL::integer', 'TABLE(member authz.subject, direct boolean, teams authz.subject[])'),
    ('list_teams', 'resource text, after_team text DEFAULT NULL::text, max_rows integer DEFAULT NULL::integer', 'TABLE(team authz.subject, parent authz.subject, members bigint)'),
    ('list_role_holders', 'role text, resource text, role_type text DEFAULT NULL::text, after_holder text DEFAULT NULL::text, max_rows integer DEFAULT NULL::integer', 'TABLE(holder authz.subject, kind text, teams authz.subject[])'),
    ('revoke_roles', 'subject text, resource text, source text DEFAULT NULL::text', 'bigint'),
    ('set_base_permission', 'resource text, role text', 'bigint'),
    ('apply', 'document jsonb, dry_run boolean DEFAULT false', 'TABLE(action text, object text, detail text)'),
    ('export', '', 'jsonb'),
    ('install_catalog', 'name text', 'TABLE(action text, object text, detail text)'),
    ('~protect', 'relation regclass, id_column name, for_select text DEFAULT NULL::text, for_insert text DEFAULT NULL::text, for_update text DEFAULT NULL::text, for_delete text DEFAULT NULL::text', 'SETOF name'),
    ('~unprotect', 'relation regclass', 'void'),
    ('purge_audit_log', 'before timestamp with time zone', 'bigint'),
    ('validate', '', 'TABLE(rule text, message text, detail text, hint text)');

CREATE TEMP VIEW present AS
SELECT oid, proname::text AS name, pg_get_function_arguments(oid) AS arguments, pg_get_function_result(oid) AS result
FROM pg_proc
WHERE pronamespace = 'authz'::regnamespace;
INSERT INTO promised TABLE questions UNION ALL TABLE changes;

-- Promised and not there, or there under a promised name and not promised.
SELECT ltrim(name, '~') AS name, arguments, result FROM promised
EXCEPT
SELECT name, arguments, result FROM present
ORDER BY 1, 2;
SELECT name, arguments, result FROM present WHERE name IN (SELECT ltrim(name, '~') FROM promised)
EXCEPT
SELECT ltrim(name, '~'), arguments, result FROM promised
ORDER BY 1, 2;

-- Who may execute them.
SELECT oid::regprocedure, p.name LIKE '~%' AS promised_to_public
FROM promised AS p JOIN present AS f ON f.name = ltrim(p.name, '~') AND f.arguments = p.arguments
WHERE has_function_privilege('public', oid, 'EXECUTE') <> (p.name LIKE '~%')
ORDER BY oid::regprocedure::text COLLATE "C";

-- The questions are STABLE, PARALLEL SAFE; has_permission is LEAKPROOF.
SELECT f.oid::regprocedure, provolatile, proparallel, proleakproof
FROM questions AS q
     JOIN present AS f ON f.name = ltrim(q.name, '~') AND f.arguments = q.arguments
     JOIN pg_proc ON pg_proc.oid = f.oid
WHERE provolatile <> 's' OR proparallel <> 's' OR proname = 'has_permission' AND NOT proleakproof
ORDER BY f.oid::regprocedure::text COLLATE "C";

-- Whoever changes something is seen before any switch of identity: only what merely
-- reads is SECURITY DEFINER, so that it needs no privileges on the tables.
SELECT f.oid::regprocedure, prosecdef
FROM changes AS c
     JOIN present AS f ON f.name = ltrim(c.name, '~') AND f.arguments = c.arguments
     JOIN pg_proc ON pg_proc.oid = f.oid
WHERE prosecdef <> (f.name IN ('export', 'validate'))
ORDER BY f.oid::regprocedure::text COLLATE "C";

-- Columns of tables, views and composite results.
WITH columns (relation, attribute, type) AS (VALUES
    ('resource_types', 'name', 'text'), ('resource_types', 'parent', 'text'), ('resource_types', 'description', 'text'),
    ('resource_types', 'has_members', 'boolean'), ('resource_types', 'roles_for', 'text'), ('resource_types', 'exclusive_roles', 'boolean'),
    ('resource_types', 'max_custom_roles', 'integer'), ('resource_types', 'base_permissions', 'text[]'),
    ('permissions', 'name', 'authz.permission'), ('permissions', 'resource_type', 'text'), ('permissions', 'category', 'text'),
    ('permissions', 'description', 'text'), ('permissions', 'status', 'text'),
    ('roles', 'id', 'bigint'), ('roles', 'name', 'text'), ('roles', 'resource_type', 'text'), ('roles', 'description', 'text'),
    ('roles', 'all_permissions', 'boolean'), ('roles', 'extensible', 'boolean'), ('roles', 'min_holders', 'integer'), ('roles', 'protected', 'boolean'),
    ('role_permissions', 'role_id', 'bigint'), ('role_permissions', 'permission', 'authz.permission'),
    ('resources', 'resource', 'authz.resource'), ('resources', 'resource_type', 'text'),
    ('subjects', 'subject', 'authz.subject'),
    ('memberships', 'group_id', 'bigint'), ('memberships', 'member_id', 'bigint'),
    ('assignments', 'id', 'bigint'), ('assignments', 'subject_id', 'bigint'), ('assignments', 'role_id', 'bigint'), ('assignments', 'resource_id', 'bigint'),
    ('assignments', 'source', 'text'), ('assignments', 'granted_by', 'authz.subject'), ('assignments', 'expires_at', 'timestamp with time zone'),
    ('audit_log', 'at', 'timestamp with time zone'), ('audit_log', 'transaction_id', 'xid8'), ('audit_log', 'event', 'text'),
    ('audit_log', 'actor', 'authz.subject'), ('audit_log', 'database_role', 'text'), ('audit_log', 'object', 'text'),
    ('audit_log', 'old', 'jsonb'), ('audit_log', 'new', 'jsonb'),
    ('mixed_roles', 'subject', 'authz.subject'), ('mixed_roles', 'resource', 'authz.resource'), ('mixed_roles', 'resource_type', 'text'),
    ('mixed_roles', 'role', 'text'), ('mixed_roles', 'avenue', 'text'),
    ('explanation', 'assignment_id', 'bigint'), ('explanation', 'subject_path', 'text'), ('explanation', 'role_path', 'text'),
    ('explanation', 'resource', 'authz.resource'), ('explanation', 'source', 'text'), ('explanation', 'granted_by', 'authz.subject'),
    ('explanation', 'expires_at', 'timestamp with time zone'), ('explanation', 'reason', 'text'))
SELECT * FROM columns
EXCEPT
SELECT relname, attname, format_type(atttypid, atttypmod)
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'authz'::regnamespace AND attnum > 0 AND NOT attisdropped
ORDER BY 1, 2;

-- The types: binary input and output, keys of btree and hash, casts from and to text.
WITH types (name) AS (VALUES ('permission'), ('permission_set'), ('subject'), ('resource')),
promised_types AS (
    SELECT t.oid, name, typreceive, typsend
    FROM types LEFT JOIN pg_type AS t ON t.typname = name AND t.typnamespace = 'authz'::regnamespace
)
SELECT name, what
FROM promised_types CROSS JOIN LATERAL (
         SELECT 'the type' WHERE oid IS NULL
         UNION ALL SELECT 'binary receive' WHERE typreceive = 0
         UNION ALL SELECT 'binary send' WHERE typsend = 0
         UNION ALL SELECT amname || ' operator class' FROM pg_am
             WHERE amname IN ('btree', 'hash')
               AND NOT EXISTS (SELECT FROM pg_opclass WHERE opcmethod = pg_am.oid AND opcintype = promised_types.oid AND opcdefault)
         UNION ALL SELECT 'cast from text' WHERE name <> 'permission_set'
               AND NOT EXISTS (SELECT FROM pg_cast WHERE castsource = 'text'::regtype AND casttarget = promised_types.oid)
         UNION ALL SELECT 'cast to text' WHERE name <> 'permission_set'
               AND NOT EXISTS (SELECT FROM pg_cast WHERE casttarget = 'text'::regtype AND castsource = promised_types.oid)
         UNION ALL SELECT 'cast from an array' WHERE name = 'permission_set'
               AND NOT EXISTS (SELECT FROM pg_cast WHERE castsource = 'authz.permission[]'::regtype AND casttarget = promised_types.oid)
         UNION ALL SELECT 'cast to an array' WHERE name = 'permission_set'
               AND NOT EXISTS (SELECT FROM pg_cast WHERE casttarget = 'authz.permission[]'::regtype AND castsource = promised_types.oid)
     ) AS missing (what)
ORDER BY name, what;

-- Operators of sets, and the aggregate.
WITH operators (name, leftarg, rightarg, result) AS (VALUES
    ('|', 'authz.permission_set', 'authz.permission_set', 'authz.permission_set'),
    ('&', 'authz.permission_set', 'authz.permission_set', 'authz.permission_set'),
    ('-', 'authz.permission_set', 'authz.permission_set', 'authz.permission_set'),
    ('@>', 'authz.permission_set', 'authz.permission_set', 'boolean'),
    ('@>', 'authz.permission_set', 'authz.permission', 'boolean'),
    ('<@', 'authz.permission_set', 'authz.permission_set', 'boolean'),
    ('<@', 'authz.permission', 'authz.permission_set', 'boolean'),
    ('&&', 'authz.permission_set', 'authz.permission_set', 'boolean'),
    ('=', 'authz.permission_set', 'authz.permission_set', 'boolean'),
    ('=', 'authz.permission', 'authz.permission', 'boolean'),
    ('=', 'authz.subject', 'authz.subject', 'boolean'),
    ('=', 'authz.resource', 'authz.resource', 'boolean'))
SELECT * FROM operators
EXCEPT
SELECT oprname, oprleft::regtype::text, oprright::regtype::text, oprresult::regtype::text
FROM pg_operator
WHERE oprnamespace = 'pg_catalog'::regnamespace
ORDER BY 1, 2, 3;
SELECT oid::regprocedure
FROM pg_proc
WHERE pronamespace = 'authz'::regnamespace AND prokind = 'a'
ORDER BY oid::regprocedure::text COLLATE "C";

-- Settings: default, who may set them.
LOAD 'authz';
SELECT name, boot_val, unit, context
FROM pg_settings
WHERE name LIKE 'authz.%'
ORDER BY name COLLATE "C";
