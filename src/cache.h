/*
 * cache.h
 *	  What a backend remembers.  See cache.c for how it stays true.
 */
#ifndef AUTHZ_CACHE_H
#define AUTHZ_CACHE_H

#include "lib/ilist.h"
#include "utils/timestamp.h"

#include "invalidate.h"

/*
 * The generation grows with everything that may make a remembered answer
 * wrong: an announced change, a change of the current subject, an eviction.
 * Whoever keeps a pointer into the cache, or an answer, keeps the generation
 * beside it and drops both when it has moved.
 */
extern uint64 authz_generation;

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
} AuthzPermission;

typedef struct AuthzType
{
	char	   *name;
	int			name_len;
	int			parent;			/* number of the parent type, -1 for none */
} AuthzType;

/* What an entry was built from, and whether it still holds. */
typedef struct AuthzValidity
{
	uint64		built;			/* generation before its snapshot was taken */
	uint64		checked;		/* generation at which it was last found good */
	int			nkeys;
	Oid		   *keys;			/* what it depends on, see invalidate.h */
} AuthzValidity;

typedef struct AuthzRole
{
	int64		id;
	AuthzValidity validity;
	uint32		effective;		/* set of what it grants now */
	uint32		listed;			/* the same with planned permissions */
} AuthzRole;

/* Subjects and resources are forgotten in the order of their last use. */
typedef struct AuthzNode
{
	dlist_node	link;
	Size		bytes;
	bool		is_subject;
	bool		used;			/* since it was last considered for eviction */
} AuthzNode;

typedef enum AuthzIdKind
{
	AUTHZ_ID_INT,
	AUTHZ_ID_UUID,
	AUTHZ_ID_TEXT
} AuthzIdKind;

/*
 * The id of a resource, so that equal ids are equal whatever SQL type they
 * came in: 42 and '42' are the same, a uuid and its text are the same.
 */
typedef struct AuthzId
{
	AuthzIdKind kind;
	union
	{
		int64		number;
		unsigned char uuid[16];
		struct
		{
			const char *bytes;
			int			len;
		}			text;
	}			value;
} AuthzId;

typedef struct AuthzResource
{
	AuthzNode	node;
	uint32		hash;
	int			type;
	AuthzId		id;
	AuthzValidity validity;
	int			nchain;			/* 0: there is no such resource */
	int64	   *chain;			/* itself, its parent, ... up to the root */
} AuthzResource;

/* What a subject holds on one resource through all its principals. */
typedef struct AuthzGrant
{
	int64		resource_id;	/* 0: free slot */
	uint32		effective;
	uint32		listed;
} AuthzGrant;

/* The answer for one resource with an integer id: see resolve.c. */
typedef struct AuthzMemoSlot
{
	int64		id;
	uint32		set;			/* AUTHZ_MEMO_FREE: free slot */
} AuthzMemoSlot;

#define AUTHZ_MEMO_FREE UINT32_MAX

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
	Size		bytes;
} AuthzIdList;

typedef struct AuthzSubject
{
	AuthzNode	node;
	uint32		hash;
	char	   *name;
	int			name_len;
	int64		id;				/* 0: not in the table */
	AuthzValidity validity;
	TimestampTz valid_until;	/* the next expiry of a grant */
	uint32		ngrants;
	uint32		grants_mask;	/* size - 1 */
	AuthzGrant *grants;
	AuthzMemo  *memos;
	AuthzIdList *lists;
} AuthzSubject;

extern void authz_cache_init(void);

/*
 * Before a question: accept what other backends have announced, drop what must
 * be dropped, make room.  Pointers into the cache are good until the next call.
 */
extern void authz_cache_begin(void);
extern void authz_cache_end(void);
extern void authz_cache_moved(void);
extern void authz_cache_filled(void);
extern bool authz_cache_holds(AuthzValidity *validity);
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
extern AuthzRole *authz_cache_find_role(int64 id);
extern AuthzRole *authz_cache_add_role(int64 id, uint64 built, const Oid *keys, int nkeys);
extern AuthzSubject *authz_cache_find_subject(const char *name, int len);
extern AuthzSubject *authz_cache_add_subject(const char *name, int len, uint64 built,
											 const Oid *keys, int nkeys, uint32 max_grants);
extern AuthzResource *authz_cache_find_resource(int type, const AuthzId *id);
extern AuthzResource *authz_cache_add_resource(int type, const AuthzId *id, uint64 built,
											   const Oid *keys, int nkeys,
											   const int64 *chain, int nchain);
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

static inline uint32
authz_memo_hash(int64 id)
{
	return (uint32) (((uint64) id * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static inline const AuthzGrant *
authz_subject_grant(const AuthzSubject *subject, int64 resource_id)
{
	uint32		slot = authz_memo_hash(resource_id) & subject->grants_mask;

	for (;;)
	{
		const AuthzGrant *grant = &subject->grants[slot];

		if (grant->resource_id == resource_id)
			return grant;
		if (grant->resource_id == 0)
			return NULL;
		slot = (slot + 1) & subject->grants_mask;
	}
}

#endif							/* AUTHZ_CACHE_H */
