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
#include "common/hashfn.h"
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
#include "rules/moves.h"
#include "rules/rule_query.h"
#include "sync/follower.h"
#include "sync/tracked_parent.h"
#include "sync/tracked_statement.h"
#include "sync/tracked_write.h"
#include "tables/rows.h"
#include "types/growing_array.h"

/* A table whose rows may be children of deleted rows. */
typedef struct ChildTable
{
	Relation	rel;
	AuthzTrackedTable tracking;
	bool	   *cascade_known;	/* by parent column: */
	bool	   *cascades;		/* does a foreign key delete the row with its
								 * parent? */
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

/* The resources of rows that are deleted, or will be. */
typedef struct GoneResource
{
	char	   *name;
	char		status;
} GoneResource;

#define SH_PREFIX gone
#define SH_ELEMENT_TYPE GoneResource
#define SH_KEY_TYPE char *
#define SH_KEY name
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(table, a, b) (strcmp((a), (b)) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static bool can_see_resource(int64 resource_id);
static const AuthzParentColumn *find_parent_column(AuthzFollower *follower, const AuthzTrackedTable *tracking, int64 parent_id);
static bool is_within(AuthzFollower *follower, int64 id, int64 ancestor_id);
static bool has_key_action(const AuthzParentColumn *column, Relation rel, char action, bool on_update);
static bool lock_orphan_row(Orphan *orphan);
static Oid find_parent_table(const char *type);
static bool is_column_default(Relation rel, AttrNumber column, Datum value, bool isnull);
static bool calls_application_function(Node *node, void *context);
static bool is_application_function(Oid function, void *context);
static List *open_child_tables(int64 tracked_id);
static void close_child_tables(List *tables);
static void follow_child(AuthzFollower *follower, List *tables, text *child, int64 child_id, int64 parent_id);
static void note_gone(gone_hash *gone, const text *resource);
static bool is_deleted_next(AuthzFollower *follower, ChildTable *table, TupleTableSlot *row, gone_hash *gone);
static void lock_pending(AuthzFollower *follower, List *tables, List *pending);
static TupleTableSlot *find_child_row(List *tables, text *resource, ChildTable **table);
static bool follow_pending(AuthzFollower *follower, List *tables, const AuthzPendingParent *pending, bool is_last);
static void move_pending(AuthzFollower *follower, ChildTable *table, TupleTableSlot *row, const AuthzPendingParent *pending,
						 text *resource, int64 old_parent_id, int64 new_parent_id);
static text *read_resource_name(AuthzFollower *follower, int64 id, int64 *parent_id);

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
	static AuthzRuleQuery move = {
		.sql = "UPDATE authz.resources r SET parent_id = nullif($2, 0) WHERE r.id = $1",
		.nargs = 2, .argtypes = {INT8OID, INT8OID}
	};
	AuthzMove	one = {.id = id, .new_parent = parent_id};
	AuthzMoveList moves = {.items = &one, .count = 1, .max = 1};
	Datum		args[3] = {
		Int64GetDatum(id), Int64GetDatum(parent_id), BoolGetDatum(follower->tracking->checks_operations)
	};

	if (is_checked && !follower->applied)
	{
		if (parent_id != 0 && follower->tracking->checks_operations && !can_see_resource(parent_id))
			authz_follower_refuse_parent(follower, NULL, resource);
	}
	/* In the order of all locks, before the move acquires any. */
	authz_moves_prepare(&moves);
	if (is_checked && !follower->applied)
		authz_rule_query_write(&check, args, 1);
	authz_rule_query_write(&move, args, 1);
	follower->written++;
}

/*
 * Does the parent of the resource have another name than that of the parent of
 * the row before?  Then it has been renamed: the children of deleted parents
 * have left before.
 */
bool
authz_tracked_parent_was_lost(AuthzFollower *follower, const AuthzResourceRow *resource, const text *parent)
{
	AuthzResourceRow found;

	return resource->parent_id != 0 &&
		authz_rows_read_resource_by_id(&follower->reader, resource->parent_id, &found) &&
		(found.name_len != VARSIZE(parent) - VARHDRSZ || memcmp(found.name, VARDATA(parent), found.name_len) != 0);
}

/*
 * Has a foreign key's action removed the row from its parent, which is deleted
 * or has another key?  The security context cannot show it: it is the same in
 * triggers that are nested in anybody's action.  But the new value can: the
 * action writes NULL, or the default.
 *
 * Where it writes NULL, another column may have the parent from now on, which
 * the action has not written.  Then it counts as the action's if the row was
 * beneath that parent anyway: nobody gains anything.
 */
bool
authz_tracked_parent_is_key_action(AuthzFollower *follower, const AuthzTrackedTable *tracking, Relation rel,
								   int64 old_parent_id, TupleTableSlot *new_row, int64 new_parent_id, bool on_update)
{
	const AuthzParentColumn *column = find_parent_column(follower, tracking, old_parent_id);
	const AuthzParentColumn *new_column = authz_tracked_table_parent_column(tracking, new_row);
	bool		isnull;
	Datum		value;

	if (column == NULL)
		return false;
	value = slot_getattr(new_row, column->column, &isnull);
	if (!(isnull && has_key_action(column, rel, FKCONSTR_ACTION_SETNULL, on_update)) &&
		!(has_key_action(column, rel, FKCONSTR_ACTION_SETDEFAULT, on_update) &&
		  is_column_default(rel, column->column, value, isnull)))
		return false;
	return new_column == NULL || new_column == column || is_within(follower, old_parent_id, new_parent_id);
}

/* The column that has parents of the type of this one; NULL if none has. */
static const AuthzParentColumn *
find_parent_column(AuthzFollower *follower, const AuthzTrackedTable *tracking, int64 parent_id)
{
	AuthzResourceRow found;

	if (parent_id != 0 && authz_rows_read_resource_by_id(&follower->reader, parent_id, &found))
		for (int i = 0; i < tracking->nparents; i++)
			if (strlen(tracking->parents[i].type) == found.type_len &&
				memcmp(tracking->parents[i].type, found.type, found.type_len) == 0)
				return &tracking->parents[i];
	return NULL;
}

/* Is the resource the other one, or beneath it? */
static bool
is_within(AuthzFollower *follower, int64 id, int64 ancestor_id)
{
	for (int level = 0; id != 0 && level <= AUTHZ_MAX_LEVELS; level++)
	{
		if (id == ancestor_id)
			return true;
		if (!authz_rows_find_resource_parent(&follower->reader, id, &id))
			return false;
	}
	return false;
}

static bool
has_key_action(const AuthzParentColumn *column, Relation rel, char action, bool on_update)
{
	Oid			parent_table = find_parent_table(column->type);
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
			if (columns[i] == column->column)
				result = true;
	}
	systable_endscan(scan);
	table_close(constraints, AccessShareLock);
	return result;
}

/* The table whose rows are the parents; InvalidOid if none is tracked. */
static Oid
find_parent_table(const char *type)
{
	static AuthzRuleQuery find = {
		.sql = "SELECT c.oid::bigint FROM authz.tracked_tables t JOIN pg_catalog.pg_namespace n ON n.nspname = t.table_schema "
		"JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.table_name WHERE t.resource_type = $1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	Datum		args[1] = {CStringGetTextDatum(type)};

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
		"JOIN authz.tracked_tables t ON t.resource_type = c.resource_type AND t.parent_columns IS NOT NULL "
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
		table->cascade_known = palloc0_array(bool, table->tracking.nparents);
		table->cascades = palloc0_array(bool, table->tracking.nparents);
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
		{
			bool		is_key_action = authz_tracked_parent_is_key_action(follower, &table->tracking, table->rel,
																		   parent_id, row, now, false);

			authz_tracked_parent_move(follower, child_id, now, child, !is_key_action);
		}
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

/*
 * A row beneath another one that is gone, or goes, is no orphan where a foreign
 * key with ON DELETE CASCADE deletes it: in a deep tree that happens level by
 * level, after the resource at its top has been deleted.
 */
List *
authz_tracked_parent_find_orphans(AuthzFollower *follower, Datum resources)
{
	static AuthzRuleQuery find = {
		.sql = "WITH RECURSIVE deleted AS MATERIALIZED ("
		"SELECT p.id, p.parent_id FROM authz.resources p WHERE p.resource = ANY ($1::authz.resource[])), "
		"beneath (id, depth) AS ("
		"SELECT d.id, 0 FROM deleted d WHERE NOT EXISTS (SELECT FROM deleted a WHERE a.id = d.parent_id) "
		"UNION ALL SELECT c.id, b.depth + 1 FROM beneath b JOIN authz.resources c ON c.parent_id = b.id WHERE b.depth <= " CppAsString2(AUTHZ_MAX_LEVELS) ") "
		"SELECT t.id, c.resource FROM beneath b JOIN authz.resources c ON c.id = b.id "
		"JOIN authz.tracked_tables t ON t.resource_type = c.resource_type AND t.parent_columns IS NOT NULL "
		"WHERE c.has_row AND NOT EXISTS (SELECT FROM deleted d WHERE d.id = b.id) ORDER BY b.depth, t.id, c.id",
		.nargs = 1, .argtypes = {TEXTARRAYOID}
	};
	Datum		args[1] = {resources};
	uint64		count = authz_rule_query_read(&find, args, follower->count, 0);
	SPITupleTable *beneath = SPI_tuptable;
	int64		tracked_id = 0;
	List	   *tables = NIL;
	List	   *orphans = NIL;
	gone_hash  *gone;

	if (count == 0)
		return NIL;
	gone = gone_create(CurrentMemoryContext, follower->count + count, NULL);
	for (int i = 0; i < follower->count; i++)
		note_gone(gone, (text *) DatumGetPointer(follower->resources[i]));
	for (uint64 i = 0; i < count; i++)
	{
		int64		id = pg_strtoint64(SPI_getvalue(beneath->vals[i], beneath->tupdesc, 1));
		text	   *resource = cstring_to_text(SPI_getvalue(beneath->vals[i], beneath->tupdesc, 2));
		Orphan	   *orphan = NULL;
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

			if (row == NULL)
				continue;
			if (!is_deleted_next(follower, table, row, gone))
			{
				orphan = palloc(sizeof(Orphan));
				orphan->relid = RelationGetRelid(table->rel);
				orphan->tid = row->tts_tid;
				orphan->is_kept = authz_tracked_table_lock_row(table->rel, &orphan->tid);
				orphan->resource = resource;
				orphan->parent = authz_tracked_table_parent(&table->tracking, row);
				orphans = lappend(orphans, orphan);
			}
			ExecDropSingleTupleTableSlot(row);
			break;
		}
		if (orphan == NULL)
			note_gone(gone, resource);
	}
	close_child_tables(tables);
	gone_destroy(gone);
	return orphans;
}

static void
note_gone(gone_hash *gone, const text *resource)
{
	bool		found;

	(void) gone_insert(gone, text_to_cstring(resource), &found);
}

/*
 * Will a foreign key delete the row of a resource that is being deleted, or the
 * TRUNCATE that is running?
 */
static bool
is_deleted_next(AuthzFollower *follower, ChildTable *table, TupleTableSlot *row, gone_hash *gone)
{
	const AuthzParentColumn *column = authz_tracked_table_parent_column(&table->tracking, row);
	text	   *parent;

	if (follower->truncating && RelationGetRelid(table->rel) == linitial_oid(follower->tracking->relids))
		return true;
	if (follower->applied || column == NULL)
		return false;
	parent = authz_tracked_table_parent(&table->tracking, row);
	if (parent == NULL || gone_lookup(gone, text_to_cstring(parent)) == NULL)
		return false;
	if (!table->cascade_known[column - table->tracking.parents])
	{
		table->cascade_known[column - table->tracking.parents] = true;
		table->cascades[column - table->tracking.parents] = has_key_action(column, table->rel, FKCONSTR_ACTION_CASCADE, false);
	}
	return table->cascades[column - table->tracking.parents];
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

/*
 * Resources come under the parents of their rows, at the end of the statement
 * that has changed these: in between, names and places may have belonged to
 * others.  Returns those that cannot yet: the parent is missing, or beneath
 * them.  (A move that is in the way of another one is made first: each is
 * checked as if it were made by itself.)  is_last: that is an error.
 */
List *
authz_tracked_parent_follow_pending(AuthzFollower *follower, List *pending, bool is_last)
{
	List	   *tables = open_child_tables(follower->tracking->id);
	bool		progress = true;

	if (list_length(pending) > 1)
		lock_pending(follower, tables, pending);
	while (pending != NIL && progress)
	{
		List	   *left = NIL;
		ListCell   *cell;

		progress = false;
		foreach(cell, pending)
		{
			CHECK_FOR_INTERRUPTS();
			if (follow_pending(follower, tables, lfirst(cell), false))
				progress = true;
			else
				left = lappend(left, lfirst(cell));
		}
		pending = left;
	}
	if (is_last && pending != NIL)
		(void) follow_pending(follower, tables, linitial(pending), true);
	close_child_tables(tables);
	return pending;
}

/* All locks of these moves at once, in the order of all locks. */
static void
lock_pending(AuthzFollower *follower, List *tables, List *pending)
{
	AuthzMoveList moves = {0};
	ListCell   *cell;

	foreach(cell, pending)
	{
		AuthzMove	move = {.id = ((AuthzPendingParent *) lfirst(cell))->id};
		text	   *resource = read_resource_name(follower, move.id, &move.old_parent);
		ChildTable *table;
		TupleTableSlot *row = resource == NULL ? NULL : find_child_row(tables, resource, &table);

		if (row == NULL)
			continue;
		move.new_parent = authz_follower_find_parent_id(follower, row, resource, true);
		ExecDropSingleTupleTableSlot(row);
		if (move.new_parent == AUTHZ_MISSING_PARENT || move.new_parent == move.old_parent)
			continue;
		AUTHZ_MAKE_ROOM(&moves);
		moves.items[moves.count++] = move;
	}
	if (moves.count == 0)
		return;
	authz_moves_prepare(&moves);
	authz_follower_refresh(follower);
}

/* The row as it is now; NULL if there is none. */
static TupleTableSlot *
find_child_row(List *tables, text *resource, ChildTable **table)
{
	ListCell   *cell;

	foreach(cell, tables)
	{
		TupleTableSlot *row;

		*table = lfirst(cell);
		row = authz_tracked_table_find_row((*table)->rel, &(*table)->tracking, resource);
		if (row != NULL)
			return row;
	}
	return NULL;
}

/* Returns false if the resource cannot come under its parent now. */
static bool
follow_pending(AuthzFollower *follower, List *tables, const AuthzPendingParent *pending, bool is_last)
{
	int64		parent_id;
	text	   *resource = read_resource_name(follower, pending->id, &parent_id);
	ChildTable *table;
	TupleTableSlot *row = resource == NULL ? NULL : find_child_row(tables, resource, &table);
	bool		is_done;
	int64		now;

	/* Dropped, or of a row that has been deleted. */
	if (row == NULL)
		return true;
	follower->tracking = &table->tracking;
	now = authz_follower_find_parent_id(follower, row, resource, !is_last);
	if (now == parent_id)
		is_done = true;
	else if (now == AUTHZ_MISSING_PARENT || authz_tracked_statement_is_provisional(now) ||
			 (!is_last && is_within(follower, now, pending->id)))
		is_done = false;
	else
	{
		move_pending(follower, table, row, pending, resource, parent_id, now);
		is_done = true;
	}
	ExecDropSingleTupleTableSlot(row);
	return is_done;
}

static void
move_pending(AuthzFollower *follower, ChildTable *table, TupleTableSlot *row, const AuthzPendingParent *pending,
			 text *resource, int64 old_parent_id, int64 new_parent_id)
{
	AuthzResourceRow found = {.id = pending->id, .parent_id = old_parent_id};
	bool		is_checked = !pending->is_new;

	if (pending->is_new)
	{
		if (old_parent_id != 0)
			ereport(ERROR,
					errcode(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION),
					errmsg("the parent of a new row of table \"%s\" has changed its id within the statement", follower->tracking->table),
					errdetail("The row is \"%s\".", text_to_cstring(resource)));
		authz_tracked_write_check_create(follower, resource, new_parent_id);
	}
	else if (pending->parent_then != NULL && authz_tracked_parent_was_lost(follower, &found, pending->parent_then))
		is_checked = !authz_tracked_parent_is_key_action(follower, &table->tracking, table->rel,
														 old_parent_id, row, new_parent_id, true);
	authz_tracked_parent_move(follower, pending->id, new_parent_id, resource, is_checked);
	authz_follower_refresh(follower);
}

/* NULL if there is no such resource. */
static text *
read_resource_name(AuthzFollower *follower, int64 id, int64 *parent_id)
{
	AuthzResourceRow found;

	if (!authz_rows_read_resource_by_id(&follower->reader, id, &found))
		return NULL;
	*parent_id = found.parent_id;
	return cstring_to_text_with_len(found.name, found.name_len);
}
