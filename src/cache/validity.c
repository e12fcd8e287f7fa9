/*
 * validity.c
 *	  Validity of cache entries: how a backend never answers from an entry that
 *	  is no longer true.
 *
 * This is subtle stuff, so pay attention.
 *
 * What is promised: a statement that is sent after a revoke's COMMIT has
 * returned never sees the old assignment, in whatever transaction, at whatever
 * isolation level, in whatever plan or loop.  A transaction sees its own
 * changes at once and loses them with a rollback.
 *
 * How changes arrive.  A row trigger announces every change under a key, a
 * hash of what it concerns (announce.c), as a relation cache message.
 * PostgreSQL queues these messages before the committing backend tells its
 * client, and every single question accepts them: it is not enough to do so
 * once per statement or per transaction, because a long transaction, a loop, a
 * cursor and a recheck after a lock wait would then use old answers.
 *
 * How a backend notices.  Every message that concerns the extension increments
 * authz_generation and writes the new value into a slot that its key hashes
 * to.  An entry has the generation at which its loading began, and the keys it
 * depends on: it is valid as long as none of their slots has a later
 * generation.  If two keys share a slot, an entry is reloaded needlessly,
 * nothing more.  A message that concerns everything raises the floor: no entry
 * from before the floor is valid.  The callback does nothing else: no table
 * access, no allocation, no error.  Messages that arrive while an entry is
 * being built (acquiring any lock may deliver some) give its slots a later
 * generation than that of its beginning, so that the half-old entry is found
 * invalid at its next use.  The answer at hand is right all the same, since
 * its snapshot is younger than its statement.
 *
 * What loading reads.  It never uses the transaction's snapshot: an old one
 * would consume the message of a revoke and then bring the revoked assignment
 * back for good.  See tables.c.
 *
 * Aborts.  PostgreSQL repeats a transaction's own messages when it or a
 * subtransaction aborts.  But an entry may have been loaded before the
 * announcing trigger ran: a trigger of the user's on the same table calls
 * has_permission(), and then fails.  So everything that was read while the
 * transaction had an XID, be it an entry, a permission, or that there is none,
 * is invalidated, with everything else, when any part of the transaction
 * aborts.
 *
 * The last window.  A commit becomes visible a moment before it is announced
 * (CommitTransaction() in xact.c), so for an instant a reader can see new rows
 * of the very transaction that revoked its assignment.  PostgreSQL's own
 * REVOKE has this window.  With authz.strict it is closed: see strict_lock.c.
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

static uint64 slots[SLOT_COUNT];	/* generation of the last message for each */
static uint64 floor_generation = 0; /* nothing built before it is valid */
static bool reset_pending = false;	/* nothing is valid, and all memory can be
									 * freed */
static bool read_while_writing = false;

static void handle_relcache_message(Datum arg, Oid relid);
static void handle_transaction_event(XactEvent event, void *arg);
static void handle_subtransaction_event(SubXactEvent event, SubTransactionId mySubid,
										SubTransactionId parentSubid, void *arg);
static void handle_abort(void);

void
authz_validity_init(void)
{
	CacheRegisterRelcacheCallback(handle_relcache_message, (Datum) 0);
	RegisterXactCallback(handle_transaction_event, NULL);
	RegisterSubXactCallback(handle_subtransaction_event, NULL);
}

/*
 * Invalidate everything that has been built or is being built at this moment.
 * The memory is freed when nobody uses it, at the next authz_cache_begin().
 * The invalidation callback calls this, so it only sets flags.
 */
void
authz_validity_invalidate_all(void)
{
	authz_epoch++;
	authz_generation++;

	/*
	 * AuthzResource compares only the low 32 bits of generations: no entry
	 * survives their wrap-around.
	 */
	if ((uint32) authz_generation == 0)
		authz_generation++;
	authz_resource_floor = floor_generation = authz_generation;
	reset_pending = true;
}

/* Something has changed: entries must be revalidated. */
static void
bump_generation(void)
{
	authz_generation++;
	if ((uint32) authz_generation == 0)
		authz_validity_invalidate_all();
}

/*
 * Callback for a relation cache message.  InvalidOid means that the queue
 * overflowed.  Our own tables are tested first, since in a cluster that has
 * counted beyond 2^31 their OIDs look like keys.  The OID of any other
 * relation that looks like a key costs a needless reload.
 */
static void
handle_relcache_message(Datum arg, Oid relid)
{
	if (relid == InvalidOid || authz_tables_contain(relid))
	{
		authz_validity_invalidate_all();
		authz_tables_forget();
	}
	else if (relid == authz_announce_key(AUTHZ_KEY_ALL, 0))
		authz_validity_invalidate_all();
	else if (relid & AUTHZ_KEY_MARK)
	{
		bump_generation();
		slots[relid % SLOT_COUNT] = authz_generation;
		if (relid & AUTHZ_KEY_RESOURCE_BIT)
		{
			slots[authz_announce_key(AUTHZ_KEY_ANY_RESOURCE, 0) % SLOT_COUNT] = authz_generation;
			authz_resource_floor = authz_generation;
		}
	}
}

static void
handle_transaction_event(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PARALLEL_ABORT:
		case XACT_EVENT_PREPARE:

			/*
			 * After PREPARE the changes are invisible until COMMIT PREPARED.
			 */
			handle_abort();
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
handle_subtransaction_event(SubXactEvent event, SubTransactionId mySubid,
							SubTransactionId parentSubid, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		handle_abort();
}

static void
handle_abort(void)
{
	if (read_while_writing)
		authz_validity_invalidate_all();
}

/*
 * Something outside the tables has changed that decisions depend on, or an
 * entry to which somebody may keep a pointer is freed.
 */
void
authz_validity_bump_epoch(void)
{
	authz_epoch++;
	bump_generation();
}

/*
 * Invalidate everything that has been built or is being built, without freeing
 * it.
 */
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

/*
 * Called when the tables are about to be read for a cache entry: see "Aborts"
 * above.
 */
void
authz_validity_note_read(void)
{
	if (TransactionIdIsValid(GetTopTransactionIdIfAny()))
		read_while_writing = true;
}

/* Is an entry that depends on no key still valid? */
bool
authz_validity_is_above_floor(uint64 built)
{
	return built >= floor_generation;
}

/*
 * Initialise an entry that depends on these keys; room is its memory for them.
 */
void
authz_validity_set(AuthzValidity *validity, uint64 built, Oid *room, const Oid *keys, int nkeys)
{
	memcpy(room, keys, nkeys * sizeof(Oid));
	validity->built = built;
	validity->checked = 0;
	validity->nkeys = nkeys;
	validity->keys = room;
}

/*
 * Is an entry that was last found valid at an earlier generation still valid?
 * Called by authz_validity_check().
 */
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

/* Has a message for this key arrived since that generation? */
bool
authz_validity_changed_since(Oid key, uint64 built)
{
	return slots[key % SLOT_COUNT] > built;
}
