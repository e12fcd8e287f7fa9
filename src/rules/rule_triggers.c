/*
 * rule_triggers.c
 *	  Triggers that hold the rules of the model, whoever writes the tables.
 *
 * What a rule says stands in src/sql/role_rules.sql and holder_rules.sql, as
 * queries for the rows that break it.  When each is asked stands in role_triggers.c
 * and holder_triggers.c: a statement trigger finds, in its transition tables, which
 * rows may have come to break a rule, takes the locks that keep others from
 * breaking it meanwhile, asks, and raises the first violation.  Here is what all
 * tables have in common.
 *
 * All rules are checked after the statement, so that one statement (also one of
 * several data-modifying CTEs) may take the model through states that break
 * them.  What a removal takes along stands in cascade.c.
 *
 * The locks.  A reader of the rules below wants to know why two transactions
 * that do not see each other's rows cannot break a rule together:
 *
 * - Whoever writes takes the model lock shared; who changes what the rules look at in
 *   types, permissions, requirements or predefined roles takes it exclusively and then sees
 *   everybody's rows.
 * - A role's rules depend on the roles that it builds on: the edited role is
 *   locked FOR NO KEY UPDATE, those that it builds on FOR SHARE.  So an edit
 *   waits for others of the same role, of roles beneath and above it.  Grants
 *   take KEY SHARE (their foreign key) and do not wait.
 * - A moved resource is locked FOR UPDATE with everything beneath it: grants,
 *   roles, teams and new resources anywhere beneath hold KEY SHARE on theirs.
 * - A moved team is locked FOR UPDATE, its new ancestors KEY SHARE.
 * - Whoever relies on a membership locks it KEY SHARE; its removal waits.
 * - Holders of a role with min_holders, and the number of custom roles, are counted with the
 *   row of the resource locked; for the roles of a subject where they are exclusive see
 *   lock.c, which also has the order of all this.
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

typedef struct GuardTable
{
	void		(*check) (AuthzGuardCall *call);
	bool		by_hand;		/* calls authz_query_begin itself, if at all */
} GuardTable;

static AuthzBeforeRules before_rules = NULL;

static void raise_violation(AuthzGuardCall *call);

static const GuardTable guard_tables[AUTHZ_TABLE_COUNT] = {
	[AUTHZ_RESOURCE_TYPES] = {authz_guard_resource_types, false},
	[AUTHZ_PERMISSIONS] = {authz_guard_permissions, false},
	[AUTHZ_PERMISSION_REQUIREMENTS] = {authz_guard_requirements, false},
	[AUTHZ_MANAGEMENT_PERMISSIONS] = {authz_guard_management, false},
	[AUTHZ_MANAGEMENT_ROLES] = {authz_guard_management, false},
	[AUTHZ_RESOURCES] = {authz_guard_resources, false},
	[AUTHZ_SUBJECTS] = {authz_guard_subjects, false},
	[AUTHZ_MEMBERSHIPS] = {authz_guard_memberships, true},
	[AUTHZ_ROLES] = {authz_guard_roles, false},
	[AUTHZ_ROLE_BASE_ROLES] = {authz_guard_role_base_roles, false},
	[AUTHZ_ROLE_PERMISSIONS] = {authz_guard_role_permissions, false},
	[AUTHZ_ASSIGNMENTS] = {authz_guard_assignments, true},
};

#define GUARDED_TABLES (AUTHZ_READ_TABLES | AUTHZ_TABLE_BIT(AUTHZ_PERMISSION_REQUIREMENTS) | \
						AUTHZ_TABLE_BIT(AUTHZ_MANAGEMENT_PERMISSIONS) | AUTHZ_TABLE_BIT(AUTHZ_MANAGEMENT_ROLES))

void
authz_guard_register_before(AuthzBeforeRules callback)
{
	before_rules = callback;
}

/* The statement trigger of all tables. */
PG_FUNCTION_INFO_V1(authz_guard);
Datum
authz_guard(PG_FUNCTION_ARGS)
{
	AuthzGuardCall call;
	AuthzQueryContext saved;
	AuthzTable	table;
	const GuardTable *guard;

	call.trigger = authz_trigger_begin(fcinfo, "authz_internal.guard",
									   AUTHZ_FIRES_AFTER | AUTHZ_FIRES_STATEMENT | AUTHZ_READS_ROWS |
									   AUTHZ_FIRES_INSERT | AUTHZ_FIRES_UPDATE | AUTHZ_FIRES_DELETE,
									   GUARDED_TABLES, &table);
	call.relation = call.trigger->tg_relation;
	call.inserted = TRIGGER_FIRED_BY_INSERT(call.trigger->tg_event);
	call.updated = TRIGGER_FIRED_BY_UPDATE(call.trigger->tg_event);
	call.deleted = TRIGGER_FIRED_BY_DELETE(call.trigger->tg_event);

	guard = &guard_tables[table];
	if (before_rules != NULL)
		before_rules(call.relation);
	/* Nothing is locked for a statement that has changed nothing. */
	if (tuplestore_tuple_count(call.inserted ? call.trigger->tg_newtable : call.trigger->tg_oldtable) == 0)
		return PointerGetDatum(NULL);
	if (!guard->by_hand)
		authz_query_begin(call.relation->rd_rel->relowner, &saved);
	guard->check(&call);
	if (!guard->by_hand)
		authz_query_end(&saved);
	return PointerGetDatum(NULL);
}

/*
 * The row trigger of columns that never change: its WHEN says which, its
 * arguments the rule, the message and the hint.
 */
PG_FUNCTION_INFO_V1(authz_refuse_update);
Datum
authz_refuse_update(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = authz_trigger_begin(fcinfo, "authz_internal.refuse_update",
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

/* TRUNCATE would pass by every rule and by the audit log. */
PG_FUNCTION_INFO_V1(authz_refuse_truncate);
Datum
authz_refuse_truncate(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = authz_trigger_begin(fcinfo, "authz_internal.refuse_truncate",
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
authz_guard_raise_first(AuthzGuardCall *call, AuthzQuery *query, Datum *args, size_t keys)
{
	if (authz_query_read(query, args, keys, 1) > 0)
		raise_violation(call);
}

/* The first row of the last read: rule, message, detail, hint. */
static void
raise_violation(AuthzGuardCall *call)
{
	char	   *rule = authz_query_text(0, 1);
	char	   *message = authz_query_text(0, 2);
	char	   *detail = authz_query_text(0, 3);
	char	   *hint = authz_query_text(0, 4);

	ereport(ERROR,
			errcode(ERRCODE_CHECK_VIOLATION),
			errmsg_internal("%s", message),
			detail == NULL ? 0 : errdetail_internal("%s", detail),
			hint == NULL ? 0 : errhint("%s", hint),
			errtableconstraint(call->relation, rule));
}

/* Rows of the statement --------------------------------------------------- */

void
authz_guard_open_rows(AuthzGuardCall *call, AuthzStatementRows *rows)
{
	authz_statement_rows_open(rows, RelationGetDescr(call->relation),
							  call->inserted ? NULL : call->trigger->tg_oldtable,
							  call->deleted ? NULL : call->trigger->tg_newtable);
}

int
authz_guard_column(AuthzGuardCall *call, const char *name)
{
	int			attnum = SPI_fnumber(RelationGetDescr(call->relation), name);

	if (attnum <= 0)
		elog(ERROR, "table \"%s\" has no column \"%s\"", RelationGetRelationName(call->relation), name);
	return attnum;
}

/* Of a column of type bigint that is not null. */
int64
authz_guard_id(TupleTableSlot *row, int attnum)
{
	bool		isnull;
	Datum		id = slot_getattr(row, attnum, &isnull);

	Assert(!isnull);
	return DatumGetInt64(id);
}

/* Whether an update changed the column, byte for byte. */
bool
authz_guard_changed(AuthzStatementRows *rows, int attnum)
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
authz_guard_add_text(ArrayBuildState *texts, TupleTableSlot *row, int attnum)
{
	bool		isnull;
	Datum		value = slot_getattr(row, attnum, &isnull);

	Assert(!isnull);
	return accumArrayResult(texts, value, false, TEXTOID, CurrentMemoryContext);
}

Datum
authz_guard_text_array(ArrayBuildState *texts)
{
	return makeArrayResult(texts, CurrentMemoryContext);
}
