/*
 * ids.c
 *	  A growing vector of keys of rows.
 */
#include "postgres.h"

#include "ids.h"

void
authz_ids_add(AuthzIds *ids, int64 id)
{
	if (ids->count == ids->allocated)
	{
		ids->allocated = ids->allocated == 0 ? 16 : ids->allocated * 2;
		if (ids->values == NULL)
			ids->values = palloc(sizeof(int64) * ids->allocated);
		else
			ids->values = repalloc_huge(ids->values, sizeof(int64) * ids->allocated);
	}
	ids->values[ids->count++] = id;
}

bool
authz_ids_add_once(AuthzIds *ids, int64 id)
{
	for (size_t i = 0; i < ids->count; i++)
		if (ids->values[i] == id)
			return false;
	authz_ids_add(ids, id);
	return true;
}
