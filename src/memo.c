/*
 * memo.c
 *	  Decision cache: (subject, resource type, id) -> permission set.
 *
 * A check waits for memory more than it computes: finding the subject, the resource
 * and what the one has on the other touches half a dozen cache lines.  So the
 * decision (the set of what the subject may do) is kept in one line: for a subject, a
 * resource type and 16 neighbouring ids.  A subject that may do something on a
 * resource usually may on others of the same tenant, and ids usually come from a
 * sequence; a scan of one subject over ids in order goes through the lines in order.
 * An id that is a uuid or a text is first looked up in the resource cache; what is
 * kept here then is by the primary key of authz.resources, which is dense as well.
 * (A line for each uuid was slower than no line: 20,000 of them do not fit into the
 * processor's second cache.)
 *
 * A line has one of two slots.  Where both are taken, the table grows, up to its
 * share of authz.cache_size; from then on the newer decision is kept.  Nothing is ever
 * deleted: a subject that is built anew has a new serial number, under which nothing
 * is found, and what is known of resources is no longer valid once the table's floor
 * has risen (cache.c).
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "memo.h"

#define CACHE_LINE 64
#define MIN_MEMOS 64

StaticAssertDecl(sizeof(AuthzMemo) <= CACHE_LINE, "a memo fits into a cache line");

/* Every look-up misses while no table is allocated. */
static AuthzMemo nothing[2];

AuthzMemoTable authz_memo_table = {nothing, 0, lengthof(nothing) - 1};

static void *chunk = NULL;
static uint32 used = 0;			/* about so many are taken */
static uint64 used_floor = 0;	/* floor of the table at that time */

/* Where to put that block: where it is, a free slot, or NULL. */
static AuthzMemo *
find_room(const AuthzMemoKey *key, int64 block)
{
	uint32		slot = authz_memo_slot(key, block);
	AuthzMemo  *first = &authz_memo_table.memos[slot];
	AuthzMemo  *second = &authz_memo_table.memos[authz_memo_other_slot(slot)];

	if (authz_memo_is(first, key, block))
		return first;
	if (authz_memo_is(second, key, block))
		return second;
	if (first->owner == 0 || first->floor != key->floor)
		return first;
	if (second->owner == 0 || second->floor != key->floor)
		return second;
	return NULL;
}

static Size
table_bytes(uint32 count)
{
	return (Size) count * sizeof(AuthzMemo);
}

/* A table of that many, with what the present one holds. */
static void
resize(MemoryContext memory, uint32 count)
{
	void	   *old_chunk = chunk;
	AuthzMemo  *old = authz_memo_table.memos;
	uint32		old_count = old_chunk == NULL ? 0 : authz_memo_table.mask + 1;

	chunk = MemoryContextAllocExtended(memory, table_bytes(count) + CACHE_LINE,
									   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	authz_memo_table.memos = (AuthzMemo *) TYPEALIGN(CACHE_LINE, chunk);
	authz_memo_table.mask = count - 1;
	used = 0;
	used_floor = authz_memo_table.floor;
	for (uint32 i = 0; i < old_count; i++)
	{
		AuthzMemoKey key = authz_memo_key(old[i].owner >> 16, old[i].subject_hash, (uint16) old[i].owner);
		AuthzMemo  *memo;

		if (old[i].owner == 0 || old[i].floor != authz_memo_table.floor)
			continue;
		key.owner = old[i].owner;
		memo = find_room(&key, old[i].block);
		if (memo == NULL)
			continue;
		*memo = old[i];
		used++;
	}
	if (old_chunk != NULL)
		pfree(old_chunk);
}

/*
 * Keep a decision: the entries of subject and resource are valid at this moment.  The
 * table may have limit bytes.
 */
void
authz_memo_add(MemoryContext memory, Size limit, const AuthzMemoKey *key, int64 id, uint32 set)
{
	int64		block = id >> AUTHZ_MEMO_SHIFT;
	uint32		count = authz_memo_table.mask + 1;
	AuthzMemo  *memo;

	/* What does not fit in is decided again each time; so many sets are rare. */
	if (set >= AUTHZ_MEMO_UNKNOWN)
		return;

	if (used_floor != authz_memo_table.floor)
	{
		/* All there is has become free. */
		used = 0;
		used_floor = authz_memo_table.floor;
	}
	if (chunk == NULL)
		resize(memory, MIN_MEMOS);
	memo = find_room(key, block);
	if (memo == NULL && used > count / 16 && table_bytes(count * 2) <= limit)
	{
		resize(memory, count * 2);
		memo = find_room(key, block);
	}
	if (memo == NULL)
		memo = &authz_memo_table.memos[authz_memo_slot(key, block)];
	if (!authz_memo_is(memo, key, block))
	{
		memo->block = block;
		memo->owner = key->owner;
		memo->floor = key->floor;
		memo->subject_hash = key->subject_hash;
		memset(memo->sets, 0xff, sizeof(memo->sets));
		used++;
	}
	memo->sets[id & (AUTHZ_MEMO_IDS - 1)] = (uint16) set;
}

Size
authz_memo_bytes(void)
{
	return chunk == NULL ? 0 : table_bytes(authz_memo_table.mask + 1);
}

void
authz_memo_free(void)
{
	if (chunk != NULL)
		pfree(chunk);
	authz_memo_forget();
}

/* The memory has been reset. */
void
authz_memo_forget(void)
{
	chunk = NULL;
	authz_memo_table.memos = nothing;
	authz_memo_table.mask = lengthof(nothing) - 1;
	used = 0;
}
