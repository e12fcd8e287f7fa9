-- Rows of a tracked table and resources after random statements of random people, with
-- triggers of the application that change and suppress rows.  Each row has a token, and
-- when it is new its holder is granted a role; so after every statement each row must have
-- its resource, under its parent, with its own holder and nobody else's.
\i sql/include/fresh.sql
\getenv tree PG_ABS_SRCDIR
\set include :tree/sql/include/tenants.sql
\i :include
SELECT setseed(0.4711);
SELECT authz.untrack('projects', drop_resources => true);
DROP TABLE projects CASCADE;
CREATE SEQUENCE tokens;
CREATE TABLE plain (id integer, organization_id integer DEFAULT 9 REFERENCES organizations ON UPDATE CASCADE, other integer UNIQUE, token integer DEFAULT nextval('tokens'),
    PRIMARY KEY (id), UNIQUE (token));
CREATE TABLE swapping (id integer UNIQUE DEFERRABLE, organization_id integer DEFAULT 9 REFERENCES organizations, other integer, token integer DEFAULT nextval('tokens'));
CREATE TABLE parted (id integer, organization_id integer DEFAULT 9 REFERENCES organizations ON UPDATE CASCADE, other integer, token integer DEFAULT nextval('tokens')) PARTITION BY LIST (organization_id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2, NULL);
CREATE TABLE parted_3 (token integer DEFAULT nextval('tokens'), gone text, organization_id integer DEFAULT 9, id integer, other integer);
ALTER TABLE parted_3 DROP gone;
ALTER TABLE parted ATTACH PARTITION parted_3 DEFAULT;
CREATE TABLE granted (token integer);
CREATE FUNCTION welcome() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    -- A row that has moved to another partition is not new.
    IF NEW.id IS NOT NULL AND NOT EXISTS (SELECT FROM granted AS g WHERE g.token = NEW.token) THEN
        INSERT INTO granted VALUES (NEW.token);
        PERFORM authz.grant_role('user:holder' || NEW.token, 'viewer', 'project:' || NEW.id);
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id % 11 = 0 THEN NEW.id := NEW.id + 1; END IF;
    RETURN CASE WHEN NEW.id % 13 = 0 THEN NULL ELSE NEW END;
END $$;

-- A statement within a statement.
CREATE FUNCTION nested(command text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE command; RETURN command; END $$;
CREATE FUNCTION random_statement(relation text)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    a integer := 1 + random() * 40;
    b integer := 1 + random() * 40;
    n integer := random() * 3;
    org text := (ARRAY['1', '2', '9', '3', 'NULL'])[1 + floor(random() * 4.2)];
    conflict text := CASE relation WHEN 'plain' THEN (ARRAY['', '(id)', '(other)'])[1 + floor(random() * 3)] END;
    statement text;
BEGIN
    statement := CASE floor(random() * 19)
        WHEN 0 THEN 'INSERT INTO %1$s (id, organization_id, other) SELECT %2$s + i, %4$s, %2$s + i FROM generate_series(0, %5$s) AS i'
        WHEN 1 THEN 'INSERT INTO %1$s (id, organization_id, other) SELECT %2$s + i, %4$s, %3$s + i FROM generate_series(0, %5$s) AS i RETURNING id'
        WHEN 2 THEN CASE WHEN conflict <> '(other)' THEN 'INSERT INTO %1$s (id, organization_id, other) SELECT %2$s + i, %4$s, %3$s + i FROM generate_series(0, %5$s) AS i ON CONFLICT %6$s DO NOTHING RETURNING id' END
        WHEN 3 THEN CASE WHEN conflict = '(id)' THEN 'INSERT INTO %1$s (id, organization_id, other) SELECT %2$s + i, %4$s, %3$s + i FROM generate_series(0, %5$s) AS i ON CONFLICT %6$s DO UPDATE SET organization_id = excluded.organization_id, id = excluded.id + 7' END
        WHEN 4 THEN CASE WHEN conflict = '(id)' THEN 'INSERT INTO %1$s (id, organization_id, other) VALUES (%2$s, %4$s, %3$s) ON CONFLICT %6$s DO UPDATE SET other = excluded.other RETURNING token' END
        WHEN 5 THEN 'UPDATE %1$s SET organization_id = %4$s WHERE id BETWEEN %2$s AND %2$s + %5$s RETURNING id'
        WHEN 6 THEN 'UPDATE %1$s SET id = id + 1 WHERE id >= %2$s'
        WHEN 7 THEN 'UPDATE %1$s SET id = %2$s + %3$s - id WHERE id IN (%2$s, %3$s)'
        WHEN 8 THEN 'UPDATE %1$s SET id = %2$s, organization_id = %4$s WHERE id = %3$s'
        WHEN 9 THEN 'DELETE FROM %1$s WHERE id BETWEEN %2$s AND %2$s + %5$s'
        WHEN 10 THEN 'WITH d AS (DELETE FROM %1$s WHERE id BETWEEN %2$s AND %2$s + %5$s RETURNING id, other) INSERT INTO %1$s (id, organization_id, other) SELECT id, %4$s, other FROM d RETURNING id'
        WHEN 11 THEN 'MERGE INTO %1$s AS t USING (SELECT %2$s + i AS id FROM generate_series(0, %5$s) AS i) AS v ON t.id = v.id WHEN MATCHED AND t.id %% 3 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET organization_id = %4$s, id = t.id + 5 WHEN NOT MATCHED THEN INSERT (id, organization_id, other) VALUES (v.id, %4$s, v.id + %3$s)'
        WHEN 12 THEN 'UPDATE %1$s SET id = NULL WHERE id = %2$s'
        WHEN 13 THEN CASE WHEN org <> 'NULL' THEN 'DELETE FROM organizations WHERE id = %4$s AND %2$s > 25' END
        WHEN 14 THEN 'INSERT INTO organizations SELECT i FROM unnest(''{1,2,3,9}''::integer[]) AS i ON CONFLICT DO NOTHING'
        WHEN 15 THEN 'WITH u AS (UPDATE %1$s SET organization_id = %4$s WHERE id = %2$s RETURNING id) DELETE FROM organizations WHERE id = 3 AND EXISTS (SELECT FROM u)'
        WHEN 17 THEN 'UPDATE %1$s SET id = %3$s, organization_id = %4$s WHERE id = %2$s RETURNING nested(%7$L)'
        WHEN 18 THEN 'INSERT INTO %1$s (id, organization_id, other) VALUES (%3$s, %4$s, %2$s) RETURNING nested(%7$L)'
        WHEN 16 THEN 'UPDATE organizations SET id = 12 - id WHERE id IN (3, 9)'
    END;
    RETURN format(statement, relation, a, b, org, n, conflict, format((ARRAY[
        'UPDATE %1$s SET organization_id = 9 WHERE id IN (%2$s, %3$s)', 'UPDATE %1$s SET id = id + 3 WHERE id = %3$s',
        'DELETE FROM %1$s WHERE id IN (%2$s, %3$s)', 'INSERT INTO %1$s (id, organization_id, other) VALUES (%2$s + 2, 1, %2$s + 60)'])[1 + floor(random() * 4)], relation, a, b));
END $$;

-- Rows that have no resource of their own, or resources that no row has, and who holds what.
CREATE FUNCTION wrong(relation text)
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
BEGIN
    RETURN QUERY EXECUTE format($query$
        SELECT format('row %%s of %%s: resource %%s in %%s, held by %%s', t.id, t.organization_id, r.resource, p.resource, h.holders)
        FROM %I AS t
             FULL JOIN (SELECT * FROM authz.resources WHERE resource_type = 'project') AS r ON authz.resource_id(r.resource) = t.id::text AND r.has_row
             LEFT JOIN authz.resources AS p ON p.id = r.parent_id
             LEFT JOIN LATERAL (SELECT string_agg(s.subject::text, ',') AS holders FROM authz.assignments AS a JOIN authz.subjects AS s ON s.id = a.subject_id WHERE a.resource_id = r.id) AS h ON true
        WHERE (t.id IS NOT NULL OR r.id IS NOT NULL)
          AND (r.id IS NULL OR t.token IS NULL OR p.resource::text IS DISTINCT FROM 'organization:' || t.organization_id
               OR h.holders IS DISTINCT FROM 'user:holder' || t.token)$query$, relation);
END $$;

CREATE FUNCTION run(relation text, statements integer)
RETURNS TABLE (outcome text, found boolean)
LANGUAGE plpgsql
AS $$
DECLARE
    statement text;
    person text;
    done integer := 0;
    refused integer := 0;
    states text[] := '{}';
    before text[];
BEGIN
    FOR i IN 1 .. statements LOOP
        statement := random_statement(relation);
        CONTINUE WHEN statement IS NULL;
        person := (ARRAY['', 'user:olga', 'user:otto', 'user:edda'])[1 + floor(random() * 4)];
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
            WHEN triggered_data_change_violation OR object_not_in_prerequisite_state OR unique_violation OR insufficient_privilege OR foreign_key_violation OR undefined_object OR cardinality_violation OR not_null_violation OR check_violation OR no_data_found THEN
                refused := refused + 1;
                states := states || SQLSTATE;
        END;
        RESET ROLE;
        PERFORM set_config('authz.subject', '', true);
        IF EXISTS (SELECT FROM wrong(relation)) THEN
            RAISE EXCEPTION 'statement % of %: %', i, person, statement USING DETAIL = (SELECT string_agg(w, E'\n') FROM wrong(relation) AS w);
        END IF;
    END LOOP;
    RETURN QUERY SELECT 'done', done > statements / 3;
    RETURN QUERY SELECT 'refused ' || s, bool_or(true) FROM unnest(states) AS s WHERE s IN ('23505', '42501') GROUP BY s ORDER BY s;
END $$;

CREATE FUNCTION prepare(relation regclass, key_action text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM authz.resources WHERE resource_type = 'project';
    PERFORM authz.track(relation, 'project', 'id', 'organization_id');
    EXECUTE format('ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY', relation);
    EXECUTE format('ALTER TABLE %1$s DROP CONSTRAINT %1$s_organization_id_fkey, ADD FOREIGN KEY (organization_id) REFERENCES organizations ON UPDATE CASCADE ON DELETE %2$s', relation, key_action);
    EXECUTE format('CREATE POLICY s ON %1$s FOR SELECT USING (authz.has_permission(''project.view'', id))', relation);
    EXECUTE format('CREATE POLICY i ON %1$s FOR INSERT WITH CHECK (authz.has_permission(''organization.projects'', organization_id))', relation);
    EXECUTE format('CREATE POLICY u ON %1$s FOR UPDATE USING (authz.has_permission(''project.edit'', id)) WITH CHECK (true)', relation);
    EXECUTE format('CREATE POLICY d ON %1$s FOR DELETE USING (authz.has_permission(''project.edit'', id))', relation);
    EXECUTE format('CREATE TRIGGER a_welcome AFTER INSERT ON %1$s FOR EACH ROW EXECUTE FUNCTION welcome()', relation);
    EXECUTE format('CREATE TRIGGER change BEFORE INSERT ON %1$s FOR EACH ROW EXECUTE FUNCTION change()', relation);
    EXECUTE format('GRANT ALL ON %1$s, tokens TO regress_authz_app', relation);
END $$;

SELECT prepare('plain', 'SET NULL');
SELECT * FROM run('plain', 1500);
SELECT authz.untrack('plain', drop_resources => true);
SELECT prepare('swapping', 'SET DEFAULT');
SELECT * FROM run('swapping', 1500);
SELECT authz.untrack('swapping', drop_resources => true);
SELECT prepare('parted', 'CASCADE');
SELECT * FROM run('parted', 1500);

DROP TABLE plain, swapping, parted, organizations CASCADE;
DROP OWNED BY regress_authz_app;
DROP ROLE regress_authz_app;
