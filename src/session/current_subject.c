/*
 * current_subject.c
 *	  The current subject, as the settings name it.
 *
 * authz.subject_source tells where the current subject comes from:
 *
 *	authz.subject			the setting of that name
 *	role					the caller's database role: user:<role>
 *	NAME					another setting, such as app.actor
 *	NAME->>KEY				a key of a setting that holds a JSON object, such as
 *							request.jwt.claims->>sub of PostgREST; keys may be nested:
 *							request.jwt.claims->app_metadata->>uid
 *
 * An unset, empty or malformed value is nobody, never an error: a permission
 * check must not fail because of its input.  The result is kept until the
 * source's value changes.
 *
 * The value of a key is a claim of an identity provider, where people may
 * choose their names: the whole text is the id of a user, whatever it looks
 * like.  A setting without a key is written as authz.subject is, by the
 * application.
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "cache/plan_marks.h"
#include "cache/validity.h"
#include "session/current_subject.h"
#include "session/json_claim.h"
#include "session/settings.h"
#include "types/references.h"

typedef enum SourceKind
{
	SOURCE_SUBJECT,
	SOURCE_ROLE,
	SOURCE_SETTING
} SourceKind;

#define MAX_SOURCE 256			/* bytes of authz.subject_source */
#define MAX_KEYS 8

typedef struct Source
{
	SourceKind	kind;
	char	   *setting;
	int			nkeys;			/* 0: the whole setting */
	const char *keys[MAX_KEYS];
	char		buffer[MAX_SOURCE + 1]; /* memory of the strings */
} Source;

bool		authz_current_subject_varies = false;

static bool source_known = false;	/* source is valid (not: subject) */
static Source source;

static bool subject_known = false;
static Oid	known_role = InvalidOid;	/* SOURCE_ROLE: the role that subject
										 * was made from */
static char *known_value = NULL;	/* SOURCE_SETTING: the value that subject
									 * was made from */
static char subject[AUTHZ_SUBJECT_MAX];
static int	subject_len = 0;	/* 0: nobody */

static char last_subject[AUTHZ_SUBJECT_MAX];	/* subject of the last answers */
static int	last_subject_len = -1;

static const char *parse_source(const char *text, Source *result);
static const char *parse_key(const char **at, char **room, const char **key);
static char *copy_source_part(char **room, const char *start, const char *end);
static bool is_setting_name(const char *name);
static void set_subject(const char *text);
static void set_subject_to_user(const char *id);
static void refresh_subject_from_role(Oid role);
static void refresh_subject_from_setting(void);
static void handle_role_message(Datum arg, int cacheid, uint32 hashvalue);

void
authz_current_subject_init(void)
{
	CacheRegisterSyscacheCallback(AUTHOID, handle_role_message, (Datum) 0);
}

/* Callback: a role has been altered, perhaps renamed.  Sets flags only. */
static void
handle_role_message(Datum arg, int cacheid, uint32 hashvalue)
{
	if (!source_known || source.kind != SOURCE_ROLE)
		return;
	subject_known = false;
	authz_validity_bump_epoch();
}

/* A setting that names the subject has been assigned, or rolled back. */
void
authz_current_subject_reset(void)
{
	source_known = false;
	subject_known = false;
	authz_current_subject_varies = true;	/* until the source is read again */
	authz_validity_bump_epoch();
	authz_plan_marks_subject_changed();
}

const char *
authz_current_subject_validate_source(const char *text)
{
	Source		result;

	return parse_source(text, &result);
}

bool
authz_current_subject_read(Oid role, const char **name, int *len)
{
	if (!source_known)
	{
		/* The check hook has accepted the source, so it is well-formed. */
		(void) parse_source(authz_setting_subject_source, &source);
		source_known = true;
		authz_current_subject_varies = source.kind != SOURCE_SUBJECT;
	}
	switch (source.kind)
	{
		case SOURCE_SUBJECT:
			if (!subject_known)
				set_subject(authz_setting_subject);
			break;
		case SOURCE_ROLE:
			refresh_subject_from_role(role);
			break;
		case SOURCE_SETTING:
			refresh_subject_from_setting();
			break;
	}
	*name = subject;
	*len = subject_len;
	return subject_len > 0;
}

void
authz_current_subject_note_use(const char *name, int len)
{
	if (len == last_subject_len && memcmp(name, last_subject, len) == 0)
		return;
	memcpy(last_subject, name, len);
	last_subject_len = len;
	authz_validity_bump_epoch();
	authz_plan_marks_subject_changed();
}

/* The text is written as authz.subject is. */
static void
set_subject(const char *text)
{
	size_t		len;

	subject_len = 0;
	if (text != NULL && authz_references_canonicalize_subject(text, strlen(text), subject, &len))
		subject_len = (int) len;
	subject_known = true;
}

/* The whole text is the id of a user. */
static void
set_subject_to_user(const char *id)
{
	size_t		len;

	subject_len = 0;
	if (id != NULL && authz_references_canonicalize_user(id, strlen(id), subject, &len))
		subject_len = (int) len;
	subject_known = true;
}

static void
refresh_subject_from_role(Oid role)
{
	char	   *name;

	if (subject_known && role == known_role)
		return;
	subject_known = false;
	name = GetUserNameFromId(role, true);
	set_subject_to_user(name);
	known_role = role;
	if (name != NULL)
		pfree(name);
}

static void
refresh_subject_from_setting(void)
{
	const char *value = GetConfigOption(source.setting, true, false);
	AuthzSubjectKind kind;
	char	   *copy;

	if (value == NULL)
		value = "";
	if (subject_known && known_value != NULL && strcmp(value, known_value) == 0)
		return;

	subject_known = false;
	copy = MemoryContextStrdup(TopMemoryContext, value);
	if (known_value != NULL)
		pfree(known_value);
	known_value = copy;
	if (source.nkeys > 0)
	{
		set_subject_to_user(authz_json_claim_find(value, source.keys, source.nkeys));
		return;
	}
	set_subject(value);

	/*
	 * The role that sets it may be less trusted than one that sets
	 * authz.subject, so it cannot name a group.
	 */
	if (subject_len > 0)
	{
		kind = authz_grammar_subject_kind(subject, subject_len);
		if (kind != AUTHZ_USER && kind != AUTHZ_SERVICE_ACCOUNT)
			subject_len = 0;
	}
}

/* Parse a source.  Returns NULL, or what is wrong. */
static const char *
parse_source(const char *text, Source *result)
{
	const char *at = strstr(text, "->");
	char	   *room = result->buffer;

	if (strlen(text) > MAX_SOURCE)
		return "The source is too long.";
	if (at == NULL)
		at = text + strlen(text);
	result->setting = copy_source_part(&room, text, at);
	result->nkeys = 0;
	while (*at != '\0')
	{
		bool		is_last = at[2] == '>';
		const char *problem;

		if (result->nkeys == MAX_KEYS)
			return "There are too many keys.";
		at += is_last ? 3 : 2;
		problem = parse_key(&at, &room, &result->keys[result->nkeys++]);
		if (problem != NULL)
			return problem;
		if (is_last != (*at == '\0'))
			return "The last key, and no other, must follow ->>, as in request.jwt.claims->>sub.";
	}

	if (strcmp(result->setting, "role") == 0 && result->nkeys == 0)
		result->kind = SOURCE_ROLE;
	else if (pg_strcasecmp(result->setting, "authz.subject") == 0 && result->nkeys == 0)
		result->kind = SOURCE_SUBJECT;
	else if (pg_strncasecmp(result->setting, "authz.", strlen("authz.")) == 0)
		return "Of the settings of authz, only authz.subject names a subject.";
	else if (is_setting_name(result->setting))
		result->kind = SOURCE_SETTING;
	else
		return "The source must be authz.subject, role, or the name of a setting with a prefix, as in app.actor or request.jwt.claims->>sub.";
	return NULL;
}

/*
 * Parse one key, bare or in single quotes.  Afterwards *at is at the next
 * arrow, or at the end.
 */
static const char *
parse_key(const char **at, char **room, const char **key)
{
	const char *start = *at;
	const char *end;

	while (*start == ' ')
		start++;
	if (*start == '\'')
	{
		end = strchr(++start, '\'');
		if (end == NULL)
			return "A quoted key must end with a quote.";
		*at = end + 1;
		while (**at == ' ')
			(*at)++;
		if (**at != '\0' && strncmp(*at, "->", 2) != 0)
			return "Nothing may follow a quoted key but an arrow.";
	}
	else
	{
		end = strstr(start, "->");
		if (end == NULL)
			end = start + strlen(start);
		*at = end;
	}
	*key = copy_source_part(room, start, end);
	return **key == '\0' ? "A key must follow each arrow." : NULL;
}

/*
 * Copy a part of the source without blanks at its ends, as a string.  The
 * arrow before it has left space for its terminator.
 */
static char *
copy_source_part(char **room, const char *start, const char *end)
{
	char	   *copy = *room;

	while (start < end && *start == ' ')
		start++;
	while (end > start && end[-1] == ' ')
		end--;
	memcpy(copy, start, end - start);
	copy[end - start] = '\0';
	*room = copy + (end - start) + 1;
	return copy;
}

/* As in guc.c for settings of extensions: identifiers, joined by dots. */
static bool
is_setting_name(const char *name)
{
	bool		dotted = false;
	bool		starts = true;	/* an identifier */

	for (const char *p = name; *p != '\0'; p++)
	{
		bool		letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_' || IS_HIGHBIT_SET(*p);

		if (*p == '.')
		{
			if (starts)
				return false;
			dotted = starts = true;
		}
		else if (letter || (!starts && ((*p >= '0' && *p <= '9') || *p == '$')))
			starts = false;
		else
			return false;
	}
	return dotted && !starts;
}
