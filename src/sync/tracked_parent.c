/*
 * tracked_parent.c
 *	  Rows of tracked tables that get another parent: who may do that, and what
 *	  happens to them when their parent is deleted.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"

#include "compat.h"
#include "rules/rule_query.h"
#include "sync/follower.h"
#include "sync/tracked_parent.h"
#include "sync/tracked_statement.h"
#include "tables/rows.h"

/* A table whose rows may be children of deleted rows. */
typedef struct ChildTable
{
	Relation	rel;
	AuthzTrackedTable tracking;
} ChildTable;

/* A row whose resource is deleted with one above it. */
typedef struct Orphan
{
	text	   *resource;
	text	   *parent;			/* NULL: none */
	Oid			relid;			/* the table of the row */
	ItemPointerData tid;
	bool		is_kept;		/* locked: nobody else can delete it */
} Orphan;

static bool can_see_resource(int64 resource_id);
static bool has_key_action(const AuthzTrackedTable *tracking, Relation rel, char action, bool on_update);
static bool lock_orphan_row(Orphan *orphan);
static Oid find_parent_table(const AuthzTrackedTable *tracking);
static bool is_column_default(Relation rel, AttrNumber column, Datum value, bool isnull);
static bool calls_application_function(Node *node, void *context);
static bool is_application_function(Oid function, void *context);
static List *open_child_tables(int64 tracked_id);
static void close_child_tables(List *tables);
static void follow_child(AuthzFollower *follower, List *tables, text *child, int64 child_id, int64 parent_id);

/* Does the resource exist, as far as the caller may know? */
static bool
can_see_resource(int64 resource_id)
{
	static AuthzRuleQuery ask = {
		.sql = "SELECT authz_internal.gate_sees_resource($1)",
		.nargs = 1, .argtypes = {INT8OID}
	};
	Datum		args[1] = {Int64GetDatum(resource_id)};

	return authz_rule_query_write(&ask, args, 1) > 0 && strcmp(authz_rule_query_text(0, 1), "t") == 0;
}

/*
 * Move a resource to another parent, whichever statement caused that.  A
 * caller that is no administrator needs the same permissions as for
 * authz.move_resource.  A change that logical replication applies, and a
 * foreign key's own action, is not checked.
 */
void
authz_tracked_parent_move(AuthzFollower *follower, int64 id, int64 parent_id, const text *resource, bool is_checked)
{
	static AuthzRuleQuery check = {
		.sql = "SELECT authz_internal.gate_check_move_resource($1, nullif($2, 0), $3)",
		.nargs = 3, .argtypes = {INT8OID, INT8OID, BOOLOID}
	};
	/*
	 * At once as strongly as the rules need it: a transaction that has a
	 * weaker lock of the row may need a stronger one.
	 */
	static AuthzRuleQuery lock = {
		.sql = "SELECT FROM authz.resources r WHERE r.id = $1 FOR UPDATE",
		.nargs = 1, .argtypes = {INT8OID}
	};
	static AuthzRuleQuery move = {
		.sql = "UPDATE authz.resources r SET parent_id = nullif($2, 0) WHERE r.id = $1",
		.nargs = 2, .argtypes = {INT8OID, INT8OID}
	};
	Datum		args[3] = {
		Int64GetDatum(id), Int64GetDatum(parent_id), BoolGetDatum(follower->tracking->checks_operations)
	};

	if (is_checked && !follower->applied)
	{
		if (parent_id != 0 && follower->tracking->checks_operations && !can_see_resource(parent_id))
			authz_follower_refuse_parent(follower, NULL, resource);
		authz_rule_query_write(&check, args, 1);
	}
	authz_rule_query_lock(&lock, args, 1);
	authz_rule_query_write(&move, args, 1);
	follower->written++;
}

/*
 * Does the parent of the resource have another name than in the old version of
 * the row?  Then it has been renamed: the children of deleted parents have
 * left before.
 */
bool
authz_tracked_parent_was_lost(AuthzFollower *follower, const AuthzResourceRow *resource, TupleTableSlot *old_row)
{
	text	   *parent = authz_tracked_table_parent(follower->tracking, old_row);
	AuthzResourceRow found;

	return parent != NULL && resource->parent_id != 0 &&
		authz_rows_read_resource_by_id(&follower->reader, resource->parent_id, &found) &&
		(found.name_len != VARSIZE(parent) - VARHDRSZ || memcmp(found.name, VARDATA(parent), found.name_len) != 0);
}

/*
 * Has a foreign key's action removed the row from its parent, which is deleted
 * or has another key?  The security context cannot show it: it is the same in
 * triggers that are nested in anybody's action.  But the new value can: the
 * action writes NULL, or the default.
 */
bool
authz_tracked_parent_is_key_action(const AuthzTrackedTable *tracking, Relation rel, TupleTableSlot *new_row, bool on_update)
{
	bool		isnull;
	Datum		value = slot_getattr(new_row, tracking->parent_column, &isnull);

	if (isnull && has_key_action(tracking, rel, FKCONSTR_ACTION_SETNULL, on_update))
		return true;
	return has_key_action(tracking, rel, FKCONSTR_ACTION_SETDEFAULT, on_update) &&
		is_column_default(rel, tracking->parent_column, value, isnull);
}

static bool
has_key_action(const AuthzTrackedTable *tracking, Relation rel, char action, bool on_update)
{
	Oid			parent_table = find_parent_table(tracking);
	Relation	constraints = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		result = false;

	ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationGetRelid(rel)));
	scan = systable_beginscan(constraints, ConstraintRelidTypidNameIndexId, true, NULL, 1, &key);
	while (!result && (tuple = systable_getnext(scan)) != NULL)
	{
		Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT(tuple);
		AttrNumber	columns[INDEX_MAX_KEYS];
		AttrNumber	set_columns[INDEX_MAX_KEYS];
		int			count;
		int			set_count;

		if (constraint->contype != CONSTRAINT_FOREIGN || constraint->confrelid != parent_table ||
			(on_update ? constraint->confupdtype : constraint->confdeltype) != action)
			continue;
		DeconstructFkConstraintRow(tuple, &count, columns, (AttrNumber[INDEX_MAX_KEYS]) {0}, NULL, NULL, NULL,
								   &set_count, set_columns);
		/* ON DELETE SET NULL (column, ...) may name some of its columns. */
		if (!on_update && set_count > 0)
		{
			count = set_count;
			memcpy(columns, set_columns, sizeof(columns));
		}
		for (int i = 0; i < count; i++)
			if (columns[i] == tracking->parent_column)
				result = true;
	}
	systable_endscan(scan);
	table_close(constraints, AccessShareLock);
	return result;
}

/* The table whose rows are the parents; InvalidOid if none is tracked. */
static Oid
find_parent_table(const AuthzTrackedTable *tracking)
{
	static AuthzRuleQuery find = {
		.sql = "SELECT c.oid::bigint FROM authz.tracked_tables t JOIN pg_catalog.pg_namespace n ON n.nspname = t.table_schema "
		"JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.table_name WHERE t.resource_type = $1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	Datum		args[1];

	if (tracking->parent_type == NULL)
		return InvalidOid;
	args[0] = CStringGetTextDatum(tracking->parent_type);
	return authz_rule_query_read(&find, args, 1, 1) == 0 ? InvalidOid : (Oid) pg_strtoint64(authz_rule_query_text(0, 1));
}

/*
 * Is the value the column's default?  False where finding out would run code
 * of the table's owner.
 */
static bool
is_column_default(Relation rel, AttrNumber column, Datum value, bool isnull)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(rel), column - 1);
	Node	   *expression = build_column_default(rel, column);
	Const	   *constant;

	if (expression == NULL)
		return isnull;
	if (calls_application_function(expression, NULL) || contain_mutable_functions(expression))
		return false;
	constant = (Const *) eval_const_expressions(NULL, expression);
	if (!IsA(constant, Const))
		return false;
	if (isnull || constant->constisnull)
		return isnull && constant->constisnull;
	return datumIsEqual(constant->constvalue, value, attribute->attbyval, attribute->attlen);
}

static bool
calls_application_function(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (check_functions_in_node(node, is_application_function, NULL))
		return true;
	return expression_tree_walker(node, calls_application_function, context);
}

static bool
is_application_function(Oid function, void *context)
{
	return function >= FirstNormalObjectId;
}

/*
 * Detach children whose rows have another parent, because of ON DELETE SET
 * NULL or SET DEFAULT, or of the statement itself.  Their own events come
 * after ours, when their resources would have been deleted as well.
 */
void
authz_tracked_parent_detach_children(AuthzFollower *follower, Datum resources)
{
	static AuthzRuleQuery find = {
		.sql = "SELECT t.id, c.resource, c.id, c.parent_id FROM authz.resources p JOIN authz.resources c ON c.parent_id = p.id AND c.has_row "
		"JOIN authz.tracked_tables t ON t.resource_type = c.resource_type AND t.parent_column IS NOT NULL "
		"WHERE p.resource = ANY ($1::authz.resource[]) ORDER BY t.id, c.id",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	Datum		args[1] = {resources};
	uint64		count = authz_rule_query_read(&find, args, follower->count, 0);
	SPITupleTable *children = SPI_tuptable;
	AuthzFollower of_children = *follower;
	int64		tracked_id = 0;
	List	   *tables = NIL;

	of_children.parent = NULL;
	for (uint64 i = 0; i < count; i++)
	{
		HeapTuple	row = children->vals[i];
		int64		id = pg_strtoint64(SPI_getvalue(row, children->tupdesc, 1));

		CHECK_FOR_INTERRUPTS();
		if (id != tracked_id)
		{
			close_child_tables(tables);
			tables = open_child_tables(id);
			tracked_id = id;
		}
		follow_child(&of_children, tables,
					 cstring_to_text(SPI_getvalue(row, children->tupdesc, 2)),
					 pg_strtoint64(SPI_getvalue(row, children->tupdesc, 3)),
					 pg_strtoint64(SPI_getvalue(row, children->tupdesc, 4)));
	}
	close_child_tables(tables);
	/* What this reader has opened is closed with the caller's. */
	follower->reader = of_children.reader;
}

/* Open a tracked table and its partitions, as ChildTables. */
static List *
open_child_tables(int64 tracked_id)
{
	static AuthzRuleQuery find = {
		.sql = "SELECT c.oid::bigint FROM authz.tracked_tables t JOIN pg_catalog.pg_namespace n ON n.nspname = t.table_schema "
		"JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.table_name WHERE t.id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	Datum		args[1] = {Int64GetDatum(tracked_id)};
	Oid			relid;
	List	   *relids;
	List	   *tables = NIL;
	ListCell   *cell;

	if (authz_rule_query_read(&find, args, 1, 1) == 0)
		return NIL;
	relid = (Oid) pg_strtoint64(authz_rule_query_text(0, 1));
	LockRelationOid(relid, RowShareLock);
	relids = find_all_inheritors(relid, RowShareLock, NULL);
	foreach(cell, relids)
	{
		Relation	rel = try_table_open(lfirst_oid(cell), NoLock);
		ChildTable *table;

		if (rel == NULL)
			continue;
		/* Children by inheritance are tables of their own. */
		if (rel->rd_rel->relkind != RELKIND_RELATION || (tables != NIL && !rel->rd_rel->relispartition))
		{
			table_close(rel, NoLock);
			continue;
		}
		table = palloc(sizeof(ChildTable));
		table->rel = rel;
		authz_tracked_table_load(tracked_id, rel, CurrentMemoryContext, &table->tracking);
		tables = lappend(tables, table);
	}
	return tables;
}

static void
close_child_tables(List *tables)
{
	ListCell   *cell;

	foreach(cell, tables)
		table_close(((ChildTable *) lfirst(cell))->rel, NoLock);
}

/*
 * If the row of the child has another parent by now, move its resource there.
 */
static void
follow_child(AuthzFollower *follower, List *tables, text *child, int64 child_id, int64 parent_id)
{
	ListCell   *cell;

	foreach(cell, tables)
	{
		ChildTable *table = lfirst(cell);
		TupleTableSlot *row = authz_tracked_table_find_row(table->rel, &table->tracking, child);
		int64		now;

		if (row == NULL)
			continue;
		follower->tracking = &table->tracking;
		now = authz_follower_find_parent_id(follower, row, child, true);
		if (now != parent_id && now != AUTHZ_MISSING_PARENT && !authz_tracked_statement_is_provisional(now))
			authz_tracked_parent_move(follower, child_id, now, child,
									  !authz_tracked_parent_is_key_action(&table->tracking, table->rel, row, false));
		/*
		 * What the publisher's foreign keys have done to the row is applied
		 * next.
		 */
		else if (follower->applied)
			authz_tracked_parent_move(follower, child_id, 0, child, false);
		ExecDropSingleTupleTableSlot(row);
		return;
	}
}

List *
authz_tracked_parent_find_orphans(AuthzFollower *follower, Datum resources)
{
	static AuthzRuleQuery find = {
		.sql = "WITH RECURSIVE beneath (id, depth) AS ("
		"SELECT p.id, 0 FROM authz.resources p WHERE p.resource = ANY ($1::authz.resource[]) "
		"UNION ALL SELECT c.id, b.depth + 1 FROM beneath b JOIN authz.resources c ON c.parent_id = b.id) "
		"SELECT t.id, c.resource FROM beneath b JOIN authz.resources c ON c.id = b.id "
		"JOIN authz.tracked_tables t ON t.resource_type = c.resource_type AND t.parent_column IS NOT NULL "
		"WHERE c.has_row AND c.resource <> ALL ($1::authz.resource[]) ORDER BY b.depth, t.id, c.id",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	Datum		args[1] = {resources};
	uint64		count = authz_rule_query_read(&find, args, follower->count, 0);
	SPITupleTable *beneath = SPI_tuptable;
	int64		tracked_id = 0;
	List	   *tables = NIL;
	List	   *orphans = NIL;

	for (uint64 i = 0; i < count; i++)
	{
		int64		id = pg_strtoint64(SPI_getvalue(beneath->vals[i], beneath->tupdesc, 1));
		text	   *resource = cstring_to_text(SPI_getvalue(beneath->vals[i], beneath->tupdesc, 2));
		ListCell   *cell;

		CHECK_FOR_INTERRUPTS();
		if (id != tracked_id)
		{
			close_child_tables(tables);
			tables = open_child_tables(id);
			tracked_id = id;
		}
		foreach(cell, tables)
		{
			ChildTable *table = lfirst(cell);
			TupleTableSlot *row = authz_tracked_table_find_row(table->rel, &table->tracking, resource);
			Orphan	   *orphan;

			if (row == NULL)
				continue;
			orphan = palloc(sizeof(Orphan));
			orphan->relid = RelationGetRelid(table->rel);
			orphan->tid = row->tts_tid;
			orphan->is_kept = authz_tracked_table_lock_row(table->rel, &orphan->tid);
			orphan->resource = resource;
			orphan->parent = authz_tracked_table_parent(&table->tracking, row);
			orphans = lappend(orphans, orphan);
			ExecDropSingleTupleTableSlot(row);
			break;
		}
	}
	close_child_tables(tables);
	return orphans;
}

static bool
lock_orphan_row(Orphan *orphan)
{
	Relation	rel = try_table_open(orphan->relid, RowShareLock);
	bool		is_kept;

	if (rel == NULL)
		return false;
	is_kept = authz_tracked_table_lock_row(rel, &orphan->tid);
	table_close(rel, NoLock);
	return is_kept;
}

void
authz_tracked_parent_keep_orphans(AuthzFollower *follower, List *orphans)
{
	static AuthzRuleQuery make = {
		.sql = "INSERT INTO authz.resources (resource, parent_id, has_row) VALUES ($1::authz.resource, nullif($2, 0), true) "
		"ON CONFLICT (resource) DO NOTHING",
		.nargs = 2, .argtypes = {TEXTOID, INT8OID}
	};
	ListCell   *cell;
	const text *first = NULL;
	int			count = 0;

	foreach(cell, orphans)
	{
		Orphan	   *orphan = lfirst(cell);
		AuthzResourceRow found;
		Datum		args[2] = {PointerGetDatum(orphan->resource), Int64GetDatum(0)};

		CHECK_FOR_INTERRUPTS();
		/*
		 * Another transaction was deleting the row.  If it had deleted the
		 * resource, we have waited for it since; if not, it would not see the
		 * new one.
		 */
		if (!orphan->is_kept && !lock_orphan_row(orphan))
			continue;
		count++;
		if (first == NULL)
			first = orphan->resource;
		/* The resources above have been made before. */
		authz_follower_refresh(follower);
		if (orphan->parent != NULL && authz_follower_read_resource(follower, orphan->parent, &found))
			args[1] = Int64GetDatum(found.id);
		authz_rule_query_write(&make, args, 1);
	}
	if (count > 0 && !follower->truncating)
		ereport(WARNING,
				errcode(ERRCODE_WARNING),
				errmsg_plural("%d row has lost the resource above it, and all roles on it",
							  "%d rows have lost the resources above them, and all roles on them",
							  count, count),
				errdetail("The first is \"%s\".", text_to_cstring(first)),
				errhint("Delete rows before those above them, or let a foreign key do so that is not deferred; authz.track for their table gives them their parents again."));
}
