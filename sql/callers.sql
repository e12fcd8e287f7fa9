-- Authority comes from who calls: the current user where a management function is
-- called, never the role of the session.  What a stranger's code does for a DBA or in
-- a maintenance command, and what an administrator's does for an application.
\i sql/include/fresh.sql
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT count(*) > 0 AS applied FROM authz.apply($$ {
    "resource_types": [
        {"name": "organization", "has_members": true,
         "management": {"assign_role": "organization.people", "manage_members": "organization.people", "manage_resources": "organization.people",
                        "create_role": "organization.people"}},
        {"name": "project", "parent": "organization", "roles_for": "anyone",
         "management": {"assign_role": "organization.people", "manage_resources": "organization.people"}}],
    "permissions": [
        {"name": "organization.people", "resource_type": "organization"}, {"name": "project.view", "resource_type": "project"}],
    "roles": [
        {"name": "viewer", "resource_type": "project", "permissions": ["project.view"]},
        {"name": "people", "resource_type": "organization", "permissions": ["organization.people"], "base_roles": ["project:viewer"]},
        {"name": "owner", "resource_type": "organization", "all_permissions": true, "base_roles": ["project:viewer"], "min_holders": 1, "protected": true}]
} $$);
SELECT authz.create_resource('organization:1'), authz.create_resource('organization:2'), authz.create_resource('project:1', 'organization:1');
SELECT authz.add_member('organization:1', 'user:olga'), authz.grant_role('user:olga', 'owner', 'organization:1') > 0 AS granted;
SELECT authz.add_member('organization:1', 'user:hana'), authz.grant_role('user:hana', 'people', 'organization:1') > 0 AS granted;
SELECT authz.add_member('organization:2', 'user:otto'), authz.grant_role('user:otto', 'owner', 'organization:2') > 0 AS granted;

CREATE ROLE regress_authz_web;
CREATE ROLE regress_authz_stranger;
CREATE ROLE regress_authz_dba;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA authz, authz_internal TO regress_authz_stranger;
GRANT EXECUTE ON FUNCTION authz.grant_role, authz.add_member, authz.remove_member, authz.create_resource, authz.drop_resource, authz.drop_user TO regress_authz_web;
CREATE SCHEMA lab AUTHORIZATION regress_authz_stranger;
GRANT USAGE ON SCHEMA lab TO PUBLIC;

-- What doc/security.md gives to an administrator who is not the owner.
\getenv tree PG_ABS_SRCDIR
\set document `cat :tree/doc/security.md`
SELECT string_agg(replace(command[1], ' dba;', ' regress_authz_dba;'), E'\n') AS recipe
FROM regexp_matches(:'document', '\n    (GRANT[^;]* TO dba;)', 'g') AS command \gset
:recipe
SET ROLE regress_authz_dba;
SELECT authz.is_administrator();
RESET ROLE;
-- It names every function but parts and trigger functions.
SELECT p.proname
FROM pg_proc AS p
WHERE p.pronamespace = 'authz'::regnamespace AND has_function_privilege('regress_authz_dba', p.oid, 'EXECUTE')
  AND NOT has_function_privilege('regress_authz_web', p.oid, 'EXECUTE')
GROUP BY p.proname
ORDER BY p.proname COLLATE "C";

-- A stranger's code ---------------------------------------------------------------
-- Called by a DBA: its owner's powers.
SET ROLE regress_authz_stranger;
CREATE FUNCTION lab.climb() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    PERFORM authz.add_member('organization:2', 'user:mallory');
    RETURN 'added';
END $$;
CREATE FUNCTION lab.climb_trigger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM lab.climb(); RETURN NEW; END $$;
CREATE TABLE lab.feedback (t text);
CREATE TRIGGER climb BEFORE INSERT ON lab.feedback FOR EACH ROW EXECUTE FUNCTION lab.climb_trigger();
GRANT INSERT ON lab.feedback TO PUBLIC;
SELECT lab.climb();
SET ROLE regress_authz_dba;
SELECT lab.climb();
INSERT INTO lab.feedback VALUES ('hello');
RESET ROLE;
SELECT lab.climb();
INSERT INTO lab.feedback VALUES ('hello');
-- Whatever the session's subject may do, it may do here, too: doc/security.md says so.
SET authz.subject = 'user:otto';
SELECT lab.climb();
RESET authz.subject;
SELECT authz.remove_member('organization:2', 'user:mallory');

-- Every function of the list, by a stranger's definer function that a superuser calls.
SET ROLE regress_authz_stranger;
CREATE FUNCTION lab.attempt(command text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    EXECUTE command;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
CREATE TABLE lab.own (id bigint PRIMARY KEY);
RESET ROLE;
SELECT command, lab.attempt(command) FROM unnest(ARRAY[
    $$SELECT authz.create_resource('organization:3')$$,
    $$SELECT authz.move_resource('project:1', 'organization:2')$$,
    $$SELECT authz.drop_resource('organization:2')$$,
    $$SELECT authz.create_team('team:x', 'organization:2')$$,
    $$SELECT authz.add_member('organization:2', 'user:mallory')$$,
    $$SELECT authz.remove_member('organization:2', 'user:otto')$$,
    $$SELECT authz.drop_user('user:otto')$$,
    $$SELECT authz.create_role('x', 'organization')$$,
    $$SELECT authz.create_role('x', 'organization', 'organization:2')$$,
    $$SELECT authz.drop_role(authz.role_id('viewer', 'project'), cascade => true)$$,
    $$SELECT authz.grant_role('user:mallory', 'owner', 'organization:2')$$,
    $$SELECT authz.revoke_role('user:otto', 'owner', 'organization:2')$$,
    $$SELECT authz.set_base_permission('organization:2', 'viewer')$$,
    $$SELECT authz.list_roles('organization:2')$$,
    $$SELECT authz.list_assignments('organization:2')$$,
    $$SELECT authz.revoke_roles('user:otto', 'organization:2')$$,
    $$SELECT authz.list_members('organization:2')$$,
    $$SELECT authz.list_teams('organization:2')$$,
    $$SELECT authz.list_role_holders('owner', 'organization:2')$$,
    $$SELECT authz.apply('{"permissions": [{"name": "project.view", "status": "planned"}]}')$$,
    $$SELECT authz.apply('{}', dry_run => true)$$,
    $$SELECT authz.install_catalog('github')$$,
    $$SELECT authz.purge_audit_log(now())$$,
    $$SELECT authz.track('lab.own', 'project', 'id')$$,
    $$SELECT authz.untrack('lab.own')$$,
    $$INSERT INTO authz.assignments (subject_id, role_id, resource_id) SELECT 1, 1, 1$$]) AS command;
SELECT count(*) FROM authz.memberships AS m JOIN authz.subjects AS s ON s.id = m.member_id WHERE s.subject = 'user:mallory';

-- Maintenance: to everybody, whoever owns the code.
SET ROLE regress_authz_stranger;
CREATE TABLE lab.t (x int);
CREATE FUNCTION lab.f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
CREATE INDEX t_f ON lab.t (lab.f(x));
INSERT INTO lab.t SELECT generate_series(1, 100);
CREATE FUNCTION lab.g() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM authz.add_member('organization:2', 'user:mallory'); END $$;
CREATE OR REPLACE FUNCTION lab.f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM lab.g(); RETURN $1; END $$;
RESET ROLE;
ANALYZE lab.t;
VACUUM ANALYZE lab.t;
REINDEX INDEX lab.t_f;
CREATE INDEX t_f2 ON lab.t (lab.f(x));
CLUSTER lab.t USING t_f;
SET ROLE regress_authz_stranger;
CREATE MATERIALIZED VIEW lab.m AS SELECT lab.f(1) WITH NO DATA;
RESET ROLE;
REFRESH MATERIALIZED VIEW lab.m;
CREATE TABLE superusers_own (x int);
INSERT INTO superusers_own VALUES (1);
CREATE FUNCTION superusers_f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM authz.purge_audit_log('2000-01-01'); RETURN $1; END $$;
CREATE INDEX ON superusers_own (superusers_f(x));
CREATE OR REPLACE FUNCTION superusers_f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM authz.protect('public.superusers_own', 'x', for_select => 'project.view'); RETURN $1; END $$;
CREATE INDEX ON superusers_own (superusers_f(x));
CREATE OR REPLACE FUNCTION superusers_f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM authz.track('public.superusers_own', 'project', 'x'); RETURN $1; END $$;
CREATE INDEX ON superusers_own (superusers_f(x));
-- Asking is no management.
CREATE OR REPLACE FUNCTION superusers_f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN authz.has_permission('user:olga', 'project.view', $1)::int; END $$;
CREATE INDEX ON superusers_own (superusers_f(x));
DROP TABLE superusers_own;
DROP FUNCTION superusers_f;

-- A foreign key's action runs as the owner of the table that it changes.
SET ROLE regress_authz_stranger;
CREATE TABLE lab.parent (id int PRIMARY KEY);
CREATE TABLE lab.child (id int REFERENCES lab.parent ON DELETE CASCADE);
CREATE FUNCTION lab.climb_invoker() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM authz.add_member('organization:2', 'user:mallory');
    RETURN OLD;
END $$;
CREATE TRIGGER climb BEFORE DELETE ON lab.child FOR EACH ROW EXECUTE FUNCTION lab.climb_invoker();
INSERT INTO lab.parent VALUES (1);
INSERT INTO lab.child VALUES (1);
GRANT SELECT, DELETE ON lab.parent TO regress_authz_dba;
SET ROLE regress_authz_dba;
DELETE FROM lab.parent;
RESET ROLE;
DELETE FROM lab.parent;
-- Also where it comes from within a management function.
GRANT REFERENCES ON authz.resources TO regress_authz_stranger;
SET ROLE regress_authz_stranger;
CREATE TABLE lab.hook (id bigint REFERENCES authz.resources ON DELETE CASCADE);
CREATE TRIGGER climb BEFORE DELETE ON lab.hook FOR EACH ROW EXECUTE FUNCTION lab.climb_invoker();
GRANT INSERT ON lab.hook TO PUBLIC;
RESET ROLE;
INSERT INTO lab.hook SELECT id FROM authz.resources WHERE resource = 'project:1';
SELECT authz.drop_resource('project:1');
DELETE FROM authz.resources WHERE resource = 'project:1';
DROP TABLE lab.hook;
REVOKE REFERENCES ON authz.resources FROM regress_authz_stranger;
SELECT count(*) FROM authz.memberships AS m JOIN authz.subjects AS s ON s.id = m.member_id WHERE s.subject = 'user:mallory';

-- SECURITY INVOKER code has its caller's powers, as everywhere in PostgreSQL.
SET ROLE regress_authz_stranger;
SELECT lab.g();
SET ROLE regress_authz_dba;
SELECT lab.g();
RESET ROLE;
SELECT authz.remove_member('organization:2', 'user:mallory');

-- An administrator's code -----------------------------------------------------------
-- What no tenant may: offboarding, for the application's role.
CREATE FUNCTION offboard(who text) RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT authz.drop_user(who) $$;
ALTER FUNCTION offboard OWNER TO regress_authz_dba;
SELECT authz.add_member('organization:1', 'user:leaver'), authz.add_member('organization:2', 'user:leaver');
SELECT max(id) AS last FROM authz.audit_log \gset
SET authz.subject = 'user:hana';
SET ROLE regress_authz_web;
SELECT authz.drop_user('user:leaver');
SELECT offboard('user:leaver'), offboard('user:leaver');
RESET ROLE;
RESET authz.subject;
-- Who called, whose session, and on whose behalf, in every entry, cascades included.
SELECT event, object, actor, database_role, session_role = session_user AS own_session FROM authz.audit_log WHERE id > :last ORDER BY id;

-- The checks of delegation in an administrator's function: authz.administrator = off.
CREATE FUNCTION share(who text, what text) RETURNS boolean LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET authz.administrator = off
    AS $$ SELECT authz.grant_role(who, 'viewer', what) > 0 $$;
CREATE FUNCTION share_by_hand(who text, what text) RETURNS boolean LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$ SELECT authz.grant_role(who, 'viewer', what) > 0 $$;
SELECT authz.create_resource('project:1', 'organization:1'), authz.create_resource('project:2', 'organization:2');
SET authz.subject = 'user:hana';
SET ROLE regress_authz_web;
SELECT share('user:guest', 'project:1');
SELECT share('user:guest', 'project:2');
SELECT share_by_hand('user:guest', 'project:2');
RESET ROLE;
SET authz.subject = '';
SET ROLE regress_authz_web;
SELECT share('user:guest', 'project:1');
RESET ROLE;
-- For the administrator as well, who sets it in the session.
SET authz.administrator = off;
SELECT authz.is_administrator();
SELECT authz.drop_user('user:guest');
SELECT authz.apply('{}');
SELECT authz.purge_audit_log(now());
SELECT authz.track('lab.own', 'project', 'id');
RESET authz.administrator;
SELECT authz.is_administrator();
SELECT a.subject, a.granted_by FROM authz.list_assignments('project:1') AS a;

-- What becomes of a table is done as the caller: an administrator who is not the owner, with
-- no more than the list above, tracks and protects tables of their own only.
CREATE SCHEMA desk AUTHORIZATION regress_authz_dba;
CREATE TABLE desk.of_others (id bigint PRIMARY KEY);
GRANT ALL ON desk.of_others TO regress_authz_dba;
SET ROLE regress_authz_dba;
CREATE TABLE desk.own (id bigint PRIMARY KEY);
INSERT INTO desk.own VALUES (70);
SELECT authz.track('desk.of_others', 'project', 'id');
SELECT authz.protect('desk.of_others', 'id', for_select => 'project.view');
SELECT authz.track('desk.own', 'projct', 'id');
SELECT authz.track('desk.own', 'project', 'id', creator_role => 'viewr');
SELECT authz.track('desk.own', 'project', 'id');
INSERT INTO desk.own VALUES (71);
SELECT authz.track('desk.own', 'project', 'id');
SELECT authz.protect('desk.own', 'id', for_select => 'project.view');
SELECT tgname, tgfoid::regproc FROM pg_trigger WHERE tgrelid = 'desk.own'::regclass ORDER BY tgname COLLATE "C";
SELECT resource, has_row FROM authz.resources WHERE resource_type = 'project' ORDER BY resource;
SELECT event, database_role, session_role = session_user AS session FROM authz.audit_log WHERE event = 'tracked_table.create' OR object IN ('project:70', 'project:71') ORDER BY id;
SELECT authz.unprotect('desk.own'), authz.untrack('desk.own', drop_resources => true);
SELECT authz.untrack('desk.of_others');
SET authz.administrator = off;
SELECT authz.track('desk.own', 'project', 'id');
RESET authz.administrator;
RESET ROLE;
DROP SCHEMA desk CASCADE;

-- A sign-up trigger of the application, of an administrator's.
CREATE TABLE signups (id bigint PRIMARY KEY);
CREATE FUNCTION first_owner() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM authz.create_resource('organization:' || NEW.id);
    PERFORM authz.add_member('organization:' || NEW.id, authz.current_subject()::text);
    PERFORM authz.grant_role(authz.current_subject()::text, 'owner', 'organization:' || NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER first_owner AFTER INSERT ON signups FOR EACH ROW EXECUTE FUNCTION first_owner();
GRANT INSERT ON signups TO regress_authz_web;
SET authz.subject = 'user:nina';
SET ROLE regress_authz_web;
INSERT INTO signups VALUES (9);
RESET ROLE;
RESET authz.subject;
SELECT authz.permissions_on('user:nina', 'organization:9');

-- Once for all that a call does -------------------------------------------------------
-- An error within a call, and a subtransaction around it, leave nothing behind.
SET authz.subject = 'user:hana';
SET ROLE regress_authz_web;
DO $$
BEGIN
    FOR i IN 1..3 LOOP
        BEGIN
            PERFORM authz.grant_role('user:guest', 'owner', 'organization:1');
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
        IF authz.is_administrator() OR current_user <> 'regress_authz_web' OR authz.current_subject() <> 'user:hana' THEN
            RAISE 'something is left of the call';
        END IF;
    END LOOP;
END $$;
SELECT authz.add_member('organization:1', 'user:new'), authz.is_administrator(), current_user = 'regress_authz_web' AS same_role;
RESET ROLE;
BEGIN;
SAVEPOINT s;
SELECT authz.create_resource('nonsense');
ROLLBACK TO s;
SELECT authz.is_administrator(), current_user = session_user AS same_role;
COMMIT;
-- What a management function takes along is by its caller.
SELECT max(id) AS last FROM authz.audit_log \gset
SET ROLE regress_authz_web;
SELECT authz.drop_resource('project:1');
RESET ROLE;
RESET authz.subject;
SELECT DISTINCT event, actor, database_role FROM authz.audit_log WHERE id > :last ORDER BY event;
-- Plain DML of an administrator, with what it takes along.
SELECT max(id) AS last FROM authz.audit_log \gset
SET ROLE regress_authz_dba;
DELETE FROM authz.subjects WHERE subject = 'user:new';
RESET ROLE;
SELECT event, actor, database_role FROM authz.audit_log WHERE id > :last ORDER BY id;

-- subject_source = 'role' goes by the caller, too.
SET authz.subject_source = 'role';
SELECT authz.add_member('organization:1', 'user:regress_authz_web'), authz.grant_role('user:regress_authz_web', 'people', 'organization:1') > 0 AS granted;
SELECT authz.create_resource('project:3', 'organization:1');
SET ROLE regress_authz_web;
SELECT authz.current_subject(), authz.grant_role('user:guest', 'viewer', 'project:3') > 0 AS granted;
SELECT authz.current_subject(), authz.has_permission('project.view', 3);
SET ROLE regress_authz_stranger;
SELECT authz.current_subject(), authz.has_permission('project.view', 3);
SELECT authz.grant_role('user:guest', 'viewer', 'project:3');
RESET ROLE;
SELECT a.subject, a.granted_by FROM authz.list_assignments('project:3') AS a;
RESET authz.subject_source;

-- Who is an administrator: all ten tables, without SET ROLE.
CREATE ROLE regress_authz_nearly;
GRANT INSERT, UPDATE, DELETE ON authz.resource_types, authz.permissions, authz.permission_requirements, authz.roles, authz.role_permissions,
    authz.role_base_roles, authz.resources, authz.subjects, authz.memberships TO regress_authz_nearly;
SET ROLE regress_authz_nearly;
SELECT authz.is_administrator();
RESET ROLE;
GRANT INSERT, UPDATE ON authz.assignments TO regress_authz_nearly;
SET ROLE regress_authz_nearly;
SELECT authz.is_administrator();
RESET ROLE;
GRANT DELETE ON authz.assignments TO regress_authz_nearly;
SET ROLE regress_authz_nearly;
SELECT authz.is_administrator();
RESET ROLE;
CREATE ROLE regress_authz_heir IN ROLE regress_authz_nearly INHERIT;
CREATE ROLE regress_authz_settable IN ROLE regress_authz_nearly NOINHERIT;
SET ROLE regress_authz_heir;
SELECT authz.is_administrator();
SET ROLE regress_authz_settable;
SELECT authz.is_administrator();
RESET ROLE;

-- A restore is a statement of the owner's, not of a function of the owner's around which
-- somebody has made a dump's settings.
DELETE FROM authz.management_roles;
CREATE FUNCTION touch() RETURNS void LANGUAGE sql SECURITY DEFINER
    AS $$ INSERT INTO authz.management_roles (resource_type, operation, role_id) SELECT 'no such type', 'assign_role', 0 $$;
GRANT EXECUTE ON FUNCTION touch TO regress_authz_web;
BEGIN;
SET LOCAL ROLE regress_authz_web;
SELECT set_config('search_path', '', true), set_config('row_security', 'off', true), set_config('check_function_bodies', 'off', true);
SELECT public.touch();
ROLLBACK;
-- Nobody adds to the log by way of the list of restored tables.
BEGIN;
SELECT set_config('search_path', '', true), set_config('row_security', 'off', true), set_config('check_function_bodies', 'off', true);
INSERT INTO authz_internal.restored_tables VALUES ('audit_log');
ROLLBACK;
DELETE FROM authz_internal.restored_tables;
TRUNCATE authz_internal.restored_tables;

DROP TABLE signups;
DROP FUNCTION offboard, share, share_by_hand, first_owner, touch;
DROP SCHEMA lab CASCADE;
DROP OWNED BY regress_authz_web, regress_authz_stranger, regress_authz_dba, regress_authz_nearly, regress_authz_heir, regress_authz_settable;
DROP ROLE regress_authz_web, regress_authz_stranger, regress_authz_dba, regress_authz_heir, regress_authz_settable, regress_authz_nearly;
