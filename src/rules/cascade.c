/*
 * cascade.c
 *	  Cascading deletes, and refusal of deletes in use.
 *
 * Two triggers fire for each deleted row:
 *
 * - authz_internal.cascade, BEFORE, deletes the row's dependents in other
 *   tables, so that the audit log can still name the row.  PostgreSQL has
 *   locked the row by then, so that nobody can add new dependents.
 * - authz_internal.cascade_after, AFTER, with a name that sorts before the
 *   foreign keys' triggers (RI_...), deletes the row's dependents in its own
 *   table (the resources or teams beneath it), in one statement however deep
 *   they are; its own rows cascade no further.  Not before: a statement that
 *   deletes parent and child would meet rows that its own trigger deleted,
 *   which PostgreSQL refuses.  And it refuses to delete types, permissions and
 *   roles that are still used, with an error of its own, after all rows of the
 *   statement have been deleted.
 *
 * While a delete of a resource is pending, the rules do not apply to what is
 * deleted with it: its roles need no holders, its members leave nothing
 * behind.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "rules/cascade.h"
#include "rules/lock.h"
#include "rules/trigger_call.h"

/*
 * The deletes that triggers are executing, innermost first; on the stack of
 * authz_cascade().
 */
typedef struct PendingDelete
{
	AuthzIdList resources;
	AuthzIdList roles;
	struct PendingDelete *outer;
} PendingDelete;

static PendingDelete *pending_deletes = NULL;

/*
 * The rows that the innermost cascade_after is deleting, on the stack of
 * delete_beneath().
 */
typedef struct DeletedBeneath
{
	AuthzTable	table;
	AuthzIdList ids;
} DeletedBeneath;

static DeletedBeneath *deleted_beneath = NULL;

/* A team and those beneath it. */
static AuthzRuleQuery teams_within = {
	.sql = "WITH RECURSIVE down (id) AS (SELECT $1 UNION SELECT s.id FROM down JOIN authz.subjects s ON s.parent_id = down.id) "
	"SELECT id FROM down",
	.nargs = 1, .argtypes = {INT8OID}
};

static void cascade_resource(int64 id);
static void cascade_subject(int64 id);
static void cascade_role(int64 id);
static void cascade_permission(Datum name);
static void cascade_resource_type(Datum name);
static void lock_descendants(const AuthzIdList *root, AuthzIdList *beneath);
static bool is_deleted_beneath(AuthzTable table, int64 id);
static void delete_beneath(AuthzTable table, AuthzRuleQuery *find, AuthzRuleQuery *delete, int64 id);
static void refuse_if_used(Relation relation, AuthzRuleQuery *uses, Datum *key, const char *kind, const char *name);

static Datum get_deleted_value(TriggerData *trigger, const char *name);
static Datum collect_pending_ids(size_t offset);

/* Tables whose rows have dependents. */
#define CASCADING_TABLES (AUTHZ_TABLE_BIT(AUTHZ_RESOURCES) | AUTHZ_TABLE_BIT(AUTHZ_SUBJECTS) | \
						  AUTHZ_TABLE_BIT(AUTHZ_ROLES) | AUTHZ_TABLE_BIT(AUTHZ_PERMISSIONS) | \
						  AUTHZ_TABLE_BIT(AUTHZ_RESOURCE_TYPES))

PG_FUNCTION_INFO_V1(authz_cascade);
Datum
authz_cascade(PG_FUNCTION_ARGS)
{
	AuthzTable	table;
	TriggerData *trigger = authz_trigger_call_begin(fcinfo, "authz_internal.cascade",
													AUTHZ_FIRES_BEFORE | AUTHZ_FIRES_ROW | AUTHZ_FIRES_DELETE,
													CASCADING_TABLES, &table);
	AuthzRuleQueryContext saved;
	PendingDelete pending = {.outer = pending_deletes};

	authz_rule_query_begin(trigger->tg_relation->rd_rel->relowner, &saved);
	PG_TRY();
	{
		pending_deletes = &pending;
		if (table == AUTHZ_RESOURCES)
			cascade_resource(DatumGetInt64(get_deleted_value(trigger, "id")));
		else if (table == AUTHZ_SUBJECTS)
			cascade_subject(DatumGetInt64(get_deleted_value(trigger, "id")));
		else if (table == AUTHZ_ROLES)
			cascade_role(DatumGetInt64(get_deleted_value(trigger, "id")));
		else if (table == AUTHZ_PERMISSIONS)
			cascade_permission(get_deleted_value(trigger, "name"));
		else
			cascade_resource_type(get_deleted_value(trigger, "name"));
	}
	PG_FINALLY();
	{
		pending_deletes = pending.outer;
	}
	PG_END_TRY();
	authz_rule_query_end(&saved);
	return PointerGetDatum(trigger->tg_trigtuple);
}

PG_FUNCTION_INFO_V1(authz_cascade_after);
Datum
authz_cascade_after(PG_FUNCTION_ARGS)
{
	static AuthzRuleQuery resources_within = {
		.sql = "SELECT unnest(authz_internal.resources_within(ARRAY[$1]))",
		.nargs = 1, .argtypes = {INT8OID}
	};
	static AuthzRuleQuery delete_resources = {
		.sql = "DELETE FROM authz.resources r WHERE r.id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery delete_teams = {
		.sql = "DELETE FROM authz.subjects s WHERE s.id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery role_uses = {
		.sql = "SELECT authz_internal.role_uses($1, $2, $3, nullif($4, 0))",
		.nargs = 4, .argtypes = {INT8OID, TEXTOID, TEXTOID, INT8OID}
	};
	static AuthzRuleQuery permission_uses = {
		.sql = "SELECT authz_internal.permission_uses(authz.permission($1))",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	static AuthzRuleQuery type_uses = {
		.sql = "SELECT authz_internal.resource_type_uses($1)",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	AuthzTable	table;
	TriggerData *trigger = authz_trigger_call_begin(fcinfo, "authz_internal.cascade_after",
													AUTHZ_FIRES_AFTER | AUTHZ_FIRES_ROW | AUTHZ_FIRES_DELETE,
													CASCADING_TABLES, &table);
	Relation	relation = trigger->tg_relation;
	AuthzRuleQueryContext saved;

	authz_rule_query_begin(relation->rd_rel->relowner, &saved);
	if (table == AUTHZ_RESOURCES)
		delete_beneath(table, &resources_within, &delete_resources, DatumGetInt64(get_deleted_value(trigger, "id")));
	else if (table == AUTHZ_SUBJECTS)
		delete_beneath(table, &teams_within, &delete_teams, DatumGetInt64(get_deleted_value(trigger, "id")));
	else if (table == AUTHZ_ROLES)
	{
		Datum		role[4] = {
			get_deleted_value(trigger, "id"), get_deleted_value(trigger, "name"),
			get_deleted_value(trigger, "resource_type"), get_deleted_value(trigger, "owner_id")
		};

		refuse_if_used(relation, &role_uses, role, "role", TextDatumGetCString(role[1]));
	}
	else if (table == AUTHZ_PERMISSIONS)
	{
		Datum		name = get_deleted_value(trigger, "name");

		refuse_if_used(relation, &permission_uses, &name, "permission", TextDatumGetCString(name));
	}
	else
	{
		Datum		name = get_deleted_value(trigger, "name");

		refuse_if_used(relation, &type_uses, &name, "resource type", TextDatumGetCString(name));
	}
	authz_rule_query_end(&saved);
	return PointerGetDatum(NULL);
}

/*
 * Delete everything at and beneath the resource but the resources themselves:
 * assignments, teams and members, roles.
 */
static void
cascade_resource(int64 id)
{
	static AuthzRuleQuery any_dependents = {
		.sql = "SELECT WHERE EXISTS (SELECT FROM authz.resources r WHERE r.parent_id = $1) "
		"OR EXISTS (SELECT FROM authz.assignments a WHERE a.resource_id = $1) "
		"OR EXISTS (SELECT FROM authz.subjects s WHERE s.resource_id = $1) "
		"OR EXISTS (SELECT FROM authz.roles r WHERE r.owner_id = $1)",
		.nargs = 1, .argtypes = {INT8OID}
	};
	static AuthzRuleQuery owned_roles = {
		.sql = "SELECT r.id FROM authz.roles r WHERE r.owner_id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery kinds_of_dependents = {
		.sql = "SELECT EXISTS (SELECT FROM authz.assignments a WHERE a.resource_id = ANY ($1) OR a.role_id = ANY ($2)), "
		"EXISTS (SELECT FROM authz.subjects s WHERE s.resource_id = ANY ($1))",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	static AuthzRuleQuery delete_assignments = {
		.sql = "DELETE FROM authz.assignments a WHERE a.resource_id = ANY ($1) OR a.role_id = ANY ($2)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	static AuthzRuleQuery delete_subjects = {
		.sql = "DELETE FROM authz.subjects s WHERE s.resource_id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery delete_roles = {
		.sql = "DELETE FROM authz.roles r WHERE r.id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	AuthzIdList root = {0};
	Datum		args[2];
	bool		assignments;
	bool		subjects;

	if (is_deleted_beneath(AUTHZ_RESOURCES, id))
		return;
	/* Most resources have no dependents where many are deleted. */
	args[0] = Int64GetDatum(id);
	if (authz_rule_query_read(&any_dependents, args, 0, 1) == 0)
		return;

	authz_id_list_add(&root, id);
	lock_descendants(&root, &pending_deletes->resources);

	args[0] = authz_rule_query_make_ids_array(&pending_deletes->resources);
	authz_rule_query_read(&owned_roles, args, pending_deletes->resources.count, 0);
	authz_rule_query_read_ids(&pending_deletes->roles, 1);
	args[1] = authz_rule_query_make_ids_array(&pending_deletes->roles);

	authz_rule_query_read(&kinds_of_dependents, args, pending_deletes->resources.count, 0);
	assignments = strcmp(authz_rule_query_text(0, 1), "t") == 0;
	subjects = strcmp(authz_rule_query_text(0, 2), "t") == 0;

	if (assignments)
		authz_rule_query_write(&delete_assignments, args, pending_deletes->resources.count);
	if (subjects)
		authz_rule_query_write(&delete_subjects, args, pending_deletes->resources.count);
	if (pending_deletes->roles.count > 0)
		authz_rule_query_write(&delete_roles, &args[1], pending_deletes->roles.count);
}

/*
 * Finds the resources at and beneath the root, which is locked, and locks
 * them, until no more are found: no new ones can be added beneath a locked one.
 */
static void
lock_descendants(const AuthzIdList *root, AuthzIdList *beneath)
{
	static AuthzRuleQuery find = {
		.sql = "SELECT unnest(authz_internal.resources_within($1))",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery lock = {
		.sql = "SELECT r.id FROM authz.resources r WHERE r.id = ANY ($1) ORDER BY r.id FOR UPDATE",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	Datum		args[1] = {authz_rule_query_make_ids_array(root)};
	size_t		known = root->count;

	for (;;)
	{
		Datum		lock_args[1];

		beneath->count = 0;
		authz_rule_query_read(&find, args, root->count, 0);
		authz_rule_query_read_ids(beneath, 1);
		if (beneath->count <= known)
			break;
		known = beneath->count;
		lock_args[0] = authz_rule_query_make_ids_array(beneath);
		authz_rule_query_lock(&lock, lock_args, beneath->count);
	}
}

/*
 * Delete the rows of the table that are beneath a deleted one.  The trigger
 * before has deleted what hangs on them.
 */
static void
delete_beneath(AuthzTable table, AuthzRuleQuery *find, AuthzRuleQuery *delete, int64 id)
{
	DeletedBeneath beneath = {.table = table};
	DeletedBeneath *outer = deleted_beneath;
	Datum		args[1] = {Int64GetDatum(id)};

	if (is_deleted_beneath(table, id))
		return;
	authz_rule_query_read(find, args, 0, 0);
	authz_rule_query_read_ids(&beneath.ids, 1);
	/* The deleted one is among them. */
	if (beneath.ids.count <= 1)
		return;
	args[0] = authz_rule_query_make_ids_array(&beneath.ids);
	PG_TRY();
	{
		deleted_beneath = &beneath;
		authz_rule_query_write(delete, args, beneath.ids.count);
	}
	PG_FINALLY();
	{
		deleted_beneath = outer;
	}
	PG_END_TRY();
}

/* Is the row deleted because it is beneath another one? */
static bool
is_deleted_beneath(AuthzTable table, int64 id)
{
	return deleted_beneath != NULL && deleted_beneath->table == table &&
		authz_id_list_contains(&deleted_beneath->ids, id);
}

/*
 * Delete the assignments and memberships of a subject; of a team also those of
 * the teams beneath it, and its members.
 */
static void
cascade_subject(int64 id)
{
	static AuthzRuleQuery kinds_of_dependents = {
		.sql = "SELECT EXISTS (SELECT FROM authz.assignments a WHERE a.subject_id = ANY ($1)), "
		"EXISTS (SELECT FROM authz.memberships m WHERE m.group_id = ANY ($1)) "
		"OR EXISTS (SELECT FROM authz.memberships m WHERE m.member_id = ANY ($1))",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery delete_assignments = {
		.sql = "DELETE FROM authz.assignments a WHERE a.subject_id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery delete_memberships = {
		.sql = "DELETE FROM authz.memberships m WHERE m.group_id = ANY ($1) OR m.member_id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	AuthzIdList ids = {0};
	Datum		args[1] = {Int64GetDatum(id)};
	bool		assignments;
	bool		memberships;

	if (is_deleted_beneath(AUTHZ_SUBJECTS, id))
		return;
	authz_rule_query_read(&teams_within, args, 0, 0);
	authz_rule_query_read_ids(&ids, 1);
	args[0] = authz_rule_query_make_ids_array(&ids);

	authz_rule_query_read(&kinds_of_dependents, args, ids.count, 0);
	assignments = strcmp(authz_rule_query_text(0, 1), "t") == 0;
	memberships = strcmp(authz_rule_query_text(0, 2), "t") == 0;

	if (assignments)
		authz_rule_query_write(&delete_assignments, args, ids.count);
	if (memberships)
		authz_rule_query_write(&delete_memberships, args, ids.count);
}

/*
 * Delete what belongs to the role; uses of it are refused afterwards.  A type
 * may come to name it as a base permission, which no row lock prevents.
 */
static void
cascade_role(int64 id)
{
	static AuthzRuleQuery delete_permissions = {
		.sql = "DELETE FROM authz.role_permissions rp WHERE rp.role_id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	static AuthzRuleQuery delete_inherited = {
		.sql = "DELETE FROM authz.role_inherits i WHERE i.role_id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	static AuthzRuleQuery delete_base_roles = {
		.sql = "DELETE FROM authz.role_base_roles b WHERE b.role_id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	Datum		args[1] = {Int64GetDatum(id)};

	authz_lock_model(false);
	authz_id_list_add(&pending_deletes->roles, id);
	authz_rule_query_write(&delete_permissions, args, 0);
	authz_rule_query_write(&delete_inherited, args, 0);
	authz_rule_query_write(&delete_base_roles, args, 0);
}

static void
cascade_permission(Datum name)
{
	static AuthzRuleQuery delete_requirements = {
		.sql = "DELETE FROM authz.permission_requirements q WHERE q.permission = authz.permission($1)",
		.nargs = 1, .argtypes = {TEXTOID}
	};

	authz_rule_query_write(&delete_requirements, &name, 0);
}

static void
cascade_resource_type(Datum name)
{
	static AuthzRuleQuery delete_permissions = {
		.sql = "DELETE FROM authz.management_permissions m WHERE m.resource_type = $1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	static AuthzRuleQuery delete_roles = {
		.sql = "DELETE FROM authz.management_roles m WHERE m.resource_type = $1",
		.nargs = 1, .argtypes = {TEXTOID}
	};

	authz_rule_query_write(&delete_permissions, &name, 0);
	authz_rule_query_write(&delete_roles, &name, 0);
}

static void
refuse_if_used(Relation relation, AuthzRuleQuery *uses, Datum *key, const char *kind, const char *name)
{
	char	   *list;

	authz_rule_query_read(uses, key, 0, 1);
	list = authz_rule_query_text(0, 1);
	if (list != NULL)
		ereport(ERROR,
				errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				errmsg("cannot drop %s \"%s\" because it is in use", kind, name),
				errdetail_internal("%s", list),
				errhint("Take these uses away first."),
				errtable(relation));
}

/*
 * A subject that leaves a resource with members loses everything in it: its
 * assignments on it and beneath, from every source, and its memberships in its
 * teams and in the member lists and teams beneath.
 */
void
authz_cascade_lost_memberships(AuthzIdList *groups, AuthzIdList *members)
{
	static AuthzRuleQuery left = {
		.sql = "SELECT g.resource_id, k.member_id FROM unnest($1, $2) AS k (group_id, member_id) "
		"JOIN authz.subjects g ON g.id = k.group_id "
		"WHERE authz.subject_kind(g.subject) = 'member' AND NOT g.resource_id = ANY ($3) "
		"AND authz_internal.is_member(k.member_id, g.resource_id) IS NOT TRUE",
		.nargs = 3, .argtypes = {INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID}
	};
	static AuthzRuleQuery delete_assignments = {
		.sql = "DELETE FROM authz.assignments a USING unnest($1, $2) AS l (resource_id, member_id) "
		"WHERE a.subject_id = l.member_id AND authz_internal.resource_is_within(a.resource_id, l.resource_id)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	static AuthzRuleQuery delete_memberships = {
		.sql = "DELETE FROM authz.memberships m USING unnest($1, $2) AS l (resource_id, member_id), authz.subjects g "
		"WHERE m.member_id = l.member_id AND g.id = m.group_id "
		"AND g.resource_id IS NOT NULL AND authz_internal.resource_is_within(g.resource_id, l.resource_id)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	AuthzIdList left_resources = {0};
	AuthzIdList left_members = {0};
	Datum		args[3] = {authz_rule_query_make_ids_array(groups), authz_rule_query_make_ids_array(members), authz_cascade_pending_resources()};

	if (authz_rule_query_read(&left, args, groups->count, 0) == 0)
		return;
	authz_rule_query_read_ids(&left_resources, 1);
	authz_rule_query_read_ids(&left_members, 2);

	args[0] = authz_rule_query_make_ids_array(&left_resources);
	args[1] = authz_rule_query_make_ids_array(&left_members);
	authz_rule_query_write(&delete_assignments, args, left_resources.count);
	authz_rule_query_write(&delete_memberships, args, left_resources.count);
}

Datum
authz_cascade_pending_resources(void)
{
	return collect_pending_ids(offsetof(PendingDelete, resources));
}

Datum
authz_cascade_pending_roles(void)
{
	return collect_pending_ids(offsetof(PendingDelete, roles));
}

static Datum
collect_pending_ids(size_t offset)
{
	AuthzIdList all = {0};

	for (PendingDelete *g = pending_deletes; g != NULL; g = g->outer)
	{
		AuthzIdList *ids = (AuthzIdList *) ((char *) g + offset);

		for (size_t i = 0; i < ids->count; i++)
			authz_id_list_add(&all, ids->values[i]);
	}
	return authz_rule_query_make_ids_array(&all);
}

/* The value of a column of the deleted row; 0 for null. */
static Datum
get_deleted_value(TriggerData *trigger, const char *name)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			attnum = SPI_fnumber(desc, name);
	bool		isnull;

	if (attnum <= 0)
		elog(ERROR, "table \"%s\" has no column \"%s\"", RelationGetRelationName(trigger->tg_relation), name);
	return heap_getattr(trigger->tg_trigtuple, attnum, desc, &isnull);
}
