/*
 * cascade.c
 *	  What a removal takes along, and what refuses to be removed.
 *
 * Two triggers per removed row:
 *
 * - authz_internal.cascade, BEFORE: what hangs on the row in other tables goes first, so
 *   that the audit log can still name the row.  PostgreSQL has locked the row
 *   then, so that nobody can hang anything new on it.
 * - authz_internal.cascade_after, AFTER, with a name that sorts before the foreign keys'
 *   triggers (RI_...): what hangs on it in its own table (child resources, child
 *   teams) goes now.  Not before: a statement that removes parent and child
 *   would meet rows that its own trigger removed, which PostgreSQL refuses.  And
 *   types, permissions and roles that are still used are refused here, with
 *   words for it, after all rows of the statement have gone.
 *
 * While a resource goes, the rules do not ask for what goes with it: its roles
 * need no holders, its members leave nothing behind.
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

/* The removals under way, innermost first; on the stack of cascade. */
typedef struct Going
{
	AuthzIds	resources;
	AuthzIds	roles;
	struct Going *outer;
} Going;

static Going *going = NULL;

static void cascade_resource(int64 id);
static void cascade_subject(int64 id);
static void cascade_role(int64 id);
static void cascade_permission(Datum name);
static void cascade_resource_type(Datum name);
static void cascade_after_resource(int64 id);
static void cascade_after_subject(int64 id);
static void refuse_used(Relation relation, AuthzQuery *uses, Datum *key, const char *kind, const char *name);

static Datum get_value(TriggerData *trigger, const char *name);
static Datum collect(size_t offset);

/* Rows on which something hangs. */
#define CASCADING_TABLES (AUTHZ_TABLE_BIT(AUTHZ_RESOURCES) | AUTHZ_TABLE_BIT(AUTHZ_SUBJECTS) | \
						  AUTHZ_TABLE_BIT(AUTHZ_ROLES) | AUTHZ_TABLE_BIT(AUTHZ_PERMISSIONS) | \
						  AUTHZ_TABLE_BIT(AUTHZ_RESOURCE_TYPES))

PG_FUNCTION_INFO_V1(authz_cascade);
Datum
authz_cascade(PG_FUNCTION_ARGS)
{
	AuthzTable	table;
	TriggerData *trigger = authz_trigger_begin(fcinfo, "authz_internal.cascade",
											   AUTHZ_FIRES_BEFORE | AUTHZ_FIRES_ROW | AUTHZ_FIRES_DELETE,
											   CASCADING_TABLES, &table);
	AuthzQueryContext saved;
	Going		here = {.outer = going};

	authz_query_begin(trigger->tg_relation->rd_rel->relowner, &saved);
	PG_TRY();
	{
		going = &here;
		if (table == AUTHZ_RESOURCES)
			cascade_resource(DatumGetInt64(get_value(trigger, "id")));
		else if (table == AUTHZ_SUBJECTS)
			cascade_subject(DatumGetInt64(get_value(trigger, "id")));
		else if (table == AUTHZ_ROLES)
			cascade_role(DatumGetInt64(get_value(trigger, "id")));
		else if (table == AUTHZ_PERMISSIONS)
			cascade_permission(get_value(trigger, "name"));
		else
			cascade_resource_type(get_value(trigger, "name"));
	}
	PG_FINALLY();
	{
		going = here.outer;
	}
	PG_END_TRY();
	authz_query_end(&saved);
	return PointerGetDatum(trigger->tg_trigtuple);
}

PG_FUNCTION_INFO_V1(authz_cascade_after);
Datum
authz_cascade_after(PG_FUNCTION_ARGS)
{
	static AuthzQuery role_uses = {
		.sql = "SELECT authz_internal.role_uses($1, $2, $3, nullif($4, 0))",
		.nargs = 4, .argtypes = {INT8OID, TEXTOID, TEXTOID, INT8OID}
	};
	static AuthzQuery permission_uses = {
		.sql = "SELECT authz_internal.permission_uses(authz.permission($1))",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	static AuthzQuery type_uses = {
		.sql = "SELECT authz_internal.resource_type_uses($1)",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	AuthzTable	table;
	TriggerData *trigger = authz_trigger_begin(fcinfo, "authz_internal.cascade_after",
											   AUTHZ_FIRES_AFTER | AUTHZ_FIRES_ROW | AUTHZ_FIRES_DELETE,
											   CASCADING_TABLES, &table);
	Relation	relation = trigger->tg_relation;
	AuthzQueryContext saved;

	authz_query_begin(relation->rd_rel->relowner, &saved);
	if (table == AUTHZ_RESOURCES)
		cascade_after_resource(DatumGetInt64(get_value(trigger, "id")));
	else if (table == AUTHZ_SUBJECTS)
		cascade_after_subject(DatumGetInt64(get_value(trigger, "id")));
	else if (table == AUTHZ_ROLES)
	{
		Datum		role[4] = {
			get_value(trigger, "id"), get_value(trigger, "name"),
			get_value(trigger, "resource_type"), get_value(trigger, "owner_id")
		};

		refuse_used(relation, &role_uses, role, "role", TextDatumGetCString(role[1]));
	}
	else if (table == AUTHZ_PERMISSIONS)
	{
		Datum		name = get_value(trigger, "name");

		refuse_used(relation, &permission_uses, &name, "permission", TextDatumGetCString(name));
	}
	else
	{
		Datum		name = get_value(trigger, "name");

		refuse_used(relation, &type_uses, &name, "resource type", TextDatumGetCString(name));
	}
	authz_query_end(&saved);
	return PointerGetDatum(NULL);
}

/*
 * Everything at and beneath the resource but the resources themselves:
 * assignments, teams and members, roles.
 */
static void
cascade_resource(int64 id)
{
	static AuthzQuery anything_hangs = {
		.sql = "SELECT WHERE EXISTS (SELECT FROM authz.resources r WHERE r.parent_id = $1) "
		"OR EXISTS (SELECT FROM authz.assignments a WHERE a.resource_id = $1) "
		"OR EXISTS (SELECT FROM authz.subjects s WHERE s.resource_id = $1) "
		"OR EXISTS (SELECT FROM authz.roles r WHERE r.owner_id = $1)",
		.nargs = 1, .argtypes = {INT8OID}
	};
	static AuthzQuery owned_roles = {
		.sql = "SELECT r.id FROM authz.roles r WHERE r.owner_id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery what_hangs = {
		.sql = "SELECT EXISTS (SELECT FROM authz.assignments a WHERE a.resource_id = ANY ($1) OR a.role_id = ANY ($2)), "
		"EXISTS (SELECT FROM authz.subjects s WHERE s.resource_id = ANY ($1))",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	static AuthzQuery delete_assignments = {
		.sql = "DELETE FROM authz.assignments a WHERE a.resource_id = ANY ($1) OR a.role_id = ANY ($2)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	static AuthzQuery delete_subjects = {
		.sql = "DELETE FROM authz.subjects s WHERE s.resource_id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery delete_roles = {
		.sql = "DELETE FROM authz.roles r WHERE r.id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	AuthzIds	root = {0};
	Datum		args[2];
	bool		assignments;
	bool		subjects;

	/* Most often nothing does, where many resources go. */
	args[0] = Int64GetDatum(id);
	if (authz_query_read(&anything_hangs, args, 0, 1) == 0)
		return;

	authz_ids_add(&root, id);
	authz_cascade_lock_beneath(&root, true, &going->resources);

	args[0] = authz_ids_array(&going->resources);
	authz_query_read(&owned_roles, args, going->resources.count, 0);
	authz_ids_read(&going->roles, 1);
	args[1] = authz_ids_array(&going->roles);

	authz_query_read(&what_hangs, args, going->resources.count, 0);
	assignments = strcmp(authz_query_text(0, 1), "t") == 0;
	subjects = strcmp(authz_query_text(0, 2), "t") == 0;

	if (assignments)
		authz_query_write(&delete_assignments, args, going->resources.count);
	if (subjects)
		authz_query_write(&delete_subjects, args, going->resources.count);
	if (going->roles.count > 0)
		authz_query_write(&delete_roles, &args[1], going->roles.count);
}

static void
cascade_after_resource(int64 id)
{
	static AuthzQuery children = {
		.sql = "SELECT FROM authz.resources r WHERE r.parent_id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	static AuthzQuery delete_children = {
		.sql = "DELETE FROM authz.resources r WHERE r.parent_id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	Datum		args[1] = {Int64GetDatum(id)};

	if (authz_query_read(&children, args, 0, 1) > 0)
		authz_query_write(&delete_children, args, 0);
}

/*
 * What a subject holds and where it is a member; of a team, what it and the
 * teams beneath it hold, and its members.
 */
static void
cascade_subject(int64 id)
{
	static AuthzQuery within = {
		.sql = "WITH RECURSIVE down (id) AS (SELECT $1 UNION SELECT s.id FROM down JOIN authz.subjects s ON s.parent_id = down.id) "
		"SELECT id FROM down",
		.nargs = 1, .argtypes = {INT8OID}
	};
	static AuthzQuery what_hangs = {
		.sql = "SELECT EXISTS (SELECT FROM authz.assignments a WHERE a.subject_id = ANY ($1)), "
		"EXISTS (SELECT FROM authz.memberships m WHERE m.group_id = ANY ($1)) "
		"OR EXISTS (SELECT FROM authz.memberships m WHERE m.member_id = ANY ($1))",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery delete_assignments = {
		.sql = "DELETE FROM authz.assignments a WHERE a.subject_id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery delete_memberships = {
		.sql = "DELETE FROM authz.memberships m WHERE m.group_id = ANY ($1) OR m.member_id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	AuthzIds	ids = {0};
	Datum		args[1] = {Int64GetDatum(id)};
	bool		assignments;
	bool		memberships;

	authz_query_read(&within, args, 0, 0);
	authz_ids_read(&ids, 1);
	args[0] = authz_ids_array(&ids);

	authz_query_read(&what_hangs, args, ids.count, 0);
	assignments = strcmp(authz_query_text(0, 1), "t") == 0;
	memberships = strcmp(authz_query_text(0, 2), "t") == 0;

	if (assignments)
		authz_query_write(&delete_assignments, args, ids.count);
	if (memberships)
		authz_query_write(&delete_memberships, args, ids.count);
}

static void
cascade_after_subject(int64 id)
{
	static AuthzQuery children = {
		.sql = "SELECT FROM authz.subjects s WHERE s.parent_id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	static AuthzQuery delete_children = {
		.sql = "DELETE FROM authz.subjects s WHERE s.parent_id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	Datum		args[1] = {Int64GetDatum(id)};

	if (authz_query_read(&children, args, 0, 1) > 0)
		authz_query_write(&delete_children, args, 0);
}

/*
 * Its own content; uses of the role are refused afterwards.  A type may come to
 * name it as a base permission, which no row lock tells.
 */
static void
cascade_role(int64 id)
{
	static AuthzQuery delete_permissions = {
		.sql = "DELETE FROM authz.role_permissions rp WHERE rp.role_id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	static AuthzQuery delete_base_roles = {
		.sql = "DELETE FROM authz.role_base_roles b WHERE b.role_id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	Datum		args[1] = {Int64GetDatum(id)};

	authz_lock_model(false);
	authz_ids_add(&going->roles, id);
	authz_query_write(&delete_permissions, args, 0);
	authz_query_write(&delete_base_roles, args, 0);
}

static void
cascade_permission(Datum name)
{
	static AuthzQuery delete_requirements = {
		.sql = "DELETE FROM authz.permission_requirements q WHERE q.permission = authz.permission($1)",
		.nargs = 1, .argtypes = {TEXTOID}
	};

	authz_query_write(&delete_requirements, &name, 0);
}

static void
cascade_resource_type(Datum name)
{
	static AuthzQuery delete_permissions = {
		.sql = "DELETE FROM authz.management_permissions m WHERE m.resource_type = $1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	static AuthzQuery delete_roles = {
		.sql = "DELETE FROM authz.management_roles m WHERE m.resource_type = $1",
		.nargs = 1, .argtypes = {TEXTOID}
	};

	authz_query_write(&delete_permissions, &name, 0);
	authz_query_write(&delete_roles, &name, 0);
}

static void
refuse_used(Relation relation, AuthzQuery *uses, Datum *key, const char *kind, const char *name)
{
	char	   *list;

	authz_query_read(uses, key, 0, 1);
	list = authz_query_text(0, 1);
	if (list != NULL)
		ereport(ERROR,
				errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				errmsg("cannot drop %s \"%s\" because it is in use", kind, name),
				errdetail_internal("%s", list),
				errhint("Take these uses away first."),
				errtable(relation));
}

/*
 * Whoever leaves a resource with members loses everything in it: what they hold
 * on it and beneath, from every source, and their place in its teams and in the
 * member lists and teams beneath.
 */
void
authz_cascade_left(AuthzIds *groups, AuthzIds *members)
{
	static AuthzQuery left = {
		.sql = "SELECT g.resource_id, k.member_id FROM unnest($1, $2) AS k (group_id, member_id) "
		"JOIN authz.subjects g ON g.id = k.group_id "
		"WHERE authz.subject_kind(g.subject) = 'member' AND NOT g.resource_id = ANY ($3) "
		"AND authz_internal.is_member(k.member_id, g.resource_id) IS NOT TRUE",
		.nargs = 3, .argtypes = {INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID}
	};
	static AuthzQuery delete_assignments = {
		.sql = "DELETE FROM authz.assignments a USING unnest($1, $2) AS l (resource_id, member_id) "
		"WHERE a.subject_id = l.member_id AND authz_internal.resource_is_within(a.resource_id, l.resource_id)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	static AuthzQuery delete_memberships = {
		.sql = "DELETE FROM authz.memberships m USING unnest($1, $2) AS l (resource_id, member_id), authz.subjects g "
		"WHERE m.member_id = l.member_id AND g.id = m.group_id "
		"AND g.resource_id IS NOT NULL AND authz_internal.resource_is_within(g.resource_id, l.resource_id)",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	AuthzIds	left_resources = {0};
	AuthzIds	left_members = {0};
	Datum		args[3] = {authz_ids_array(groups), authz_ids_array(members), authz_cascade_going_resources()};

	if (authz_query_read(&left, args, groups->count, 0) == 0)
		return;
	authz_ids_read(&left_resources, 1);
	authz_ids_read(&left_members, 2);

	args[0] = authz_ids_array(&left_resources);
	args[1] = authz_ids_array(&left_members);
	authz_query_write(&delete_assignments, args, left_resources.count);
	authz_query_write(&delete_memberships, args, left_resources.count);
}

/*
 * Finds the resources at and beneath the roots and locks them, until no more are
 * found: nothing can come beneath a locked one.
 */
void
authz_cascade_lock_beneath(AuthzIds *roots, bool roots_locked, AuthzIds *beneath)
{
	static AuthzQuery find = {
		.sql = "WITH RECURSIVE down (id) AS ("
		" SELECT unnest($1) UNION ALL SELECT r.id FROM down JOIN authz.resources r ON r.parent_id = down.id) "
		"SELECT id FROM down",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzQuery lock = {
		.sql = "SELECT r.id FROM authz.resources r WHERE r.id = ANY ($1) ORDER BY r.id FOR UPDATE",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	Datum		args[1] = {authz_ids_array(roots)};
	size_t		known = roots_locked ? roots->count : 0;

	for (;;)
	{
		Datum		lock_args[1];

		beneath->count = 0;
		authz_query_read(&find, args, roots->count, 0);
		authz_ids_read(beneath, 1);
		if (beneath->count <= known)
			break;
		known = beneath->count;
		lock_args[0] = authz_ids_array(beneath);
		authz_query_lock(&lock, lock_args, beneath->count);
	}
}

Datum
authz_cascade_going_resources(void)
{
	return collect(offsetof(Going, resources));
}

Datum
authz_cascade_going_roles(void)
{
	return collect(offsetof(Going, roles));
}

static Datum
collect(size_t offset)
{
	AuthzIds	all = {0};

	for (Going *g = going; g != NULL; g = g->outer)
	{
		AuthzIds   *ids = (AuthzIds *) ((char *) g + offset);

		for (size_t i = 0; i < ids->count; i++)
			authz_ids_add(&all, ids->values[i]);
	}
	return authz_ids_array(&all);
}

/* Of a column of the removed row; 0 for null. */
static Datum
get_value(TriggerData *trigger, const char *name)
{
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);
	int			attnum = SPI_fnumber(desc, name);
	bool		isnull;

	if (attnum <= 0)
		elog(ERROR, "table \"%s\" has no column \"%s\"", RelationGetRelationName(trigger->tg_relation), name);
	return heap_getattr(trigger->tg_trigtuple, attnum, desc, &isnull);
}
