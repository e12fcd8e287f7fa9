/*
 * cascade.h
 *	  What a removal takes along.  See cascade.c.
 */
#ifndef AUTHZ_CASCADE_H
#define AUTHZ_CASCADE_H

#include "rules/rule_query.h"

/* As bigint[]: what the removals that are under way have in hand. */
extern Datum authz_cascade_going_resources(void);
extern Datum authz_cascade_going_roles(void);

/* Between authz_query_begin and authz_query_end. */
extern void authz_cascade_left(AuthzIds *groups, AuthzIds *members);
extern void authz_cascade_lock_beneath(AuthzIds *roots, bool roots_locked, AuthzIds *beneath);

#endif							/* AUTHZ_CASCADE_H */
