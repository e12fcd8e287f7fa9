/*
 * grant.c
 *	  Fast path of grant_role() and revoke_role().
 *
 * The functions that change the model are in src/sql/admin.sql, their entry
 * points in entry_point.c, the delegation checks in src/sql/delegation.sql.
 * Granting and revoking are the two that an application does all day, so they
 * have a fast path here for the ordinary case: an administrator, names that
 * all exist, a new assignment.  The names are looked up without a query, and
 * the plan of the one statement is kept.  If there is nothing to do, whatever
 * the reason, the full function does the work or raises the error; so the fast
 * path decides nothing by itself.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/timestamp.h"

#include "admin/entry_point.h"
#include "rules/lock.h"
#include "session/caller.h"
#include "sync/tracked_statement.h"
#include "tables/rows.h"
#include "types/references.h"

PG_FUNCTION_INFO_V1(authz_find_roles);
PG_FUNCTION_INFO_V1(authz_grant_role);
PG_FUNCTION_INFO_V1(authz_revoke_role);

/* The arguments that grant_role and revoke_role have in common. */
typedef struct AssignmentNames
{
	text	   *subject;
	text	   *role;
	text	   *resource;
	text	   *source;
	text	   *role_type;		/* NULL: that of the resource */
} AssignmentNames;

/* Arguments of both statements, in this order; the INSERT has one more. */
enum
{
	SUBJECT_ID,
	ROLE_ID,
	RESOURCE_ID,
	SOURCE,
	KEY_ARGS,
	EXPIRES_AT = KEY_ARGS,
	MAX_ARGS
};

static Oid	argtypes[MAX_ARGS] = {INT8OID, INT8OID, INT8OID, TEXTOID, TIMESTAMPTZOID};

static SPIPlanPtr grant_plan = NULL;
static SPIPlanPtr revoke_plan = NULL;
static SPIPlanPtr revoke_counted_plan = NULL;

/*
 * A row that is dropped concurrently is waited for and then not found, so that
 * the full function says what does not exist, rather than a foreign key.  The
 * row of the resource is locked first: see lock.c.
 */
static const char grant_sql[] =
"INSERT INTO authz.assignments (subject_id, role_id, resource_id, source, granted_by, expires_at) "
"SELECT k.subject_id, k.role_id, k.resource_id, $4, authz.current_subject(), $5 "
"FROM (SELECT s.id AS subject_id, r.id AS role_id, x.id AS resource_id "
"      FROM authz.resources AS x, authz.roles AS r, authz.subjects AS s "
"      WHERE s.id = $1 AND r.id = $2 AND x.id = $3 FOR KEY SHARE) AS k "
"ON CONFLICT ON CONSTRAINT assignments_key DO NOTHING RETURNING id";

#define REVOKE_SQL(lock) \
	"WITH place AS MATERIALIZED (SELECT x.id FROM authz.resources AS x WHERE x.id = $3 FOR " lock ") " \
	"DELETE FROM authz.assignments AS a USING place AS x " \
	"WHERE a.subject_id = $1 AND a.role_id = $2 AND a.resource_id = x.id AND a.source = $4 RETURNING a.id"

static const char revoke_sql[] = REVOKE_SQL("KEY SHARE");

/*
 * For roles whose remaining holders will be counted: see check_lost_holders()
 * in holder_triggers.c.
 */
static const char revoke_counted_sql[] = REVOKE_SQL("NO KEY UPDATE");

static Datum grant_assignment(FunctionCallInfo fcinfo);
static Datum revoke_assignment(FunctionCallInfo fcinfo);
static bool find_keys(const AssignmentNames *names, Datum *keys, bool *counted);
static void find_roles_by_name(AuthzReader *reader, const text *name, const text *type, int64 resource_id,
							   AuthzIdList *ids);
static bool run_statement(SPIPlanPtr *plan, const char *sql, int nargs, Datum *values, const char *nulls, int64 *id);

/*
 * grant_role(subject, role, resource, source text, expires_at timestamptz,
 * role_type, role_owner text) returns bigint: the id of the assignment.
 *
 * A time in the past is an error; expired rows of another system are copied by
 * DML.
 */
Datum
authz_grant_role(PG_FUNCTION_ARGS)
{
	AuthzIdentity saved;
	Datum		id;

	authz_caller_refuse_restricted("authz.grant_role");
	if (!PG_ARGISNULL(4) && PG_GETARG_TIMESTAMPTZ(4) <= GetCurrentTimestamp())
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("expires_at is in the past"),
				errdetail("The assignment of role \"%s\" to \"%s\" on \"%s\" would grant nothing.",
						  PG_ARGISNULL(1) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(1)),
						  PG_ARGISNULL(0) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(0)),
						  PG_ARGISNULL(2) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(2))),
				errhint("authz.revoke_role takes an assignment away."));
	authz_caller_enter(authz_tables_owner(), &saved);
	authz_lock_model(false);
	id = grant_assignment(fcinfo);
	authz_caller_leave(&saved);
	return id;
}

/* Neither the fast path nor the full function returns NULL. */
static Datum
grant_assignment(FunctionCallInfo fcinfo)
{
	if (!PG_ARGISNULL(0) && !PG_ARGISNULL(1) && !PG_ARGISNULL(2) && !PG_ARGISNULL(3) && PG_ARGISNULL(6) &&
		authz_caller_is_administrator())
	{
		AssignmentNames names = {
			.subject = PG_GETARG_TEXT_PP(0), .role = PG_GETARG_TEXT_PP(1),
			.resource = PG_GETARG_TEXT_PP(2), .source = PG_GETARG_TEXT_PP(3),
			.role_type = PG_ARGISNULL(5) ? NULL : PG_GETARG_TEXT_PP(5)
		};
		Datum		values[MAX_ARGS];
		const char	nulls[] = {' ', ' ', ' ', ' ', PG_ARGISNULL(4) ? 'n' : ' '};
		bool		counted;
		int64		id;

		if (find_keys(&names, values, &counted))
		{
			values[EXPIRES_AT] = PG_GETARG_DATUM(4);
			if (run_statement(&grant_plan, grant_sql, MAX_ARGS, values, nulls, &id))
				return Int64GetDatum(id);
		}
	}
	return authz_entry_point_call_implementation(fcinfo);
}

/*
 * revoke_role(subject, role, resource, source, role_type text) returns
 * boolean: was there anything to revoke?
 */
Datum
authz_revoke_role(PG_FUNCTION_ARGS)
{
	AuthzIdentity saved;
	Datum		revoked;

	authz_caller_refuse_restricted("authz.revoke_role");
	authz_caller_enter(authz_tables_owner(), &saved);
	authz_lock_model(false);
	revoked = revoke_assignment(fcinfo);
	authz_caller_leave(&saved);
	return revoked;
}

static Datum
revoke_assignment(FunctionCallInfo fcinfo)
{
	if (!PG_ARGISNULL(0) && !PG_ARGISNULL(1) && !PG_ARGISNULL(2) && !PG_ARGISNULL(3) &&
		authz_caller_is_administrator())
	{
		AssignmentNames names = {
			.subject = PG_GETARG_TEXT_PP(0), .role = PG_GETARG_TEXT_PP(1),
			.resource = PG_GETARG_TEXT_PP(2), .source = PG_GETARG_TEXT_PP(3),
			.role_type = PG_ARGISNULL(4) ? NULL : PG_GETARG_TEXT_PP(4)
		};
		Datum		values[KEY_ARGS];
		bool		counted;
		int64		id;

		if (find_keys(&names, values, &counted) &&
			run_statement(counted ? &revoke_counted_plan : &revoke_plan, counted ? revoke_counted_sql : revoke_sql,
						  KEY_ARGS, values, NULL, &id))
			PG_RETURN_BOOL(true);
	}
	return authz_entry_point_call_implementation(fcinfo);
}

/*
 * Look up the keys of the names, which are the first four arguments of the
 * statements, and whether the role has min_holders.  Returns false if one of
 * the names is unknown, malformed or ambiguous.
 */
static bool
find_keys(const AssignmentNames *names, Datum *keys, bool *counted)
{
	AuthzRoleRow role;
	AuthzReader reader;
	AuthzSubjectRow subject;
	AuthzResourceRow resource;
	char		canonical[AUTHZ_SUBJECT_MAX];
	size_t		canonical_len;
	AuthzIdList roles = {0};
	bool		found;

	if (authz_grammar_validate_source(VARDATA_ANY(names->source), VARSIZE_ANY_EXHDR(names->source)) != NULL ||
		VARSIZE_ANY_EXHDR(names->resource) > AUTHZ_RESOURCE_MAX ||
		!authz_references_canonicalize_subject(VARDATA_ANY(names->subject), VARSIZE_ANY_EXHDR(names->subject),
											   canonical, &canonical_len))
		return false;

	AcceptInvalidationMessages();
	authz_reader_open(&reader);
	found = authz_rows_read_subject(&reader, canonical, canonical_len, &subject) &&
		authz_rows_read_resource(&reader, VARDATA_ANY(names->resource), VARSIZE_ANY_EXHDR(names->resource), &resource) &&
		!authz_tracked_statement_is_provisional(resource.id);
	if (found)
	{
		find_roles_by_name(&reader, names->role,
						   names->role_type != NULL ? names->role_type :
						   cstring_to_text_with_len(resource.type, resource.type_len),
						   resource.id, &roles);
		found = roles.count == 1 && authz_rows_read_role(&reader, roles.values[0], &role);
	}
	if (found)
	{
		*counted = role.min_holders > 0;
		keys[SUBJECT_ID] = Int64GetDatum(subject.id);
		keys[ROLE_ID] = Int64GetDatum(roles.values[0]);
		keys[RESOURCE_ID] = Int64GetDatum(resource.id);
		keys[SOURCE] = PointerGetDatum(names->source);
	}
	authz_reader_close(&reader);
	return found;
}

/*
 * authz_internal.find_roles(name, resource_type text, resource_id bigint)
 * returns bigint[]: the roles of that name as seen from a resource; with NULL,
 * only the predefined one.
 */
Datum
authz_find_roles(PG_FUNCTION_ARGS)
{
	AuthzReader reader;
	AuthzIdList ids = {0};
	Datum	   *elements;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	AcceptInvalidationMessages();
	authz_reader_open(&reader);
	find_roles_by_name(&reader, PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1),
					   PG_ARGISNULL(2) ? 0 : PG_GETARG_INT64(2), &ids);
	authz_reader_close(&reader);
	elements = palloc(sizeof(Datum) * Max(ids.count, 1));
	for (size_t i = 0; i < ids.count; i++)
		elements[i] = Int64GetDatum(ids.values[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, ids.count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/*
 * The predefined role, or the custom roles of the resource and its ancestors,
 * the nearest first.  There are never both: no custom role has the name of a
 * predefined one.
 */
static void
find_roles_by_name(AuthzReader *reader, const text *name, const text *type, int64 resource_id, AuthzIdList *ids)
{
	const char *name_str = VARDATA_ANY(name);
	int			name_len = VARSIZE_ANY_EXHDR(name);
	const char *type_str = VARDATA_ANY(type);
	int			type_len = VARSIZE_ANY_EXHDR(type);
	int64		id;

	if (authz_rows_find_role(reader, name_str, name_len, type_str, type_len, 0, &id))
	{
		authz_id_list_add(ids, id);
		return;
	}
	for (int level = 0; resource_id != 0 && level <= AUTHZ_MAX_LEVELS; level++)
	{
		int64		parent_id;

		if (authz_rows_find_role(reader, name_str, name_len, type_str, type_len, resource_id, &id))
			authz_id_list_add_once(ids, id);
		if (!authz_rows_find_resource_parent(reader, resource_id, &parent_id))
			break;
		resource_id = parent_id;
	}
}

/*
 * Execute a statement that is planned at first use.  Returns false if it
 * changed nothing.
 */
static bool
run_statement(SPIPlanPtr *plan, const char *sql, int nargs, Datum *values, const char *nulls, int64 *id)
{
	int			result;
	bool		changed;
	bool		isnull;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (*plan == NULL)
	{
		SPIPlanPtr	prepared = SPI_prepare_cursor(sql, nargs, argtypes, CURSOR_OPT_GENERIC_PLAN);

		if (prepared == NULL || SPI_keepplan(prepared) != 0)
			elog(ERROR, "could not prepare \"%s\"", sql);
		*plan = prepared;
	}
	result = SPI_execute_plan(*plan, values, nulls, false, 0);
	if (result < 0)
		elog(ERROR, "SPI_execute_plan returned %s", SPI_result_code_string(result));
	changed = SPI_processed == 1;
	if (changed)
		*id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return changed;
}
