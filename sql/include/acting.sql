-- Acting as somebody: runs a command as regress_authz_web, a role that was granted
-- EXECUTE on the management functions and nothing else, on behalf of a subject.
-- Says what came of it; a refused command leaves nothing behind.
CREATE FUNCTION pg_temp.acting(subject text, command text)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    result text;
    state text;
    message text;
    detail text;
    hint text;
    rule text;
BEGIN
    PERFORM set_config('authz.subject', acting.subject, true);
    BEGIN
        SET LOCAL ROLE regress_authz_web;
        EXECUTE acting.command INTO result;
        RESET ROLE;
        -- Ids are not stable.
        result := coalesce('ok ' || CASE WHEN result ~ '^[0-9]+$' THEN 'id' ELSE nullif(result, '') END, 'ok');
    EXCEPTION WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
            hint = PG_EXCEPTION_HINT, rule = CONSTRAINT_NAME;
        result := format('%s %s', state, message) || coalesce(E'\n    ' || nullif(detail, ''), '')
            || coalesce(E'\n    ' || nullif(hint, ''), '') || coalesce(E'\n    rule ' || nullif(rule, ''), '');
    END;
    PERFORM set_config('authz.subject', '', true);
    RETURN result;
END
$$;
