/*
 * type_ops.c
 *	  Output, comparison and hashing of permissions, subjects, resources and
 *	  sets of them: bytewise, as for bytea.
 *
 * The server has all of these functions, and SQL could name them in language
 * internal.  But the server finds such a function by its name, comparing it
 * with some thousand others, whenever an executor starts that needs it:
 * several microseconds for each index scan on a name.  A function in language
 * C is found by its OID.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#define AS_BUILTIN(name, builtin) \
	PG_FUNCTION_INFO_V1(name); \
	Datum \
	name(PG_FUNCTION_ARGS) \
	{ \
		return builtin(fcinfo); \
	}

AS_BUILTIN(authz_name_out, textout)
AS_BUILTIN(authz_name_send, textsend)
AS_BUILTIN(authz_name_eq, byteaeq)
AS_BUILTIN(authz_name_ne, byteane)
AS_BUILTIN(authz_name_lt, bytealt)
AS_BUILTIN(authz_name_le, byteale)
AS_BUILTIN(authz_name_ge, byteage)
AS_BUILTIN(authz_name_gt, byteagt)
AS_BUILTIN(authz_name_cmp, byteacmp)
AS_BUILTIN(authz_name_hash, hashvarlena)
AS_BUILTIN(authz_name_hash_extended, hashvarlenaextended)

/* As text: the same bytes. */
PG_FUNCTION_INFO_V1(authz_name_text);
Datum
authz_name_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}
