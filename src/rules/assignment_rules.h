/*
 * assignment_rules.h
 *	  The rules of assignments and memberships, checked row by row.  See
 *	  assignment_rules.c.
 */
#ifndef AUTHZ_ASSIGNMENT_RULES_H
#define AUTHZ_ASSIGNMENT_RULES_H

#include "tables/rows.h"

typedef struct AuthzAssignmentRules AuthzAssignmentRules;

extern AuthzAssignmentRules *authz_assignment_rules_open(bool lock);
extern void authz_assignment_rules_close(AuthzAssignmentRules *rules);

/* The name of the rule that the row breaks, NULL if none. */
extern const char *authz_assignment_rules_check(AuthzAssignmentRules *rules, const AuthzAssignmentRow *row);
extern const char *authz_assignment_rules_check_id(AuthzAssignmentRules *rules, int64 id);
extern const char *authz_assignment_rules_check_membership(AuthzAssignmentRules *rules, int64 group_id, int64 member_id);

/* What a trigger must know before it locks. */
extern bool authz_assignment_rules_does_replace(AuthzAssignmentRules *rules, const AuthzAssignmentRow *row);
extern bool authz_assignment_rules_is_exclusive(AuthzAssignmentRules *rules, int64 role_id, const char *source, int source_len);
extern bool authz_assignment_rules_has_members(AuthzAssignmentRules *rules, int64 resource_id);
extern int64 authz_assignment_rules_parent(AuthzAssignmentRules *rules, int64 resource_id);
extern int	authz_assignment_rules_min_holders(AuthzAssignmentRules *rules, int64 role_id);

#endif							/* AUTHZ_ASSIGNMENT_RULES_H */
