/*
 * rule_triggers.c
 *	  Statement triggers that enforce the rules of the model on every write
 *	  path.
 *
 * src/sql/role_rules.sql and holder_rules.sql contain the rules, as queries
 * for the rows that break them.  role_triggers.c and holder_triggers.c decide
 * when each is checked: a statement trigger finds, in its transition tables,
 * which rows may have come to break a rule, acquires the locks that keep
 * others from breaking it meanwhile, executes the query, and raises the first
 * violation.  This file has what all tables have in common.
 *
 * All rules are checked after the statement, so that one statement (also one
 * of several data-modifying CTEs) may take the model through states that break
 * them.  cascade.c has the cascading deletes.
 *
 * The locks keep two transactions that do not see each other's rows from
 * breaking a rule together (write skew):
 *
 * - A writer acquires the model lock shared; one that changes what the rules
 *   read in types, permissions, requirements or predefined roles acquires it
 *   exclusively and then sees everybody's rows.
 * - A role's rules depend on the roles that it builds on: the edited role is
 *   locked FOR NO KEY UPDATE, those that it builds on FOR SHARE.  So an edit
 *   waits for others of the same role, of roles beneath and above it.  New
 *   assignments acquire KEY SHARE (their foreign key) and do not wait.
 * - A moved resource is locked FOR UPDATE, and if the move can break a rule
 *   everything beneath it: new assignments, roles, teams and resources
 *   anywhere beneath have KEY SHARE on theirs.  moves.c has the rest.
 * - A moved team is locked FOR UPDATE, its new ancestors KEY SHARE.
 * - A transaction that relies on a membership locks it KEY SHARE; its removal
 *   waits.
 * - Holders of a role with min_holders, and the number of custom roles, are
 *   counted with the row of the resource locked; for the roles of a subject
 *   where they are exclusive see lock.c, which also has the order of all this.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "rules/rule_triggers.h"
#include "rules/trigger_call.h"

typedef struct RuleTriggerTable
{
	void		(*check) (AuthzRuleTriggerCall *call);
	bool		by_hand;		/* calls authz_rule_query_begin itself, if at all */
} RuleTriggerTable;

static AuthzBeforeRules before_rules = NULL;

static void raise_violation(AuthzRuleTriggerCall *call);

static const RuleTriggerTable rule_trigger_tables[AUTHZ_TABLE_COUNT] = {
	[AUTHZ_RESOURCE_TYPES] = {authz_role_triggers_check_types, false},
	[AUTHZ_PERMISSIONS] = {authz_role_triggers_check_permissions, false},
	[AUTHZ_PERMISSION_REQUIREMENTS] = {authz_role_triggers_check_requirements, false},
	[AUTHZ_MANAGEMENT_PERMISSIONS] = {authz_role_triggers_check_management, false},
	[AUTHZ_MANAGEMENT_ROLES] = {authz_role_triggers_check_management, false},
	[AUTHZ_RESOURCES] = {authz_holder_triggers_check_resources, false},
	[AUTHZ_SUBJECTS] = {authz_holder_triggers_check_subjects, false},
	[AUTHZ_MEMBERSHIPS] = {authz_holder_triggers_check_memberships, true},
	[AUTHZ_ROLES] = {authz_role_triggers_check_roles, false},
	[AUTHZ_ROLE_INHERITS] = {authz_role_triggers_check_links, false},
	[AUTHZ_ROLE_BASE_ROLES] = {authz_role_triggers_check_links, false},
	[AUTHZ_ROLE_PERMISSIONS] = {authz_role_triggers_check_role_permissions, false},
	[AUTHZ_ASSIGNMENTS] = {authz_holder_triggers_check_assignments, true},
};

#define GUARDED_TABLES (AUTHZ_READ_TABLES | AUTHZ_TABLE_BIT(AUTHZ_PERMISSION_REQUIREMENTS) | \
						AUTHZ_TABLE_BIT(AUTHZ_MANAGEMENT_PERMISSIONS) | AUTHZ_TABLE_BIT(AUTHZ_MANAGEMENT_ROLES))

void
authz_rule_trigger_register_before(AuthzBeforeRules callback)
{
	before_rules = callback;
}

/* The statement trigger of all tables. */
PG_FUNCTION_INFO_V1(authz_guard);
Datum
authz_guard(PG_FUNCTION_ARGS)
{
	AuthzRuleTriggerCall call;
	AuthzRuleQueryContext saved;
	AuthzTable	table;
	const RuleTriggerTable *guard;

	call.trigger = authz_trigger_call_begin(fcinfo, "authz_internal.guard",
											AUTHZ_FIRES_AFTER | AUTHZ_FIRES_STATEMENT | AUTHZ_READS_ROWS |
											AUTHZ_FIRES_INSERT | AUTHZ_FIRES_UPDATE | AUTHZ_FIRES_DELETE,
											GUARDED_TABLES, &table);
	call.relation = call.trigger->tg_relation;
	call.table = table;
	call.inserted = TRIGGER_FIRED_BY_INSERT(call.trigger->tg_event);
	call.updated = TRIGGER_FIRED_BY_UPDATE(call.trigger->tg_event);
	call.deleted = TRIGGER_FIRED_BY_DELETE(call.trigger->tg_event);

	guard = &rule_trigger_tables[table];
	if (before_rules != NULL)
		before_rules(call.relation);
	/* Nothing is locked for a statement that has changed nothing. */
	if (tuplestore_tuple_count(call.inserted ? call.trigger->tg_newtable : call.trigger->tg_oldtable) == 0)
		return PointerGetDatum(NULL);
	if (!guard->by_hand)
		authz_rule_query_begin(call.relation->rd_rel->relowner, &saved);
	guard->check(&call);
	if (!guard->by_hand)
		authz_rule_query_end(&saved);
	return PointerGetDatum(NULL);
}

/*
 * The row trigger for columns that must not change: its WHEN says which, its
 * arguments are the rule, the message and the hint.
 */
PG_FUNCTION_INFO_V1(authz_refuse_update);
Datum
authz_refuse_update(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = authz_trigger_call_begin(fcinfo, "authz_internal.refuse_update",
													AUTHZ_FIRES_BEFORE | AUTHZ_FIRES_ROW | AUTHZ_FIRES_UPDATE,
													AUTHZ_ALL_TABLES, NULL);

	if (trigger->tg_trigger->tgnargs != 3)
		elog(ERROR, "trigger \"%s\" must have three arguments", trigger->tg_trigger->tgname);
	ereport(ERROR,
			errcode(ERRCODE_CHECK_VIOLATION),
			errmsg_internal("%s", trigger->tg_trigger->tgargs[1]),
			errhint("%s", trigger->tg_trigger->tgargs[2]),
			errtableconstraint(trigger->tg_relation, trigger->tg_trigger->tgargs[0]));
}

/* TRUNCATE would bypass every rule and the audit log. */
PG_FUNCTION_INFO_V1(authz_refuse_truncate);
Datum
authz_refuse_truncate(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = authz_trigger_call_begin(fcinfo, "authz_internal.refuse_truncate",
													AUTHZ_FIRES_BEFORE | AUTHZ_FIRES_STATEMENT | AUTHZ_FIRES_TRUNCATE,
													AUTHZ_ALL_TABLES, NULL);

	ereport(ERROR,
			errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			errmsg("cannot truncate table \"%s\"", RelationGetRelationName(trigger->tg_relation)),
			errhint("Use DELETE, so that the rules hold and the audit log tells."),
			errtable(trigger->tg_relation));
}
/* Violations -------------------------------------------------------------- */

void
authz_rule_trigger_raise_first(AuthzRuleTriggerCall *call, AuthzRuleQuery *query, Datum *args, size_t keys)
{
	if (authz_rule_query_read(query, args, keys, 1) > 0)
		raise_violation(call);
}

/* The first row of the last read: rule, message, detail, hint. */
static void
raise_violation(AuthzRuleTriggerCall *call)
{
	char	   *rule = authz_rule_query_text(0, 1);
	char	   *message = authz_rule_query_text(0, 2);
	char	   *detail = authz_rule_query_text(0, 3);
	char	   *hint = authz_rule_query_text(0, 4);

	ereport(ERROR,
			errcode(ERRCODE_CHECK_VIOLATION),
			errmsg_internal("%s", message),
			detail == NULL ? 0 : errdetail_internal("%s", detail),
			hint == NULL ? 0 : errhint("%s", hint),
			errtableconstraint(call->relation, rule));
}

/* Rows of the statement --------------------------------------------------- */

void
authz_rule_trigger_open_rows(AuthzRuleTriggerCall *call, AuthzStatementRows *rows)
{
	authz_statement_rows_open(rows, RelationGetDescr(call->relation),
							  call->inserted ? NULL : call->trigger->tg_oldtable,
							  call->deleted ? NULL : call->trigger->tg_newtable);
}

int
authz_rule_trigger_column(AuthzRuleTriggerCall *call, const char *name)
{
	int			attnum = SPI_fnumber(RelationGetDescr(call->relation), name);

	if (attnum <= 0)
		elog(ERROR, "table \"%s\" has no column \"%s\"", RelationGetRelationName(call->relation), name);
	return attnum;
}

/* Of a column of type bigint that is not null. */
int64
authz_rule_trigger_id(TupleTableSlot *row, int attnum)
{
	bool		isnull;
	Datum		id = slot_getattr(row, attnum, &isnull);

	Assert(!isnull);
	return DatumGetInt64(id);
}

/* Has the update changed the column, byte for byte? */
bool
authz_rule_trigger_changed(AuthzStatementRows *rows, int attnum)
{
	Form_pg_attribute attr = TupleDescAttr(rows->new_row->tts_tupleDescriptor, attnum - 1);
	bool		old_isnull;
	bool		new_isnull;
	Datum		old_value = slot_getattr(rows->old_row, attnum, &old_isnull);
	Datum		new_value = slot_getattr(rows->new_row, attnum, &new_isnull);

	if (old_isnull || new_isnull)
		return old_isnull != new_isnull;
	return !datum_image_eq(old_value, new_value, attr->attbyval, attr->attlen);
}

/* The column's bytes as text, whatever its type over text. */
ArrayBuildState *
authz_rule_trigger_add_text(ArrayBuildState *texts, TupleTableSlot *row, int attnum)
{
	bool		isnull;
	Datum		value = slot_getattr(row, attnum, &isnull);

	Assert(!isnull);
	return accumArrayResult(texts, value, false, TEXTOID, CurrentMemoryContext);
}

Datum
authz_rule_trigger_text_array(ArrayBuildState *texts)
{
	return makeArrayResult(texts, CurrentMemoryContext);
}
