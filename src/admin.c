/*
 * admin.c
 *	  What changes the model: the door to the checks of delegated administration,
 *	  and the quick way to grant and revoke.
 *
 * The functions themselves are in src/sql/admin.sql, the checks in
 * src/sql/delegation.sql.  Granting and revoking are the two that an application
 * does all day, so here is a short cut for the ordinary case: an administrator,
 * names that all exist, a new assignment.  It is one statement whose plan is
 * kept.  Where it finds nothing to do, whatever the reason, the full function
 * does the work or finds the words; so the short cut decides nothing by itself.
 */
#include "postgres.h"

#include "access/tupdesc.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "nodes/pg_list.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "reference.h"
#include "subject.h"

PG_FUNCTION_INFO_V1(authz_check);
PG_FUNCTION_INFO_V1(authz_grant_role);
PG_FUNCTION_INFO_V1(authz_revoke_role);

/*
 * Names of subject, role, resource, source and type of the role to rows.  The
 * predefined role comes first because no custom role can have its name.
 */
#define SUBJECT_ID "(SELECT s.id FROM authz.subjects AS s WHERE s.subject = authz.subject($1))"
#define RESOURCE_ID "(SELECT r.id FROM authz.resources AS r WHERE r.resource = authz.resource($3))"
#define ROLE_TYPE "coalesce($5, authz.resource_type(authz.resource($3)))"
#define ROLE_ID \
	"coalesce((SELECT o.id FROM authz.roles AS o" \
	" WHERE o.name = $2 AND o.resource_type = " ROLE_TYPE " AND o.owner_id IS NULL)," \
	" authz.find_role($2, " ROLE_TYPE ", " RESOURCE_ID "))"

#define LOOKUP_ARGS 5

typedef struct Statement
{
	const char *sql;
	int			nargs;
	Oid			argtypes[LOOKUP_ARGS + 1];
	SPIPlanPtr	plan;
} Statement;

static Statement grant_statement = {
	"INSERT INTO authz.assignments (subject_id, role_id, resource_id, source, granted_by, expires_at) "
	"SELECT n.subject_id, n.role_id, n.resource_id, $4, authz.current_subject(), $6 "
	"FROM (SELECT " SUBJECT_ID ", " ROLE_ID ", " RESOURCE_ID " OFFSET 0) AS n (subject_id, role_id, resource_id) "
	"WHERE n.subject_id IS NOT NULL AND n.role_id IS NOT NULL AND n.resource_id IS NOT NULL "
	"AND $4 ~ '^[a-z0-9_.:-]{1,63}$' "
	"ON CONFLICT ON CONSTRAINT assignments_key DO NOTHING "
	"RETURNING id",
	6, {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TIMESTAMPTZOID}, NULL
};

static Statement revoke_statement = {
	"DELETE FROM authz.assignments AS a "
	"WHERE a.subject_id = " SUBJECT_ID " AND a.role_id = " ROLE_ID " AND a.resource_id = " RESOURCE_ID " AND a.source = $4 "
	"RETURNING a.id",
	5, {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}, NULL
};

static bool run(Statement *statement, FunctionCallInfo fcinfo, const int *args, int64 *id);
static Datum call(const char *name, FunctionCallInfo fcinfo, int first, Oid *rettype);

/*
 * check(name text, VARIADIC arguments "any") returns boolean
 *
 * True for an administrator.  For everybody else the function authz.name is
 * called with the arguments, and decides by an error or by what it returns.
 *
 * It runs under the latest snapshot, not the transaction's: under REPEATABLE
 * READ it would otherwise still see a right that has been revoked since.  Being
 * STABLE, it and what it calls read with the snapshot that is active.  What the
 * calling function has written is visible: each of its statements has made the
 * changes before it visible.
 */
Datum
authz_check(PG_FUNCTION_ARGS)
{
	Oid			rettype;
	Datum		result;

	if (authz_subject_is_administrator())
		PG_RETURN_BOOL(true);

	PushActiveSnapshot(GetLatestSnapshot());
	result = call(text_to_cstring(PG_GETARG_TEXT_PP(0)), fcinfo, 1, &rettype);
	PopActiveSnapshot();
	return rettype == BOOLOID ? result : BoolGetDatum(true);
}

/*
 * grant_role(subject, role, resource, source text, expires_at timestamptz,
 * role_type text) returns bigint: the id of the assignment.
 */
Datum
authz_grant_role(PG_FUNCTION_ARGS)
{
	static const int args[] = {0, 1, 2, 3, 5, 4};
	Oid			rettype;
	int64		id;

	if (run(&grant_statement, fcinfo, args, &id))
		PG_RETURN_INT64(id);
	return call("grant_role_in_full", fcinfo, 0, &rettype);
}

/*
 * revoke_role(subject, role, resource, source, role_type text) returns boolean:
 * was there anything to revoke?
 */
Datum
authz_revoke_role(PG_FUNCTION_ARGS)
{
	static const int args[] = {0, 1, 2, 3, 4};
	Oid			rettype;
	int64		id;

	if (run(&revoke_statement, fcinfo, args, &id))
		PG_RETURN_BOOL(true);
	return call("revoke_role_in_full", fcinfo, 0, &rettype);
}

/*
 * Try the short cut.  args: the arguments of the function that are those of the
 * statement.
 */
static bool
run(Statement *statement, FunctionCallInfo fcinfo, const int *args, int64 *id)
{
	Datum		values[LOOKUP_ARGS + 1];
	char		nulls[LOOKUP_ARGS + 1];
	int			result;
	bool		found;
	bool		isnull;

	for (int i = 0; i < 4; i++)
		if (fcinfo->args[args[i]].isnull)
			return false;
	if (!authz_subject_is_administrator())
		return false;
	for (int i = 0; i < statement->nargs; i++)
	{
		values[i] = fcinfo->args[args[i]].value;
		nulls[i] = fcinfo->args[args[i]].isnull ? 'n' : ' ';
	}

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (statement->plan == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare_cursor(statement->sql, statement->nargs, statement->argtypes,
											  CURSOR_OPT_GENERIC_PLAN);

		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "could not prepare \"%s\"", statement->sql);
		statement->plan = plan;
	}
	result = SPI_execute_plan(statement->plan, values, nulls, false, 0);
	if (result < 0)
		elog(ERROR, "SPI_execute_plan returned %s", SPI_result_code_string(result));
	found = SPI_processed == 1;
	if (found)
		*id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return found;
}

/*
 * Call the function authz.name with our arguments from first on.  Its result is
 * of a type passed by value, or void.
 */
static Datum
call(const char *name, FunctionCallInfo fcinfo, int first, Oid *rettype)
{
	int			nargs = PG_NARGS() - first;
	Oid			types[FUNC_MAX_ARGS];
	LOCAL_FCINFO(callinfo, FUNC_MAX_ARGS);
	FmgrInfo	flinfo;
	Oid			function;

	for (int i = 0; i < nargs; i++)
		types[i] = get_fn_expr_argtype(fcinfo->flinfo, first + i);
	function = LookupFuncName(list_make2(makeString("authz"), makeString(pstrdup(name))), nargs, types, false);
	fmgr_info(function, &flinfo);
	InitFunctionCallInfoData(*callinfo, &flinfo, nargs, InvalidOid, NULL, NULL);
	for (int i = 0; i < nargs; i++)
		callinfo->args[i] = fcinfo->args[first + i];
	*rettype = get_func_rettype(function);
	return FunctionCallInvoke(callinfo);
}
