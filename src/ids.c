/*
 * ids.c
 *	  A growing vector of keys of rows.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "ids.h"

/* From this many on, what is there is found by an index. */
#define INDEXED_FROM 32

static bool contains(AuthzIds *ids, int64 id);
static inline size_t first_slot(const AuthzIds *ids, int64 id);
static void build_index(AuthzIds *ids, size_t slots);
static void put_into_index(AuthzIds *ids, size_t i);

void
authz_ids_add(AuthzIds *ids, int64 id)
{
	if (ids->count == ids->allocated)
	{
		size_t		allocated = ids->allocated == 0 ? 16 : ids->allocated * 2;

		if (ids->values == NULL)
			ids->values = palloc(sizeof(int64) * allocated);
		else
			ids->values = repalloc_huge(ids->values, sizeof(int64) * allocated);
		ids->allocated = allocated;
	}
	ids->values[ids->count++] = id;
}

bool
authz_ids_add_once(AuthzIds *ids, int64 id)
{
	if (contains(ids, id))
		return false;
	authz_ids_add(ids, id);
	return true;
}

static bool
contains(AuthzIds *ids, int64 id)
{
	if (ids->count < INDEXED_FROM)
	{
		for (size_t i = 0; i < ids->count; i++)
			if (ids->values[i] == id)
				return true;
		return false;
	}

	if (ids->slots < ids->count * 2)
		build_index(ids, pg_nextpower2_64(ids->count * 4));
	while (ids->indexed < ids->count)
		put_into_index(ids, ids->indexed++);
	for (size_t slot = first_slot(ids, id); ids->index[slot] != 0; slot = (slot + 1) & (ids->slots - 1))
		if (ids->values[ids->index[slot] - 1] == id)
			return true;
	return false;
}

static inline size_t
first_slot(const AuthzIds *ids, int64 id)
{
	return murmurhash32((uint32) ((uint64) id ^ ((uint64) id >> 32))) & (ids->slots - 1);
}

/* Open addressing: a slot is 0, or the position of a value and 1. */
static void
build_index(AuthzIds *ids, size_t slots)
{
	/* In the context of the values, wherever we are now. */
	size_t	   *index = MemoryContextAllocExtended(GetMemoryChunkContext(ids->values), sizeof(size_t) * slots,
												   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	if (ids->index != NULL)
		pfree(ids->index);
	ids->index = index;
	ids->slots = slots;
	ids->indexed = 0;
}

/* (One that is there twice, by authz_ids_add, is found by its first.) */
static void
put_into_index(AuthzIds *ids, size_t i)
{
	size_t		slot = first_slot(ids, ids->values[i]);

	while (ids->index[slot] != 0)
	{
		if (ids->values[ids->index[slot] - 1] == ids->values[i])
			return;
		slot = (slot + 1) & (ids->slots - 1);
	}
	ids->index[slot] = i + 1;
}
