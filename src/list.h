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

#endif							/* AUTHZ_LIST_H */
