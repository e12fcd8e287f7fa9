/*
 * role_name.c
 *	  Which texts can be the name of a role.
 *
 * Tenants name their roles as they like, for people who read them in lists and
 * in the audit log.  A name that looks like another one would mislead them,
 * and so would one that ends a line there and begins another.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "compat.h"

#define MAX_ROLE_NAME 255

typedef struct CodePointRange
{
	pg_wchar	first;
	pg_wchar	last;
} CodePointRange;

/*
 * Code points without a width of their own, or without a visible glyph: the
 * format characters of Unicode (category Cf), variation selectors, fillers,
 * and others that are "default ignorable" or blank in spite of being a letter.
 */
static const CodePointRange invisible[] = {
	{0x00ad, 0x00ad}, {0x034f, 0x034f}, {0x061c, 0x061c}, {0x115f, 0x1160}, {0x17b4, 0x17b5},
	{0x180b, 0x180f}, {0x200b, 0x200f}, {0x202a, 0x202e}, {0x2060, 0x206f}, {0x2800, 0x2800},
	{0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff0, 0xfffb},
	{0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

/* Blanks: category Zs. */
static const CodePointRange blanks[] = {
	{0x0020, 0x0020}, {0x00a0, 0x00a0}, {0x1680, 0x1680}, {0x2000, 0x200a}, {0x202f, 0x202f},
	{0x205f, 0x205f}, {0x3000, 0x3000},
};

static const char *find_name_problem(const char *name, int len);
static pg_wchar read_character(const char **at, const char *end, bool unicode);
static bool is_in_ranges(const CodePointRange *ranges, int count, pg_wchar c);

/*
 * authz_internal.role_name_problem(name text) returns text: what is wrong with
 * the name, or NULL.
 */
PG_FUNCTION_INFO_V1(authz_role_name_problem);
Datum
authz_role_name_problem(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(0);
	const char *problem = find_name_problem(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));

	if (problem == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(problem));
}

static const char *
find_name_problem(const char *name, int len)
{
	bool		unicode = GetDatabaseEncoding() != PG_SQL_ASCII;
	char	   *converted;
	const char *at;
	const char *end;
	bool		was_blank = true;

	if (len == 0)
		return "A role name must not be empty.";
	if (len > MAX_ROLE_NAME)
		return "A role name must not be longer than 255 bytes.";

	/* Returns the name itself if nothing is to be converted. */
	converted = pnstrdup(name, len);
	if (unicode)
		converted = pg_server_to_any(converted, len, PG_UTF8);
	end = converted + strlen(converted);
	for (at = converted; at < end;)
	{
		bool		is_first = at == converted;
		pg_wchar	c = read_character(&at, end, unicode);

		if (c < 0x20 || (c >= 0x7f && c <= 0x9f))
			return "A role name must not contain line breaks or control characters.";
		if (c == 0x2028 || c == 0x2029)
			return "A role name must not contain line breaks or control characters.";
		if (is_in_ranges(invisible, lengthof(invisible), c))
			return "A role name must not contain invisible characters.";
		was_blank = is_in_ranges(blanks, lengthof(blanks), c);
		if (was_blank && is_first)
			return "A role name must not start or end with a blank.";
	}
	return was_blank ? "A role name must not start or end with a blank." : NULL;
}

/* In SQL_ASCII the meaning of other bytes is unknown: only ASCII is tested. */
static pg_wchar
read_character(const char **at, const char *end, bool unicode)
{
	const unsigned char *bytes = (const unsigned char *) *at;
	int			len = unicode ? pg_utf_mblen(bytes) : 1;

	*at += Min(len, end - *at);
	if (!unicode)
		return IS_HIGHBIT_SET(*bytes) ? 0x100 : *bytes;
	return utf8_to_unicode(bytes);
}

static bool
is_in_ranges(const CodePointRange *ranges, int count, pg_wchar c)
{
	for (int i = 0; i < count; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}
