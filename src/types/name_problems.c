/*
 * name_problems.c
 *	  SQL functions that say what is wrong with a name: the grammar (grammar.c) for
 *	  CHECK constraints and for messages.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "compat.h"
#include "types/grammar.h"

static Datum
return_problem(FunctionCallInfo fcinfo, const char *(*find_problem) (const char *str, size_t len))
{
	text	   *name = PG_GETARG_TEXT_PP(0);
	const char *problem = find_problem(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));

	if (problem == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(problem));
}

/* authz_internal.permission_name_problem(name text) returns text, NULL if it is well-formed */
PG_FUNCTION_INFO_V1(authz_permission_name_problem);
Datum
authz_permission_name_problem(PG_FUNCTION_ARGS)
{
	return return_problem(fcinfo, authz_grammar_validate_permission);
}

/* authz_internal.type_name_problem(name text) returns text */
PG_FUNCTION_INFO_V1(authz_type_name_problem);
Datum
authz_type_name_problem(PG_FUNCTION_ARGS)
{
	return return_problem(fcinfo, authz_grammar_validate_type);
}

/* authz_internal.source_problem(source text) returns text */
PG_FUNCTION_INFO_V1(authz_source_problem);
Datum
authz_source_problem(PG_FUNCTION_ARGS)
{
	return return_problem(fcinfo, authz_grammar_validate_source);
}
