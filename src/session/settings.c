/*
 * settings.c
 *	  The settings authz.*.
 *
 * authz.subject and authz.subject_source determine the current subject, so
 * only a superuser, or a role with GRANT SET ON PARAMETER, may set them
 * (PGC_SUSET): a web role that has SQL access cannot become somebody else.
 * Before the library is loaded anybody can set a placeholder of that name;
 * PostgreSQL checks it again, and drops it, when the real setting is defined.
 * For that reason nothing may decide from current_setting('authz.subject'):
 * call authz.current_subject().
 */
#include "postgres.h"

#include <limits.h>

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "cache/validity.h"
#include "session/current_subject.h"
#include "session/settings.h"

char	   *authz_setting_subject = NULL;
char	   *authz_setting_subject_source = NULL;
int			authz_setting_cache_size = 16 * 1024;
bool		authz_setting_strict = false;
bool		authz_setting_administrator = true;
double		authz_setting_index_threshold = 0.2;

static void
assign_subject(const char *newval, void *extra)
{
	authz_current_subject_reset();
}

/*
 * Entries that were cached without strict mode are not valid in strict mode.
 */
static void
assign_strict(bool newval, void *extra)
{
	authz_validity_invalidate_all();
}

static bool
check_subject_source(char **newval, void **extra, GucSource source)
{
	const char *problem = authz_current_subject_validate_source(*newval);

	if (problem == NULL)
		return true;
	GUC_check_errdetail("%s", problem);
	return false;
}

/*
 * The value that was set under this name before the library was loaded;
 * palloc'd.
 */
static char *
get_placeholder(const char *name)
{
	const char *value = GetConfigOption(name, true, false);

	return value == NULL ? NULL : pstrdup(value);
}

/*
 * A warning with a hint: PostgreSQL has just dropped a placeholder that the
 * role may not set, with a warning that does not say what to do.
 */
static void
warn_of_dropped_placeholder(const char *name, const char *placeholder, const char *value)
{
	if (placeholder == NULL || strcmp(placeholder, value) == 0 || !IsTransactionState() ||
		pg_parameter_aclcheck(name, GetUserId(), ACL_SET) == ACLCHECK_OK)
		return;
	ereport(WARNING,
			errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			errmsg("the value that was set for \"%s\" before authz was loaded does not count", name),
			errdetail("It is \"%s\" now.", value),
			errhint("If role \"%s\" is to say who asks: GRANT SET ON PARAMETER %s TO %s.  With session_preload_libraries = 'authz' the setting is refused at once.",
					GetUserNameFromId(GetUserId(), false), name,
					quote_identifier(GetUserNameFromId(GetUserId(), false))));
}

void
authz_settings_init(void)
{
	char	   *subject = get_placeholder("authz.subject");
	char	   *subject_source = get_placeholder("authz.subject_source");

	DefineCustomStringVariable("authz.subject",
							   "The current subject: who asks.",
							   "For example user:alice; a bare alice means user:alice. "
							   "Empty or malformed: nobody.",
							   &authz_setting_subject,
							   "",
							   PGC_SUSET, 0,
							   NULL, assign_subject, NULL);

	DefineCustomStringVariable("authz.subject_source",
							   "Where the current subject is read from.",
							   "authz.subject, or role (the current database role), or the name of "
							   "another setting, optionally with a JSON key: request.jwt.claims->>sub.",
							   &authz_setting_subject_source,
							   "authz.subject",
							   PGC_SUSET, 0,
							   check_subject_source, assign_subject, NULL);

	DefineCustomIntVariable("authz.cache_size",
							"Memory that a backend may use to remember subjects and resources.",
							"The least recently used ones are forgotten first.",
							&authz_setting_cache_size,
							16 * 1024, 1024, INT_MAX / 1024,
							PGC_USERSET, GUC_UNIT_KB,
							NULL, NULL, NULL);

	DefineCustomBoolVariable("authz.strict",
							 "Never combine new rows of a transaction with a grant that it revoked.",
							 "Closes the moment between a commit becoming visible and being announced, "
							 "at some cost in every check.",
							 &authz_setting_strict,
							 false,
							 PGC_SUSET, 0,
							 NULL, assign_strict, NULL);

	DefineCustomBoolVariable("authz.administrator",
							 "Whether the powers of an administrator count.",
							 "Off: management functions check the current subject, whoever calls; for "
							 "functions of an administrator that act on behalf of others.",
							 &authz_setting_administrator,
							 true,
							 PGC_USERSET, 0,
							 NULL, NULL, NULL);

	DefineCustomRealVariable("authz.index_threshold",
							 "Share of a table up to which has_permission() offers an index condition.",
							 "Above it the check per row is cheaper than fetching the rows by index.",
							 &authz_setting_index_threshold,
							 0.2, 0.0, 1.0,
							 PGC_USERSET, GUC_EXPLAIN,
							 NULL, NULL, NULL);

	MarkGUCPrefixReserved("authz");

	warn_of_dropped_placeholder("authz.subject", subject, authz_setting_subject);
	warn_of_dropped_placeholder("authz.subject_source", subject_source, authz_setting_subject_source);
}
