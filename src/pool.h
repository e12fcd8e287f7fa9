/*
 * pool.h
 *	  The remembered resources: cells of one cache line each, found by a hash
 *	  table.  See pool.c.
 */
#ifndef AUTHZ_POOL_H
#define AUTHZ_POOL_H

typedef enum AuthzIdKind
{
	AUTHZ_ID_INT,
	AUTHZ_ID_UUID,
	AUTHZ_ID_TEXT
} AuthzIdKind;

typedef union AuthzIdValue
{
	int64		number;
	unsigned char uuid[16];
	struct
	{
		const char *bytes;
		int			len;
	}			text;
} AuthzIdValue;

/*
 * The id of a resource, so that equal ids are equal whatever SQL type they
 * came in: 42 and '42' are the same, a uuid and its text are the same.
 */
typedef struct AuthzId
{
	AuthzIdKind kind;
	AuthzIdValue value;
} AuthzId;

#define AUTHZ_CHAIN_INLINE 2

typedef struct AuthzResource
{
	uint64		built;			/* generation before its snapshot was taken */
	uint64		checked;		/* generation at which it was last found good */
	AuthzIdValue id;
	int			type;
	uint8		id_kind;
	bool		in_use;
	bool		used;			/* since it was last considered for eviction */
	uint8		nchain;			/* 0: there is no such resource */
	uint32		hash;
	Oid			name_key;		/* see invalidate.h */
	union
	{
		int64		few[AUTHZ_CHAIN_INLINE];
		int64	   *many;
		uint32		next_free;	/* not in_use: see pool.c */
	}			chain;
} AuthzResource;

StaticAssertDecl(sizeof(AuthzResource) == 64, "a resource fills a cache line");

/* The ids of itself, its parent, ... up to the root: nchain of them. */
static inline const int64 *
authz_resource_chain(const AuthzResource *resource)
{
	return resource->nchain > AUTHZ_CHAIN_INLINE ? resource->chain.many : resource->chain.few;
}

extern uint32 authz_pool_hash(int type, const AuthzId *id);
extern void authz_pool_prefetch(uint32 hash);
extern AuthzResource *authz_pool_find(int type, const AuthzId *id, uint32 hash);
extern AuthzResource *authz_pool_put(MemoryContext memory, int type, const AuthzId *id,
									 uint32 hash, const int64 *chain, int nchain);
extern uint32 authz_pool_count(void);
extern Size authz_pool_bytes(void);
extern void authz_pool_sweep(void);
extern void authz_pool_forget(void);

#endif							/* AUTHZ_POOL_H */
