-- A delete reads what is beneath a row, not all rows, also where all are beneath one.
\i sql/include/fresh.sql
CREATE FUNCTION pg_temp.entries_read(relation regclass) RETURNS numeric LANGUAGE sql
RETURN (SELECT sum(pg_stat_get_xact_tuples_returned(i.indexrelid)) FROM pg_index AS i WHERE i.indrelid = relation);
CREATE FUNCTION pg_temp.delete_rows(relation regclass, ids bigint[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before numeric := pg_temp.entries_read(relation);
    deleted bigint;
    read numeric;
BEGIN
    EXECUTE format('DELETE FROM %s AS d USING unnest($1) AS i (id) WHERE d.id = i.id', relation) USING ids;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    read := pg_temp.entries_read(relation) - before;
    RETURN format('%s deleted, %s', deleted, CASE WHEN read BETWEEN deleted AND 100 * deleted THEN 'few entries read of each index' ELSE read || ' entries read' END);
END
$$;
INSERT INTO authz.resource_types (name, parent, has_members) VALUES ('org', NULL, true), ('leaf', 'org', false);
SELECT authz.create_resource('org:1');
INSERT INTO authz.resources (resource, parent_id) SELECT ('leaf:' || i)::authz.resource, o.id FROM authz.resources AS o, generate_series(1, 5000) AS i WHERE o.resource = 'org:1';
SELECT authz.create_team('team:top', 'org:1');
INSERT INTO authz.subjects (subject, resource_id, parent_id) SELECT ('team:' || i)::authz.subject, t.resource_id, t.id FROM authz.subjects AS t, generate_series(1, 5000) AS i WHERE t.subject = 'team:top';
ANALYZE authz.resources, authz.subjects;
SELECT pg_temp.delete_rows('authz.resources', ARRAY(SELECT r.id FROM authz.resources AS r WHERE r.resource_type = 'leaf' LIMIT 100));
SELECT pg_temp.delete_rows('authz.subjects', ARRAY(SELECT s.id FROM authz.subjects AS s WHERE s.parent_id IS NOT NULL LIMIT 100));
