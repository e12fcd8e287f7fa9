/*
 * references.c
 *	  The types authz.subject and authz.resource: typed references.
 *
 * Values are stored as text is, in canonical form (a bare user name has
 * "user:" in front), so that the cast to text costs nothing and PostgreSQL's
 * own functions print, send, compare (as bytea: bytewise), sort and hash them;
 * src/sql/reference.sql names them.
 */
#include "postgres.h"

#include "fmgr.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/supportnodes.h"
#include "utils/builtins.h"

#include "compat.h"
#include "types/references.h"

static text *make_subject(const char *str, size_t len, int sqlstate, Node *escontext);
static text *make_resource(const char *str, size_t len, int sqlstate, Node *escontext);
static const char *find_colon(text *reference);

PG_FUNCTION_INFO_V1(authz_subject_in);
Datum
authz_subject_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	text	   *subject = make_subject(str, strlen(str), ERRCODE_INVALID_TEXT_REPRESENTATION, fcinfo->context);

	if (subject == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(subject);
}

PG_FUNCTION_INFO_V1(authz_subject_recv);
Datum
authz_subject_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len;
	char	   *str = pq_getmsgtext(buf, buf->len - buf->cursor, &len);

	PG_RETURN_TEXT_P(make_subject(str, len, ERRCODE_INVALID_BINARY_REPRESENTATION, NULL));
}

/* The cast from text. */
PG_FUNCTION_INFO_V1(authz_subject);
Datum
authz_subject(PG_FUNCTION_ARGS)
{
	text	   *str = PG_GETARG_TEXT_PP(0);

	PG_RETURN_TEXT_P(make_subject(VARDATA_ANY(str), VARSIZE_ANY_EXHDR(str),
								  ERRCODE_INVALID_TEXT_REPRESENTATION, NULL));
}

/* The same without an error: NULL if the text is malformed. */
PG_FUNCTION_INFO_V1(authz_subject_or_nobody);
Datum
authz_subject_or_nobody(PG_FUNCTION_ARGS)
{
	text	   *str = PG_GETARG_TEXT_PP(0);
	char		subject[AUTHZ_SUBJECT_MAX];
	size_t		len;

	if (!authz_references_canonicalize_subject(VARDATA_ANY(str), VARSIZE_ANY_EXHDR(str), subject, &len))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(subject, len));
}

/*
 * The planner support function of authz.subject(text): a constant becomes a
 * subject when the query is planned, and is an error if it is malformed.  (The
 * planner itself would make it NULL, were the function IMMUTABLE.)
 */
PG_FUNCTION_INFO_V1(authz_subject_support);
Datum
authz_subject_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	FuncExpr   *call;
	Const	   *arg;

	if (!IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(NULL);
	call = ((SupportRequestSimplify *) request)->fcall;
	arg = linitial(call->args);
	if (!IsA(arg, Const) || arg->constisnull)
		PG_RETURN_POINTER(NULL);
	PG_RETURN_POINTER(makeConst(call->funcresulttype, -1, InvalidOid, -1,
								DirectFunctionCall1(authz_subject, arg->constvalue), false, false));
}

PG_FUNCTION_INFO_V1(authz_subject_kind);
Datum
authz_subject_kind(PG_FUNCTION_ARGS)
{
	text	   *subject = PG_GETARG_TEXT_PP(0);
	const char *str = VARDATA_ANY(subject);
	size_t		len = VARSIZE_ANY_EXHDR(subject);

	if (authz_grammar_subject_kind(str, len) == AUTHZ_MEMBERS)
		PG_RETURN_TEXT_P(cstring_to_text("member"));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(str, find_colon(subject) - str));
}

PG_FUNCTION_INFO_V1(authz_resource_in);
Datum
authz_resource_in(PG_FUNCTION_ARGS)
{
	char	   *str = PG_GETARG_CSTRING(0);
	text	   *resource = make_resource(str, strlen(str), ERRCODE_INVALID_TEXT_REPRESENTATION, fcinfo->context);

	if (resource == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(resource);
}

PG_FUNCTION_INFO_V1(authz_resource_recv);
Datum
authz_resource_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int			len;
	char	   *str = pq_getmsgtext(buf, buf->len - buf->cursor, &len);

	PG_RETURN_TEXT_P(make_resource(str, len, ERRCODE_INVALID_BINARY_REPRESENTATION, NULL));
}

/* The cast from text. */
PG_FUNCTION_INFO_V1(authz_resource);
Datum
authz_resource(PG_FUNCTION_ARGS)
{
	text	   *str = PG_GETARG_TEXT_PP(0);

	PG_RETURN_TEXT_P(make_resource(VARDATA_ANY(str), VARSIZE_ANY_EXHDR(str),
								   ERRCODE_INVALID_TEXT_REPRESENTATION, NULL));
}

PG_FUNCTION_INFO_V1(authz_resource_type);
Datum
authz_resource_type(PG_FUNCTION_ARGS)
{
	text	   *resource = PG_GETARG_TEXT_PP(0);
	const char *str = VARDATA_ANY(resource);

	PG_RETURN_TEXT_P(cstring_to_text_with_len(str, find_colon(resource) - str));
}

PG_FUNCTION_INFO_V1(authz_resource_id);
Datum
authz_resource_id(PG_FUNCTION_ARGS)
{
	text	   *resource = PG_GETARG_TEXT_PP(0);
	const char *id = find_colon(resource) + 1;
	const char *end = VARDATA_ANY(resource) + VARSIZE_ANY_EXHDR(resource);

	PG_RETURN_TEXT_P(cstring_to_text_with_len(id, end - id));
}

bool
authz_references_canonicalize_subject(const char *str, size_t len, char *out, size_t *out_len)
{
	AuthzSubjectKind kind;
	bool		bare;
	size_t		prefix_len;

	if (authz_grammar_validate_subject(str, len, &kind, &bare) != NULL ||
		!pg_verifymbstr(str, len, true))
		return false;

	prefix_len = bare ? strlen("user:") : 0;
	memcpy(out, "user:", prefix_len);
	memcpy(out + prefix_len, str, len);
	*out_len = prefix_len + len;
	return true;
}

bool
authz_references_canonicalize_user(const char *id, size_t len, char *out, size_t *out_len)
{
	const size_t prefix_len = strlen("user:");

	if (authz_grammar_validate_user_id(id, len) != NULL || !pg_verifymbstr(id, len, true))
		return false;
	memcpy(out, "user:", prefix_len);
	memcpy(out + prefix_len, id, len);
	*out_len = prefix_len + len;
	return true;
}

text *
authz_references_make_resource(const char *type, size_t type_len, const char *id, size_t id_len)
{
	char		buf[AUTHZ_RESOURCE_MAX];
	size_t		len = type_len + 1 + id_len;
	size_t		found_len;

	if (type_len > AUTHZ_TYPE_MAX || id_len > AUTHZ_ID_MAX)
		return NULL;
	memcpy(buf, type, type_len);
	buf[type_len] = ':';
	memcpy(buf + type_len + 1, id, id_len);

	/* A colon in type would move the border between type and id. */
	if (authz_grammar_validate_resource(buf, len, &found_len) != NULL ||
		found_len != type_len || !pg_verifymbstr(buf, len, true))
		return NULL;
	return cstring_to_text_with_len(buf, len);
}

/*
 * The canonical subject, palloc'd.  If str is malformed, an error with the
 * given SQLSTATE; a soft error, with NULL as the result, if escontext asks for
 * it.  str is valid in the server's encoding, as all text is.
 */
static text *
make_subject(const char *str, size_t len, int sqlstate, Node *escontext)
{
	AuthzSubjectKind kind;
	bool		bare;
	const char *problem = authz_grammar_validate_subject(str, len, &kind, &bare);
	size_t		prefix_len;
	text	   *subject;

	if (problem != NULL)
		ereturn(escontext, NULL,
				errcode(sqlstate),
				errmsg("invalid input syntax for type %s: \"%.*s\"", "authz.subject", (int) len, str),
				errdetail_internal("%s", problem),
				errhint("A subject is \"user:ID\", \"team:ID\", \"service_account:ID\", \"TYPE:ID#member\" or \"user:*\"."));

	prefix_len = bare ? strlen("user:") : 0;
	subject = palloc(VARHDRSZ + prefix_len + len);
	SET_VARSIZE(subject, VARHDRSZ + prefix_len + len);
	memcpy(VARDATA(subject), "user:", prefix_len);
	memcpy(VARDATA(subject) + prefix_len, str, len);
	return subject;
}

/* As make_subject, for a resource. */
static text *
make_resource(const char *str, size_t len, int sqlstate, Node *escontext)
{
	size_t		type_len;
	const char *problem = authz_grammar_validate_resource(str, len, &type_len);

	if (problem != NULL)
		ereturn(escontext, NULL,
				errcode(sqlstate),
				errmsg("invalid input syntax for type %s: \"%.*s\"", "authz.resource", (int) len, str),
				errdetail_internal("%s", problem),
				errhint("A resource is \"TYPE:ID\", such as \"project:42\"."));
	return cstring_to_text_with_len(str, len);
}

/* The first colon of a stored value, which always has one. */
static const char *
find_colon(text *reference)
{
	const char *colon = memchr(VARDATA_ANY(reference), ':', VARSIZE_ANY_EXHDR(reference));

	Assert(colon != NULL);
	return colon;
}
