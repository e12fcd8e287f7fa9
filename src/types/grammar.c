/*
 * grammar.c
 *	  The grammar of permission names and of references to subjects and
 *	  resources.
 *
 * Plain C without the server, so that a fuzzer can reach all of it.  Nothing
 * here allocates or raises an error: a validating function returns NULL for a
 * well-formed value and otherwise a sentence that says what is wrong, fit for
 * errdetail().  The caller ensures that the bytes are valid in the server's
 * encoding; every server encoding leaves the ASCII bytes to ASCII, so that
 * looking at single bytes is enough here.
 *
 *	permission = name { ( "." | ":" | "/" ) name }
 *	name       = 1*( "A".."Z" | "a".."z" | "0".."9" | "_" | "-" )
 *	label      = 1*( "a".."z" | "0".."9" | "_" | "-" )
 *	resource   = type ":" id
 *	type       = label
 *	source     = 1*( "a".."z" | "0".."9" | "_" | "-" | "." | ":" )
 *	subject    = [ "user:" ] ( id | "*" ) | "team:" id
 *	           | "service_account:" id | type ":" id "#member"
 *	id         = any bytes but control characters, no space at either
 *	             end, not just "*", not with "#member" at the end
 *
 * An id may contain colons, "#" and inner spaces, but a subject without
 * "user:" in front may not contain a colon.
 */
#include <string.h>

#include "types/grammar.h"

#define MEMBER_SUFFIX "#member"

static const char *validate_id(const char *str, size_t len);
static bool is_label_byte(char c);
static bool is_permission_byte(char c);
static bool is_everyone_id(const char *str, size_t len);
static bool is_member_set_id(const char *str, size_t len);
static bool find_subject_kind(const char *str, size_t len, AuthzSubjectKind *kind);

const char *
authz_grammar_validate_permission(const char *str, size_t len)
{
	size_t		label_len = 0;

	if (len == 0)
		return "A permission name must not be empty.";
	if (len > AUTHZ_PERMISSION_MAX)
		return "A permission name must not be longer than 255 bytes.";

	for (size_t i = 0; i < len; i++)
	{
		if (is_permission_byte(str[i]))
			label_len++;
		else if (str[i] != '.' && str[i] != ':' && str[i] != '/')
			return "A permission name must consist of ASCII letters, digits, \"_\" and \"-\", in labels joined by \".\", \":\" or \"/\".";
		else if (label_len == 0)
			return "A permission name must not contain an empty label.";
		else
			label_len = 0;
	}
	if (label_len == 0)
		return "A permission name must not contain an empty label.";
	return NULL;
}

const char *
authz_grammar_validate_type(const char *str, size_t len)
{
	if (len == 0)
		return "A resource type must not be empty.";
	if (len > AUTHZ_TYPE_MAX)
		return "A resource type must not be longer than 63 bytes.";

	for (size_t i = 0; i < len; i++)
	{
		if (!is_label_byte(str[i]))
			return "A resource type must consist of lower-case ASCII letters, digits, \"_\" and \"-\".";
	}
	return NULL;
}

const char *
authz_grammar_validate_source(const char *str, size_t len)
{
	bool		well_formed = len > 0 && len <= AUTHZ_SOURCE_MAX;

	for (size_t i = 0; well_formed && i < len; i++)
		well_formed = is_label_byte(str[i]) || str[i] == '.' || str[i] == ':';
	return well_formed ? NULL : "A source has 1 to 63 lower-case letters, digits, \"_\", \".\", \":\" and \"-\".";
}

/*
 * On success, *type_len is the length of the part before the first colon.
 */
const char *
authz_grammar_validate_resource(const char *str, size_t len, size_t *type_len)
{
	const char *colon = len > 0 ? memchr(str, ':', len) : NULL;
	const char *problem;

	if (colon == NULL)
		return "A resource must have a colon between its type and its id.";

	problem = authz_grammar_validate_type(str, colon - str);
	if (problem == NULL)
		problem = validate_id(colon + 1, str + len - (colon + 1));
	if (problem == NULL)
		*type_len = colon - str;
	return problem;
}

/*
 * On success, *bare says that the canonical form has "user:" in front.
 */
const char *
authz_grammar_validate_subject(const char *str, size_t len, AuthzSubjectKind *kind, bool *bare)
{
	const char *end = str + len;
	const char *colon = len > 0 ? memchr(str, ':', len) : NULL;
	const char *id = colon != NULL ? colon + 1 : str;
	const char *problem;

	*bare = (colon == NULL);
	if (*bare)
		*kind = AUTHZ_USER;
	if (*bare || find_subject_kind(str, colon - str, kind))
	{
		if (*kind == AUTHZ_USER && is_everyone_id(id, end - id))
		{
			*kind = AUTHZ_EVERYONE;
			return NULL;
		}
		return validate_id(id, end - id);
	}

	if (!is_member_set_id(id, end - id))
		return "The part before the colon is not a kind of subject.";

	*kind = AUTHZ_MEMBERS;
	problem = authz_grammar_validate_type(str, colon - str);
	if (problem == NULL)
		problem = validate_id(id, end - id - strlen(MEMBER_SUFFIX));
	return problem;
}

/* The whole string is an id, whatever colons it has. */
const char *
authz_grammar_validate_user_id(const char *str, size_t len)
{
	return validate_id(str, len);
}

AuthzSubjectKind
authz_grammar_subject_kind(const char *str, size_t len)
{
	AuthzSubjectKind kind = AUTHZ_USER;
	const char *colon = memchr(str, ':', len);

	if (colon == NULL || !find_subject_kind(str, colon - str, &kind))
		return AUTHZ_MEMBERS;
	return kind == AUTHZ_USER && is_everyone_id(colon + 1, str + len - (colon + 1)) ? AUTHZ_EVERYONE : kind;
}

static const char *
validate_id(const char *str, size_t len)
{
	if (len == 0)
		return "An id must not be empty.";
	if (len > AUTHZ_ID_MAX)
		return "An id must not be longer than 255 bytes.";
	if (is_everyone_id(str, len))
		return "An id must not be \"*\".";
	if (str[0] == ' ' || str[len - 1] == ' ')
		return "An id must not start or end with a space.";
	if (is_member_set_id(str, len))
		return "An id must not end with \"#member\".";

	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) str[i];

		if (c < 0x20 || c == 0x7f)
			return "An id must not contain control characters.";
	}
	return NULL;
}

/* Not isalnum(): that depends on the locale. */
static bool
is_label_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool
is_permission_byte(char c)
{
	return is_label_byte(c) || (c >= 'A' && c <= 'Z');
}

static bool
is_everyone_id(const char *str, size_t len)
{
	return len == 1 && str[0] == '*';
}

/* Does the id end as the name of a member set does? */
static bool
is_member_set_id(const char *str, size_t len)
{
	return len >= strlen(MEMBER_SUFFIX) &&
		memcmp(str + len - strlen(MEMBER_SUFFIX), MEMBER_SUFFIX, strlen(MEMBER_SUFFIX)) == 0;
}

static bool
find_subject_kind(const char *str, size_t len, AuthzSubjectKind *kind)
{
	static const struct
	{
		const char *name;
		AuthzSubjectKind kind;
	}			kinds[] = {
		{"user", AUTHZ_USER},
		{"team", AUTHZ_TEAM},
		{"service_account", AUTHZ_SERVICE_ACCOUNT},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
	{
		if (len == strlen(kinds[i].name) && memcmp(str, kinds[i].name, len) == 0)
		{
			*kind = kinds[i].kind;
			return true;
		}
	}
	return false;
}
