/*
 * holder_triggers.c
 *	  When the rules of resources, subjects, memberships and assignments are asked.
 *	  See rule_triggers.c for the whole; the rules are in src/sql/holder_rules.sql and, row
 *	  by row, in assignment_rules.c.
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
#include "rules/rule_triggers.h"
#include "session/caller.h"
#include "tables/rows.h"
#include "types/grammar.h"

/* Columns of assignments, by number. */
typedef struct AssignmentColumns
{
	int			id;
	int			subject_id;
	int			role_id;
	int			resource_id;
	int			source;
	int			expires_at;
} AssignmentColumns;

/* Types and parents of the resources of a statement, each about once. */
typedef struct Place
{
	int64		parent_id;		/* 0 for none */
	int			type_len;		/* 0: nothing is remembered here */
	char		type[AUTHZ_TYPE_MAX];
} Place;

typedef struct Places
{
	uint64		rows;
	Place		first;
	Place	   *remembered;		/* direct-mapped by parent; from the second row on */
	AuthzIds	parents;
	ArrayBuildState *types;
	int			type_len;		/* the one that was added last */
	char		type[AUTHZ_TYPE_MAX];
} Places;

/* A power of 2. */
#define PLACES 1024

static bool is_new_place(Places *places, TupleTableSlot *row, int resource_type, int parent_id);
static void require_places(AuthzGuardCall *call, Places *places);
static void raise_missing(AuthzGuardCall *call, const char *constraint, const char *key, const char *table);
static void check_moved(AuthzGuardCall *call, AuthzIds *moved);
static bool is_new_grant(AuthzGuardCall *call, AuthzStatementRows *rows, const AssignmentColumns *columns);
static void check_grants(AuthzGuardCall *call, const AssignmentColumns *columns);
static void lock_exclusive(AuthzGuardCall *call, const AssignmentColumns *columns);
static uint64 exclusive_key(const AuthzAssignmentRow *row);
static void check_lost_holders(AuthzGuardCall *call, const AssignmentColumns *columns);

/* Resources --------------------------------------------------------------- */

void
authz_guard_resources(AuthzGuardCall *call)
{
	static AuthzQuery violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.resource_violations v WHERE v.id = ANY ($1) ORDER BY v.id",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery rename_member_sets = {
		.sql = "UPDATE authz.subjects s SET subject = authz_internal.member_set(r.resource) FROM authz.resources r "
		"WHERE r.id = ANY ($1) AND s.resource_id = r.id AND authz.subject_kind(s.subject) = 'member'",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	AuthzStatementRows	rows;
	Places		places = {0};
	int			id = authz_guard_column(call, "id");
	int			resource = authz_guard_column(call, "resource");
	int			resource_type = authz_guard_column(call, "resource_type");
	int			parent_id = authz_guard_column(call, "parent_id");
	AuthzIds	ids = {0};
	AuthzIds	moved = {0};
	AuthzIds	renamed = {0};
	Datum		args[1];

	if (call->deleted)
		return;
	authz_lock_model(false);

	authz_guard_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		int64		row_id = authz_guard_id(rows.new_row, id);

		CHECK_FOR_INTERRUPTS();
		if (!call->inserted)
		{
			if (authz_guard_changed(&rows, resource))
				authz_ids_add(&renamed, row_id);
			if (!authz_guard_changed(&rows, parent_id))
				continue;
			authz_ids_add(&moved, row_id);
		}
		if (is_new_place(&places, rows.new_row, resource_type, parent_id))
			authz_ids_add(&ids, row_id);
	}

	require_places(call, &places);
	if (ids.count > 0)
	{
		args[0] = authz_ids_array(&ids);
		authz_guard_raise_first(call, &violations, args, ids.count);
	}
	if (moved.count > 0)
		check_moved(call, &moved);
	if (renamed.count > 0)
	{
		args[0] = authz_ids_array(&renamed);
		authz_query_write(&rename_member_sets, args, renamed.count);
	}
}

/*
 * Not the type and parent of a row before: of many resources of one type with one
 * parent, one stands for all.  Some are taken for new again.
 */
static bool
is_new_place(Places *places, TupleTableSlot *row, int resource_type, int parent_id)
{
	bool		isnull;
	text	   *type = DatumGetTextPP(slot_getattr(row, resource_type, &isnull));
	int			len = VARSIZE_ANY_EXHDR(type);
	int64		parent = slot_attisnull(row, parent_id) ? 0 : authz_guard_id(row, parent_id);
	Place	   *place;

	if (places->rows++ == 1)
		places->remembered = palloc0(sizeof(Place) * PLACES);
	place = places->remembered == NULL ? &places->first : &places->remembered[parent & (PLACES - 1)];
	if (place->type_len == len && place->parent_id == parent && memcmp(place->type, VARDATA_ANY(type), len) == 0)
		return false;

	Assert(len <= AUTHZ_TYPE_MAX);
	memcpy(place->type, VARDATA_ANY(type), len);
	place->type_len = len;
	place->parent_id = parent;
	if (parent != 0)
		authz_ids_add(&places->parents, parent);
	if (places->type_len != len || memcmp(places->type, place->type, len) != 0)
	{
		memcpy(places->type, place->type, len);
		places->type_len = len;
		places->types = authz_guard_add_text(places->types, row, resource_type);
	}
	return true;
}

/*
 * What the foreign keys of resources say of new rows, once for each parent and
 * type and not for each row: their own triggers for that are disabled
 * (src/sql/guard.sql).
 */
static void
require_places(AuthzGuardCall *call, Places *places)
{
	static AuthzQuery lock_types = {
		.sql = "SELECT FROM authz.resource_types t WHERE t.name = ANY ($1) FOR KEY SHARE",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	static AuthzQuery missing_type = {
		.sql = "SELECT u.name FROM unnest($1) AS u (name) "
		"WHERE NOT EXISTS (SELECT FROM authz.resource_types t WHERE t.name = u.name) LIMIT 1",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	static AuthzQuery lock_parents = {
		.sql = "SELECT FROM authz.resources r WHERE r.id = ANY ($1) ORDER BY r.id FOR KEY SHARE",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery missing_parent = {
		.sql = "SELECT u.id FROM unnest($1) AS u (id) "
		"WHERE NOT EXISTS (SELECT FROM authz.resources r WHERE r.id = u.id) LIMIT 1",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	Datum		args[1];

	if (places->types != NULL)
	{
		args[0] = authz_guard_text_array(places->types);
		authz_query_lock(&lock_types, args, 0);
		if (authz_query_read(&missing_type, args, 0, 1) > 0)
			raise_missing(call, "resources_resource_type_fkey", "resource_type", "resource_types");
	}
	if (places->parents.count > 0)
	{
		args[0] = authz_ids_array(&places->parents);
		authz_query_lock(&lock_parents, args, places->parents.count);
		if (authz_query_read(&missing_parent, args, places->parents.count, 1) > 0)
			raise_missing(call, "resources_parent_id_fkey", "parent_id", "resources");
	}
}

/* In the words of a foreign key; the key is in the last read. */
static void
raise_missing(AuthzGuardCall *call, const char *constraint, const char *key, const char *table)
{
	ereport(ERROR,
			errcode(ERRCODE_FOREIGN_KEY_VIOLATION),
			errmsg("insert or update on table \"%s\" violates foreign key constraint \"%s\"",
				   RelationGetRelationName(call->relation), constraint),
			errdetail("Key (%s)=(%s) is not present in table \"%s\".", key, authz_query_text(0, 1), table),
			errtableconstraint(call->relation, constraint));
}

/*
 * What stands beneath moved resources must be right at the new place: custom
 * roles of the old tenant, teams, members.
 */
static void
check_moved(AuthzGuardCall *call, AuthzIds *moved)
{
	static AuthzQuery holdings = {
		.sql = "SELECT a.id FROM authz.assignments a WHERE a.resource_id = ANY ($1) ORDER BY a.id",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery words = {
		.sql = "SELECT $1, w[1], w[2], w[3] FROM authz_internal.assignment_violation_message($1, $2) AS w",
		.nargs = 2, .argtypes = {TEXTOID, INT8OID}
	};
	static AuthzQuery owned_roles = {
		.sql = "SELECT r.id FROM authz.roles r WHERE r.owner_id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	AuthzIds	ids = {0};
	AuthzIds	held = {0};
	AuthzIds	roles = {0};
	AuthzIds	lowered = {0};
	AuthzRules *rules;
	Datum		args[1];

	authz_cascade_lock_beneath(moved, false, &ids);
	args[0] = authz_ids_array(&ids);
	authz_query_read(&holdings, args, ids.count, 0);
	authz_ids_read(&held, 1);

	/* Who leaves the new place meanwhile would be left with what has come there. */
	rules = authz_rules_open(true);
	for (size_t i = 0; i < held.count; i++)
	{
		const char *rule = authz_rule_of_assignment_id(rules, held.values[i]);

		if (rule != NULL)
		{
			Datum		broken[2] = {CStringGetTextDatum(rule), Int64GetDatum(held.values[i])};

			authz_guard_raise_first(call, &words, broken, 0);
		}
	}
	authz_rules_close(rules);

	authz_query_read(&owned_roles, args, ids.count, 0);
	authz_ids_read(&roles, 1);
	authz_guard_check_role_ids(call, &roles, &lowered);
}

/* Subjects ---------------------------------------------------------------- */

void
authz_guard_subjects(AuthzGuardCall *call)
{
	static AuthzQuery lock_moved = {
		.sql = "SELECT s.id FROM authz.subjects s WHERE s.id = ANY ($1) ORDER BY s.id FOR UPDATE",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery lock_ancestors = {
		.sql = "WITH RECURSIVE up (id) AS ("
		" SELECT s.parent_id FROM authz.subjects s WHERE s.id = ANY ($1) AND s.parent_id IS NOT NULL"
		" UNION SELECT s.parent_id FROM up JOIN authz.subjects s ON s.id = up.id WHERE s.parent_id IS NOT NULL) "
		"SELECT s.id FROM authz.subjects s WHERE s.id IN (SELECT id FROM up) ORDER BY s.id FOR KEY SHARE",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.subject_violations v WHERE v.id = ANY ($1) ORDER BY v.id, v.rule",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	AuthzStatementRows	rows;
	int			id = authz_guard_column(call, "id");
	int			subject = authz_guard_column(call, "subject");
	int			parent_id = authz_guard_column(call, "parent_id");
	AuthzIds	ids = {0};
	AuthzIds	moved = {0};
	Datum		args[1];

	if (call->deleted)
		return;
	authz_lock_model(false);

	authz_guard_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (call->inserted || authz_guard_changed(&rows, subject) || authz_guard_changed(&rows, parent_id))
			authz_ids_add(&ids, authz_guard_id(rows.new_row, id));
		if (call->updated && authz_guard_changed(&rows, parent_id))
			authz_ids_add(&moved, authz_guard_id(rows.new_row, id));
	}

	if (moved.count > 0)
	{
		uint64		known = 0;
		uint64		found;

		args[0] = authz_ids_array(&moved);
		authz_query_lock(&lock_moved, args, moved.count);
		while ((found = authz_query_lock(&lock_ancestors, args, moved.count)) > known)
			known = found;
	}
	if (ids.count > 0)
	{
		args[0] = authz_ids_array(&ids);
		authz_guard_raise_first(call, &violations, args, ids.count);
	}
}

/* Memberships ------------------------------------------------------------- */

void
authz_guard_memberships(AuthzGuardCall *call)
{
	static AuthzQuery words = {
		.sql = "SELECT $1, w[1], w[2], w[3] FROM authz_internal.membership_violation_message($1, $2, $3) AS w",
		.nargs = 3, .argtypes = {TEXTOID, INT8OID, INT8OID}
	};
	AuthzStatementRows	rows;
	int			group_id = authz_guard_column(call, "group_id");
	int			member_id = authz_guard_column(call, "member_id");
	AuthzRules *rules;
	const char *rule = NULL;
	Datum		broken[3];
	AuthzIds	left_groups = {0};
	AuthzIds	left_members = {0};
	AuthzQueryContext saved;

	authz_lock_model(false);
	CommandCounterIncrement();
	rules = authz_rules_open(true);
	authz_guard_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (rows.old_row != NULL)
		{
			authz_ids_add(&left_groups, authz_guard_id(rows.old_row, group_id));
			authz_ids_add(&left_members, authz_guard_id(rows.old_row, member_id));
		}
		if (rows.new_row != NULL && rule == NULL)
		{
			int64		group = authz_guard_id(rows.new_row, group_id);
			int64		member = authz_guard_id(rows.new_row, member_id);

			rule = authz_rule_of_membership(rules, group, member);
			broken[1] = Int64GetDatum(group);
			broken[2] = Int64GetDatum(member);
		}
	}
	authz_rules_close(rules);

	if (rule == NULL && left_groups.count == 0)
		return;
	authz_query_begin(call->relation->rd_rel->relowner, &saved);
	if (rule != NULL)
	{
		broken[0] = CStringGetTextDatum(rule);
		authz_guard_raise_first(call, &words, broken, 0);
	}
	authz_cascade_left(&left_groups, &left_members);
	authz_query_end(&saved);
}

/* Assignments ------------------------------------------------------------- */

static void
read_assignment(TupleTableSlot *slot, const AssignmentColumns *columns, AuthzAssignmentRow *row)
{
	bool		isnull;
	text	   *source = DatumGetTextPP(slot_getattr(slot, columns->source, &isnull));
	Datum		expires_at;

	row->id = authz_guard_id(slot, columns->id);
	row->subject_id = authz_guard_id(slot, columns->subject_id);
	row->role_id = authz_guard_id(slot, columns->role_id);
	row->resource_id = authz_guard_id(slot, columns->resource_id);
	row->source = VARDATA_ANY(source);
	row->source_len = VARSIZE_ANY_EXHDR(source);
	expires_at = slot_getattr(slot, columns->expires_at, &isnull);
	row->expires_at = isnull ? DT_NOEND : DatumGetTimestampTz(expires_at);
}

void
authz_guard_assignments(AuthzGuardCall *call)
{
	AssignmentColumns columns = {
		.id = authz_guard_column(call, "id"),
		.subject_id = authz_guard_column(call, "subject_id"),
		.role_id = authz_guard_column(call, "role_id"),
		.resource_id = authz_guard_column(call, "resource_id"),
		.source = authz_guard_column(call, "source"),
		.expires_at = authz_guard_column(call, "expires_at")
	};

	authz_lock_model(false);
	CommandCounterIncrement();
	if (!call->deleted)
	{
		lock_exclusive(call, &columns);
		check_grants(call, &columns);
	}
	if (!call->inserted)
		check_lost_holders(call, &columns);
}

/* Not just another expiry: who holds what, where, by which source. */
static bool
is_new_grant(AuthzGuardCall *call, AuthzStatementRows *rows, const AssignmentColumns *columns)
{
	return call->inserted ||
		authz_guard_changed(rows, columns->subject_id) || authz_guard_changed(rows, columns->role_id) ||
		authz_guard_changed(rows, columns->resource_id) || authz_guard_changed(rows, columns->source);
}

/*
 * Two grants to a subject at one place from one source wait for each other, where
 * its roles are exclusive there.
 */
static void
lock_exclusive(AuthzGuardCall *call, const AssignmentColumns *columns)
{
	AuthzRules *rules = authz_rules_open(false);
	AuthzStatementRows	rows;
	AuthzAssignmentRow row;
	AuthzIds	resources = {0};
	AuthzIds	keys = {0};
	AuthzQueryContext saved;

	authz_guard_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (!is_new_grant(call, &rows, columns) && !authz_guard_changed(&rows, columns->expires_at))
			continue;
		read_assignment(rows.new_row, columns, &row);
		if (!authz_rule_is_exclusive(rules, row.role_id, row.source, row.source_len))
			continue;
		authz_ids_add(&resources, row.resource_id);
		authz_ids_add(&keys, exclusive_key(&row));
	}
	authz_rules_close(rules);
	if (keys.count == 0)
		return;
	authz_query_begin(call->relation->rd_rel->relowner, &saved);
	authz_lock_grants(&resources, &keys);
	authz_query_end(&saved);
}

static uint64
exclusive_key(const AuthzAssignmentRow *row)
{
	uint64		key = hash_bytes_extended((const unsigned char *) row->source, row->source_len, row->subject_id);

	return hash_combine64(key, row->resource_id);
}

/*
 * authz_internal.lock_exclusive(subject_id, role_id, resource_id, source) returns boolean:
 * whether a grant of the role takes the place of another.  Then nobody else
 * grants the subject anything there before the end of the transaction, so that a
 * delegated administrator can be asked about the role that will go.
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
	AuthzRules *rules;
	bool		exclusive;

	authz_require_administrator("authz_internal.lock_exclusive");
	authz_lock_model(false);
	rules = authz_rules_open(false);
	exclusive = authz_rule_is_exclusive(rules, row.role_id, row.source, row.source_len);
	authz_rules_close(rules);
	if (exclusive)
	{
		AuthzIds	resources = {0};
		AuthzIds	keys = {0};
		AuthzQueryContext saved;

		authz_ids_add(&resources, row.resource_id);
		authz_ids_add(&keys, exclusive_key(&row));
		authz_query_begin(authz_catalog_owner(), &saved);
		authz_lock_grants(&resources, &keys);
		authz_query_end(&saved);
	}
	PG_RETURN_BOOL(exclusive);
}

/*
 * authz_internal.lock_reassigned(from_role_id, to_role_id) returns void: the same for
 * all that is granted of a role, before it becomes grants of another one.  The order
 * of the locks is that of a grant: keys before rows of assignments.
 */
PG_FUNCTION_INFO_V1(authz_lock_reassigned);
Datum
authz_lock_reassigned(PG_FUNCTION_ARGS)
{
	static AuthzQuery granted = {
		.sql = "SELECT a.subject_id, a.resource_id, a.source FROM authz.assignments a WHERE a.role_id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	Datum		args[1] = {PG_GETARG_DATUM(0)};
	AuthzAssignmentRow row = {.role_id = PG_GETARG_INT64(1)};
	AuthzIds	resources = {0};
	AuthzIds	keys = {0};
	AuthzQueryContext saved;
	AuthzRules *rules;
	uint64		count;

	authz_require_administrator("authz_internal.lock_reassigned");
	authz_lock_model(false);
	authz_query_begin(authz_catalog_owner(), &saved);
	count = authz_query_read(&granted, args, 0, 0);
	rules = authz_rules_open(false);
	for (uint64 i = 0; i < count; i++)
	{
		row.subject_id = pg_strtoint64(authz_query_text(i, 1));
		row.resource_id = pg_strtoint64(authz_query_text(i, 2));
		row.source = authz_query_text(i, 3);
		row.source_len = strlen(row.source);
		if (!authz_rule_is_exclusive(rules, row.role_id, row.source, row.source_len))
			continue;
		authz_ids_add(&resources, row.resource_id);
		authz_ids_add(&keys, exclusive_key(&row));
	}
	authz_rules_close(rules);
	authz_lock_grants(&resources, &keys);
	authz_query_end(&saved);
	PG_RETURN_VOID();
}

/*
 * Where roles are exclusive, a new one takes the place of the others that the
 * subject holds there from the same source, and that end no later.  So does one that
 * has come to end later.  Those of one statement stay beside each other, if they end at
 * different times.
 */
static void
check_grants(AuthzGuardCall *call, const AssignmentColumns *columns)
{
	static AuthzQuery replace = {
		.sql = "DELETE FROM authz.assignments o USING authz.assignments n, authz.roles nr, authz.roles r "
		"WHERE n.id = ANY ($1) AND nr.id = n.role_id "
		"AND o.subject_id = n.subject_id AND o.resource_id = n.resource_id AND o.source = n.source "
		"AND coalesce(o.expires_at, 'infinity') <= coalesce(n.expires_at, 'infinity') "
		"AND NOT o.id = ANY ($2) AND r.id = o.role_id AND r.resource_type = nr.resource_type",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	static AuthzQuery violations = {
		.sql = "SELECT v.rule, w[1], w[2], w[3] FROM authz_internal.assignment_rules($1) v "
		"CROSS JOIN LATERAL (VALUES (authz_internal.assignment_violation_message(v.rule, v.id))) AS x (w)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	AuthzRules *rules = authz_rules_open(true);
	AuthzStatementRows	rows;
	AuthzAssignmentRow row;
	AuthzIds	replacing = {0};
	AuthzIds	written = {0};	/* of exclusive roles */
	AuthzIds	broken = {0};
	AuthzQueryContext saved;
	Datum		args[2];

	authz_guard_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		const char *rule;

		if (!is_new_grant(call, &rows, columns) && !authz_guard_changed(&rows, columns->expires_at))
			continue;
		read_assignment(rows.new_row, columns, &row);
		rule = authz_rule_of_assignment(rules, &row);
		if (rule != NULL && strcmp(rule, "exclusive_roles") != 0)
		{
			if (broken.count == 0)
				authz_ids_add(&broken, row.id);
			continue;
		}
		if (!authz_rule_is_exclusive(rules, row.role_id, row.source, row.source_len))
			continue;
		authz_ids_add(&written, row.id);
		if (authz_rule_replaces(rules, &row))
			authz_ids_add(&replacing, row.id);
	}
	authz_rules_close(rules);

	if (broken.count == 0 && replacing.count == 0)
		return;
	authz_query_begin(call->relation->rd_rel->relowner, &saved);
	if (broken.count > 0)
	{
		args[0] = authz_ids_array(&broken);
		authz_guard_raise_first(call, &violations, args, 0);
	}
	if (replacing.count > 0)
	{
		args[0] = authz_ids_array(&replacing);
		args[1] = authz_ids_array(&written);
		authz_query_write(&replace, args, replacing.count);
		authz_guard_raise_first(call, &violations, args, replacing.count);
	}
	authz_query_end(&saved);
}

/*
 * Roles with min_holders keep so many wherever anybody has lost one, has come to
 * hold it with an expiry, or holds it otherwise than before.
 */
static void
check_lost_holders(AuthzGuardCall *call, const AssignmentColumns *columns)
{
	static AuthzQuery lost_holders = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.lost_holders($1, $2, $3, $4, $5)",
		.nargs = 5, .argtypes = {INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, BOOLARRAYOID, INT8ARRAYOID}
	};
	AuthzRules *rules = authz_rules_open(false);
	AuthzStatementRows	rows;
	AuthzAssignmentRow row;
	AuthzIds	roles = {0};
	AuthzIds	resources = {0};
	AuthzIds	subjects = {0};
	ArrayBuildState *for_good = NULL;
	AuthzQueryContext saved;
	Datum		args[5];

	authz_guard_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (call->updated && !is_new_grant(call, &rows, columns) && !authz_guard_changed(&rows, columns->expires_at))
			continue;
		read_assignment(rows.old_row, columns, &row);

		/* Who had lost it already loses nothing. */
		if (row.expires_at <= GetCurrentTimestamp() ||
			authz_rule_min_holders(rules, row.role_id) == 0)
			continue;
		authz_ids_add(&roles, row.role_id);
		authz_ids_add(&resources, row.resource_id);
		authz_ids_add(&subjects, row.subject_id);
		for_good = accumArrayResult(for_good, BoolGetDatum(row.expires_at == DT_NOEND), false, BOOLOID,
									CurrentMemoryContext);
	}
	authz_rules_close(rules);
	if (roles.count == 0)
		return;

	authz_query_begin(call->relation->rd_rel->relowner, &saved);
	authz_lock_resources(&resources, AUTHZ_ROW_EXCLUSIVE);
	args[0] = authz_ids_array(&roles);
	args[1] = authz_ids_array(&resources);
	args[2] = authz_ids_array(&subjects);
	args[3] = makeArrayResult(for_good, CurrentMemoryContext);
	args[4] = authz_cascade_going_resources();
	authz_guard_raise_first(call, &lost_holders, args, roles.count);
	authz_query_end(&saved);
}
