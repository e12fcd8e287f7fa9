/*
 * validity.h
 *	  Whether what a backend has cached is still true.  See validity.c.
 *
 * Beneath all caches; session/ includes it too, since a change of the subject or of a
 * setting invalidates as a message does.
 */
#ifndef AUTHZ_VALIDITY_H
#define AUTHZ_VALIDITY_H

#include "utils/timestamp.h"

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
 *
 * Below the resource floor nothing that is known of resources alone is valid.
 */
extern uint64 authz_generation;
extern uint64 authz_epoch;
extern uint64 authz_resource_floor;

/* What an entry was built from, and whether it is still valid. */
typedef struct AuthzValidity
{
	uint64		built;			/* generation before its snapshot was taken */
	Oid		   *keys;			/* what it depends on, see announce.h */
	int			nkeys;
	uint64		checked;		/* generation at which it was last found valid */
} AuthzValidity;

extern void authz_validity_init(void);
extern void authz_validity_invalidate_all(void);
extern void authz_validity_bump_epoch(void);
extern void authz_validity_raise_floor(void);
extern bool authz_validity_reset_is_pending(void);
extern void authz_validity_has_been_reset(void);
extern void authz_validity_note_read(void);
extern bool authz_validity_is_above_floor(uint64 built);
extern void authz_validity_set(AuthzValidity *validity, uint64 built, Oid *room,
							   const Oid *keys, int nkeys);
extern bool authz_validity_recheck(AuthzValidity *validity);
extern bool authz_validity_changed_since(Oid key, uint64 built);

/* Is what was built then still true? */
static inline bool
authz_validity_check(AuthzValidity *validity)
{
	return validity->checked == authz_generation || authz_validity_recheck(validity);
}

/* Only where a grant expires is the clock read: the real one, also within a long statement. */
static inline bool
authz_validity_has_expired(TimestampTz valid_until)
{
	return valid_until != DT_NOEND && valid_until <= GetCurrentTimestamp();
}

#endif							/* AUTHZ_VALIDITY_H */
