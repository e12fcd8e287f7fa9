-- Names in authz's own queries mean the server's, whatever the caller has in front
-- of pg_catalog: who can capture one runs code as the owner of the extension.
\i sql/include/fresh.sql
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT authz.install_catalog('github') IS NOT NULL AS installed LIMIT 1;
CREATE ROLE regress_authz_capture;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA authz TO regress_authz_capture;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA authz TO regress_authz_capture;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA authz, authz_internal TO regress_authz_capture;
CREATE SCHEMA capture AUTHORIZATION regress_authz_capture;
CREATE SCHEMA work AUTHORIZATION regress_authz_capture;

-- Look-alikes that tell as whom they ran.
SET ROLE regress_authz_capture;
CREATE TABLE capture.loot (who name, what text);
GRANT ALL ON capture.loot TO PUBLIC;
DO $$
DECLARE
    type text;
    op text;
    number integer := 0;
BEGIN
    FOREACH type IN ARRAY ARRAY['bigint', 'integer', 'text', 'boolean', 'timestamptz', 'bigint[]', 'text[]', 'authz.subject', 'authz.resource', 'authz.permission'] LOOP
        FOREACH op IN ARRAY ARRAY['=', '<>', '<', '>', '<=', '>='] LOOP
            number := number + 1;
            EXECUTE format('CREATE FUNCTION capture.f%s(a %s, b %s) RETURNS boolean LANGUAGE plpgsql AS
                $f$ BEGIN INSERT INTO capture.loot VALUES (current_user, %L); RETURN a OPERATOR(pg_catalog.%s) b; END $f$',
                number, type, type, type || ' ' || op, op);
            EXECUTE format('CREATE OPERATOR capture.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = capture.f%s)', op, type, type, number);
        END LOOP;
    END LOOP;
END
$$;
CREATE FUNCTION capture.unnest(a bigint[]) RETURNS SETOF bigint LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO capture.loot VALUES (current_user, 'unnest'); RETURN QUERY SELECT pg_catalog.unnest(a); END $$;
CREATE FUNCTION capture.now() RETURNS timestamptz LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO capture.loot VALUES (current_user, 'now'); RETURN pg_catalog.now(); END $$;
CREATE FUNCTION capture.statement_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO capture.loot VALUES (current_user, 'statement_timestamp'); RETURN pg_catalog.statement_timestamp(); END $$;

-- A table of the caller's, with code of theirs in the type of its ids.
CREATE FUNCTION work.watch(id bigint) RETURNS boolean LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO capture.loot VALUES (current_user, 'domain'); RETURN true; END $$;
CREATE DOMAIN work.key AS bigint CHECK (work.watch(VALUE));
CREATE TABLE work.tracked (id work.key) PARTITION BY HASH (id);
CREATE TABLE work.part PARTITION OF work.tracked FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE INDEX ON work.tracked (id);

-- The same once with the ordinary path, so that every query has its plan, and then
-- twice with the look-alikes first.  (What the caller's own statements find there
-- runs as the caller.)
CREATE FUNCTION work.everything() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM authz.create_resource('organization:1');
    PERFORM authz.create_resource('organization:2');
    PERFORM authz.create_resource('repository:1', 'organization:1');
    PERFORM authz.add_member('organization:1', 'user:a');
    PERFORM authz.add_member('organization:1', 'user:b');
    PERFORM authz.create_team('team:x', 'organization:1');
    PERFORM authz.create_team('team:y', 'organization:1', 'team:x');
    PERFORM authz.move_team('team:y', NULL);
    PERFORM authz.add_member('team:x', 'user:a');
    PERFORM authz.create_role('Custom', 'organization', 'organization:1', base_role => 'write');
    PERFORM authz.add_permissions(authz.role_id('Custom', 'organization', 'organization:1'), '{push_protected_branch}');
    PERFORM authz.grant_role('user:a', 'owner', 'organization:1');
    PERFORM authz.grant_role('user:b', 'owner', 'organization:1');
    PERFORM authz.grant_role('team:x', 'write', 'repository:1');
    PERFORM authz.grant_role('team:x', 'read', 'repository:1');
    PERFORM authz.set_base_permission('organization:1', 'read');
    PERFORM authz.has_permission('user:a', 'push', 1), authz.permissions_on('user:a', 'repository:1');
    PERFORM FROM authz.explain('user:a', 'push', 'repository:1');
    PERFORM FROM authz.mixed_roles('user:a', 'repository:1');
    PERFORM authz.assignment_kind('user:a', 'write', 'repository:1');
    UPDATE authz.resources SET resource = 'repository:2' WHERE resource OPERATOR(pg_catalog.=) 'repository:1';
    UPDATE authz.assignments SET source = 'okta' WHERE source OPERATOR(pg_catalog.=) 'manual';
    PERFORM authz.revoke_role('user:b', 'owner', 'organization:1', source => 'okta');
    PERFORM authz.remove_member('organization:1', 'user:b');
    PERFORM authz.drop_role(authz.role_id('Custom', 'organization', 'organization:1'));
    PERFORM authz.drop_user('user:b');
    PERFORM authz.drop_resource('organization:1');
    INSERT INTO work.tracked VALUES (10);
    PERFORM authz.track('work.tracked', 'repository', 'id');
    INSERT INTO work.tracked VALUES (11);
    PERFORM authz.track('work.tracked', 'repository', 'id');
    PERFORM authz.protect('work.tracked', 'id', for_select => 'pull', for_insert => 'push');
    PERFORM authz.unprotect('work.tracked');
    DELETE FROM work.tracked WHERE id::bigint OPERATOR(pg_catalog.=) 11::bigint;
    PERFORM authz.untrack('work.tracked', drop_resources => true);
    DELETE FROM work.tracked;
    PERFORM authz.drop_resource('organization:2');
    PERFORM authz.drop_user('user:a');
END
$$;
SELECT work.everything();
SET search_path = capture, pg_catalog;
SELECT work.everything();
SELECT work.everything();
SELECT 1::bigint = 1::bigint AS by_look_alike;
RESET search_path;
SELECT who, what, count(*) > 0 AS captured FROM capture.loot WHERE who <> 'regress_authz_capture' GROUP BY who, what ORDER BY what;
-- The look-alikes do work.
SELECT count(*) > 0 AS captured FROM capture.loot WHERE who = 'regress_authz_capture';

RESET ROLE;
DROP SCHEMA capture, work CASCADE;
DROP OWNED BY regress_authz_capture;
DROP ROLE regress_authz_capture;
