/*
 * memo.h
 *	  Decision cache: (subject, resource type, id) -> permission set.  See memo.c.
 */
#ifndef AUTHZ_MEMO_H
#define AUTHZ_MEMO_H

#define AUTHZ_MEMO_SHIFT	4
#define AUTHZ_MEMO_IDS		(1 << AUTHZ_MEMO_SHIFT)
#define AUTHZ_MEMO_UNKNOWN	PG_UINT16_MAX

/* What a subject may do on neighbouring resources: a cache line. */
typedef struct AuthzMemo
{
	int64		block;			/* id >> AUTHZ_MEMO_SHIFT */
	uint64		owner;			/* 0: free */
	uint64		floor;			/* of the table when it was built: valid while it is the same */
	uint32		subject_hash;
	uint16		sets[AUTHZ_MEMO_IDS];	/* AUTHZ_MEMO_UNKNOWN: not asked yet */
} AuthzMemo;

/* Where the entries of one subject and type are; valid while the generation stands. */
typedef struct AuthzMemoKey
{
	uint64		owner;			/* serial number of the subject, kind of ids, and type */
	uint64		floor;			/* of the table now */
	uint64		hash;			/* of the subject's name, and the type */
	uint32		subject_hash;
} AuthzMemoKey;

/* All of them. */
typedef struct AuthzMemoTable
{
	AuthzMemo  *memos;
	uint64		floor;			/* generation from which on they hold */
	uint32		mask;			/* number of them - 1 */
} AuthzMemoTable;

extern AuthzMemoTable authz_memo_table;

extern void authz_memo_add(MemoryContext memory, Size limit, const AuthzMemoKey *key, int64 id,
						   uint32 set);
extern Size authz_memo_bytes(void);
extern void authz_memo_free(void);
extern void authz_memo_forget(void);

static inline AuthzMemoKey
authz_memo_key(uint64 serial, uint32 subject_hash, uint16 type)
{
	AuthzMemoKey key;

	key.owner = serial << 16 | type;
	key.floor = authz_memo_table.floor;
	key.hash = ((uint64) subject_hash << 24) + ((uint64) type << 56);
	key.subject_hash = subject_hash;
	return key;
}

/* 64 blocks in a row are in a row. */
static inline uint32
authz_memo_slot(const AuthzMemoKey *key, int64 block)
{
	uint64		hash = (key->hash + (uint64) (block >> 6)) * UINT64_C(0x9e3779b97f4a7c15);

	return ((uint32) (hash >> 32) + ((uint32) block & 63)) & authz_memo_table.mask;
}

/* The other half has the other slot: neighbours of one subject do not take both of another. */
static inline uint32
authz_memo_other_slot(uint32 slot)
{
	return slot ^ (authz_memo_table.mask ^ authz_memo_table.mask >> 1);
}

static inline bool
authz_memo_is(const AuthzMemo *memo, const AuthzMemoKey *key, int64 block)
{
	return memo->block == block && memo->owner == key->owner && memo->floor == key->floor;
}

/*
 * The key for resources whose ids are no integers: their entries are found by the
 * primary key of authz.resources.
 */
static inline AuthzMemoKey
authz_memo_key_by_resource(const AuthzMemoKey *key)
{
	AuthzMemoKey result = *key;

	result.owner |= UINT64_C(1) << 63;	/* no serial number gets as far */
	return result;
}

/* Have it fetched from memory, while something else is being looked for. */
static inline void
authz_memo_prefetch(uint32 subject_hash, int type, int64 id)
{
	AuthzMemoKey key = authz_memo_key(0, subject_hash, type);

	__builtin_prefetch(&authz_memo_table.memos[authz_memo_slot(&key, id >> AUTHZ_MEMO_SHIFT)]);
}

/*
 * The number of the set of what the subject, whose entry is valid, may do on a
 * resource; AUTHZ_MEMO_UNKNOWN: it is not in the cache.
 */
static inline uint32
authz_memo_find(const AuthzMemoKey *key, int64 id)
{
	int64		block = id >> AUTHZ_MEMO_SHIFT;
	uint32		slot = authz_memo_slot(key, block);
	const AuthzMemo *memo = &authz_memo_table.memos[slot];

	if (unlikely(!authz_memo_is(memo, key, block)))
	{
		memo = &authz_memo_table.memos[authz_memo_other_slot(slot)];
		if (!authz_memo_is(memo, key, block))
			return AUTHZ_MEMO_UNKNOWN;
	}
	return memo->sets[id & (AUTHZ_MEMO_IDS - 1)];
}

#endif							/* AUTHZ_MEMO_H */
