/*
 * tracked_write.c
 *	  Writes the resources of rows: creates, takes over, renames and deletes
 *	  them.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "rules/moves.h"
#include "rules/rule_query.h"
#include "session/caller.h"
#include "sync/follower.h"
#include "sync/tracked_parent.h"
#include "sync/tracked_statement.h"
#include "sync/tracked_write.h"
#include "tables/rows.h"
#include "types/growing_array.h"

/* So many new rows, one after another, are a load. */
#define LOAD_ROWS 1000

/* The name of a resource that has been set aside: type, id, random number. */
#define ASIDE_NAME "%s:#aside " INT64_FORMAT " " UINT64_FORMAT

/* Has a resource r dependents? */
#define HAS_DEPENDENTS \
	"(EXISTS (SELECT FROM authz.assignments a WHERE a.resource_id = r.id) " \
	"OR EXISTS (SELECT FROM authz.subjects s WHERE s.resource_id = r.id AND (authz.subject_kind(s.subject) <> 'member' " \
	"           OR EXISTS (SELECT FROM authz.memberships m WHERE m.group_id = s.id))) " \
	"OR EXISTS (SELECT FROM authz.roles o WHERE o.owner_id = r.id) " \
	"OR EXISTS (SELECT FROM authz.resources c WHERE c.parent_id = r.id))"

static void place_existing(AuthzFollower *follower, text *resource, int64 parent_id, bool is_late);
static void place_new(AuthzFollower *follower, text *resource, int64 parent_id, const AuthzSeenRow *seen);
static void place_late(AuthzFollower *follower, text *resource, text *parent, const AuthzSeenRow *seen);
static void note_late(AuthzFollower *follower, const text *resource, const text *parent);
static AuthzTrackedStatement *find_statement(AuthzFollower *follower);
static bool place_ready_rows(AuthzFollower *follower, bool are_new);
static void write_existing(AuthzFollower *follower);
static void clear_made_batch(AuthzFollower *follower);
static void write_new(AuthzFollower *follower);
static void write_moves(AuthzFollower *follower);
static void finish_late_rows(AuthzFollower *follower, bool are_new);
static void settle_seen_row(AuthzFollower *follower, text *resource, int64 parent_id, const AuthzSeenRow *seen);
static void take_over_resources(AuthzFollower *follower, uint64 there);
static void adopt_resources(AuthzFollower *follower, Datum names, const AuthzIdList *parents);
static void note_leftover(AuthzFollower *follower, text *resource, const AuthzSeenRow *seen);
static void report_taken_resource(AuthzFollower *follower, const char *resource, const char *detail);
static char *make_aside_name(AuthzFollower *follower, int64 id);
static void clear_name(AuthzFollower *follower, text *new);

void
authz_tracked_write_check_create(AuthzFollower *follower, text *resource, int64 parent_id)
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
 * Create the resource of a row whose policies are about to be checked, with
 * the creator's role if the table has one; 0: another transaction has created
 * it at this moment.
 */
int64
authz_tracked_write_make_provisional(AuthzFollower *follower, text *resource, int64 parent_id)
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

	authz_tracked_write_check_create(follower, resource, parent_id);
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
 * Add a row that was there before the table was tracked, or that has come by a
 * restore.
 */
void
authz_tracked_write_add_existing(AuthzFollower *follower, TupleTableSlot *row)
{
	MemoryContext caller = MemoryContextSwitchTo(follower->batch);
	text	   *resource = authz_tracked_table_resource(follower->tracking, row);

	if (resource != NULL)
	{
		text	   *awaited;
		int64		parent_id = authz_follower_find_new_parent_id(follower, row, resource, &awaited);

		if (awaited != NULL)
			authz_tracked_waiting_add(follower->waiting, awaited, resource, NULL);
		else
			place_existing(follower, resource, parent_id, false);
	}
	MemoryContextSwitchTo(caller);
	if (follower->count == AUTHZ_FOLLOWER_BATCH)
		authz_tracked_write_flush_existing(follower);
}

/*
 * If so many rows are new that it looks like a load, the write itself finds
 * existing resources.  Where a table refers to itself, those that are there
 * move in the end, all together: one after another they might be in each
 * other's way.  Without its parent (is_late), a resource stays where it is.
 */
static void
place_existing(AuthzFollower *follower, text *resource, int64 parent_id, bool is_late)
{
	const AuthzTrackedTable *tracking = follower->tracking;
	bool		there = false;
	bool		moves;
	AuthzResourceRow found;

	if (follower->new_in_a_row < LOAD_ROWS || tracking->refers_to_itself || is_late)
	{
		there = authz_follower_read_resource(follower, resource, &found);
		follower->new_in_a_row = there ? 0 : follower->new_in_a_row + 1;
	}
	if (there && is_late)
		parent_id = found.parent_id;
	moves = there && tracking->nparents > 0 && found.parent_id != parent_id;
	if (moves && tracking->refers_to_itself)
	{
		MemoryContext caller = MemoryContextSwitchTo(follower->context);

		AUTHZ_MAKE_ROOM(&follower->moves);
		follower->moves.items[follower->moves.count++] = (AuthzMove)
		{
			.id = found.id, .old_parent = found.parent_id, .new_parent = parent_id
		};
		MemoryContextSwitchTo(caller);
	}
	else if (!there || !found.has_row || moves)
		authz_follower_add(follower, resource, parent_id);
}

/* Add a new row.  If the BEFORE trigger has seen it, its resource exists. */
void
authz_tracked_write_add_new(AuthzFollower *follower, TupleTableSlot *row)
{
	MemoryContext caller = MemoryContextSwitchTo(follower->batch);
	const AuthzTrackedTable *tracking = follower->tracking;
	text	   *resource = authz_tracked_table_resource(tracking, row);
	AuthzTrackedStatement *statement = follower->inserting ? authz_tracked_statement_find(tracking->relids, true) : NULL;
	AuthzSeenRow *seen = NULL;

	if (resource != NULL)
	{
		text	   *awaited;
		int64		parent_id = authz_follower_find_new_parent_id(follower, row, resource, &awaited);

		if (statement != NULL && authz_tracked_statement_has_seen(statement))
		{
			seen = authz_tracked_statement_note_stored(statement, resource, parent_id);
			if (seen == NULL)
				ereport(ERROR,
						errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
						errmsg("a trigger has changed the id or the parent of a row of table \"%s\" too late", tracking->table),
						errdetail("The row is \"%s\" now; the policies have been checked for another one.", text_to_cstring(resource)),
						errhint("Give the trigger a name before \"%s\".", "~authz_track_before"));
		}
		if (awaited == NULL)
			place_new(follower, resource, parent_id, seen);
		else if (follower->waiting != NULL)
			authz_tracked_waiting_add(follower->waiting, awaited, resource, seen);
		else
			place_late(follower, resource, awaited, seen);
	}
	MemoryContextSwitchTo(caller);
	if (follower->count == AUTHZ_FOLLOWER_BATCH)
		authz_tracked_write_flush_new(follower);
}

/* seen: as the BEFORE trigger has seen the row, or NULL. */
static void
place_new(AuthzFollower *follower, text *resource, int64 parent_id, const AuthzSeenRow *seen)
{
	AuthzResourceRow found;

	if (seen == NULL)
	{
		authz_follower_add(follower, resource, parent_id);
		return;
	}

	/*
	 * Unless the resource is the one that was created for the row, and is
	 * confirmed by this.
	 */
	if (!authz_follower_read_resource(follower, resource, &found) || found.id != seen->provisional_id)
		settle_seen_row(follower, resource, parent_id, seen);
	if (follower->waiting != NULL)
		authz_tracked_waiting_note_made(follower->waiting, resource);
}

/*
 * Place a row whose parent is missing: for now without one.  An error where
 * nothing that comes later can bring it.
 */
static void
place_late(AuthzFollower *follower, text *resource, text *parent, const AuthzSeenRow *seen)
{
	AuthzResourceRow found;

	if (!follower->applied && find_statement(follower) == NULL)
	{
		if (authz_follower_read_resource(follower, parent, &found))
			authz_follower_refuse_provisional(follower, parent, resource);
		authz_follower_refuse_parent(follower, parent, resource);
	}
	place_new(follower, resource, 0, seen);
	note_late(follower, resource, parent);
}

static void
note_late(AuthzFollower *follower, const text *resource, const text *parent)
{
	MemoryContext caller = MemoryContextSwitchTo(follower->context);
	AuthzLateRow *late = palloc(sizeof(AuthzLateRow));

	late->resource = cstring_to_text_with_len(VARDATA(resource), VARSIZE(resource) - VARHDRSZ);
	late->parent = cstring_to_text_with_len(VARDATA(parent), VARSIZE(parent) - VARHDRSZ);
	follower->late = lappend(follower->late, late);
	MemoryContextSwitchTo(caller);
}

/*
 * The statement at whose end rows can still get their parents.  When all its
 * new rows have been read, only an UPDATE that is a part of it can bring these.
 */
static AuthzTrackedStatement *
find_statement(AuthzFollower *follower)
{
	AuthzTrackedStatement *statement = NULL;

	if (follower->waiting == NULL)
		statement = authz_tracked_statement_find(follower->tracking->relids, true);
	if (statement == NULL)
		statement = authz_tracked_statement_find(follower->tracking->relids, false);
	return statement;
}

/*
 * Place rows whose parents have got their resources.  Returns false if there
 * were none.
 */
static bool
place_ready_rows(AuthzFollower *follower, bool are_new)
{
	MemoryContext caller = MemoryContextSwitchTo(follower->batch);
	AuthzWaitingRow *row;
	AuthzResourceRow found;
	text	   *parent;
	bool		is_missing;
	bool		any = false;

	while (follower->waiting != NULL && follower->count < AUTHZ_FOLLOWER_BATCH &&
		   (row = authz_tracked_waiting_next(follower->waiting, &parent, &is_missing)) != NULL)
	{
		int64		parent_id = 0;

		CHECK_FOR_INTERRUPTS();
		any = true;
		if (!is_missing)
		{
			if (!authz_follower_read_resource(follower, parent, &found))
			{
				authz_follower_refresh(follower);
				if (!authz_follower_read_resource(follower, parent, &found))
					authz_follower_refuse_parent(follower, parent, row->resource);
			}
			parent_id = found.id;
		}
		if (!are_new)
		{
			if (is_missing && follower->missing_parents == AUTHZ_PARENTS_REQUIRED)
				authz_follower_refuse_parent(follower, parent, row->resource);
			if (is_missing)
				note_late(follower, row->resource, parent);
			place_existing(follower, row->resource, parent_id, is_missing);
		}
		else if (is_missing)
			place_late(follower, row->resource, parent, row->was_seen ? &row->seen : NULL);
		else
			place_new(follower, row->resource, parent_id, row->was_seen ? &row->seen : NULL);
	}
	MemoryContextSwitchTo(caller);
	return any;
}

/*
 * Settle the resource of a row whose policies have been checked before, with
 * the answer of a resource that existed, or that has been deleted since.
 * Waits for a transaction that is creating, changing or deleting one at this
 * moment; one that is created now is created under the rules of the BEFORE
 * trigger.
 */
static void
settle_seen_row(AuthzFollower *follower, text *resource, int64 parent_id, const AuthzSeenRow *seen)
{
	static AuthzRuleQuery lock = {
		.sql = "SELECT r.has_row FROM authz.resources r WHERE r.resource = $1::authz.resource FOR NO KEY UPDATE",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	Datum		args[1] = {PointerGetDatum(resource)};
	AuthzIdList parents = {0};

	while (authz_rule_query_lock(&lock, args, 1) == 0)
	{
		if (authz_tracked_write_make_provisional(follower, resource, parent_id) == 0)
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
			report_taken_resource(follower, text_to_cstring(resource), "Another row has it.");
		note_leftover(follower, resource, seen);
		return;
	}
	authz_id_list_add(&parents, parent_id);
	adopt_resources(follower, PointerGetDatum(construct_array(args, 1, TEXTOID, -1, false, TYPALIGN_INT)), &parents);
}

/* Add a deleted row. */
void
authz_tracked_write_add_old(AuthzFollower *follower, TupleTableSlot *row)
{
	MemoryContext caller = MemoryContextSwitchTo(follower->batch);
	text	   *resource = authz_tracked_table_resource(follower->tracking, row);

	if (resource != NULL)
		authz_follower_add(follower, resource, 0);
	MemoryContextSwitchTo(caller);
	if (follower->count == AUTHZ_FOLLOWER_BATCH)
		authz_tracked_write_flush_old(follower);
}

void
authz_tracked_write_flush_existing(AuthzFollower *follower)
{
	do
		write_existing(follower);
	while (place_ready_rows(follower, false));
}

/*
 * Resources are taken over whatever dependents they have: their rows were
 * there, too.
 */
static void
write_existing(AuthzFollower *follower)
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
	args[0] = authz_follower_take_names(follower);
	args[1] = authz_rule_query_make_ids_array(&follower->parents);
	args[2] = BoolGetDatum(follower->tracking->nparents > 0);
	follower->written += authz_rule_query_write(&write, args, follower->count);
	clear_made_batch(follower);
}

/* The resources of the batch have been made. */
static void
clear_made_batch(AuthzFollower *follower)
{
	if (follower->waiting != NULL)
		for (int i = 0; i < follower->count; i++)
			authz_tracked_waiting_note_made(follower->waiting, (text *) DatumGetPointer(follower->resources[i]));
	authz_follower_clear_batch(follower);
}

void
authz_tracked_write_flush_new(AuthzFollower *follower)
{
	do
		write_new(follower);
	while (place_ready_rows(follower, true));
}

/*
 * Most often all resources are new.  An existing one may be taken over if no
 * row has it and it has no dependents.  One that a row has is refused; but
 * when the rows of a whole statement are read ahead, that row may be about to
 * be deleted, or to get another id.
 */
static void
write_new(AuthzFollower *follower)
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
		args[0] = authz_follower_take_names(follower);
		args[1] = authz_rule_query_make_ids_array(&follower->parents);
		there = authz_rule_query_write(&write_many, args, follower->count);
	}
	follower->written += follower->count - there;
	if (there > 0)
		take_over_resources(follower, there);
	clear_made_batch(follower);
}

void
authz_tracked_write_finish(AuthzFollower *follower, bool are_new)
{
	void		(*flush) (AuthzFollower *follower) = are_new ? authz_tracked_write_flush_new : authz_tracked_write_flush_existing;
	const text *cyclic;

	flush(follower);
	if (follower->waiting != NULL && authz_tracked_waiting_release_missing(follower->waiting, false))
		flush(follower);
	cyclic = follower->waiting == NULL ? NULL : authz_tracked_waiting_find_cycle(follower->waiting);
	if (cyclic != NULL && !follower->applied)
		ereport(ERROR,
				errcode(ERRCODE_CHECK_VIOLATION),
				errmsg("%s would be beneath itself", text_to_cstring(cyclic)),
				errdetail("Resources form a tree by their parent; rows of table \"%s\" form a cycle.", follower->tracking->table),
				errhint("Choose another parent for the row."),
				err_generic_string(PG_DIAG_CONSTRAINT_NAME, "resource_cycle"));
	if (cyclic != NULL && authz_tracked_waiting_release_missing(follower->waiting, true))
		flush(follower);
	if (follower->moves.count > 0)
		write_moves(follower);
	if (follower->late != NIL)
		finish_late_rows(follower, are_new);
}

/* Existing resources come under the parents of their rows. */
static void
write_moves(AuthzFollower *follower)
{
	static AuthzRuleQuery move = {
		.sql = "UPDATE authz.resources r SET parent_id = nullif(u.parent_id, 0), has_row = true "
		"FROM unnest($1, $2) AS u (id, parent_id) WHERE r.id = u.id",
		.nargs = 2, .argtypes = {INT8ARRAYOID, INT8ARRAYOID}
	};
	AuthzIdList ids = {0};
	AuthzIdList parents = {0};
	Datum		args[2];

	for (int i = 0; i < follower->moves.count; i++)
	{
		authz_id_list_add(&ids, follower->moves.items[i].id);
		authz_id_list_add(&parents, follower->moves.items[i].new_parent);
	}
	authz_moves_prepare(&follower->moves);
	args[0] = authz_rule_query_make_ids_array(&ids);
	args[1] = authz_rule_query_make_ids_array(&parents);
	follower->written += authz_rule_query_write(&move, args, ids.count);
}

/* Let the rows without a parent get it later, if anything can bring it. */
static void
finish_late_rows(AuthzFollower *follower, bool are_new)
{
	AuthzTrackedStatement *statement = find_statement(follower);
	AuthzLateRow *first = linitial(follower->late);
	ListCell   *cell;

	if (!are_new)
	{
		if (follower->missing_parents == AUTHZ_PARENTS_WITH_WARNING)
			ereport(WARNING,
					errcode(ERRCODE_WARNING),
					errmsg_plural("the parent of %d row of table \"%s\" is missing",
								  "the parents of %d rows of table \"%s\" are missing",
								  list_length(follower->late), list_length(follower->late), follower->tracking->table),
					errdetail("The first is \"%s\", whose parent is \"%s\".",
							  text_to_cstring(first->resource), text_to_cstring(first->parent)),
					errhint("Call authz.track for the table again when that of the parents is tracked."));
		return;
	}
	authz_follower_refresh(follower);
	foreach(cell, follower->late)
	{
		AuthzLateRow *late = lfirst(cell);
		AuthzPendingParent pending = {.is_new = true, .role = authz_caller_role()};
		AuthzResourceRow found;

		if (!authz_follower_read_resource(follower, late->resource, &found))
			continue;
		pending.id = found.id;
		if (follower->applied)
			authz_tracked_waiting_note_applied(found.id, late->resource, late->parent);
		else
			authz_tracked_statement_note_pending(statement, &pending);
	}
	follower->late = NIL;
}

/*
 * Take over the resources in the result of the last query: their rows are new,
 * and they exist already.
 */
static void
take_over_resources(AuthzFollower *follower, uint64 there)
{
	ArrayBuildState *names = NULL;
	AuthzIdList parents = {0};

	/*
	 * Separate those that a row has, perhaps another one of these, from the
	 * others.
	 */
	authz_follower_refresh(follower);
	for (uint64 i = 0; i < there; i++)
	{
		char	   *name = authz_rule_query_text(i, 1);
		text	   *resource = cstring_to_text(name);
		AuthzResourceRow found;

		if (!follower->applied && authz_follower_read_resource(follower, resource, &found) && found.has_row)
		{
			if (!follower->lookahead)
				report_taken_resource(follower, name, "Another row has it.");
			note_leftover(follower, resource, NULL);
			continue;
		}
		names = accumArrayResult(names, PointerGetDatum(resource), false, TEXTOID, CurrentMemoryContext);
		authz_id_list_add(&parents, pg_strtoint64(authz_rule_query_text(i, 2)));
	}
	if (names != NULL)
		adopt_resources(follower, makeArrayResult(names, CurrentMemoryContext), &parents);
}

/*
 * Resources without a row become those of new rows; an error where that is not
 * allowed.
 */
static void
adopt_resources(AuthzFollower *follower, Datum names, const AuthzIdList *parents)
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
		"AND (NOT $3 OR r.parent_id IS NOT DISTINCT FROM nullif(u.parent_id, 0)) AND NOT " HAS_DEPENDENTS,
		.nargs = 3, .argtypes = {TEXTARRAYOID, INT8ARRAYOID, BOOLOID}
	};
	static AuthzRuleQuery find_taken = {
		.sql = "SELECT r.resource, r.parent_id IS NOT DISTINCT FROM nullif(u.parent_id, 0) OR NOT $3 "
		"FROM unnest($1, $2) AS u (resource, parent_id) JOIN authz.resources r ON r.resource = u.resource::authz.resource "
		"WHERE NOT r.has_row ORDER BY r.resource::text COLLATE \"C\"",
		.nargs = 3, .argtypes = {TEXTARRAYOID, INT8ARRAYOID, BOOLOID}
	};
	Datum		args[3] = {names, authz_rule_query_make_ids_array(parents), BoolGetDatum(follower->tracking->nparents > 0)};

	if (follower->applied)
		follower->written += authz_rule_query_write(&adopt_any, args, parents->count);
	else if (authz_rule_query_write(&adopt_empty, args, parents->count) < parents->count &&
			 authz_rule_query_read(&find_taken, args, parents->count, 1) > 0)
		report_taken_resource(follower, authz_rule_query_text(0, 1), strcmp(authz_rule_query_text(0, 2), "t") == 0 ?
							  "Something hangs on it: assignments, members, teams, custom roles or resources beneath it." :
							  "It has another parent.");
}

/*
 * Leave the row to its own event.  seen: as the BEFORE trigger has seen the
 * row, or NULL.
 */
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

/*
 * Add the row of this event, if it is the next of those that were left over:
 * events come in the order of the rows.
 */
void
authz_tracked_write_add_leftover(AuthzFollower *follower, TupleTableSlot *row)
{
	MemoryContext caller = MemoryContextSwitchTo(follower->batch);
	AuthzLeftovers *leftovers = follower->leftovers;
	text	   *resource = authz_tracked_table_resource(follower->tracking, row);
	AuthzLeftover *next = leftovers->next < list_length(leftovers->rows) ? list_nth(leftovers->rows, leftovers->next) : NULL;

	if (next != NULL && resource != NULL && strcmp(text_to_cstring(resource), next->name) == 0)
	{
		int64		parent_id = authz_follower_find_parent_id(follower, row, resource, false);

		leftovers->next++;
		if (next->was_seen)
			settle_seen_row(follower, resource, parent_id, &next->seen);
		else
			authz_follower_add(follower, resource, parent_id);
	}
	MemoryContextSwitchTo(caller);
}

static void
report_taken_resource(AuthzFollower *follower, const char *resource, const char *detail)
{
	ereport(ERROR,
			errcode(ERRCODE_UNIQUE_VIOLATION),
			errmsg("a row of table \"%s\" cannot take over resource \"%s\"", follower->tracking->table, resource),
			errdetail_internal("%s", detail),
			errhint("Choose another id; an administrator drops the resource with authz.drop_resource."));
}

/*
 * Delete the resources of the batch.  Resources beneath whose rows have
 * another parent are moved before.
 */
void
authz_tracked_write_flush_old(AuthzFollower *follower)
{
	static AuthzRuleQuery check = {
		.sql = "SELECT authz_internal.gate_check_lose_resources($1::authz.resource[])",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	static AuthzRuleQuery remove = {
		.sql = "DELETE FROM authz.resources r WHERE r.resource = ANY ($1::authz.resource[])",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	AuthzTrackedStatement *statement = authz_tracked_statement_find(follower->tracking->relids, false);
	List	   *orphans;
	Datum		args[1];

	if (follower->count == 0)
		return;

	/*
	 * A resource that has been set aside has another name for the time being.
	 */
	for (int i = 0; statement != NULL && !follower->is_newer && i < follower->count; i++)
	{
		int64		id = authz_tracked_statement_take_aside(statement, (text *) DatumGetPointer(follower->resources[i]));

		if (id != 0)
			follower->resources[i] = CStringGetTextDatum(make_aside_name(follower, id));
	}
	args[0] = authz_follower_take_names(follower);
	authz_tracked_parent_detach_children(follower, args[0]);
	orphans = authz_tracked_parent_find_orphans(follower, args[0]);
	if (!follower->applied)
		authz_rule_query_write(&check, args, follower->count);
	authz_rule_query_write(&remove, args, follower->count);
	authz_tracked_parent_keep_orphans(follower, orphans);
	authz_follower_clear_batch(follower);
}

/* Returns the id of the resource; 0 if none has the old name. */
int64
authz_tracked_write_rename(AuthzFollower *follower, text *old, text *new)
{
	static AuthzRuleQuery rename = {
		.sql = "UPDATE authz.resources r SET resource = $2::authz.resource WHERE r.id = $1",
		.nargs = 2, .argtypes = {INT8OID, TEXTOID}
	};
	AuthzTrackedStatement *statement = authz_tracked_statement_find(follower->tracking->relids, false);
	AuthzResourceRow found;
	int64		id = statement == NULL ? 0 : authz_tracked_statement_take_aside(statement, old);
	Datum		args[2];

	if (id == 0)
	{
		if (!authz_follower_read_resource(follower, old, &found) || authz_tracked_statement_is_provisional(found.id))
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

/*
 * The name of a resource that is set aside: one that nobody can foresee, and
 * give to a row.
 */
static char *
make_aside_name(AuthzFollower *follower, int64 id)
{
	static uint64 nonce = 0;

	if (nonce == 0 && !pg_strong_random(&nonce, sizeof(nonce)))
		ereport(ERROR,
				errcode(ERRCODE_INTERNAL_ERROR),
				errmsg("could not generate random values"));
	return psprintf(ASIDE_NAME, follower->tracking->type, id, nonce);
}

/*
 * Free the name that another resource needs: an empty resource is deleted; one
 * whose row is still to come, with another id or deleted, is set aside.
 */
static void
clear_name(AuthzFollower *follower, text *new)
{
	static AuthzRuleQuery remove_empty = {
		.sql = "DELETE FROM authz.resources r WHERE r.id = $1 AND NOT r.has_row AND NOT " HAS_DEPENDENTS,
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
	AuthzTrackedStatement *statement = authz_tracked_statement_find(follower->tracking->relids, false);
	AuthzResourceRow found;
	Datum		args[2];
	int64		id;

	if (!authz_follower_read_resource(follower, new, &found))
		return;
	id = found.id;
	args[0] = Int64GetDatum(id);
	if (!found.has_row)
	{
		if (authz_rule_query_write(&remove_empty, args, 1) == 0)
			report_taken_resource(follower, text_to_cstring(new), "Something hangs on it: assignments, members, teams, custom roles or resources beneath it.");
		return;
	}

	/*
	 * Its row has ended in DO UPDATE, or has not come yet; then that is
	 * refused.
	 */
	if (authz_tracked_statement_is_provisional(id))
	{
		authz_rule_query_write(&remove_provisional, args, 1);
		return;
	}
	if (statement == NULL)
		report_taken_resource(follower, text_to_cstring(new), "Another row has it.");
	args[1] = CStringGetTextDatum(make_aside_name(follower, id));
	authz_rule_query_write(&set_aside, args, 1);
	authz_tracked_statement_set_aside(statement, new, id);
}
