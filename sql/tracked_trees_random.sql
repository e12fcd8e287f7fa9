-- Random statements of random people on a table that refers to itself, as sql/tracked_random.sql
-- has them for a table beneath another one: rows in any order, moves within it, ids and parents
-- together.  After every statement each row must have its resource, under its parent, with its
-- own holder and nobody else's; and nobody has moved what they may not.
\i sql/include/fresh.sql
\getenv tree PG_ABS_SRCDIR
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT setseed(0.1147);
SELECT count(*) > 0 AS applied FROM authz.apply('{
  "resource_types": [
    {"name": "organization", "has_members": true},
    {"name": "folder", "parent": ["folder", "organization"], "management": {"manage_resources": "folder.edit"}}],
  "permissions": [
    {"name": "organization.folders", "resource_type": "organization"},
    {"name": "folder.view", "resource_type": "folder"}, {"name": "folder.edit", "resource_type": "folder"}],
  "roles": [
    {"name": "reader", "resource_type": "folder", "permissions": ["folder.view"]},
    {"name": "keeper", "resource_type": "folder", "inherits": "reader", "permissions": ["folder.edit"]},
    {"name": "owner", "resource_type": "organization", "permissions": ["organization.folders"], "base_roles": ["folder:keeper"]}]}');
CREATE TABLE organizations (id integer PRIMARY KEY);
CREATE SEQUENCE tokens;
CREATE TABLE plain (id integer PRIMARY KEY, parent_id integer REFERENCES plain, organization_id integer DEFAULT 9, token integer DEFAULT nextval('tokens'));
CREATE TABLE swapping (id integer UNIQUE DEFERRABLE, parent_id integer, organization_id integer DEFAULT 9, token integer DEFAULT nextval('tokens'));
CREATE TABLE parted (id integer, parent_id integer, organization_id integer DEFAULT 9, token integer DEFAULT nextval('tokens')) PARTITION BY LIST (organization_id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2, NULL);
CREATE TABLE parted_3 (token integer DEFAULT nextval('tokens'), gone text, organization_id integer DEFAULT 9, parent_id integer, id integer);
ALTER TABLE parted_3 DROP gone;
ALTER TABLE parted ATTACH PARTITION parted_3 DEFAULT;
INSERT INTO organizations VALUES (1), (2), (9);
SELECT authz.track('organizations', 'organization', 'id');
SELECT count(authz.add_member('organization:' || o, 'user:' || u)), count(authz.grant_role('user:' || u, 'owner', 'organization:' || o))
FROM (VALUES (1, 'olga'), (2, 'otto'), (9, 'edda'), (1, 'anna'), (2, 'anna')) AS v (o, u);
CREATE ROLE regress_authz_app;
GRANT SET ON PARAMETER authz.subject TO regress_authz_app;
GRANT ALL ON organizations TO regress_authz_app;
CREATE TABLE granted (token integer);
CREATE FUNCTION welcome() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    -- A row that has moved to another partition is not new.
    IF NEW.id IS NOT NULL AND NOT EXISTS (SELECT FROM granted AS g WHERE g.token = NEW.token) THEN
        INSERT INTO granted VALUES (NEW.token);
        PERFORM authz.grant_role('user:holder' || NEW.token, 'reader', 'folder:' || NEW.id);
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id % 11 = 0 THEN NEW.id := NEW.id + 1; END IF;
    RETURN CASE WHEN NEW.id % 13 = 0 THEN NULL ELSE NEW END;
END $$;

-- Where rows refer to others only by parents that stay: without a foreign key, ids that change
-- leave rows behind, which is not for us to mend.
CREATE FUNCTION random_statement(relation text)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    a integer := 1 + random() * 30;
    b integer := 1 + random() * 30;
    c integer := 1 + random() * 30;
    n integer := random() * 4;
    org text := (ARRAY['1', '2', '9', 'NULL'])[1 + floor(random() * 4)];
    shape text := (ARRAY['%2$s + i + 1', '%2$s + i - 1', '%3$s', 'CASE WHEN i > 0 THEN %2$s + (i - 1) / 2 END', 'CASE WHEN i < %5$s THEN %2$s + %5$s END', 'NULL::integer'])[1 + floor(random() * 6)];
    has_key boolean := relation = 'plain';
    statement text;
BEGIN
    statement := CASE floor(random() * 16)
        WHEN 0 THEN 'INSERT INTO %1$s (id, parent_id, organization_id) SELECT %2$s + i, ' || shape || ', %4$s FROM generate_series(0, %5$s) AS i'
        WHEN 1 THEN 'INSERT INTO %1$s (id, parent_id, organization_id) SELECT %2$s + i, ' || shape || ', %4$s FROM generate_series(%5$s, 0, -1) AS i RETURNING id'
        WHEN 2 THEN CASE WHEN has_key THEN 'INSERT INTO %1$s (id, parent_id, organization_id) SELECT %2$s + i, ' || shape || ', %4$s FROM generate_series(0, %5$s) AS i ON CONFLICT (id) DO NOTHING' END
        WHEN 3 THEN CASE WHEN has_key THEN 'INSERT INTO %1$s (id, parent_id, organization_id) SELECT %2$s + i, ' || shape || ', %4$s FROM generate_series(0, %5$s) AS i ON CONFLICT (id) DO UPDATE SET parent_id = excluded.parent_id' END
        WHEN 4 THEN 'UPDATE %1$s SET parent_id = %3$s WHERE id BETWEEN %2$s AND %2$s + %5$s'
        WHEN 5 THEN 'UPDATE %1$s SET parent_id = NULL, organization_id = %4$s WHERE id BETWEEN %2$s AND %2$s + %5$s'
        WHEN 6 THEN 'UPDATE %1$s AS t SET parent_id = (SELECT p.parent_id FROM %1$s AS p WHERE p.id = t.parent_id) WHERE id BETWEEN %2$s AND %2$s + %5$s'
        WHEN 7 THEN 'WITH p AS (SELECT id, parent_id FROM %1$s WHERE parent_id IS NOT NULL AND id >= %2$s ORDER BY id LIMIT 1), g AS (SELECT g.parent_id FROM p JOIN %1$s AS g ON g.id = p.parent_id) '
            'UPDATE %1$s AS t SET parent_id = CASE t.id WHEN p.id THEN g.parent_id ELSE p.id END FROM p, g WHERE t.id IN (p.id, p.parent_id)'
        WHEN 8 THEN CASE WHEN has_key THEN 'UPDATE %1$s SET id = %3$s WHERE id = %2$s' END
        WHEN 9 THEN CASE WHEN has_key THEN 'UPDATE %1$s SET id = id + 40, parent_id = nullif(%3$s, id) WHERE id BETWEEN %2$s AND %2$s + %5$s' END
        WHEN 10 THEN 'UPDATE %1$s SET id = id + 100, parent_id = parent_id + 100'
        WHEN 11 THEN 'UPDATE %1$s SET id = id - 100, parent_id = parent_id - 100 WHERE NOT EXISTS (SELECT FROM %1$s WHERE id <= 100 OR parent_id <= 100)'
        WHEN 12 THEN CASE WHEN NOT has_key THEN 'UPDATE %1$s SET id = CASE id WHEN %2$s THEN %3$s WHEN %3$s THEN %2$s ELSE id END, parent_id = CASE parent_id WHEN %2$s THEN %3$s WHEN %3$s THEN %2$s ELSE parent_id END '
            'WHERE %2$s <> %3$s AND EXISTS (SELECT FROM %1$s WHERE id = %2$s) AND EXISTS (SELECT FROM %1$s WHERE id = %3$s)' END
        WHEN 13 THEN CASE WHEN has_key THEN 'DELETE FROM %1$s WHERE id BETWEEN %2$s AND %2$s + %5$s'
            ELSE 'WITH RECURSIVE d AS (SELECT id FROM %1$s WHERE id = %2$s UNION SELECT c.id FROM d JOIN %1$s AS c ON c.parent_id = d.id) DELETE FROM %1$s WHERE id IN (SELECT id FROM d)' END
        WHEN 14 THEN CASE WHEN has_key THEN 'MERGE INTO %1$s AS t USING (SELECT %2$s + i AS id, ' || shape || ' AS parent_id FROM generate_series(0, %5$s) AS i) AS v ON t.id = v.id WHEN MATCHED AND t.id %% 3 = 0 THEN DELETE '
            'WHEN MATCHED THEN UPDATE SET parent_id = v.parent_id WHEN NOT MATCHED THEN INSERT (id, parent_id, organization_id) VALUES (v.id, v.parent_id, %4$s)' END
        WHEN 15 THEN 'UPDATE %1$s SET organization_id = %4$s WHERE id BETWEEN %2$s AND %2$s + %5$s'
    END;
    RETURN format(statement, relation, a, b, org, n);
END $$;

CREATE FUNCTION wrong(relation text)
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
BEGIN
    RETURN QUERY EXECUTE format($query$
        SELECT format('row %%s of folder %%s, organization %%s: resource %%s in %%s, held by %%s', t.id, t.parent_id, t.organization_id, r.resource, p.resource, h.holders)
        FROM %I AS t
             FULL JOIN (SELECT * FROM authz.resources WHERE resource_type = 'folder') AS r ON authz.resource_id(r.resource) = t.id::text AND r.has_row
             LEFT JOIN authz.resources AS p ON p.id = r.parent_id
             LEFT JOIN LATERAL (SELECT string_agg(s.subject::text, ',') AS holders FROM authz.assignments AS a JOIN authz.subjects AS s ON s.id = a.subject_id WHERE a.resource_id = r.id) AS h ON true
        WHERE (t.id IS NOT NULL OR r.id IS NOT NULL)
          AND (r.id IS NULL OR t.token IS NULL OR p.resource::text IS DISTINCT FROM coalesce('folder:' || t.parent_id, 'organization:' || t.organization_id)
               OR h.holders IS DISTINCT FROM 'user:holder' || t.token)$query$, relation);
END $$;

-- The organization at the top of each row, by token.
CREATE FUNCTION tops(relation text)
RETURNS TABLE (token integer, top integer)
LANGUAGE plpgsql
AS $$
BEGIN
    RETURN QUERY EXECUTE format($query$
        WITH RECURSIVE down AS (
            SELECT t.id, t.token, t.organization_id AS top FROM %1$I AS t WHERE t.parent_id IS NULL
            UNION ALL SELECT t.id, t.token, d.top FROM down AS d JOIN %1$I AS t ON t.parent_id = d.id)
        SELECT token, top FROM down$query$, relation);
END $$;

CREATE FUNCTION run(relation text, statements integer)
RETURNS TABLE (outcome text, found boolean)
LANGUAGE plpgsql
AS $$
DECLARE
    statement text;
    person text;
    done integer := 0;
    states text[] := '{}';
    may integer[];
    moved text;
BEGIN
    FOR i IN 1 .. statements LOOP
        statement := random_statement(relation);
        CONTINUE WHEN statement IS NULL;
        person := (ARRAY['', 'user:olga', 'user:otto', 'user:edda', 'user:anna'])[1 + floor(random() * 5)];
        may := CASE person WHEN 'user:olga' THEN '{1}' WHEN 'user:otto' THEN '{2}' WHEN 'user:edda' THEN '{9}' WHEN 'user:anna' THEN '{1,2}' END;
        CREATE TEMPORARY TABLE tops_before ON COMMIT DROP AS SELECT * FROM tops(relation);
        PERFORM set_config('authz.subject', person, true);
        BEGIN
            IF person <> '' THEN
                SET LOCAL ROLE regress_authz_app;
            END IF;
            EXECUTE statement;
            SET CONSTRAINTS ALL IMMEDIATE;
            RESET ROLE;
            done := done + 1;
            IF random() < 0.1 THEN
                RAISE EXCEPTION USING ERRCODE = 'ZZ000';
            END IF;
        EXCEPTION
            WHEN SQLSTATE 'ZZ000' THEN NULL;
            WHEN triggered_data_change_violation OR object_not_in_prerequisite_state OR unique_violation OR insufficient_privilege OR foreign_key_violation OR undefined_object OR cardinality_violation OR not_null_violation OR check_violation THEN
                states := states || SQLSTATE;
        END;
        RESET ROLE;
        PERFORM set_config('authz.subject', '', true);
        IF EXISTS (SELECT FROM wrong(relation)) THEN
            RAISE EXCEPTION 'statement % of %: %', i, person, statement USING DETAIL = (SELECT string_agg(w, E'\n') FROM wrong(relation) AS w);
        END IF;
        SELECT format('%s from %s to %s', b.token, b.top, n.top) INTO moved
        FROM tops_before AS b JOIN tops(relation) AS n USING (token)
        WHERE b.top IS DISTINCT FROM n.top
          -- A foreign key leaves a row without a parent.
          AND NOT (n.top IS NULL AND statement ~ 'DELETE|SET id') AND ((b.top = ANY (may)) IS NOT TRUE OR (n.top = ANY (may)) IS NOT TRUE)
        LIMIT 1;
        IF person <> '' AND FOUND THEN
            RAISE EXCEPTION 'statement % of %: %', i, person, statement USING DETAIL = moved;
        END IF;
        DROP TABLE tops_before;
    END LOOP;
    RETURN QUERY SELECT 'done', done > statements / 5;
    RETURN QUERY SELECT 'refused ' || s, bool_or(true) FROM unnest(states) AS s WHERE s IN ('23505', '42501') GROUP BY s ORDER BY s;
END $$;

CREATE FUNCTION prepare(relation regclass, key_action text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM authz.resources WHERE resource_type = 'folder';
    PERFORM authz.track(relation, 'folder', 'id', 'folder:parent_id, organization:organization_id');
    EXECUTE format('ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY', relation);
    IF key_action IS NOT NULL THEN
        EXECUTE format('ALTER TABLE %1$s DROP CONSTRAINT %1$s_parent_id_fkey, ADD FOREIGN KEY (parent_id) REFERENCES %1$s %2$s', relation, key_action);
    END IF;
    EXECUTE format('CREATE POLICY s ON %1$s FOR SELECT USING (authz.has_permission(''folder.view'', id))', relation);
    EXECUTE format('CREATE POLICY i ON %1$s FOR INSERT WITH CHECK (true)', relation);
    EXECUTE format('CREATE POLICY u ON %1$s FOR UPDATE USING (authz.has_permission(''folder.edit'', id)) WITH CHECK (true)', relation);
    EXECUTE format('CREATE POLICY d ON %1$s FOR DELETE USING (authz.has_permission(''folder.edit'', id))', relation);
    EXECUTE format('CREATE TRIGGER a_welcome AFTER INSERT ON %1$s FOR EACH ROW EXECUTE FUNCTION welcome()', relation);
    EXECUTE format('CREATE TRIGGER change BEFORE INSERT ON %1$s FOR EACH ROW EXECUTE FUNCTION change()', relation);
    EXECUTE format('GRANT ALL ON %1$s, tokens TO regress_authz_app', relation);
END $$;

SELECT prepare('plain', 'ON UPDATE CASCADE ON DELETE CASCADE');
SELECT * FROM run('plain', 600);
SELECT authz.untrack('plain', drop_resources => true);
CREATE TABLE plain_2 (LIKE plain INCLUDING ALL);
ALTER TABLE plain RENAME TO plain_1;
ALTER TABLE plain_2 RENAME TO plain;
ALTER TABLE plain ADD CONSTRAINT plain_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES plain;
SELECT prepare('plain', 'ON UPDATE SET NULL ON DELETE SET NULL');
SELECT * FROM run('plain', 600);
SELECT authz.untrack('plain', drop_resources => true);
SELECT prepare('swapping', NULL);
SELECT * FROM run('swapping', 600);
SELECT authz.untrack('swapping', drop_resources => true);
SELECT prepare('parted', NULL);
SELECT * FROM run('parted', 600);

DROP TABLE plain, plain_1, swapping, parted, organizations CASCADE;
DROP OWNED BY regress_authz_app;
DROP ROLE regress_authz_app;
