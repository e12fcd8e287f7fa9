/*
 * assignment_rules.h
 *	  The rules of assignments and memberships, row by row.  See assignment_rules.c.
 */
#ifndef AUTHZ_ASSIGNMENT_RULES_H
#define AUTHZ_ASSIGNMENT_RULES_H

#include "tables/rows.h"

typedef struct AuthzRules AuthzRules;

extern AuthzRules *authz_rules_open(bool lock);
extern void authz_rules_close(AuthzRules *rules);

/* The name of the rule that the row breaks, NULL if none. */
extern const char *authz_rule_of_assignment(AuthzRules *rules, const AuthzAssignmentRow *row);
extern const char *authz_rule_of_assignment_id(AuthzRules *rules, int64 id);
extern const char *authz_rule_of_membership(AuthzRules *rules, int64 group_id, int64 member_id);

/* What the locks need to know before. */
extern bool authz_rule_replaces(AuthzRules *rules, const AuthzAssignmentRow *row);
extern bool authz_rule_is_exclusive(AuthzRules *rules, int64 role_id, const char *source, int source_len);
extern int	authz_rule_min_holders(AuthzRules *rules, int64 role_id);

#endif							/* AUTHZ_ASSIGNMENT_RULES_H */
