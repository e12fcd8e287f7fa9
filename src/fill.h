/*
 * fill.h
 *	  From the tables into the cache.  See fill.c.
 */
#ifndef AUTHZ_FILL_H
#define AUTHZ_FILL_H

#include "cache.h"
#include "catalog.h"

/*
 * The reading of one question.  Opened at the first thing that is not in the
 * cache, so that a question answered from memory touches no table.
 */
typedef struct AuthzFill
{
	bool		open;
	uint64		started;		/* generation before the snapshot */
	AuthzReader reader;
} AuthzFill;

static inline void
authz_fill_init(AuthzFill *fill)
{
	fill->open = false;
}

extern AuthzReader *authz_fill_reader(AuthzFill *fill);
extern void authz_fill_end(AuthzFill *fill);

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

#endif							/* AUTHZ_FILL_H */
