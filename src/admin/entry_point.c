/*
 * entry_point.c
 *	  Entry points of the management functions, and the gate to the checks of
 *	  delegated administration.
 *
 * Each management function authz.f is an entry point: it refuses within a
 * security-restricted operation, determines who calls (caller.c), switches to the
 * owner of the tables, and calls its implementation, the function of the same name
 * and arguments in schema authz_internal, on which nobody has USAGE.  The name is
 * that of the function's own row in pg_proc: no caller can give another.
 *
 * The gate authz_internal.gate_f(...) stands before the check authz.f(...): an
 * administrator passes; for everybody else the check decides, by an error or by what
 * it returns, under the latest snapshot.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "admin/entry_point.h"
#include "rules/lock.h"
#include "session/caller.h"
#include "tables/tables.h"

#define GATE_PREFIX "gate_"

static bool is_change(FunctionCallInfo fcinfo);
static Datum call_same(FunctionCallInfo fcinfo, const char *schema, size_t skip, Oid *rettype);
static Oid	find_same(Oid function, const char *schema, size_t skip, int nargs);

PG_FUNCTION_INFO_V1(authz_call_as_owner);
PG_FUNCTION_INFO_V1(authz_call_as_caller);
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

	authz_caller_refuse_restricted(authz_entry_name(fcinfo));
	authz_caller_enter(authz_catalog_owner(), &saved);
	if (is_change(fcinfo))
		authz_lock_model(false);
	result = authz_entry_implementation(fcinfo);
	authz_caller_leave(&saved);
	return result;
}

/*
 * Does the function write to tables of authz under the shared model lock?  Not what
 * reads, and not what changes the model itself, which returns a row for each change.
 */
static bool
is_change(FunctionCallInfo fcinfo)
{
	Oid			function = fcinfo->flinfo->fn_oid;

	return func_volatile(function) == PROVOLATILE_VOLATILE && !get_func_retset(function);
}

/*
 * authz.f(...): authz_internal.f(...), run as its caller, for what changes a table of
 * the caller's.
 */
Datum
authz_call_as_caller(PG_FUNCTION_ARGS)
{
	AuthzIdentity saved;
	Datum		result;

	authz_caller_refuse_restricted(authz_entry_name(fcinfo));
	authz_caller_enter(InvalidOid, &saved);
	if (is_change(fcinfo))
		authz_lock_model(false);
	result = authz_entry_implementation(fcinfo);
	authz_caller_leave(&saved);
	return result;
}

/*
 * Event triggers: what a command of anybody's means for tracked tables is written
 * as the owner.  It may come from within a security-restricted operation.
 */
Datum
authz_follow_as_owner(PG_FUNCTION_ARGS)
{
	AuthzIdentity saved;
	Datum		result;

	authz_caller_enter(authz_catalog_owner(), &saved);
	result = authz_entry_implementation(fcinfo);
	authz_caller_leave(&saved);
	return result;
}

/*
 * authz_internal.gate_f(...): true for an administrator, otherwise what authz.f(...)
 * says, true if that returns void.
 *
 * The check runs under the latest snapshot, not the transaction's: under REPEATABLE
 * READ it would otherwise still see a right that has been revoked since.  Being
 * STABLE, it and what it calls read with the snapshot that is active.  What the
 * calling function has written is visible: each of its statements has made the
 * changes before it visible.
 */
Datum
authz_gate(PG_FUNCTION_ARGS)
{
	Oid			rettype;
	Datum		result;

	if (authz_caller_is_administrator())
		PG_RETURN_BOOL(true);

	PushActiveSnapshot(GetLatestSnapshot());
	result = call_same(fcinfo, "authz", strlen(GATE_PREFIX), &rettype);
	PopActiveSnapshot();
	if (rettype != BOOLOID)
		PG_RETURN_BOOL(true);
	return result;
}

Datum
authz_entry_implementation(FunctionCallInfo fcinfo)
{
	Oid			rettype;

	return call_same(fcinfo, "authz_internal", 0, &rettype);
}

char *
authz_entry_name(FunctionCallInfo fcinfo)
{
	return psprintf("authz.%s", get_func_name(fcinfo->flinfo->fn_oid));
}

/*
 * Call the function whose name is ours without the first skip bytes.  It may return
 * a set, or be a trigger function: where the result goes, and the data of a trigger,
 * are passed on.
 */
static Datum
call_same(FunctionCallInfo fcinfo, const char *schema, size_t skip, Oid *rettype)
{
	int			nargs = PG_NARGS();
	LOCAL_FCINFO(callinfo, FUNC_MAX_ARGS);
	FmgrInfo	flinfo;
	Datum		result;

	fmgr_info(find_same(fcinfo->flinfo->fn_oid, schema, skip, nargs), &flinfo);
	InitFunctionCallInfoData(*callinfo, &flinfo, nargs, InvalidOid, fcinfo->context, fcinfo->resultinfo);
	for (int i = 0; i < nargs; i++)
		callinfo->args[i] = fcinfo->args[i];
	*rettype = get_func_rettype(flinfo.fn_oid);
	result = FunctionCallInvoke(callinfo);
	fcinfo->isnull = callinfo->isnull;
	return result;
}

/* By the row of pg_proc, so that the caller needs no USAGE on the schema. */
static Oid
find_same(Oid function, const char *schema, size_t skip, int nargs)
{
	Oid			namespace = get_namespace_oid(schema, false);
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
				errmsg("function %s.%s does not exist", schema, name));
	ReleaseSysCache(tuple);
	return found;
}
