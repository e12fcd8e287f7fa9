/*
 * entry_point.c
 *	  Entry points of the management functions and of the delegation checks.
 *
 * Each management function authz.f is an entry point: it refuses within a
 * security-restricted operation, determines the caller (caller.c), switches to
 * the owner of the tables, and calls its implementation, the function of the
 * same name and arguments in schema authz_internal, on which nobody has USAGE.
 * The name is that of the function's own row in pg_proc: no caller can give
 * another.
 *
 * A question about the current subject that is answered by a query is such an
 * entry point, too, and is refused nowhere (authz_ask_as_owner).
 *
 * authz_internal.gate_f(...) is the entry point of the delegation check
 * authz_internal.f(...): an administrator passes; for everybody else the check
 * decides, by an error or by its result, under the latest snapshot.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "admin/entry_point.h"
#include "rules/lock.h"
#include "session/caller.h"
#include "tables/tables.h"

#define INTERNAL_SCHEMA "authz_internal"
#define GATE_PREFIX "gate_"
#define EVENT_PREFIX "event_"

static bool does_write_tables(FunctionCallInfo fcinfo);
static Datum call_implementation(FunctionCallInfo fcinfo, size_t skip, Oid *rettype);
static Oid	find_implementation(Oid function, size_t skip, int nargs);

PG_FUNCTION_INFO_V1(authz_call_as_owner);
PG_FUNCTION_INFO_V1(authz_ask_as_owner);
PG_FUNCTION_INFO_V1(authz_execute_command);
PG_FUNCTION_INFO_V1(authz_follow_as_owner);
PG_FUNCTION_INFO_V1(authz_gate);

/*
 * authz.f(...): authz_internal.f(...), run as the owner of the tables.
 */
Datum
authz_call_as_owner(PG_FUNCTION_ARGS)
{
	AuthzIdentity saved;
	Datum		result;

	authz_caller_refuse_restricted(authz_entry_point_name(fcinfo));
	authz_caller_enter(authz_tables_owner(), &saved);
	if (does_write_tables(fcinfo))
		authz_lock_model(false);
	result = authz_entry_point_call_implementation(fcinfo);
	authz_caller_leave(&saved);
	return result;
}

/*
 * authz.f(...), of a question about the current subject, which everybody may
 * ask anywhere: authz_internal.f(...), run as the owner of the tables.
 */
Datum
authz_ask_as_owner(PG_FUNCTION_ARGS)
{
	AuthzIdentity saved;
	Datum		result;

	authz_caller_enter(authz_tables_owner(), &saved);
	result = authz_entry_point_call_implementation(fcinfo);
	authz_caller_leave(&saved);
	return result;
}

/*
 * Does the function write to tables of authz under the shared model lock?  A
 * function that only reads does not, nor does one that changes the model
 * itself, which returns a row for each change.
 */
static bool
does_write_tables(FunctionCallInfo fcinfo)
{
	Oid			function = fcinfo->flinfo->fn_oid;

	return func_volatile(function) == PROVOLATILE_VOLATILE && !get_func_retset(function);
}

/*
 * authz_internal.execute_command(command text, as_caller boolean) returns
 * text: executes a management function's command on a table that is not ours.
 * As the caller, PostgreSQL then tests the caller's privileges, and what the
 * command runs has only those.  Returns the first column of the first row, or
 * NULL.
 */
Datum
authz_execute_command(PG_FUNCTION_ARGS)
{
	const char *command = text_to_cstring(PG_GETARG_TEXT_PP(0));
	bool		as_caller = PG_GETARG_BOOL(1);
	AuthzIdentity saved;
	char	   *value = NULL;
	text	   *result = NULL;
	int			code;

	authz_caller_require_administrator("authz_internal.execute_command");
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (as_caller)
		authz_caller_resume(&saved);
	code = SPI_execute(command, false, 0);
	if (as_caller)
		authz_caller_leave(&saved);
	if (code < 0)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("cannot execute command: %s", SPI_result_code_string(code)));
	if (SPI_tuptable != NULL && SPI_processed > 0)
		value = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (value != NULL)
	{
		size_t		len = strlen(value) + VARHDRSZ;

		result = SPI_palloc(len);
		SET_VARSIZE(result, len);
		memcpy(VARDATA(result), value, len - VARHDRSZ);
	}
	SPI_finish();
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(result);
}

/*
 * authz_internal.event_f(), of event triggers: authz_internal.f(), run as the
 * owner of the tables.  It records what any user's command means for tracked
 * tables, also within a security-restricted operation.
 */
Datum
authz_follow_as_owner(PG_FUNCTION_ARGS)
{
	AuthzIdentity saved;
	Oid			rettype;
	Datum		result;

	authz_caller_enter(authz_tables_owner(), &saved);
	result = call_implementation(fcinfo, strlen(EVENT_PREFIX), &rettype);
	authz_caller_leave(&saved);
	return result;
}

/*
 * authz_internal.gate_f(...): true for an administrator, otherwise the result
 * of authz_internal.f(...), true if that returns void.
 *
 * The check runs under the latest snapshot, not the transaction's: under
 * REPEATABLE READ it would otherwise still see a right that has been revoked
 * since.  Being STABLE, the check and the functions that it calls read with
 * the active snapshot.  It sees what the calling function has written: each of
 * its statements has made the changes before it visible.
 */
Datum
authz_gate(PG_FUNCTION_ARGS)
{
	Oid			rettype;
	Datum		result;

	if (authz_caller_is_administrator())
		PG_RETURN_BOOL(true);

	PushActiveSnapshot(GetLatestSnapshot());
	result = call_implementation(fcinfo, strlen(GATE_PREFIX), &rettype);
	PopActiveSnapshot();
	if (rettype != BOOLOID)
		PG_RETURN_BOOL(true);
	return result;
}

Datum
authz_entry_point_call_implementation(FunctionCallInfo fcinfo)
{
	Oid			rettype;

	return call_implementation(fcinfo, 0, &rettype);
}

char *
authz_entry_point_name(FunctionCallInfo fcinfo)
{
	return psprintf("authz.%s", get_func_name(fcinfo->flinfo->fn_oid));
}

/*
 * Call the function in authz_internal whose name is that of the called
 * function without its first skip bytes.  It may return a set, or be a trigger
 * function: the ReturnSetInfo, and the data of a trigger, are passed on.
 */
static Datum
call_implementation(FunctionCallInfo fcinfo, size_t skip, Oid *rettype)
{
	int			nargs = PG_NARGS();
	LOCAL_FCINFO(callinfo, FUNC_MAX_ARGS);
	FmgrInfo	flinfo;
	Datum		result;

	fmgr_info(find_implementation(fcinfo->flinfo->fn_oid, skip, nargs), &flinfo);
	InitFunctionCallInfoData(*callinfo, &flinfo, nargs, InvalidOid, fcinfo->context, fcinfo->resultinfo);
	for (int i = 0; i < nargs; i++)
		callinfo->args[i] = fcinfo->args[i];
	*rettype = get_func_rettype(flinfo.fn_oid);
	result = FunctionCallInvoke(callinfo);
	fcinfo->isnull = callinfo->isnull;
	return result;
}

/*
 * Reads the row of pg_proc, so that the caller needs no USAGE on the schema.
 */
static Oid
find_implementation(Oid function, size_t skip, int nargs)
{
	Oid			namespace = get_namespace_oid(INTERNAL_SCHEMA, false);
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc row;
	const char *name;
	Oid			found;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	row = (Form_pg_proc) GETSTRUCT(tuple);
	if (row->pronargs != nargs || strlen(NameStr(row->proname)) <= skip)
		elog(ERROR, "function \"%s\" was not called as it is declared", NameStr(row->proname));
	name = NameStr(row->proname) + skip;
	found = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
							PointerGetDatum(&row->proargtypes), ObjectIdGetDatum(namespace));
	if (!OidIsValid(found))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_FUNCTION),
				errmsg("function %s.%s does not exist", INTERNAL_SCHEMA, name));
	ReleaseSysCache(tuple);
	return found;
}
