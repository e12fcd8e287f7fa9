/*
 * caller.c
 *	  The caller of a management function or trigger: database role, subject
 *	  and powers.
 *
 * Authority comes from the current user at the entry point, never from the
 * session or from SET ROLE outside.  In autovacuum, in maintenance commands,
 * and in a stranger's SECURITY DEFINER function that a DBA calls, the role of
 * the session is a powerful one while the code that runs is a stranger's; the
 * current user is the stranger.  So a management function is an entry point in
 * C that is not SECURITY DEFINER: it sees its real caller, and switches to the
 * owner of the tables by itself.
 *
 * A call is what an entry point has determined: role, subject, whether an
 * administrator.  It applies to everything that then runs as its role: checks,
 * granted_by, rules, cascades, the audit log.  Triggers that fire without a
 * call, for plain DML, begin one when they switch.  Code that runs in between
 * as another user, such as a BEFORE trigger of an application's table that a
 * foreign key's action has reached, is not part of the call: the call at the
 * top applies only while the current user is the one that it switched to.  (An
 * AFTER trigger that is reached like that runs, before PostgreSQL 18, as the
 * user of the outermost statement: as the owner, within a call.  So a role
 * that may create foreign keys that refer to our tables must be trusted, as
 * one that may create triggers on them: doc/security.md.)
 *
 * Calls are a stack.  Its top is popped by the function that pushed it, or at
 * the end of the (sub)transaction that an error has aborted; nothing runs in
 * between.
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

typedef struct CallFrame
{
	struct CallFrame *outer;
	Oid			caller;
	int			sec_context;	/* of the caller */
	Oid			runs_as;
	int			nest_level;		/* of the transaction, when the call began */
	bool		may_administer; /* authz.administrator */
	bool		administrator_known;
	bool		administrator;
	bool		writes_states;
	int			subject_len;	/* 0: nobody */
	char		subject[AUTHZ_SUBJECT_MAX];
} CallFrame;

/* The tables that an administrator may write. */
#define ADMINISTERED_TABLES ((AUTHZ_READ_TABLES | AUTHZ_TABLE_BIT(AUTHZ_PERMISSION_REQUIREMENTS)) & \
							 ~AUTHZ_TABLE_BIT(AUTHZ_ROLE_INHERITS))

static CallFrame *calls = NULL; /* the innermost first; in
								 * TopTransactionContext */

static CallFrame *get_current_call(void);
static void push_call(Oid role);
static void handle_transaction_event(XactEvent event, void *arg);
static void handle_subtransaction_event(SubXactEvent event, SubTransactionId mySubid,
										SubTransactionId parentSubid, void *arg);

PG_FUNCTION_INFO_V1(authz_current_subject);
PG_FUNCTION_INFO_V1(authz_write_states);
PG_FUNCTION_INFO_V1(authz_is_administrator);

void
authz_caller_init(void)
{
	RegisterXactCallback(handle_transaction_event, NULL);
	RegisterSubXactCallback(handle_subtransaction_event, NULL);
}

static void
handle_transaction_event(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_PARALLEL_ABORT ||
		event == XACT_EVENT_COMMIT || event == XACT_EVENT_PARALLEL_COMMIT || event == XACT_EVENT_PREPARE)
		calls = NULL;			/* their memory is freed with the transaction */
}

static void
handle_subtransaction_event(SubXactEvent event, SubTransactionId mySubid,
							SubTransactionId parentSubid, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		while (calls != NULL && calls->nest_level >= GetCurrentTransactionNestLevel())
		{
			CallFrame  *left = calls;

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
	push_call(role);
	saved->entered = true;
	if (role != saved->user)
		SetUserIdAndSecContext(role, saved->sec_context | SECURITY_LOCAL_USERID_CHANGE);
}

void
authz_caller_join(Oid role, AuthzIdentity *saved)
{
	GetUserIdAndSecContext(&saved->user, &saved->sec_context);
	saved->entered = get_current_call() == NULL;
	if (saved->entered)
		push_call(role);
	SetUserIdAndSecContext(role, saved->sec_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
}

/* Outside a call the caller is the current user. */
void
authz_caller_resume(AuthzIdentity *saved)
{
	const CallFrame *call = get_current_call();

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
		CallFrame  *left = calls;

		Assert(left != NULL);
		calls = left->outer;
		pfree(left);
	}
}

/*
 * Push a call.  It is complete before it is pushed: an error here leaves the
 * stack as it was.
 */
static void
push_call(Oid role)
{
	CallFrame  *call = MemoryContextAllocZero(TopTransactionContext, sizeof(CallFrame));
	const char *subject;

	GetUserIdAndSecContext(&call->caller, &call->sec_context);
	call->runs_as = role;
	call->nest_level = GetCurrentTransactionNestLevel();
	call->may_administer = authz_setting_administrator;
	if (authz_current_subject_read(call->caller, &subject, &call->subject_len))
		memcpy(call->subject, subject, call->subject_len);
	call->outer = calls;
	calls = call;
}

/* NULL if the current user is not that of a call. */
static CallFrame *
get_current_call(void)
{
	return calls != NULL && calls->runs_as == GetUserId() ? calls : NULL;
}

/*
 * authz_internal.write_states() returns void: from here on the current call
 * writes states, as a document has them, so that the rules about changes do
 * not apply.
 */
Datum
authz_write_states(PG_FUNCTION_ARGS)
{
	CallFrame  *call = get_current_call();

	authz_caller_require_administrator("authz_internal.write_states");
	if (call != NULL)
		call->writes_states = true;
	PG_RETURN_VOID();
}

/*
 * (Also within a trigger of the call, which runs as the owner of the tables.)
 */
bool
authz_caller_writes_states(void)
{
	return calls != NULL && calls->writes_states;
}

Oid
authz_caller_role(void)
{
	const CallFrame *call = get_current_call();

	return call != NULL ? call->caller : GetUserId();
}

bool
authz_caller_subject(const char **name, int *len)
{
	const CallFrame *call = get_current_call();

	if (call != NULL)
	{
		*name = call->subject;
		*len = call->subject_len;
	}
	else
		(void) authz_current_subject_read(GetUserId(), name, len);
	authz_current_subject_note_use(*name, *len);
	return *len > 0;
}

bool
authz_caller_is_administrator(void)
{
	CallFrame  *call = get_current_call();

	if (call == NULL)
		return authz_setting_administrator && authz_caller_is_role_administrator(GetUserId());
	if (!call->administrator_known)
	{
		call->administrator = call->may_administer && authz_caller_is_role_administrator(call->caller);
		call->administrator_known = true;
	}
	return call->administrator;
}

/* Only privileges that are in effect without SET ROLE count. */
bool
authz_caller_is_role_administrator(Oid role)
{
	const AclMode needed = ACL_INSERT | ACL_UPDATE | ACL_DELETE;

	for (int i = 0; i < AUTHZ_TABLE_COUNT; i++)
		if ((ADMINISTERED_TABLES & AUTHZ_TABLE_BIT(i)) != 0 &&
			pg_class_aclmask(authz_tables_oid(i), role, needed, ACLMASK_ALL) != needed)
			return false;
	return true;
}

void
authz_caller_require_administrator(const char *function)
{
	if (!authz_caller_is_role_administrator(GetUserId()))
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
 * authz.is_administrator() returns boolean: may the caller write every table
 * of the model?
 */
Datum
authz_is_administrator(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(authz_caller_is_administrator());
}
