-- Everything about the extension in this database, a line for each fact, so that
-- two installations can be compared with diff.  No OIDs, no order of creation.
\pset tuples_only
\pset format unaligned
SET search_path = pg_catalog, pg_temp;

CREATE TEMP TABLE members AS
SELECT classid, objid, (pg_identify_object(classid, objid, 0)).identity AS name
FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'authz');

-- Members, their comments, owners and initial privileges.
CREATE TEMP TABLE facts AS
SELECT format('member %s %s', classid::regclass, name) AS fact FROM members
UNION ALL
SELECT format('comment on %s %s%s: %s', classid::regclass, name, ' column ' || objsubid, description)
FROM members JOIN pg_description ON classoid = classid AND objoid = objid
UNION ALL
SELECT format('initial privileges %s %s column %s: %s', classid::regclass, name, objsubid, initprivs)
FROM members JOIN pg_init_privs ON classoid = classid AND objoid = objid
UNION ALL
SELECT format('extension: schema %s, relocatable %s, dumped %s', extnamespace::regnamespace, extrelocatable,
              (SELECT string_agg(format('%s %s', c.table, c.condition), ', ' ORDER BY c.table::text)
               FROM unnest(extconfig::regclass[], extcondition) AS c ("table", condition)))
FROM pg_extension WHERE extname = 'authz'
UNION ALL
-- Functions.
SELECT format('function %s: %s cost %s rows %s kind %s owner %s privileges %s', name, CASE WHEN prokind <> 'a' THEN pg_get_functiondef(objid) END,
              procost, prorows, prokind, proowner::regrole, proacl)
FROM members JOIN pg_proc ON classid = 'pg_proc'::regclass AND pg_proc.oid = objid
UNION ALL
SELECT format('aggregate %s: %s', name, to_jsonb(pg_aggregate) - 'aggfnoid')
FROM members JOIN pg_aggregate ON classid = 'pg_proc'::regclass AND aggfnoid = objid
UNION ALL
-- Tables, views, composite types, sequences.
SELECT format('relation %s: kind %s persistence %s options %s row security %s %s replica identity %s owner %s privileges %s view %s', name, relkind, relpersistence, reloptions,
              relrowsecurity, relforcerowsecurity, relreplident, relowner::regrole, relacl, CASE relkind WHEN 'v' THEN pg_get_viewdef(objid) END)
FROM members JOIN pg_class ON classid = 'pg_class'::regclass AND pg_class.oid = objid
UNION ALL
SELECT format('column %s %s of %s: %s collation %s not null %s identity %s generated %s default %s storage %s privileges %s',
              (SELECT count(*) FROM pg_attribute AS b WHERE b.attrelid = a.attrelid AND b.attnum > 0 AND NOT b.attisdropped AND b.attnum <= a.attnum),
              attname, name, format_type(atttypid, atttypmod), attcollation::regcollation, attnotnull, attidentity, attgenerated,
              (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum), attstorage, attacl)
FROM members JOIN pg_attribute AS a ON classid = 'pg_class'::regclass AND attrelid = objid
WHERE attnum > 0 AND NOT attisdropped
UNION ALL
SELECT format('constraint %s on %s: %s%s', conname, name, pg_get_constraintdef(pg_constraint.oid), '; ' || obj_description(pg_constraint.oid, 'pg_constraint'))
FROM members JOIN pg_constraint ON classid = 'pg_class'::regclass AND conrelid = objid
UNION ALL
SELECT format('index on %s: %s%s', name, pg_get_indexdef(indexrelid), '; ' || obj_description(indexrelid, 'pg_class'))
FROM members JOIN pg_index ON classid = 'pg_class'::regclass AND indrelid = objid
UNION ALL
SELECT format('trigger on %s: %s %s%s', name, pg_get_triggerdef(pg_trigger.oid), tgenabled, '; ' || obj_description(pg_trigger.oid, 'pg_trigger'))
FROM members JOIN pg_trigger ON classid = 'pg_class'::regclass AND tgrelid = objid
WHERE NOT tgisinternal
UNION ALL
SELECT format('sequence %s: %s', name, to_jsonb(pg_sequence) - 'seqrelid' - 'seqtypid')
FROM members JOIN pg_sequence ON classid = 'pg_class'::regclass AND seqrelid = objid
UNION ALL
-- Types, operators, casts.
SELECT format('type %s: %s %s', name, t.properties, typacl)
FROM members JOIN pg_type ON classid = 'pg_type'::regclass AND pg_type.oid = objid
     CROSS JOIN LATERAL (SELECT concat_ws(' ', typlen, typbyval, typtype, typcategory, typispreferred, typisdefined, typdelim, typinput, typoutput, typreceive, typsend,
                                          typmodin, typmodout, typanalyze, typalign, typstorage, typnotnull, typcollation::regcollation, typdefault)) AS t (properties)
UNION ALL
SELECT format('operator %s: %s', name, concat_ws(' ', oprcanmerge, oprcanhash, oprcom::regoperator, oprnegate::regoperator, oprcode, oprrest, oprjoin))
FROM members JOIN pg_operator ON classid = 'pg_operator'::regclass AND pg_operator.oid = objid
UNION ALL
SELECT format('operator class %s: default %s key %s', name, opcdefault, opckeytype::regtype)
FROM members JOIN pg_opclass ON classid = 'pg_opclass'::regclass AND pg_opclass.oid = objid
UNION ALL
SELECT format('operator of %s: %s %s %s', name, amopstrategy, amoppurpose, amopopr::regoperator)
FROM members JOIN pg_amop ON classid = 'pg_opfamily'::regclass AND amopfamily = objid
UNION ALL
SELECT format('function of %s: %s %s %s %s', name, amprocnum, amproclefttype::regtype, amprocrighttype::regtype, amproc)
FROM members JOIN pg_amproc ON classid = 'pg_opfamily'::regclass AND amprocfamily = objid
UNION ALL
SELECT format('cast %s: %s %s %s', name, castfunc::regprocedure, castcontext, castmethod)
FROM members JOIN pg_cast ON classid = 'pg_cast'::regclass AND pg_cast.oid = objid
UNION ALL
-- What fires by itself, and the schema.
SELECT format('event trigger %s: %s %s %s %s', evtname, evtevent, evtfoid::regproc, evtenabled, evttags)
FROM members JOIN pg_event_trigger ON classid = 'pg_event_trigger'::regclass AND pg_event_trigger.oid = objid
UNION ALL
SELECT format('schema %s: owner %s privileges %s', nspname, nspowner::regrole, nspacl)
FROM members JOIN pg_namespace ON classid = 'pg_namespace'::regclass AND pg_namespace.oid = objid
UNION ALL
-- What is in the schema and not a member.
SELECT format('in a schema of ours, no member: %s', oid::regprocedure)
FROM pg_proc WHERE pronamespace IN ('authz'::regnamespace, 'authz_internal'::regnamespace) AND NOT EXISTS (SELECT FROM members WHERE classid = 'pg_proc'::regclass AND objid = oid)
UNION ALL
SELECT format('in a schema of ours, no member: %s', oid::regclass)
FROM pg_class WHERE relnamespace IN ('authz'::regnamespace, 'authz_internal'::regnamespace) AND relkind IN ('r', 'v', 'S') AND NOT EXISTS (SELECT FROM members WHERE classid = 'pg_class'::regclass AND objid = oid);

SELECT fact FROM facts ORDER BY fact COLLATE "C";
