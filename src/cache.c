/*
 * cache.c
 *	  What a backend remembers of subjects, resources, roles and permissions,
 *	  and how it never answers from something that has changed.
 *
 * This is subtle stuff, so pay attention.
 *
 * What is promised: a statement that is sent after a revoke's COMMIT has
 * returned never sees the old grant, in whatever transaction, at whatever
 * isolation level, in whatever plan or loop.  A transaction sees its own
 * changes at once and loses them with a rollback.
 *
 * How changes arrive.  A row trigger announces every change under a key, a hash
 * of what it concerns (invalidate.c), as a relation cache message.  PostgreSQL
 * queues these messages before the committing backend tells its client, and
 * every single question accepts them: it is not enough to do so once per
 * statement or per transaction, because a long transaction, a loop, a cursor
 * and a recheck after a lock wait would then keep old answers.
 *
 * How we notice.  Every message that concerns us increments authz_generation
 * and writes the new value into a slot that its key hashes to.  An entry knows
 * the generation at which it began to be built, and the keys it depends on: it
 * holds as long as none of their slots is younger.  Two keys in one slot cost a
 * needless refill, nothing more.  What concerns everything raises the floor: no
 * entry from below it holds.  The callback does nothing else: no table
 * access, no allocation, no error.  Messages that arrive while an entry is
 * being built (any lock that is taken may deliver some) make its slots younger
 * than its beginning, so that the half-old entry is found wanting at its next
 * use; the answer at hand is right all the same, since its snapshot is younger
 * than its statement.
 *
 * What fills read.  Never the transaction's snapshot: an old one would consume
 * the message of a revoke and then bring the revoked grant back for good.  See
 * catalog.c.
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
 * this window.  With authz.strict it is closed: a writer holds a lock until
 * after its announcement; a reader that cannot get that lock in share mode
 * without waiting takes nothing from memory.
 *
 * Out of memory.  Entries are complete before they are published, but a hash table
 * of lib/simplehash.h that grows has its new size before it has the memory for it.
 * So what changes one says so; an error leaves that mark behind, and the next
 * question begins with nothing.
 *
 * Memory.  One context.  Subjects and resources are evicted, least recently
 * used first (second chance), when authz.cache_size is exceeded; permissions,
 * roles and sets are shared by them and go only with everything.  Nothing is
 * freed but at the beginning of a question, or when it is replaced.
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#include "cache.h"
#include "catalog.h"
#include "settings.h"

/* Room that is left when evicting, so that not every call has to. */
#define EVICT_TO(limit) ((limit) - (limit) / 8)

/*
 * What was freed in small pieces can be used for pieces of the same size only.
 * When that, or what is not accounted for, becomes too much, all is forgotten.
 */
#define MAX_WASTE (2 * 1024 * 1024)

/* Resources that one question may add before the next begin. */
#define ROOM_FOR_QUESTION 65536

#define SLOT_COUNT 32768

#define CACHE_LINE 64
#define SHORT_NAME 34
#define HOT_OFFSET (offsetof(AuthzSubject, validity) + offsetof(AuthzValidity, checked))

uint64		authz_generation = 1;
uint64		authz_epoch = 1;

static uint64 slots[SLOT_COUNT];	/* generation of the last message for it */
static uint64 floor_generation = 0; /* what was built before does not hold */
static bool flush_pending = false;	/* drop everything at the next begin */
static bool filled_while_writing = false;
static bool growing = false;	/* a hash table may be about to allocate, or an error left it so */

static MemoryContext memory = NULL;
static Size subjects_bytes = 0; /* with their lists */
static uint32 nsubjects = 0;
static uint64 last_serial = 0;
static dlist_head subjects = DLIST_STATIC_INIT(subjects);	/* most recently used first */

/*
 * The table of subjects; a look-up is made with an object on the stack that has
 * just the key filled in.  So that a check of many subjects in turn need not look
 * at each, which would be one more wait for memory, an entry is a line of the
 * processor's cache and has what tells a subject apart, where that is short.
 */
typedef struct Entry
{
	AuthzSubject *object;
	uint32		hash;
	char		status;
	uint8		name_len;		/* 0: too long, or look at the subject for another reason */
	char		name[SHORT_NAME];
	uint64		serial;
	uint64		checked;		/* generation at which the subject was last found good */
} Entry;

StaticAssertDecl(sizeof(Entry) == CACHE_LINE, "an entry is a cache line");

/*
 * Names of subjects are short, and many are looked up: calling hash_bytes() and
 * memcmp() would take longer than what they do.
 */
uint32
authz_cache_hash_name(const char *name, int len)
{
	uint64		hash = len;
	uint64		word;

	for (; len >= 8; name += 8, len -= 8)
	{
		memcpy(&word, name, 8);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	word = 0;
	for (int i = 0; i < len; i++)
		word = word << 8 | (unsigned char) name[i];
	return (uint32) authz_mix(hash ^ word);
}

static inline bool
same_subject(const AuthzSubject *a, const AuthzSubject *b)
{
	const char *left = a->name;
	const char *right = b->name;
	int			len = a->name_len;

	if (len != b->name_len)
		return false;
	for (; len >= 8; left += 8, right += 8, len -= 8)
	{
		uint64		left_word;
		uint64		right_word;

		memcpy(&left_word, left, 8);
		memcpy(&right_word, right, 8);
		if (left_word != right_word)
			return false;
	}
	for (int i = 0; i < len; i++)
		if (left[i] != right[i])
			return false;
	return true;
}

/* At most half full, so that nearly every look-up ends at its first slot. */
#define SH_FILLFACTOR (0.5)
#define SH_PREFIX subject_table
#define SH_ELEMENT_TYPE Entry
#define SH_KEY_TYPE AuthzSubject *
#define SH_KEY object
#define SH_HASH_KEY(tb, key) ((key)->hash)
#define SH_EQUAL(tb, a, b) same_subject((a), (b))
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) ((entry)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#define SH_USE_NONDEFAULT_ALLOCATOR
#include "lib/simplehash.h"

static subject_table_hash *subject_table;

/* Aligned to lines; what is to be freed stands before. */
static inline void *
subject_table_allocate(subject_table_hash *table, Size size)
{
	char	   *chunk = MemoryContextAllocExtended(table->ctx, size + 2 * CACHE_LINE,
												  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	void	  **aligned = (void **) TYPEALIGN(CACHE_LINE, chunk + sizeof(void *));

	aligned[-1] = chunk;
	return aligned;
}

static inline void
subject_table_free(subject_table_hash *table, void *pointer)
{
	pfree(((void **) pointer)[-1]);
}

static void relation_changed(Datum arg, Oid relid);
static void transaction_event(XactEvent event, void *arg);
static void subtransaction_event(SubXactEvent event, SubTransactionId mySubid,
								 SubTransactionId parentSubid, void *arg);
static void transaction_aborted(void);
static void reset(void);
static Size memo_limit(void);
static Size accounted(void);
static void evict(Size limit);
static void free_subject(AuthzSubject *subject);
static Entry *enter_subject(AuthzSubject *subject);
static void add_grant(AuthzSubject *subject, const AuthzHolding *holding);
static bool strict_lock_is_free(void);

void
authz_cache_init(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	RegisterXactCallback(transaction_event, NULL);
	RegisterSubXactCallback(subtransaction_event, NULL);
}

/* ---------------------------------------------------------------------------
 * Truth
 */

/*
 * Nothing that has been built holds any longer, also what is being built at
 * this moment; the memory is freed when nobody uses it, at the next begin.
 * Called by the invalidation callback, so it only sets flags.
 */
void
authz_cache_distrust(void)
{
	authz_epoch++;
	authz_generation++;
	/* The lower half tells generations apart (AuthzResource): nothing outlives its lap. */
	if ((uint32) authz_generation == 0)
		authz_generation++;
	authz_memo_table.floor = floor_generation = authz_generation;
	flush_pending = true;
}

/* Something is no longer as it was. */
static void
advance(void)
{
	authz_generation++;
	if ((uint32) authz_generation == 0)
		authz_cache_distrust();
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
		authz_cache_distrust();
		authz_catalog_forget();
	}
	else if (relid == authz_key(AUTHZ_KEY_ALL, 0))
		authz_cache_distrust();
	else if (relid & AUTHZ_KEY_MARK)
	{
		advance();
		slots[relid % SLOT_COUNT] = authz_generation;
		if (relid & AUTHZ_KEY_RESOURCE_BIT)
		{
			slots[authz_key(AUTHZ_KEY_ANY_RESOURCE, 0) % SLOT_COUNT] = authz_generation;
			authz_memo_table.floor = authz_generation;
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
			filled_while_writing = false;
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PARALLEL_COMMIT:
			filled_while_writing = false;
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
	if (filled_while_writing)
		authz_cache_distrust();
}

void
authz_cache_begin(void)
{
	Size		limit = (Size) authz_setting_cache_size * 1024;

	AcceptInvalidationMessages();
	authz_catalog_resolve();

	if (flush_pending || growing)
		reset();
	if (!authz_catalog_announces() || (authz_setting_strict && !strict_lock_is_free()))
	{
		authz_cache_moved();
		authz_memo_table.floor = floor_generation = authz_generation;
	}
	else if (authz_setting_strict)
	{
		/* Whoever let the lock go had announced its changes before. */
		AcceptInvalidationMessages();
		authz_catalog_resolve();
		if (flush_pending)
			reset();
	}

	if (authz_memo_bytes() > memo_limit())
		authz_memo_free();		/* the setting has become smaller */
	if ((accounted() > limit && authz_model_bytes() <= limit / 2) ||
		authz_pool_count() > AUTHZ_POOL_MAX - ROOM_FOR_QUESTION)
		evict(limit);
	if (memory != NULL && (authz_model_bytes() > limit / 2 ||
						   MemoryContextMemAllocated(memory, false) > limit + MAX_WASTE))
		reset();
}

/* Something outside the tables has changed that answers depend on. */
void
authz_cache_moved(void)
{
	authz_epoch++;
	advance();
}

/*
 * May a call site keep what a question has found, and answer the next ones
 * without authz_cache_begin()?  Strict mode asks each time.
 */
bool
authz_cache_may_keep(void)
{
	return !flush_pending && !authz_setting_strict && authz_catalog_announces();
}

/* The tables are being read, for something to be remembered: see the theory of aborts above. */
void
authz_cache_filled(void)
{
	if (TransactionIdIsValid(GetTopTransactionIdIfAny()))
		filled_while_writing = true;
}

/* Is something that depends on no key still true? */
bool
authz_cache_is_above_floor(uint64 built)
{
	return built >= floor_generation;
}

/* An entry that is being made depends on these keys; room is its memory for them. */
void
authz_cache_set_validity(AuthzValidity *validity, uint64 built, Oid *room, const Oid *keys, int nkeys)
{
	memcpy(room, keys, nkeys * sizeof(Oid));
	validity->built = built;
	validity->checked = 0;
	validity->nkeys = nkeys;
	validity->keys = room;
}

/* Is what was built before this generation still true?  Called by authz_cache_holds(). */
bool
authz_cache_check(AuthzValidity *validity)
{
	if (validity->built < floor_generation)
		return false;
	for (int i = 0; i < validity->nkeys; i++)
		if (slots[validity->keys[i] % SLOT_COUNT] > validity->built)
			return false;
	validity->checked = authz_generation;
	return true;
}

/* The same for a resource: a row that is renamed, moved or removed is announced by its id. */
static bool
resource_holds(AuthzResource *resource, const AuthzResourceOrigin *origin)
{
	const int64 *chain = authz_resource_chain(resource);

	if (origin->built < floor_generation)
		return false;
	for (int i = 0; i < resource->nchain; i++)
		if (slots[authz_key(AUTHZ_KEY_RESOURCE, chain[i]) % SLOT_COUNT] > origin->built)
			return false;
	resource->checked = (uint32) authz_generation;
	return true;
}

static void
strict_lock_tag(LOCKTAG *tag)
{
	/* SQL's advisory locks have 1 or 2 as the last field. */
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, 0x61757468, 0x7a, 7);
}

/* A writer keeps readers in strict mode off its cache until it has announced. */
void
authz_cache_hold_strict_lock(void)
{
	static FullTransactionId held_xid;
	static SubTransactionId held_subxid;
	FullTransactionId xid = GetTopFullTransactionId();
	SubTransactionId subxid = GetCurrentSubTransactionId();
	LOCKTAG		tag;

	if (FullTransactionIdEquals(xid, held_xid) && subxid == held_subxid)
		return;
	strict_lock_tag(&tag);
	(void) LockAcquire(&tag, RowExclusiveLock, false, false);
	held_xid = xid;
	held_subxid = subxid;
}

static bool
strict_lock_is_free(void)
{
	LOCKTAG		tag;

	strict_lock_tag(&tag);
	if (LockAcquire(&tag, ShareLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		return false;
	LockRelease(&tag, ShareLock, false);
	return true;
}

/* ---------------------------------------------------------------------------
 * Memory
 */

MemoryContext
authz_cache_memory(void)
{
	if (memory == NULL)
		memory = AllocSetContextCreate(CacheMemoryContext, "authz cache",
									   0, 8 * 1024, 256 * 1024);
	if (subject_table == NULL)
	{
		authz_model_begin(memory);
		subject_table = subject_table_create(memory, 64, NULL);
	}
	return memory;
}

/* Forget everything. */
static void
reset(void)
{
	if (memory != NULL)
		MemoryContextReset(memory);
	authz_model_forget();
	authz_pool_forget();
	authz_memo_forget();
	subject_table = NULL;
	subjects_bytes = 0;
	nsubjects = 0;
	dlist_init(&subjects);
	authz_cache_moved();
	authz_memo_table.floor = floor_generation = authz_generation;
	flush_pending = false;
	growing = false;
}

void
authz_cache_may_grow(void)
{
	growing = true;
}

void
authz_cache_has_grown(void)
{
	growing = false;
}

/* The share of the answers. */
static Size
memo_limit(void)
{
	return (Size) authz_setting_cache_size * 1024 / 4;
}

static Size
accounted(void)
{
	return authz_model_bytes() + subjects_bytes + nsubjects * 3 * sizeof(Entry) + authz_pool_bytes() +
		authz_memo_bytes();
}

/* Subjects and resources are considered in turn, in proportion to their numbers. */
static void
evict(Size limit)
{
	uint64		subject_share = nsubjects;
	uint64		resource_share = authz_pool_count();
	uint64		considered_subjects = 0;
	uint64		considered_resources = 0;

	authz_cache_moved();
	while ((accounted() > EVICT_TO(limit) || authz_pool_count() > EVICT_TO(AUTHZ_POOL_MAX)) &&
		   (nsubjects > 0 || authz_pool_count() > 0))
	{
		AuthzSubject *subject;

		if (authz_pool_count() > 0 &&
			(nsubjects == 0 ||
			 considered_resources * subject_share <= considered_subjects * resource_share))
		{
			authz_pool_sweep();
			considered_resources++;
			continue;
		}
		subject = dlist_container(AuthzSubject, link, dlist_tail_node(&subjects));
		if (subject->used)
		{
			subject->used = false;
			dlist_move_head(&subjects, &subject->link);
		}
		else
			free_subject(subject);
		considered_subjects++;
	}
}

static void
free_subject(AuthzSubject *subject)
{
	dlist_delete(&subject->link);
	subjects_bytes -= subject->bytes;
	nsubjects--;
	subject_table_delete(subject_table, subject);
	while (subject->lists != NULL)
	{
		AuthzIdList *list = subject->lists;

		subject->lists = list->next;
		pfree(list);
	}
	pfree(subject->chunk);
}

/* ---------------------------------------------------------------------------
 * Subjects
 */

/* The subject has one chunk of memory more (sign 1) or less (-1). */
static void
account(AuthzSubject *subject, void *chunk, int sign)
{
	Size		bytes = GetMemoryChunkSpace(chunk);

	subject->bytes += sign * bytes;
	subjects_bytes += sign * bytes;
}

AuthzSubject *
authz_cache_find_subject(const char *name, int len)
{
	return authz_cache_find_hashed_subject(name, len, authz_cache_hash_name(name, len));
}

AuthzSubject *
authz_cache_find_hashed_subject(const char *name, int len, uint32 hash)
{
	AuthzSubject probe;
	Entry	   *entry;
	AuthzSubject *subject;

	if (subject_table == NULL)
		return NULL;
	probe.name = (char *) name;
	probe.name_len = len;
	probe.hash = hash;
	entry = subject_table_lookup(subject_table, &probe);
	if (entry == NULL)
		return NULL;
	subject = entry->object;
	if (!authz_cache_subject_holds(subject))
		return NULL;
	if (!subject->used)
		subject->used = true;
	/* Whether a grant has expired is to be seen in the subject only. */
	entry->checked = subject->valid_until == DT_NOEND ? subject->validity.checked : 0;
	return subject;
}

/*
 * The serial number of a subject that holds, from its entry alone; 0: look for
 * the subject.  Does not count as a use: whatever evicts something makes all look
 * for the subject again.
 */
uint64
authz_cache_find_serial(const char *name, int len, uint32 hash)
{
	uint32		at;

	if (subject_table == NULL || len == 0)
		return 0;
	for (at = hash & subject_table->sizemask;; at = (at + 1) & subject_table->sizemask)
	{
		const Entry *entry = &subject_table->data[at];

		if (entry->status == 0)
			return 0;
		if (entry->hash != hash)
			continue;
		if (entry->name_len == len && memcmp(entry->name, name, len) == 0 &&
			entry->checked == authz_generation)
			return entry->serial;
		return 0;
	}
}

/*
 * A subject with what it holds; the caller fills in the expiry.  Replaces what
 * was known.
 */
AuthzSubject *
authz_cache_add_subject(const char *name, int len, uint64 built, const Oid *keys, int nkeys,
						const AuthzHolding *holdings, uint32 nholdings)
{
	MemoryContext context = authz_cache_memory();
	AuthzSubject *subject;
	AuthzSubject probe;
	Entry	   *entry;
	Size		size;
	Size		name_offset;
	Size		keys_offset;
	uint32		grants_size = 4;
	char	   *chunk;
	char	   *start;

	probe.name = (char *) name;
	probe.name_len = len;
	probe.hash = authz_cache_hash_name(name, len);
	entry = subject_table_lookup(subject_table, &probe);
	if (entry != NULL)
	{
		authz_cache_moved();	/* pointers to it may be kept */
		free_subject(entry->object);
	}

	while (grants_size < nholdings + nholdings / 4 + 1)
		grants_size *= 2;

	keys_offset = offsetof(AuthzSubject, grants) + grants_size * sizeof(AuthzGrant);
	name_offset = keys_offset + nkeys * sizeof(Oid);
	size = name_offset + (len > sizeof(subject->short_name) ? len : 0);
	chunk = MemoryContextAllocExtended(context, size + CACHE_LINE,
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	start = (char *) TYPEALIGN(CACHE_LINE, chunk + HOT_OFFSET) - HOT_OFFSET;
	subject = (AuthzSubject *) start;
	subject->chunk = chunk;
	subject->name = len > sizeof(subject->short_name) ? start + name_offset : subject->short_name;
	memcpy(subject->name, name, len);
	subject->name_len = len;
	subject->hash = probe.hash;
	subject->grants_mask = grants_size - 1;
	authz_cache_set_validity(&subject->validity, built, (Oid *) (start + keys_offset), keys, nkeys);
	subject->valid_until = DT_NOEND;
	subject->serial = ++last_serial;
	subject->used = true;
	for (uint32 i = 0; i < nholdings; i++)
		add_grant(subject, &holdings[i]);

	entry = enter_subject(subject);
	entry->checked = 0;
	entry->serial = subject->serial;
	entry->name_len = len <= SHORT_NAME ? len : 0;
	memcpy(entry->name, name, entry->name_len);
	account(subject, chunk, 1);
	nsubjects++;
	dlist_push_head(&subjects, &subject->link);
	return subject;
}

/* The entry of a subject that has none.  An error leaves no table: it is read without a begin. */
static Entry *
enter_subject(AuthzSubject *subject)
{
	subject_table_hash *table = subject_table;
	Entry	   *entry;
	bool		found;

	subject_table = NULL;
	authz_cache_may_grow();
	entry = subject_table_insert(table, subject, &found);
	authz_cache_has_grown();
	subject_table = table;
	return entry;
}

/* Add to what the subject has on a resource. */
static void
add_grant(AuthzSubject *subject, const AuthzHolding *holding)
{
	AuthzGrant *grant = &subject->grants[authz_grant_slot(subject, holding->resource_id)];

	/* In a free slot both are the empty set. */
	grant->resource_id = holding->resource_id;
	grant->effective = authz_model_union(grant->effective, holding->effective);
	grant->including_planned = authz_model_union(grant->including_planned, holding->including_planned);
}

void
authz_cache_keep_answer(const AuthzMemoKey *key, int64 id, uint32 set)
{
	authz_memo_add(authz_cache_memory(), memo_limit(), key, id, set);
}

/* Keep a list, made in authz_cache_memory() as one chunk, with its subject. */
void
authz_cache_keep_list(AuthzSubject *subject, AuthzIdList *list)
{
	AuthzIdList **link = &subject->lists;

	while (*link != NULL)
	{
		AuthzIdList *old = *link;

		if (old->permission == list->permission)
		{
			*link = old->next;
			account(subject, old, -1);
			pfree(old);
			break;
		}
		link = &old->next;
	}
	list->next = subject->lists;
	subject->lists = list;
	account(subject, list, 1);
}

/* ---------------------------------------------------------------------------
 * Resources
 */

/* Pointers to resources are good until the next one is added. */
AuthzResource *
authz_cache_find_resource(int type, const AuthzId *id)
{
	AuthzResource *resource = authz_pool_find(type, id);

	if (resource == NULL ||
		(resource->checked != (uint32) authz_generation &&
		 !resource_holds(resource, authz_pool_origin(type, id))))
		return NULL;
	if (!resource->used)
		resource->used = true;
	return resource;
}

AuthzResource *
authz_cache_add_resource(int type, const AuthzId *id, uint64 built,
						 const int64 *chain, int nchain)
{
	AuthzResourceOrigin *origin;
	AuthzResource *resource = authz_pool_put(authz_cache_memory(), type, id, chain, nchain, &origin);

	resource->checked = 0;
	origin->built = built;
	return resource;
}
