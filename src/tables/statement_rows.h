/*
 * statement_rows.h
 *	  The rows of a statement, from its transition tables.  See
 *	  statement_rows.c.
 */
#ifndef AUTHZ_STATEMENT_ROWS_H
#define AUTHZ_STATEMENT_ROWS_H

#include "executor/tuptable.h"
#include "utils/tuplestore.h"

/*
 * A reader with read pointers of its own: other triggers read the same tables.
 */
typedef struct AuthzStatementRows
{
	Tuplestorestate *old_store;
	Tuplestorestate *new_store;
	int			old_pointer;
	int			new_pointer;
	TupleTableSlot *old_row;	/* NULL if the statement has no such rows */
	TupleTableSlot *new_row;
} AuthzStatementRows;

/*
 * A transition table is NULL if the statement does not have it, or if it is
 * not to be read.
 */
extern void authz_statement_rows_open(AuthzStatementRows *rows, TupleDesc desc,
									  Tuplestorestate *old_table, Tuplestorestate *new_table);

/*
 * Gets the next row, or pair of rows.  Returns false, with everything closed,
 * after the last one.
 */
extern bool authz_statement_rows_next(AuthzStatementRows *rows);

#endif							/* AUTHZ_STATEMENT_ROWS_H */
