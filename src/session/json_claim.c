/*
 * json_claim.c
 *	  Extracts one claim from a JSON document, such as the sub of
 *	  request.jwt.claims.
 *
 * PostgreSQL's own parser does the work.  It is called directly rather than
 * through jsonb's functions, because those raise an error for a malformed
 * document, and a permission check must answer "nobody" instead.
 */
#include "postgres.h"

#include "common/jsonapi.h"
#include "mb/pg_wchar.h"

#include "compat.h"
#include "session/json_claim.h"

#define MAX_NESTING 100

typedef struct ClaimState
{
	JsonLexContext *lex;
	const char *const *keys;
	int			nkeys;
	int			depth;			/* number of enclosing objects and arrays */
	int			matched;		/* how many of them are the objects at the
								 * first keys */
	bool		at_key;			/* the next value is that of keys[matched] */
	char	   *value;
} ClaimState;

static AuthzJsonResult
start_object(void *state)
{
	ClaimState *claim = state;

	if (claim->at_key && claim->matched < claim->nkeys - 1)
		claim->matched++;
	claim->at_key = false;
	claim->depth++;
	AUTHZ_JSON_RETURN;
}

static AuthzJsonResult
end_object_or_array(void *state)
{
	ClaimState *claim = state;

	claim->depth--;
	if (claim->matched > 0 && claim->depth == claim->matched)
		claim->matched--;
	AUTHZ_JSON_RETURN;
}

static AuthzJsonResult
start_array(void *state)
{
	ClaimState *claim = state;

	claim->at_key = false;
	claim->depth++;
	AUTHZ_JSON_RETURN;
}

static AuthzJsonResult
start_field(void *state, char *name, bool isnull)
{
	ClaimState *claim = state;

	claim->at_key = claim->depth == claim->matched + 1 && strcmp(name, claim->keys[claim->matched]) == 0;
	/* As in jsonb, the last of several equal keys counts. */
	if (claim->at_key)
		claim->value = NULL;
	AUTHZ_JSON_RETURN;
}

static AuthzJsonResult
read_scalar(void *state, char *token, JsonTokenType type)
{
	ClaimState *claim = state;

	if (claim->at_key && claim->matched == claim->nkeys - 1 &&
		(type == JSON_TOKEN_STRING || type == JSON_TOKEN_NUMBER))
		claim->value = token;
	claim->at_key = false;
	AUTHZ_JSON_RETURN;
}

/*
 * Is the document nested more deeply than claims are?  The parser is
 * recursive, and would raise an error at the limit of the stack.
 */
static bool
is_nested_too_deep(const char *document)
{
	int			depth = 0;
	bool		in_string = false;

	for (const char *at = document; *at != '\0'; at++)
	{
		if (in_string)
		{
			if (*at == '\\' && at[1] != '\0')
				at++;
			else if (*at == '"')
				in_string = false;
		}
		else if (*at == '"')
			in_string = true;
		else if (*at == '[' || *at == '{')
		{
			if (++depth > MAX_NESTING)
				return true;
		}
		else if (*at == ']' || *at == '}')
			depth--;
	}
	return false;
}

/*
 * The document without characters that the encoding of the database may not
 * have: they are an error of the parser's, also in a claim that is not
 * extracted.  Each becomes a control character, with which no id is
 * well-formed.
 */
static char *
replace_foreign_characters(const char *document, int len)
{
	char	   *copy = pnstrdup(document, len);

	for (char *at = copy; *at != '\0'; at++)
	{
		if (*at != '\\' || at[1] == '\0')
			continue;
		at++;
		if (*at == 'u' && strspn(at + 1, "0123456789abcdefABCDEF") >= 4 &&
			(at[1] != '0' || at[2] != '0' || at[3] >= '8'))
			memcpy(at + 1, "0001", 4);
	}
	return copy;
}

char *
authz_json_claim_find(const char *document, const char *const *keys, int nkeys)
{
	ClaimState	claim = {0};
	JsonSemAction actions = {0};
	int			len = strlen(document);

	/* The lexer requires valid text. */
	if (pg_encoding_verifymbstr(GetDatabaseEncoding(), document, len) != len ||
		is_nested_too_deep(document))
		return NULL;

	claim.keys = keys;
	claim.nkeys = nkeys;
	if (GetDatabaseEncoding() != PG_UTF8)
		document = replace_foreign_characters(document, len);
	claim.lex = authz_json_lexer(document, len);
	actions.semstate = &claim;
	actions.object_start = start_object;
	actions.object_end = end_object_or_array;
	actions.array_start = start_array;
	actions.array_end = end_object_or_array;
	actions.object_field_start = start_field;
	actions.scalar = read_scalar;
	if (pg_parse_json(claim.lex, &actions) != JSON_SUCCESS)
		return NULL;
	return claim.value;
}
