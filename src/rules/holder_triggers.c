/*
 * holder_triggers.c
 *	  Statement triggers that check the rules of resources, subjects,
 *	  memberships and assignments.
 *
 * They enforce where which subject may have which role, and how many holders a
 * role keeps on a resource.  Holders are counted with the row of the resource
 * locked: this keeps two owners from leaving at once (check_lost_holders).
 * moves.c has what a move of a resource needs.  rule_triggers.c has the theory;
 * the rules are in src/sql/holder_rules.sql and, row by row, in
 * assignment_rules.c.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "rules/assignment_rules.h"
#include "rules/cascade.h"
#include "rules/lock.h"
#include "rules/moves.h"
#include "rules/rule_triggers.h"
#include "session/caller.h"
#include "tables/rows.h"
#include "types/grammar.h"
#include "types/growing_array.h"

/* Attribute numbers of assignments. */
typedef struct AssignmentColumns
{
	int			id;
	int			subject_id;
	int			role_id;
	int			resource_id;
	int			source;
	int			expires_at;
} AssignmentColumns;

/* A type and a parent that new resources of a statement refer to. */
typedef struct ParentRef
{
	int64		parent_id;		/* 0 for none */
	int			type_len;		/* 0: the slot is free */
	char		type[AUTHZ_TYPE_MAX];
} ParentRef;

typedef struct ParentRefs
{
	uint64		rows;
	ParentRef	first;
	ParentRef  *cached;			/* direct-mapped by parent; from the second
								 * row on */
	AuthzIdList parents;
	ArrayBuildState *types;
	int			type_len;		/* the type that was added last */
	char		type[AUTHZ_TYPE_MAX];
} ParentRefs;

/* Number of slots, a power of 2. */
#define CACHED_PARENT_REFS 1024

static int64 get_parent(TupleTableSlot *row, int parent_id);
static bool is_new_parent_ref(ParentRefs *refs, TupleTableSlot *row, int resource_type, int parent_id);
static void check_parent_refs(AuthzRuleTriggerCall *call, ParentRefs *refs);
static void report_fk_violation(AuthzRuleTriggerCall *call, const char *constraint, const char *key, const char *table);
static bool is_new_assignment(AuthzRuleTriggerCall *call, AuthzStatementRows *rows, const AssignmentColumns *columns);
static void check_assignments(AuthzRuleTriggerCall *call, const AssignmentColumns *columns);
static void lock_exclusive_assignments(AuthzRuleTriggerCall *call, const AssignmentColumns *columns);
static uint64 make_exclusive_key(const AuthzAssignmentRow *row);
static void check_lost_holders(AuthzRuleTriggerCall *call, const AssignmentColumns *columns);

/* Resources --------------------------------------------------------------- */

void
authz_holder_triggers_check_resources(AuthzRuleTriggerCall *call)
{
	static AuthzRuleQuery violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.resource_violations v WHERE v.id = ANY ($1) "
		"UNION ALL SELECT rule, message, detail, hint FROM authz_internal.resources_too_deep($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery rename_member_sets = {
		.sql = "UPDATE authz.subjects s SET subject = authz_internal.member_set(r.resource) FROM authz.resources r "
		"WHERE r.id = ANY ($1) AND s.resource_id = r.id AND authz.subject_kind(s.subject) = 'member'",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	AuthzStatementRows rows;
	ParentRefs	refs = {0};
	int			id = authz_rule_trigger_column(call, "id");
	int			resource = authz_rule_trigger_column(call, "resource");
	int			resource_type = authz_rule_trigger_column(call, "resource_type");
	int			parent_id = authz_rule_trigger_column(call, "parent_id");
	AuthzIdList ids = {0};
	AuthzMoveList moves = {0};
	AuthzIdList beneath = {0};
	AuthzIdList renamed = {0};
	Datum		args[1];

	if (call->deleted)
		return;
	authz_lock_model(false);

	authz_rule_trigger_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		int64		row_id = authz_rule_trigger_id(rows.new_row, id);

		CHECK_FOR_INTERRUPTS();
		if (!call->inserted)
		{
			if (authz_rule_trigger_changed(&rows, resource))
				authz_id_list_add(&renamed, row_id);
			if (!authz_rule_trigger_changed(&rows, parent_id))
				continue;
			AUTHZ_MAKE_ROOM(&moves);
			moves.items[moves.count++] = (AuthzMove)
			{
				.id = row_id,
				.old_parent = get_parent(rows.old_row, parent_id),
				.new_parent = get_parent(rows.new_row, parent_id)
			};
		}
		if (is_new_parent_ref(&refs, rows.new_row, resource_type, parent_id))
			authz_id_list_add(&ids, row_id);
	}

	if (moves.count > 0)
		authz_moves_lock(&moves, &beneath);
	check_parent_refs(call, &refs);
	if (ids.count > 0)
	{
		args[0] = authz_rule_query_make_ids_array(&ids);
		authz_rule_trigger_raise_first(call, &violations, args, ids.count);
	}
	authz_moves_check(call, &beneath);
	if (renamed.count > 0)
	{
		args[0] = authz_rule_query_make_ids_array(&renamed);
		authz_rule_query_write(&rename_member_sets, args, renamed.count);
	}
}

/* 0 for none. */
static int64
get_parent(TupleTableSlot *row, int parent_id)
{
	return slot_attisnull(row, parent_id) ? 0 : authz_rule_trigger_id(row, parent_id);
}

/*
 * Does the row have another type or parent than the rows before?  Of many
 * resources of one type with one parent, one is checked for all.  The slots
 * may forget a pair, which is then checked again.
 */
static bool
is_new_parent_ref(ParentRefs *refs, TupleTableSlot *row, int resource_type, int parent_id)
{
	bool		isnull;
	text	   *type = DatumGetTextPP(slot_getattr(row, resource_type, &isnull));
	int			len = VARSIZE_ANY_EXHDR(type);
	int64		parent = get_parent(row, parent_id);
	ParentRef  *ref;

	if (refs->rows++ == 1)
		refs->cached = palloc0(sizeof(ParentRef) * CACHED_PARENT_REFS);
	ref = refs->cached == NULL ? &refs->first : &refs->cached[parent & (CACHED_PARENT_REFS - 1)];
	if (ref->type_len == len && ref->parent_id == parent && memcmp(ref->type, VARDATA_ANY(type), len) == 0)
		return false;

	Assert(len <= AUTHZ_TYPE_MAX);
	memcpy(ref->type, VARDATA_ANY(type), len);
	ref->type_len = len;
	ref->parent_id = parent;
	if (parent != 0)
		authz_id_list_add(&refs->parents, parent);
	if (refs->type_len != len || memcmp(refs->type, ref->type, len) != 0)
	{
		memcpy(refs->type, ref->type, len);
		refs->type_len = len;
		refs->types = authz_rule_trigger_add_text(refs->types, row, resource_type);
	}
	return true;
}

/*
 * Check the foreign keys of new and moved resources, once for each parent and
 * type and not for each row: their own triggers for that are disabled
 * (src/sql/guard.sql).
 */
static void
check_parent_refs(AuthzRuleTriggerCall *call, ParentRefs *refs)
{
	static AuthzRuleQuery lock_types = {
		.sql = "SELECT FROM authz.resource_types t WHERE t.name = ANY ($1) FOR KEY SHARE",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	static AuthzRuleQuery missing_type = {
		.sql = "SELECT u.name FROM unnest($1) AS u (name) "
		"WHERE NOT EXISTS (SELECT FROM authz.resource_types t WHERE t.name = u.name) LIMIT 1",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	static AuthzRuleQuery lock_parents = {
		.sql = "SELECT FROM authz.resources r WHERE r.id = ANY ($1) ORDER BY r.id FOR KEY SHARE",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery missing_parent = {
		.sql = "SELECT u.id FROM unnest($1) AS u (id) "
		"WHERE NOT EXISTS (SELECT FROM authz.resources r WHERE r.id = u.id) LIMIT 1",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	Datum		args[1];

	/* The type of a resource never changes. */
	if (refs->types != NULL && call->inserted)
	{
		args[0] = authz_rule_trigger_text_array(refs->types);
		authz_rule_query_lock(&lock_types, args, 0);
		if (authz_rule_query_read(&missing_type, args, 0, 1) > 0)
			report_fk_violation(call, "resources_resource_type_fkey", "resource_type", "resource_types");
	}
	if (refs->parents.count > 0)
	{
		args[0] = authz_rule_query_make_ids_array(&refs->parents);
		/* What a move needs is locked already. */
		if (call->inserted)
			authz_rule_query_lock(&lock_parents, args, refs->parents.count);
		if (authz_rule_query_read(&missing_parent, args, refs->parents.count, 1) > 0)
			report_fk_violation(call, "resources_parent_id_fkey", "parent_id", "resources");
	}
}

/* The error of a foreign key; the missing key is in the last read. */
static void
report_fk_violation(AuthzRuleTriggerCall *call, const char *constraint, const char *key, const char *table)
{
	ereport(ERROR,
			errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			errmsg("insert or update on table \"%s\" violates foreign key constraint \"%s\"",
				   RelationGetRelationName(call->relation), constraint),
			errdetail("Key (%s)=(%s) is not present in table \"%s\".", key, authz_rule_query_text(0, 1), table),
			errtableconstraint(call->relation, constraint));
}

/* Subjects ---------------------------------------------------------------- */

void
authz_holder_triggers_check_subjects(AuthzRuleTriggerCall *call)
{
	static AuthzRuleQuery lock_moved = {
		.sql = "SELECT s.id FROM authz.subjects s WHERE s.id = ANY ($1) ORDER BY s.id FOR UPDATE",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery lock_ancestors = {
		.sql = "WITH RECURSIVE up (id) AS ("
		" SELECT s.parent_id FROM authz.subjects s WHERE s.id = ANY ($1) AND s.parent_id IS NOT NULL"
		" UNION SELECT s.parent_id FROM up JOIN authz.subjects s ON s.id = up.id WHERE s.parent_id IS NOT NULL) "
		"SELECT s.id FROM authz.subjects s WHERE s.id IN (SELECT id FROM up) ORDER BY s.id FOR KEY SHARE",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery violations = {
		.sql = "(SELECT rule, message, detail, hint FROM authz_internal.subject_violations v WHERE v.id = ANY ($1) ORDER BY v.id, v.rule) "
		"UNION ALL SELECT rule, message, detail, hint FROM authz_internal.teams_too_deep($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	AuthzStatementRows rows;
	int			id = authz_rule_trigger_column(call, "id");
	int			subject = authz_rule_trigger_column(call, "subject");
	int			parent_id = authz_rule_trigger_column(call, "parent_id");
	AuthzIdList ids = {0};
	AuthzIdList moved = {0};
	Datum		args[1];

	if (call->deleted)
		return;
	authz_lock_model(false);

	authz_rule_trigger_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (call->inserted || authz_rule_trigger_changed(&rows, subject) || authz_rule_trigger_changed(&rows, parent_id))
			authz_id_list_add(&ids, authz_rule_trigger_id(rows.new_row, id));
		if (call->updated && authz_rule_trigger_changed(&rows, parent_id))
			authz_id_list_add(&moved, authz_rule_trigger_id(rows.new_row, id));
	}

	if (moved.count > 0)
	{
		uint64		known = 0;
		uint64		found;

		args[0] = authz_rule_query_make_ids_array(&moved);
		authz_rule_query_lock(&lock_moved, args, moved.count);
		while ((found = authz_rule_query_lock(&lock_ancestors, args, moved.count)) > known)
			known = found;
	}
	if (ids.count > 0)
	{
		args[0] = authz_rule_query_make_ids_array(&ids);
		authz_rule_trigger_raise_first(call, &violations, args, ids.count);
	}
}

/* Memberships ------------------------------------------------------------- */

void
authz_holder_triggers_check_memberships(AuthzRuleTriggerCall *call)
{
	static AuthzRuleQuery message = {
		.sql = "SELECT $1, w[1], w[2], w[3] FROM authz_internal.membership_violation_message($1, $2, $3) AS w",
		.nargs = 3, .argtypes = {TEXTOID, INT8OID, INT8OID}
	};
	AuthzStatementRows rows;
	int			group_id = authz_rule_trigger_column(call, "group_id");
	int			member_id = authz_rule_trigger_column(call, "member_id");
	AuthzAssignmentRules *rules;
	const char *rule = NULL;
	Datum		broken[3];
	AuthzIdList left_groups = {0};
	AuthzIdList left_members = {0};
	AuthzRuleQueryContext saved;

	authz_lock_model(false);
	CommandCounterIncrement();
	rules = authz_assignment_rules_open(true);
	authz_rule_trigger_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (rows.old_row != NULL)
		{
			authz_id_list_add(&left_groups, authz_rule_trigger_id(rows.old_row, group_id));
			authz_id_list_add(&left_members, authz_rule_trigger_id(rows.old_row, member_id));
		}
		if (rows.new_row != NULL && rule == NULL)
		{
			int64		group = authz_rule_trigger_id(rows.new_row, group_id);
			int64		member = authz_rule_trigger_id(rows.new_row, member_id);

			rule = authz_assignment_rules_check_membership(rules, group, member);
			broken[1] = Int64GetDatum(group);
			broken[2] = Int64GetDatum(member);
		}
	}
	authz_assignment_rules_close(rules);

	if (rule == NULL && left_groups.count == 0)
		return;
	authz_rule_query_begin(call->relation->rd_rel->relowner, &saved);
	if (rule != NULL)
	{
		broken[0] = CStringGetTextDatum(rule);
		authz_rule_trigger_raise_first(call, &message, broken, 0);
	}
	authz_cascade_lost_memberships(&left_groups, &left_members);
	authz_rule_query_end(&saved);
}

/* Assignments ------------------------------------------------------------- */

static void
read_assignment(TupleTableSlot *slot, const AssignmentColumns *columns, AuthzAssignmentRow *row)
{
	bool		isnull;
	text	   *source = DatumGetTextPP(slot_getattr(slot, columns->source, &isnull));
	Datum		expires_at;

	row->id = authz_rule_trigger_id(slot, columns->id);
	row->subject_id = authz_rule_trigger_id(slot, columns->subject_id);
	row->role_id = authz_rule_trigger_id(slot, columns->role_id);
	row->resource_id = authz_rule_trigger_id(slot, columns->resource_id);
	row->source = VARDATA_ANY(source);
	row->source_len = VARSIZE_ANY_EXHDR(source);
	expires_at = slot_getattr(slot, columns->expires_at, &isnull);
	row->expires_at = isnull ? DT_NOEND : DatumGetTimestampTz(expires_at);
}

void
authz_holder_triggers_check_assignments(AuthzRuleTriggerCall *call)
{
	AssignmentColumns columns = {
		.id = authz_rule_trigger_column(call, "id"),
		.subject_id = authz_rule_trigger_column(call, "subject_id"),
		.role_id = authz_rule_trigger_column(call, "role_id"),
		.resource_id = authz_rule_trigger_column(call, "resource_id"),
		.source = authz_rule_trigger_column(call, "source"),
		.expires_at = authz_rule_trigger_column(call, "expires_at")
	};

	authz_lock_model(false);
	CommandCounterIncrement();
	if (!call->deleted)
	{
		lock_exclusive_assignments(call, &columns);
		check_assignments(call, &columns);
	}
	if (!call->inserted)
		check_lost_holders(call, &columns);
}

/*
 * Does the row change more than the expiry: subject, role, resource or source?
 */
static bool
is_new_assignment(AuthzRuleTriggerCall *call, AuthzStatementRows *rows, const AssignmentColumns *columns)
{
	return call->inserted ||
		authz_rule_trigger_changed(rows, columns->subject_id) || authz_rule_trigger_changed(rows, columns->role_id) ||
		authz_rule_trigger_changed(rows, columns->resource_id) || authz_rule_trigger_changed(rows, columns->source);
}

/*
 * Where a subject's roles are exclusive, two assignments to it on one resource
 * from one source wait for each other.
 */
static void
lock_exclusive_assignments(AuthzRuleTriggerCall *call, const AssignmentColumns *columns)
{
	AuthzAssignmentRules *rules = authz_assignment_rules_open(false);
	AuthzStatementRows rows;
	AuthzAssignmentRow row;
	AuthzIdList resources = {0};
	AuthzIdList keys = {0};
	AuthzRuleQueryContext saved;

	authz_rule_trigger_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (!is_new_assignment(call, &rows, columns) && !authz_rule_trigger_changed(&rows, columns->expires_at))
			continue;
		read_assignment(rows.new_row, columns, &row);
		if (!authz_assignment_rules_is_exclusive(rules, row.role_id, row.source, row.source_len))
			continue;
		authz_id_list_add(&resources, row.resource_id);
		authz_id_list_add(&keys, make_exclusive_key(&row));
	}
	authz_assignment_rules_close(rules);
	if (keys.count == 0)
		return;
	authz_rule_query_begin(call->relation->rd_rel->relowner, &saved);
	authz_lock_exclusive_assignments(&resources, &keys);
	authz_rule_query_end(&saved);
}

static uint64
make_exclusive_key(const AuthzAssignmentRow *row)
{
	uint64		key = hash_bytes_extended((const unsigned char *) row->source, row->source_len, row->subject_id);

	return hash_combine64(key, row->resource_id);
}

/*
 * authz_internal.lock_exclusive(subject_id, role_id, resource_id, source)
 * returns boolean: whether an assignment of the role replaces another.  If so,
 * nobody else assigns the subject a role on that resource before the end of
 * the transaction, so that a delegated administrator's right over the role
 * that will be replaced can be checked.
 */
PG_FUNCTION_INFO_V1(authz_lock_exclusive);
Datum
authz_lock_exclusive(PG_FUNCTION_ARGS)
{
	text	   *source = PG_GETARG_TEXT_PP(3);
	AuthzAssignmentRow row = {
		.subject_id = PG_GETARG_INT64(0), .role_id = PG_GETARG_INT64(1), .resource_id = PG_GETARG_INT64(2),
		.source = VARDATA_ANY(source), .source_len = VARSIZE_ANY_EXHDR(source)
	};
	AuthzAssignmentRules *rules;
	bool		exclusive;

	authz_caller_require_administrator("authz_internal.lock_exclusive");
	authz_lock_model(false);
	rules = authz_assignment_rules_open(false);
	exclusive = authz_assignment_rules_is_exclusive(rules, row.role_id, row.source, row.source_len);
	authz_assignment_rules_close(rules);
	if (exclusive)
	{
		AuthzIdList resources = {0};
		AuthzIdList keys = {0};
		AuthzRuleQueryContext saved;

		authz_id_list_add(&resources, row.resource_id);
		authz_id_list_add(&keys, make_exclusive_key(&row));
		authz_rule_query_begin(authz_tables_owner(), &saved);
		authz_lock_exclusive_assignments(&resources, &keys);
		authz_rule_query_end(&saved);
	}
	PG_RETURN_BOOL(exclusive);
}

/*
 * authz_internal.lock_reassigned(from_role_id, to_role_id) returns void: the
 * same for all assignments of a role, before they become assignments of another
 * one.  The order of the locks is that of a grant: keys before rows of
 * assignments.
 */
PG_FUNCTION_INFO_V1(authz_lock_reassigned);
Datum
authz_lock_reassigned(PG_FUNCTION_ARGS)
{
	static AuthzRuleQuery assigned = {
		.sql = "SELECT a.subject_id, a.resource_id, a.source FROM authz.assignments a WHERE a.role_id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	Datum		args[1] = {PG_GETARG_DATUM(0)};
	AuthzAssignmentRow row = {.role_id = PG_GETARG_INT64(1)};
	AuthzIdList resources = {0};
	AuthzIdList keys = {0};
	AuthzRuleQueryContext saved;
	AuthzAssignmentRules *rules;
	uint64		count;

	authz_caller_require_administrator("authz_internal.lock_reassigned");
	authz_lock_model(false);
	authz_rule_query_begin(authz_tables_owner(), &saved);
	count = authz_rule_query_read(&assigned, args, 0, 0);
	rules = authz_assignment_rules_open(false);
	for (uint64 i = 0; i < count; i++)
	{
		row.subject_id = pg_strtoint64(authz_rule_query_text(i, 1));
		row.resource_id = pg_strtoint64(authz_rule_query_text(i, 2));
		row.source = authz_rule_query_text(i, 3);
		row.source_len = strlen(row.source);
		if (!authz_assignment_rules_is_exclusive(rules, row.role_id, row.source, row.source_len))
			continue;
		authz_id_list_add(&resources, row.resource_id);
		authz_id_list_add(&keys, make_exclusive_key(&row));
	}
	authz_assignment_rules_close(rules);
	authz_lock_exclusive_assignments(&resources, &keys);
	authz_rule_query_end(&saved);
	PG_RETURN_VOID();
}

/*
 * Check new assignments.  Where roles are exclusive, a new one replaces the
 * others that the subject has on the resource from the same source, and that
 * end no later.  So does one whose expiry becomes later.  Those of one
 * statement stay beside each other, if they end at different times.
 */
static void
check_assignments(AuthzRuleTriggerCall *call, const AssignmentColumns *columns)
{
	static AuthzRuleQuery replace = {
		.sql = "DELETE FROM authz.assignments o USING authz.assignments n, authz.roles nr, authz.roles r "
		"WHERE n.id = ANY ($1) AND nr.id = n.role_id "
		"AND o.subject_id = n.subject_id AND o.resource_id = n.resource_id AND o.source = n.source "
		"AND coalesce(o.expires_at, 'infinity') <= coalesce(n.expires_at, 'infinity') "
		"AND NOT o.id = ANY ($2) AND r.id = o.role_id AND r.resource_type = nr.resource_type",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	static AuthzRuleQuery violations = {
		.sql = "SELECT v.rule, w[1], w[2], w[3] FROM authz_internal.assignment_rules($1) v "
		"CROSS JOIN LATERAL (VALUES (authz_internal.assignment_violation_message(v.rule, v.id))) AS x (w)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	AuthzAssignmentRules *rules = authz_assignment_rules_open(true);
	AuthzStatementRows rows;
	AuthzAssignmentRow row;
	AuthzIdList replacing = {0};
	AuthzIdList written = {0};	/* of exclusive roles */
	AuthzIdList broken = {0};
	AuthzRuleQueryContext saved;
	Datum		args[2];

	authz_rule_trigger_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		const char *rule;

		if (!is_new_assignment(call, &rows, columns) && !authz_rule_trigger_changed(&rows, columns->expires_at))
			continue;
		read_assignment(rows.new_row, columns, &row);
		rule = authz_assignment_rules_check(rules, &row);
		if (rule != NULL && strcmp(rule, "exclusive_roles") != 0)
		{
			if (broken.count == 0)
				authz_id_list_add(&broken, row.id);
			continue;
		}
		if (!authz_assignment_rules_is_exclusive(rules, row.role_id, row.source, row.source_len))
			continue;
		authz_id_list_add(&written, row.id);
		if (authz_assignment_rules_does_replace(rules, &row))
			authz_id_list_add(&replacing, row.id);
	}
	authz_assignment_rules_close(rules);

	if (broken.count == 0 && replacing.count == 0)
		return;
	authz_rule_query_begin(call->relation->rd_rel->relowner, &saved);
	if (broken.count > 0)
	{
		args[0] = authz_rule_query_make_ids_array(&broken);
		authz_rule_trigger_raise_first(call, &violations, args, 0);
	}
	if (replacing.count > 0)
	{
		args[0] = authz_rule_query_make_ids_array(&replacing);
		args[1] = authz_rule_query_make_ids_array(&written);
		authz_rule_query_write(&replace, args, replacing.count);
		authz_rule_trigger_raise_first(call, &violations, args, replacing.count);
	}
	authz_rule_query_end(&saved);
}

/*
 * Roles with min_holders keep so many holders on each resource where a subject
 * has lost the role, got an expiry, or has it otherwise than before.  The rows
 * of the resources are locked before the holders are counted: this keeps two
 * owners from leaving at once (write skew).
 */
static void
check_lost_holders(AuthzRuleTriggerCall *call, const AssignmentColumns *columns)
{
	static AuthzRuleQuery lost_holders = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.lost_holders($1, $2, $3, $4, $5)",
		.nargs = 5,
		.argtypes = {INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, BOOLARRAYOID, INT8ARRAYOID}
	};
	AuthzAssignmentRules *rules = authz_assignment_rules_open(false);
	AuthzStatementRows rows;
	AuthzAssignmentRow row;
	AuthzIdList roles = {0};
	AuthzIdList resources = {0};
	AuthzIdList subjects = {0};
	ArrayBuildState *for_good = NULL;
	AuthzRuleQueryContext saved;
	Datum		args[5];

	authz_rule_trigger_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (call->updated && !is_new_assignment(call, &rows, columns) && !authz_rule_trigger_changed(&rows, columns->expires_at))
			continue;
		read_assignment(rows.old_row, columns, &row);

		/* An assignment that had expired is no loss. */
		if (row.expires_at <= GetCurrentTimestamp() ||
			authz_assignment_rules_min_holders(rules, row.role_id) == 0)
			continue;
		authz_id_list_add(&roles, row.role_id);
		authz_id_list_add(&resources, row.resource_id);
		authz_id_list_add(&subjects, row.subject_id);
		for_good = accumArrayResult(for_good, BoolGetDatum(row.expires_at == DT_NOEND), false, BOOLOID,
									CurrentMemoryContext);
	}
	authz_assignment_rules_close(rules);
	if (roles.count == 0)
		return;

	authz_rule_query_begin(call->relation->rd_rel->relowner, &saved);
	authz_lock_resources(&resources, AUTHZ_ROW_EXCLUSIVE);
	args[0] = authz_rule_query_make_ids_array(&roles);
	args[1] = authz_rule_query_make_ids_array(&resources);
	args[2] = authz_rule_query_make_ids_array(&subjects);
	args[3] = makeArrayResult(for_good, CurrentMemoryContext);
	args[4] = authz_cascade_pending_resources();
	authz_rule_trigger_raise_first(call, &lost_holders, args, roles.count);
	authz_rule_query_end(&saved);
}
