/*
 * principals.h
 *	  Principals of a subject: all subjects whose assignments apply to it.  See
 *	  principals.c.
 */
#ifndef AUTHZ_PRINCIPALS_H
#define AUTHZ_PRINCIPALS_H

#include "tables/tables.h"
#include "tables/id_list.h"

/* Each adds the ids of principals that are not in the array yet. */
extern void authz_principals_add(AuthzReader *reader, const char *name, int len, AuthzIdList *ids);
extern void authz_principals_add_group(AuthzReader *reader, int64 group_id, AuthzIdList *ids);

#endif							/* AUTHZ_PRINCIPALS_H */
