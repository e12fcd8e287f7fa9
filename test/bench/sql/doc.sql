-- The application's table, with a policy for every contender: each database role
-- sees the same rows through its own policy, and bench_none through none.
--   bench.docs   number of rows
CREATE TABLE public.doc (
    id bigint NOT NULL,
    project_id bigint NOT NULL,
    owner authz.subject NOT NULL,
    relation oid NOT NULL,          -- something to ask has_table_privilege about
    title text NOT NULL
) WITH (autovacuum_enabled = off);  -- rows.py says when: it changes every plan
-- The owner is one of 2,000 users, the project one of their organization; the
-- rows of a project lie scattered over the table.
INSERT INTO public.doc
    SELECT d, 20 * ((u - 1) % model.size('organizations')) + 1 + (h / 2000) % 20,
           ('user:u' || u)::authz.subject, tables[1 + h % array_length(tables, 1)], 'document ' || d
    FROM generate_series(1, model.size('docs')) AS d,
         LATERAL (SELECT hashint8(d)::bigint & 2147483647 AS h) AS hash,
         LATERAL (SELECT 1 + h % 2000 AS u) AS owner,
         (SELECT array_agg(oid ORDER BY oid) AS tables FROM pg_class
          WHERE relnamespace = 'plain'::regnamespace AND relkind = 'r') AS t;
ALTER TABLE public.doc ADD PRIMARY KEY (id);
CREATE INDEX doc_project_id_idx ON public.doc (project_id);

GRANT USAGE ON SCHEMA plain, floor TO PUBLIC;
GRANT SELECT ON public.doc, plain.visible_project TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA plain TO PUBLIC;
GRANT EXECUTE ON FUNCTION authz.has_permission(authz.subject, text, anyelement) TO bench_none;
ALTER TABLE public.doc ENABLE ROW LEVEL SECURITY;

CREATE POLICY floor ON public.doc TO bench_floor
    USING (floor.always('project.view', project_id));
CREATE POLICY authz ON public.doc TO bench_authz
    USING (authz.has_permission('project.view', project_id));
CREATE POLICY any_array ON public.doc TO bench_any
    USING (project_id = ANY (ARRAY(SELECT id FROM plain.visible_project)));
CREATE POLICY in_select ON public.doc TO bench_in
    USING (project_id IN (SELECT id FROM plain.visible_project));
CREATE POLICY naive_exists ON public.doc TO bench_exists
    USING (EXISTS (
        SELECT FROM plain.near_principal AS s
        JOIN plain.grants AS g ON g.subject_id = s.id
        JOIN plain.flat_role_permission AS rp ON rp.role_id = g.role_id AND rp.permission = 'project.view'
        WHERE (g.project_id = doc.project_id
               OR g.organization_id = (SELECT p.organization_id FROM plain.project AS p WHERE p.id = doc.project_id))
          AND (g.expires_at IS NULL OR g.expires_at > now())));
CREATE POLICY sql_function ON public.doc TO bench_sql
    USING (plain.may_sql('project.view', project_id));
CREATE POLICY plpgsql_function ON public.doc TO bench_plpgsql
    USING (plain.may_plpgsql('project.view', project_id));
