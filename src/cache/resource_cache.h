/*
 * resource_cache.h
 *	  Resource cache: 32-byte slab entries behind an open-addressing hash
 *	  table.  See resource_cache.c.
 */
#ifndef AUTHZ_RESOURCE_CACHE_H
#define AUTHZ_RESOURCE_CACHE_H

#include "types/resource_id.h"

#define AUTHZ_CHAIN_INLINE 2

/*
 * A resource's entry: what a permission check reads of it, half a cache line.
 */
typedef struct AuthzResource
{
	union
	{
		int64		number;
		unsigned char half[8];	/* the first half of a uuid */
		char	   *text;
	}			id;
	union
	{
		int64		few[AUTHZ_CHAIN_INLINE];
		int64	   *many;
		uint32		next_free;	/* of a removed entry: see resource_cache.c */
	}			chain;
	uint32		checked;		/* generation at which it was last found
								 * valid, its lower half */
	uint32		type:16,
				nchain:12,		/* 1 to AUTHZ_MAX_LEVELS + 1 */
				id_kind:2,
				in_use:1,
				used:1;			/* since it was last considered for eviction */
} AuthzResource;

StaticAssertDecl(sizeof(AuthzResource) == 32, "two resources fill a cache line");

/* The rest of the entry. */
typedef struct AuthzResourceOrigin
{
	uint64		built;			/* generation before its snapshot was taken */
	uint32		hash;
	union
	{
		unsigned char half[8];	/* the second half of a uuid */
		int			len;		/* of a text */
	}			id;
} AuthzResourceOrigin;

/* The ids of the resource, its parent, ... up to the root: nchain of them. */
static inline const int64 *
authz_resource_cache_chain(const AuthzResource *resource)
{
	return resource->nchain > AUTHZ_CHAIN_INLINE ? resource->chain.many : resource->chain.few;
}

/* Largest number of entries. */
#define AUTHZ_RESOURCE_CACHE_MAX ((UINT32_C(1) << 24) - 2)

/* None of these reads a table. */
extern AuthzResource *authz_resource_cache_find(int type, const AuthzId *id);
extern AuthzResource *authz_resource_cache_add(int type, const AuthzId *id, uint64 built,
											   const int64 *chain, int nchain);

extern uint32 authz_resource_cache_count(void);
extern Size authz_resource_cache_bytes(void);
extern void authz_resource_cache_evict_next(void);
extern void authz_resource_cache_forget(void);

#endif							/* AUTHZ_RESOURCE_CACHE_H */
