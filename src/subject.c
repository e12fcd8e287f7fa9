/*
 * subject.c
 *	  Who asks: the current subject, and the database role behind it.
 *
 * authz.subject_source tells where the current subject comes from:
 *
 *	authz.subject			the setting of that name
 *	role					the database role: user:<role>
 *	NAME					another setting, such as app.actor
 *	NAME->>KEY				a key of a setting that holds a JSON object, such as
 *							request.jwt.claims->>sub of PostgREST
 *
 * Unset, empty or malformed is nobody, never an error: a check may not fail on
 * what it is given.  The result is kept until the source's value changes.
 *
 * The database role is the outer one, that of the session or of SET ROLE: a
 * SECURITY DEFINER function does not make its caller somebody else.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "cache.h"
#include "catalog.h"
#include "claim.h"
#include "planner.h"
#include "reference.h"
#include "settings.h"
#include "subject.h"

typedef enum Source
{
	SOURCE_SUBJECT,
	SOURCE_ROLE,
	SOURCE_SETTING
} Source;

bool		authz_subject_varies = false;

static bool source_known = false;	/* of the setting, not of the subject */
static Source source;
static char setting_name[NAMEDATALEN * 2];
static char json_key[NAMEDATALEN * 2];	/* empty: the whole setting */

static bool subject_known = false;
static Oid	known_role = InvalidOid;	/* SOURCE_ROLE: what subject is made from */
static char *known_value = NULL;	/* SOURCE_SETTING: likewise */
static char subject[AUTHZ_SUBJECT_MAX];
static size_t subject_len = 0;	/* 0: nobody */

static const char *parse_source(const char *text, Source *result, char *name, char *key);
static void set_subject(const char *text, bool only_persons);
static void refresh_from_role(void);
static void refresh_from_setting(void);
static void role_changed(Datum arg, int cacheid, uint32 hashvalue);

PG_FUNCTION_INFO_V1(authz_current_subject);
PG_FUNCTION_INFO_V1(authz_outer_role);
PG_FUNCTION_INFO_V1(authz_is_administrator);

void
authz_subject_init(void)
{
	CacheRegisterSyscacheCallback(AUTHOID, role_changed, (Datum) 0);
}

/* A role has been altered, perhaps renamed.  Sets flags only. */
static void
role_changed(Datum arg, int cacheid, uint32 hashvalue)
{
	if (!source_known || source != SOURCE_ROLE)
		return;
	subject_known = false;
	authz_cache_moved();
}

/* A setting that says who asks has been assigned, or rolled back. */
void
authz_subject_changed(void)
{
	source_known = false;
	subject_known = false;
	authz_subject_varies = true;	/* until it is known again */
	authz_cache_moved();
	authz_planner_subject_changed();
}

/* NULL if it is well-formed, else what is wrong. */
const char *
authz_subject_check_source(const char *text)
{
	Source		result;
	char		name[sizeof(setting_name)];
	char		key[sizeof(json_key)];

	return parse_source(text, &result, name, key);
}

bool
authz_subject_current(const char **name, int *len)
{
	if (!source_known)
	{
		/* The check hook has seen it, so it is well-formed. */
		(void) parse_source(authz_setting_subject_source, &source, setting_name, json_key);
		source_known = true;
		authz_subject_varies = source != SOURCE_SUBJECT;
	}
	switch (source)
	{
		case SOURCE_SUBJECT:
			if (!subject_known)
				set_subject(authz_setting_subject, false);
			break;
		case SOURCE_ROLE:
			refresh_from_role();
			break;
		case SOURCE_SETTING:
			refresh_from_setting();
			break;
	}
	*name = subject;
	*len = (int) subject_len;
	return subject_len > 0;
}

/*
 * only_persons: the text comes from an identity provider, where people may
 * choose their names.  One who is called team:eng does not become that team.
 */
static void
set_subject(const char *text, bool only_persons)
{
	AuthzSubjectKind kind;
	bool		bare;

	if (text == NULL || !authz_subject_canonicalize(text, strlen(text), subject, &subject_len))
		subject_len = 0;
	else if (only_persons &&
			 (authz_name_check_subject(subject, subject_len, &kind, &bare) != NULL ||
			  (kind != AUTHZ_USER && kind != AUTHZ_SERVICE_ACCOUNT)))
		subject_len = 0;
	subject_known = true;
	authz_cache_moved();
	authz_planner_subject_changed();
}

static void
refresh_from_role(void)
{
	Oid			role = GetOuterUserId();
	char	   *name;

	if (subject_known && role == known_role)
		return;
	subject_known = false;
	name = GetUserNameFromId(role, true);
	/* A role's name is a bare id: one that looks like user:x is nobody. */
	set_subject(name != NULL && strchr(name, ':') == NULL ? name : NULL, true);
	known_role = role;
	if (name != NULL)
		pfree(name);
}

static void
refresh_from_setting(void)
{
	const char *value = GetConfigOption(setting_name, true, false);
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
	if (json_key[0] == '\0')
		set_subject(value, true);
	else
		set_subject(authz_claim(value, json_key), true);
}

/*
 * Take a source apart.  name and key have the size of setting_name and
 * json_key.  Returns NULL, or what is wrong.
 */
static const char *
parse_source(const char *text, Source *result, char *name, char *key)
{
	const char *arrow = strstr(text, "->>");
	size_t		name_len = arrow != NULL ? (size_t) (arrow - text) : strlen(text);
	const char *key_start = arrow != NULL ? arrow + 3 : "";
	size_t		key_len;

	while (name_len > 0 && text[name_len - 1] == ' ')
		name_len--;
	while (*key_start == ' ')
		key_start++;
	key_len = strlen(key_start);
	while (key_len > 0 && key_start[key_len - 1] == ' ')
		key_len--;
	if (key_len >= 2 && key_start[0] == '\'' && key_start[key_len - 1] == '\'')
	{
		key_start++;
		key_len -= 2;
	}

	if (name_len == 0)
		return "The source must be authz.subject, role, or the name of a setting.";
	if (name_len >= sizeof(setting_name) || key_len >= sizeof(json_key))
		return "The source is too long.";
	if (arrow != NULL && key_len == 0)
		return "A JSON key must follow ->>.";
	memcpy(name, text, name_len);
	name[name_len] = '\0';
	memcpy(key, key_start, key_len);
	key[key_len] = '\0';

	if (arrow == NULL && strcmp(name, "authz.subject") == 0)
		*result = SOURCE_SUBJECT;
	else if (arrow == NULL && strcmp(name, "role") == 0)
		*result = SOURCE_ROLE;
	else if (strchr(name, '.') == NULL)
		return "The name of the setting must have a prefix, as in app.actor.";
	else
		*result = SOURCE_SETTING;
	return NULL;
}

/*
 * authz.current_subject() returns authz.subject: NULL for nobody.
 */
Datum
authz_current_subject(PG_FUNCTION_ARGS)
{
	const char *name;
	int			len;

	if (!authz_subject_current(&name, &len))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(name, len));
}

/*
 * authz.outer_role() returns name: the database role of the session, or of its
 * SET ROLE, also inside a SECURITY DEFINER function.
 */
Datum
authz_outer_role(PG_FUNCTION_ARGS)
{
	Name		result = palloc0(NAMEDATALEN);

	namestrcpy(result, GetUserNameFromId(GetOuterUserId(), false));
	PG_RETURN_NAME(result);
}

bool
authz_subject_is_administrator(void)
{
	const AclMode needed = ACL_INSERT | ACL_UPDATE | ACL_DELETE;

	for (int i = 0; i < AUTHZ_TABLE_COUNT; i++)
		if (pg_class_aclmask(authz_catalog_table(i), GetOuterUserId(), needed, ACLMASK_ALL) != needed)
			return false;
	return true;
}

/*
 * authz.is_administrator() returns boolean: may the outer database role write
 * every table of the model?
 */
Datum
authz_is_administrator(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(authz_subject_is_administrator());
}
