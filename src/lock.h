/*
 * lock.h
 *	  Locks that make two writers of the model wait for each other where no row
 *	  lock does.  See lock.c.
 */
#ifndef AUTHZ_LOCK_H
#define AUTHZ_LOCK_H

/* What a key stands for. */
typedef enum AuthzLockClass
{
	AUTHZ_LOCK_ROLE_NAME,		/* resource type and name of a role */
	AUTHZ_LOCK_ROLE_COUNT,		/* owner and resource type of a role */
	AUTHZ_LOCK_HOLDERS,			/* role and resource */
	AUTHZ_LOCK_EXCLUSIVE,		/* subject, resource, source, type of the role */
	AUTHZ_LOCK_CLASSES
} AuthzLockClass;

/* From so many keys in a statement, or in a transaction, on, all keys of the class are locked. */
#define AUTHZ_LOCK_MANY 64
#define AUTHZ_LOCK_MANY_IN_ALL 1024

extern void authz_lock_model(bool exclusive);
extern void authz_lock_keys(AuthzLockClass class, uint64 *keys, size_t count);
extern void authz_lock_restore(void);

#endif							/* AUTHZ_LOCK_H */
