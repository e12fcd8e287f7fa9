/*
 * json_claim.c
 *	  One claim of a JSON document, such as the sub of request.jwt.claims.
 *
 * PostgreSQL's own parser does the work.  It is called directly rather than
 * through jsonb's functions, because those raise an error for a malformed
 * document, and a check must answer "nobody" instead.
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
	int			depth;			/* of objects and arrays around */
	int			matched;		/* so many of them are the objects that the first keys lead to */
	bool		at_key;			/* the next value is that of keys[matched] */
	char	   *value;
} ClaimState;

static AuthzJsonResult
object_start(void *state)
{
	ClaimState *claim = state;

	if (claim->at_key && claim->matched < claim->nkeys - 1)
		claim->matched++;
	claim->at_key = false;
	claim->depth++;
	AUTHZ_JSON_RETURN;
}

static AuthzJsonResult
object_end(void *state)
{
	ClaimState *claim = state;

	claim->depth--;
	if (claim->matched > 0 && claim->depth == claim->matched)
		claim->matched--;
	AUTHZ_JSON_RETURN;
}

static AuthzJsonResult
array_start(void *state)
{
	ClaimState *claim = state;

	claim->at_key = false;
	claim->depth++;
	AUTHZ_JSON_RETURN;
}

static AuthzJsonResult
field_start(void *state, char *name, bool isnull)
{
	ClaimState *claim = state;

	claim->at_key = claim->depth == claim->matched + 1 && strcmp(name, claim->keys[claim->matched]) == 0;
	/* As in jsonb, the last of several equal keys counts. */
	if (claim->at_key)
		claim->value = NULL;
	AUTHZ_JSON_RETURN;
}

static AuthzJsonResult
scalar(void *state, char *token, JsonTokenType type)
{
	ClaimState *claim = state;

	if (claim->at_key && claim->matched == claim->nkeys - 1 &&
		(type == JSON_TOKEN_STRING || type == JSON_TOKEN_NUMBER))
		claim->value = token;
	claim->at_key = false;
	AUTHZ_JSON_RETURN;
}

/*
 * Is the document nested deeper than any claims are?  The parser is recursive,
 * and would raise an error at the limit of the stack.
 */
static bool
too_deep(const char *document)
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
 * A character that the encoding of the database may not have is an error of the
 * parser's, also in a claim that nobody asks about.  It becomes a control character,
 * with which no id is well-formed.
 */
static char *
without_foreign_characters(const char *document, int len)
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
authz_claim(const char *document, const char *const *keys, int nkeys)
{
	ClaimState	claim = {0};
	JsonSemAction actions = {0};
	int			len = strlen(document);

	/* The lexer counts on valid text. */
	if (pg_encoding_verifymbstr(GetDatabaseEncoding(), document, len) != len ||
		too_deep(document))
		return NULL;

	claim.keys = keys;
	claim.nkeys = nkeys;
	if (GetDatabaseEncoding() != PG_UTF8)
		document = without_foreign_characters(document, len);
	claim.lex = authz_json_lexer(document, len);
	actions.semstate = &claim;
	actions.object_start = object_start;
	actions.object_end = object_end;
	actions.array_start = array_start;
	actions.array_end = object_end;
	actions.object_field_start = field_start;
	actions.scalar = scalar;
	if (pg_parse_json(claim.lex, &actions) != JSON_SUCCESS)
		return NULL;
	return claim.value;
}
