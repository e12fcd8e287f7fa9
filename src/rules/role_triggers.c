/*
 * role_triggers.c
 *	  When the rules of the model and of roles are asked: resource types,
 *	  permissions, management, roles and what they build on.  See rule_triggers.c for the
 *	  whole, src/sql/role_rules.sql for the rules.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "rules/cascade.h"
#include "rules/lock.h"
#include "rules/rule_triggers.h"
#include "session/caller.h"

static void lock_roles(const AuthzIds *ids);
static void warn_of_namers(Datum names);

/* All of them: few, and what one row changes may break others. */
static AuthzQuery type_violations = {
	.sql = "SELECT rule, message, detail, hint FROM authz_internal.resource_type_violations ORDER BY name, rule DESC"
};
static AuthzQuery management_violations = {
	.sql = "SELECT rule, message, detail, hint FROM authz_internal.management_violations ORDER BY resource_type"
};

/* Resource types ---------------------------------------------------------- */

void
authz_guard_resource_types(AuthzGuardCall *call)
{
	static AuthzQuery role_violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.role_violations v ORDER BY v.id, v.step"
	};
	static AuthzQuery resource_violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.resource_violations v "
		"JOIN authz.resources r ON r.id = v.id WHERE r.resource_type = ANY ($1)",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	static AuthzQuery subject_violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.subject_violations v "
		"JOIN authz.subjects s ON s.id = v.id JOIN authz.resources r ON r.id = s.resource_id "
		"WHERE r.resource_type = ANY ($1)",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	static AuthzQuery assignment_violations = {
		.sql = "WITH RECURSIVE down (name) AS ("
		" SELECT unnest($1) COLLATE \"C\""
		" UNION SELECT t.name FROM down JOIN authz.resource_types t ON t.parent = down.name) "
		"SELECT rule, message, detail, hint FROM authz_internal.assignment_violations v "
		"JOIN authz.assignments a ON a.id = v.id "
		"WHERE a.role_id IN (SELECT r.id FROM authz.roles r WHERE r.resource_type IN (SELECT name FROM down)) "
		"OR a.resource_id IN (SELECT r.id FROM authz.resources r WHERE r.resource_type IN (SELECT name FROM down))",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	AuthzStatementRows	rows;
	int			name = authz_guard_column(call, "name");
	int			parent = authz_guard_column(call, "parent");
	int			has_members = authz_guard_column(call, "has_members");
	int			roles_for = authz_guard_column(call, "roles_for");
	int			exclusive_roles = authz_guard_column(call, "exclusive_roles");
	int			max_custom_roles = authz_guard_column(call, "max_custom_roles");
	int			base_permissions = authz_guard_column(call, "base_permissions");
	int			descendant_permissions = authz_guard_column(call, "descendant_permissions");
	int			nested_teams = authz_guard_column(call, "nested_teams");
	ArrayBuildState *moved = NULL;
	ArrayBuildState *team_types = NULL;
	ArrayBuildState *holder_types = NULL;
	bool		roles = false;
	Datum		args[1];

	if (call->deleted)
		return;

	authz_guard_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (call->inserted)
			continue;
		if (authz_guard_changed(&rows, parent))
			moved = authz_guard_add_text(moved, rows.new_row, name);
		if (authz_guard_changed(&rows, has_members) || authz_guard_changed(&rows, nested_teams))
			team_types = authz_guard_add_text(team_types, rows.new_row, name);
		if (authz_guard_changed(&rows, parent) || authz_guard_changed(&rows, has_members) ||
			authz_guard_changed(&rows, roles_for) || authz_guard_changed(&rows, exclusive_roles) ||
			authz_guard_changed(&rows, base_permissions))
			holder_types = authz_guard_add_text(holder_types, rows.new_row, name);
		if (authz_guard_changed(&rows, parent) || authz_guard_changed(&rows, max_custom_roles) || authz_guard_changed(&rows, descendant_permissions))
			roles = true;
	}

	authz_lock_model(roles || moved != NULL || team_types != NULL || holder_types != NULL);
	authz_guard_raise_first(call, &type_violations, NULL, 0);
	if (roles)
		authz_guard_raise_first(call, &role_violations, NULL, 0);
	if (moved != NULL)
	{
		authz_guard_raise_first(call, &management_violations, NULL, 0);
		args[0] = authz_guard_text_array(moved);
		authz_guard_raise_first(call, &resource_violations, args, 0);
	}
	if (team_types != NULL)
	{
		args[0] = authz_guard_text_array(team_types);
		authz_guard_raise_first(call, &subject_violations, args, 0);
	}
	if (holder_types != NULL)
	{
		args[0] = authz_guard_text_array(holder_types);
		authz_guard_raise_first(call, &assignment_violations, args, 0);
	}
}

/* Permissions ------------------------------------------------------------- */

void
authz_guard_permissions(AuthzGuardCall *call)
{
	static AuthzQuery roles_concerned = {
		.sql = "SELECT rp.role_id FROM authz.role_permissions rp WHERE rp.permission::text = ANY ($1) "
		"UNION SELECT rp.role_id FROM authz.permission_requirements q "
		"JOIN authz.role_permissions rp ON rp.permission = q.permission WHERE q.requires::text = ANY ($1)",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	AuthzStatementRows	rows;
	int			name = authz_guard_column(call, "name");
	int			resource_type = authz_guard_column(call, "resource_type");
	int			is_default = authz_guard_column(call, "is_default");
	int			assignable = authz_guard_column(call, "assignable");
	ArrayBuildState *renamed = NULL;
	ArrayBuildState *names = NULL;
	AuthzIds	ids = {0};
	AuthzIds	lowered = {0};
	Datum		args[1];

	if (!call->updated)
		return;

	authz_guard_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (authz_guard_changed(&rows, name))
			renamed = authz_guard_add_text(renamed, rows.old_row, name);
		if (authz_guard_changed(&rows, resource_type) || authz_guard_changed(&rows, is_default) || authz_guard_changed(&rows, assignable))
			names = authz_guard_add_text(names, rows.new_row, name);
	}
	if (renamed != NULL)
		warn_of_namers(authz_guard_text_array(renamed));
	if (names == NULL)
		return;

	authz_lock_model(true);
	authz_guard_raise_first(call, &management_violations, NULL, 0);
	args[0] = authz_guard_text_array(names);
	authz_query_read(&roles_concerned, args, 0, 0);
	authz_ids_read(&ids, 1);
	authz_guard_check_role_ids(call, &ids, &lowered);
}

/* Policies and views go on with the old name, and fail. */
static void
warn_of_namers(Datum names)
{
	static AuthzQuery namers = {
		.sql = "SELECT n.name, authz_internal.use_list(array_agg(u.use ORDER BY u.use)) "
		"FROM unnest($1) AS n (name) CROSS JOIN authz_internal.permission_namers(n.name) AS u (use) "
		"WHERE NOT EXISTS (SELECT FROM authz.permissions p WHERE p.name = authz.permission(n.name)) "
		"GROUP BY n.name ORDER BY n.name",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	uint64		found = authz_query_read(&namers, &names, 0, 0);

	for (uint64 i = 0; i < found; i++)
		ereport(WARNING,
				errmsg("permission \"%s\" has another name now, but is still named", authz_query_text(i, 1)),
				errdetail("%s", authz_query_text(i, 2)),
				errhint("Until they are made anew with the new name, they fail."));
}

void
authz_guard_requirements(AuthzGuardCall *call)
{
	static AuthzQuery roles_concerned = {
		.sql = "SELECT DISTINCT rp.role_id FROM authz.role_permissions rp WHERE rp.permission::text = ANY ($1)",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	AuthzStatementRows	rows;
	int			permission = authz_guard_column(call, "permission");
	ArrayBuildState *names = NULL;
	AuthzIds	ids = {0};
	AuthzIds	lowered = {0};
	Datum		args[1];

	if (call->deleted)
		return;
	authz_lock_model(true);

	authz_guard_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
		names = authz_guard_add_text(names, rows.new_row, permission);
	if (names == NULL)
		return;
	args[0] = authz_guard_text_array(names);
	authz_query_read(&roles_concerned, args, 0, 0);
	authz_ids_read(&ids, 1);
	authz_guard_check_role_ids(call, &ids, &lowered);
}

void
authz_guard_management(AuthzGuardCall *call)
{
	if (call->deleted)
		return;
	authz_lock_model(false);
	authz_guard_raise_first(call, &management_violations, NULL, 0);
}

/* Roles ------------------------------------------------------------------- */

void
authz_guard_roles(AuthzGuardCall *call)
{
	static AuthzQuery redundant_links = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.redundant_links($1, $2)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	static AuthzQuery base_permission_violations = {
		.sql = "SELECT v.rule, w[1], w[2], w[3] "
		"FROM authz_internal.assignment_rules(ARRAY(SELECT a.id FROM authz.assignments a "
		"                                  WHERE a.role_id = ANY ($1) AND a.source = 'base_permission')) v "
		"CROSS JOIN LATERAL (VALUES (authz_internal.assignment_violation_message(v.rule, v.id))) AS x (w)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	/* Where the number of custom roles is limited. */
	static AuthzQuery lock_counted = {
		.sql = "SELECT FROM authz.resources o WHERE o.id = ANY ($1) "
		"AND EXISTS (SELECT FROM authz.resource_types t WHERE t.name = ANY ($2) AND t.max_custom_roles IS NOT NULL) "
		"ORDER BY o.id FOR NO KEY UPDATE",
		.nargs = 2, .argtypes = {INT8ARRAYOID, TEXTARRAYOID}
	};
	AuthzStatementRows	rows;
	int			id = authz_guard_column(call, "id");
	int			name = authz_guard_column(call, "name");
	int			resource_type = authz_guard_column(call, "resource_type");
	int			owner_id = authz_guard_column(call, "owner_id");
	int			inherits_id = authz_guard_column(call, "inherits_id");
	int			all_permissions = authz_guard_column(call, "all_permissions");
	int			extensible = authz_guard_column(call, "extensible");
	AuthzIds	ids = {0};
	AuthzIds	lowered = {0};
	AuthzIds	links = {0};
	AuthzIds	lower = {0};
	AuthzIds	owners = {0};
	AuthzIds	renamed = {0};
	ArrayBuildState *owned_types = NULL;
	bool		names_predefined = false;

	if (call->deleted)
		return;

	authz_guard_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		int64		role = authz_guard_id(rows.new_row, id);

		if (call->inserted || authz_guard_changed(&rows, name))
		{
			authz_ids_add(&ids, role);
			/* No custom role may have the name of a predefined one. */
			if (slot_attisnull(rows.new_row, owner_id))
				names_predefined = true;
		}
		if (call->inserted)
		{
			if (!slot_attisnull(rows.new_row, owner_id))
			{
				authz_ids_add(&owners, authz_guard_id(rows.new_row, owner_id));
				owned_types = authz_guard_add_text(owned_types, rows.new_row, resource_type);
			}
			continue;
		}
		if (authz_guard_changed(&rows, name))
			authz_ids_add(&renamed, role);
		if (authz_guard_changed(&rows, inherits_id) || authz_guard_changed(&rows, all_permissions) || authz_guard_changed(&rows, extensible))
			authz_ids_add(&lowered, role);
		if (authz_guard_changed(&rows, inherits_id) && !slot_attisnull(rows.new_row, inherits_id))
		{
			authz_ids_add(&links, role);
			authz_ids_add(&lower, authz_guard_id(rows.new_row, inherits_id));
		}
	}
	authz_lock_model(names_predefined);
	if (owned_types != NULL)
	{
		Datum		args[2] = {authz_ids_array(&owners), authz_guard_text_array(owned_types)};

		authz_query_lock(&lock_counted, args, owners.count);
	}
	authz_guard_check_role_ids(call, &ids, &lowered);

	/* Types name base permissions by the names of their roles. */
	if (renamed.count > 0)
	{
		Datum		args[1] = {authz_ids_array(&renamed)};

		authz_guard_raise_first(call, &base_permission_violations, args, renamed.count);
		authz_guard_raise_first(call, &type_violations, NULL, 0);
	}

	if (links.count > 0 && !authz_caller_writes_states())
	{
		Datum		args[2] = {authz_ids_array(&links), authz_ids_array(&lower)};

		authz_guard_raise_first(call, &redundant_links, args, links.count);
	}
}

void
authz_guard_role_base_roles(AuthzGuardCall *call)
{
	static AuthzQuery redundant_links = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.redundant_links($1, $2)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	AuthzStatementRows	rows;
	int			role_id = authz_guard_column(call, "role_id");
	int			base_role_id = authz_guard_column(call, "base_role_id");
	AuthzIds	ids = {0};
	AuthzIds	lowered = {0};
	AuthzIds	lower = {0};

	authz_lock_model(false);
	authz_guard_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (rows.old_row != NULL)
			authz_ids_add(&lowered, authz_guard_id(rows.old_row, role_id));
		if (rows.new_row != NULL)
		{
			authz_ids_add(&ids, authz_guard_id(rows.new_row, role_id));
			authz_ids_add(&lower, authz_guard_id(rows.new_row, base_role_id));
		}
	}
	authz_guard_check_role_ids(call, &ids, &lowered);

	if (ids.count > 0 && !authz_caller_writes_states())
	{
		Datum		args[2] = {authz_ids_array(&ids), authz_ids_array(&lower)};

		authz_guard_raise_first(call, &redundant_links, args, ids.count);
	}
}

void
authz_guard_role_permissions(AuthzGuardCall *call)
{
	static AuthzQuery redundant_permissions = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.redundant_permissions($1, $2)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, TEXTARRAYOID}
	};
	/* Where a permission gets another name (ON UPDATE CASCADE), none is added. */
	static AuthzQuery redundant_changes = {
		.sql = "SELECT v.rule, v.message, v.detail, v.hint "
		"FROM (SELECT array_agg(k.role_id), array_agg(k.permission) "
		"      FROM unnest($1, $2, $3, $4) AS k (role_id, permission, role_id_was, permission_was) "
		"      WHERE k.role_id <> k.role_id_was OR k.permission <> k.permission_was "
		"        AND EXISTS (SELECT FROM authz.permissions p WHERE p.name = authz.permission(k.permission_was))) AS c (ids, names), "
		"LATERAL authz_internal.redundant_permissions(c.ids, c.names) v",
		.nargs = 4, .argtypes = {INT8ARRAYOID, TEXTARRAYOID, INT8ARRAYOID, TEXTARRAYOID}
	};
	AuthzStatementRows	rows;
	int			role_id = authz_guard_column(call, "role_id");
	int			permission = authz_guard_column(call, "permission");
	AuthzIds	ids = {0};
	AuthzIds	lowered = {0};
	ArrayBuildState *added = NULL;
	ArrayBuildState *removed = NULL;
	Datum		args[4];

	authz_lock_model(false);
	authz_guard_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (rows.old_row != NULL)
		{
			authz_ids_add(&lowered, authz_guard_id(rows.old_row, role_id));
			removed = authz_guard_add_text(removed, rows.old_row, permission);
		}
		if (rows.new_row != NULL)
		{
			authz_ids_add(&ids, authz_guard_id(rows.new_row, role_id));
			added = authz_guard_add_text(added, rows.new_row, permission);
		}
	}
	if (added == NULL)
	{
		authz_guard_check_role_ids(call, &ids, &lowered);
		return;
	}

	args[0] = authz_ids_array(&ids);
	args[1] = authz_guard_text_array(added);
	if (call->updated)
	{
		args[2] = authz_ids_array(&lowered);
		args[3] = authz_guard_text_array(removed);
	}
	authz_guard_check_role_ids(call, &ids, &lowered);
	if (!authz_caller_writes_states())
		authz_guard_raise_first(call, call->inserted ? &redundant_permissions : &redundant_changes, args, ids.count);
}

/*
 * The rules of the given roles, and of all roles that build on the lowered ones
 * (which may give less than before).  Roles that are going have no rules.
 */
void
authz_guard_check_role_ids(AuthzGuardCall *call, const AuthzIds *ids, const AuthzIds *lowered)
{
	static AuthzQuery roles_upon = {
		.sql = "SELECT u.id FROM authz_internal.roles_upon($1) AS u (id)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.role_violations v "
		"WHERE v.id = ANY ($1) AND NOT v.id = ANY ($2) ORDER BY array_position($1, v.id), v.step",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	AuthzIds	roles = {0};
	Datum		args[2];

	/* (A role of many rows once.) */
	for (size_t i = 0; i < ids->count; i++)
		authz_ids_add_once(&roles, ids->values[i]);
	for (size_t i = 0; i < lowered->count; i++)
		authz_ids_add_once(&roles, lowered->values[i]);
	if (roles.count == 0)
		return;
	lock_roles(&roles);

	if (lowered->count > 0)
	{
		AuthzIds	upon = {0};

		args[0] = authz_ids_array(lowered);
		authz_query_read(&roles_upon, args, lowered->count, 0);
		authz_ids_read(&upon, 1);
		for (size_t i = 0; i < upon.count; i++)
			authz_ids_add_once(&roles, upon.values[i]);
	}

	args[0] = authz_ids_array(&roles);
	args[1] = authz_cascade_going_roles();
	authz_guard_raise_first(call, &violations, args, roles.count);
}

/*
 * The given roles against other edits, and those that they build on against
 * being lowered, until no more are found: what a locked role builds on stays.
 */
static void
lock_roles(const AuthzIds *ids)
{
	static AuthzQuery lock_edited = {
		.sql = "SELECT r.id FROM authz.roles r WHERE r.id = ANY ($1) ORDER BY r.id FOR NO KEY UPDATE",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery roles_beneath = {
		.sql = "SELECT DISTINCT c.id FROM unnest($1) AS u (id) CROSS JOIN authz_internal.role_closure(u.id) AS c (id) "
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
