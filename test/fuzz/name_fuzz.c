/*
 * name_fuzz.c
 *		libFuzzer harness for src/types/grammar.c: any bytes, without reading past them,
 *		get the answer that regular expressions give.
 *
 * The expressions are POSIX ones in the C locale, so bytes, as in grammar.c.  What
 * they cannot say comfortably (lengths, a zero byte) is said beside them.
 */
#include <assert.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "types/grammar.h"

#define LABEL	"[a-z0-9_-]+"
#define NAME	"[A-Za-z0-9_-]+"
#define ID		"([^\001-\037\177]+)"

typedef struct Pattern
{
	const char *source;
	size_t		max[3];			/* of the whole and of each group; 0: any */
	regex_t		compiled;
	int			ready;
} Pattern;

static Pattern permission = {.source = "^" NAME "([.:/]" NAME ")*$", .max = {AUTHZ_PERMISSION_MAX, 0, 0}};
static Pattern type = {.source = "^" LABEL "$", .max = {AUTHZ_TYPE_MAX, 0, 0}};
static Pattern resource = {.source = "^(" LABEL "):" ID "$", .max = {0, AUTHZ_TYPE_MAX, AUTHZ_ID_MAX}};
static Pattern principal = {.source = "^(user|team|service_account):" ID "$", .max = {0, 0, AUTHZ_ID_MAX}};
static Pattern members = {.source = "^(" LABEL "):" ID "#member$", .max = {0, AUTHZ_TYPE_MAX, AUTHZ_ID_MAX}};

static int	matches(Pattern *pattern, const char *str, size_t len, regmatch_t *groups);
static int	is_id(const char *str, const regmatch_t *group);
static int	is(const char *str, const regmatch_t *group, const char *word);
static int	expect_subject(const char *str, size_t len, AuthzSubjectKind *kind);
static void check_subject(const char *str, size_t len);

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *str = (const char *) data;
	regmatch_t	groups[3];
	size_t		type_len = SIZE_MAX;
	int			expected;
	const char *problem;

	problem = authz_grammar_validate_permission(str, size);
	assert((problem == NULL) == matches(&permission, str, size, groups));
	problem = authz_grammar_validate_type(str, size);
	assert((problem == NULL) == matches(&type, str, size, groups));

	expected = matches(&resource, str, size, groups) && is_id(str, &groups[2]);
	problem = authz_grammar_validate_resource(str, size, &type_len);
	assert((problem == NULL) == expected);
	assert(!expected || type_len == (size_t) groups[1].rm_eo);

	check_subject(str, size);
	return 0;
}

static void
check_subject(const char *str, size_t len)
{
	char		canonical[sizeof("user:") + 4096];
	AuthzSubjectKind kind;
	AuthzSubjectKind expected_kind;
	bool		bare;
	int			is_bare = len == 0 || memchr(str, ':', len) == NULL;
	size_t		prefix_len = is_bare ? strlen("user:") : 0;
	int			expected;
	const char *problem;

	if (len > 4096)
		return;
	memcpy(canonical, "user:", prefix_len);
	if (len > 0)
		memcpy(canonical + prefix_len, str, len);
	expected = expect_subject(canonical, prefix_len + len, &expected_kind);

	problem = authz_grammar_validate_subject(str, len, &kind, &bare);
	assert((problem == NULL) == expected);
	if (problem != NULL)
		return;
	assert(kind == expected_kind);
	assert(bare == is_bare);
	assert(prefix_len + len <= AUTHZ_SUBJECT_MAX);
	assert(authz_grammar_subject_kind(canonical, prefix_len + len) == expected_kind);

	/* The canonical form means the same, and is its own canonical form. */
	problem = authz_grammar_validate_subject(canonical, prefix_len + len, &kind, &bare);
	assert(problem == NULL && kind == expected_kind && !bare);
}

/* The kind of a subject in canonical form; 0 if it is malformed. */
static int
expect_subject(const char *str, size_t len, AuthzSubjectKind *kind)
{
	regmatch_t	groups[3];

	if (len == strlen("user:*") && memcmp(str, "user:*", len) == 0)
	{
		*kind = AUTHZ_EVERYONE;
		return 1;
	}
	if (matches(&principal, str, len, groups) && is_id(str, &groups[2]))
	{
		*kind = is(str, &groups[1], "user") ? AUTHZ_USER :
			is(str, &groups[1], "team") ? AUTHZ_TEAM : AUTHZ_SERVICE_ACCOUNT;
		return 1;
	}
	*kind = AUTHZ_MEMBERS;
	return matches(&members, str, len, groups) && is_id(str, &groups[2]) &&
		!is(str, &groups[1], "user") && !is(str, &groups[1], "team") &&
		!is(str, &groups[1], "service_account");
}

static int
matches(Pattern *pattern, const char *str, size_t len, regmatch_t *groups)
{
	char	   *copy;
	int			result;

	if (!pattern->ready)
	{
		if (regcomp(&pattern->compiled, pattern->source, REG_EXTENDED) != 0)
			abort();
		pattern->ready = 1;
	}
	if (len == 0 || memchr(str, '\0', len) != NULL)
		return 0;

	copy = malloc(len + 1);
	memcpy(copy, str, len);
	copy[len] = '\0';
	result = regexec(&pattern->compiled, copy, 3, groups, 0) == 0;
	free(copy);
	for (int i = 0; result && i < 3; i++)
	{
		if (pattern->max[i] > 0 && (size_t) (groups[i].rm_eo - groups[i].rm_so) > pattern->max[i])
			return 0;
	}
	return result;
}

/* What the expression for an id leaves open. */
static int
is_id(const char *str, const regmatch_t *group)
{
	static const char suffix[] = "#member";
	size_t		suffix_len = sizeof(suffix) - 1;

	return !is(str, group, "*") && str[group->rm_so] != ' ' && str[group->rm_eo - 1] != ' ' &&
		((size_t) (group->rm_eo - group->rm_so) < suffix_len ||
		 memcmp(str + group->rm_eo - suffix_len, suffix, suffix_len) != 0);
}

static int
is(const char *str, const regmatch_t *group, const char *word)
{
	return (size_t) (group->rm_eo - group->rm_so) == strlen(word) &&
		memcmp(str + group->rm_so, word, strlen(word)) == 0;
}
