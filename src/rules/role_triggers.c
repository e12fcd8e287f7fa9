/*
 * role_triggers.c
 *	  Statement triggers that check the rules of the model and of roles:
 *	  resource types, permissions, management, roles and what they build on.
 *	  rule_triggers.c has the theory, src/sql/role_rules.sql the rules.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "rules/cascade.h"
#include "rules/lock.h"
#include "rules/rule_triggers.h"
#include "session/caller.h"

static void add_led_back(const AuthzIdList *ids, const AuthzIdList *lower, AuthzIdList *lowered);
static void lock_roles(const AuthzIdList *ids);
static void warn_of_old_names(Datum names);

/*
 * These check all rows: there are few, and a change of one row may make others
 * break a rule.
 */
static AuthzRuleQuery type_violations = {
	.sql = "SELECT rule, message, detail, hint FROM authz_internal.resource_type_violations ORDER BY name, rule DESC"
};
static AuthzRuleQuery management_violations = {
	.sql = "SELECT rule, message, detail, hint FROM authz_internal.management_violations ORDER BY resource_type"
};

/* Resource types ---------------------------------------------------------- */

void
authz_role_triggers_check_types(AuthzRuleTriggerCall *call)
{
	static AuthzRuleQuery role_violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.role_violations v ORDER BY v.id, v.step"
	};
	static AuthzRuleQuery resource_violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.resource_violations v "
		"JOIN authz.resources r ON r.id = v.id WHERE r.resource_type = ANY ($1)",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	static AuthzRuleQuery subject_violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.subject_violations v "
		"JOIN authz.subjects s ON s.id = v.id JOIN authz.resources r ON r.id = s.resource_id "
		"WHERE r.resource_type = ANY ($1)",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	static AuthzRuleQuery assignment_violations = {
		.sql = "WITH RECURSIVE down (name) AS ("
		" SELECT unnest($1) COLLATE \"C\""
		" UNION SELECT t.name FROM down JOIN authz.resource_types t ON down.name = ANY (t.parents)) "
		"SELECT rule, message, detail, hint FROM authz_internal.assignment_violations v "
		"JOIN authz.assignments a ON a.id = v.id "
		"WHERE a.role_id IN (SELECT r.id FROM authz.roles r WHERE r.resource_type IN (SELECT name FROM down)) "
		"OR a.resource_id IN (SELECT r.id FROM authz.resources r WHERE r.resource_type IN (SELECT name FROM down))",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	/* Nobody drops another parent type: an array has no foreign key. */
	static AuthzRuleQuery lock_parents = {
		.sql = "SELECT FROM authz.resource_types p WHERE p.name IN ("
		"SELECT unnest(t.parents) FROM authz.resource_types t WHERE t.name = ANY ($1)) ORDER BY p.name FOR KEY SHARE",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	AuthzStatementRows rows;
	int			name = authz_rule_trigger_column(call, "name");
	int			parents = authz_rule_trigger_column(call, "parents");
	int			has_members = authz_rule_trigger_column(call, "has_members");
	int			roles_for = authz_rule_trigger_column(call, "roles_for");
	int			exclusive_roles = authz_rule_trigger_column(call, "exclusive_roles");
	int			max_custom_roles = authz_rule_trigger_column(call, "max_custom_roles");
	int			max_inherits = authz_rule_trigger_column(call, "max_inherits");
	int			base_permissions = authz_rule_trigger_column(call, "base_permissions");
	int			descendant_permissions = authz_rule_trigger_column(call, "descendant_permissions");
	int			nested_teams = authz_rule_trigger_column(call, "nested_teams");
	ArrayBuildState *children = NULL;
	ArrayBuildState *moved = NULL;
	ArrayBuildState *team_types = NULL;
	ArrayBuildState *holder_types = NULL;
	bool		roles = false;
	Datum		args[1];

	if (call->deleted)
		return;

	authz_rule_trigger_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (!slot_attisnull(rows.new_row, parents) && (call->inserted || authz_rule_trigger_changed(&rows, parents)))
			children = authz_rule_trigger_add_text(children, rows.new_row, name);
		if (call->inserted)
			continue;
		if (authz_rule_trigger_changed(&rows, parents))
			moved = authz_rule_trigger_add_text(moved, rows.new_row, name);
		if (authz_rule_trigger_changed(&rows, has_members) || authz_rule_trigger_changed(&rows, nested_teams))
			team_types = authz_rule_trigger_add_text(team_types, rows.new_row, name);
		if (authz_rule_trigger_changed(&rows, parents) || authz_rule_trigger_changed(&rows, has_members) ||
			authz_rule_trigger_changed(&rows, roles_for) || authz_rule_trigger_changed(&rows, exclusive_roles) ||
			authz_rule_trigger_changed(&rows, base_permissions))
			holder_types = authz_rule_trigger_add_text(holder_types, rows.new_row, name);
		if (authz_rule_trigger_changed(&rows, parents) || authz_rule_trigger_changed(&rows, max_custom_roles) ||
			authz_rule_trigger_changed(&rows, max_inherits) || authz_rule_trigger_changed(&rows, descendant_permissions))
			roles = true;
	}

	authz_lock_model(roles || moved != NULL || team_types != NULL || holder_types != NULL);
	if (children != NULL)
	{
		args[0] = authz_rule_trigger_text_array(children);
		authz_rule_query_lock(&lock_parents, args, 0);
	}
	authz_rule_trigger_raise_first(call, &type_violations, NULL, 0);
	if (roles)
		authz_rule_trigger_raise_first(call, &role_violations, NULL, 0);
	if (moved != NULL)
	{
		authz_rule_trigger_raise_first(call, &management_violations, NULL, 0);
		args[0] = authz_rule_trigger_text_array(moved);
		authz_rule_trigger_raise_first(call, &resource_violations, args, 0);
	}
	if (team_types != NULL)
	{
		args[0] = authz_rule_trigger_text_array(team_types);
		authz_rule_trigger_raise_first(call, &subject_violations, args, 0);
	}
	if (holder_types != NULL)
	{
		args[0] = authz_rule_trigger_text_array(holder_types);
		authz_rule_trigger_raise_first(call, &assignment_violations, args, 0);
	}
}

/* Permissions ------------------------------------------------------------- */

void
authz_role_triggers_check_permissions(AuthzRuleTriggerCall *call)
{
	static AuthzRuleQuery roles_concerned = {
		.sql = "SELECT rp.role_id FROM authz.role_permissions rp WHERE rp.permission::text = ANY ($1) "
		"UNION SELECT rp.role_id FROM authz.permission_requirements q "
		"JOIN authz.role_permissions rp ON rp.permission = q.permission WHERE q.requires::text = ANY ($1)",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	AuthzStatementRows rows;
	int			name = authz_rule_trigger_column(call, "name");
	int			resource_type = authz_rule_trigger_column(call, "resource_type");
	int			is_default = authz_rule_trigger_column(call, "is_default");
	int			assignable = authz_rule_trigger_column(call, "assignable");
	ArrayBuildState *renamed = NULL;
	ArrayBuildState *names = NULL;
	AuthzIdList ids = {0};
	AuthzIdList lowered = {0};
	Datum		args[1];

	if (!call->updated)
		return;

	authz_rule_trigger_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (authz_rule_trigger_changed(&rows, name))
			renamed = authz_rule_trigger_add_text(renamed, rows.old_row, name);
		if (authz_rule_trigger_changed(&rows, resource_type) || authz_rule_trigger_changed(&rows, is_default) || authz_rule_trigger_changed(&rows, assignable))
			names = authz_rule_trigger_add_text(names, rows.new_row, name);
	}
	if (renamed != NULL)
		warn_of_old_names(authz_rule_trigger_text_array(renamed));
	if (names == NULL)
		return;

	authz_lock_model(true);
	authz_rule_trigger_raise_first(call, &management_violations, NULL, 0);
	args[0] = authz_rule_trigger_text_array(names);
	authz_rule_query_read(&roles_concerned, args, 0, 0);
	authz_rule_query_read_ids(&ids, 1);
	authz_role_triggers_check_role_ids(call, &ids, &lowered);
}

/* Policies and views still contain the old name, and fail. */
static void
warn_of_old_names(Datum names)
{
	static AuthzRuleQuery namers = {
		.sql = "SELECT n.name, authz_internal.use_list(array_agg(u.use ORDER BY u.use)) "
		"FROM unnest($1) AS n (name) CROSS JOIN authz_internal.permission_namers(n.name) AS u (use) "
		"WHERE NOT EXISTS (SELECT FROM authz.permissions p WHERE p.name = authz.permission(n.name)) "
		"GROUP BY n.name ORDER BY n.name",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	uint64		found = authz_rule_query_read(&namers, &names, 0, 0);

	for (uint64 i = 0; i < found; i++)
		ereport(WARNING,
				errmsg("permission \"%s\" has another name now, but is still named", authz_rule_query_text(i, 1)),
				errdetail("%s", authz_rule_query_text(i, 2)),
				errhint("Until they are made anew with the new name, they fail."));
}

void
authz_role_triggers_check_requirements(AuthzRuleTriggerCall *call)
{
	static AuthzRuleQuery roles_concerned = {
		.sql = "SELECT DISTINCT rp.role_id FROM authz.role_permissions rp WHERE rp.permission::text = ANY ($1)",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	AuthzStatementRows rows;
	int			permission = authz_rule_trigger_column(call, "permission");
	ArrayBuildState *names = NULL;
	AuthzIdList ids = {0};
	AuthzIdList lowered = {0};
	Datum		args[1];

	if (call->deleted)
		return;
	authz_lock_model(true);

	authz_rule_trigger_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
		names = authz_rule_trigger_add_text(names, rows.new_row, permission);
	if (names == NULL)
		return;
	args[0] = authz_rule_trigger_text_array(names);
	authz_rule_query_read(&roles_concerned, args, 0, 0);
	authz_rule_query_read_ids(&ids, 1);
	authz_role_triggers_check_role_ids(call, &ids, &lowered);
}

void
authz_role_triggers_check_management(AuthzRuleTriggerCall *call)
{
	if (call->deleted)
		return;
	authz_lock_model(false);
	authz_rule_trigger_raise_first(call, &management_violations, NULL, 0);
}

/* Roles ------------------------------------------------------------------- */

void
authz_role_triggers_check_roles(AuthzRuleTriggerCall *call)
{
	static AuthzRuleQuery redundant_links = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.redundant_links($1, $2)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	static AuthzRuleQuery base_permission_violations = {
		.sql = "SELECT v.rule, w[1], w[2], w[3] "
		"FROM authz_internal.assignment_rules(ARRAY(SELECT a.id FROM authz.assignments a "
		"                                  WHERE a.role_id = ANY ($1) AND a.source = 'base_permission')) v "
		"CROSS JOIN LATERAL (VALUES (authz_internal.assignment_violation_message(v.rule, v.id))) AS x (w)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	/* About a change: an ancestor of the owner may come to have a role of the name later. */
	static AuthzRuleQuery names_above = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.role_names_above($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	/* For types that limit the number of custom roles. */
	static AuthzRuleQuery lock_counted = {
		.sql = "SELECT FROM authz.resources o WHERE o.id = ANY ($1) "
		"AND EXISTS (SELECT FROM authz.resource_types t WHERE t.name = ANY ($2) AND t.max_custom_roles IS NOT NULL) "
		"ORDER BY o.id FOR NO KEY UPDATE",
		.nargs = 2, .argtypes = {INT8ARRAYOID, TEXTARRAYOID}
	};
	AuthzStatementRows rows;
	int			id = authz_rule_trigger_column(call, "id");
	int			name = authz_rule_trigger_column(call, "name");
	int			resource_type = authz_rule_trigger_column(call, "resource_type");
	int			owner_id = authz_rule_trigger_column(call, "owner_id");
	int			inherits_id = authz_rule_trigger_column(call, "inherits_id");
	int			all_permissions = authz_rule_trigger_column(call, "all_permissions");
	int			extensible = authz_rule_trigger_column(call, "extensible");
	AuthzIdList ids = {0};
	AuthzIdList lowered = {0};
	AuthzIdList links = {0};
	AuthzIdList lower = {0};
	AuthzIdList owners = {0};
	AuthzIdList renamed = {0};
	ArrayBuildState *owned_types = NULL;
	bool		names_predefined = false;

	if (call->deleted)
		return;

	authz_rule_trigger_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		int64		role = authz_rule_trigger_id(rows.new_row, id);

		if (call->inserted || authz_rule_trigger_changed(&rows, name))
		{
			authz_id_list_add(&ids, role);
			/* No custom role may have the name of a predefined one. */
			if (slot_attisnull(rows.new_row, owner_id))
				names_predefined = true;
		}
		if (call->inserted)
		{
			if (!slot_attisnull(rows.new_row, owner_id))
			{
				authz_id_list_add(&owners, authz_rule_trigger_id(rows.new_row, owner_id));
				owned_types = authz_rule_trigger_add_text(owned_types, rows.new_row, resource_type);
			}
			continue;
		}
		if (authz_rule_trigger_changed(&rows, name))
			authz_id_list_add(&renamed, role);
		if (authz_rule_trigger_changed(&rows, inherits_id) || authz_rule_trigger_changed(&rows, all_permissions) || authz_rule_trigger_changed(&rows, extensible))
			authz_id_list_add(&lowered, role);
		if (authz_rule_trigger_changed(&rows, inherits_id) && !slot_attisnull(rows.new_row, inherits_id))
		{
			authz_id_list_add(&links, role);
			authz_id_list_add(&lower, authz_rule_trigger_id(rows.new_row, inherits_id));
		}
	}
	authz_lock_model(names_predefined);
	add_led_back(&links, &lower, &lowered);
	if (owned_types != NULL)
	{
		Datum		args[2] = {authz_rule_query_make_ids_array(&owners), authz_rule_trigger_text_array(owned_types)};

		authz_rule_query_lock(&lock_counted, args, owners.count);
	}
	authz_role_triggers_check_role_ids(call, &ids, &lowered);
	if (ids.count > 0 && !authz_caller_writes_states())
	{
		Datum		args[1] = {authz_rule_query_make_ids_array(&ids)};

		authz_rule_trigger_raise_first(call, &names_above, args, ids.count);
	}

	/* Types refer to base permissions by the names of their roles. */
	if (renamed.count > 0)
	{
		Datum		args[1] = {authz_rule_query_make_ids_array(&renamed)};

		authz_rule_trigger_raise_first(call, &base_permission_violations, args, renamed.count);
		authz_rule_trigger_raise_first(call, &type_violations, NULL, 0);
	}

	if (links.count > 0 && !authz_caller_writes_states())
	{
		Datum		args[2] = {authz_rule_query_make_ids_array(&links), authz_rule_query_make_ids_array(&lower)};

		authz_rule_trigger_raise_first(call, &redundant_links, args, links.count);
	}
}

/* Of role_inherits and role_base_roles. */
void
authz_role_triggers_check_links(AuthzRuleTriggerCall *call)
{
	static AuthzRuleQuery redundant_links = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.redundant_links($1, $2)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	AuthzStatementRows rows;
	int			role_id = authz_rule_trigger_column(call, "role_id");
	int			lower_id = authz_rule_trigger_column(call, call->table == AUTHZ_ROLE_INHERITS ? "inherits_id" : "base_role_id");
	AuthzIdList ids = {0};
	AuthzIdList lowered = {0};
	AuthzIdList lower = {0};

	authz_lock_model(false);
	authz_rule_trigger_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (rows.old_row != NULL)
			authz_id_list_add(&lowered, authz_rule_trigger_id(rows.old_row, role_id));
		if (rows.new_row != NULL)
		{
			authz_id_list_add(&ids, authz_rule_trigger_id(rows.new_row, role_id));
			authz_id_list_add(&lower, authz_rule_trigger_id(rows.new_row, lower_id));
		}
	}
	add_led_back(&ids, &lower, &lowered);
	authz_role_triggers_check_role_ids(call, &ids, &lowered);

	if (ids.count > 0 && !authz_caller_writes_states())
	{
		Datum		args[2] = {authz_rule_query_make_ids_array(&ids), authz_rule_query_make_ids_array(&lower)};

		authz_rule_trigger_raise_first(call, &redundant_links, args, ids.count);
	}
}

void
authz_role_triggers_check_role_permissions(AuthzRuleTriggerCall *call)
{
	static AuthzRuleQuery redundant_permissions = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.redundant_permissions($1, $2)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, TEXTARRAYOID}
	};
	/* If a permission is renamed (ON UPDATE CASCADE), none is added. */
	static AuthzRuleQuery redundant_changes = {
		.sql = "SELECT v.rule, v.message, v.detail, v.hint "
		"FROM (SELECT array_agg(k.role_id), array_agg(k.permission) "
		"      FROM unnest($1, $2, $3, $4) AS k (role_id, permission, role_id_was, permission_was) "
		"      WHERE k.role_id <> k.role_id_was OR k.permission <> k.permission_was "
		"        AND EXISTS (SELECT FROM authz.permissions p WHERE p.name = authz.permission(k.permission_was))) AS c (ids, names), "
		"LATERAL authz_internal.redundant_permissions(c.ids, c.names) v",
		.nargs = 4, .argtypes = {INT8ARRAYOID, TEXTARRAYOID, INT8ARRAYOID, TEXTARRAYOID}
	};
	AuthzStatementRows rows;
	int			role_id = authz_rule_trigger_column(call, "role_id");
	int			permission = authz_rule_trigger_column(call, "permission");
	AuthzIdList ids = {0};
	AuthzIdList lowered = {0};
	ArrayBuildState *added = NULL;
	ArrayBuildState *removed = NULL;
	Datum		args[4];

	authz_lock_model(false);
	authz_rule_trigger_open_rows(call, &rows);
	while (authz_statement_rows_next(&rows))
	{
		if (rows.old_row != NULL)
		{
			authz_id_list_add(&lowered, authz_rule_trigger_id(rows.old_row, role_id));
			removed = authz_rule_trigger_add_text(removed, rows.old_row, permission);
		}
		if (rows.new_row != NULL)
		{
			authz_id_list_add(&ids, authz_rule_trigger_id(rows.new_row, role_id));
			added = authz_rule_trigger_add_text(added, rows.new_row, permission);
		}
	}
	if (added == NULL)
	{
		authz_role_triggers_check_role_ids(call, &ids, &lowered);
		return;
	}

	args[0] = authz_rule_query_make_ids_array(&ids);
	args[1] = authz_rule_trigger_text_array(added);
	if (call->updated)
	{
		args[2] = authz_rule_query_make_ids_array(&lowered);
		args[3] = authz_rule_trigger_text_array(removed);
	}
	authz_role_triggers_check_role_ids(call, &ids, &lowered);
	if (!authz_caller_writes_states())
		authz_rule_trigger_raise_first(call, call->inserted ? &redundant_permissions : &redundant_changes, args, ids.count);
}

/*
 * Check the rules of the given roles, and of all roles that build on the
 * lowered ones (which may give less than before).  Roles whose delete is
 * pending have no rules.
 */
void
authz_role_triggers_check_role_ids(AuthzRuleTriggerCall *call, const AuthzIdList *ids, const AuthzIdList *lowered)
{
	static AuthzRuleQuery roles_upon = {
		.sql = "SELECT u.id FROM authz_internal.roles_upon($1) AS u (id)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery violations = {
		.sql = "SELECT rule, message, detail, hint FROM authz_internal.role_violations v "
		"WHERE v.id = ANY ($1) AND NOT v.id = ANY ($2) ORDER BY array_position($1, v.id), v.step",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	AuthzIdList roles = {0};
	Datum		args[2];

	/* (Each role once, however many of its rows were changed.) */
	for (size_t i = 0; i < ids->count; i++)
		authz_id_list_add_once(&roles, ids->values[i]);
	for (size_t i = 0; i < lowered->count; i++)
		authz_id_list_add_once(&roles, lowered->values[i]);
	if (roles.count == 0)
		return;
	lock_roles(&roles);

	if (lowered->count > 0)
	{
		AuthzIdList upon = {0};

		args[0] = authz_rule_query_make_ids_array(lowered);
		authz_rule_query_read(&roles_upon, args, lowered->count, 0);
		authz_rule_query_read_ids(&upon, 1);
		for (size_t i = 0; i < upon.count; i++)
			authz_id_list_add_once(&roles, upon.values[i]);
	}

	args[0] = authz_rule_query_make_ids_array(&roles);
	args[1] = authz_cascade_pending_roles();
	authz_rule_trigger_raise_first(call, &violations, args, roles.count);
}

/*
 * A new link can lead the base roles of those that build on the edited role
 * back to their own type, where types form a cycle: then they are checked like
 * those upon a lowered role.
 */
static void
add_led_back(const AuthzIdList *ids, const AuthzIdList *lower, AuthzIdList *lowered)
{
	static AuthzRuleQuery led_back = {
		.sql = "SELECT DISTINCT k.role_id FROM unnest($1, $2) AS k (role_id, lower_id) JOIN authz.roles r ON r.id = k.role_id "
		"WHERE EXISTS (SELECT FROM authz_internal.role_closure(k.lower_id) AS c (id) JOIN authz.roles l ON l.id = c.id "
		"              WHERE l.resource_type <> r.resource_type AND authz_internal.type_is_within(r.resource_type, l.resource_type))",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	Datum		args[2];

	if (ids->count == 0)
		return;
	args[0] = authz_rule_query_make_ids_array(ids);
	args[1] = authz_rule_query_make_ids_array(lower);
	if (authz_rule_query_read(&led_back, args, ids->count, 0) > 0)
		authz_rule_query_read_ids(lowered, 1);
}

/*
 * Lock the given roles against other edits, and those that they build on
 * against being lowered, until no more are found: what a locked role builds on
 * cannot change.
 */
static void
lock_roles(const AuthzIdList *ids)
{
	static AuthzRuleQuery lock_edited = {
		.sql = "SELECT r.id FROM authz.roles r WHERE r.id = ANY ($1) ORDER BY r.id FOR NO KEY UPDATE",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery roles_beneath = {
		.sql = "SELECT DISTINCT c.id FROM unnest($1) AS u (id) CROSS JOIN authz_internal.role_closure(u.id) AS c (id) "
		"WHERE NOT c.id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery lock_beneath = {
		.sql = "SELECT r.id FROM authz.roles r WHERE r.id = ANY ($1) ORDER BY r.id FOR SHARE",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	Datum		args[1] = {authz_rule_query_make_ids_array(ids)};
	size_t		known = 0;

	authz_rule_query_lock(&lock_edited, args, ids->count);
	for (;;)
	{
		AuthzIdList beneath = {0};
		Datum		beneath_args[1];

		authz_rule_query_read(&roles_beneath, args, ids->count, 0);
		authz_rule_query_read_ids(&beneath, 1);
		if (beneath.count <= known)
			break;
		known = beneath.count;
		beneath_args[0] = authz_rule_query_make_ids_array(&beneath);
		authz_rule_query_lock(&lock_beneath, beneath_args, beneath.count);
	}
}
