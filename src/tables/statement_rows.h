/*
 * statement_rows.h
 *	  The rows of a statement, from its transition tables.  See statement_rows.c.
 */
#ifndef AUTHZ_STATEMENT_ROWS_H
#define AUTHZ_STATEMENT_ROWS_H

#include "executor/tuptable.h"
#include "utils/tuplestore.h"

/* A reader with read pointers of its own: other triggers read the same tables. */
typedef struct AuthzStatementRows
{
	Tuplestorestate *old_store;
	Tuplestorestate *new_store;
	int			old_pointer;
	int			new_pointer;
	TupleTableSlot *old_row;	/* NULL where there is none */
	TupleTableSlot *new_row;
} AuthzStatementRows;

/* NULL for a transition table that the statement does not have, or that is not to be read. */
extern void authz_statement_rows_open(AuthzStatementRows *rows, TupleDesc desc,
									  Tuplestorestate *old_table, Tuplestorestate *new_table);

/* The next row, or pair of rows.  False, with everything closed, after the last one. */
extern bool authz_statement_rows_next(AuthzStatementRows *rows);

#endif							/* AUTHZ_STATEMENT_ROWS_H */
