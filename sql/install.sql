-- What CREATE EXTENSION makes, by pg_depend: each query returns violations, so
-- that the expected output has no rows but the list of what is for everybody.
\i sql/include/fresh.sql

CREATE TEMP VIEW members AS
SELECT classid, objid, identified.type, identified.identity
FROM pg_depend
     CROSS JOIN LATERAL pg_identify_object(classid, objid, objsubid) AS identified
WHERE refclassid = 'pg_extension'::regclass
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'authz')
  AND deptype = 'e'
  -- Row types and array types, which only some majors record as members.
  AND NOT (classid = 'pg_type'::regclass
           AND EXISTS (SELECT FROM pg_type AS t
                       WHERE t.oid = objid
                         AND (t.typrelid <> 0 AND (SELECT relkind FROM pg_class WHERE oid = t.typrelid) <> 'c'
                              OR EXISTS (SELECT FROM pg_type AS e WHERE e.typarray = t.oid))));

-- There are members at all.
SELECT count(*) > 20 AS has_members FROM members;

-- What people call and read is in schema authz, parts are in authz_internal; only operators
-- are in pg_catalog, so that they are found whatever the search_path.
SELECT type, identity
FROM members CROSS JOIN LATERAL pg_identify_object(classid, objid, 0) AS i (i_type, i_schema, i_name, i_identity)
WHERE type NOT IN ('schema', 'cast', 'event trigger')
  AND (i_schema IS NULL OR i_schema <> ALL (CASE WHEN type = 'operator' THEN '{pg_catalog}'
                                                 WHEN type IN ('function', 'table', 'view') THEN '{authz,authz_internal}'
                                                 ELSE '{authz}' END::text[]))
ORDER BY type, identity COLLATE "C";

-- Nobody can name a part.
SELECT acl.grantee::regrole, acl.privilege_type
FROM pg_namespace CROSS JOIN LATERAL aclexplode(coalesce(nspacl, acldefault('n', nspowner))) AS acl
WHERE nspname = 'authz_internal' AND acl.grantee <> nspowner;

-- What people find in schema authz.  A name more here is one more to document and to keep.
CREATE TEMP VIEW offered AS
SELECT 'function' AS type, proname::text AS name
FROM members JOIN pg_proc ON classid = 'pg_proc'::regclass AND pg_proc.oid = objid
WHERE pronamespace = 'authz'::regnamespace
UNION
SELECT CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END, relname
FROM members JOIN pg_class ON classid = 'pg_class'::regclass AND pg_class.oid = objid
-- (A sequence goes with the column that it numbers, a composite type is a type.)
WHERE relnamespace = 'authz'::regnamespace AND relkind NOT IN ('S', 'c')
UNION
SELECT 'type', typname
FROM members JOIN pg_type ON classid = 'pg_type'::regclass AND pg_type.oid = objid
WHERE typnamespace = 'authz'::regnamespace
UNION
SELECT 'operator class', opcname
FROM members JOIN pg_opclass ON classid = 'pg_opclass'::regclass AND pg_opclass.oid = objid
WHERE opcnamespace = 'authz'::regnamespace
UNION
SELECT type, identity FROM members WHERE type = 'event trigger';
SELECT type, name FROM offered ORDER BY type, name COLLATE "C";

-- What runs as its caller, who has no USAGE on the schema of the parts, names none when it runs.
SELECT objid::regprocedure
FROM members JOIN pg_proc ON classid = 'pg_proc'::regclass AND pg_proc.oid = objid
WHERE pronamespace = 'authz'::regnamespace AND NOT prosecdef AND prosqlbody IS NULL
  AND prolang NOT IN (SELECT oid FROM pg_language WHERE lanname IN ('c', 'internal'))
  AND (prosrc ~ 'authz_internal' OR prolang <> (SELECT oid FROM pg_language WHERE lanname = 'sql'))
ORDER BY objid::regprocedure::text COLLATE "C";

-- No argument of theirs needs quotes.
SELECT objid::regprocedure, argument
FROM members JOIN pg_proc ON classid = 'pg_proc'::regclass AND pg_proc.oid = objid
     CROSS JOIN LATERAL unnest(proargnames) AS argument
WHERE pronamespace = 'authz'::regnamespace
  AND (argument IN (SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')) OR argument !~ '^[a-z_]*$')
ORDER BY objid::regprocedure::text COLLATE "C", argument;

-- Every object has a comment; the sequence of an identity column shares its column's.
SELECT type, identity
FROM members
WHERE obj_description(objid, (SELECT relname FROM pg_class WHERE oid = classid)) IS NULL
  AND NOT EXISTS (SELECT FROM pg_depend AS d
                  WHERE d.classid = members.classid AND d.objid = members.objid
                    AND d.deptype = 'i' AND d.refobjsubid > 0)
ORDER BY type, identity COLLATE "C";

-- So has every column of a table or view.
SELECT attrelid::regclass, attname
FROM pg_attribute JOIN members ON classid = 'pg_class'::regclass AND attrelid = objid
WHERE attnum > 0 AND NOT attisdropped AND type <> 'sequence'
  AND col_description(attrelid, attnum) IS NULL
ORDER BY attrelid::regclass::text COLLATE "C", attnum;

-- Everything in schema authz has its place in doc/: each object by its name, each column
-- of a table in doc/tables.md with its comment, each setting.
\getenv tree PG_ABS_SRCDIR
\set documents `cat :tree/doc/*.md`
\set tables `cat :tree/doc/tables.md`
CREATE TEMP TABLE words AS
SELECT DISTINCT word[1] AS word
FROM regexp_matches(:'documents', '`[^`\n]+`|\n#[^\n]+', 'g') AS code
     CROSS JOIN regexp_matches(code[1], '[a-z_0-9.]*[a-z_0-9]', 'g') AS word;
SELECT type, name
FROM offered
WHERE name NOT IN (SELECT word FROM words) AND 'authz.' || name NOT IN (SELECT word FROM words)
ORDER BY type, name COLLATE "C";
SELECT identity, attname
FROM members JOIN pg_attribute ON classid = 'pg_class'::regclass AND attrelid = objid AND attnum > 0 AND NOT attisdropped
WHERE type = 'table' AND identity LIKE 'authz.%'
  AND position(format(E'\n| `%s` | %s | %s |\n', attname,
                      replace(format_type(atttypid, atttypmod), 'timestamp with time zone', 'timestamptz')
                      || CASE WHEN attnotnull THEN '' ELSE ', or NULL' END,
                      col_description(attrelid, attnum))
               IN substring(:'tables' || E'\n' FROM position(format('## `%s`', identity) IN :'tables'))) = 0
ORDER BY identity COLLATE "C", attnum;
LOAD 'authz';
SELECT name FROM pg_settings WHERE name LIKE 'authz.%' AND name NOT IN (SELECT word FROM words) ORDER BY name COLLATE "C";

-- Nothing is granted to PUBLIC but the use of the schema and the types, ...
SELECT type, identity, acl.privilege_type
FROM members
     JOIN LATERAL (
         SELECT coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, relowner)) FROM pg_class WHERE classid = 'pg_class'::regclass AND oid = objid
         UNION ALL
         SELECT coalesce(nspacl, acldefault('n', nspowner)) FROM pg_namespace WHERE classid = 'pg_namespace'::regclass AND oid = objid
     ) AS objects (acls) ON true
     CROSS JOIN LATERAL aclexplode(acls) AS acl
WHERE acl.grantee = 0 AND NOT (type = 'schema' AND identity = 'authz' AND acl.privilege_type = 'USAGE')
ORDER BY type, identity COLLATE "C", acl.privilege_type;

-- ... the functions behind types, operators, casts, operator classes and aggregates,
CREATE TEMP VIEW type_functions AS
SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze]::oid[]) AS oid
FROM pg_type JOIN members ON classid = 'pg_type'::regclass AND pg_type.oid = objid
UNION SELECT unnest(ARRAY[oprcode, oprrest, oprjoin]::oid[])
FROM pg_operator JOIN members ON classid = 'pg_operator'::regclass AND pg_operator.oid = objid
UNION SELECT castfunc FROM pg_cast JOIN members ON classid = 'pg_cast'::regclass AND pg_cast.oid = objid
UNION SELECT amproc::oid FROM pg_amproc JOIN members ON classid = 'pg_opfamily'::regclass AND amprocfamily = objid
UNION SELECT unnest(ARRAY[aggfnoid, aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn]::oid[])
FROM pg_aggregate JOIN members ON classid = 'pg_proc'::regclass AND aggfnoid = objid
UNION SELECT prosupport::oid FROM pg_proc JOIN members ON classid = 'pg_proc'::regclass AND pg_proc.oid = objid;

-- and these: the parts of a value, the questions that a caller asks about the
-- current subject, and what runs with the rights of the table's owner who calls it.
SELECT objid::regprocedure
FROM members JOIN pg_proc ON classid = 'pg_proc'::regclass AND pg_proc.oid = objid
     CROSS JOIN LATERAL aclexplode(coalesce(proacl, acldefault('f', proowner))) AS acl
WHERE acl.grantee = 0
  AND objid NOT IN (SELECT oid FROM type_functions)
ORDER BY objid::regprocedure::text COLLATE "C";

-- Every table and sequence is dumped with its data, but for the list of a restore.
SELECT type, identity
FROM members
WHERE type IN ('table', 'sequence')
  AND objid NOT IN (SELECT unnest(extconfig) FROM pg_extension WHERE extname = 'authz')
ORDER BY type, identity COLLATE "C";

-- Every table has a primary key, by which logical replication finds its rows.
SELECT identity
FROM members
WHERE type = 'table'
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = objid AND contype = 'p')
ORDER BY identity COLLATE "C";

-- Every foreign key from a large table has an index that begins with its columns.
SELECT conrelid::regclass, conname
FROM pg_constraint JOIN members ON classid = 'pg_class'::regclass AND conrelid = objid
WHERE contype = 'f'
  AND conrelid::regclass::text IN ('authz.resources', 'authz.subjects', 'authz.memberships', 'authz.assignments', 'authz.role_permissions')
  AND NOT EXISTS (SELECT FROM pg_index
                  WHERE indrelid = conrelid
                    AND (indkey::int2[])[0:cardinality(conkey) - 1] @> conkey
                    AND (indkey::int2[])[0:cardinality(conkey) - 1] <@ conkey)
  AND conkey <> (SELECT ARRAY[attnum] FROM pg_attribute WHERE attrelid = conrelid AND attname = 'resource_type')
ORDER BY conrelid::regclass::text COLLATE "C", conname;

-- No function looks names up by the caller's search_path.
SELECT objid::regprocedure, lanname
FROM members JOIN pg_proc ON classid = 'pg_proc'::regclass AND pg_proc.oid = objid
     JOIN pg_language ON pg_language.oid = prolang
WHERE prokind <> 'a'
  AND lanname NOT IN ('c', 'internal')
  AND prosqlbody IS NULL
  AND NOT coalesce(proconfig, '{}') @> ARRAY['search_path=pg_catalog, pg_temp']
  -- (With anyelement it cannot be parsed then: sql/overloads.sql tries to capture its names.)
  AND NOT (lanname = 'sql' AND 'anyelement'::regtype = ANY (proargtypes))
ORDER BY objid::regprocedure::text COLLATE "C";

-- The questions are STABLE and PARALLEL SAFE, and has_permission is LEAKPROOF.
SELECT objid::regprocedure, provolatile, proparallel, proleakproof
FROM members JOIN pg_proc ON classid = 'pg_proc'::regclass AND pg_proc.oid = objid
WHERE proname IN ('has_permission', 'has_any_permission', 'has_all_permissions', 'permissions_on', 'permitted_ids', 'list_resources',
                  'list_subjects', 'explain', 'mixed_roles', 'assignment_kind', 'my_resources', 'current_subject')
  AND (provolatile <> 's' OR proparallel <> 's' OR (proname = 'has_permission' AND NOT proleakproof))
ORDER BY objid::regprocedure::text COLLATE "C";

-- pg_upgrade makes functions, and the views that they use, before operator
-- classes, so that these types cannot be sorted, grouped or made distinct there:
-- only as text, COLLATE "C".  (No function uses the view mixed_roles.)
WITH parts (name, tree) AS (
    SELECT objid::regprocedure::text, prosqlbody::text
    FROM members JOIN pg_proc ON classid = 'pg_proc'::regclass AND pg_proc.oid = objid
    UNION ALL
    SELECT objid::regclass::text, ev_action::text
    FROM members JOIN pg_rewrite ON classid = 'pg_class'::regclass AND ev_class = objid
    WHERE objid <> 'authz.mixed_roles'::regclass
)
SELECT DISTINCT name, oprleft::regtype AS sorted
FROM parts
     CROSS JOIN regexp_matches(tree, ':(?:eqop|sortop) (\d+)', 'g') AS used (operator)
     JOIN pg_operator ON pg_operator.oid = operator[1]::oid
WHERE oprleft IN (SELECT objid FROM members WHERE classid = 'pg_type'::regclass)
ORDER BY 1, 2;

-- Functions of types answer the same whatever the database holds.
SELECT oid::regprocedure, provolatile, proparallel
FROM pg_proc
WHERE oid IN (SELECT oid FROM type_functions) AND pronamespace IN ('authz'::regnamespace, 'authz_internal'::regnamespace)
  AND (provolatile <> 'i' OR proparallel <> 's')
  AND prorettype <> 'internal'::regtype
ORDER BY oid::regprocedure::text COLLATE "C";
