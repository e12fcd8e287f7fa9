/*
 * tracked_table.c
 *	  Configuration of a tracked table, and the resources of its rows.
 *
 * The configuration is in authz.tracked_tables, which only administrators can
 * write.  A trigger's argument is the id of its row there, and is valid only
 * if that row names the trigger's table: so a role that creates a trigger with
 * our function on a table of its own gains nothing.
 *
 * What is written for a row is written as the owner of the extension; so no
 * code of the table's owner may run then.  Values of rows are converted here,
 * by their built-in base type, and reach SQL as text; rows are found here,
 * without the planner, which would evaluate expressions of indexes and
 * constraints.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "rules/rule_query.h"
#include "rules/trigger_call.h"
#include "sync/tracked_table.h"
#include "types/references.h"
#include "types/resource_id.h"

static bool is_tracked_table(Relation rel, const char *schema, const char *name);
static AttrNumber find_tracked_column(Relation rel, const char *name, Oid *type);
static text *make_resource_name(const AuthzTrackedTable *tracking, const char *type, Datum value, Oid id_type);
static bool is_row_of_resource(const AuthzTrackedTable *tracking, TupleTableSlot *row, const text *resource);

void
authz_tracked_table_load(int64 id, Relation rel, MemoryContext context, AuthzTrackedTable *tracking)
{
	static AuthzRuleQuery find = {
		.sql = "SELECT t.table_schema, t.table_name, t.resource_type, t.id_column, "
		"coalesce(t.creator_role_id, 0), t.moves = 'checked', p.name, p.type "
		"FROM authz.tracked_tables t LEFT JOIN LATERAL unnest(t.parent_columns, t.parent_types) WITH ORDINALITY AS p (name, type, number) ON true "
		"WHERE t.id = $1 ORDER BY p.number",
		.nargs = 1, .argtypes = {INT8OID}
	};
	Datum		args[1] = {Int64GetDatum(id)};
	MemoryContext caller;
	uint64		count = authz_rule_query_read(&find, args, 1, 0);

	if (count == 0 ||
		!is_tracked_table(rel, authz_rule_query_text(0, 1), authz_rule_query_text(0, 2)))
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("table \"%s\" is not tracked", RelationGetRelationName(rel)),
				errdetail("It has a trigger that keeps resources, but there is no row for it in authz.tracked_tables."),
				errhint("Call authz.track for the table, or authz.untrack to drop the triggers."));

	caller = MemoryContextSwitchTo(context);
	tracking->id = id;
	tracking->table = pstrdup(RelationGetRelationName(rel));
	tracking->relids = lcons_oid(RelationGetRelid(rel), rel->rd_rel->relispartition ?
								 get_partition_ancestors(RelationGetRelid(rel)) : NIL);
	tracking->type = pstrdup(authz_rule_query_text(0, 3));
	tracking->id_column = find_tracked_column(rel, authz_rule_query_text(0, 4), &tracking->id_type);
	tracking->creator_role_id = pg_strtoint64(authz_rule_query_text(0, 5));
	tracking->checks_operations = strcmp(authz_rule_query_text(0, 6), "t") == 0;
	tracking->nparents = 0;
	tracking->refers_to_itself = false;
	tracking->parents = palloc_array(AuthzParentColumn, count);
	for (uint64 i = 0; i < count && authz_rule_query_text(i, 7) != NULL; i++)
	{
		AuthzParentColumn *parent = &tracking->parents[tracking->nparents++];

		parent->column = find_tracked_column(rel, authz_rule_query_text(i, 7), &parent->id_type);
		parent->type = pstrdup(authz_rule_query_text(i, 8));
		tracking->refers_to_itself |= strcmp(parent->type, tracking->type) == 0;
	}
	MemoryContextSwitchTo(caller);
}

/*
 * Is the table, or a partitioned table that it belongs to, the one of that
 * name?
 */
static bool
is_tracked_table(Relation rel, const char *schema, const char *name)
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
find_tracked_column(Relation rel, const char *name, Oid *type)
{
	TupleDesc	columns = RelationGetDescr(rel);

	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);

		if (column->attisdropped || strcmp(NameStr(column->attname), name) != 0)
			continue;
		*type = authz_resource_id_base_type(column->atttypid);
		if (!OidIsValid(*type))
			authz_resource_id_refuse_type(column->atttypid);
		return column->attnum;
	}
	ereport(ERROR,
			errcode(ERRCODE_UNDEFINED_COLUMN),
			errmsg("column \"%s\" of table \"%s\" does not exist", name, RelationGetRelationName(rel)),
			errdetail("The table is tracked by this column."),
			errhint("Call authz.track for the table anew."));
}

/*
 * The name of the resource of a row, palloc'd; NULL if the row has no id, or
 * one that cannot be a resource's.
 */
text *
authz_tracked_table_resource(const AuthzTrackedTable *tracking, TupleTableSlot *row)
{
	bool		isnull;
	Datum		id = slot_getattr(row, tracking->id_column, &isnull);

	return isnull ? NULL : make_resource_name(tracking, tracking->type, id, tracking->id_type);
}

static text *
make_resource_name(const AuthzTrackedTable *tracking, const char *type, Datum value, Oid id_type)
{
	AuthzId		id;
	char		buffer[AUTHZ_ID_BUFFER];
	int			len;
	text	   *resource = NULL;

	authz_resource_id_from_datum(value, id_type, &id);
	len = authz_resource_id_to_text(&id, buffer);
	if (len >= 0)
		resource = authz_references_make_resource(type, strlen(type), buffer, len);

	/*
	 * A change that logical replication applies is never refused: such a row
	 * has no resource.
	 */
	if (resource == NULL)
		ereport(authz_trigger_call_is_applied() ? WARNING : ERROR,
				errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				errmsg("a value in table \"%s\" cannot be the id of a resource", tracking->table),
				errdetail("An id has 1 to %d bytes, no control characters, and no blank at either end.", AUTHZ_ID_MAX));
	return resource;
}

/*
 * The row that has the resource, as it is now; NULL if there is none.  Uses an
 * index that begins with the id, as a tracked table has one.
 */
TupleTableSlot *
authz_tracked_table_find_row(Relation rel, const AuthzTrackedTable *tracking, text *resource)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TupleTableSlot *row = table_slot_create(rel, NULL);
	Oid			index = InvalidOid;
	const char *id = memchr(VARDATA(resource), ':', VARSIZE(resource) - VARHDRSZ);
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *cell;
	bool		found = false;

	foreach(cell, indexes)
	{
		Relation	relation = index_open(lfirst_oid(cell), AccessShareLock);

		if (relation->rd_index->indisvalid && relation->rd_index->indkey.values[0] == tracking->id_column &&
			relation->rd_rel->relam == BTREE_AM_OID && RelationGetIndexPredicate(relation) == NIL)
			index = lfirst_oid(cell);
		index_close(relation, AccessShareLock);
	}
	if (OidIsValid(index))
	{
		Relation	relation = index_open(index, AccessShareLock);
		Oid			type = relation->rd_opcintype[0];
		Oid			operator = get_opfamily_member(relation->rd_opfamily[0], type, type, BTEqualStrategyNumber);
		Oid			input;
		Oid			ioparam;
		ScanKeyData key;
		IndexScanDesc scan = authz_index_beginscan(rel, relation, snapshot, 1);

		getTypeInputInfo(tracking->id_type, &input, &ioparam);
		ScanKeyEntryInitialize(&key, 0, 1, BTEqualStrategyNumber, InvalidOid, relation->rd_indcollation[0], get_opcode(operator),
							   OidInputFunctionCall(input, pnstrdup(id + 1, VARDATA(resource) + VARSIZE(resource) - VARHDRSZ - (id + 1)),
													ioparam, -1));
		index_rescan(scan, &key, 1, NULL, 0);
		while (!found && index_getnext_slot(scan, ForwardScanDirection, row))
			found = is_row_of_resource(tracking, row, resource);
		if (found)
			ExecMaterializeSlot(row);
		index_endscan(scan);
		index_close(relation, AccessShareLock);
	}
	else
	{
		TableScanDesc scan = table_beginscan(rel, snapshot, 0, NULL);

		while (!found && table_scan_getnextslot(scan, ForwardScanDirection, row))
		{
			CHECK_FOR_INTERRUPTS();
			found = is_row_of_resource(tracking, row, resource);
		}
		/* (The tuple is in the memory of the scan.) */
		if (found)
			ExecMaterializeSlot(row);
		table_endscan(scan);
	}
	if (!found)
		ExecDropSingleTupleTableSlot(row);
	UnregisterSnapshot(snapshot);
	return found ? row : NULL;
}

bool
authz_tracked_table_lock_row(Relation rel, ItemPointer tid)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TupleTableSlot *locked = table_slot_create(rel, NULL);
	TM_FailureData failure;
	TM_Result	result;

	result = table_tuple_lock(rel, tid, snapshot, locked, GetCurrentCommandId(false),
							  LockTupleKeyShare, LockWaitSkip, TUPLE_LOCK_FLAG_FIND_LAST_VERSION, &failure);
	ExecDropSingleTupleTableSlot(locked);
	UnregisterSnapshot(snapshot);
	return result == TM_Ok;
}

static bool
is_row_of_resource(const AuthzTrackedTable *tracking, TupleTableSlot *row, const text *resource)
{
	text	   *other = authz_tracked_table_resource(tracking, row);

	return other != NULL && VARSIZE(other) == VARSIZE(resource) && memcmp(other, resource, VARSIZE(other)) == 0;
}

/*
 * The name of the row's parent, palloc'd; NULL if it has none, or parents are
 * not tracked.
 */
text *
authz_tracked_table_parent(const AuthzTrackedTable *tracking, TupleTableSlot *row)
{
	const AuthzParentColumn *parent = authz_tracked_table_parent_column(tracking, row);
	bool		isnull;

	if (parent == NULL)
		return NULL;
	return make_resource_name(tracking, parent->type, slot_getattr(row, parent->column, &isnull), parent->id_type);
}

const AuthzParentColumn *
authz_tracked_table_parent_column(const AuthzTrackedTable *tracking, TupleTableSlot *row)
{
	for (int i = 0; i < tracking->nparents; i++)
		if (!slot_attisnull(row, tracking->parents[i].column))
			return &tracking->parents[i];
	return NULL;
}
