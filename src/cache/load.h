/*
 * load.h
 *	  Loads cache entries from the tables.  See load.c.
 */
#ifndef AUTHZ_LOAD_H
#define AUTHZ_LOAD_H

#include "cache/cache.h"
#include "tables/tables.h"

/*
 * The reads of one question.  The reader is opened at the first entry that is
 * not in the cache, so that a question answered from the cache touches no
 * table.
 *
 *	authz_load_init(&load);
 *	do
 *	{
 *		authz_load_begin(&load);
 *		... authz_load_...(&load, ...)
 *	} while (!authz_load_end(&load));
 *
 * Where a lock is not free, nothing is found, authz_load_end() waits for the
 * lock, and the question is asked again: an error about what was not found
 * comes after the loop.  Pointers into the cache are good until the next
 * authz_load_begin().
 */
typedef struct AuthzLoad
{
	bool		open;
	uint64		started;		/* generation before the snapshot */
	Oid			waited_for;		/* relation whose lock is held */
	AuthzReader reader;
} AuthzLoad;

static inline void
authz_load_init(AuthzLoad *load)
{
	load->open = false;
	load->waited_for = InvalidOid;
}

extern void authz_load_begin(AuthzLoad *load);
extern AuthzReader *authz_load_reader(AuthzLoad *load);

/* False: the question must be asked again. */
extern bool authz_load_end(AuthzLoad *load);

/* NULL if there is no such permission. */
extern AuthzPermission *authz_load_permission(AuthzLoad *load, const char *name, int len);

/* The number of the type; -1 if there is no such type. */
extern int	authz_load_type(AuthzLoad *load, const char *name, int len);

/* Never NULL; a role that does not exist has no permissions. */
extern AuthzRole *authz_load_role(AuthzLoad *load, int64 id);

/* Never NULL; len 0 is nobody. */
extern AuthzSubject *authz_load_subject(AuthzLoad *load, const char *name, int len);

/*
 * NULL if there is no such resource.  That is not cached: how long the next
 * call takes would tell which ids have been asked about, also those in hidden
 * rows.
 */
extern AuthzResource *authz_load_resource(AuthzLoad *load, int type, const AuthzId *id);

#endif							/* AUTHZ_LOAD_H */
