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
 * A row lock: each mode conflicts with the other one, and not with a foreign
 * key's lock.
 */
typedef enum AuthzRowLock
{
	AUTHZ_ROW_SHARED,
	AUTHZ_ROW_EXCLUSIVE
} AuthzRowLock;

/* Both only after authz_rule_query_begin(). */
extern void authz_lock_resources(const AuthzIdList *resources, AuthzRowLock mode);
extern void authz_lock_exclusive_assignments(AuthzIdList *resources, AuthzIdList *keys);

#endif							/* AUTHZ_LOCK_H */
