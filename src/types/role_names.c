/*
 * role_names.c
 *	  The type authz.role_names: one name of a role, or an array of names, as
 *	  an argument.
 *
 * A function that takes it needs no second form for arrays, so that GRANT
 * EXECUTE ON FUNCTION needs no list of arguments.  Text, varchar and text[] are
 * cast to it implicitly; it has no operators with which that could be
 * ambiguous.  It is stored as text[].
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

static Datum make_role_names(text *name);

/*
 * A literal, or a value that a driver sends without a type: an array if it
 * begins like one, otherwise one name.
 */
PG_FUNCTION_INFO_V1(authz_role_names_in);
Datum
authz_role_names_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	FmgrInfo	array_in;

	if (str[0] != '{')
		return make_role_names(cstring_to_text(str));
	fmgr_info(F_ARRAY_IN, &array_in);
	return FunctionCall3(&array_in, CStringGetDatum(str), ObjectIdGetDatum(TEXTOID), Int32GetDatum(-1));
}

PG_FUNCTION_INFO_V1(authz_role_names_recv);
Datum
authz_role_names_recv(PG_FUNCTION_ARGS)
{
	FmgrInfo	array_recv;

	fmgr_info(F_ARRAY_RECV, &array_recv);
	return FunctionCall3(&array_recv, PG_GETARG_DATUM(0), ObjectIdGetDatum(TEXTOID), Int32GetDatum(-1));
}

/* authz_internal.role_names(text) returns authz.role_names: one name. */
PG_FUNCTION_INFO_V1(authz_role_names);
Datum
authz_role_names(PG_FUNCTION_ARGS)
{
	return make_role_names(PG_GETARG_TEXT_PP(0));
}

/* From and to text[], and from varchar[]: as text[], whose bytes it has. */
PG_FUNCTION_INFO_V1(authz_role_names_same);
Datum
authz_role_names_same(PG_FUNCTION_ARGS)
{
	ArrayType  *names = PG_GETARG_ARRAYTYPE_P_COPY(0);

	names->elemtype = TEXTOID;
	return PointerGetDatum(names);
}

static Datum
make_role_names(text *name)
{
	Datum		element = PointerGetDatum(name);

	return PointerGetDatum(construct_array(&element, 1, TEXTOID, -1, false, TYPALIGN_INT));
}
