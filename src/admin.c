/*
 * admin.c
 *	  What changes the model: the door to the checks of delegated administration.
 *
 * The checks themselves are in src/sql/delegation.sql.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/pg_list.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "subject.h"

PG_FUNCTION_INFO_V1(authz_check);

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
	int			nargs = PG_NARGS() - 1;
	Oid			types[FUNC_MAX_ARGS];
	LOCAL_FCINFO(call, FUNC_MAX_ARGS);
	FmgrInfo	flinfo;
	Oid			function;
	Datum		result;

	if (authz_subject_is_administrator())
		PG_RETURN_BOOL(true);

	for (int i = 0; i < nargs; i++)
		types[i] = get_fn_expr_argtype(fcinfo->flinfo, i + 1);
	function = LookupFuncName(list_make2(makeString("authz"), makeString(text_to_cstring(PG_GETARG_TEXT_PP(0)))),
							  nargs, types, false);
	fmgr_info(function, &flinfo);
	InitFunctionCallInfoData(*call, &flinfo, nargs, InvalidOid, NULL, NULL);
	for (int i = 0; i < nargs; i++)
		call->args[i] = fcinfo->args[i + 1];

	PushActiveSnapshot(GetLatestSnapshot());
	result = FunctionCallInvoke(call);
	PopActiveSnapshot();

	if (get_func_rettype(function) == BOOLOID)
		return result;
	PG_RETURN_BOOL(true);
}
