/*
 * lock.c
 *	  Locks that make two writers of the model wait for each other where the rows
 *	  that they write do not.
 *
 * Classes of locks, in the order in which everybody acquires them; all are held to the
 * end of the transaction:
 *
 * 1. The model lock: shared for whoever writes roles, resources, subjects, memberships
 *	  or assignments, exclusive for whoever changes what a rule about all of them may
 *	  look at: types, permissions, requirements, predefined roles.  Management functions
 *	  acquire it first of all, the triggers of plain DML at the end of the statement.
 *	  Nobody queues for the exclusive one: a queued request would make every writer of
 *	  every tenant wait behind the oldest transaction.
 * 2. Rows of resources, in the order of their keys: before anything that hangs on them
 *	  (assignments, members, teams, roles) is written, KEY SHARE at least; who drops or
 *	  moves resources locks all of them FOR UPDATE before touching what hangs there.
 *	  Then other rows, those of one table in the order of their keys: foreign keys take KEY
 *	  SHARE on what they refer to; who changes what others rely on locks the row against them.
 *	  Whoever counts at a resource (holders, custom roles) locks its row NO KEY UPDATE.
 * 3. Grants of roles that are exclusive: keys of (subject, resource, source), with the row
 *	  of the resource locked SHARE.  A load, and a transaction with many of them, locks
 *	  the rows of the resources NO KEY UPDATE instead of filling the lock table.
 *
 * So nobody waits for another tenant: resources are one tenant's.
 *
 * The model lock and keys are advisory locks with a fourth field that SQL cannot reach
 * (pg_advisory_lock uses 1 and 2).
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "rules/lock.h"
#include "rules/rule_query.h"

/* The fourth field. */
#define FIELD_MODEL		0xA201
#define FIELD_RESTORE	0xA202
#define FIELD_GRANT		0xA203

/* From so many keys in a statement, or in a transaction, on, resources are locked instead. */
#define MANY_KEYS			64
#define MANY_KEYS_IN_ALL	256

/* How long the exclusive model lock is tried for, where lock_timeout is 0, and how often. */
#define DEFAULT_PATIENCE	5000	/* ms */
#define LONGEST_STEP		50		/* ms */

static void lock_model_exclusively(void);
static bool acquire(uint64 key, uint16 field, LOCKMODE mode, bool wait);
static int	compare_keys(const void *a, const void *b);

void
authz_lock_model(bool exclusive)
{
	if (exclusive)
		lock_model_exclusively();
	else
		(void) acquire(0, FIELD_MODEL, ShareLock, true);
}

/* authz_internal.lock_model() returns void */
PG_FUNCTION_INFO_V1(authz_lock_model_alone);
Datum
authz_lock_model_alone(PG_FUNCTION_ARGS)
{
	authz_require_administrator("authz_internal.lock_model");
	lock_model_exclusively();
	PG_RETURN_VOID();
}

/* In steps, between which everybody else can go on. */
static void
lock_model_exclusively(void)
{
	int			patience = LockTimeout > 0 ? LockTimeout : DEFAULT_PATIENCE;
	TimestampTz give_up = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), patience);
	long		step = 1;

	while (!acquire(0, FIELD_MODEL, ExclusiveLock, false))
	{
		if (GetCurrentTimestamp() >= give_up)
			ereport(ERROR,
					errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					errmsg("could not lock the model of authz within %d ms", patience),
					errdetail("Another transaction that has written to tables of authz is still open."),
					errhint("Try again, with a longer lock_timeout if need be; pg_stat_activity shows which transactions have been open for long."));
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, step, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		step = Min(step * 2, LONGEST_STEP);
	}
}

/* Ends of restored tables come one after another. */
void
authz_lock_restore(void)
{
	(void) acquire(0, FIELD_RESTORE, ExclusiveLock, true);
}

void
authz_lock_resources(const AuthzIds *resources, AuthzRowLock mode)
{
	static AuthzQuery share = {
		.sql = "SELECT FROM authz.resources r WHERE r.id = ANY ($1) ORDER BY r.id FOR SHARE",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery exclude = {
		.sql = "SELECT FROM authz.resources r WHERE r.id = ANY ($1) ORDER BY r.id FOR NO KEY UPDATE",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	Datum		args[1];

	if (resources->count == 0)
		return;
	args[0] = authz_ids_array(resources);
	authz_query_lock(mode == AUTHZ_ROW_SHARED ? &share : &exclude, args, resources->count);
}

/* The n-th grant is at the n-th resource and has the n-th key.  Sorts the keys. */
void
authz_lock_grants(AuthzIds *resources, AuthzIds *keys)
{
	static FullTransactionId counted_xid;
	static size_t counted;
	FullTransactionId xid;

	if (keys->count == 0)
		return;
	xid = GetTopFullTransactionId();
	if (!FullTransactionIdEquals(xid, counted_xid))
	{
		counted = 0;
		counted_xid = xid;
	}
	counted += keys->count;
	if (keys->count >= MANY_KEYS || counted >= MANY_KEYS_IN_ALL)
	{
		authz_lock_resources(resources, AUTHZ_ROW_EXCLUSIVE);
		return;
	}

	authz_lock_resources(resources, AUTHZ_ROW_SHARED);
	qsort(keys->values, keys->count, sizeof(uint64), compare_keys);
	for (size_t i = 0; i < keys->count; i++)
		(void) acquire(keys->values[i], FIELD_GRANT, ExclusiveLock, true);
}

/* False: not without waiting. */
static bool
acquire(uint64 key, uint16 field, LOCKMODE mode, bool wait)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (key >> 32), (uint32) key, field);
	return LockAcquire(&tag, mode, false, !wait) != LOCKACQUIRE_NOT_AVAIL;
}

static int
compare_keys(const void *a, const void *b)
{
	uint64		left = *(const uint64 *) a;
	uint64		right = *(const uint64 *) b;

	return left < right ? -1 : left > right ? 1 : 0;
}
