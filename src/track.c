/*
 * track.c
 *		Resources that follow an application's own table.
 *
 * authz.track() puts the triggers of src/sql/track.sql on the table; all of them
 * call authz.track_rows().  What it does with a row:
 *
 *		insert		the resource, with its parent; nothing if it is there already
 *		update		of the id: the resource gets the new name and keeps all that
 *					hangs on it; of the parent: it moves
 *		delete		the resource goes, with all that hangs on it
 *		truncate	the same for all rows, which are read before they go
 *
 * Row triggers and not statement triggers, for two reasons.  Logical replication
 * fires no others when it applies a change.  And the application's own row triggers
 * may depend on the resource (to grant the creator a role, or to insert a row of a
 * child type), while all statement triggers come after all row triggers.  A bulk
 * load is set-based all the same: on an ordinary table the triggers for INSERT and
 * DELETE have a transition table, in which the first call finds the rows of the whole
 * statement, and the other calls have nothing left to do.  (PostgreSQL has no
 * such triggers on partitions: there each row is by itself.)
 *
 * Which table is tracked as what stands in authz.tracked_tables, which only
 * administrators can write.  A trigger's argument is the key of its row there, and
 * counts only if that row names the trigger's table: so whoever is allowed to make
 * triggers with our function, and makes one on a table of their own, gets nothing.
 *
 * The writes run as the owner of the extension; so nothing of the table's owner may
 * run then.  Values of rows are converted here, by their built-in base type, and
 * reach SQL as text; tables are read here, without the planner, which would
 * evaluate expressions of their indexes and constraints.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_subscription_rel.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "replication/logicalworker.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

#include "caller.h"
#include "catalog.h"
#include "compat.h"
#include "id.h"
#include "query.h"
#include "reference.h"
#include "restore.h"
#include "trigger.h"

/* Resources that are written together. */
#define BATCH 50000

/* So many new rows, one after another, are a load. */
#define LOAD 1000

/* How a table is tracked. */
typedef struct Tracking
{
	const char *table;			/* for messages */
	const char *type;
	const char *parent_type;	/* NULL: the type has none */
	AttrNumber	id_column;
	Oid			id_type;		/* base type */
	AttrNumber	parent_column;	/* 0: parents are not tracked */
	Oid			parent_id_type; /* base type */
} Tracking;

/* What a trigger remembers from one row of a statement to the next. */
typedef struct TriggerMemory
{
	int64		id;				/* the trigger's argument */
	Tracking	tracking;		/* read when first needed */
	Tuplestorestate *done;		/* transition table that has been followed */
	uint64		removals;		/* so many there were at that time */
	bool		deferred;		/* to the end of a restore */
} TriggerMemory;

/*
 * An UPDATE that moves a row to another partition is a DELETE there and then an
 * INSERT here.  Lives in the context of the query that does it.
 */
typedef struct MovedRow
{
	MemoryContextCallback at_end;
	MemoryContext query;
	text	   *resource;		/* its name before */
} MovedRow;

static MovedRow *moved_row = NULL;

/* Rows of tracked tables that have gone or changed, in this session. */
static uint64 removals = 0;

/* What goes on while rows are followed. */
typedef struct Follower
{
	const Tracking *tracking;
	AuthzQueryContext saved;
	AuthzReader reader;
	MemoryContext context;		/* of all this */
	MemoryContext batch;		/* of what is collected */
	int			count;
	int			allocated;
	Datum	   *resources;		/* texts */
	AuthzIds	parents;		/* 0 for none */
	uint64		written;		/* new and moved resources so far */
	int			new_in_a_row;	/* rows that had no resource */

	/* The parent that was looked up last. */
	text	   *parent;
	int64		parent_id;
} Follower;

typedef void (*AddRow) (Follower *follower, TupleTableSlot *row);

static void follow_as_origin(FunctionCallInfo fcinfo, TriggerMemory *memory);
static void follow_event(FunctionCallInfo fcinfo, TriggerMemory *memory);
static TriggerMemory *get_memory(FunctionCallInfo fcinfo);
static void load_tracking(int64 id, Relation rel, MemoryContext context, Tracking *tracking);
static bool is_tracked_as(Relation rel, const char *schema, const char *name);
static AttrNumber find_column(Relation rel, const char *name, Oid *type);
static bool resources_are_replicated(void);

static void follow_insert(Follower *follower, FunctionCallInfo fcinfo, TriggerMemory *memory);
static void follow_delete(Follower *follower, FunctionCallInfo fcinfo);
static void follow_update(Follower *follower, TriggerData *trigdata);
static void follow_truncate(Follower *follower, Relation rel);
static void remember_move(Follower *follower, FunctionCallInfo fcinfo);
static void forget_move(void *arg);
static void follow_move(Follower *follower, TupleTableSlot *row);

static void begin_following(Follower *follower);
static void end_following(Follower *follower);
static void follow_transition_table(Follower *follower, Relation rel, Tuplestorestate *rows, AddRow add_row);
static void follow_table(Follower *follower, Relation rel, AddRow add_row);
static void add_new(Follower *follower, TupleTableSlot *row);
static void add_old(Follower *follower, TupleTableSlot *row);
static void add(Follower *follower, text *resource, int64 parent_id);
static Datum take_resources(Follower *follower);
static void forget_batch(Follower *follower);
static void write_new(Follower *follower);
static void write_old(Follower *follower);
static void rename_resource(text *old, text *new);

static text *get_resource(const Tracking *tracking, TupleTableSlot *row);
static int64 get_parent_id(Follower *follower, TupleTableSlot *row, text *resource);
static bool read_resource(Follower *follower, text *resource, AuthzResourceRow *found);
static text *make_resource(const Tracking *tracking, const char *type, Datum value, Oid id_type);

/*
 * authz.track_rows(): the trigger function of tracked tables.  Its argument is the
 * id of a row of authz.tracked_tables.
 */
PG_FUNCTION_INFO_V1(authz_track_rows);
Datum
authz_track_rows(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = authz_trigger_data(fcinfo, "authz.track_rows");
	TriggerMemory *memory = fcinfo->flinfo->fn_extra;

	/* What authz.track() makes; on which table is known when its configuration has been read. */
	if (!authz_trigger_fires(trigdata, AUTHZ_FIRES_AFTER | AUTHZ_FIRES_ROW |
							 AUTHZ_FIRES_INSERT | AUTHZ_FIRES_UPDATE | AUTHZ_FIRES_DELETE) &&
		!authz_trigger_fires(trigdata, AUTHZ_FIRES_BEFORE | AUTHZ_FIRES_STATEMENT | AUTHZ_FIRES_TRUNCATE))
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("trigger function \"%s\" is not for a trigger such as \"%s\"", "authz.track_rows",
					   trigdata->tg_trigger->tgname),
				errhint("authz.track makes the triggers of a tracked table."));

	/*
	 * Of all rows of a statement, the first call has followed all.  But what it found
	 * of a new row does not count when rows have gone or changed since: the same
	 * statement may have removed that id, and inserts it anew.
	 */
	if (memory != NULL && memory->done != NULL &&
		(memory->done == trigdata->tg_oldtable ||
		 (memory->done == trigdata->tg_newtable && memory->removals == removals)))
		return PointerGetDatum(NULL);

	if (resources_are_replicated())
		return PointerGetDatum(NULL);
	memory = get_memory(fcinfo);
	if (!memory->deferred)
		follow_as_origin(fcinfo, memory);
	return PointerGetDatum(NULL);
}

static void
follow_as_origin(FunctionCallInfo fcinfo, TriggerMemory *memory)
{
	int			saved_replication_role = SessionReplicationRole;

	/*
	 * Where a change is applied (replica mode), what we make of it is a change of
	 * our own: rules, cascades and audit are to fire.  The variable and not the
	 * setting, since assigning that throws all plans of the session away.
	 */
	SessionReplicationRole = SESSION_REPLICATION_ROLE_ORIGIN;
	PG_TRY();
	{
		follow_event(fcinfo, memory);
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
	Follower	follower;

	begin_following(&follower);
	if (memory->tracking.table == NULL)
		load_tracking(memory->id, trigdata->tg_relation, fcinfo->flinfo->fn_mcxt, &memory->tracking);
	follower.tracking = &memory->tracking;

	if (TRIGGER_FIRED_BY_TRUNCATE(trigdata->tg_event))
		follow_truncate(&follower, trigdata->tg_relation);
	else if (TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
		follow_insert(&follower, fcinfo, memory);
	else if (TRIGGER_FIRED_BY_DELETE(trigdata->tg_event))
	{
		memory->done = trigdata->tg_oldtable;
		follow_delete(&follower, fcinfo);
	}
	else
		follow_update(&follower, trigdata);
	if (!TRIGGER_FIRED_BY_INSERT(trigdata->tg_event))
		removals++;
	end_following(&follower);
}

/*
 * authz.track_existing_rows(table, id): the resources of the rows that are there
 * already.  Returns how many were made or moved.
 */
PG_FUNCTION_INFO_V1(authz_track_existing_rows);
Datum
authz_track_existing_rows(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	int64		id = PG_GETARG_INT64(1);
	uint64		written = 0;
	List	   *tables;
	ListCell   *cell;
	Relation	root;

	authz_require_administrator("authz.track_existing_rows");
	root = try_table_open(relid, AccessShareLock);
	if (root == NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("table with OID %u does not exist", relid));
	tables = find_all_inheritors(relid, NoLock, NULL);
	foreach(cell, tables)
	{
		Relation	rel = table_open(lfirst_oid(cell), AccessShareLock);
		Tracking	tracking;
		Follower	follower;

		/* Children by inheritance are tables of their own. */
		if (rel->rd_rel->relkind == RELKIND_RELATION &&
			(root->rd_rel->relkind == RELKIND_PARTITIONED_TABLE || RelationGetRelid(rel) == relid))
		{
			begin_following(&follower);
			load_tracking(id, rel, CurrentMemoryContext, &tracking);
			follower.tracking = &tracking;
			follow_table(&follower, rel, add_new);
			write_new(&follower);
			written += follower.written;
			end_following(&follower);
		}
		table_close(rel, NoLock);
	}
	table_close(root, NoLock);
	PG_RETURN_INT64(written);
}

/* The configuration is read once per statement. */
static TriggerMemory *
get_memory(FunctionCallInfo fcinfo)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	TriggerMemory *memory = fcinfo->flinfo->fn_extra;

	if (memory != NULL)
		return memory;
	if (trigdata->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("trigger \"%s\" must have one argument", trigdata->tg_trigger->tgname));

	memory = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(TriggerMemory));
	memory->id = pg_strtoint64(trigdata->tg_trigger->tgargs[0]);
	memory->deferred = TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) && authz_restore_defers(memory->id);
	fcinfo->flinfo->fn_extra = memory;
	return memory;
}

static void
load_tracking(int64 id, Relation rel, MemoryContext context, Tracking *tracking)
{
	static AuthzQuery find = {
		.sql = "SELECT t.table_schema, t.table_name, t.resource_type, y.parent, t.id_column, t.parent_column "
		"FROM authz.tracked_tables t JOIN authz.resource_types y ON y.name = t.resource_type WHERE t.id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	Datum		args[1] = {Int64GetDatum(id)};
	MemoryContext caller;
	char	   *parent_column;

	if (authz_query_read(&find, args, 1, 1) == 0 ||
		!is_tracked_as(rel, authz_query_text(0, 1), authz_query_text(0, 2)))
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("table \"%s\" is not tracked", RelationGetRelationName(rel)),
				errdetail("It has a trigger that keeps resources, but there is no row for it in authz.tracked_tables."),
				errhint("Call authz.track for the table, or authz.untrack to drop the triggers."));

	caller = MemoryContextSwitchTo(context);
	tracking->table = pstrdup(RelationGetRelationName(rel));
	tracking->type = pstrdup(authz_query_text(0, 3));
	tracking->parent_type = authz_query_text(0, 4);
	if (tracking->parent_type != NULL)
		tracking->parent_type = pstrdup(tracking->parent_type);
	tracking->id_column = find_column(rel, authz_query_text(0, 5), &tracking->id_type);
	parent_column = authz_query_text(0, 6);
	tracking->parent_column = InvalidAttrNumber;
	if (parent_column != NULL)
		tracking->parent_column = find_column(rel, parent_column, &tracking->parent_id_type);
	MemoryContextSwitchTo(caller);
}

/* Is the table, or a partitioned table that it belongs to, the one of that name? */
static bool
is_tracked_as(Relation rel, const char *schema, const char *name)
{
	Oid			tracked = get_relname_relid(name, get_namespace_oid(schema, true));

	if (!OidIsValid(tracked))
		return false;
	if (RelationGetRelid(rel) == tracked)
		return true;
	return rel->rd_rel->relispartition &&
		list_member_oid(get_partition_ancestors(RelationGetRelid(rel)), tracked);
}

static AttrNumber
find_column(Relation rel, const char *name, Oid *type)
{
	TupleDesc	columns = RelationGetDescr(rel);

	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);

		if (column->attisdropped || strcmp(NameStr(column->attname), name) != 0)
			continue;
		*type = authz_id_base_type(column->atttypid);
		if (!OidIsValid(*type))
			authz_id_refuse_type(column->atttypid);
		return column->attnum;
	}
	ereport(ERROR,
			errcode(ERRCODE_UNDEFINED_COLUMN),
			errmsg("column \"%s\" of table \"%s\" does not exist", name, RelationGetRelationName(rel)),
			errdetail("The table is tracked by this column."),
			errhint("Call authz.track for the table anew."));
}

/*
 * Does a subscription of this database bring the resources themselves?  Then what
 * the publisher made of a change arrives by itself, and ours would be in its way.
 */
static bool
resources_are_replicated(void)
{
	Relation	rel;
	ScanKeyData key;
	SysScanDesc scan;
	bool		found;

	if (!IsLogicalWorker())
		return false;

	rel = table_open(SubscriptionRelRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_subscription_rel_srrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(authz_catalog_table(AUTHZ_RESOURCES)));
	scan = systable_beginscan(rel, SubscriptionRelSrrelidSrsubidIndexId, true, NULL, 1, &key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

/* Events ------------------------------------------------------------------ */

static void
follow_insert(Follower *follower, FunctionCallInfo fcinfo, TriggerMemory *memory)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (trigdata->tg_newtable != NULL && memory->done != trigdata->tg_newtable)
	{
		memory->done = trigdata->tg_newtable;
		memory->removals = removals;
		follow_transition_table(follower, trigdata->tg_relation, trigdata->tg_newtable, add_new);
	}
	else
	{
		if (moved_row != NULL && moved_row->query == fcinfo->flinfo->fn_mcxt)
			follow_move(follower, trigdata->tg_trigslot);
		add_new(follower, trigdata->tg_trigslot);
	}
	write_new(follower);
}

static void
follow_delete(Follower *follower, FunctionCallInfo fcinfo)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	if (trigdata->tg_oldtable != NULL)
		follow_transition_table(follower, trigdata->tg_relation, trigdata->tg_oldtable, add_old);
	else if (HeapTupleHeaderIndicatesMovedPartitions(trigdata->tg_trigtuple->t_data))
		remember_move(follower, fcinfo);
	else
		add_old(follower, trigdata->tg_trigslot);
	write_old(follower);
}

/* The row goes on in another partition, where its INSERT is the next event of it. */
static void
remember_move(Follower *follower, FunctionCallInfo fcinfo)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	MemoryContext query = fcinfo->flinfo->fn_mcxt;
	MemoryContext caller = MemoryContextSwitchTo(query);
	text	   *resource = get_resource(follower->tracking, trigdata->tg_trigslot);

	if (resource != NULL)
	{
		MovedRow   *moved = palloc(sizeof(MovedRow));

		moved->query = query;
		moved->resource = resource;
		moved->at_end.func = forget_move;
		moved->at_end.arg = moved;
		MemoryContextRegisterResetCallback(query, &moved->at_end);
		moved_row = moved;
	}
	MemoryContextSwitchTo(caller);
}

static void
forget_move(void *arg)
{
	if (moved_row == arg)
		moved_row = NULL;
}

static void
follow_move(Follower *follower, TupleTableSlot *row)
{
	text	   *new = get_resource(follower->tracking, row);

	if (new != NULL)
		rename_resource(moved_row->resource, new);
	moved_row = NULL;
}

static void
follow_update(Follower *follower, TriggerData *trigdata)
{
	text	   *old = get_resource(follower->tracking, trigdata->tg_trigslot);
	text	   *new = get_resource(follower->tracking, trigdata->tg_newslot);

	if (old != NULL && new != NULL)
		rename_resource(old, new);
	else if (old != NULL)
		add_old(follower, trigdata->tg_trigslot);
	write_old(follower);

	add_new(follower, trigdata->tg_newslot);
	write_new(follower);
}

/* Where the rows are: TRUNCATE of a partitioned table fires the triggers of its partitions. */
static void
follow_truncate(Follower *follower, Relation rel)
{
	if (rel->rd_rel->relkind != RELKIND_RELATION)
		return;
	follow_table(follower, rel, add_old);
	write_old(follower);
}

/* Rows -------------------------------------------------------------------- */

static void
begin_following(Follower *follower)
{
	memset(follower, 0, sizeof(*follower));
	authz_query_begin(authz_catalog_owner(), &follower->saved);
	authz_reader_open(&follower->reader);
	follower->context = CurrentMemoryContext;
	follower->batch = AllocSetContextCreate(CurrentMemoryContext, "authz tracked rows",
											ALLOCSET_DEFAULT_SIZES);
}

static void
end_following(Follower *follower)
{
	authz_reader_close(&follower->reader);
	authz_query_end(&follower->saved);
}

static void
follow_transition_table(Follower *follower, Relation rel, Tuplestorestate *rows, AddRow add_row)
{
	TupleTableSlot *row = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsMinimalTuple);

	tuplestore_select_read_pointer(rows, 0);
	tuplestore_rescan(rows);
	while (tuplestore_gettupleslot(rows, true, false, row))
	{
		CHECK_FOR_INTERRUPTS();
		add_row(follower, row);
	}
	ExecDropSingleTupleTableSlot(row);
}

/* All rows that are committed, and our own, whatever the isolation level. */
static void
follow_table(Follower *follower, Relation rel, AddRow add_row)
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

/*
 * A row that is there now; most often nothing has to be written for it twice.
 * Where so many are new that it looks like a load, the write itself finds out.
 */
static void
add_new(Follower *follower, TupleTableSlot *row)
{
	MemoryContext caller = MemoryContextSwitchTo(follower->batch);
	const Tracking *tracking = follower->tracking;
	text	   *resource = get_resource(tracking, row);
	int64		parent_id;
	AuthzResourceRow found;

	if (resource != NULL)
	{
		bool		there = false;

		parent_id = get_parent_id(follower, row, resource);
		if (follower->new_in_a_row < LOAD)
		{
			there = read_resource(follower, resource, &found);
			follower->new_in_a_row = there ? 0 : follower->new_in_a_row + 1;
		}
		if (!there || (tracking->parent_column != InvalidAttrNumber && found.parent_id != parent_id))
			add(follower, resource, parent_id);
	}
	MemoryContextSwitchTo(caller);
	if (follower->count == BATCH)
		write_new(follower);
}

/* A row that is gone. */
static void
add_old(Follower *follower, TupleTableSlot *row)
{
	MemoryContext caller = MemoryContextSwitchTo(follower->batch);
	text	   *resource = get_resource(follower->tracking, row);

	if (resource != NULL)
		add(follower, resource, 0);
	MemoryContextSwitchTo(caller);
	if (follower->count == BATCH)
		write_old(follower);
}

/* In the context of the batch. */
static void
add(Follower *follower, text *resource, int64 parent_id)
{
	if (follower->count == follower->allocated)
	{
		follower->allocated = follower->allocated == 0 ? 16 : follower->allocated * 2;
		if (follower->resources == NULL)
			follower->resources = palloc_array(Datum, follower->allocated);
		else
			follower->resources = repalloc_array(follower->resources, Datum, follower->allocated);
	}
	follower->resources[follower->count++] = PointerGetDatum(resource);
	authz_ids_add(&follower->parents, parent_id);
}

static Datum
take_resources(Follower *follower)
{
	return PointerGetDatum(construct_array(follower->resources, follower->count,
										   TEXTOID, -1, false, TYPALIGN_INT));
}

static void
forget_batch(Follower *follower)
{
	MemoryContextReset(follower->batch);
	follower->count = 0;
	follower->allocated = 0;
	follower->resources = NULL;
	memset(&follower->parents, 0, sizeof(follower->parents));
	follower->parent = NULL;
}

/* A resource that has come to be there meanwhile, or stands twice in the table, is moved. */
static void
write_new(Follower *follower)
{
	static AuthzQuery write_one = {
		.sql = "INSERT INTO authz.resources AS r (resource, parent_id) VALUES ($1::authz.resource, nullif($2, 0)) "
		"ON CONFLICT (resource) DO UPDATE SET parent_id = excluded.parent_id "
		"WHERE $3 AND r.parent_id IS DISTINCT FROM excluded.parent_id",
		.nargs = 3, .argtypes = {TEXTOID, INT8OID, BOOLOID}
	};
	static AuthzQuery write_many = {
		.sql = "INSERT INTO authz.resources AS r (resource, parent_id) "
		"SELECT DISTINCT ON (n.resource) n.resource, nullif(n.parent_id, 0) "
		"FROM (SELECT u.resource::authz.resource, u.parent_id, u.number "
		"      FROM unnest($1, $2) WITH ORDINALITY AS u (resource, parent_id, number)) n "
		"ORDER BY n.resource, n.number DESC "
		"ON CONFLICT (resource) DO UPDATE SET parent_id = excluded.parent_id "
		"WHERE $3 AND r.parent_id IS DISTINCT FROM excluded.parent_id",
		.nargs = 3, .argtypes = {TEXTARRAYOID, INT8ARRAYOID, BOOLOID}
	};
	Datum		args[3];

	if (follower->count == 0)
		return;
	args[2] = BoolGetDatum(follower->tracking->parent_column != InvalidAttrNumber);
	if (follower->count == 1)
	{
		args[0] = follower->resources[0];
		args[1] = Int64GetDatum(follower->parents.values[0]);
		follower->written += authz_query_write(&write_one, args, 1);
	}
	else
	{
		args[0] = take_resources(follower);
		args[1] = authz_ids_array(&follower->parents);
		follower->written += authz_query_write(&write_many, args, follower->count);
	}
	forget_batch(follower);
}

static void
write_old(Follower *follower)
{
	static AuthzQuery remove = {
		.sql = "DELETE FROM authz.resources r WHERE r.resource = ANY ($1::authz.resource[])",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	Datum		args[1];

	if (follower->count == 0)
		return;
	args[0] = take_resources(follower);
	authz_query_write(&remove, args, follower->count);
	forget_batch(follower);
}

/* What hangs on the resource goes with it; if it is not there, the caller makes the new one. */
static void
rename_resource(text *old, text *new)
{
	static AuthzQuery rename = {
		.sql = "UPDATE authz.resources r SET resource = $2::authz.resource WHERE r.resource = $1::authz.resource",
		.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
	};
	Datum		args[2] = {PointerGetDatum(old), PointerGetDatum(new)};

	if (VARSIZE(old) == VARSIZE(new) && memcmp(old, new, VARSIZE(old)) == 0)
		return;
	authz_query_write(&rename, args, 1);
}

/* Values ------------------------------------------------------------------ */

/* The resource of a row, palloc'd; NULL if it has no id. */
static text *
get_resource(const Tracking *tracking, TupleTableSlot *row)
{
	bool		isnull;
	Datum		id = slot_getattr(row, tracking->id_column, &isnull);

	return isnull ? NULL : make_resource(tracking, tracking->type, id, tracking->id_type);
}

/* The key of the row's parent, which must be there; 0 for none. */
static int64
get_parent_id(Follower *follower, TupleTableSlot *row, text *resource)
{
	const Tracking *tracking = follower->tracking;
	bool		isnull = true;
	Datum		id = 0;
	text	   *parent;
	AuthzResourceRow found;

	if (tracking->parent_column != InvalidAttrNumber)
		id = slot_getattr(row, tracking->parent_column, &isnull);
	if (isnull)
		return 0;
	if (tracking->parent_type == NULL)
		ereport(ERROR,
				errcode(ERRCODE_CHECK_VIOLATION),
				errmsg("resource \"%s\" cannot have a parent", text_to_cstring(resource)),
				errdetail("Resource type \"%s\" is a root type.", tracking->type),
				errhint("Call authz.track for table \"%s\" without a parent column.", tracking->table));

	parent = make_resource(tracking, tracking->parent_type, id, tracking->parent_id_type);
	if (follower->parent != NULL && VARSIZE(follower->parent) == VARSIZE(parent) &&
		memcmp(follower->parent, parent, VARSIZE(parent)) == 0)
		return follower->parent_id;

	if (!read_resource(follower, parent, &found))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_OBJECT),
				errmsg("resource \"%s\" does not exist", text_to_cstring(parent)),
				errdetail("It is the parent of \"%s\" in table \"%s\".", text_to_cstring(resource), tracking->table),
				errhint("Make the parent first: insert it into its table, or call authz.create_resource."));
	follower->parent = parent;
	follower->parent_id = found.id;
	return found.id;
}

/* What the reader opens at first use outlives the batch. */
static bool
read_resource(Follower *follower, text *resource, AuthzResourceRow *found)
{
	MemoryContext caller = MemoryContextSwitchTo(follower->context);
	bool		result;

	result = authz_read_resource(&follower->reader, VARDATA(resource), VARSIZE(resource) - VARHDRSZ, found);
	MemoryContextSwitchTo(caller);
	return result;
}

static text *
make_resource(const Tracking *tracking, const char *type, Datum value, Oid id_type)
{
	AuthzId		id;
	char		buffer[AUTHZ_ID_BUFFER];
	int			len;
	text	   *resource = NULL;

	authz_id_from_datum(value, id_type, &id);
	len = authz_id_to_text(&id, buffer);
	if (len >= 0)
		resource = authz_resource_make(type, strlen(type), buffer, len);
	if (resource == NULL)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				errmsg("a value in table \"%s\" cannot be the id of a resource", tracking->table),
				errdetail("An id has 1 to %d bytes, no control characters, and no blank at either end.", AUTHZ_ID_MAX));
	return resource;
}
