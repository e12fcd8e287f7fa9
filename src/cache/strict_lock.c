/*
 * strict_lock.c
 *	  The lock of strict mode, which closes the last window of validity.c.
 *
 * A writer acquires it at its first row and holds it until after its
 * announcement.  A reader in strict mode that cannot acquire it in share mode
 * without waiting uses no cache entry.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lock.h"

#include "cache/strict_lock.h"

static void
strict_lock_tag(LOCKTAG *tag)
{
	/* SQL's advisory locks have 1 or 2 as the last field. */
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, 0x61757468, 0x7a, 7);
}

/*
 * Called by a writer: keeps readers in strict mode off their caches until it
 * has announced its changes.
 */
void
authz_strict_lock_acquire(void)
{
	static FullTransactionId acquired_xid;
	static SubTransactionId acquired_subxid;
	FullTransactionId xid = GetTopFullTransactionId();
	SubTransactionId subxid = GetCurrentSubTransactionId();
	LOCKTAG		tag;

	if (FullTransactionIdEquals(xid, acquired_xid) && subxid == acquired_subxid)
		return;
	strict_lock_tag(&tag);
	(void) LockAcquire(&tag, RowExclusiveLock, false, false);
	acquired_xid = xid;
	acquired_subxid = subxid;
}

/* Is there no writer between its first write and its announcement? */
bool
authz_strict_lock_is_free(void)
{
	LOCKTAG		tag;

	strict_lock_tag(&tag);
	if (LockAcquire(&tag, ShareLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		return false;
	LockRelease(&tag, ShareLock, false);
	return true;
}
