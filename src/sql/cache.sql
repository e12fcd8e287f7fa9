-- Announcing changes: see src/cache/announce.c.

CREATE FUNCTION authz_internal.invalidate() RETURNS trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'authz_invalidate';
COMMENT ON FUNCTION authz_internal.invalidate() IS 'announces a changed row to the caches of all backends';
REVOKE ALL ON FUNCTION authz_internal.invalidate() FROM PUBLIC;

-- Row triggers that always fire: statement triggers do not fire in logical
-- replication's apply, and ordinary ones not in replica mode.  Their names come
-- first in the alphabet, so that they run before any other trigger of ours.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['resource_types', 'permissions', 'resources', 'subjects', 'memberships',
                                'roles', 'role_inherits', 'role_base_roles', 'role_permissions', 'assignments']
    LOOP
        EXECUTE format('CREATE TRIGGER a_invalidate AFTER INSERT OR UPDATE OR DELETE ON authz.%I '
                       'FOR EACH ROW EXECUTE FUNCTION authz_internal.invalidate()', name);
        EXECUTE format('ALTER TABLE authz.%I ENABLE ALWAYS TRIGGER a_invalidate', name);
        EXECUTE format('COMMENT ON TRIGGER a_invalidate ON authz.%I IS %L', name,
                       'announces changes to the caches; where it is disabled, nothing is remembered');
    END LOOP;
END
$$;
