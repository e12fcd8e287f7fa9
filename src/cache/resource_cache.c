/*
 * resource_cache.c
 *	  The remembered resources: small cells, found by a hash table.
 *
 * A check of many subjects and many resources waits for memory and for little
 * else.  So what it reads of a resource is in a cell of half a cache line, apart
 * from what is needed to look after it; and the table that leads there has 4
 * bytes for each (a part of the hash, and the number of the cell) and is at most
 * half full: nearly every look-up ends at its first bucket.  Only long chains
 * and ids that are text have memory of their own.
 *
 * Cells are never moved and never given back one by one.  A hand that goes
 * round over them (second chance) finds those that have not been used for long.
 *
 * What is true, and how much may be remembered, is cache.c's business.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "cache/announce.h"
#include "cache/cache.h"
#include "cache/hash.h"
#include "cache/resource_cache.h"
#include "cache/validity.h"

#define BLOCK_BITS 9
#define BLOCK_CELLS (1 << BLOCK_BITS)
#define CACHE_LINE 64
#define MIN_BUCKETS 256
#define NO_CELL UINT32_MAX

typedef struct Block
{
	AuthzResource resources[BLOCK_CELLS];
	AuthzResourceOrigin origins[BLOCK_CELLS];
} Block;

static Block **blocks = NULL;
static uint32 nblocks = 0;
static uint32 max_blocks = 0;
static uint32 next_cell = 0;	/* never used so far, from here on */
static uint32 free_cell = NO_CELL;	/* a list of those that were given back */
static uint32 hand = 0;

/* The upper byte of the hash, and the number of the cell + 1; 0: free.  Linear probing. */
static uint32 *buckets = NULL;
static uint32 nbuckets = 0;		/* a power of 2 */

#define TAG_SHIFT 24
#define MAKE_BUCKET(hash, number) (((hash) & (UINT32_C(0xff) << TAG_SHIFT)) | ((number) + 1))
#define BUCKET_CELL(bucket) (((bucket) & ((UINT32_C(1) << TAG_SHIFT) - 1)) - 1)
#define SAME_TAG(bucket, hash) ((((bucket) ^ (hash)) >> TAG_SHIFT) == 0)

static uint32 count = 0;
static Size separate_bytes = 0; /* long chains and texts */

static inline AuthzResource *
cell(uint32 number)
{
	return &blocks[number >> BLOCK_BITS]->resources[number & (BLOCK_CELLS - 1)];
}

static inline AuthzResourceOrigin *
origin_of(uint32 number)
{
	return &blocks[number >> BLOCK_BITS]->origins[number & (BLOCK_CELLS - 1)];
}

static inline uint32
hash_id(int type, const AuthzId *id)
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

static inline bool
is_of(uint32 number, int type, const AuthzId *id)
{
	const AuthzResource *resource = cell(number);

	if (resource->type != type || resource->id_kind != id->kind)
		return false;
	switch (id->kind)
	{
		case AUTHZ_ID_INT:
			return resource->id.number == id->value.number;
		case AUTHZ_ID_UUID:
			return memcmp(resource->id.half, id->value.uuid, 8) == 0 &&
				memcmp(origin_of(number)->id.half, id->value.uuid + 8, 8) == 0;
		case AUTHZ_ID_TEXT:
			return origin_of(number)->id.len == id->value.text.len &&
				memcmp(resource->id.text, id->value.text.bytes, id->value.text.len) == 0;
	}
	return false;
}

static inline uint32
find(int type, const AuthzId *id, uint32 hash)
{
	if (buckets == NULL)
		return NO_CELL;
	for (uint32 i = hash & (nbuckets - 1);; i = (i + 1) & (nbuckets - 1))
	{
		uint32		bucket = buckets[i];

		if (bucket == 0)
			return NO_CELL;
		if (SAME_TAG(bucket, hash) && is_of(BUCKET_CELL(bucket), type, id))
			return BUCKET_CELL(bucket);
	}
}

/* NULL: it is not there. */
AuthzResource *
authz_pool_find(int type, const AuthzId *id)
{
	uint32		number = find(type, id, hash_id(type, id));

	return number == NO_CELL ? NULL : cell(number);
}

/* What the resource was built from. */
AuthzResourceOrigin *
authz_pool_origin(int type, const AuthzId *id)
{
	return origin_of(find(type, id, hash_id(type, id)));
}

static void
enter(uint32 hash, uint32 number)
{
	uint32		i = hash & (nbuckets - 1);

	while (buckets[i] != 0)
		i = (i + 1) & (nbuckets - 1);
	buckets[i] = MAKE_BUCKET(hash, number);
}

/* Room for one more bucket. */
static void
make_room(MemoryContext memory)
{
	uint32		old_size = nbuckets;
	uint32	   *old = buckets;
	uint32		size = Max(old_size * 2, MIN_BUCKETS);

	if ((count + 1) * 2 <= old_size)
		return;
	buckets = MemoryContextAllocExtended(memory, (Size) size * sizeof(uint32),
										 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	nbuckets = size;
	for (uint32 i = 0; i < old_size; i++)
		if (old[i] != 0)
			enter(origin_of(BUCKET_CELL(old[i]))->hash, BUCKET_CELL(old[i]));
	if (old != NULL)
		pfree(old);
}

/* A cell that is not in use, by its number. */
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
	if (next_cell == nblocks << BLOCK_BITS)
	{
		char	   *chunk;

		if (nblocks == max_blocks)
		{
			uint32		newmax = Max(64, max_blocks * 2);

			if (blocks == NULL)
				blocks = MemoryContextAlloc(memory, newmax * sizeof(Block *));
			else
				blocks = repalloc(blocks, newmax * sizeof(Block *));
			max_blocks = newmax;
		}
		chunk = MemoryContextAlloc(memory, sizeof(Block) + CACHE_LINE);
		blocks[nblocks++] = (Block *) TYPEALIGN(CACHE_LINE, chunk);
	}
	return next_cell++;
}

static Size
separate_size(const AuthzResource *resource)
{
	Size		size = 0;

	if (resource->id_kind == AUTHZ_ID_TEXT)
		size += GetMemoryChunkSpace(resource->id.text);
	if (resource->nchain > AUTHZ_CHAIN_INLINE)
		size += GetMemoryChunkSpace(resource->chain.many);
	return size;
}

static void
free_separate(AuthzResource *resource)
{
	separate_bytes -= separate_size(resource);
	if (resource->id_kind == AUTHZ_ID_TEXT)
		pfree(resource->id.text);
	if (resource->nchain > AUTHZ_CHAIN_INLINE)
		pfree(resource->chain.many);
}

/*
 * The resource with this id, new or anew, in the cell that it had if there was
 * one.  The caller fills in what it was built from.  An error leaves
 * everything as it was.
 */
AuthzResource *
authz_pool_put(MemoryContext memory, int type, const AuthzId *id, const int64 *chain, int nchain,
			   AuthzResourceOrigin **origin_out)
{
	uint32		hash = hash_id(type, id);
	uint32		number = find(type, id, hash);
	bool		is_new = number == NO_CELL;
	int64	   *many = NULL;
	char	   *text = NULL;
	AuthzResource *resource;
	AuthzResourceOrigin *origin;

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
		text = MemoryContextAlloc(memory, Max(id->value.text.len, 1));
		memcpy(text, id->value.text.bytes, id->value.text.len);
	}
	if (is_new)
		number = take_cell(memory);
	resource = cell(number);
	origin = origin_of(number);
	if (!is_new)
		free_separate(resource);

	switch (id->kind)
	{
		case AUTHZ_ID_INT:
			resource->id.number = id->value.number;
			break;
		case AUTHZ_ID_UUID:
			memcpy(resource->id.half, id->value.uuid, 8);
			memcpy(origin->id.half, id->value.uuid + 8, 8);
			break;
		case AUTHZ_ID_TEXT:
			resource->id.text = text;
			origin->id.len = id->value.text.len;
			break;
	}
	resource->id_kind = id->kind;
	resource->type = type;
	resource->in_use = true;
	resource->used = true;
	resource->nchain = nchain;
	if (many != NULL)
		resource->chain.many = many;
	else if (nchain > 0)
		memcpy(resource->chain.few, chain, nchain * sizeof(int64));
	origin->hash = hash;
	separate_bytes += separate_size(resource);
	if (is_new)
	{
		enter(hash, number);
		count++;
	}
	*origin_out = origin;
	return resource;
}

static void
remove_cell(uint32 number)
{
	AuthzResource *resource = cell(number);
	uint32		hash = origin_of(number)->hash;
	uint32		mask = nbuckets - 1;
	uint32		hole = hash & mask;

	while (buckets[hole] != MAKE_BUCKET(hash, number))
		hole = (hole + 1) & mask;
	/* Those behind move up, unless that were before their own first bucket. */
	for (uint32 i = (hole + 1) & mask; buckets[i] != 0; i = (i + 1) & mask)
	{
		uint32		first = origin_of(BUCKET_CELL(buckets[i]))->hash & mask;

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
	return count * (sizeof(AuthzResource) + sizeof(AuthzResourceOrigin) + 3 * sizeof(uint32)) +
		separate_bytes;
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

/* A row that is renamed, moved or removed is announced by its id. */
static bool
is_valid(AuthzResource *resource, const AuthzResourceOrigin *origin)
{
	const int64 *chain = authz_resource_chain(resource);

	if (!authz_validity_is_above_floor(origin->built))
		return false;
	for (int i = 0; i < resource->nchain; i++)
		if (authz_validity_changed_since(authz_key(AUTHZ_KEY_RESOURCE, chain[i]), origin->built))
			return false;
	resource->checked = (uint32) authz_generation;
	return true;
}

/* Pointers to resources are good until the next one is added. */
AuthzResource *
authz_cache_find_resource(int type, const AuthzId *id)
{
	AuthzResource *resource = authz_pool_find(type, id);

	if (resource == NULL ||
		(resource->checked != (uint32) authz_generation &&
		 !is_valid(resource, authz_pool_origin(type, id))))
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
