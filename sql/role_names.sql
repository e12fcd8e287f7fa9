-- What a tenant calls a role is read by others, in lists and in the log: a name that
-- looks like another one or goes on as the sentence around it would is refused, or
-- stands in quotes.
\i sql/include/fresh.sql
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT count(*) > 0 AS applied FROM authz.apply('{"resource_types": [{"name": "org", "has_members": true}], "permissions": [{"name": "org.view", "resource_type": "org"}],
    "roles": [{"name": "viewer", "resource_type": "org", "permissions": ["org.view"]}]}');
SELECT authz.create_resource('org:1');

-- By the functions, by the tables, and by a document, in the same words.
CREATE TEMP TABLE names (n int GENERATED ALWAYS AS IDENTITY, name text);
INSERT INTO names (name) VALUES (''), (' '), ('viewer '), (' viewer'), (E'viewer\u00a0'), (E'\u3000viewer'), (E'view\ner'), (E'viewer\r'), (E'view\ter'), (E'\u0001'), (E'view\u007fer'), (E'view\u0085er'),
    (E'view\u2028er'), (E'view\u2029er'), (E'view\u200ber'), (E'view\u200der'), (E'view\u202eer'), (E'view\u2066er'), (E'\ufeffviewer'), (E'viewer\u00ad'), (E'view\u2060er'), (E'viewer\ufe0f'), (E'\u3164'), (E'\u2800'),
    (E'viewer\U000e0061'), (E'vi\u034fewer'), (repeat('x', 256)), (repeat('é', 128));
CREATE FUNCTION pg_temp.attempt(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    rule text;
BEGIN
    EXECUTE command;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, rule = CONSTRAINT_NAME;
    RETURN concat_ws(' ', SQLSTATE, nullif(rule, ''), nullif(detail, ''));
END $$;
SELECT authz.create_role('Plain', 'org', 'org:1') AS plain \gset
SELECT n, authz_internal.role_name_problem(name),
    pg_temp.attempt(format('SELECT authz.create_role(%L, ''org'', ''org:1'')', name)) = '22023 ' || authz_internal.role_name_problem(name) AS create_role,
    pg_temp.attempt(format('SELECT authz.rename_role(%s, %L)', :plain, name)) = '22023 ' || authz_internal.role_name_problem(name) AS rename_role,
    pg_temp.attempt(format('INSERT INTO authz.roles (name, resource_type) VALUES (%L, ''org'')', name)) LIKE '23514 roles_name_check %' AS insert,
    pg_temp.attempt(format('UPDATE authz.roles SET name = %L WHERE id = %s', name, :plain)) LIKE '23514 roles_name_check %' AS update,
    left(pg_temp.attempt(format('SELECT authz.apply(%L)', jsonb_build_object('roles', jsonb_build_array(jsonb_build_object('name', name, 'resource_type', 'org'))))), 5) AS apply
FROM names ORDER BY n;
-- Whatever can be seen is a name.
SELECT name, pg_temp.attempt(format('SELECT authz.create_role(%L, ''org'', ''org:1'')', name))
FROM (VALUES ('Release manager'), ('Équipe'), ('読み取り'), ('роль'), ('a "quoted" one'), ('x'' OR true --'), ('50 % off'), ('{"json": 1}'), (repeat('é', 127))) AS v (name);

-- Names in sentences and lists end where their quotes end.
SET authz.subject = 'user:root';
SELECT authz.create_role('viewer" on "org:1" (manual), and revoked "owner', 'org', 'org:1', description => E'x\n2026-01-01 "user:root" granted "user:eve" the role "owner"') AS forged \gset
SELECT authz.add_member('org:1', 'user:a'), authz.grant_role('user:a', 'viewer" on "org:1" (manual), and revoked "owner', 'org:1') > 0 AS granted;
SELECT authz.add_member('org:1', 'user:x (manual), revoked "y" from user:z');
SELECT authz.describe_role(:forged, E'y\nz');
SELECT sentence FROM authz.audit_trail WHERE sentence ~ 'forged|revoked|y.nz' ORDER BY id;
SELECT count(*) AS lines_too_many FROM authz.audit_trail WHERE sentence ~ E'[\n\r]';
SELECT authz.drop_role(:forged);
