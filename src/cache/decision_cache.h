/*
 * decision_cache.h
 *	  Decision cache: (subject, resource type, id) -> permission set.  See
 *	  decision_cache.c.
 */
#ifndef AUTHZ_DECISION_CACHE_H
#define AUTHZ_DECISION_CACHE_H

#include "cache/validity.h"

#define AUTHZ_DECISION_SHIFT	4
#define AUTHZ_DECISION_IDS		(1 << AUTHZ_DECISION_SHIFT)
#define AUTHZ_DECISION_UNKNOWN	PG_UINT16_MAX

/*
 * The decisions about a subject and 16 neighbouring resources: a line of the
 * processor's cache.
 */
typedef struct AuthzDecisionLine
{
	int64		block;			/* id >> AUTHZ_DECISION_SHIFT */
	uint64		owner;			/* 0: free */
	uint64		floor;			/* authz_resource_floor when the line was
								 * written: valid while it is the same */
	uint32		subject_hash;
	uint16		sets[AUTHZ_DECISION_IDS];	/* numbers of sets;
											 * AUTHZ_DECISION_UNKNOWN: not
											 * decided yet */
} AuthzDecisionLine;

/*
 * The key of all lines of one subject and type; valid while the generation is
 * the same.
 */
typedef struct AuthzDecisionKey
{
	uint64		owner;			/* serial number of the subject, kind of ids,
								 * and type */
	uint64		floor;			/* authz_resource_floor now */
	uint64		hash;			/* of the subject's name, and the type */
	uint32		subject_hash;
} AuthzDecisionKey;

/* The table of lines. */
typedef struct AuthzDecisionTable
{
	AuthzDecisionLine *lines;
	uint32		mask;			/* number of lines - 1 */
} AuthzDecisionTable;

extern AuthzDecisionTable authz_decision_table;

extern void authz_decision_cache_add(MemoryContext memory, Size limit, const AuthzDecisionKey *key, int64 id,
									 uint32 set);
extern Size authz_decision_cache_bytes(void);
extern void authz_decision_cache_free(void);
extern void authz_decision_cache_forget(void);

static inline AuthzDecisionKey
authz_decision_key(uint64 serial, uint32 subject_hash, uint16 type)
{
	AuthzDecisionKey key;

	key.owner = serial << 16 | type;
	key.floor = authz_resource_floor;
	key.hash = ((uint64) subject_hash << 24) + ((uint64) type << 56);
	key.subject_hash = subject_hash;
	return key;
}

/* The slot of a block.  64 consecutive blocks have consecutive slots. */
static inline uint32
authz_decision_slot(const AuthzDecisionKey *key, int64 block)
{
	uint64		hash = (key->hash + (uint64) (block >> 6)) * UINT64_C(0x9e3779b97f4a7c15);

	return ((uint32) (hash >> 32) + ((uint32) block & 63)) & authz_decision_table.mask;
}

/*
 * The second slot is in the other half of the table: neighbouring lines of one
 * subject do not take both slots of a line of another.
 */
static inline uint32
authz_decision_other_slot(uint32 slot)
{
	return slot ^ (authz_decision_table.mask ^ authz_decision_table.mask >> 1);
}

static inline bool
authz_decision_line_matches(const AuthzDecisionLine *line, const AuthzDecisionKey *key, int64 block)
{
	return line->block == block && line->owner == key->owner && line->floor == key->floor;
}

/*
 * The key for resources whose ids are not integers: their lines are found by
 * the primary key of authz.resources.
 */
static inline AuthzDecisionKey
authz_decision_key_by_resource(const AuthzDecisionKey *key)
{
	AuthzDecisionKey result = *key;

	result.owner |= UINT64_C(1) << 63;	/* serial numbers never get so high */
	return result;
}

/* Prefetch the line, while the caller looks for something else. */
static inline void
authz_decision_cache_prefetch(uint32 subject_hash, int type, int64 id)
{
	AuthzDecisionKey key = authz_decision_key(0, subject_hash, type);

	__builtin_prefetch(&authz_decision_table.lines[authz_decision_slot(&key, id >> AUTHZ_DECISION_SHIFT)]);
}

/*
 * The number of the set of what the subject, whose entry is valid, may do on a
 * resource; AUTHZ_DECISION_UNKNOWN if it is not in the cache.
 */
static inline uint32
authz_decision_cache_find(const AuthzDecisionKey *key, int64 id)
{
	int64		block = id >> AUTHZ_DECISION_SHIFT;
	uint32		slot = authz_decision_slot(key, block);
	const AuthzDecisionLine *line = &authz_decision_table.lines[slot];

	if (unlikely(!authz_decision_line_matches(line, key, block)))
	{
		line = &authz_decision_table.lines[authz_decision_other_slot(slot)];
		if (!authz_decision_line_matches(line, key, block))
			return AUTHZ_DECISION_UNKNOWN;
	}
	return line->sets[id & (AUTHZ_DECISION_IDS - 1)];
}

#endif							/* AUTHZ_DECISION_CACHE_H */
