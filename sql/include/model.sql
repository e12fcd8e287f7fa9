-- A model of test/models: the permission catalog of a real system, in that system's
-- own shape.  :model names it, :document becomes its document.  A test loads it, sets
-- up what the decisions speak of, and states the decisions, each with the place in
-- the system's documentation that says so.
\set file :abs_srcdir '/test/models/' :model '.json'
\set document `cat :'file'`
\set file :abs_srcdir '/sql/include/acting.sql'
\i :file

-- What was made; then what is left to change, which is nothing.
CREATE FUNCTION pg_temp.load(document jsonb)
RETURNS TABLE (what text, count bigint)
LANGUAGE plpgsql
AS $$
BEGIN
    RETURN QUERY
        SELECT made.action || ' ' || (regexp_match(made.object, '^(resource type|permission|role) '))[1], count(*)
        FROM authz.apply(load.document) AS made GROUP BY 1 ORDER BY 1;
    RETURN QUERY SELECT 'applied again', count(*) FROM authz.apply(load.document);
    RETURN QUERY SELECT 'exported and applied', count(*) FROM authz.apply(authz.export());
    RETURN QUERY SELECT 'problems', count(*) FROM authz.validate();
END
$$;

CREATE TEMPORARY TABLE decisions (
    number     integer GENERATED ALWAYS AS IDENTITY,
    subject    text NOT NULL,
    permission text NOT NULL,
    resource   text NOT NULL,
    expected   boolean NOT NULL,
    source     text NOT NULL
);

-- The decisions that are wrong, and those where another question gives another
-- answer than has_permission; then how many are right.
CREATE FUNCTION pg_temp.decide()
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
    d       decisions;
    granted boolean;
    others  text;
    correct integer := 0;
    tried   integer := 0;
BEGIN
    FOR d IN SELECT * FROM decisions ORDER BY number LOOP
        granted := authz.has_permission(d.subject::authz.subject, d.permission, regexp_replace(d.resource, '^[^:]*:', ''));
        tried := tried + 1;
        correct := correct + (granted IS NOT DISTINCT FROM d.expected)::integer;
        IF granted IS DISTINCT FROM d.expected THEN
            RETURN NEXT format('wrong: %s %s on %s is %s (%s)', d.subject, d.permission, d.resource, granted, d.source);
        END IF;
        SELECT string_agg(other.question, ', ' ORDER BY other.question) INTO others
        FROM (VALUES ('permissions_on', authz.permissions_on(d.subject::authz.subject, d.resource::authz.resource) @> d.permission::authz.permission),
                     ('list_resources', EXISTS (SELECT FROM authz.list_resources(d.subject::authz.subject, d.permission) AS r WHERE r::text = d.resource)),
                     ('list_subjects', EXISTS (SELECT FROM authz.list_subjects(d.permission, d.resource::authz.resource) AS s WHERE s::text = d.subject)),
                     ('explain', EXISTS (SELECT FROM authz.explain(d.subject::authz.subject, d.permission, d.resource::authz.resource) AS e WHERE e.grants)))
            AS other (question, answer)
        WHERE other.answer IS DISTINCT FROM granted
            -- It lists users that are known.
          AND (other.question <> 'list_subjects'
               OR d.subject LIKE 'user:%' AND EXISTS (SELECT FROM authz.subjects AS s WHERE s.subject::text = d.subject));
        IF others IS NOT NULL THEN
            RETURN NEXT format('not as has_permission: %s: %s %s on %s', others, d.subject, d.permission, d.resource);
        END IF;
    END LOOP;
    TRUNCATE decisions;
    RETURN NEXT format('%s of %s decisions are right', correct, tried);
END
$$;

-- What people do themselves: ok, or the SQLSTATE of the refusal.
CREATE TEMPORARY TABLE acts (
    number   integer GENERATED ALWAYS AS IDENTITY,
    subject  text NOT NULL,
    command  text NOT NULL,
    expected text NOT NULL,
    source   text NOT NULL
);
CREATE FUNCTION pg_temp.act()
RETURNS SETOF text
LANGUAGE plpgsql
AS $$
DECLARE
    a       acts;
    outcome text;
    correct integer := 0;
    tried   integer := 0;
BEGIN
    FOR a IN SELECT * FROM acts ORDER BY number LOOP
        outcome := pg_temp.acting(a.subject, 'SELECT authz.' || a.command);
        tried := tried + 1;
        correct := correct + (split_part(outcome, ' ', 1) = a.expected)::integer;
        IF split_part(outcome, ' ', 1) <> a.expected THEN
            RETURN NEXT format('wrong: %s: %s is %s (%s)', a.subject, a.command, outcome, a.source);
        END IF;
    END LOOP;
    TRUNCATE acts;
    RETURN NEXT format('%s of %s acts are right', correct, tried);
END
$$;
