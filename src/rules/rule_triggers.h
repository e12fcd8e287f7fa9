/*
 * rule_triggers.h
 *	  What the triggers of the rules have in common.  See rule_triggers.c.
 */
#ifndef AUTHZ_RULE_TRIGGERS_H
#define AUTHZ_RULE_TRIGGERS_H

#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "utils/array.h"

#include "rules/rule_query.h"
#include "tables/statement_rows.h"

/* What a trigger call is about. */
typedef struct AuthzGuardCall
{
	TriggerData *trigger;
	Relation	relation;
	bool		inserted;
	bool		updated;
	bool		deleted;
} AuthzGuardCall;

/* Called before the rules of a statement on a table are checked. */
typedef void (*AuthzBeforeRules) (Relation table);

extern void authz_guard_register_before(AuthzBeforeRules callback);

/* role_triggers.c: what the model says, and roles. */
extern void authz_guard_resource_types(AuthzGuardCall *call);
extern void authz_guard_permissions(AuthzGuardCall *call);
extern void authz_guard_requirements(AuthzGuardCall *call);
extern void authz_guard_management(AuthzGuardCall *call);
extern void authz_guard_roles(AuthzGuardCall *call);
extern void authz_guard_role_base_roles(AuthzGuardCall *call);
extern void authz_guard_role_permissions(AuthzGuardCall *call);
extern void authz_guard_check_role_ids(AuthzGuardCall *call, const AuthzIds *ids, const AuthzIds *lowered);

/* holder_triggers.c: resources, and who holds what. */
extern void authz_guard_resources(AuthzGuardCall *call);
extern void authz_guard_subjects(AuthzGuardCall *call);
extern void authz_guard_memberships(AuthzGuardCall *call);
extern void authz_guard_assignments(AuthzGuardCall *call);

/* rule_triggers.c: raises the first row of a query for violations. */
extern void authz_guard_raise_first(AuthzGuardCall *call, AuthzQuery *query, Datum *args, size_t keys);

/* The rows of the statement. */
extern void authz_guard_open_rows(AuthzGuardCall *call, AuthzStatementRows *rows);
extern int	authz_guard_column(AuthzGuardCall *call, const char *name);
extern int64 authz_guard_id(TupleTableSlot *row, int attnum);
extern bool authz_guard_changed(AuthzStatementRows *rows, int attnum);
extern ArrayBuildState *authz_guard_add_text(ArrayBuildState *texts, TupleTableSlot *row, int attnum);
extern Datum authz_guard_text_array(ArrayBuildState *texts);

#endif							/* AUTHZ_RULE_TRIGGERS_H */
