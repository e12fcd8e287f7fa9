/*
 * id_list.c
 *	  A growing array of row ids.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "tables/id_list.h"

typedef struct IdEntry
{
	int64		id;
	char		status;
} IdEntry;

#define SH_PREFIX idset
#define SH_ELEMENT_TYPE IdEntry
#define SH_KEY_TYPE int64
#define SH_KEY id
#define SH_HASH_KEY(set, key) murmurhash32((uint32) ((uint64) (key) ^ ((uint64) (key) >> 32)))
#define SH_EQUAL(set, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* From this many ids on, membership is tested with a hash table. */
#define SET_FROM 32

void
authz_id_list_add(AuthzIdList *ids, int64 id)
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
authz_id_list_add_once(AuthzIdList *ids, int64 id)
{
	if (authz_id_list_contains(ids, id))
		return false;
	authz_id_list_add(ids, id);
	return true;
}

bool
authz_id_list_contains(AuthzIdList *ids, int64 id)
{
	if (ids->count < SET_FROM)
	{
		for (size_t i = 0; i < ids->count; i++)
			if (ids->values[i] == id)
				return true;
		return false;
	}

	/*
	 * The hash table is in the memory context of the values, whichever is
	 * current.
	 */
	if (ids->set == NULL)
		ids->set = idset_create(GetMemoryChunkContext(ids->values), SET_FROM * 2, NULL);
	while (ids->in_set < ids->count)
	{
		bool		found;

		idset_insert(ids->set, ids->values[ids->in_set], &found);
		ids->in_set++;
	}
	return idset_lookup(ids->set, id) != NULL;
}
