/*
 * cache.h
 *	  What a backend remembers.  See cache.c for how it stays true.
 */
#ifndef AUTHZ_CACHE_H
#define AUTHZ_CACHE_H

#include "access/xact.h"
#include "lib/ilist.h"
#include "utils/timestamp.h"

#include "invalidate.h"
#include "memo.h"
#include "model.h"
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

/* One live assignment of a subject, through whichever principal. */
typedef struct AuthzHolding
{
	int64		resource_id;
	uint32		effective;		/* sets of permissions */
	uint32		including_planned;
} AuthzHolding;

/* What a subject has on a resource, through all its principals. */
typedef struct AuthzGrant
{
	int64		resource_id;	/* 0: a free slot */
	uint32		effective;		/* sets of permissions */
	uint32		including_planned;
} AuthzGrant;

/*
 * What a check reads of a subject whose decision is kept is in one cache line,
 * which begins at validity.checked; another check reads the slots of its grants too.
 */
typedef struct AuthzSubject
{
	void	   *chunk;			/* that it lies in */
	Size		bytes;			/* with lists */
	dlist_node	link;			/* in the order of last use */
	AuthzIdList *lists;
	AuthzValidity validity;
	TimestampTz valid_until;	/* the next expiry of a grant */
	uint64		serial;			/* of no other subject, before or later */
	char	   *name;			/* short_name, or at the end of the chunk */
	uint32		hash;
	uint16		name_len;
	bool		used;			/* since it was last considered for eviction */
	char		short_name[24];

	uint32		grants_mask;	/* size - 1 */
	AuthzGrant	grants[FLEXIBLE_ARRAY_MEMBER];	/* a hash table: see authz_grant_slot() */
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
extern bool authz_cache_check(AuthzValidity *validity);
extern bool authz_cache_is_above_floor(uint64 built);
extern void authz_cache_set_validity(AuthzValidity *validity, uint64 built, Oid *room,
									 const Oid *keys, int nkeys);
extern void authz_cache_hold_strict_lock(void);

extern MemoryContext authz_cache_memory(void);

/* Around an insertion into a hash table of lib/simplehash.h: see "Out of memory" in cache.c. */
extern void authz_cache_may_grow(void);
extern void authz_cache_has_grown(void);

/* Look-ups and insertions; none reads a table. */
extern uint32 authz_cache_hash_name(const char *name, int len);
extern AuthzSubject *authz_cache_find_subject(const char *name, int len);
extern AuthzSubject *authz_cache_find_hashed_subject(const char *name, int len, uint32 hash);
extern uint64 authz_cache_find_serial(const char *name, int len, uint32 hash);
extern AuthzSubject *authz_cache_add_subject(const char *name, int len, uint64 built,
											 const Oid *keys, int nkeys,
											 const AuthzHolding *holdings, uint32 nholdings);
extern AuthzResource *authz_cache_find_resource(int type, const AuthzId *id);
extern AuthzResource *authz_cache_add_resource(int type, const AuthzId *id, uint64 built,
											   const int64 *chain, int nchain);
extern void authz_cache_keep_answer(const AuthzMemoKey *key, int64 id, uint32 set);
extern void authz_cache_keep_list(AuthzSubject *subject, AuthzIdList *list);

/* Is what was built then still true? */
static inline bool
authz_cache_holds(AuthzValidity *validity)
{
	return validity->checked == authz_generation || authz_cache_check(validity);
}

/* Only where a grant expires is the clock read: the real one, also within a long statement. */
static inline bool
authz_cache_has_expired(TimestampTz valid_until)
{
	return valid_until != DT_NOEND && valid_until <= GetCurrentTimestamp();
}

/* The same for a subject: has none of its grants expired? */
static inline bool
authz_cache_subject_holds(AuthzSubject *subject)
{
	return authz_cache_holds(&subject->validity) && !authz_cache_has_expired(subject->valid_until);
}

/* Under which its answers are kept. */
static inline AuthzMemoKey
authz_cache_memo_key(const AuthzSubject *subject, int type)
{
	return authz_memo_key(subject->serial, subject->hash, type);
}

/* The slot of what the subject has on a resource itself, or the free one where that would be. */
static inline uint32
authz_grant_slot(const AuthzSubject *subject, int64 resource_id)
{
	uint32		slot = (uint32) (((uint64) resource_id * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & subject->grants_mask;

	while (subject->grants[slot].resource_id != resource_id && subject->grants[slot].resource_id != 0)
		slot = (slot + 1) & subject->grants_mask;
	return slot;
}

/* What the subject has on a resource itself; NULL: nothing. */
static inline const AuthzGrant *
authz_find_grant(const AuthzSubject *subject, int64 resource_id)
{
	const AuthzGrant *grant = &subject->grants[authz_grant_slot(subject, resource_id)];

	return grant->resource_id == 0 ? NULL : grant;
}

#endif							/* AUTHZ_CACHE_H */
