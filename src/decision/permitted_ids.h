/*
 * permitted_ids.h
 *	  The resources on which a subject has a permission.  See permitted_ids.c.
 */
#ifndef AUTHZ_PERMITTED_IDS_H
#define AUTHZ_PERMITTED_IDS_H

#include "cache/load.h"

/*
 * Their ids, from the cache if they are there.  Good until the next
 * authz_cache_begin().  A NULL permission has none.
 */
extern AuthzPermittedIds *authz_permitted_ids_load(AuthzLoad *load, AuthzSubject *subject,
												   AuthzPermission *permission);

/*
 * About how many those are: from a list that may be out of date, if there is
 * one.
 */
extern double authz_permitted_ids_estimate(AuthzLoad *load, AuthzSubject *subject,
										   AuthzPermission *permission);

#endif							/* AUTHZ_PERMITTED_IDS_H */
