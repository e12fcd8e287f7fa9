/*
 * resource_cache.h
 *	  The remembered resources: small cells, found by a hash table.  See resource_cache.c.
 */
#ifndef AUTHZ_RESOURCE_CACHE_H
#define AUTHZ_RESOURCE_CACHE_H

#include "types/resource_id.h"

#define AUTHZ_CHAIN_INLINE 2

/* What a check reads of a resource: half a cache line. */
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
		uint32		next_free;	/* a free cell: see resource_cache.c */
	}			chain;
	uint32		checked;		/* generation at which it was last found good, its lower half */
	uint16		type;
	uint8		nchain;			/* 1 at least */
	uint8		id_kind:2,
				in_use:1,
				used:1;			/* since it was last considered for eviction */
} AuthzResource;

StaticAssertDecl(sizeof(AuthzResource) == 32, "two resources fill a cache line");

/* The rest of it. */
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

/* The ids of itself, its parent, ... up to the root: nchain of them. */
static inline const int64 *
authz_resource_chain(const AuthzResource *resource)
{
	return resource->nchain > AUTHZ_CHAIN_INLINE ? resource->chain.many : resource->chain.few;
}

/* Most that can be remembered. */
#define AUTHZ_POOL_MAX ((UINT32_C(1) << 24) - 2)

/* None of these reads a table. */
extern AuthzResource *authz_cache_find_resource(int type, const AuthzId *id);
extern AuthzResource *authz_cache_add_resource(int type, const AuthzId *id, uint64 built,
											   const int64 *chain, int nchain);

extern AuthzResource *authz_pool_find(int type, const AuthzId *id);
extern AuthzResourceOrigin *authz_pool_origin(int type, const AuthzId *id);
extern AuthzResource *authz_pool_put(MemoryContext memory, int type, const AuthzId *id,
									 const int64 *chain, int nchain,
									 AuthzResourceOrigin **origin_out);
extern uint32 authz_pool_count(void);
extern Size authz_pool_bytes(void);
extern void authz_pool_sweep(void);
extern void authz_pool_forget(void);

#endif							/* AUTHZ_RESOURCE_CACHE_H */
