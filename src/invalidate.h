/*
 * invalidate.h
 *	  The names under which changes are announced to all backends.
 */
#ifndef AUTHZ_INVALIDATE_H
#define AUTHZ_INVALIDATE_H

#include "common/hashfn.h"

/*
 * What can change.  Everything about a resource is a kind with
 * AUTHZ_KEY_RESOURCE_BIT, so that a receiver can tell without knowing the key.
 */
typedef enum AuthzKeyKind
{
	AUTHZ_KEY_SUBJECT_NAME = 0, /* a row of subjects, by hash of the name */
	AUTHZ_KEY_SUBJECT = 1,		/* grants, groups and parent, by id */
	AUTHZ_KEY_ROLE = 2,			/* what a role holds, by id */
	AUTHZ_KEY_ALL = 3,			/* everything */
	AUTHZ_KEY_RESOURCE = 5,		/* a row of resources, by id */
	AUTHZ_KEY_CHILDREN = 6,		/* the children of a resource, by its id */
	AUTHZ_KEY_ANY_RESOURCE = 7	/* never announced itself, but with any of the last three */
} AuthzKeyKind;

/* The finalizer of MurmurHash3: every bit of the result depends on all of x. */
static inline uint64
authz_mix(uint64 x)
{
	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	x ^= x >> 33;
	return x;
}

#define AUTHZ_KEY_MARK			UINT32_C(0x80000000)
#define AUTHZ_KEY_KIND_SHIFT	28
#define AUTHZ_KEY_RESOURCE_BIT	(UINT32_C(4) << AUTHZ_KEY_KIND_SHIFT)

/*
 * What plans are marked with, see planner.c.  That of permissions is
 * announced with every change of authz.permissions, the others never.
 */
#define AUTHZ_PLAN_KEY \
	(AUTHZ_KEY_MARK | ((uint32) AUTHZ_KEY_ALL << AUTHZ_KEY_KIND_SHIFT) | 1)
#define AUTHZ_PERMISSIONS_PLAN_KEY (AUTHZ_PLAN_KEY + 1)
#define AUTHZ_CALL_PLAN_KEY(hash) \
	((AUTHZ_PLAN_KEY - 1) | 8 | ((hash) & ((UINT32_C(1) << AUTHZ_KEY_KIND_SHIFT) - 16)))

/*
 * A key has the form of a relation OID, from the upper half.  A relation may have
 * the same one where the cluster has counted beyond 2^31: a message about it costs a
 * needless refill, and a key costs a needless look at that relation.  Our own tables
 * are told from keys by their OIDs: see relation_changed() in cache.c.
 */
static inline Oid
authz_key(AuthzKeyKind kind, uint64 value)
{
	uint32		hash = (uint32) authz_mix(value + (uint64) kind * UINT64_C(0x9e3779b97f4a7c15));

	if (kind == AUTHZ_KEY_ALL)
		hash = 0;
	return AUTHZ_KEY_MARK | ((uint32) kind << AUTHZ_KEY_KIND_SHIFT) |
		(hash & ((UINT32_C(1) << AUTHZ_KEY_KIND_SHIFT) - 1));
}

static inline Oid
authz_name_key(AuthzKeyKind kind, const char *name, int len)
{
	return authz_key(kind, hash_bytes_extended((const unsigned char *) name, len, 0));
}

#endif							/* AUTHZ_INVALIDATE_H */
