/*
 * validity.c
 *	  How a backend never answers from a cache entry that is no longer true.
 *
 * This is subtle stuff, so pay attention.
 *
 * What is promised: a statement that is sent after a revoke's COMMIT has
 * returned never sees the old grant, in whatever transaction, at whatever
 * isolation level, in whatever plan or loop.  A transaction sees its own
 * changes at once and loses them with a rollback.
 *
 * How changes arrive.  A row trigger announces every change under a key, a hash
 * of what it concerns (announce.c), as a relation cache message.  PostgreSQL
 * queues these messages before the committing backend tells its client, and
 * every single question accepts them: it is not enough to do so once per
 * statement or per transaction, because a long transaction, a loop, a cursor
 * and a recheck after a lock wait would then keep old answers.
 *
 * How we notice.  Every message that concerns us increments authz_generation
 * and writes the new value into a slot that its key hashes to.  An entry knows
 * the generation at which it began to be built, and the keys it depends on: it
 * is valid as long as none of their slots is younger.  Two keys in one slot cost a
 * needless refill, nothing more.  What concerns everything raises the floor: no
 * entry from below it is valid.  The callback does nothing else: no table
 * access, no allocation, no error.  Messages that arrive while an entry is
 * being built (any lock that is taken may deliver some) make its slots younger
 * than its beginning, so that the half-old entry is found wanting at its next
 * use; the answer at hand is right all the same, since its snapshot is younger
 * than its statement.
 *
 * What fills read.  Never the transaction's snapshot: an old one would consume
 * the message of a revoke and then bring the revoked grant back for good.  See
 * tables.c.
 *
 * Aborts.  PostgreSQL repeats a transaction's own messages when it or a
 * subtransaction aborts.  But something may have been remembered before the
 * announcing trigger ran: a trigger of the user's on the same table asks
 * has_permission(), and then fails.  So whatever was read while the transaction
 * had an XID, be it an entry, a permission, or that there is none, is thrown away,
 * with everything else, when any part of it aborts.
 *
 * The last window.  A commit becomes visible a moment before it is announced
 * (CommitTransaction() in xact.c), so for an instant a reader can see new rows
 * of the very transaction that revoked its grant.  PostgreSQL's own REVOKE has
 * this window.  With authz.strict it is closed: see strict_lock.c.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/inval.h"

#include "cache/announce.h"
#include "cache/validity.h"
#include "tables/tables.h"

#define SLOT_COUNT 32768

uint64		authz_generation = 1;
uint64		authz_epoch = 1;
uint64		authz_resource_floor = 0;

static uint64 slots[SLOT_COUNT];	/* generation of the last message for it */
static uint64 floor_generation = 0; /* what was built before is not valid */
static bool reset_pending = false;	/* nothing is valid, and the memory can be freed */
static bool read_while_writing = false;

static void relation_changed(Datum arg, Oid relid);
static void transaction_event(XactEvent event, void *arg);
static void subtransaction_event(SubXactEvent event, SubTransactionId mySubid,
								 SubTransactionId parentSubid, void *arg);
static void transaction_aborted(void);

void
authz_validity_init(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	RegisterXactCallback(transaction_event, NULL);
	RegisterSubXactCallback(subtransaction_event, NULL);
}

/*
 * Nothing that has been built is valid any longer, nor what is being built at
 * this moment; the memory is freed when nobody uses it, at the next
 * authz_cache_begin().  Called by the invalidation callback, so it only sets flags.
 */
void
authz_validity_invalidate_all(void)
{
	authz_epoch++;
	authz_generation++;
	/* The lower half tells generations apart (AuthzResource): no entry survives its wrap-around. */
	if ((uint32) authz_generation == 0)
		authz_generation++;
	authz_resource_floor = floor_generation = authz_generation;
	reset_pending = true;
}

/* Something is no longer as it was. */
static void
advance(void)
{
	authz_generation++;
	if ((uint32) authz_generation == 0)
		authz_validity_invalidate_all();
}

/*
 * A message: InvalidOid means that the queue overflowed.  Our own tables come
 * first, since in a cluster that has counted beyond 2^31 their OIDs look like keys.
 * The OID of any other relation that does costs a needless refill.
 */
static void
relation_changed(Datum arg, Oid relid)
{
	if (relid == InvalidOid || authz_catalog_is_table(relid))
	{
		authz_validity_invalidate_all();
		authz_catalog_forget();
	}
	else if (relid == authz_key(AUTHZ_KEY_ALL, 0))
		authz_validity_invalidate_all();
	else if (relid & AUTHZ_KEY_MARK)
	{
		advance();
		slots[relid % SLOT_COUNT] = authz_generation;
		if (relid & AUTHZ_KEY_RESOURCE_BIT)
		{
			slots[authz_key(AUTHZ_KEY_ANY_RESOURCE, 0) % SLOT_COUNT] = authz_generation;
			authz_resource_floor = authz_generation;
		}
	}
}

static void
transaction_event(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PARALLEL_ABORT:
		case XACT_EVENT_PREPARE:
			/* After PREPARE the changes are invisible until COMMIT PREPARED. */
			transaction_aborted();
			read_while_writing = false;
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PARALLEL_COMMIT:
			read_while_writing = false;
			break;
		default:
			break;
	}
}

static void
subtransaction_event(SubXactEvent event, SubTransactionId mySubid,
					 SubTransactionId parentSubid, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		transaction_aborted();
}

static void
transaction_aborted(void)
{
	if (read_while_writing)
		authz_validity_invalidate_all();
}

/* Something outside the tables has changed that answers depend on. */
void
authz_validity_bump_epoch(void)
{
	authz_epoch++;
	advance();
}

/* Nothing that has been built before is valid, but it need not be freed. */
void
authz_validity_raise_floor(void)
{
	authz_validity_bump_epoch();
	authz_resource_floor = floor_generation = authz_generation;
}

bool
authz_validity_reset_is_pending(void)
{
	return reset_pending;
}

/* All caches have been emptied. */
void
authz_validity_has_been_reset(void)
{
	authz_validity_raise_floor();
	reset_pending = false;
}

/* The tables are being read, for something to be remembered: see the theory of aborts above. */
void
authz_validity_note_read(void)
{
	if (TransactionIdIsValid(GetTopTransactionIdIfAny()))
		read_while_writing = true;
}

/* Is something that depends on no key still valid? */
bool
authz_validity_is_above_floor(uint64 built)
{
	return built >= floor_generation;
}

/* An entry that is being made depends on these keys; room is its memory for them. */
void
authz_validity_set(AuthzValidity *validity, uint64 built, Oid *room, const Oid *keys, int nkeys)
{
	memcpy(room, keys, nkeys * sizeof(Oid));
	validity->built = built;
	validity->checked = 0;
	validity->nkeys = nkeys;
	validity->keys = room;
}

/* Is what was built before this generation still valid?  Called by authz_validity_check(). */
bool
authz_validity_recheck(AuthzValidity *validity)
{
	if (validity->built < floor_generation)
		return false;
	for (int i = 0; i < validity->nkeys; i++)
		if (slots[validity->keys[i] % SLOT_COUNT] > validity->built)
			return false;
	validity->checked = authz_generation;
	return true;
}

/* Has a message for this key arrived since? */
bool
authz_validity_changed_since(Oid key, uint64 built)
{
	return slots[key % SLOT_COUNT] > built;
}
