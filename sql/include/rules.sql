-- For the tests of the rules: plain DML as an administrator would write it.
\pset format unaligned
\pset tuples_only on

-- What came of a command: how many rows it touched, or all of its error.  A
-- refused command leaves nothing behind.
CREATE FUNCTION pg_temp.try(command text)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    touched bigint;
    message text;
    detail text;
    hint text;
    rule text;
    place text;
BEGIN
    EXECUTE command;
    GET DIAGNOSTICS touched = ROW_COUNT;
    RETURN 'ok ' || touched;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
        rule = CONSTRAINT_NAME, place = TABLE_NAME;
    -- The details of keys name surrogate ids.
    IF SQLSTATE IN ('23503', '23505') THEN
        detail := NULL;
    END IF;
    RETURN concat_ws(E'\n    ', format('%s %s', SQLSTATE, message), replace(nullif(detail, ''), E'\n', E'\n    '), nullif(hint, ''),
                     'rule ' || nullif(rule, '') || ' of ' || nullif(place, ''));
END
$$;

-- Keys by name.
CREATE FUNCTION pg_temp.res(name text) RETURNS bigint LANGUAGE sql STABLE AS
    'SELECT id FROM authz.resources WHERE resource = name::authz.resource';
CREATE FUNCTION pg_temp.sub(name text) RETURNS bigint LANGUAGE sql STABLE AS
    'SELECT id FROM authz.subjects WHERE subject = name::authz.subject';
-- A role by name; a custom one as organization:7/deployer.
CREATE FUNCTION pg_temp.role(name text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT r.id
    FROM authz.roles r
    LEFT JOIN authz.resources o ON o.id = r.owner_id
    WHERE concat_ws('/', o.resource, r.name) = role.name
$$;

-- Who holds what where, in words.
CREATE FUNCTION pg_temp.holdings() RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT format('%s: %s on %s%s%s', s.subject, r.name, o.resource, ' by ' || nullif(a.source, 'manual'),
                  ' until ' || a.expires_at::date)
    FROM authz.assignments a
    JOIN authz.subjects s ON s.id = a.subject_id
    JOIN authz.roles r ON r.id = a.role_id
    JOIN authz.resources o ON o.id = a.resource_id
    ORDER BY s.subject, o.resource, r.name, a.source
$$;
CREATE FUNCTION pg_temp.groups() RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT format('%s: %s', g.subject, string_agg(m.subject::text, ', ' ORDER BY m.subject))
    FROM authz.memberships x
    JOIN authz.subjects g ON g.id = x.group_id
    JOIN authz.subjects m ON m.id = x.member_id
    GROUP BY g.subject
    ORDER BY g.subject
$$;

CREATE FUNCTION pg_temp.grant_dml(subject text, role text, resource text, source text DEFAULT 'manual', expires_at timestamptz DEFAULT NULL)
RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.try(format('INSERT INTO authz.assignments (subject_id, role_id, resource_id, source, expires_at) VALUES (%s, %s, %s, %L, %L)',
                              pg_temp.sub(subject), pg_temp.role(role), pg_temp.res(resource), source, expires_at))
$$;
