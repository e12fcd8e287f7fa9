/*
 * subject_cache.h
 *	  Subject cache: for each subject, what it has on which resource through
 *	  all its principals.  See subject_cache.c.
 */
#ifndef AUTHZ_SUBJECT_CACHE_H
#define AUTHZ_SUBJECT_CACHE_H

#include "lib/ilist.h"
#include "utils/timestamp.h"

#include "cache/decision_cache.h"
#include "cache/validity.h"

/*
 * The ids of all resources on which a subject has a permission: see
 * permitted_ids.c.
 */
typedef struct AuthzPermittedIds
{
	struct AuthzPermittedIds *next;
	int			permission;		/* its number */
	AuthzValidity validity;
	int			nnumbers;		/* integer ids, ascending */
	int64	   *numbers;
	int			nothers;		/* all other ids, as text */
	text	  **others;
} AuthzPermittedIds;

/* One live assignment of a subject, through any of its principals. */
typedef struct AuthzAssignedSets
{
	int64		resource_id;
	uint32		effective;		/* sets of permissions */
	uint32		including_planned;
} AuthzAssignedSets;

/* What a subject has on a resource, through all its principals. */
typedef struct AuthzGrant
{
	int64		resource_id;	/* 0: a free slot */
	uint32		effective;		/* sets of permissions */
	uint32		including_planned;
} AuthzGrant;

/*
 * A subject's entry.  What a permission check reads of it when the decision is
 * cached is in one cache line, which begins at validity.checked; any other
 * check reads slots of its grants too.
 */
typedef struct AuthzSubject
{
	void	   *chunk;			/* the memory that it lies in */
	Size		bytes;			/* including its lists */
	dlist_node	link;			/* in the order of last use */
	AuthzPermittedIds *lists;
	AuthzValidity validity;
	TimestampTz valid_until;	/* the next expiry of one of its assignments */
	uint64		serial;			/* no other entry has it, before or later */
	char	   *name;			/* short_name, or at the end of the chunk */
	uint32		hash;
	uint16		name_len;
	bool		used;			/* since it was last considered for eviction */
	char		short_name[24];

	uint32		grants_mask;	/* size - 1 */
	AuthzGrant	grants[FLEXIBLE_ARRAY_MEMBER];	/* a hash table: see
												 * authz_subject_cache_grant_slot() */
} AuthzSubject;

extern void authz_subject_cache_begin(MemoryContext memory);
extern bool authz_subject_cache_is_open(void);
extern void authz_subject_cache_forget(void);
extern uint32 authz_subject_cache_count(void);
extern Size authz_subject_cache_bytes(void);
extern void authz_subject_cache_evict_next(void);

/* None of these reads a table. */
extern uint32 authz_subject_cache_hash_name(const char *name, int len);
extern AuthzSubject *authz_subject_cache_find(const char *name, int len);
extern AuthzSubject *authz_subject_cache_find_hashed(const char *name, int len, uint32 hash);
extern uint64 authz_subject_cache_find_serial(const char *name, int len, uint32 hash);
extern AuthzSubject *authz_subject_cache_add(const char *name, int len, uint64 built,
											 const Oid *keys, int nkeys,
											 const AuthzAssignedSets *assigned, uint32 nassigned);
extern void authz_subject_cache_keep_list(AuthzSubject *subject, AuthzPermittedIds *list);

/* Is the entry valid, and has none of the subject's assignments expired? */
static inline bool
authz_subject_cache_is_valid(AuthzSubject *subject)
{
	return authz_validity_check(&subject->validity) && !authz_validity_has_expired(subject->valid_until);
}

/* The key of the decisions about a subject and a type. */
static inline AuthzDecisionKey
authz_subject_cache_decision_key(const AuthzSubject *subject, int type)
{
	return authz_decision_key(subject->serial, subject->hash, type);
}

/*
 * The slot of what the subject has on a resource itself, or the free slot for
 * it.
 */
static inline uint32
authz_subject_cache_grant_slot(const AuthzSubject *subject, int64 resource_id)
{
	uint32		slot = (uint32) (((uint64) resource_id * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & subject->grants_mask;

	while (subject->grants[slot].resource_id != resource_id && subject->grants[slot].resource_id != 0)
		slot = (slot + 1) & subject->grants_mask;
	return slot;
}

/* What the subject has on a resource itself; NULL if nothing. */
static inline const AuthzGrant *
authz_subject_cache_find_grant(const AuthzSubject *subject, int64 resource_id)
{
	const AuthzGrant *grant = &subject->grants[authz_subject_cache_grant_slot(subject, resource_id)];

	return grant->resource_id == 0 ? NULL : grant;
}

#endif							/* AUTHZ_SUBJECT_CACHE_H */
