/*
 * permission_set.h
 *	  The type authz.permission_set: building values and reading them.
 */
#ifndef AUTHZ_PERMISSION_SET_H
#define AUTHZ_PERMISSION_SET_H

#include "types/permission.h"

/* Largest number of permissions in a set. */
#define AUTHZ_PERMISSION_SET_MAX	65535

/*
 * The set of the n given names, palloc'd.  They need be neither sorted nor
 * unique, but must be well-formed.
 */
extern Datum authz_permission_set_make(const char *const *names, const int *lens, int n);

/*
 * The names of a set, in bytewise order:
 *
 *		AuthzPermissionSetIterator it;
 *
 *		authz_permission_set_iterate(&it, set);
 *		while (authz_permission_set_next(&it, &name, &len))
 *			...
 *
 * The names are not null-terminated.  They live as long as the set; where the
 * set was packed or toasted, as long as the memory context of the first call.
 */
typedef struct AuthzPermissionSetIterator
{
	const struct PermissionSet *set;
	uint32		next;
} AuthzPermissionSetIterator;

extern void authz_permission_set_iterate(AuthzPermissionSetIterator *it, Datum set);
extern bool authz_permission_set_next(AuthzPermissionSetIterator *it, const char **name, int *len);

#endif							/* AUTHZ_PERMISSION_SET_H */
