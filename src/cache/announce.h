/*
 * announce.h
 *	  Keys of invalidation messages: what a message says has changed.
 */
#ifndef AUTHZ_ANNOUNCE_H
#define AUTHZ_ANNOUNCE_H

#include "common/hashfn.h"

#include "cache/hash.h"

/*
 * The kinds of keys.  Every kind that concerns a resource has
 * AUTHZ_KEY_RESOURCE_BIT, so that a receiver recognises it without knowing the
 * key.
 */
typedef enum AuthzKeyKind
{
	AUTHZ_KEY_SUBJECT_NAME = 0, /* a row of subjects, by hash of the name */
	AUTHZ_KEY_SUBJECT = 1,		/* assignments, groups and parent, by id */
	AUTHZ_KEY_ROLE = 2,			/* permissions of a role, by id */
	AUTHZ_KEY_ALL = 3,			/* everything */
	AUTHZ_KEY_RESOURCE = 5,		/* a row of resources, by id */
	AUTHZ_KEY_CHILDREN = 6,		/* the children of a resource, by its id */
	AUTHZ_KEY_ANY_RESOURCE = 7	/* never sent by itself, but with any of the last three */
} AuthzKeyKind;

#define AUTHZ_KEY_MARK			UINT32_C(0x80000000)
#define AUTHZ_KEY_KIND_SHIFT	28
#define AUTHZ_KEY_RESOURCE_BIT	(UINT32_C(4) << AUTHZ_KEY_KIND_SHIFT)

/*
 * A key has the form of a relation OID, from the upper half.  A relation may
 * have the same OID where the cluster has counted beyond 2^31: a message about
 * it then reloads an entry needlessly, and a key makes PostgreSQL look at that
 * relation needlessly.  Our own tables are recognised by their OIDs before
 * keys are: see handle_relcache_message() in validity.c.
 */
static inline Oid
authz_announce_key(AuthzKeyKind kind, uint64 value)
{
	uint32		hash = (uint32) authz_hash_mix(value + (uint64) kind * UINT64_C(0x9e3779b97f4a7c15));

	if (kind == AUTHZ_KEY_ALL)
		hash = 0;
	return AUTHZ_KEY_MARK | ((uint32) kind << AUTHZ_KEY_KIND_SHIFT) |
		(hash & ((UINT32_C(1) << AUTHZ_KEY_KIND_SHIFT) - 1));
}

static inline Oid
authz_announce_name_key(AuthzKeyKind kind, const char *name, int len)
{
	return authz_announce_key(kind, hash_bytes_extended((const unsigned char *) name, len, 0));
}

#endif							/* AUTHZ_ANNOUNCE_H */
