/*
 * memo.c
 *	  Answers for resources with integer ids, for whoever asks again.
 *
 * A check waits for memory more than it computes: to find subject and resource
 * and what the one holds on the other touches half a dozen places.  So the
 * answer (the set of what the subject may do) is kept in one: a line of the
 * processor's cache for a subject, a resource type and 16 neighbouring ids.  Who
 * may do something on a resource usually may on others of the same tenant, and
 * their ids usually come from a sequence; and a scan of one subject over ids in
 * order goes through the lines in order.
 *
 * A line has one of two places.  Where both are taken, the table grows, up to its
 * share of authz.cache_size; from then on the newer answer is kept.  Nothing is ever taken out: a subject that is built anew has a
 * new serial number, under which nothing is found, and what is known of
 * resources does not hold once the table's floor has risen (cache.c).
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "memo.h"

#define CACHE_LINE 64
#define MIN_MEMOS 64

StaticAssertDecl(sizeof(AuthzMemo) <= CACHE_LINE, "a memo fits into a cache line");

/* While there is no table: found empty by whoever looks. */
static AuthzMemo nothing[2];

AuthzMemoTable authz_memo_table = {nothing, 0, lengthof(nothing) - 1};

static void *chunk = NULL;
static uint32 used = 0;			/* about so many are taken */
static uint64 used_floor = 0;	/* floor of the table at that time */

/* Where to put that block: where it is, a free place, or NULL. */
static AuthzMemo *
place_for(const AuthzMemoKey *key, int64 block)
{
	uint32		place = authz_memo_place(key, block);
	AuthzMemo  *first = &authz_memo_table.memos[place];
	AuthzMemo  *second = &authz_memo_table.memos[authz_memo_other_place(place)];

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
		memo = place_for(&key, old[i].block);
		if (memo == NULL)
			continue;
		*memo = old[i];
		used++;
	}
	if (old_chunk != NULL)
		pfree(old_chunk);
}

/*
 * Keep an answer: subject and resource hold at this moment.  The table may have
 * limit bytes.
 */
void
authz_memo_add(MemoryContext memory, Size limit, const AuthzMemoKey *key, int64 id, uint32 set)
{
	int64		block = id >> AUTHZ_MEMO_SHIFT;
	uint32		count = authz_memo_table.mask + 1;
	AuthzMemo  *memo;

	/* What does not fit in is asked again each time; so many sets are rare. */
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
	memo = place_for(key, block);
	if (memo == NULL && used > count / 16 && table_bytes(count * 2) <= limit)
	{
		resize(memory, count * 2);
		memo = place_for(key, block);
	}
	if (memo == NULL)
		memo = &authz_memo_table.memos[authz_memo_place(key, block)];
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
