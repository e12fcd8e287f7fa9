/*
 * pool.c
 *	  The remembered resources: cells of one cache line each, found by a hash
 *	  table.
 *
 * A check of many subjects and many resources waits for memory and for little
 * else, so what it needs of a resource is in one aligned cell, and the table
 * that leads there has 8 bytes for each (a part of the hash, and the number of
 * the cell) and is at most half full: nearly every look-up ends at its first
 * slot.  Only long chains and ids that are text have memory of their own.
 *
 * Cells are never moved and never given back one by one.  A hand that goes
 * round over them (second chance) finds those that have not been used for long.
 *
 * What is true, and how much may be remembered, is cache.c's business.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "invalidate.h"
#include "pool.h"

#define CELL_BITS 9
#define CELLS_PER_BLOCK (1 << CELL_BITS)
#define CACHE_LINE 64
#define NO_CELL UINT32_MAX
#define MIN_BUCKETS 256

static AuthzResource **blocks = NULL;
static uint32 nblocks = 0;
static uint32 max_blocks = 0;
static uint32 next_cell = 0;	/* never used so far, from here on */
static uint32 free_cell = NO_CELL;	/* a list of those that were given back */
static uint32 hand = 0;

/* hash << 32 | number of the cell + 1; 0: free.  Linear probing. */
static uint64 *buckets = NULL;
static uint32 nbuckets = 0;		/* a power of 2 */

static uint32 count = 0;
static Size separate_bytes = 0; /* long chains and texts */

static inline AuthzResource *
cell(uint32 number)
{
	return &blocks[number >> CELL_BITS][number & (CELLS_PER_BLOCK - 1)];
}

uint32
authz_pool_hash(int type, const AuthzId *id)
{
	uint64		hash = (uint64) type << 2 | (uint64) id->kind;

	switch (id->kind)
	{
		case AUTHZ_ID_INT:
			hash = authz_mix((uint64) id->value.number + (hash << 56));
			break;
		case AUTHZ_ID_UUID:
			{
				uint64		halves[2];

				memcpy(halves, id->value.uuid, 16);
				hash = authz_mix(halves[0] + (hash << 56)) ^ halves[1];
				hash = authz_mix(hash);
				break;
			}
		case AUTHZ_ID_TEXT:
			hash = hash_bytes_extended((const unsigned char *) id->value.text.bytes,
									   id->value.text.len, hash);
			break;
	}
	return (uint32) hash;
}

/* It will be looked up soon. */
void
authz_pool_prefetch(uint32 hash)
{
#if defined(__GNUC__)
	if (buckets != NULL)
		__builtin_prefetch(&buckets[hash & (nbuckets - 1)]);
#endif
}

static inline bool
is_of(const AuthzResource *resource, int type, const AuthzId *id)
{
	if (resource->type != type || resource->id_kind != id->kind)
		return false;
	switch (id->kind)
	{
		case AUTHZ_ID_INT:
			return resource->id.number == id->value.number;
		case AUTHZ_ID_UUID:
			return memcmp(resource->id.uuid, id->value.uuid, 16) == 0;
		case AUTHZ_ID_TEXT:
			return resource->id.text.len == id->value.text.len &&
				memcmp(resource->id.text.bytes, id->value.text.bytes,
					   id->value.text.len) == 0;
	}
	return false;
}

/* NULL: it is not there. */
AuthzResource *
authz_pool_find(int type, const AuthzId *id, uint32 hash)
{
	if (buckets == NULL)
		return NULL;
	for (uint32 i = hash & (nbuckets - 1);; i = (i + 1) & (nbuckets - 1))
	{
		uint64		bucket = buckets[i];

		if (bucket == 0)
			return NULL;
		if ((uint32) (bucket >> 32) == hash)
		{
			AuthzResource *resource = cell((uint32) bucket - 1);

			if (is_of(resource, type, id))
				return resource;
		}
	}
}

static void
enter(uint64 bucket)
{
	uint32		i = (uint32) (bucket >> 32) & (nbuckets - 1);

	while (buckets[i] != 0)
		i = (i + 1) & (nbuckets - 1);
	buckets[i] = bucket;
}

/* Room for one more bucket. */
static void
make_room(MemoryContext memory)
{
	uint32		old_size = nbuckets;
	uint64	   *old = buckets;
	uint64	   *larger;
	uint32		size = Max(old_size * 2, MIN_BUCKETS);

	if ((count + 1) * 2 <= old_size)
		return;
	larger = MemoryContextAllocExtended(memory, (Size) size * sizeof(uint64),
										MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	buckets = larger;
	nbuckets = size;
	for (uint32 i = 0; i < old_size; i++)
		if (old[i] != 0)
			enter(old[i]);
	if (old != NULL)
		pfree(old);
}

/* A cell that is in no list, by its number. */
static uint32
take_cell(MemoryContext memory)
{
	uint32		number;

	if (free_cell != NO_CELL)
	{
		number = free_cell;
		free_cell = cell(number)->chain.next_free;
		return number;
	}
	if (next_cell == nblocks << CELL_BITS)
	{
		char	   *block;

		if (nblocks == max_blocks)
		{
			uint32		newmax = Max(64, max_blocks * 2);

			if (blocks == NULL)
				blocks = MemoryContextAlloc(memory, newmax * sizeof(AuthzResource *));
			else
				blocks = repalloc(blocks, newmax * sizeof(AuthzResource *));
			max_blocks = newmax;
		}
		block = MemoryContextAlloc(memory, CELLS_PER_BLOCK * sizeof(AuthzResource) + CACHE_LINE);
		blocks[nblocks++] = (AuthzResource *) TYPEALIGN(CACHE_LINE, block);
	}
	return next_cell++;
}

static Size
separate_size(const AuthzResource *resource)
{
	Size		size = 0;

	if (resource->id_kind == AUTHZ_ID_TEXT)
		size += GetMemoryChunkSpace(unconstify(char *, resource->id.text.bytes));
	if (resource->nchain > AUTHZ_CHAIN_INLINE)
		size += GetMemoryChunkSpace(resource->chain.many);
	return size;
}

static void
free_separate(AuthzResource *resource)
{
	separate_bytes -= separate_size(resource);
	if (resource->id_kind == AUTHZ_ID_TEXT)
		pfree(unconstify(char *, resource->id.text.bytes));
	if (resource->nchain > AUTHZ_CHAIN_INLINE)
		pfree(resource->chain.many);
}

/*
 * The resource with this id, new or anew, in the cell that it had if there was
 * one.  The caller fills in what it was built from.  An error leaves
 * everything as it was.
 */
AuthzResource *
authz_pool_put(MemoryContext memory, int type, const AuthzId *id, uint32 hash,
			   const int64 *chain, int nchain)
{
	AuthzResource *resource = authz_pool_find(type, id, hash);
	bool		is_new = resource == NULL;
	AuthzIdValue value = id->value;
	int64	   *many = NULL;
	uint32		number = 0;

	/* Types are not that many; fewer ancestors are fewer grants. */
	nchain = Min(nchain, PG_UINT8_MAX);
	if (is_new)
		make_room(memory);
	if (nchain > AUTHZ_CHAIN_INLINE)
	{
		many = MemoryContextAlloc(memory, nchain * sizeof(int64));
		memcpy(many, chain, nchain * sizeof(int64));
	}
	if (id->kind == AUTHZ_ID_TEXT)
	{
		char	   *bytes = MemoryContextAlloc(memory, Max(id->value.text.len, 1));

		memcpy(bytes, id->value.text.bytes, id->value.text.len);
		value.text.bytes = bytes;
	}
	if (is_new)
	{
		number = take_cell(memory);
		resource = cell(number);
	}
	else
		free_separate(resource);

	resource->id = value;
	resource->type = type;
	resource->id_kind = id->kind;
	resource->in_use = true;
	resource->used = true;
	resource->hash = hash;
	resource->nchain = nchain;
	if (many != NULL)
		resource->chain.many = many;
	else if (nchain > 0)
		memcpy(resource->chain.few, chain, nchain * sizeof(int64));
	separate_bytes += separate_size(resource);
	if (is_new)
	{
		enter((uint64) hash << 32 | (number + 1));
		count++;
	}
	return resource;
}

static void
remove_cell(uint32 number)
{
	AuthzResource *resource = cell(number);
	uint32		mask = nbuckets - 1;
	uint32		hole = resource->hash & mask;

	while (buckets[hole] != ((uint64) resource->hash << 32 | (number + 1)))
		hole = (hole + 1) & mask;
	/* Those behind move up, unless that were before their own first slot. */
	for (uint32 i = (hole + 1) & mask; buckets[i] != 0; i = (i + 1) & mask)
	{
		uint32		first = (uint32) (buckets[i] >> 32) & mask;

		if (((i - first) & mask) >= ((i - hole) & mask))
		{
			buckets[hole] = buckets[i];
			hole = i;
		}
	}
	buckets[hole] = 0;

	free_separate(resource);
	resource->in_use = false;
	resource->chain.next_free = free_cell;
	free_cell = number;
	count--;
}

uint32
authz_pool_count(void)
{
	return count;
}

/* What would be saved if there were none. */
Size
authz_pool_bytes(void)
{
	return count * (sizeof(AuthzResource) + 3 * sizeof(uint64)) + separate_bytes;
}

/* The hand moves on by one cell: forget it if it has not been used since. */
void
authz_pool_sweep(void)
{
	AuthzResource *resource;

	if (count == 0)
		return;
	do
	{
		if (hand >= next_cell)
			hand = 0;
		resource = cell(hand++);
	} while (!resource->in_use);
	if (resource->used)
		resource->used = false;
	else
		remove_cell(hand - 1);
}

/* The memory has been reset. */
void
authz_pool_forget(void)
{
	blocks = NULL;
	nblocks = max_blocks = 0;
	next_cell = 0;
	free_cell = NO_CELL;
	hand = 0;
	buckets = NULL;
	nbuckets = 0;
	count = 0;
	separate_bytes = 0;
}
