/*
 * lock.c
 *	  Locks that make two writers of the model wait for each other where no row
 *	  lock does.
 *
 * They are advisory locks with a fourth field that SQL cannot reach
 * (pg_advisory_lock uses 1 and 2), held to the end of the transaction:
 *
 * - the model: shared for whoever writes roles, resources, subjects, memberships
 *   or assignments, exclusive for whoever changes resource types, permissions or
 *   requirements, because a rule may look at all of the former then;
 * - keys, such as (role, resource) while holders are counted: exclusive.  A bulk
 *   load takes one lock on all keys of a class instead of filling the lock
 *   table, so that single keys are locked in two steps, as tables and rows are.
 *   So does, from some key on, a transaction that writes row by row; of two that
 *   come so far at the same time one may end as a deadlock.
 *
 * Everything else is done by row locks: foreign keys take KEY SHARE on what they
 * refer to, and who changes something that others rely on takes FOR UPDATE.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lock.h"

#include "lock.h"

/* The fourth field: one number per class, and one for all keys of it. */
#define FIELD_MODEL		0xA201
#define FIELD_RESTORE	0xA202
#define FIELD_KEY(c)	(0xA210 + (c))
#define FIELD_ALL(c)	(0xA220 + (c))

static void acquire(uint64 key, uint16 field, LOCKMODE mode);
static int	compare_keys(const void *a, const void *b);

void
authz_lock_model(bool exclusive)
{
	acquire(0, FIELD_MODEL, exclusive ? ExclusiveLock : ShareLock);
}

/* Ends of restored tables come one after another. */
void
authz_lock_restore(void)
{
	acquire(0, FIELD_RESTORE, ExclusiveLock);
}

/* Sorts the keys, so that two writers take them in the same order. */
void
authz_lock_keys(AuthzLockClass class, uint64 *keys, size_t count)
{
	static FullTransactionId counted_xid;
	static size_t counted[AUTHZ_LOCK_CLASSES];
	FullTransactionId xid;

	if (count == 0)
		return;
	xid = GetTopFullTransactionId();
	if (!FullTransactionIdEquals(xid, counted_xid))
	{
		memset(counted, 0, sizeof(counted));
		counted_xid = xid;
	}
	counted[class] += count;
	if (count >= AUTHZ_LOCK_MANY || counted[class] >= AUTHZ_LOCK_MANY_IN_ALL)
	{
		acquire(0, FIELD_ALL(class), ExclusiveLock);
		return;
	}

	acquire(0, FIELD_ALL(class), RowExclusiveLock);
	qsort(keys, count, sizeof(uint64), compare_keys);
	for (size_t i = 0; i < count; i++)
		acquire(keys[i], FIELD_KEY(class), ExclusiveLock);
}

static void
acquire(uint64 key, uint16 field, LOCKMODE mode)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) (key >> 32), (uint32) key, field);
	(void) LockAcquire(&tag, mode, false, false);
}

static int
compare_keys(const void *a, const void *b)
{
	uint64		left = *(const uint64 *) a;
	uint64		right = *(const uint64 *) b;

	return left < right ? -1 : left > right ? 1 : 0;
}
