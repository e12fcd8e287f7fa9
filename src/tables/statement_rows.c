/*
 * statement_rows.c
 *	  The rows of a statement, from its transition tables: old, new, or for an
 *	  UPDATE both.
 *
 * An UPDATE puts the old and the new version of a row into their transition tables
 * together, so the n-th rows belong together.
 */
#include "postgres.h"

#include "executor/executor.h"

#include "tables/statement_rows.h"

static TupleTableSlot *open_table(Tuplestorestate *store, TupleDesc desc, int *pointer);

void
authz_statement_rows_open(AuthzStatementRows *rows, TupleDesc desc,
						  Tuplestorestate *old_table, Tuplestorestate *new_table)
{
	memset(rows, 0, sizeof(*rows));
	rows->old_store = old_table;
	rows->new_store = new_table;
	if (old_table != NULL)
		rows->old_row = open_table(old_table, desc, &rows->old_pointer);
	if (new_table != NULL)
		rows->new_row = open_table(new_table, desc, &rows->new_pointer);
}

static TupleTableSlot *
open_table(Tuplestorestate *store, TupleDesc desc, int *pointer)
{
	*pointer = tuplestore_alloc_read_pointer(store, EXEC_FLAG_REWIND);
	tuplestore_select_read_pointer(store, *pointer);
	tuplestore_rescan(store);
	return MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
}

bool
authz_statement_rows_next(AuthzStatementRows *rows)
{
	bool		found = true;

	if (rows->old_store != NULL)
	{
		tuplestore_select_read_pointer(rows->old_store, rows->old_pointer);
		found = tuplestore_gettupleslot(rows->old_store, true, false, rows->old_row);
	}
	if (rows->new_store != NULL)
	{
		tuplestore_select_read_pointer(rows->new_store, rows->new_pointer);
		found = tuplestore_gettupleslot(rows->new_store, true, false, rows->new_row);
	}
	if (!found)
	{
		if (rows->old_row != NULL)
			ExecDropSingleTupleTableSlot(rows->old_row);
		if (rows->new_row != NULL)
			ExecDropSingleTupleTableSlot(rows->new_row);
	}
	return found;
}
