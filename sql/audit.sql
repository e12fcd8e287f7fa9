-- The audit log: an entry per change, by name, whoever makes it; append-only.
\i sql/include/fresh.sql
\set SHOW_CONTEXT never
CREATE ROLE regress_authz_dba;
CREATE ROLE regress_authz_web;
GRANT INSERT, SELECT, UPDATE, DELETE ON ALL TABLES IN SCHEMA authz TO regress_authz_dba;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA authz TO regress_authz_dba;

-- What has been written since the last call.
CREATE TABLE seen AS SELECT coalesce(max(id), 0) AS id FROM authz.audit_log;
CREATE FUNCTION news(OUT event text, OUT object text, OUT old jsonb, OUT new jsonb) RETURNS SETOF record
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT l.event, l.object, l.old - 'granted_at', l.new - 'granted_at' FROM authz.audit_log l, seen s WHERE l.id > s.id ORDER BY l.id;
    UPDATE seen SET id = (SELECT max(l.id) FROM authz.audit_log l);
END
$$;

CREATE FUNCTION diff(jsonb, jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE RETURN
    (SELECT jsonb_object_agg(key, value) FROM jsonb_each($1) WHERE $2 -> key IS DISTINCT FROM value);

-- Every table, by plain DML ----------------------------------------------------
INSERT INTO authz.resource_types (name, parent, has_members, base_permissions) VALUES ('org', NULL, true, '{none}'), ('repo', 'org', false, NULL);
INSERT INTO authz.permissions (name, resource_type, status) VALUES ('org.view', 'org', 'active'), ('repo.pull', 'repo', 'active'), ('repo.push', 'repo', 'planned');
INSERT INTO authz.permission_requirements VALUES ('repo.push', 'repo.pull');
SELECT * FROM news();

INSERT INTO authz.resources (resource) VALUES ('org:1');
INSERT INTO authz.resources (resource, parent_id) SELECT 'repo:1', id FROM authz.resources WHERE resource = 'org:1';
INSERT INTO authz.subjects (subject, resource_id) SELECT 'org:1#member', id FROM authz.resources WHERE resource = 'org:1';
INSERT INTO authz.subjects (subject, resource_id) SELECT 'team:eng', id FROM authz.resources WHERE resource = 'org:1';
INSERT INTO authz.subjects (subject, resource_id, parent_id)
SELECT 'team:db', resource_id, id FROM authz.subjects WHERE subject = 'team:eng';
INSERT INTO authz.subjects (subject) VALUES ('alice');
INSERT INTO authz.memberships SELECT g.id, m.id FROM authz.subjects g, authz.subjects m WHERE g.subject = 'org:1#member' AND m.subject = 'user:alice';
SELECT * FROM news();

INSERT INTO authz.roles (name, resource_type) VALUES ('read', 'repo');
INSERT INTO authz.roles (name, resource_type, inherits_id) SELECT 'write', 'repo', id FROM authz.roles WHERE name = 'read';
INSERT INTO authz.roles (name, resource_type, owner_id) SELECT 'Release manager', 'org', id FROM authz.resources WHERE resource = 'org:1';
INSERT INTO authz.role_base_roles SELECT r.id, 'repo', w.id FROM authz.roles r, authz.roles w WHERE r.name = 'Release manager' AND w.name = 'write';
INSERT INTO authz.role_permissions SELECT id, 'repo.pull' FROM authz.roles WHERE name = 'read';
INSERT INTO authz.management_permissions VALUES ('repo', 'assign_role', 'org.view');
INSERT INTO authz.management_roles SELECT 'repo', 'drop_resource', id FROM authz.roles WHERE name = 'write';
SELECT * FROM news();

INSERT INTO authz.assignments (subject_id, role_id, resource_id, source, expires_at)
SELECT s.id, r.id, o.id, 'okta', '2100-01-01 00:00+00' FROM authz.subjects s, authz.roles r, authz.resources o
WHERE s.subject = 'team:eng' AND r.name = 'Release manager' AND o.resource = 'org:1';
SELECT event, object, old, new - 'expires_at' AS new, new ? 'expires_at' AS expires FROM news();

-- Changes.
UPDATE authz.resource_types SET base_permissions = '{none,read}' WHERE name = 'org';
UPDATE authz.permissions SET status = 'active' WHERE name = 'repo.push';
UPDATE authz.subjects SET parent_id = NULL WHERE subject = 'team:db';
UPDATE authz.roles SET name = 'writer' WHERE name = 'write';
SELECT event, object, diff(old, new), diff(new, old) FROM news();
-- A new name of a permission reaches what refers to it.
UPDATE authz.permissions SET name = 'repo.read' WHERE name = 'repo.pull';
SELECT event, object, diff(old, new), diff(new, old) FROM news();
-- A change that changes nothing is none.
UPDATE authz.assignments SET source = 'okta';
UPDATE authz.roles SET name = name;
DELETE FROM authz.assignments WHERE false;
SELECT * FROM news();
-- Nor does what did not happen leave an entry.
BEGIN;
DELETE FROM authz.assignments;
SELECT event FROM news();
ROLLBACK;
INSERT INTO authz.memberships SELECT g.id, m.id FROM authz.subjects g, authz.subjects m WHERE g.subject = 'user:alice' AND m.subject = 'user:alice';
SELECT * FROM news();

-- Removals are named, also of what went before in the same statement or cascade.
DELETE FROM authz.resources WHERE resource = 'org:1';
SELECT event, object, old FROM news();
DELETE FROM authz.management_roles;
UPDATE authz.resource_types SET base_permissions = NULL WHERE name = 'org';
DELETE FROM authz.roles;
SELECT event, object, old -> 'inherits' AS inherits FROM news() ORDER BY event, object;
DELETE FROM authz.management_permissions;
DELETE FROM authz.permission_requirements;
DELETE FROM authz.permissions;
DELETE FROM authz.resource_types;
SELECT event, object FROM news() ORDER BY event, object;

-- Who ----------------------------------------------------------------------------
SELECT authz.install_catalog('github') IS NOT NULL AS installed LIMIT 1;
SELECT authz.create_resource('organization:7') IS NOT NULL AS made;
CREATE FUNCTION add_member(member text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM authz.add_member('organization:7', member);
END
$$;
UPDATE seen SET id = (SELECT max(id) FROM authz.audit_log);
SET authz.subject = 'user:root';
SET ROLE regress_authz_dba;
INSERT INTO authz.subjects (subject) VALUES ('user:one');
RESET ROLE;
SET authz.subject = '';
SET ROLE regress_authz_dba;
INSERT INTO authz.subjects (subject) VALUES ('user:two');
RESET ROLE;
-- Inside a function it is still the role of the session.
SET authz.subject = 'service_account:ci';
SET ROLE regress_authz_dba;
SELECT add_member('user:three');
RESET ROLE;
RESET authz.subject;
SELECT l.event, l.object, l.actor, CASE WHEN l.database_role = current_user THEN 'the superuser' ELSE l.database_role END AS database_role
FROM authz.audit_log l, seen s WHERE l.id > s.id ORDER BY l.id;
SELECT count(DISTINCT transaction_id), bool_and(transaction_id < pg_current_xact_id()), bool_and(at <= clock_timestamp())
FROM authz.audit_log l, seen s WHERE l.id > s.id;
SELECT count(*) > 0 AS entries FROM news();

-- In bulk ------------------------------------------------------------------------
INSERT INTO authz.subjects (subject) SELECT 'user:u' || i FROM generate_series(1, 2500) AS i;
SELECT count(*), count(DISTINCT object), count(DISTINCT at), count(DISTINCT l.id), min(object), max(new ->> 'subject') FROM authz.audit_log l, seen s WHERE l.id > s.id;
COPY authz.resources (resource, parent_id) FROM stdin;
repository:1	\N
repository:2	\N
\.
SELECT event, object FROM news() WHERE event <> 'subject.create';
INSERT INTO authz.assignments (subject_id, role_id, resource_id)
SELECT s.id, r.id, o.id FROM authz.subjects s, authz.roles r, authz.resources o
WHERE s.subject::text LIKE 'user:u%' AND r.name = 'read' AND o.resource = 'repository:1';
UPDATE authz.assignments SET source = 'github';
DELETE FROM authz.assignments;
SELECT event, count(*), count(DISTINCT coalesce(old, new) ->> 'subject') AS subjects, count(DISTINCT object) AS objects,
       array_agg(DISTINCT old ->> 'source') AS old, array_agg(DISTINCT new ->> 'source') AS new
FROM news() GROUP BY event ORDER BY event;
-- Entries are in all indexes, also those that somebody adds.
CREATE INDEX audit_log_subject_idx ON authz.audit_log ((new ->> 'subject')) WHERE event = 'assignment.create';
SELECT authz.grant_role('user:u7', 'write', 'repository:2') IS NOT NULL AS granted;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT object FROM authz.audit_log WHERE event = 'assignment.create' AND new ->> 'subject' = 'user:u7' AND new ->> 'role' = 'write';
SELECT object FROM authz.audit_log WHERE event = 'assignment.create' AND new ->> 'subject' = 'user:u7' AND new ->> 'role' = 'write';
RESET enable_seqscan;
DROP INDEX authz.audit_log_subject_idx;

-- Sentences ----------------------------------------------------------------------
UPDATE seen SET id = (SELECT max(id) FROM authz.audit_log);
SET authz.subject = 'user:root';
SELECT authz.create_team('team:ops', 'organization:7') IS NOT NULL AS made;
SELECT authz.add_member('team:ops', 'user:three') IS NOT NULL AS made;
SELECT authz.create_role('Release manager', 'organization', 'organization:7', base_role => 'write') IS NOT NULL AS made;
SELECT authz.add_permissions(authz.role_id('Release manager', 'organization', 'organization:7'), '{read_audit_logs}') IS NOT NULL AS made;
SELECT authz.rename_role(authz.role_id('Release manager', 'organization', 'organization:7'), 'Releaser') IS NOT NULL AS made;
SELECT authz.grant_role('team:ops', 'Releaser', 'organization:7') IS NOT NULL AS granted;
SELECT authz.grant_role('user:three', 'read', 'organization:7', role_type => 'repository', source => 'okta', expires_at => '2100-01-01 00:00+00') IS NOT NULL AS granted;
UPDATE authz.assignments SET expires_at = '2101-01-01 00:00+00' WHERE source = 'okta';
RESET authz.subject;
SELECT authz.revoke_role('team:ops', 'Releaser', 'organization:7');
SELECT authz.remove_member('team:ops', 'user:three');
SET timezone = 'UTC';
SELECT replace(sentence, quote_ident(current_user), 'superuser') AS sentence FROM authz.audit_trail t, seen s WHERE t.id > s.id ORDER BY t.id;
RESET timezone;

-- Append-only --------------------------------------------------------------------
INSERT INTO authz.audit_log (event, database_role, object) VALUES ('role.create', 'nobody', 'forged');
\set VERBOSITY sqlstate
INSERT INTO authz.audit_log (event, database_role, object) SELECT '', '', '' WHERE false;
INSERT INTO authz.audit_log (id, event, database_role, object) SELECT max(id), '', '', '' FROM authz.audit_log ON CONFLICT (id) DO UPDATE SET event = 'forged';
UPDATE authz.audit_log SET event = 'forged';
DELETE FROM authz.audit_log;
TRUNCATE authz.audit_log;
TRUNCATE authz.audit_log CASCADE;
MERGE INTO authz.audit_log l USING (SELECT 1) x ON true WHEN MATCHED THEN DELETE;
WITH gone AS (DELETE FROM authz.audit_log RETURNING *) SELECT count(*) FROM gone;
COPY authz.audit_log (event, database_role, object) FROM stdin;
\.
-- By another role that was granted everything.
GRANT ALL ON authz.audit_log TO regress_authz_dba;
SET ROLE regress_authz_dba;
INSERT INTO authz.audit_log (event, database_role, object) VALUES ('role.create', 'nobody', 'forged');
UPDATE authz.audit_log SET event = 'forged';
DELETE FROM authz.audit_log;
RESET ROLE;
-- Where ordinary triggers do not fire.
SET session_replication_role = replica;
INSERT INTO authz.audit_log (event, database_role, object) VALUES ('role.create', 'nobody', 'forged');
UPDATE authz.audit_log SET event = 'forged';
DELETE FROM authz.audit_log;
TRUNCATE authz.audit_log;
RESET session_replication_role;
-- From the inside of a trigger of one's own, as deep as one likes.
CREATE FUNCTION forge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO authz.audit_log (event, database_role, object) VALUES ('role.create', 'nobody', 'forged');
    RETURN NULL;
END
$$;
CREATE TRIGGER d_forge AFTER INSERT ON authz.subjects FOR EACH STATEMENT EXECUTE FUNCTION forge();
INSERT INTO authz.subjects (subject) VALUES ('user:forger');
DROP TRIGGER d_forge ON authz.subjects;
DROP FUNCTION forge();
\set VERBOSITY default
SELECT count(*) FROM authz.audit_log WHERE 'forged' IN (event, object);

-- The settings of a dump, by which a restore is recognised, do not open a log that
-- is in use.  (test/t/008_restore.pl restores one.)
BEGIN;
SELECT set_config('search_path', '', true);
SET LOCAL check_function_bodies = off;
SET LOCAL row_security = off;
INSERT INTO authz.audit_log (id, event, database_role, object) VALUES (-1, 'role.create', 'elsewhere', 'restored');
ROLLBACK;

-- The trigger is for authz's own tables.
CREATE TABLE own (subject authz.subject);
CREATE TRIGGER own_audit AFTER INSERT ON own REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION authz_internal.audit();
INSERT INTO own VALUES ('user:x');
CREATE TABLE assignments (LIKE authz.assignments INCLUDING DEFAULTS);
CREATE TRIGGER own_audit AFTER INSERT ON assignments REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION authz_internal.audit();
INSERT INTO assignments (id, subject_id, role_id, resource_id) VALUES (1, 1, 1, 1);
DROP TABLE own, assignments;
SELECT authz_internal.audit();
GRANT USAGE ON SCHEMA authz_internal TO regress_authz_web;
SET ROLE regress_authz_web;
CREATE TEMP TABLE own (subject authz.subject);
CREATE TRIGGER own_audit AFTER INSERT ON own REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION authz_internal.audit();
DROP TABLE own;
RESET ROLE;
REVOKE USAGE ON SCHEMA authz_internal FROM regress_authz_web;
SET ROLE regress_authz_web;
SELECT count(*) FROM authz.audit_log;
SELECT count(*) FROM authz.audit_trail;

-- Retention ----------------------------------------------------------------------
SELECT authz.purge_audit_log(now());
RESET ROLE;
GRANT EXECUTE ON FUNCTION authz.purge_audit_log(timestamptz) TO regress_authz_web, regress_authz_dba;
SET ROLE regress_authz_web;
SELECT authz.purge_audit_log(now());
RESET ROLE;
SELECT authz.purge_audit_log(NULL) IS NULL AS nothing;
SELECT count(*) AS entries FROM authz.audit_log WHERE event = 'audit_log.purge';
SELECT count(*) AS total FROM authz.audit_log \gset
SET ROLE regress_authz_dba;
SELECT authz.purge_audit_log('2000-01-01 00:00+00');
SELECT authz.purge_audit_log('infinity') = :total + 1 AS all_of_them;
SELECT event, actor, database_role, old, new - 'removed' AS new, (new ->> 'removed')::bigint = :total + 1 AS removed, object FROM authz.audit_log;
RESET ROLE;
GRANT SELECT ON authz.audit_trail TO regress_authz_web;
SET ROLE regress_authz_web;
SELECT sentence ~ '^database role "regress_authz_dba" purged \d+ audit entries from before infinity$' AS sentence FROM authz.audit_trail;
RESET ROLE;
BEGIN READ ONLY;
SELECT authz.purge_audit_log(now());
ROLLBACK;

-- Columns that somebody has added, of whatever type, are audited as to_jsonb() has them.
BEGIN;
INSERT INTO authz.resource_types (name) VALUES ('thing');
INSERT INTO authz.permissions (name, resource_type) VALUES ('thing.view', 'thing');
INSERT INTO authz.roles (name, resource_type) VALUES ('viewer', 'thing');
CREATE TYPE mood AS ENUM ('good');
CREATE DOMAIN label AS varchar(9);
ALTER TABLE authz.resources
    ADD COLUMN gone int, ADD COLUMN noted date, ADD COLUMN size numeric, ADD COLUMN nothing numeric, ADD COLUMN small int2, ADD COLUMN ratio float8,
    ADD COLUMN name name, ADD COLUMN code char(4), ADD COLUMN word "char", ADD COLUMN label label, ADD COLUMN mood mood, ADD COLUMN doc jsonb,
    ADD COLUMN key uuid, ADD COLUMN tags text[], ADD COLUMN numbers int[], ADD COLUMN period interval, ADD COLUMN bytes bytea,
    ADD COLUMN pair authz.resource, ADD COLUMN may authz.permission_set, ADD COLUMN flag boolean DEFAULT true, ADD COLUMN other authz.mixed_role;
ALTER TABLE authz.resources DROP COLUMN gone;
DO $$ BEGIN EXECUTE 'ALTER TABLE authz.resources ' || (SELECT string_agg(format('ADD COLUMN more_%s date', n), ', ') FROM generate_series(1, 40) AS n); END $$;
INSERT INTO authz.resources (resource, noted, size, nothing, small, ratio, name, code, word, label, mood, doc, key, tags, numbers, period, bytes, pair, may, other, more_40)
VALUES ('thing:5', '2024-01-01', 12.5, 'NaN', 7, 0.1, 'n', 'ab', 'x', 'l', 'good', '{"a": [1]}', '00000000-0000-0000-0000-000000000001', '{a,NULL}', '{1,2}', '1 day',
        '\x00ff', 'thing:1', '{a,b}', ROW ('user:a', 'org:1', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 4), '2024-01-02');
SELECT count(*) > 0 AS news FROM news();
UPDATE authz.resources SET noted = '2024-02-01', tags = NULL, more_40 = NULL WHERE resource = 'thing:5';
SELECT event, object, jsonb_pretty(new) AS new, diff(old, new) FROM news();
DELETE FROM authz.resources WHERE resource = 'thing:5';
SELECT event, object, old ->> 'noted' AS noted FROM news();
ALTER TABLE authz.role_permissions ADD COLUMN since date DEFAULT '2024-01-01';
INSERT INTO authz.role_permissions SELECT id, 'thing.view' FROM authz.roles WHERE name = 'viewer' AND resource_type = 'thing';
SELECT event, new ->> 'since' AS since FROM news();
-- It does not take the place of what the log says itself.
ALTER TABLE authz.role_permissions ADD COLUMN role text DEFAULT 'another', ADD COLUMN role_type text;
DELETE FROM authz.role_permissions WHERE permission = 'thing.view';
SELECT count(*) > 0 AS news FROM news();
INSERT INTO authz.role_permissions (role_id, permission) SELECT id, 'thing.view' FROM authz.roles WHERE name = 'viewer' AND resource_type = 'thing';
SELECT new ->> 'role' AS role, new ->> 'role_type' AS role_type, new ->> 'role (column)' AS added FROM news();
ROLLBACK;

DROP FUNCTION add_member(text);
DROP FUNCTION news();
DROP FUNCTION diff(jsonb, jsonb);
DROP TABLE seen;
DROP OWNED BY regress_authz_dba, regress_authz_web;
DROP ROLE regress_authz_dba, regress_authz_web;
