/*
 * cascade.h
 *	  Cascading deletes, and refusal of deletes in use.  See cascade.c.
 */
#ifndef AUTHZ_CASCADE_H
#define AUTHZ_CASCADE_H

#include "rules/rule_query.h"

/* The ids in all pending deletes, as bigint[]. */
extern Datum authz_cascade_pending_resources(void);
extern Datum authz_cascade_pending_roles(void);

/* Between authz_rule_query_begin and authz_rule_query_end. */
extern void authz_cascade_lost_memberships(AuthzIdList *groups, AuthzIdList *members);

#endif							/* AUTHZ_CASCADE_H */
