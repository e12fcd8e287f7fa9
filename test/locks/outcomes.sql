-- A transaction of one call: mix() makes the one that call_at_random() returns, and counts in
-- table outcomes what it ends with.  See mix.sql and tree.sql.
CREATE TABLE outcomes (call text, state text, message text, ms numeric);

CREATE FUNCTION one_of(VARIADIC items text[]) RETURNS text LANGUAGE sql VOLATILE RETURN items[1 + floor(random() * cardinality(items))::int];

CREATE FUNCTION mix() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    call text := call_at_random();
    state text := '00000';
    message text;
    detail text;
    begun timestamptz := clock_timestamp();
BEGIN
    PERFORM set_config('application_name', left(call, 63), false);
    BEGIN
        EXECUTE CASE WHEN starts_with(call, '!') THEN substr(call, 2) ELSE 'SELECT FROM authz.' || call END;
    EXCEPTION WHEN others THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
        IF state = '40P01' THEN
            detail := concat_ws(E'\n', detail, (SELECT string_agg(a.pid || ': ' || a.application_name, E'\n') FROM pg_stat_activity AS a WHERE detail ~ ('rocess ' || a.pid)));
        END IF;
    END;
    INSERT INTO outcomes VALUES (CASE WHEN starts_with(call, '!') THEN split_part(call, ' ', 1) ELSE split_part(call, '(', 1) END, state,
        CASE WHEN state IN ('40P01', '55P03', '23503', '23505', '40001', '53200') OR state ~ '^XX' THEN concat_ws(E'\n', call, message, detail) END, 1000 * extract(epoch FROM clock_timestamp() - begun));
END
$$;
