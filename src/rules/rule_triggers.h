/*
 * rule_triggers.h
 *	  What the statement triggers of the rules have in common.  See
 *	  rule_triggers.c.
 */
#ifndef AUTHZ_RULE_TRIGGERS_H
#define AUTHZ_RULE_TRIGGERS_H

#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "utils/array.h"

#include "rules/rule_query.h"
#include "tables/statement_rows.h"
#include "tables/tables.h"

/* One call of a statement trigger. */
typedef struct AuthzRuleTriggerCall
{
	TriggerData *trigger;
	Relation	relation;
	AuthzTable	table;
	bool		inserted;
	bool		updated;
	bool		deleted;
} AuthzRuleTriggerCall;

/* Callback before the rules are checked for a statement on a table. */
typedef void (*AuthzBeforeRules) (Relation table);

extern void authz_rule_trigger_register_before(AuthzBeforeRules callback);

/* role_triggers.c: rules of the model and of roles. */
extern void authz_role_triggers_check_types(AuthzRuleTriggerCall *call);
extern void authz_role_triggers_check_permissions(AuthzRuleTriggerCall *call);
extern void authz_role_triggers_check_requirements(AuthzRuleTriggerCall *call);
extern void authz_role_triggers_check_management(AuthzRuleTriggerCall *call);
extern void authz_role_triggers_check_roles(AuthzRuleTriggerCall *call);
extern void authz_role_triggers_check_links(AuthzRuleTriggerCall *call);
extern void authz_role_triggers_check_role_permissions(AuthzRuleTriggerCall *call);
extern void authz_role_triggers_check_role_ids(AuthzRuleTriggerCall *call, const AuthzIdList *ids, const AuthzIdList *lowered);

/* holder_triggers.c: rules of resources, subjects and who has which role. */
extern void authz_holder_triggers_check_resources(AuthzRuleTriggerCall *call);
extern void authz_holder_triggers_check_subjects(AuthzRuleTriggerCall *call);
extern void authz_holder_triggers_check_memberships(AuthzRuleTriggerCall *call);
extern void authz_holder_triggers_check_assignments(AuthzRuleTriggerCall *call);

/* Raises the violation in the first row of a query, if there is one. */
extern void authz_rule_trigger_raise_first(AuthzRuleTriggerCall *call, AuthzRuleQuery *query, Datum *args, size_t keys);

/* The rows of the statement. */
extern void authz_rule_trigger_open_rows(AuthzRuleTriggerCall *call, AuthzStatementRows *rows);
extern int	authz_rule_trigger_column(AuthzRuleTriggerCall *call, const char *name);
extern int64 authz_rule_trigger_id(TupleTableSlot *row, int attnum);
extern bool authz_rule_trigger_changed(AuthzStatementRows *rows, int attnum);
extern ArrayBuildState *authz_rule_trigger_add_text(ArrayBuildState *texts, TupleTableSlot *row, int attnum);
extern Datum authz_rule_trigger_text_array(ArrayBuildState *texts);

#endif							/* AUTHZ_RULE_TRIGGERS_H */
