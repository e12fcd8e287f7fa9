/*
 * lock.c
 *	  Locks against write skew: they make two writers of the model wait for
 *	  each other where the rows that they write do not.
 *
 * Classes of locks, in the order in which every transaction acquires them; all
 * are held to the end of the transaction:
 *
 * 1. The model lock: shared for a writer of roles, resources, subjects,
 *    memberships or assignments, exclusive for a writer that changes what a
 *    rule about all of them may read: types, permissions, requirements,
 *    predefined roles.  Management functions acquire it first of all, the
 *    triggers of plain DML at the end of the statement.  Nobody queues for the
 *    exclusive one: a queued request would make every writer of every tenant
 *    wait behind the oldest transaction.
 * 2. Rows of resources, in the order of their ids: before a dependent row
 *    (assignment, member, team, role) is written, KEY SHARE at least; a
 *    transaction that deletes resources, or moves them (moves.c), locks all of
 *    them FOR UPDATE before it writes dependent rows.  Then other rows, those of one table in
 *    the order of their ids: foreign keys acquire KEY SHARE on the rows that
 *    they refer to; a transaction that changes what others rely on locks the
 *    row against them.  One that counts at a resource (holders, custom roles)
 *    locks its row NO KEY UPDATE.
 * 3. Assignments of roles that are exclusive: keys of (subject, resource,
 *    source), with the row of the resource locked SHARE.  A load, and a
 *    transaction with many of them, locks the rows of the resources NO KEY
 *    UPDATE instead of filling the lock table.
 *
 * So no transaction waits for another tenant: resources are one tenant's.
 *
 * The model lock and keys are advisory locks with a fourth field that SQL
 * cannot reach (pg_advisory_lock uses 1 and 2).
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

/* The fourth field of the lock tag. */
#define FIELD_MODEL		0xA201
#define FIELD_RESTORE	0xA202
#define FIELD_ASSIGNMENT		0xA203

/*
 * From so many keys in a statement, or in a transaction, on, rows of resources
 * are locked instead.
 */
#define MANY_KEYS			64
#define MANY_KEYS_IN_ALL	256

/*
 * How long the exclusive model lock is tried for if lock_timeout is 0, and the
 * longest time between two attempts.
 */
#define DEFAULT_PATIENCE	5000	/* ms */
#define LONGEST_STEP		50	/* ms */

static void lock_model_exclusively(void);
static bool acquire_advisory_lock(uint64 key, uint16 field, LOCKMODE mode, bool wait);
static int	compare_keys(const void *a, const void *b);

void
authz_lock_model(bool exclusive)
{
	if (exclusive)
		lock_model_exclusively();
	else
		(void) acquire_advisory_lock(0, FIELD_MODEL, ShareLock, true);
}

/* authz_internal.lock_model() returns void */
PG_FUNCTION_INFO_V1(authz_lock_model_alone);
Datum
authz_lock_model_alone(PG_FUNCTION_ARGS)
{
	authz_caller_require_administrator("authz_internal.lock_model");
	lock_model_exclusively();
	PG_RETURN_VOID();
}

/* Try in steps, so that everybody else can go on between them. */
static void
lock_model_exclusively(void)
{
	int			patience = LockTimeout > 0 ? LockTimeout : DEFAULT_PATIENCE;
	TimestampTz give_up = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), patience);
	long		step = 1;

	while (!acquire_advisory_lock(0, FIELD_MODEL, ExclusiveLock, false))
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

/* Restored tables are completed one after another. */
void
authz_lock_restore(void)
{
	(void) acquire_advisory_lock(0, FIELD_RESTORE, ExclusiveLock, true);
}

void
authz_lock_resources(const AuthzIdList *resources, AuthzRowLock mode)
{
#define LOCK_RESOURCES(mode) \
	{ \
		.sql = "SELECT FROM authz.resources r WHERE r.id = ANY ($1) ORDER BY r.id FOR " mode, \
		.nargs = 1, .argtypes = {INT8ARRAYOID} \
	}
	static AuthzRuleQuery lock[] = {
		[AUTHZ_ROW_KEPT] = LOCK_RESOURCES("KEY SHARE"),
		[AUTHZ_ROW_SHARED] = LOCK_RESOURCES("SHARE"),
		[AUTHZ_ROW_EXCLUSIVE] = LOCK_RESOURCES("NO KEY UPDATE"),
		[AUTHZ_ROW_MOVED] = LOCK_RESOURCES("UPDATE")
	};
	Datum		args[1];

	if (resources->count == 0)
		return;
	args[0] = authz_rule_query_make_ids_array(resources);
	authz_rule_query_lock(&lock[mode], args, resources->count);
}

/*
 * Lock exclusive assignments: the n-th one is on the n-th resource and has the
 * n-th key.  Sorts the keys.
 */
void
authz_lock_exclusive_assignments(AuthzIdList *resources, AuthzIdList *keys)
{
	static FullTransactionId counted_xid;
	static size_t counted_keys;
	FullTransactionId xid;

	if (keys->count == 0)
		return;
	xid = GetTopFullTransactionId();
	if (!FullTransactionIdEquals(xid, counted_xid))
	{
		counted_keys = 0;
		counted_xid = xid;
	}
	counted_keys += keys->count;
	if (keys->count >= MANY_KEYS || counted_keys >= MANY_KEYS_IN_ALL)
	{
		authz_lock_resources(resources, AUTHZ_ROW_EXCLUSIVE);
		return;
	}

	authz_lock_resources(resources, AUTHZ_ROW_SHARED);
	qsort(keys->values, keys->count, sizeof(uint64), compare_keys);
	for (size_t i = 0; i < keys->count; i++)
		(void) acquire_advisory_lock(keys->values[i], FIELD_ASSIGNMENT, ExclusiveLock, true);
}

/* Returns false if the lock is not free and wait is false. */
static bool
acquire_advisory_lock(uint64 key, uint16 field, LOCKMODE mode, bool wait)
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
