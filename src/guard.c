/*
 * guard.c
 *	  Triggers that hold the rules of the model, whoever writes the tables.
 *
 * What a rule says stands in src/sql/guard.sql, as queries for the rows that
 * break it.  Here stands when each is asked: a statement trigger finds, in its
 * transition tables, which rows may have come to break a rule, takes the locks
 * that keep others from breaking it meanwhile, asks, and raises the first
 * violation.
 *
 * All rules are checked after the statement, so that one statement (also one of
 * several data-modifying CTEs) may take the model through states that break
 * them.  What a removal takes along stands in cascade.c.
 *
 * The locks.  A reader of the rules below wants to know why two transactions
 * that do not see each other's rows cannot break a rule together:
 *
 * - Whoever writes takes the model lock shared; who changes types, permissions
 *   or requirements takes it exclusively and then sees everybody's rows.
 * - A role's rules depend on the roles that it builds on: the edited role is
 *   locked FOR NO KEY UPDATE, those that it builds on FOR SHARE.  So an edit
 *   waits for others of the same role, of roles beneath and above it.  Grants
 *   take KEY SHARE (their foreign key) and do not wait.
 * - A moved resource is locked FOR UPDATE with everything beneath it: grants,
 *   roles, teams and new resources anywhere beneath hold KEY SHARE on theirs.
 * - A moved team is locked FOR UPDATE, its new ancestors KEY SHARE.
 * - Whoever relies on a membership locks it KEY SHARE; its removal waits.
 * - Holders of a role with min_holders, the roles of a subject where they are
 *   exclusive, names and numbers of custom roles: locks on keys (lock.c).
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

#include "cascade.h"
#include "lock.h"
#include "query.h"
#include "restore.h"
#include "rule.h"

/* What a trigger call is about. */
typedef struct GuardCall
{
	TriggerData *trigger;
	Relation	relation;
	bool		inserted;
	bool		updated;
	bool		deleted;
} GuardCall;

/*
 * The rows of a statement: old, new, or for an UPDATE both, in pairs (a
 * statement puts both versions of a row into the transition tables at once).
 */
typedef struct RowReader
{
	Tuplestorestate *old_store;
	Tuplestorestate *new_store;
	int			old_pointer;
	int			new_pointer;
	TupleTableSlot *old_row;	/* NULL where there is none */
	TupleTableSlot *new_row;
} RowReader;

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

typedef struct GuardTable
{
	const char *name;
	void		(*check) (GuardCall *call);
	bool		by_hand;		/* calls authz_query_begin itself, if at all */
} GuardTable;

static void check_resource_types(GuardCall *call);
static void check_permissions(GuardCall *call);
static void check_requirements(GuardCall *call);
static void check_management(GuardCall *call);
static void check_resources(GuardCall *call);
static void check_subjects(GuardCall *call);
static void check_memberships(GuardCall *call);
static void check_roles(GuardCall *call);
static void check_role_base_roles(GuardCall *call);
static void check_role_permissions(GuardCall *call);
static void check_assignments(GuardCall *call);

static void check_role_ids(GuardCall *call, AuthzIds *ids, AuthzIds *lowered);
static void lock_roles(AuthzIds *ids);
static void check_moved(GuardCall *call, AuthzIds *moved);
static bool is_new_grant(GuardCall *call, RowReader *rows, const AssignmentColumns *columns);
static void check_grants(GuardCall *call, const AssignmentColumns *columns);
static void lock_exclusive(GuardCall *call, const AssignmentColumns *columns);
static void check_lost_holders(GuardCall *call, const AssignmentColumns *columns);

static void raise_first(GuardCall *call, AuthzQuery *query, Datum *args, size_t keys);
static void raise_violation(GuardCall *call);

static void open_rows(GuardCall *call, RowReader *rows);
static bool next_row(RowReader *rows);
static int	column(GuardCall *call, const char *name);
static int64 get_id(TupleTableSlot *row, int attnum);
static bool changed(RowReader *rows, int attnum);
static uint64 hash_column(TupleTableSlot *row, int attnum, uint64 seed);
static ArrayBuildState *add_text(ArrayBuildState *texts, TupleTableSlot *row, int attnum);
static Datum text_array(ArrayBuildState *texts);

static const GuardTable guard_tables[] = {
	{"resource_types", check_resource_types, false},
	{"permissions", check_permissions, false},
	{"permission_requirements", check_requirements, false},
	{"management_permissions", check_management, false},
	{"management_roles", check_management, false},
	{"resources", check_resources, false},
	{"subjects", check_subjects, false},
	{"memberships", check_memberships, true},
	{"roles", check_roles, false},
	{"role_base_roles", check_role_base_roles, false},
	{"role_permissions", check_role_permissions, false},
	{"assignments", check_assignments, true},
};

/* The statement trigger of all tables. */
PG_FUNCTION_INFO_V1(authz_guard);
Datum
authz_guard(PG_FUNCTION_ARGS)
{
	GuardCall	call;
	AuthzIdentity saved;
	const char *name;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("function \"%s\" was not called by trigger manager", "authz.guard"));

	call.trigger = (TriggerData *) fcinfo->context;
	call.relation = call.trigger->tg_relation;
	call.inserted = TRIGGER_FIRED_BY_INSERT(call.trigger->tg_event);
	call.updated = TRIGGER_FIRED_BY_UPDATE(call.trigger->tg_event);
	call.deleted = TRIGGER_FIRED_BY_DELETE(call.trigger->tg_event);

	name = RelationGetRelationName(call.relation);
	for (size_t i = 0; i < lengthof(guard_tables); i++)
	{
		if (strcmp(guard_tables[i].name, name) != 0)
			continue;
		authz_restore_complete(call.relation);
		if (!guard_tables[i].by_hand)
			authz_query_begin(call.relation->rd_rel->relowner, &saved);
		guard_tables[i].check(&call);
		if (!guard_tables[i].by_hand)
			authz_query_end(&saved);
		return PointerGetDatum(NULL);
	}
	elog(ERROR, "table \"%s\" has no rules", name);
}

/*
 * The row trigger of columns that never change: its WHEN says which, its
 * arguments the rule, the message and the hint.
 */
PG_FUNCTION_INFO_V1(authz_refuse_update);
Datum
authz_refuse_update(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || trigger->tg_trigger->tgnargs != 3)
		ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("function \"%s\" was not called by trigger manager", "authz.refuse_update"));

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
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("function \"%s\" was not called by a trigger for TRUNCATE", "authz.refuse_truncate"));

	ereport(ERROR,
			errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			errmsg("cannot truncate table \"%s\"", RelationGetRelationName(trigger->tg_relation)),
			errhint("Use DELETE, so that the rules hold and the audit log tells."),
			errtable(trigger->tg_relation));
}

/* Resource types ---------------------------------------------------------- */

static void
check_resource_types(GuardCall *call)
{
	static AuthzQuery type_violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz.resource_type_violations ORDER BY name, rule DESC"
	};
	static AuthzQuery role_violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz.role_violations v ORDER BY v.id, v.step"
	};
	static AuthzQuery management_violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz.management_violations ORDER BY resource_type"
	};
	static AuthzQuery resource_violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz.resource_violations v "
		"JOIN authz.resources r ON r.id = v.id WHERE r.resource_type = ANY ($1)",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	static AuthzQuery subject_violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz.subject_violations v "
		"JOIN authz.subjects s ON s.id = v.id JOIN authz.resources r ON r.id = s.resource_id "
		"WHERE r.resource_type = ANY ($1)",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	static AuthzQuery assignment_violations = {
		.sql = "WITH RECURSIVE down (name) AS ("
		" SELECT unnest($1) COLLATE \"C\""
		" UNION SELECT t.name FROM down JOIN authz.resource_types t ON t.parent = down.name) "
		"SELECT rule, message, detail, hint FROM authz.assignment_violations v "
		"JOIN authz.assignments a ON a.id = v.id "
		"WHERE a.role_id IN (SELECT r.id FROM authz.roles r WHERE r.resource_type IN (SELECT name FROM down)) "
		"OR a.resource_id IN (SELECT r.id FROM authz.resources r WHERE r.resource_type IN (SELECT name FROM down))",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	RowReader	rows;
	int			name = column(call, "name");
	int			parent = column(call, "parent");
	int			has_members = column(call, "has_members");
	int			roles_for = column(call, "roles_for");
	int			exclusive_roles = column(call, "exclusive_roles");
	int			max_custom_roles = column(call, "max_custom_roles");
	int			descendant_permissions = column(call, "descendant_permissions");
	ArrayBuildState *moved = NULL;
	ArrayBuildState *member_types = NULL;
	ArrayBuildState *holder_types = NULL;
	bool		roles = false;
	Datum		args[1];

	if (call->deleted)
		return;
	authz_lock_model(call->updated);

	open_rows(call, &rows);
	while (next_row(&rows))
	{
		if (call->inserted)
			continue;
		if (changed(&rows, parent))
			moved = add_text(moved, rows.new_row, name);
		if (changed(&rows, has_members))
			member_types = add_text(member_types, rows.new_row, name);
		if (changed(&rows, parent) || changed(&rows, has_members) ||
			changed(&rows, roles_for) || changed(&rows, exclusive_roles))
			holder_types = add_text(holder_types, rows.new_row, name);
		if (changed(&rows, parent) || changed(&rows, max_custom_roles) || changed(&rows, descendant_permissions))
			roles = true;
	}

	raise_first(call, &type_violations, NULL, 0);
	if (roles)
		raise_first(call, &role_violations, NULL, 0);
	if (moved != NULL)
	{
		raise_first(call, &management_violations, NULL, 0);
		args[0] = text_array(moved);
		raise_first(call, &resource_violations, args, 0);
	}
	if (member_types != NULL)
	{
		args[0] = text_array(member_types);
		raise_first(call, &subject_violations, args, 0);
	}
	if (holder_types != NULL)
	{
		args[0] = text_array(holder_types);
		raise_first(call, &assignment_violations, args, 0);
	}
}

/* Permissions ------------------------------------------------------------- */

static void
check_permissions(GuardCall *call)
{
	static AuthzQuery roles_concerned = {
		.sql = "SELECT rp.role_id FROM authz.role_permissions rp WHERE rp.permission::text = ANY ($1) "
		"UNION SELECT rp.role_id FROM authz.permission_requirements q "
		"JOIN authz.role_permissions rp ON rp.permission = q.permission WHERE q.requires::text = ANY ($1)",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	static AuthzQuery management_violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz.management_violations ORDER BY resource_type"
	};
	RowReader	rows;
	int			name = column(call, "name");
	int			resource_type = column(call, "resource_type");
	int			is_default = column(call, "is_default");
	int			assignable = column(call, "assignable");
	ArrayBuildState *names = NULL;
	AuthzIds	ids = {0};
	AuthzIds	lowered = {0};
	Datum		args[1];

	if (!call->updated)
		return;
	authz_lock_model(true);

	open_rows(call, &rows);
	while (next_row(&rows))
		if (changed(&rows, resource_type) || changed(&rows, is_default) || changed(&rows, assignable))
			names = add_text(names, rows.new_row, name);
	if (names == NULL)
		return;

	raise_first(call, &management_violations, NULL, 0);
	args[0] = text_array(names);
	authz_query_read(&roles_concerned, args, 0, 0);
	authz_ids_read(&ids, 1);
	check_role_ids(call, &ids, &lowered);
}

static void
check_requirements(GuardCall *call)
{
	static AuthzQuery roles_concerned = {
		.sql = "SELECT DISTINCT rp.role_id FROM authz.role_permissions rp WHERE rp.permission::text = ANY ($1)",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	RowReader	rows;
	int			permission = column(call, "permission");
	ArrayBuildState *names = NULL;
	AuthzIds	ids = {0};
	AuthzIds	lowered = {0};
	Datum		args[1];

	if (call->deleted)
		return;
	authz_lock_model(true);

	open_rows(call, &rows);
	while (next_row(&rows))
		names = add_text(names, rows.new_row, permission);
	if (names == NULL)
		return;
	args[0] = text_array(names);
	authz_query_read(&roles_concerned, args, 0, 0);
	authz_ids_read(&ids, 1);
	check_role_ids(call, &ids, &lowered);
}

static void
check_management(GuardCall *call)
{
	static AuthzQuery management_violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz.management_violations ORDER BY resource_type"
	};

	if (call->deleted)
		return;
	authz_lock_model(false);
	raise_first(call, &management_violations, NULL, 0);
}

/* Roles ------------------------------------------------------------------- */

static void
check_roles(GuardCall *call)
{
	static AuthzQuery redundant_links = {
		.sql = "SELECT rule, message, detail, hint FROM authz.redundant_links($1, $2)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	RowReader	rows;
	int			id = column(call, "id");
	int			name = column(call, "name");
	int			resource_type = column(call, "resource_type");
	int			owner_id = column(call, "owner_id");
	int			inherits_id = column(call, "inherits_id");
	int			all_permissions = column(call, "all_permissions");
	int			extensible = column(call, "extensible");
	AuthzIds	ids = {0};
	AuthzIds	lowered = {0};
	AuthzIds	links = {0};
	AuthzIds	lower = {0};
	AuthzIds	names = {0};
	AuthzIds	counts = {0};

	if (call->deleted)
		return;
	authz_lock_model(false);

	open_rows(call, &rows);
	while (next_row(&rows))
	{
		int64		role = get_id(rows.new_row, id);

		if (call->inserted || changed(&rows, name))
		{
			authz_ids_add(&ids, role);
			authz_ids_add(&names, hash_column(rows.new_row, name, hash_column(rows.new_row, resource_type, 0)));
		}
		if (call->inserted)
		{
			if (!slot_attisnull(rows.new_row, owner_id))
				authz_ids_add(&counts, hash_column(rows.new_row, resource_type, get_id(rows.new_row, owner_id)));
			continue;
		}
		if (changed(&rows, inherits_id) || changed(&rows, all_permissions) || changed(&rows, extensible))
			authz_ids_add(&lowered, role);
		if (changed(&rows, inherits_id) && !slot_attisnull(rows.new_row, inherits_id))
		{
			authz_ids_add(&links, role);
			authz_ids_add(&lower, get_id(rows.new_row, inherits_id));
		}
	}
	authz_lock_keys(AUTHZ_LOCK_ROLE_NAME, (uint64 *) names.values, names.count);
	authz_lock_keys(AUTHZ_LOCK_ROLE_COUNT, (uint64 *) counts.values, counts.count);
	check_role_ids(call, &ids, &lowered);

	if (links.count > 0)
	{
		Datum		args[2] = {authz_ids_array(&links), authz_ids_array(&lower)};

		raise_first(call, &redundant_links, args, links.count);
	}
}

static void
check_role_base_roles(GuardCall *call)
{
	static AuthzQuery redundant_links = {
		.sql = "SELECT rule, message, detail, hint FROM authz.redundant_links($1, $2)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	RowReader	rows;
	int			role_id = column(call, "role_id");
	int			base_role_id = column(call, "base_role_id");
	AuthzIds	ids = {0};
	AuthzIds	lowered = {0};
	AuthzIds	lower = {0};

	authz_lock_model(false);
	open_rows(call, &rows);
	while (next_row(&rows))
	{
		if (rows.old_row != NULL)
			authz_ids_add(&lowered, get_id(rows.old_row, role_id));
		if (rows.new_row != NULL)
		{
			authz_ids_add(&ids, get_id(rows.new_row, role_id));
			authz_ids_add(&lower, get_id(rows.new_row, base_role_id));
		}
	}
	check_role_ids(call, &ids, &lowered);

	if (ids.count > 0)
	{
		Datum		args[2] = {authz_ids_array(&ids), authz_ids_array(&lower)};

		raise_first(call, &redundant_links, args, ids.count);
	}
}

static void
check_role_permissions(GuardCall *call)
{
	static AuthzQuery redundant_permissions = {
		.sql = "SELECT rule, message, detail, hint FROM authz.redundant_permissions($1, $2)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, TEXTARRAYOID}
	};
	RowReader	rows;
	int			role_id = column(call, "role_id");
	int			permission = column(call, "permission");
	AuthzIds	ids = {0};
	AuthzIds	lowered = {0};
	ArrayBuildState *added = NULL;

	authz_lock_model(false);
	open_rows(call, &rows);
	while (next_row(&rows))
	{
		if (rows.old_row != NULL)
			authz_ids_add(&lowered, get_id(rows.old_row, role_id));
		if (rows.new_row != NULL)
		{
			authz_ids_add(&ids, get_id(rows.new_row, role_id));
			added = add_text(added, rows.new_row, permission);
		}
	}
	check_role_ids(call, &ids, &lowered);

	/* An update is the renaming of a permission (ON UPDATE CASCADE). */
	if (call->inserted && ids.count > 0)
	{
		Datum		args[2] = {authz_ids_array(&ids), text_array(added)};

		raise_first(call, &redundant_permissions, args, ids.count);
	}
}

/*
 * The rules of the given roles, and of all roles that build on the lowered ones
 * (which may give less than before).  Roles that are going have no rules.
 */
static void
check_role_ids(GuardCall *call, AuthzIds *ids, AuthzIds *lowered)
{
	static AuthzQuery roles_upon = {
		.sql = "SELECT unnest(authz.roles_upon($1))",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz.role_violations v "
		"WHERE v.id = ANY ($1) AND NOT v.id = ANY ($2) ORDER BY array_position($1, v.id), v.step",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	Datum		args[2];

	if (ids->count == 0 && lowered->count == 0)
		return;

	for (size_t i = 0; i < lowered->count; i++)
		authz_ids_add(ids, lowered->values[i]);
	lock_roles(ids);

	if (lowered->count > 0)
	{
		args[0] = authz_ids_array(lowered);
		authz_query_read(&roles_upon, args, lowered->count, 0);
		authz_ids_read(ids, 1);
	}

	args[0] = authz_ids_array(ids);
	args[1] = authz_cascade_going_roles();
	raise_first(call, &violations, args, ids->count);
}

/*
 * The given roles against other edits, and those that they build on against
 * being lowered, until no more are found: what a locked role builds on stays.
 */
static void
lock_roles(AuthzIds *ids)
{
	static AuthzQuery lock_edited = {
		.sql = "SELECT r.id FROM authz.roles r WHERE r.id = ANY ($1) ORDER BY r.id FOR NO KEY UPDATE",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery roles_beneath = {
		.sql = "SELECT DISTINCT c.id FROM unnest($1) AS u (id) CROSS JOIN authz.role_closure(u.id) AS c (id) "
		"WHERE NOT c.id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery lock_beneath = {
		.sql = "SELECT r.id FROM authz.roles r WHERE r.id = ANY ($1) ORDER BY r.id FOR SHARE",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	Datum		args[1] = {authz_ids_array(ids)};
	size_t		known = 0;

	authz_query_lock(&lock_edited, args, ids->count);
	for (;;)
	{
		AuthzIds	beneath = {0};
		Datum		beneath_args[1];

		authz_query_read(&roles_beneath, args, ids->count, 0);
		authz_ids_read(&beneath, 1);
		if (beneath.count <= known)
			break;
		known = beneath.count;
		beneath_args[0] = authz_ids_array(&beneath);
		authz_query_lock(&lock_beneath, beneath_args, beneath.count);
	}
}

/* Resources --------------------------------------------------------------- */

static void
check_resources(GuardCall *call)
{
	static AuthzQuery violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz.resource_violations v WHERE v.id = ANY ($1) ORDER BY v.id",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery rename_member_sets = {
		.sql = "UPDATE authz.subjects s SET subject = authz.member_set(r.resource) FROM authz.resources r "
		"WHERE r.id = ANY ($1) AND s.resource_id = r.id AND authz.subject_kind(s.subject) = 'member'",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	RowReader	rows;
	int			id = column(call, "id");
	int			resource = column(call, "resource");
	int			parent_id = column(call, "parent_id");
	AuthzIds	ids = {0};
	AuthzIds	moved = {0};
	AuthzIds	renamed = {0};
	Datum		args[1];

	if (call->deleted)
		return;
	authz_lock_model(false);

	open_rows(call, &rows);
	while (next_row(&rows))
	{
		if (call->inserted)
		{
			if (!slot_attisnull(rows.new_row, parent_id))
				authz_ids_add(&ids, get_id(rows.new_row, id));
			continue;
		}
		if (changed(&rows, parent_id))
		{
			authz_ids_add(&ids, get_id(rows.new_row, id));
			authz_ids_add(&moved, get_id(rows.new_row, id));
		}
		if (changed(&rows, resource))
			authz_ids_add(&renamed, get_id(rows.new_row, id));
	}

	if (ids.count > 0)
	{
		args[0] = authz_ids_array(&ids);
		raise_first(call, &violations, args, ids.count);
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
 * What stands beneath moved resources must be right at the new place: custom
 * roles of the old tenant, teams, members.
 */
static void
check_moved(GuardCall *call, AuthzIds *moved)
{
	static AuthzQuery assignment_violations = {
		.sql = "SELECT v.rule, w[1], w[2], w[3] "
		"FROM authz.assignment_rules(ARRAY(SELECT a.id FROM authz.assignments a WHERE a.resource_id = ANY ($1))) v "
		"CROSS JOIN LATERAL (VALUES (authz.assignment_words(v.rule, v.id))) AS x (w)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery owned_roles = {
		.sql = "SELECT r.id FROM authz.roles r WHERE r.owner_id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	AuthzIds	ids = {0};
	AuthzIds	roles = {0};
	AuthzIds	lowered = {0};
	Datum		args[1];

	authz_cascade_lock_beneath(moved, false, &ids);
	args[0] = authz_ids_array(&ids);
	raise_first(call, &assignment_violations, args, ids.count);
	authz_query_read(&owned_roles, args, ids.count, 0);
	authz_ids_read(&roles, 1);
	check_role_ids(call, &roles, &lowered);
}

/* Subjects ---------------------------------------------------------------- */

static void
check_subjects(GuardCall *call)
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
		.sql = "SELECT rule, message, detail, hint FROM authz.subject_violations v WHERE v.id = ANY ($1) ORDER BY v.id, v.rule",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	RowReader	rows;
	int			id = column(call, "id");
	int			subject = column(call, "subject");
	int			parent_id = column(call, "parent_id");
	AuthzIds	ids = {0};
	AuthzIds	moved = {0};
	Datum		args[1];

	if (call->deleted)
		return;
	authz_lock_model(false);

	open_rows(call, &rows);
	while (next_row(&rows))
	{
		if (call->inserted || changed(&rows, subject) || changed(&rows, parent_id))
			authz_ids_add(&ids, get_id(rows.new_row, id));
		if (call->updated && changed(&rows, parent_id))
			authz_ids_add(&moved, get_id(rows.new_row, id));
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
		raise_first(call, &violations, args, ids.count);
	}
}

/* Memberships ------------------------------------------------------------- */

static void
check_memberships(GuardCall *call)
{
	static AuthzQuery words = {
		.sql = "SELECT $1, w[1], w[2], w[3] FROM authz.membership_words($1, $2, $3) AS w",
		.nargs = 3, .argtypes = {TEXTOID, INT8OID, INT8OID}
	};
	RowReader	rows;
	int			group_id = column(call, "group_id");
	int			member_id = column(call, "member_id");
	AuthzRules *rules;
	const char *rule = NULL;
	Datum		broken[3];
	AuthzIds	left_groups = {0};
	AuthzIds	left_members = {0};
	AuthzIdentity saved;

	authz_lock_model(false);
	CommandCounterIncrement();
	rules = authz_rules_open(true);
	open_rows(call, &rows);
	while (next_row(&rows))
	{
		if (rows.old_row != NULL)
		{
			authz_ids_add(&left_groups, get_id(rows.old_row, group_id));
			authz_ids_add(&left_members, get_id(rows.old_row, member_id));
		}
		if (rows.new_row != NULL && rule == NULL)
		{
			int64		group = get_id(rows.new_row, group_id);
			int64		member = get_id(rows.new_row, member_id);

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
		raise_first(call, &words, broken, 0);
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

	row->id = get_id(slot, columns->id);
	row->subject_id = get_id(slot, columns->subject_id);
	row->role_id = get_id(slot, columns->role_id);
	row->resource_id = get_id(slot, columns->resource_id);
	row->source = VARDATA_ANY(source);
	row->source_len = VARSIZE_ANY_EXHDR(source);
	expires_at = slot_getattr(slot, columns->expires_at, &isnull);
	row->expires_at = isnull ? DT_NOEND : DatumGetTimestampTz(expires_at);
}

static void
check_assignments(GuardCall *call)
{
	AssignmentColumns columns = {
		.id = column(call, "id"),
		.subject_id = column(call, "subject_id"),
		.role_id = column(call, "role_id"),
		.resource_id = column(call, "resource_id"),
		.source = column(call, "source"),
		.expires_at = column(call, "expires_at")
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
is_new_grant(GuardCall *call, RowReader *rows, const AssignmentColumns *columns)
{
	return call->inserted ||
		changed(rows, columns->subject_id) || changed(rows, columns->role_id) ||
		changed(rows, columns->resource_id) || changed(rows, columns->source);
}

/*
 * Two grants to a subject at one place from one source wait for each other, in
 * case its roles are exclusive there.  Few rows are just locked; a load, which
 * would lock everybody out, looks first.
 */
static void
lock_exclusive(GuardCall *call, const AssignmentColumns *columns)
{
	AuthzRules *rules = NULL;
	RowReader	rows;
	AuthzAssignmentRow row;
	AuthzIds	keys = {0};

	if (tuplestore_tuple_count(call->trigger->tg_newtable) >= AUTHZ_LOCK_MANY)
		rules = authz_rules_open(false);
	open_rows(call, &rows);
	while (next_row(&rows))
	{
		uint64		key;

		if (!is_new_grant(call, &rows, columns))
			continue;
		read_assignment(rows.new_row, columns, &row);
		if (rules != NULL && (keys.count >= AUTHZ_LOCK_MANY || !authz_rule_is_exclusive(rules, row.role_id)))
			continue;
		key = hash_bytes_extended((const unsigned char *) row.source, row.source_len, row.subject_id);
		authz_ids_add(&keys, hash_combine64(key, row.resource_id));
	}
	if (rules != NULL)
		authz_rules_close(rules);
	authz_lock_keys(AUTHZ_LOCK_EXCLUSIVE, (uint64 *) keys.values, keys.count);
}

/*
 * Where roles are exclusive, a new one takes the place of the others that the
 * subject holds there from the same source.
 */
static void
check_grants(GuardCall *call, const AssignmentColumns *columns)
{
	static AuthzQuery replace = {
		.sql = "DELETE FROM authz.assignments o USING authz.assignments n, authz.roles nr, authz.roles r "
		"WHERE n.id = ANY ($1) AND nr.id = n.role_id "
		"AND o.subject_id = n.subject_id AND o.resource_id = n.resource_id AND o.source = n.source "
		"AND NOT o.id = ANY ($1) AND r.id = o.role_id AND r.resource_type = nr.resource_type",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery violations = {
		.sql = "SELECT v.rule, w[1], w[2], w[3] FROM authz.assignment_rules($1) v "
		"CROSS JOIN LATERAL (VALUES (authz.assignment_words(v.rule, v.id))) AS x (w)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	AuthzRules *rules = authz_rules_open(true);
	RowReader	rows;
	AuthzAssignmentRow row;
	AuthzIds	replacing = {0};
	AuthzIds	broken = {0};
	AuthzIdentity saved;
	Datum		args[1];

	open_rows(call, &rows);
	while (next_row(&rows))
	{
		const char *rule;

		if (!is_new_grant(call, &rows, columns))
			continue;
		read_assignment(rows.new_row, columns, &row);
		rule = authz_rule_of_assignment(rules, &row);
		if (rule == NULL)
			continue;
		if (strcmp(rule, "exclusive_roles") == 0)
			authz_ids_add(&replacing, row.id);
		else if (broken.count == 0)
			authz_ids_add(&broken, row.id);
	}
	authz_rules_close(rules);

	if (broken.count == 0 && replacing.count == 0)
		return;
	authz_query_begin(call->relation->rd_rel->relowner, &saved);
	if (broken.count > 0)
	{
		args[0] = authz_ids_array(&broken);
		raise_first(call, &violations, args, 0);
	}
	if (replacing.count > 0)
	{
		args[0] = authz_ids_array(&replacing);
		authz_query_write(&replace, args, replacing.count);
		raise_first(call, &violations, args, replacing.count);
	}
	authz_query_end(&saved);
}

/*
 * Roles with min_holders keep so many wherever anybody has lost one, has come to
 * hold it with an expiry, or holds it otherwise than before.
 */
static void
check_lost_holders(GuardCall *call, const AssignmentColumns *columns)
{
	static AuthzQuery lost_holders = {
		.sql = "SELECT rule, message, detail, hint FROM authz.lost_holders($1, $2, $3, $4, $5)",
		.nargs = 5, .argtypes = {INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, BOOLARRAYOID, INT8ARRAYOID}
	};
	AuthzRules *rules = authz_rules_open(false);
	RowReader	rows;
	AuthzAssignmentRow row;
	AuthzIds	roles = {0};
	AuthzIds	resources = {0};
	AuthzIds	subjects = {0};
	AuthzIds	keys = {0};
	ArrayBuildState *for_good = NULL;
	AuthzIdentity saved;
	Datum		args[5];

	open_rows(call, &rows);
	while (next_row(&rows))
	{
		if (call->updated && !is_new_grant(call, &rows, columns) && !changed(&rows, columns->expires_at))
			continue;
		read_assignment(rows.old_row, columns, &row);

		/* Who had lost it already loses nothing. */
		if (row.expires_at <= GetCurrentStatementStartTimestamp() ||
			authz_rule_min_holders(rules, row.role_id) == 0)
			continue;
		authz_ids_add(&roles, row.role_id);
		authz_ids_add(&resources, row.resource_id);
		authz_ids_add(&subjects, row.subject_id);
		for_good = accumArrayResult(for_good, BoolGetDatum(row.expires_at == DT_NOEND), false, BOOLOID,
									CurrentMemoryContext);
		authz_ids_add(&keys, hash_combine64(row.role_id, row.resource_id));
	}
	authz_rules_close(rules);
	if (roles.count == 0)
		return;

	authz_lock_keys(AUTHZ_LOCK_HOLDERS, (uint64 *) keys.values, keys.count);
	authz_query_begin(call->relation->rd_rel->relowner, &saved);
	args[0] = authz_ids_array(&roles);
	args[1] = authz_ids_array(&resources);
	args[2] = authz_ids_array(&subjects);
	args[3] = makeArrayResult(for_good, CurrentMemoryContext);
	args[4] = authz_cascade_going_resources();
	raise_first(call, &lost_holders, args, roles.count);
	authz_query_end(&saved);
}

/* Violations -------------------------------------------------------------- */

static void
raise_first(GuardCall *call, AuthzQuery *query, Datum *args, size_t keys)
{
	if (authz_query_read(query, args, keys, 1) > 0)
		raise_violation(call);
}

/* The first row of the last read: rule, message, detail, hint. */
static void
raise_violation(GuardCall *call)
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

static void
open_rows(GuardCall *call, RowReader *rows)
{
	TupleDesc	desc = RelationGetDescr(call->relation);

	memset(rows, 0, sizeof(*rows));
	if (!call->inserted)
	{
		rows->old_store = call->trigger->tg_oldtable;
		rows->old_pointer = tuplestore_alloc_read_pointer(rows->old_store, EXEC_FLAG_REWIND);
		tuplestore_select_read_pointer(rows->old_store, rows->old_pointer);
		tuplestore_rescan(rows->old_store);
		rows->old_row = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	}
	if (!call->deleted)
	{
		rows->new_store = call->trigger->tg_newtable;
		rows->new_pointer = tuplestore_alloc_read_pointer(rows->new_store, EXEC_FLAG_REWIND);
		tuplestore_select_read_pointer(rows->new_store, rows->new_pointer);
		tuplestore_rescan(rows->new_store);
		rows->new_row = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	}
}

/* Closes the reader after the last row. */
static bool
next_row(RowReader *rows)
{
	bool		found = true;

	if (rows->old_store != NULL)
	{
		tuplestore_select_read_pointer(rows->old_store, rows->old_pointer);
		found = tuplestore_gettupleslot(rows->old_store, true, false, rows->old_row);
	}
	if (rows->new_store != NULL)
	{
		tuplestore_select_read_pointer(rows->new_store, rows->new_pointer);
		found = tuplestore_gettupleslot(rows->new_store, true, false, rows->new_row);
	}
	if (!found)
	{
		if (rows->old_row != NULL)
			ExecDropSingleTupleTableSlot(rows->old_row);
		if (rows->new_row != NULL)
			ExecDropSingleTupleTableSlot(rows->new_row);
	}
	return found;
}

static int
column(GuardCall *call, const char *name)
{
	int			attnum = SPI_fnumber(RelationGetDescr(call->relation), name);

	if (attnum <= 0)
		elog(ERROR, "table \"%s\" has no column \"%s\"", RelationGetRelationName(call->relation), name);
	return attnum;
}

/* Of a column of type bigint that is not null. */
static int64
get_id(TupleTableSlot *row, int attnum)
{
	bool		isnull;
	Datum		id = slot_getattr(row, attnum, &isnull);

	Assert(!isnull);
	return DatumGetInt64(id);
}

/* Whether an update changed the column, byte for byte. */
static bool
changed(RowReader *rows, int attnum)
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

/* Of a text column that is not null. */
static uint64
hash_column(TupleTableSlot *row, int attnum, uint64 seed)
{
	bool		isnull;
	text	   *value = DatumGetTextPP(slot_getattr(row, attnum, &isnull));

	Assert(!isnull);
	return hash_bytes_extended((unsigned char *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), seed);
}

/* The column's bytes as text, whatever its type over text. */
static ArrayBuildState *
add_text(ArrayBuildState *texts, TupleTableSlot *row, int attnum)
{
	bool		isnull;
	Datum		value = slot_getattr(row, attnum, &isnull);

	Assert(!isnull);
	return accumArrayResult(texts, value, false, TEXTOID, CurrentMemoryContext);
}

static Datum
text_array(ArrayBuildState *texts)
{
	return makeArrayResult(texts, CurrentMemoryContext);
}
