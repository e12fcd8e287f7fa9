/*
 * tracked_write.c
 *		Resources of rows: made, taken over, renamed, removed.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "rules/rule_query.h"
#include "session/caller.h"
#include "sync/follower.h"
#include "sync/tracked_parent.h"
#include "sync/tracked_statement.h"
#include "sync/tracked_write.h"
#include "tables/rows.h"

/* So many new rows, one after another, are a load. */
#define LOAD 1000

/* Under which name a resource waits that is in the way: type, key. */
#define ASIDE_NAME "%s:#aside " INT64_FORMAT " " UINT64_FORMAT

/* What hangs on a resource r. */
#define ANYTHING_HANGS \
	"(EXISTS (SELECT FROM authz.assignments a WHERE a.resource_id = r.id) " \
	"OR EXISTS (SELECT FROM authz.subjects s WHERE s.resource_id = r.id AND (authz.subject_kind(s.subject) <> 'member' " \
	"           OR EXISTS (SELECT FROM authz.memberships m WHERE m.group_id = s.id))) " \
	"OR EXISTS (SELECT FROM authz.roles o WHERE o.owner_id = r.id) " \
	"OR EXISTS (SELECT FROM authz.resources c WHERE c.parent_id = r.id))"

static void settle(AuthzFollower *follower, text *resource, int64 parent_id, const AuthzSeenRow *seen);
static void take_over(AuthzFollower *follower, uint64 there);
static void adopt(AuthzFollower *follower, Datum names, const AuthzIds *parents);
static void note_leftover(AuthzFollower *follower, text *resource, const AuthzSeenRow *seen);
static void raise_taken(AuthzFollower *follower, const char *resource, const char *detail);
static char *aside_name(AuthzFollower *follower, int64 id);
static void clear_name(AuthzFollower *follower, text *new);

void
authz_tracked_check_create(AuthzFollower *follower, text *resource, int64 parent_id)
{
	static AuthzRuleQuery check_creator = {
		.sql = "SELECT authz_internal.gate_check_create_row($1::authz.resource, nullif($2, 0))",
		.nargs = 2, .argtypes = {TEXTOID, INT8OID}
	};
	Datum		args[2] = {PointerGetDatum(resource), Int64GetDatum(parent_id)};

	if (follower->tracking->creator_role_id == 0)
		return;
	authz_rule_query_write(&check_creator, args, 1);
}

/*
 * The resource of a row whose policies are about to be checked; 0: somebody else has
 * made it at this moment.  With the creator's role, where the table has one.
 */
int64
authz_tracked_make_provisional(AuthzFollower *follower, text *resource, int64 parent_id)
{
	static AuthzRuleQuery make = {
		.sql = "INSERT INTO authz.resources (resource, parent_id, has_row) VALUES ($1::authz.resource, nullif($2, 0), true) "
		"ON CONFLICT (resource) DO NOTHING RETURNING id",
		.nargs = 2, .argtypes = {TEXTOID, INT8OID}
	};
	static AuthzRuleQuery give = {
		.sql = "SELECT authz_internal.give_creator_role($1, $2)",
		.nargs = 2, .argtypes = {INT8OID, INT8OID}
	};
	Datum		args[2] = {PointerGetDatum(resource), Int64GetDatum(parent_id)};
	int64		role_id = follower->tracking->creator_role_id;
	int64		id;

	authz_tracked_check_create(follower, resource, parent_id);
	if (authz_rule_query_write(&make, args, 1) == 0)
		return 0;
	id = pg_strtoint64(authz_rule_query_text(0, 1));
	if (role_id != 0)
	{
		args[0] = Int64GetDatum(id);
		args[1] = Int64GetDatum(role_id);
		authz_rule_query_write(&give, args, 1);
	}
	return id;
}

/*
 * A row that was there before the table was tracked, or that has come by a restore.
 * Where so many are new that it looks like a load, the write itself finds out.
 */
void
authz_tracked_add_existing(AuthzFollower *follower, TupleTableSlot *row)
{
	MemoryContext caller = MemoryContextSwitchTo(follower->batch);
	const AuthzTrackedTable *tracking = follower->tracking;
	text	   *resource = authz_tracked_table_resource(tracking, row);
	AuthzResourceRow found;

	if (resource != NULL)
	{
		int64		parent_id = authz_follower_parent_id(follower, row, resource, false);
		bool		there = false;

		if (follower->new_in_a_row < LOAD)
		{
			there = authz_follower_read(follower, resource, &found);
			follower->new_in_a_row = there ? 0 : follower->new_in_a_row + 1;
		}
		if (!there || !found.has_row ||
			(tracking->parent_column != InvalidAttrNumber && found.parent_id != parent_id))
			authz_follower_add(follower, resource, parent_id);
	}
	MemoryContextSwitchTo(caller);
	if (follower->count == AUTHZ_FOLLOWER_BATCH)
		authz_tracked_write_existing(follower);
}

/* A new row.  Where the BEFORE trigger has seen it, its resource is there. */
void
authz_tracked_add_new(AuthzFollower *follower, TupleTableSlot *row)
{
	MemoryContext caller = MemoryContextSwitchTo(follower->batch);
	const AuthzTrackedTable *tracking = follower->tracking;
	text	   *resource = authz_tracked_table_resource(tracking, row);
	AuthzTrackedStatement *statement = follower->inserting ? authz_tracked_statement_current(tracking->relids, true) : NULL;
	AuthzSeenRow *seen = NULL;
	AuthzResourceRow found;

	if (resource != NULL)
	{
		int64		parent_id = authz_follower_parent_id(follower, row, resource, false);

		if (statement != NULL && authz_tracked_statement_has_seen(statement))
		{
			seen = authz_tracked_statement_store(statement, resource, parent_id);
			if (seen == NULL)
				ereport(ERROR,
						errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
						errmsg("a trigger has changed the id or the parent of a row of table \"%s\" too late", tracking->table),
						errdetail("The row is \"%s\" now; the policies have been checked for another one.", text_to_cstring(resource)),
						errhint("Give the trigger a name before \"%s\".", "~authz_track_before"));
		}
		if (seen != NULL)
		{
			/* Unless it is the one that was made for it, and is confirmed by this. */
			if (!authz_follower_read(follower, resource, &found) || found.id != seen->provisional_id)
				settle(follower, resource, parent_id, seen);
			resource = NULL;
		}
		if (resource != NULL)
			authz_follower_add(follower, resource, parent_id);
	}
	MemoryContextSwitchTo(caller);
	if (follower->count == AUTHZ_FOLLOWER_BATCH)
		authz_tracked_write_new(follower);
}

/*
 * A row whose policies have been checked before: by the answer of a resource that was there,
 * or that has gone since.  Whoever is making, changing or removing one at this moment is
 * waited for; one that is made now is made under the rules of the BEFORE trigger.
 */
static void
settle(AuthzFollower *follower, text *resource, int64 parent_id, const AuthzSeenRow *seen)
{
	static AuthzRuleQuery lock = {
		.sql = "SELECT r.has_row FROM authz.resources r WHERE r.resource = $1::authz.resource FOR NO KEY UPDATE",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	Datum		args[1] = {PointerGetDatum(resource)};
	AuthzIds	parents = {0};

	while (authz_rule_query_lock(&lock, args, 1) == 0)
	{
		if (authz_tracked_make_provisional(follower, resource, parent_id) == 0)
			continue;
		if (seen->was_there && seen->parent_then != parent_id && !authz_caller_is_administrator())
			ereport(ERROR,
					errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
					errmsg("resource \"%s\" has gone since the policies of its new row were checked", text_to_cstring(resource)),
					errdetail("It had another parent than the row of table \"%s\".", follower->tracking->table),
					errhint("Insert the row in a statement of its own."));
		follower->written++;
		authz_follower_refresh(follower);
		return;
	}
	if (strcmp(authz_rule_query_text(0, 1), "t") == 0)
	{
		if (!follower->lookahead)
			raise_taken(follower, text_to_cstring(resource), "Another row has it.");
		note_leftover(follower, resource, seen);
		return;
	}
	authz_ids_add(&parents, parent_id);
	adopt(follower, PointerGetDatum(construct_array(args, 1, TEXTOID, -1, false, TYPALIGN_INT)), &parents);
}

/* A row that is gone. */
void
authz_tracked_add_old(AuthzFollower *follower, TupleTableSlot *row)
{
	MemoryContext caller = MemoryContextSwitchTo(follower->batch);
	text	   *resource = authz_tracked_table_resource(follower->tracking, row);

	if (resource != NULL)
		authz_follower_add(follower, resource, 0);
	MemoryContextSwitchTo(caller);
	if (follower->count == AUTHZ_FOLLOWER_BATCH)
		authz_tracked_write_old(follower);
}

/* Whatever hangs on it: the row was there, too. */
void
authz_tracked_write_existing(AuthzFollower *follower)
{
	static AuthzRuleQuery write = {
		.sql = "INSERT INTO authz.resources AS r (resource, parent_id, has_row) "
		"SELECT DISTINCT ON (n.resource) n.resource, nullif(n.parent_id, 0), true "
		"FROM (SELECT u.resource::authz.resource, u.parent_id, u.number "
		"      FROM unnest($1, $2) WITH ORDINALITY AS u (resource, parent_id, number)) n "
		"ORDER BY n.resource, n.number DESC "
		"ON CONFLICT (resource) DO UPDATE SET parent_id = CASE WHEN $3 THEN excluded.parent_id ELSE r.parent_id END, has_row = true "
		"WHERE NOT r.has_row OR $3 AND r.parent_id IS DISTINCT FROM excluded.parent_id",
		.nargs = 3, .argtypes = {TEXTARRAYOID, INT8ARRAYOID, BOOLOID}
	};
	Datum		args[3];

	if (follower->count == 0)
		return;
	args[0] = authz_follower_take(follower);
	args[1] = authz_rule_query_make_ids_array(&follower->parents);
	args[2] = BoolGetDatum(follower->tracking->parent_column != InvalidAttrNumber);
	follower->written += authz_rule_query_write(&write, args, follower->count);
	authz_follower_forget(follower);
}

/*
 * Most often all are new.  Of those that are there, one may be taken over that no row
 * has and on which nothing hangs.  One that a row has is refused; but when the rows of a
 * whole statement are looked at ahead, that row may be about to go, or to have another id.
 */
void
authz_tracked_write_new(AuthzFollower *follower)
{
	static AuthzRuleQuery write_one = {
		.sql = "WITH made AS (INSERT INTO authz.resources (resource, parent_id, has_row) VALUES ($1::authz.resource, nullif($2, 0), true) "
		"              ON CONFLICT (resource) DO NOTHING RETURNING id) "
		"SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM made)",
		.nargs = 2, .argtypes = {TEXTOID, INT8OID}
	};
	static AuthzRuleQuery write_many = {
		.sql = "WITH new AS MATERIALIZED (SELECT u.resource, u.parent_id, u.number, row_number() OVER (PARTITION BY u.resource ORDER BY u.number) AS nth "
		"                          FROM unnest($1, $2) WITH ORDINALITY AS u (resource, parent_id, number)), "
		"made AS (INSERT INTO authz.resources (resource, parent_id, has_row) "
		"         SELECT n.resource::authz.resource, nullif(n.parent_id, 0), true FROM new n WHERE n.nth = 1 ORDER BY n.resource "
		"         ON CONFLICT (resource) DO NOTHING RETURNING resource::text) "
		"SELECT n.resource, n.parent_id FROM new n WHERE n.nth > 1 OR NOT EXISTS (SELECT FROM made m WHERE m.resource = n.resource) ORDER BY n.number",
		.nargs = 2, .argtypes = {TEXTARRAYOID, INT8ARRAYOID}
	};
	uint64		there;
	Datum		args[2];

	if (follower->count == 0)
		return;
	if (follower->count == 1)
	{
		args[0] = follower->resources[0];
		args[1] = Int64GetDatum(follower->parents.values[0]);
		there = authz_rule_query_write(&write_one, args, 1);
	}
	else
	{
		args[0] = authz_follower_take(follower);
		args[1] = authz_rule_query_make_ids_array(&follower->parents);
		there = authz_rule_query_write(&write_many, args, follower->count);
	}
	follower->written += follower->count - there;
	if (there > 0)
		take_over(follower, there);
	authz_follower_forget(follower);
}

/* The rows of the last query are new, and their resources are there already. */
static void
take_over(AuthzFollower *follower, uint64 there)
{
	ArrayBuildState *names = NULL;
	AuthzIds	parents = {0};

	/* Those that a row has, perhaps another one of these, and the others. */
	authz_follower_refresh(follower);
	for (uint64 i = 0; i < there; i++)
	{
		char	   *name = authz_rule_query_text(i, 1);
		text	   *resource = cstring_to_text(name);
		AuthzResourceRow found;

		if (!follower->applied && authz_follower_read(follower, resource, &found) && found.has_row)
		{
			if (!follower->lookahead)
				raise_taken(follower, name, "Another row has it.");
			note_leftover(follower, resource, NULL);
			continue;
		}
		names = accumArrayResult(names, PointerGetDatum(resource), false, TEXTOID, CurrentMemoryContext);
		authz_ids_add(&parents, pg_strtoint64(authz_rule_query_text(i, 2)));
	}
	if (names != NULL)
		adopt(follower, makeArrayResult(names, CurrentMemoryContext), &parents);
}

/* Resources that no row has become those of new rows; an error where that may not be. */
static void
adopt(AuthzFollower *follower, Datum names, const AuthzIds *parents)
{
	static AuthzRuleQuery adopt_any = {
		.sql = "UPDATE authz.resources r SET has_row = true, parent_id = CASE WHEN $3 THEN nullif(u.parent_id, 0) ELSE r.parent_id END "
		"FROM unnest($1, $2) AS u (resource, parent_id) "
		"WHERE r.resource = u.resource::authz.resource "
		"AND (NOT r.has_row OR $3 AND r.parent_id IS DISTINCT FROM nullif(u.parent_id, 0))",
		.nargs = 3, .argtypes = {TEXTARRAYOID, INT8ARRAYOID, BOOLOID}
	};
	static AuthzRuleQuery adopt_empty = {
		.sql = "UPDATE authz.resources r SET has_row = true "
		"FROM unnest($1, $2) AS u (resource, parent_id) "
		"WHERE r.resource = u.resource::authz.resource AND NOT r.has_row "
		"AND (NOT $3 OR r.parent_id IS NOT DISTINCT FROM nullif(u.parent_id, 0)) AND NOT " ANYTHING_HANGS,
		.nargs = 3, .argtypes = {TEXTARRAYOID, INT8ARRAYOID, BOOLOID}
	};
	static AuthzRuleQuery find_taken = {
		.sql = "SELECT r.resource, r.parent_id IS NOT DISTINCT FROM nullif(u.parent_id, 0) OR NOT $3 "
		"FROM unnest($1, $2) AS u (resource, parent_id) JOIN authz.resources r ON r.resource = u.resource::authz.resource "
		"WHERE NOT r.has_row ORDER BY r.resource::text COLLATE \"C\"",
		.nargs = 3, .argtypes = {TEXTARRAYOID, INT8ARRAYOID, BOOLOID}
	};
	Datum		args[3] = {names, authz_rule_query_make_ids_array(parents), BoolGetDatum(follower->tracking->parent_column != InvalidAttrNumber)};

	if (follower->applied)
		follower->written += authz_rule_query_write(&adopt_any, args, parents->count);
	else if (authz_rule_query_write(&adopt_empty, args, parents->count) < parents->count &&
			 authz_rule_query_read(&find_taken, args, parents->count, 1) > 0)
		raise_taken(follower, authz_rule_query_text(0, 1), strcmp(authz_rule_query_text(0, 2), "t") == 0 ?
					"Something hangs on it: assignments, members, teams, custom roles or resources beneath it." :
					"It has another parent.");
}

/* Its own event will tell.  seen: as the BEFORE trigger has seen the row, or NULL. */
static void
note_leftover(AuthzFollower *follower, text *resource, const AuthzSeenRow *seen)
{
	AuthzLeftovers *leftovers = follower->leftovers;
	MemoryContext caller = MemoryContextSwitchTo(leftovers->context);
	AuthzLeftover *leftover = palloc0(sizeof(AuthzLeftover));

	leftover->name = text_to_cstring(resource);
	leftover->was_seen = seen != NULL;
	if (seen != NULL)
		leftover->seen = *seen;
	leftovers->rows = lappend(leftovers->rows, leftover);
	MemoryContextSwitchTo(caller);
}

/* The row of this event, if it is the next of those that were left over: events come in the order of the rows. */
void
authz_tracked_add_leftover(AuthzFollower *follower, TupleTableSlot *row)
{
	MemoryContext caller = MemoryContextSwitchTo(follower->batch);
	AuthzLeftovers *leftovers = follower->leftovers;
	text	   *resource = authz_tracked_table_resource(follower->tracking, row);
	AuthzLeftover *next = leftovers->next < list_length(leftovers->rows) ? list_nth(leftovers->rows, leftovers->next) : NULL;

	if (next != NULL && resource != NULL && strcmp(text_to_cstring(resource), next->name) == 0)
	{
		int64		parent_id = authz_follower_parent_id(follower, row, resource, false);

		leftovers->next++;
		if (next->was_seen)
			settle(follower, resource, parent_id, &next->seen);
		else
			authz_follower_add(follower, resource, parent_id);
	}
	MemoryContextSwitchTo(caller);
}

static void
raise_taken(AuthzFollower *follower, const char *resource, const char *detail)
{
	ereport(ERROR,
			errcode(ERRCODE_UNIQUE_VIOLATION),
			errmsg("a row of table \"%s\" cannot take over resource \"%s\"", follower->tracking->table, resource),
			errdetail_internal("%s", detail),
			errhint("Choose another id; an administrator drops the resource with authz.drop_resource."));
}

/* Rows whose parent they were have left it before they go. */
void
authz_tracked_write_old(AuthzFollower *follower)
{
	static AuthzRuleQuery check = {
		.sql = "SELECT authz_internal.gate_check_lose_resources($1::authz.resource[])",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	static AuthzRuleQuery remove = {
		.sql = "DELETE FROM authz.resources r WHERE r.resource = ANY ($1::authz.resource[])",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	AuthzTrackedStatement *statement = authz_tracked_statement_current(follower->tracking->relids, false);
	List	   *orphans;
	Datum		args[1];

	if (follower->count == 0)
		return;
	/* One that is set aside has the name that it waits under. */
	for (int i = 0; statement != NULL && !follower->is_newer && i < follower->count; i++)
	{
		int64		id = authz_tracked_statement_take_aside(statement, (text *) DatumGetPointer(follower->resources[i]));

		if (id != 0)
			follower->resources[i] = CStringGetTextDatum(aside_name(follower, id));
	}
	args[0] = authz_follower_take(follower);
	authz_tracked_let_children_leave(follower, args[0]);
	orphans = authz_tracked_find_orphans(follower, args[0]);
	if (!follower->applied)
		authz_rule_query_write(&check, args, follower->count);
	authz_rule_query_write(&remove, args, follower->count);
	authz_tracked_keep_orphans(follower, orphans);
	authz_follower_forget(follower);
}

/* Returns the key of the resource; 0: there is none under the old name. */
int64
authz_tracked_rename(AuthzFollower *follower, text *old, text *new)
{
	static AuthzRuleQuery rename = {
		.sql = "UPDATE authz.resources r SET resource = $2::authz.resource WHERE r.id = $1",
		.nargs = 2, .argtypes = {INT8OID, TEXTOID}
	};
	AuthzTrackedStatement *statement = authz_tracked_statement_current(follower->tracking->relids, false);
	AuthzResourceRow found;
	int64		id = statement == NULL ? 0 : authz_tracked_statement_take_aside(statement, old);
	Datum		args[2];

	if (id == 0)
	{
		if (!authz_follower_read(follower, old, &found) || authz_tracked_statement_is_provisional(found.id))
			return 0;
		id = found.id;
		if (VARSIZE(old) == VARSIZE(new) && memcmp(old, new, VARSIZE(old)) == 0)
			return id;
	}
	clear_name(follower, new);
	args[0] = Int64GetDatum(id);
	args[1] = PointerGetDatum(new);
	authz_rule_query_write(&rename, args, 1);
	authz_follower_refresh(follower);
	return id;
}

/* Under which name the resource waits: one that nobody can foresee, and give to a row. */
static char *
aside_name(AuthzFollower *follower, int64 id)
{
	static uint64 nonce = 0;

	if (nonce == 0 && !pg_strong_random(&nonce, sizeof(nonce)))
		ereport(ERROR,
				errcode(ERRCODE_INTERNAL_ERROR),
				errmsg("could not generate random values"));
	return psprintf(ASIDE_NAME, follower->tracking->type, id, nonce);
}

/*
 * A resource that has the name which another one needs: an empty one goes; one whose row
 * is still to come, with another id or gone, is set aside.
 */
static void
clear_name(AuthzFollower *follower, text *new)
{
	static AuthzRuleQuery remove_empty = {
		.sql = "DELETE FROM authz.resources r WHERE r.id = $1 AND NOT r.has_row AND NOT " ANYTHING_HANGS,
		.nargs = 1, .argtypes = {INT8OID}
	};
	static AuthzRuleQuery remove_provisional = {
		.sql = "DELETE FROM authz.resources r WHERE r.id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	static AuthzRuleQuery set_aside = {
		.sql = "UPDATE authz.resources r SET resource = $2::authz.resource WHERE r.id = $1",
		.nargs = 2, .argtypes = {INT8OID, TEXTOID}
	};
	AuthzTrackedStatement *statement = authz_tracked_statement_current(follower->tracking->relids, false);
	AuthzResourceRow found;
	Datum		args[2];
	int64		id;

	if (!authz_follower_read(follower, new, &found))
		return;
	id = found.id;
	args[0] = Int64GetDatum(id);
	if (!found.has_row)
	{
		if (authz_rule_query_write(&remove_empty, args, 1) == 0)
			raise_taken(follower, text_to_cstring(new), "Something hangs on it: assignments, members, teams, custom roles or resources beneath it.");
		return;
	}
	/* Its row has ended in DO UPDATE, or has not come yet; then that is refused. */
	if (authz_tracked_statement_is_provisional(id))
	{
		authz_rule_query_write(&remove_provisional, args, 1);
		return;
	}
	if (statement == NULL)
		raise_taken(follower, text_to_cstring(new), "Another row has it.");
	args[1] = CStringGetTextDatum(aside_name(follower, id));
	authz_rule_query_write(&set_aside, args, 1);
	authz_tracked_statement_set_aside(statement, new, id);
}
