/*
 * track.c
 *	  Resources that follow the rows of an application's own table.
 *
 * authz.track() creates the triggers of src/sql/track.sql on the table; all of
 * them call authz.track_rows().  What it does with a row:
 *
 *	insert		creates the resource, with its parent; an existing one is taken
 *				over if it has no dependents, and no row has it
 *	update		of the id: the resource gets the new name and keeps its dependents;
 *				of the parent: it moves, if the caller may move it
 *	delete		deletes the resource, with all its dependents
 *	truncate	the same for all rows, which are read before
 *
 * The triggers are row triggers and not statement triggers, for two reasons.
 * Logical replication fires no others when it applies a change.  And the
 * application's own row triggers may depend on the resource (to grant the
 * creator a role, or to insert a row of a child type), while all statement
 * triggers come after all row triggers.  A bulk load is set-based all the
 * same: on an ordinary table the triggers for INSERT and DELETE have a
 * transition table with the rows of the whole statement.  New ones are all
 * followed by the first call, deleted ones by the last, and the other calls
 * have nothing to do.  (PostgreSQL has no such triggers on partitions: there
 * each row is followed by itself.)
 *
 * Policies.  PostgreSQL checks the policies of a new row, for INSERT and where
 * there is RETURNING or ON CONFLICT also for SELECT, before any AFTER trigger
 * fires.  So where row security applies to the user, the resource is created
 * in a BEFORE trigger, the last of them.  It is provisional: the row may not
 * be stored after all (ON CONFLICT, a later trigger).  The AFTER trigger finds
 * what the BEFORE trigger has seen and confirms it; resources that are not
 * confirmed at the end of the statement are deleted.  The triggers of a
 * statement share that state (tracked_statement.c), which the statement
 * triggers begin and end.
 *
 * A table that refers to itself.  New rows may come in any order: a row waits
 * for its parent (tracked_waiting.c).  An UPDATE may change ids and parents of
 * many rows, and while their triggers fire, a name may still be another row's,
 * or a new parent still beneath its child.  So there resources get their names
 * in the row triggers, and their parents at the end of the statement.
 *
 * Order.  The AFTER trigger for INSERT comes first, so that the application's
 * find the resource ("!"); those for UPDATE and DELETE come last ("~"), after
 * the actions of foreign keys: a row that ON DELETE SET NULL has removed from
 * its parent leaves it, with all its dependents, before the parent's resource
 * is deleted.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_subscription_rel.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

#include "compat.h"
#include "rules/rule_query.h"
#include "rules/trigger_call.h"
#include "session/caller.h"
#include "sync/restore.h"
#include "sync/tracked_parent.h"
#include "sync/tracked_statement.h"
#include "sync/tracked_write.h"
#include "tables/rows.h"
#include "tables/statement_rows.h"

/* State of a trigger, kept from one row of a statement to the next. */
typedef struct TriggerMemory
{
	int64		id;				/* the trigger's argument: id of a tracked table */
	AuthzTrackedTable tracking;		/* read when first needed */
	Tuplestorestate *done;		/* transition table that has been followed */
	Tuplestorestate *deleted;	/* transition table that is followed with the
								 * last of its rows */
	int64		rows_to_come;	/* of it */
	Tuplestorestate *by_row;	/* transition table whose rows are followed each
								 * by itself */
	AuthzLeftovers leftovers;	/* but for these */
	bool		deferred;		/* to the end of a restore */
	bool		early;			/* BEFORE ROW: resources are made here */
	bool		arrives;		/* the row comes from another partition, and has its resource */
} TriggerMemory;

static void run_as_origin(void (*action) (FunctionCallInfo fcinfo, TriggerMemory *memory), FunctionCallInfo fcinfo, TriggerMemory *memory);
static void follow_event(FunctionCallInfo fcinfo, TriggerMemory *memory);
static void see_leaving_row(FunctionCallInfo fcinfo, TriggerMemory *memory);
static void see_arriving_row(FunctionCallInfo fcinfo, TriggerMemory *memory);
static AuthzTrackedStatement *find_updating_statement(FunctionCallInfo fcinfo, TriggerMemory *memory);
static bool is_first_trigger(TriggerData *trigdata);
static void see_row(FunctionCallInfo fcinfo, TriggerMemory *memory);
static void end_statement(FunctionCallInfo fcinfo, TriggerMemory *memory);
static void follow_pending(FunctionCallInfo fcinfo, TriggerMemory *memory, List *pending);
static TriggerMemory *get_trigger_memory(FunctionCallInfo fcinfo);
static void use_tracking(AuthzFollower *follower, FunctionCallInfo fcinfo, TriggerMemory *memory);
static bool are_resources_made_early(FunctionCallInfo fcinfo, TriggerMemory *memory);
static bool has_row_security(Relation rel);
static bool resources_are_replicated(void);
static void follow_insert(AuthzFollower *follower, TriggerData *trigdata, TriggerMemory *memory);
static void follow_delete(AuthzFollower *follower, TriggerData *trigdata, TriggerMemory *memory);
static void require_followed(AuthzFollower *follower, TriggerData *trigdata);
static void refuse_too_early(AuthzFollower *follower, const text *resource);
static bool is_of_statement(HeapTuple row, const AuthzTrackedStatement *statement);
static void follow_moving_row(AuthzFollower *follower, TupleTableSlot *row);
static void follow_update(AuthzFollower *follower, TriggerData *trigdata);
static void follow_change(AuthzFollower *follower, Relation rel, text *old, TupleTableSlot *old_row, TupleTableSlot *new_row);
static void follow_applied_move(AuthzFollower *follower, int64 id, text *resource, TupleTableSlot *row);
static void follow_applied_children(AuthzFollower *follower, TupleTableSlot *row);
static bool may_make_resource(AuthzFollower *follower, const text *old);
static void follow_truncate(AuthzFollower *follower, Relation rel);
static void follow_transition_table(AuthzFollower *follower, Relation rel, Tuplestorestate *table, AuthzAddRow add_row);
static void follow_table(AuthzFollower *follower, Relation rel, AuthzAddRow add_row);

#define ROW_CHANGES (AUTHZ_FIRES_INSERT | AUTHZ_FIRES_UPDATE | AUTHZ_FIRES_DELETE)
#define STATEMENT_EVENTS (AUTHZ_FIRES_STATEMENT | AUTHZ_FIRES_INSERT | AUTHZ_FIRES_UPDATE)

/*
 * authz.track_rows(): the trigger function of tracked tables.  Its argument is
 * the id of a row of authz.tracked_tables.
 */
PG_FUNCTION_INFO_V1(authz_track_rows);
Datum
authz_track_rows(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = authz_trigger_call_data(fcinfo, "authz.track_rows");
	TriggerMemory *memory = fcinfo->flinfo->fn_extra;
	bool		inserts = TRIGGER_FIRED_BY_INSERT(trigdata->tg_event);

	if (authz_trigger_call_fires(trigdata, AUTHZ_FIRES_BEFORE | AUTHZ_FIRES_ROW | AUTHZ_FIRES_INSERT))
	{
		if (memory == NULL)
		{
			memory = get_trigger_memory(fcinfo);
			memory->early = are_resources_made_early(fcinfo, memory);
		}
		memory->arrives = false;
		run_as_origin(see_arriving_row, fcinfo, memory);
		if (memory->early && !is_first_trigger(trigdata) && !memory->arrives)
			run_as_origin(see_row, fcinfo, memory);
		return PointerGetDatum(trigdata->tg_trigtuple);
	}
	if (trigdata->tg_relation->rd_rel->relispartition &&
		authz_trigger_call_fires(trigdata, AUTHZ_FIRES_BEFORE | AUTHZ_FIRES_ROW | AUTHZ_FIRES_DELETE))
	{
		run_as_origin(see_leaving_row, fcinfo, get_trigger_memory(fcinfo));
		return PointerGetDatum(trigdata->tg_trigtuple);
	}
	if (authz_trigger_call_fires(trigdata, AUTHZ_FIRES_BEFORE | STATEMENT_EVENTS))
	{
		(void) get_trigger_memory(fcinfo);
		authz_tracked_statement_begin(RelationGetRelid(trigdata->tg_relation), inserts);
		return PointerGetDatum(NULL);
	}
	if (authz_trigger_call_fires(trigdata, AUTHZ_FIRES_AFTER | STATEMENT_EVENTS))
	{
		run_as_origin(end_statement, fcinfo, get_trigger_memory(fcinfo));
		return PointerGetDatum(NULL);
	}

	/*
	 * These are the triggers that authz.track() creates; the configuration,
	 * which is read next, tells on which table.
	 */
	if (!authz_trigger_call_fires(trigdata, AUTHZ_FIRES_AFTER | AUTHZ_FIRES_ROW | ROW_CHANGES) &&
		!authz_trigger_call_fires(trigdata, AUTHZ_FIRES_BEFORE | AUTHZ_FIRES_STATEMENT | AUTHZ_FIRES_TRUNCATE))
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("trigger function \"%s\" is not for a trigger such as \"%s\"", "authz.track_rows",
					   trigdata->tg_trigger->tgname),
				errhint("authz.track makes the triggers of a tracked table."));

	/*
	 * The first call of a statement has followed all its new rows, except
	 * those whose resource another row still had: that row has been deleted
	 * since, or has another id.
	 */
	if (memory != NULL && memory->done != NULL && memory->done == trigdata->tg_newtable && memory->leftovers.rows == NIL)
		return PointerGetDatum(NULL);
	if (memory != NULL && memory->deleted != NULL && memory->deleted == trigdata->tg_oldtable && --memory->rows_to_come > 0)
		return PointerGetDatum(NULL);

	if (resources_are_replicated())
		return PointerGetDatum(NULL);
	memory = get_trigger_memory(fcinfo);
	if (!memory->deferred)
		run_as_origin(follow_event, fcinfo, memory);
	return PointerGetDatum(NULL);
}

/*
 * Run an action as in replication role "origin": if a change is applied (role
 * replica), what we make of it is a change of our own, for which rules,
 * cascades and audit must fire.  Sets the variable and not the setting, since
 * assigning that discards all plans of the session.
 */
static void
run_as_origin(void (*action) (FunctionCallInfo fcinfo, TriggerMemory *memory),
			  FunctionCallInfo fcinfo, TriggerMemory *memory)
{
	int			saved_replication_role = SessionReplicationRole;

	SessionReplicationRole = SESSION_REPLICATION_ROLE_ORIGIN;
	PG_TRY();
	{
		action(fcinfo, memory);
	}
	PG_FINALLY();
	{
		SessionReplicationRole = saved_replication_role;
	}
	PG_END_TRY();
}

static void
follow_event(FunctionCallInfo fcinfo, TriggerMemory *memory)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	AuthzFollower follower;

	authz_follower_begin(&follower);
	use_tracking(&follower, fcinfo, memory);
	follower.leftovers = &memory->leftovers;

	if (TRIGGER_FIRED_BY_TRUNCATE(trigdata->tg_event))
		follow_truncate(&follower, trigdata->tg_relation);
	else if (TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
		follow_insert(&follower, trigdata, memory);
	else if (TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
		follow_delete(&follower, trigdata, memory);
	else
		follow_update(&follower, trigdata);
	if (follower.applied && follower.tracking->refers_to_itself && TRIGGER_FIRED_FOR_ROW(trigdata->tg_event))
		follow_applied_children(&follower, TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) ? trigdata->tg_newslot : trigdata->tg_trigslot);
	authz_follower_end(&follower);
}

/*
 * BEFORE DELETE, in a partition: an UPDATE may be moving the row to another
 * one.
 */
static void
see_leaving_row(FunctionCallInfo fcinfo, TriggerMemory *memory)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	AuthzTrackedStatement *statement = find_updating_statement(fcinfo, memory);

	if (statement != NULL)
		authz_tracked_statement_note_leaving(statement, authz_tracked_table_resource(&memory->tracking, trigdata->tg_trigslot));
}

/*
 * BEFORE INSERT, in a partition: the row arrives there, once it has passed the
 * application's triggers.
 */
static void
see_arriving_row(FunctionCallInfo fcinfo, TriggerMemory *memory)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	AuthzTrackedStatement *statement;

	if (!trigdata->tg_relation->rd_rel->relispartition)
		return;
	statement = find_updating_statement(fcinfo, memory);
	if (statement == NULL)
		return;
	if (is_first_trigger(trigdata))
		authz_tracked_statement_note_arriving(statement);
	else
		memory->arrives = authz_tracked_statement_note_passed(statement, authz_tracked_table_resource(&memory->tracking, trigdata->tg_trigslot));
}

/* The statement that updates the table, or NULL. */
static AuthzTrackedStatement *
find_updating_statement(FunctionCallInfo fcinfo, TriggerMemory *memory)
{
	AuthzFollower follower;

	if (!authz_tracked_statement_any_updates())
		return NULL;
	if (memory->tracking.table == NULL)
	{
		authz_follower_begin(&follower);
		use_tracking(&follower, fcinfo, memory);
		authz_follower_end(&follower);
	}
	return authz_tracked_statement_find(memory->tracking.relids, false);
}

/* Is this the BEFORE INSERT trigger that fires before the application's? */
static bool
is_first_trigger(TriggerData *trigdata)
{
	return trigdata->tg_trigger->tgname[0] == '!';
}

/*
 * BEFORE ROW: a new row, as the triggers before us have made it.  Creates its
 * resource, if none has that name; the policies are checked next.
 */
static void
see_row(FunctionCallInfo fcinfo, TriggerMemory *memory)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	AuthzTrackedStatement *statement = authz_tracked_statement_find(memory->tracking.relids, true);
	AuthzSeenRow seen = {0};
	AuthzResourceRow found;
	AuthzFollower follower;

	/* A row that an UPDATE moves to another partition has its resource. */
	if (statement == NULL)
		return;
	authz_follower_begin(&follower);
	follower.tracking = &memory->tracking;
	seen.resource = authz_tracked_table_resource(follower.tracking, trigdata->tg_trigslot);
	if (seen.resource != NULL)
	{
		seen.parent_id = authz_follower_find_parent_id(&follower, trigdata->tg_trigslot, seen.resource, true);
		/* A missing parent is an error only if the row is stored. */
		for (;;)
		{
			seen.was_there = authz_follower_read_resource(&follower, seen.resource, &found);
			if (seen.was_there)
			{
				seen.parent_then = found.parent_id;
				break;
			}
			if (seen.parent_id == AUTHZ_MISSING_PARENT)
			{
				authz_tracked_write_check_create(&follower, seen.resource, seen.parent_id);
				break;
			}
			seen.provisional_id = authz_tracked_write_make_provisional(&follower, seen.resource, seen.parent_id);
			if (seen.provisional_id != 0)
				break;
			/*
			 * Another transaction has created it at this moment: the policies
			 * are checked with that one.
			 */
			authz_follower_refresh(&follower);
		}
	}
	authz_tracked_statement_note_seen(statement, &seen);
	authz_follower_end(&follower);
}

/*
 * AFTER STATEMENT: delete the resources that were created for rows that were
 * not stored, and give those of rows that were their parents.
 */
static void
end_statement(FunctionCallInfo fcinfo, TriggerMemory *memory)
{
	static AuthzRuleQuery remove = {
		.sql = "DELETE FROM authz.resources r WHERE r.id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	AuthzTrackedUnfinished left;
	AuthzFollower follower;
	Datum		args[1];

	authz_tracked_statement_end(RelationGetRelid(trigdata->tg_relation), TRIGGER_FIRED_BY_INSERT(trigdata->tg_event), &left);
	if (left.spoiled)
		ereport(ERROR,
				errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
				errmsg("rows of table \"%s\" cannot be followed", RelationGetRelationName(trigdata->tg_relation)),
				errdetail("A trigger or a function within the statement has changed some of them, and rolled that back."),
				errtable(trigdata->tg_relation));
	if (left.aside != NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNIQUE_VIOLATION),
				errmsg("resource \"%s\" already exists", text_to_cstring(left.aside)),
				errdetail("A row of table \"%s\" has come to have that id, and the row that had it still has it.",
						  RelationGetRelationName(trigdata->tg_relation)),
				errtable(trigdata->tg_relation));
	if (left.unconfirmed.count > 0 || left.moving != NULL)
	{
		authz_follower_begin(&follower);
		if (left.moving != NULL)
		{
			use_tracking(&follower, fcinfo, memory);
			authz_follower_add(&follower, left.moving, 0);
			authz_tracked_write_flush_old(&follower);
		}
		if (left.unconfirmed.count > 0)
		{
			args[0] = authz_rule_query_make_ids_array(&left.unconfirmed);
			authz_rule_query_write(&remove, args, left.unconfirmed.count);
		}
		authz_follower_end(&follower);
	}
	if (left.pending != NIL)
		follow_pending(fcinfo, memory, left.pending);
}

/*
 * What cannot be done yet may wait for an outer statement on the table: a
 * foreign key's action is one within another.  Each is followed for the user
 * who has changed its row: from PostgreSQL 18 on, the end of a foreign key's
 * action belongs to the owner of the table.
 */
static void
follow_pending(FunctionCallInfo fcinfo, TriggerMemory *memory, List *pending)
{
	MemoryContext context = CurrentMemoryContext;
	bool		progress = true;

	while (pending != NIL)
	{
		List	   *left = NIL;
		List	   *rest = pending;

		while (rest != NIL)
		{
			Oid			role = ((AuthzPendingParent *) linitial(rest))->role;
			List	   *of_role = NIL;
			List	   *of_others = NIL;
			List	   *again;
			ListCell   *cell;
			MemoryContext followers;
			AuthzFollower follower;
			AuthzTrackedStatement *outer;
			Oid			user;
			int			sec_context;

			foreach(cell, rest)
				if (((AuthzPendingParent *) lfirst(cell))->role == role)
					of_role = lappend(of_role, lfirst(cell));
				else
					of_others = lappend(of_others, lfirst(cell));
			rest = of_others;

			GetUserIdAndSecContext(&user, &sec_context);
			if (role != user)
				SetUserIdAndSecContext(role, sec_context | SECURITY_LOCAL_USERID_CHANGE);
			authz_follower_begin(&follower);
			use_tracking(&follower, fcinfo, memory);
			outer = authz_tracked_statement_find(follower.tracking->relids, false);
			again = authz_tracked_parent_follow_pending(&follower, of_role, !progress && outer == NULL);
			/* The follower's memory goes with it. */
			followers = MemoryContextSwitchTo(context);
			left = list_concat(left, list_copy(again));
			MemoryContextSwitchTo(followers);
			authz_follower_end(&follower);
			SetUserIdAndSecContext(user, sec_context);

			if (!progress && outer != NULL)
			{
				foreach(cell, left)
					authz_tracked_statement_note_pending(outer, lfirst(cell));
				left = NIL;
			}
		}
		progress = list_length(left) < list_length(pending);
		pending = left;
	}
}

/*
 * authz_internal.track_existing_rows(table, id, as new boolean, missing parents
 * text): creates the resources of the rows that exist already.  Returns how
 * many were created or moved.
 */
PG_FUNCTION_INFO_V1(authz_track_existing_rows);
Datum
authz_track_existing_rows(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	int64		id = PG_GETARG_INT64(1);
	bool		as_new = PG_GETARG_BOOL(2);
	char	   *missing_parents = text_to_cstring(PG_GETARG_TEXT_PP(3));
	AuthzFollower follower;
	List	   *tables;
	ListCell   *cell;
	Relation	root;

	authz_caller_require_administrator("authz_internal.track_existing_rows");
	root = try_table_open(relid, AccessShareLock);
	if (root == NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("table with OID %u does not exist", relid));
	tables = find_all_inheritors(relid, NoLock, NULL);
	authz_follower_begin(&follower);
	follower.waiting = authz_tracked_waiting_create(follower.context);
	if (strcmp(missing_parents, "error") != 0)
		follower.missing_parents = strcmp(missing_parents, "warning") == 0 ? AUTHZ_PARENTS_WITH_WARNING : AUTHZ_PARENTS_LATER;
	foreach(cell, tables)
	{
		Relation	rel = table_open(lfirst_oid(cell), AccessShareLock);

		/* Children by inheritance are tables of their own. */
		if (rel->rd_rel->relkind == RELKIND_RELATION &&
			(root->rd_rel->relkind == RELKIND_PARTITIONED_TABLE || RelationGetRelid(rel) == relid))
		{
			AuthzTrackedTable *tracking = palloc0(sizeof(AuthzTrackedTable));

			authz_tracked_table_load(id, rel, CurrentMemoryContext, tracking);
			follower.tracking = tracking;
			follow_table(&follower, rel, as_new ? authz_tracked_write_add_new : authz_tracked_write_add_existing);
		}
		table_close(rel, NoLock);
	}
	/* A row and its parent may be in two partitions. */
	if (follower.tracking != NULL)
		authz_tracked_write_finish(&follower, as_new);
	authz_follower_end(&follower);
	table_close(root, NoLock);
	PG_RETURN_INT64(follower.written);
}

/*
 * authz_internal.is_provisional(resource_id): was the resource created for a
 * row that may not be stored?
 */
PG_FUNCTION_INFO_V1(authz_is_provisional);
Datum
authz_is_provisional(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(authz_tracked_statement_is_provisional(PG_GETARG_INT64(0)));
}

/* The configuration is read once per statement. */
static TriggerMemory *
get_trigger_memory(FunctionCallInfo fcinfo)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	TriggerMemory *memory = fcinfo->flinfo->fn_extra;
	char	   *end = NULL;
	int64		id = 0;

	if (memory != NULL)
		return memory;
	if (trigdata->tg_trigger->tgnargs == 1)
		id = strtoi64(trigdata->tg_trigger->tgargs[0], &end, 10);
	if (id <= 0 || *end != '\0')
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("trigger \"%s\" must have one argument, the id of a tracked table", trigdata->tg_trigger->tgname));

	memory = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(TriggerMemory));
	memory->leftovers.context = fcinfo->flinfo->fn_mcxt;
	memory->id = id;
	memory->deferred = TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) && authz_restore_defers(memory->id);
	fcinfo->flinfo->fn_extra = memory;
	return memory;
}

/*
 * Let the follower follow the trigger's table, whose configuration is read at
 * first use.
 */
static void
use_tracking(AuthzFollower *follower, FunctionCallInfo fcinfo, TriggerMemory *memory)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (memory->tracking.table == NULL)
		authz_tracked_table_load(memory->id, trigdata->tg_relation, fcinfo->flinfo->fn_mcxt, &memory->tracking);
	follower->tracking = &memory->tracking;
}

/*
 * Are the resources of new rows created in the BEFORE trigger?  Yes, if a
 * policy of the table, or of one that it is a partition of, is checked for the
 * user, or if the creator gets a role.
 */
static bool
are_resources_made_early(FunctionCallInfo fcinfo, TriggerMemory *memory)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	AuthzFollower follower;

	if (memory->deferred || authz_trigger_call_is_applied())
		return false;
	authz_follower_begin(&follower);
	use_tracking(&follower, fcinfo, memory);
	authz_follower_end(&follower);
	return memory->tracking.creator_role_id != 0 ||
		(has_row_security(trigdata->tg_relation) && !has_bypassrls_privilege(GetUserId()));
}

static bool
has_row_security(Relation rel)
{
	List	   *relids;
	ListCell   *cell;

	if (rel->rd_rel->relrowsecurity)
		return true;
	relids = rel->rd_rel->relispartition ? get_partition_ancestors(RelationGetRelid(rel)) : NIL;
	foreach(cell, relids)
	{
		HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(lfirst_oid(cell)));
		bool		enabled = HeapTupleIsValid(tuple) && ((Form_pg_class) GETSTRUCT(tuple))->relrowsecurity;

		if (HeapTupleIsValid(tuple))
			ReleaseSysCache(tuple);
		if (enabled)
			return true;
	}
	return false;
}

/*
 * Does a subscription of this database bring the resources themselves?  Then
 * what the publisher made of a change arrives by itself, and ours would
 * conflict with it.
 */
static bool
resources_are_replicated(void)
{
	Relation	rel;
	ScanKeyData key;
	SysScanDesc scan;
	bool		found;

	if (!authz_trigger_call_is_applied())
		return false;

	rel = table_open(SubscriptionRelRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_subscription_rel_srrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(authz_tables_oid(AUTHZ_RESOURCES)));
	scan = systable_beginscan(rel, SubscriptionRelSrrelidSrsubidIndexId, true, NULL, 1, &key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

static void
follow_insert(AuthzFollower *follower, TriggerData *trigdata, TriggerMemory *memory)
{
	AuthzTrackedStatement *inserts = authz_tracked_statement_find(follower->tracking->relids, true);
	AuthzTrackedStatement *statement = authz_tracked_statement_find(follower->tracking->relids, false);

	follower->inserting = true;
	if (trigdata->tg_newtable != NULL && memory->done != trigdata->tg_newtable)
	{
		memory->done = trigdata->tg_newtable;
		follower->lookahead = true;
		if (follower->tracking->refers_to_itself)
			follower->waiting = authz_tracked_waiting_create(follower->context);
		follow_transition_table(follower, trigdata->tg_relation, trigdata->tg_newtable, authz_tracked_write_add_new);
		authz_tracked_write_finish(follower, true);
		follower->waiting = NULL;
		if (inserts != NULL)
			authz_tracked_statement_note_followed(inserts, NULL);
		follower->lookahead = false;
	}
	if (memory->done != NULL)
	{
		authz_tracked_write_add_leftover(follower, trigdata->tg_trigslot);
		authz_tracked_write_flush_new(follower);
		return;
	}
	if (statement != NULL)
	{
		text	   *lost;
		text	   *old = authz_tracked_statement_note_inserted(statement, authz_tracked_table_resource(follower->tracking, trigdata->tg_trigslot), &lost);

		if (lost != NULL)
		{
			authz_follower_add(follower, lost, 0);
			authz_tracked_write_flush_old(follower);
		}
		if (old != NULL)
		{
			follow_change(follower, trigdata->tg_relation, old, NULL, trigdata->tg_trigslot);
			return;
		}
	}
	if (inserts != NULL)
	{
		text	   *resource = authz_tracked_table_resource(follower->tracking, trigdata->tg_trigslot);

		if (resource != NULL)
			authz_tracked_statement_note_followed(inserts, resource);
	}
	authz_tracked_write_add_new(follower, trigdata->tg_trigslot);
	authz_tracked_write_finish(follower, true);
}

static void
follow_delete(AuthzFollower *follower, TriggerData *trigdata, TriggerMemory *memory)
{
	AuthzTrackedStatement *inserts = authz_tracked_statement_find(follower->tracking->relids, true);
	AuthzTrackedStatement *updates = authz_tracked_statement_find(follower->tracking->relids, false);

	require_followed(follower, trigdata);

	/*
	 * All deleted rows are followed together with the last one: then the
	 * foreign keys have acted for each of them.  (What these delete in turn
	 * may be in the same transition table, up to the first call.)
	 */
	if (memory->by_row != trigdata->tg_oldtable && memory->deleted != trigdata->tg_oldtable)
	{
		if (inserts != NULL || (updates != NULL && authz_tracked_statement_has_aside(updates)))
			memory->by_row = trigdata->tg_oldtable;
		else
		{
			memory->deleted = trigdata->tg_oldtable;
			memory->rows_to_come = tuplestore_tuple_count(trigdata->tg_oldtable) - 1;
			if (memory->rows_to_come > 0)
				return;
		}
	}
	if (trigdata->tg_oldtable != NULL && memory->deleted == trigdata->tg_oldtable)
	{
		follow_transition_table(follower, trigdata->tg_relation, trigdata->tg_oldtable, authz_tracked_write_add_old);
		authz_tracked_write_flush_old(follower);
		return;
	}

	/*
	 * While rows exchange their ids, one after another: a row that an UPDATE
	 * has just written has its resource under its name, the resource of an
	 * older one may have been set aside.
	 */
	if (updates != NULL && authz_tracked_statement_has_aside(updates))
		follower->is_newer = is_of_statement(trigdata->tg_trigtuple, updates);
	if (HeapTupleHeaderIndicatesMovedPartitions(trigdata->tg_trigtuple->t_data))
		follow_moving_row(follower, trigdata->tg_trigslot);
	else
		authz_tracked_write_add_old(follower, trigdata->tg_trigslot);
	authz_tracked_write_flush_old(follower);
}

/*
 * An error if a nested statement changes or deletes a row that an outer one
 * has written, and whose resource has not followed yet.
 */
static void
require_followed(AuthzFollower *follower, TriggerData *trigdata)
{
	HeapTuple	row = trigdata->tg_trigtuple;
	List	   *relids = follower->tracking->relids;
	bool		updates = TRIGGER_FIRED_BY_UPDATE(trigdata->tg_event) || HeapTupleHeaderIndicatesMovedPartitions(row->t_data);
	AuthzTrackedStatement *inserts = authz_tracked_statement_find(relids, true);
	AuthzTrackedStatement *around = authz_tracked_statement_find_outer(relids, updates ? 1 : 0);
	text	   *resource = authz_tracked_table_resource(follower->tracking, trigdata->tg_trigslot);

	if (resource == NULL)
		return;
	if (inserts != NULL && is_of_statement(row, inserts) && !authz_tracked_statement_has_followed(inserts, resource))
		refuse_too_early(follower, resource);

	/*
	 * In a partition it is unknown what an outer UPDATE has made of the row.
	 */
	if (trigdata->tg_relation->rd_rel->relispartition && around != NULL && is_of_statement(row, around))
		refuse_too_early(follower, resource);
}

static void
refuse_too_early(AuthzFollower *follower, const text *resource)
{
	ereport(ERROR,
			errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
			errmsg("a row of table \"%s\" has been changed before its resource could follow", follower->tracking->table),
			errdetail("A statement within another one on the same table has changed \"%s\".", text_to_cstring(resource)));
}

/* Has the statement, or one within it, written this version of the row? */
static bool
is_of_statement(HeapTuple row, const AuthzTrackedStatement *statement)
{
	return TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(row->t_data)) &&
		HeapTupleHeaderGetCmin(row->t_data) >= authz_tracked_statement_first_command(statement);
}

/*
 * The row moves to another partition, where its INSERT is the next event,
 * unless a trigger has suppressed that.
 */
static void
follow_moving_row(AuthzFollower *follower, TupleTableSlot *row)
{
	AuthzTrackedStatement *statement = authz_tracked_statement_find(follower->tracking->relids, false);
	text	   *resource = authz_tracked_table_resource(follower->tracking, row);
	text	   *lost = NULL;
	bool		moves = statement != NULL && authz_tracked_statement_note_left(statement, resource, &lost);

	if (lost != NULL)
		authz_follower_add(follower, lost, 0);
	if (!moves && resource != NULL)
		authz_follower_add(follower, resource, 0);
}

/*
 * Follow the row as nested statements have left it: their own events came
 * first, when no resource had the name under which they found the row.
 */
static void
follow_update(AuthzFollower *follower, TriggerData *trigdata)
{
	Relation	rel = trigdata->tg_relation;
	text	   *old = authz_tracked_table_resource(follower->tracking, trigdata->tg_trigslot);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TupleTableSlot *row = table_slot_create(rel, NULL);
	ItemPointerData tid = trigdata->tg_newslot->tts_tid;
	TableScanDesc scan = table_beginscan_tid(rel, snapshot);
	AuthzResourceRow found;

	require_followed(follower, trigdata);
	table_tuple_get_latest_tid(scan, &tid);
	table_endscan(scan);
	if (ItemPointerEquals(&tid, &trigdata->tg_newslot->tts_tid) &&
		table_tuple_fetch_row_version(rel, &tid, snapshot, row))
		follow_change(follower, rel, old, trigdata->tg_trigslot, trigdata->tg_newslot);
	else if (old != NULL && authz_follower_read_resource(follower, old, &found))
	{
		if (table_tuple_fetch_row_version(rel, &tid, snapshot, row))
			follow_change(follower, rel, old, trigdata->tg_trigslot, row);
		else if (rel->rd_rel->relispartition)
			ereport(ERROR,
					errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
					errmsg("a row of table \"%s\" has been moved or deleted before its resource could follow", RelationGetRelationName(rel)),
					errdetail("Another statement within the UPDATE has done that to \"%s\".", text_to_cstring(old)));
		else
		{
			authz_tracked_write_add_old(follower, trigdata->tg_trigslot);
			authz_tracked_write_flush_old(follower);
		}
	}
	ExecDropSingleTupleTableSlot(row);
	UnregisterSnapshot(snapshot);
}

/*
 * A row has got another id, another parent, or both.  old: the name of its
 * resource before; old_row: NULL if the row has moved to another partition.
 */
static void
follow_change(AuthzFollower *follower, Relation rel, text *old, TupleTableSlot *old_row, TupleTableSlot *new_row)
{
	text	   *new = authz_tracked_table_resource(follower->tracking, new_row);
	AuthzResourceRow found;
	text	   *parent_then;
	bool		is_checked;
	int64		parent_id;
	int64		id = 0;

	if (old != NULL && new != NULL)
		id = authz_tracked_write_rename(follower, old, new);
	if (id == 0)
	{
		if (old != NULL && new != NULL && !may_make_resource(follower, old))
			return;
		if (old != NULL && new == NULL)
			authz_tracked_write_add_old(follower, old_row);
		authz_tracked_write_flush_old(follower);
		if (old == NULL && new != NULL)
			authz_tracked_write_check_create(follower, new, authz_follower_find_parent_id(follower, new_row, new, false));
		authz_tracked_write_add_new(follower, new_row);
		authz_tracked_write_finish(follower, true);
		return;
	}
	if (follower->tracking->nparents == 0)
		return;
	parent_then = old_row == NULL ? NULL : authz_tracked_table_parent(follower->tracking, old_row);
	if (follower->tracking->refers_to_itself)
	{
		AuthzTrackedStatement *statement = authz_tracked_statement_find(follower->tracking->relids, false);

		if (statement != NULL)
			authz_tracked_statement_note_pending(statement, &(AuthzPendingParent) {
				.id = id, .parent_then = parent_then, .role = authz_caller_role()
			});
		else
			follow_applied_move(follower, id, new, new_row);
		return;
	}
	parent_id = authz_follower_find_parent_id(follower, new_row, new, false);
	if (authz_rows_read_resource_by_id(&follower->reader, id, &found) && found.parent_id != parent_id)
	{
		int64		old_parent_id = found.parent_id;

		is_checked = parent_then == NULL || !authz_tracked_parent_was_lost(follower, &found, parent_then) ||
			!authz_tracked_parent_is_key_action(follower, follower->tracking, rel, old_parent_id, new_row, parent_id, true);
		authz_tracked_parent_move(follower, id, parent_id, new, is_checked);
	}
}

/*
 * The row that logical replication has changed belongs to no statement: if its
 * parent is still to come, or still beneath it, it has none until then.
 */
static void
follow_applied_move(AuthzFollower *follower, int64 id, text *resource, TupleTableSlot *row)
{
	List	   *pending = list_make1(&(AuthzPendingParent) {.id = id});
	text	   *parent = authz_tracked_table_parent(follower->tracking, row);
	AuthzResourceRow found;

	authz_follower_refresh(follower);
	if (authz_tracked_parent_follow_pending(follower, pending, false) == NIL)
		return;
	authz_tracked_parent_move(follower, id, 0, resource, false);
	authz_tracked_waiting_note_applied(id, resource, authz_follower_read_resource(follower, parent, &found) ? NULL : parent);
}

/*
 * Logical replication has applied a row: it may be the parent of rows that
 * came before, or have been in the way of some.
 */
static void
follow_applied_children(AuthzFollower *follower, TupleTableSlot *row)
{
	text	   *resource = authz_tracked_table_resource(follower->tracking, row);
	List	   *ids = resource == NULL ? NIL : authz_tracked_waiting_take_applied(resource);
	List	   *in_cycles = authz_tracked_waiting_take_applied(NULL);
	List	   *pending = NIL;
	ListCell   *cell;

	foreach(cell, list_concat(ids, in_cycles))
	{
		AuthzPendingParent *child = palloc0(sizeof(AuthzPendingParent));

		child->id = *(int64 *) lfirst(cell);
		pending = lappend(pending, child);
	}
	if (pending == NIL)
		return;
	authz_follower_refresh(follower);
	pending = authz_tracked_parent_follow_pending(follower, pending, false);
	foreach(cell, pending)
		authz_tracked_waiting_note_applied(((AuthzPendingParent *) lfirst(cell))->id, resource, NULL);
}

/*
 * The changed row has no resource under its old name; may one be created?
 * False if an outer statement will follow the row.  True if the resource has
 * been dropped by hand, and an administrator gives the row a new one by
 * changing it.
 */
static bool
may_make_resource(AuthzFollower *follower, const text *old)
{
	if (authz_tracked_statement_find_outer(follower->tracking->relids, 1) != NULL)
		return false;
	if (authz_tracked_statement_find(follower->tracking->relids, true) != NULL)
		refuse_too_early(follower, old);
	if (!follower->applied && !authz_caller_is_administrator())
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("resource \"%s\" does not exist", text_to_cstring(old)),
				errdetail("It should follow a row of table \"%s\"; somebody has dropped it.", follower->tracking->table),
				errhint("An administrator makes it again with authz.track."));
	return true;
}

/*
 * Only tables with rows: TRUNCATE of a partitioned table fires the triggers of
 * its partitions.
 */
static void
follow_truncate(AuthzFollower *follower, Relation rel)
{
	if (rel->rd_rel->relkind != RELKIND_RELATION)
		return;
	follower->truncating = true;
	follow_table(follower, rel, authz_tracked_write_add_old);
	authz_tracked_write_flush_old(follower);
}

static void
follow_transition_table(AuthzFollower *follower, Relation rel, Tuplestorestate *table, AuthzAddRow add_row)
{
	AuthzStatementRows rows;

	authz_statement_rows_open(&rows, RelationGetDescr(rel), NULL, table);
	while (authz_statement_rows_next(&rows))
	{
		CHECK_FOR_INTERRUPTS();
		add_row(follower, rows.new_row);
	}
}

/* Reads all committed rows, and our own, whatever the isolation level. */
static void
follow_table(AuthzFollower *follower, Relation rel, AuthzAddRow add_row)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TupleTableSlot *row = table_slot_create(rel, NULL);
	TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);

	while (table_scan_getnextslot(scan, ForwardScanDirection, row))
	{
		CHECK_FOR_INTERRUPTS();
		add_row(follower, row);
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(row);
	UnregisterSnapshot(snapshot);
}
