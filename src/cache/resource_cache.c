/*
 * resource_cache.c
 *	  Resource cache: 32-byte slab entries behind an open-addressing hash
 *	  table.
 *
 * A permission check of many subjects and many resources spends its time
 * waiting for memory.  So what it reads of a resource is in an entry of half a
 * cache line, apart from the origin, which only look-ups by uuid or text,
 * validation and eviction read.  The hash table has a bucket of 4 bytes for
 * each entry (a part of the hash, and the entry's number) and is at most half
 * full: nearly every look-up ends at its first bucket.  Only long chains and
 * ids that are text have memory of their own.
 *
 * Entries are never moved, and their memory is not freed one by one: a removed
 * entry goes to a free list.  Eviction is a clock (second chance): a hand
 * moves over the entries and removes those that have not been used since its
 * last round.
 *
 * Whether an entry is valid is decided by validity.c, how many entries there
 * may be by cache.c.
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
#define BLOCK_ENTRIES (1 << BLOCK_BITS)
#define CACHE_LINE 64
#define MIN_BUCKETS 256
#define NO_ENTRY UINT32_MAX

typedef struct Block
{
	AuthzResource resources[BLOCK_ENTRIES];
	AuthzResourceOrigin origins[BLOCK_ENTRIES];
} Block;

static Block **blocks = NULL;
static uint32 nblocks = 0;
static uint32 max_blocks = 0;
static uint32 next_unused = 0;	/* no entry from this number on has been used
								 * yet */
static uint32 first_free = NO_ENTRY;	/* list of removed entries */
static uint32 hand = 0;

/*
 * The upper byte of the hash, and the entry's number + 1; 0: free.  Linear
 * probing.
 */
static uint32 *buckets = NULL;
static uint32 nbuckets = 0;		/* a power of 2 */

#define TAG_SHIFT 24
#define MAKE_BUCKET(hash, number) (((hash) & (UINT32_C(0xff) << TAG_SHIFT)) | ((number) + 1))
#define BUCKET_ENTRY(bucket) (((bucket) & ((UINT32_C(1) << TAG_SHIFT) - 1)) - 1)
#define HAVE_SAME_TAG(bucket, hash) ((((bucket) ^ (hash)) >> TAG_SHIFT) == 0)

static uint32 count = 0;
static Size separate_bytes = 0; /* long chains and texts */

static inline AuthzResource *
entry_at(uint32 number)
{
	return &blocks[number >> BLOCK_BITS]->resources[number & (BLOCK_ENTRIES - 1)];
}

static inline AuthzResourceOrigin *
origin_at(uint32 number)
{
	return &blocks[number >> BLOCK_BITS]->origins[number & (BLOCK_ENTRIES - 1)];
}

static inline uint32
hash_resource_id(int type, const AuthzId *id)
{
	uint64		hash = (uint64) type << 2 | (uint64) id->kind;

	switch (id->kind)
	{
		case AUTHZ_ID_INT:
			hash = authz_hash_mix((uint64) id->value.number + (hash << 56));
			break;
		case AUTHZ_ID_UUID:
			{
				uint64		halves[2];

				memcpy(halves, id->value.uuid, 16);
				hash = authz_hash_mix(halves[0] + (hash << 56)) ^ halves[1];
				hash = authz_hash_mix(hash);
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
entry_matches(uint32 number, int type, const AuthzId *id)
{
	const AuthzResource *resource = entry_at(number);

	if (resource->type != type || resource->id_kind != id->kind)
		return false;
	switch (id->kind)
	{
		case AUTHZ_ID_INT:
			return resource->id.number == id->value.number;
		case AUTHZ_ID_UUID:
			return memcmp(resource->id.half, id->value.uuid, 8) == 0 &&
				memcmp(origin_at(number)->id.half, id->value.uuid + 8, 8) == 0;
		case AUTHZ_ID_TEXT:
			return origin_at(number)->id.len == id->value.text.len &&
				memcmp(resource->id.text, id->value.text.bytes, id->value.text.len) == 0;
	}
	return false;
}

static inline uint32
find_entry(int type, const AuthzId *id, uint32 hash)
{
	if (buckets == NULL)
		return NO_ENTRY;
	for (uint32 i = hash & (nbuckets - 1);; i = (i + 1) & (nbuckets - 1))
	{
		uint32		bucket = buckets[i];

		if (bucket == 0)
			return NO_ENTRY;
		if (HAVE_SAME_TAG(bucket, hash) && entry_matches(BUCKET_ENTRY(bucket), type, id))
			return BUCKET_ENTRY(bucket);
	}
}

/* NULL if the resource is not in the cache. */
static AuthzResource *
find_resource_entry(int type, const AuthzId *id)
{
	uint32		number = find_entry(type, id, hash_resource_id(type, id));

	return number == NO_ENTRY ? NULL : entry_at(number);
}

/* The second half of a resource's entry. */
static AuthzResourceOrigin *
find_origin(int type, const AuthzId *id)
{
	return origin_at(find_entry(type, id, hash_resource_id(type, id)));
}

static void
insert_bucket(uint32 hash, uint32 number)
{
	uint32		i = hash & (nbuckets - 1);

	while (buckets[i] != 0)
		i = (i + 1) & (nbuckets - 1);
	buckets[i] = MAKE_BUCKET(hash, number);
}

/* Grow the hash table if it has no bucket for one more entry. */
static void
grow_buckets(MemoryContext memory)
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
			insert_bucket(origin_at(BUCKET_ENTRY(old[i]))->hash, BUCKET_ENTRY(old[i]));
	if (old != NULL)
		pfree(old);
}

/* The number of an entry that is not in use. */
static uint32
take_entry(MemoryContext memory)
{
	uint32		number;

	if (first_free != NO_ENTRY)
	{
		number = first_free;
		first_free = entry_at(number)->chain.next_free;
		return number;
	}
	if (next_unused == nblocks << BLOCK_BITS)
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
	return next_unused++;
}

static Size
get_separate_size(const AuthzResource *resource)
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
	separate_bytes -= get_separate_size(resource);
	if (resource->id_kind == AUTHZ_ID_TEXT)
		pfree(resource->id.text);
	if (resource->nchain > AUTHZ_CHAIN_INLINE)
		pfree(resource->chain.many);
}

/*
 * Add the resource with this id, or overwrite its entry if it has one.  The
 * caller fills in what it was built from.  An error leaves everything as it
 * was.
 */
static AuthzResource *
put_resource(MemoryContext memory, int type, const AuthzId *id, const int64 *chain, int nchain,
			 AuthzResourceOrigin **origin_out)
{
	uint32		hash = hash_resource_id(type, id);
	uint32		number = find_entry(type, id, hash);
	bool		is_new = number == NO_ENTRY;
	int64	   *many = NULL;
	char	   *text = NULL;
	AuthzResource *resource;
	AuthzResourceOrigin *origin;

	if (is_new)
		grow_buckets(memory);
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
		number = take_entry(memory);
	resource = entry_at(number);
	origin = origin_at(number);
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
	separate_bytes += get_separate_size(resource);
	if (is_new)
	{
		insert_bucket(hash, number);
		count++;
	}
	*origin_out = origin;
	return resource;
}

static void
remove_entry(uint32 number)
{
	AuthzResource *resource = entry_at(number);
	uint32		hash = origin_at(number)->hash;
	uint32		mask = nbuckets - 1;
	uint32		hole = hash & mask;

	while (buckets[hole] != MAKE_BUCKET(hash, number))
		hole = (hole + 1) & mask;

	/*
	 * Later buckets of the run move up, unless that were before their own
	 * first bucket.
	 */
	for (uint32 i = (hole + 1) & mask; buckets[i] != 0; i = (i + 1) & mask)
	{
		uint32		first = origin_at(BUCKET_ENTRY(buckets[i]))->hash & mask;

		if (((i - first) & mask) >= ((i - hole) & mask))
		{
			buckets[hole] = buckets[i];
			hole = i;
		}
	}
	buckets[hole] = 0;

	free_separate(resource);
	resource->in_use = false;
	resource->chain.next_free = first_free;
	first_free = number;
	count--;
}

uint32
authz_resource_cache_count(void)
{
	return count;
}

/* Memory in use by entries: what would be saved if there were none. */
Size
authz_resource_cache_bytes(void)
{
	return count * (sizeof(AuthzResource) + sizeof(AuthzResourceOrigin) + 3 * sizeof(uint32)) +
		separate_bytes;
}

/*
 * Move the hand by one entry, and remove the entry if it has not been used
 * since.
 */
void
authz_resource_cache_evict_next(void)
{
	AuthzResource *resource;

	if (count == 0)
		return;
	do
	{
		if (hand >= next_unused)
			hand = 0;
		resource = entry_at(hand++);
	} while (!resource->in_use);
	if (resource->used)
		resource->used = false;
	else
		remove_entry(hand - 1);
}

/* The memory context has been reset. */
void
authz_resource_cache_forget(void)
{
	blocks = NULL;
	nblocks = max_blocks = 0;
	next_unused = 0;
	first_free = NO_ENTRY;
	hand = 0;
	buckets = NULL;
	nbuckets = 0;
	count = 0;
	separate_bytes = 0;
}

/*
 * Is the entry valid?  A row that is renamed, moved or removed is announced by
 * its id.
 */
static bool
is_resource_valid(AuthzResource *resource, const AuthzResourceOrigin *origin)
{
	const int64 *chain = authz_resource_cache_chain(resource);

	if (!authz_validity_is_above_floor(origin->built))
		return false;
	for (int i = 0; i < resource->nchain; i++)
		if (authz_validity_changed_since(authz_announce_key(AUTHZ_KEY_RESOURCE, chain[i]), origin->built))
			return false;
	resource->checked = (uint32) authz_generation;
	return true;
}

/* Pointers to resources are good until the next one is added. */
AuthzResource *
authz_resource_cache_find(int type, const AuthzId *id)
{
	AuthzResource *resource = find_resource_entry(type, id);

	if (resource == NULL ||
		(resource->checked != (uint32) authz_generation &&
		 !is_resource_valid(resource, find_origin(type, id))))
		return NULL;
	if (!resource->used)
		resource->used = true;
	return resource;
}

AuthzResource *
authz_resource_cache_add(int type, const AuthzId *id, uint64 built,
						 const int64 *chain, int nchain)
{
	AuthzResourceOrigin *origin;
	AuthzResource *resource = put_resource(authz_cache_memory(), type, id, chain, nchain, &origin);

	resource->checked = 0;
	origin->built = built;
	return resource;
}
