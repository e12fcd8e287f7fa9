/*
 * permission.c
 *	  The type authz.permission: one permission name.
 *
 * A value is stored as text is, so that the cast to text costs nothing and
 * PostgreSQL's own functions print, send, compare (as bytea: bytewise), sort
 * and hash it; src/sql/permission.sql names them.  The functions here reject
 * malformed names.
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"

#include "compat.h"
#include "types/permission.h"

static bool correct_name(const char *str, size_t len, char *corrected);
static bool is_blank(char c);

PG_FUNCTION_INFO_V1(authz_permission_in);
Datum
authz_permission_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	size_t		len = strlen(str);

	if (!authz_permission_validate(str, len, ERRCODE_INVALID_TEXT_REPRESENTATION, fcinfo->context))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(str, len));
}

PG_FUNCTION_INFO_V1(authz_permission_recv);
Datum
authz_permission_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len;
	char	   *str = pq_getmsgtext(buf, buf->len - buf->cursor, &len);

	authz_permission_validate(str, len, ERRCODE_INVALID_BINARY_REPRESENTATION, NULL);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(str, len));
}

/* The cast from text. */
PG_FUNCTION_INFO_V1(authz_permission);
Datum
authz_permission(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(0);

	authz_permission_validate(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name),
							  ERRCODE_INVALID_TEXT_REPRESENTATION, NULL);
	PG_RETURN_TEXT_P(name);
}

/*
 * authz_internal.permission_name_correction(name text) returns text: the
 * well-formed name that a malformed one may stand for, or NULL.
 */
PG_FUNCTION_INFO_V1(authz_permission_name_correction);
Datum
authz_permission_name_correction(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(0);
	char		corrected[AUTHZ_PERMISSION_MAX + 1];

	if (!correct_name(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), corrected))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(corrected));
}

/*
 * Raise an error with the given SQLSTATE unless str is a well-formed name; a
 * soft error, with false as the result, if escontext asks for it.
 */
bool
authz_permission_validate(const char *str, size_t len, int sqlstate, Node *escontext)
{
	const char *problem = authz_grammar_validate_permission(str, len);
	char		corrected[AUTHZ_PERMISSION_MAX + 1];

	if (problem == NULL)
		return true;

	ereturn(escontext, false,
			errcode(sqlstate),
			errmsg("invalid input syntax for type %s: \"%.*s\"", "authz.permission", (int) len, str),
			errdetail_internal("%s", problem),
			correct_name(str, len, corrected) ?
			errhint("Perhaps you meant \"%s\".", corrected) :
			errhint("A permission name looks like \"project.job.stop\"."));
}

/*
 * The name without the blanks around it: what a user of systems that trim may
 * have meant.  Returns false if that is not a well-formed name either.
 */
static bool
correct_name(const char *str, size_t len, char *corrected)
{
	while (len > 0 && is_blank(str[0]))
	{
		str++;
		len--;
	}
	while (len > 0 && is_blank(str[len - 1]))
		len--;
	if (authz_grammar_validate_permission(str, len) != NULL)
		return false;
	memcpy(corrected, str, len);
	corrected[len] = '\0';
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
