/*
 * lock.h
 *	  Locks against write skew: they make two writers of the model wait for
 *	  each other where no row lock does.  See lock.c.
 */
#ifndef AUTHZ_LOCK_H
#define AUTHZ_LOCK_H

#include "tables/id_list.h"

extern void authz_lock_model(bool exclusive);
extern void authz_lock_restore(void);

/*
 * Row locks.  The second and the third conflict with each other, the last one
 * with all and with a foreign key's lock.
 */
typedef enum AuthzRowLock
{
	AUTHZ_ROW_KEPT,				/* KEY SHARE, as a foreign key's */
	AUTHZ_ROW_SHARED,			/* SHARE */
	AUTHZ_ROW_EXCLUSIVE,		/* NO KEY UPDATE */
	AUTHZ_ROW_MOVED				/* UPDATE */
} AuthzRowLock;

/* Both only after authz_rule_query_begin(). */
extern void authz_lock_resources(const AuthzIdList *resources, AuthzRowLock mode);
extern void authz_lock_exclusive_assignments(AuthzIdList *resources, AuthzIdList *keys);

#endif							/* AUTHZ_LOCK_H */
