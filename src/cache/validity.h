/*
 * validity.h
 *	  Validity of cache entries.  See validity.c.
 *
 * Beneath all caches; session/ includes it too, since a change of the subject
 * or of a setting invalidates as a message does.
 */
#ifndef AUTHZ_VALIDITY_H
#define AUTHZ_VALIDITY_H

#include "utils/timestamp.h"

/*
 * The generation grows with everything that may make a cached answer wrong: an
 * announced change, a change of the current subject, an eviction.  A caller
 * that keeps an answer keeps the generation beside it and drops both when the
 * generation has changed.
 *
 * The epoch grows when something in the cache is freed, when permissions or
 * resource types may have changed, and when the current subject has; the
 * generation grows with it.  A caller that keeps a pointer into the cache, or
 * the number of a permission, keeps the epoch beside it.
 *
 * Nothing that depends on resources alone is valid if it was built before the
 * resource floor.
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

/* Is the entry still valid? */
static inline bool
authz_validity_check(AuthzValidity *validity)
{
	return validity->checked == authz_generation || authz_validity_recheck(validity);
}

/*
 * The clock is read only if an assignment expires: the real time, also within
 * a long statement.
 */
static inline bool
authz_validity_has_expired(TimestampTz valid_until)
{
	return valid_until != DT_NOEND && valid_until <= GetCurrentTimestamp();
}

#endif							/* AUTHZ_VALIDITY_H */
