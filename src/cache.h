/*
 * cache.h
 *	  What a backend remembers.  See cache.c for how it stays true.
 */
#ifndef AUTHZ_CACHE_H
#define AUTHZ_CACHE_H

#include "lib/ilist.h"
#include "utils/timestamp.h"

#include "invalidate.h"
#include "pool.h"

/*
 * The generation grows with everything that may make a remembered answer
 * wrong: an announced change, a change of the current subject, an eviction.
 * Whoever keeps an answer keeps the generation beside it and drops both when it
 * has moved.
 *
 * The epoch grows when something in the cache is freed, when permissions or
 * resource types may have changed, and when the current subject has; and the
 * generation with it.  Whoever keeps a pointer into the cache, or the number of
 * a permission, keeps the epoch beside it.
 */
extern uint64 authz_generation;
extern uint64 authz_epoch;

/* A set of permissions, by their numbers in this backend.  Equal sets are one. */
typedef struct AuthzSet
{
	uint32		number;			/* in the list of sets */
	uint32		hash;
	int			nwords;			/* no trailing zero words */
	uint64		words[FLEXIBLE_ARRAY_MEMBER];
} AuthzSet;

#define AUTHZ_EMPTY_SET 0

typedef struct AuthzPermission
{
	char	   *name;
	int			name_len;
	uint32		hash;
	bool		effective;		/* not merely planned */
	int			number;			/* its bit in every AuthzSet */
	int			type;			/* number of its resource type */
	uint64		built;			/* generation */
} AuthzPermission;

typedef struct AuthzType
{
	char	   *name;
	int			name_len;
	int			parent;			/* number of the parent type, -1 for none */
	uint64		built;			/* generation */
} AuthzType;

/* What an entry was built from, and whether it still holds. */
typedef struct AuthzValidity
{
	uint64		built;			/* generation before its snapshot was taken */
	Oid		   *keys;			/* what it depends on, see invalidate.h */
	int			nkeys;
	uint64		checked;		/* generation at which it was last found good */
} AuthzValidity;

typedef struct AuthzRole
{
	int64		id;
	AuthzValidity validity;
	uint32		effective;		/* set of what it grants now */
	uint32		listed;			/* the same with planned permissions */
} AuthzRole;

/* What a subject holds on one resource through all its principals. */
typedef struct AuthzGrant
{
	int64		resource_id;	/* 0: free slot */
	uint32		effective;
	uint32		listed;
} AuthzGrant;

/*
 * The answers for resources with integer ids: see check.c.  Neighbouring ids
 * stand together, so that a scan over a table whose ids lie close, as those of
 * a sequence do, stays within few cache lines.
 */
#define AUTHZ_MEMO_SHIFT	5
#define AUTHZ_MEMO_IDS		(1 << AUTHZ_MEMO_SHIFT)

typedef struct AuthzMemoSlot
{
	int64		block;			/* id >> AUTHZ_MEMO_SHIFT; AUTHZ_MEMO_FREE: free slot */
	uint16		sets[AUTHZ_MEMO_IDS];	/* AUTHZ_MEMO_UNKNOWN: not asked yet */
} AuthzMemoSlot;

/* All bits are set in both, so that memset() makes them. */
#define AUTHZ_MEMO_FREE		INT64_C(-1)
#define AUTHZ_MEMO_UNKNOWN	UINT16_MAX

typedef struct AuthzMemo
{
	struct AuthzMemo *next;
	int			type;
	uint64		built;			/* generation */
	uint32		used;
	uint32		mask;			/* size - 1 */
	AuthzMemoSlot *slots;
} AuthzMemo;

/* The ids of all resources on which a subject has a permission: see list.c. */
typedef struct AuthzIdList
{
	struct AuthzIdList *next;
	int			permission;		/* number */
	AuthzValidity validity;
	int			nnumbers;		/* integer ids, ascending */
	int64	   *numbers;
	int			nothers;		/* all others, as text */
	text	  **others;
} AuthzIdList;

/*
 * What a check reads of a subject begins at validity.checked, with a cache
 * line: there and in the next one are also the name, if it is not too long,
 * and the filter of one who has few grants.
 */
typedef struct AuthzSubject
{
	void	   *chunk;			/* that it lies in */
	Size		bytes;			/* with memos and lists */
	dlist_node	link;			/* in the order of last use */
	int64		id;				/* 0: not in the table */
	AuthzMemo  *memos;
	AuthzIdList *lists;
	AuthzGrant *grants;
	uint32		ngrants;
	uint32		grants_mask;	/* size - 1 */
	AuthzValidity validity;
	TimestampTz valid_until;	/* the next expiry of a grant */
	char	   *name;
	uint64	   *filter;			/* Bloom filter of the ids in grants: most resources
								 * that are asked about are not among them */
	uint32		filter_mask;	/* size - 1 */
	uint32		hash;
	int			name_len;
	bool		used;			/* since it was last considered for eviction */
} AuthzSubject;

extern void authz_cache_init(void);

/*
 * Before a question: accept what other backends have announced, drop what must
 * be dropped, make room.  Pointers into the cache are good until the next call.
 */
extern void authz_cache_begin(void);
extern void authz_cache_moved(void);
extern void authz_cache_distrust(void);
extern void authz_cache_filled(void);
extern bool authz_cache_may_keep(void);
extern bool authz_cache_holds(AuthzValidity *validity);
extern bool authz_cache_subject_holds(AuthzSubject *subject);
extern bool authz_cache_resource_holds(AuthzResource *resource);
extern bool authz_cache_memo_holds(AuthzMemo *memo);
extern void authz_cache_hold_strict_lock(void);

extern MemoryContext authz_cache_memory(void);

/* Look-ups and insertions; none reads a table. */
extern AuthzPermission *authz_cache_find_permission(const char *name, int len);
extern AuthzPermission *authz_cache_add_permission(const char *name, int len, int type,
												   bool effective);
extern AuthzPermission *authz_cache_permission(int number);
extern int	authz_cache_permission_count(void);
extern int	authz_cache_find_type(const char *name, int len);
extern int	authz_cache_add_type(const char *name, int len, int parent);
extern AuthzType *authz_cache_type(int number);
extern int	authz_cache_type_count(void);
extern AuthzRole *authz_cache_find_role(int64 id);
extern AuthzRole *authz_cache_add_role(int64 id, uint64 built, const Oid *keys, int nkeys);
extern void authz_cache_add_grant(AuthzSubject *subject, int64 resource_id,
								  uint32 effective, uint32 listed);
extern AuthzSubject *authz_cache_find_subject(const char *name, int len);
extern AuthzSubject *authz_cache_add_subject(const char *name, int len, uint64 built,
											 const Oid *keys, int nkeys, uint32 max_grants);
extern AuthzResource *authz_cache_find_resource(int type, const AuthzId *id);
extern AuthzResource *authz_cache_add_resource(int type, const AuthzId *id, uint64 built,
											   Oid name_key, const int64 *chain, int nchain);
extern AuthzMemo *authz_cache_memo(AuthzSubject *subject, int type);
extern void authz_cache_memo_add(AuthzSubject *subject, AuthzMemo *memo, int64 id, uint32 set);
extern void authz_cache_keep_list(AuthzSubject *subject, AuthzIdList *list);

extern const AuthzSet *authz_cache_set(uint32 number);
extern uint32 authz_cache_intern(const uint64 *words, int nwords);
extern uint32 authz_cache_union(uint32 a, uint32 b);

static inline bool
authz_set_has(const AuthzSet *set, int permission)
{
	int			word = permission >> 6;

	return word < set->nwords && (set->words[word] >> (permission & 63)) & 1;
}

static inline uint64
authz_hash_id(int64 id)
{
	return (uint64) id * UINT64_C(0x9e3779b97f4a7c15);
}

/* First slot of an id in a table of mask + 1 slots. */
static inline uint32
authz_id_slot(uint64 hash, uint32 mask)
{
	return (uint32) (hash >> 32) & mask;
}

/* Two bits of one word, from bits of the hash that seldom choose the slot. */
static inline uint64
authz_filter_bits(uint64 hash)
{
	return UINT64_C(1) << (hash >> 58) | UINT64_C(1) << (hash >> 52 & 63);
}

/* What the subject holds on a resource itself; NULL: nothing. */
static inline const AuthzGrant *
authz_subject_grant(const AuthzSubject *subject, int64 resource_id)
{
	uint64		hash = authz_hash_id(resource_id);
	uint64		bits = authz_filter_bits(hash);
	uint32		slot;

	if ((subject->filter[authz_id_slot(hash, subject->filter_mask)] & bits) != bits)
		return NULL;
	for (slot = authz_id_slot(hash, subject->grants_mask);;
		 slot = (slot + 1) & subject->grants_mask)
	{
		const AuthzGrant *grant = &subject->grants[slot];

		if (grant->resource_id == resource_id)
			return grant;
		if (grant->resource_id == 0)
			return NULL;
	}
}

#endif							/* AUTHZ_CACHE_H */
