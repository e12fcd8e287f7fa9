/*
 * caller.c
 *	  Who calls: the database role, the subject and the powers that count for all
 *	  that a call does.
 *
 * Authority comes from the current user at the entry point, never from the session
 * or from SET ROLE outside.  In autovacuum, in maintenance commands, and in a
 * stranger's SECURITY DEFINER function that a DBA calls, the role of the session is
 * a powerful one while the code that runs is a stranger's; the current user is the
 * stranger.  So a management function is an entry point in C that is not SECURITY
 * DEFINER: it sees its real caller, and switches to the owner of the tables by itself.
 *
 * What an entry point has determined (role, subject, whether an administrator) is
 * a call.  It counts for everything that runs as its role then: checks, granted_by,
 * rules, cascades, the audit log.  Triggers that fire without one, for plain DML,
 * begin one when they switch.  Code that runs in between as somebody else, such as a
 * BEFORE trigger of an application's table that a foreign key's action has reached, is
 * not part of it: the call at the top counts only while the current user is the one
 * that it switched to.  (An AFTER trigger that is reached like that runs, before
 * PostgreSQL 18, as whoever ran the outermost statement: as the owner, within a call.
 * So whoever may make foreign keys that refer to our tables must be trusted, as whoever
 * may make triggers on them: doc/security.md.)
 *
 * Calls are a stack.  Its top is left by the function that entered it, or by the end
 * of the (sub)transaction that an error has ended; nothing runs in between.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "session/caller.h"
#include "session/current_subject.h"
#include "session/settings.h"
#include "tables/tables.h"
#include "types/grammar.h"

typedef struct Call
{
	struct Call *outer;
	Oid			caller;
	int			sec_context;	/* of the caller */
	Oid			runs_as;
	int			nest_level;		/* of the transaction at the entry point */
	bool		may_administer; /* authz.administrator */
	bool		administrator_known;
	bool		administrator;
	bool		writes_states;
	int			subject_len;	/* 0: nobody */
	char		subject[AUTHZ_SUBJECT_MAX];
} Call;

/* The tables that an administrator may write. */
#define ADMINISTERED_TABLES (AUTHZ_READ_TABLES | AUTHZ_TABLE_BIT(AUTHZ_PERMISSION_REQUIREMENTS))

static Call *calls = NULL;		/* the innermost first; in TopTransactionContext */

static Call *current_call(void);
static void enter(Oid role);
static void transaction_ended(XactEvent event, void *arg);
static void subtransaction_ended(SubXactEvent event, SubTransactionId mySubid,
								 SubTransactionId parentSubid, void *arg);

PG_FUNCTION_INFO_V1(authz_current_subject);
PG_FUNCTION_INFO_V1(authz_write_states);
PG_FUNCTION_INFO_V1(authz_is_administrator);

void
authz_caller_init(void)
{
	RegisterXactCallback(transaction_ended, NULL);
	RegisterSubXactCallback(subtransaction_ended, NULL);
}

static void
transaction_ended(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_PARALLEL_ABORT ||
		event == XACT_EVENT_COMMIT || event == XACT_EVENT_PARALLEL_COMMIT || event == XACT_EVENT_PREPARE)
		calls = NULL;			/* their memory goes with the transaction */
}

static void
subtransaction_ended(SubXactEvent event, SubTransactionId mySubid,
					 SubTransactionId parentSubid, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		while (calls != NULL && calls->nest_level >= GetCurrentTransactionNestLevel())
		{
			Call	   *left = calls;

			calls = left->outer;
			pfree(left);
		}
}

void
authz_caller_refuse_restricted(const char *function)
{
	if (InSecurityRestrictedOperation())
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("cannot execute function \"%s\" within security-restricted operation", function),
				errdetail("Maintenance commands, materialized views and autovacuum run the code of a table's owner."));
}

void
authz_caller_enter(Oid role, AuthzIdentity *saved)
{
	GetUserIdAndSecContext(&saved->user, &saved->sec_context);
	enter(role);
	saved->entered = true;
	if (role != saved->user)
		SetUserIdAndSecContext(role, saved->sec_context | SECURITY_LOCAL_USERID_CHANGE);
}

void
authz_caller_join(Oid role, AuthzIdentity *saved)
{
	GetUserIdAndSecContext(&saved->user, &saved->sec_context);
	saved->entered = current_call() == NULL;
	if (saved->entered)
		enter(role);
	SetUserIdAndSecContext(role, saved->sec_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
}

/* Outside a call the caller is who runs now. */
void
authz_caller_resume(AuthzIdentity *saved)
{
	const Call *call = current_call();

	GetUserIdAndSecContext(&saved->user, &saved->sec_context);
	saved->entered = false;
	if (call != NULL)
		SetUserIdAndSecContext(call->caller, call->sec_context);
}

void
authz_caller_leave(const AuthzIdentity *saved)
{
	SetUserIdAndSecContext(saved->user, saved->sec_context);
	if (saved->entered)
	{
		Call	   *left = calls;

		Assert(left != NULL);
		calls = left->outer;
		pfree(left);
	}
}

/* Complete before it counts: an error here leaves the calls as they were. */
static void
enter(Oid role)
{
	Call	   *call = MemoryContextAllocZero(TopTransactionContext, sizeof(Call));
	const char *subject;

	GetUserIdAndSecContext(&call->caller, &call->sec_context);
	call->runs_as = role;
	call->nest_level = GetCurrentTransactionNestLevel();
	call->may_administer = authz_setting_administrator;
	if (authz_subject_of_source(call->caller, &subject, &call->subject_len))
		memcpy(call->subject, subject, call->subject_len);
	call->outer = calls;
	calls = call;
}

/* NULL: whoever runs now is not part of a call. */
static Call *
current_call(void)
{
	return calls != NULL && calls->runs_as == GetUserId() ? calls : NULL;
}

/*
 * authz_internal.write_states() returns void: what the current call writes from here on are
 * states, as a document has them, so that the rules about changes are not asked.
 */
Datum
authz_write_states(PG_FUNCTION_ARGS)
{
	Call	   *call = current_call();

	authz_require_administrator("authz_internal.write_states");
	if (call != NULL)
		call->writes_states = true;
	PG_RETURN_VOID();
}

/* (Also for a trigger of the call, which runs as the owner of the tables.) */
bool
authz_caller_writes_states(void)
{
	return calls != NULL && calls->writes_states;
}

Oid
authz_caller_role(void)
{
	const Call *call = current_call();

	return call != NULL ? call->caller : GetUserId();
}

bool
authz_caller_subject(const char **name, int *len)
{
	const Call *call = current_call();

	if (call != NULL)
	{
		*name = call->subject;
		*len = call->subject_len;
	}
	else
		(void) authz_subject_of_source(GetUserId(), name, len);
	authz_subject_asked(*name, *len);
	return *len > 0;
}

bool
authz_caller_is_administrator(void)
{
	Call	   *call = current_call();

	if (call == NULL)
		return authz_setting_administrator && authz_role_is_administrator(GetUserId());
	if (!call->administrator_known)
	{
		call->administrator = call->may_administer && authz_role_is_administrator(call->caller);
		call->administrator_known = true;
	}
	return call->administrator;
}

/* By the privileges that are in effect without SET ROLE. */
bool
authz_role_is_administrator(Oid role)
{
	const AclMode needed = ACL_INSERT | ACL_UPDATE | ACL_DELETE;

	for (int i = 0; i < AUTHZ_TABLE_COUNT; i++)
		if ((ADMINISTERED_TABLES & AUTHZ_TABLE_BIT(i)) != 0 &&
			pg_class_aclmask(authz_catalog_table(i), role, needed, ACLMASK_ALL) != needed)
			return false;
	return true;
}

void
authz_require_administrator(const char *function)
{
	if (!authz_role_is_administrator(GetUserId()))
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("permission denied for function \"%s\"", function),
				errdetail("It is a part of the extension \"%s\", which calls it as the owner of its tables.", "authz"));
}

/*
 * authz.current_subject() returns authz.subject: NULL for nobody.
 */
Datum
authz_current_subject(PG_FUNCTION_ARGS)
{
	const char *name;
	int			len;

	if (!authz_caller_subject(&name, &len))
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text_with_len(name, len));
}

/*
 * authz.is_administrator() returns boolean: may the caller write every table of
 * the model?
 */
Datum
authz_is_administrator(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(authz_caller_is_administrator());
}
