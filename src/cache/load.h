/*
 * load.h
 *	  From the tables into the cache.  See load.c.
 */
#ifndef AUTHZ_LOAD_H
#define AUTHZ_LOAD_H

#include "cache/cache.h"
#include "tables/tables.h"

/*
 * The reading of one question.  Opened at the first thing that is not in the
 * cache, so that a question answered from memory touches no table.
 *
 *		authz_fill_init(&fill);
 *		do
 *		{
 *			authz_fill_begin(&fill);
 *			... authz_load_...(&fill, ...)
 *		} while (!authz_fill_end(&fill));
 *
 * Where a lock is not free, nothing is found, the end waits for the lock, and the
 * question is asked again: an error about what was not found comes after the loop.
 * Pointers into the cache are good until the next begin.
 */
typedef struct AuthzFill
{
	bool		open;
	uint64		started;		/* generation before the snapshot */
	Oid			waited_for;		/* its lock is held */
	AuthzReader reader;
} AuthzFill;

static inline void
authz_fill_init(AuthzFill *fill)
{
	fill->open = false;
	fill->waited_for = InvalidOid;
}

extern void authz_fill_begin(AuthzFill *fill);
extern AuthzReader *authz_fill_reader(AuthzFill *fill);

/* False: ask again. */
extern bool authz_fill_end(AuthzFill *fill);

/* NULL: there is no such permission. */
extern AuthzPermission *authz_load_permission(AuthzFill *fill, const char *name, int len);

/* Number of the type; -1: there is no such type. */
extern int	authz_load_type(AuthzFill *fill, const char *name, int len);

/* Never NULL; a role that does not exist holds nothing. */
extern AuthzRole *authz_load_role(AuthzFill *fill, int64 id);

/* Never NULL; len 0 is nobody. */
extern AuthzSubject *authz_load_subject(AuthzFill *fill, const char *name, int len);

/*
 * NULL: there is no such resource.  That is not remembered: how long the next call
 * takes would tell which ids have been asked about, also those in hidden rows.
 */
extern AuthzResource *authz_load_resource(AuthzFill *fill, int type, const AuthzId *id);

#endif							/* AUTHZ_LOAD_H */
