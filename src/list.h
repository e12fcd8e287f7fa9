/*
 * list.h
 *	  The resources on which a subject holds a permission.  See list.c.
 */
#ifndef AUTHZ_LIST_H
#define AUTHZ_LIST_H

#include "fill.h"

/*
 * The ids, from the cache if they are there.  Good until the next
 * authz_cache_begin().  NULL permission: none.
 */
extern AuthzIdList *authz_list_ids(AuthzFill *fill, AuthzSubject *subject,
								   AuthzPermission *permission);

/* About how many those are: from a list that may be out of date, if there is one. */
extern double authz_list_estimate(AuthzFill *fill, AuthzSubject *subject,
								  AuthzPermission *permission);

#endif							/* AUTHZ_LIST_H */
