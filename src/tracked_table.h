/*
 * tracked_table.h
 *		How a table is tracked, and what its rows say.  See tracked_table.c.
 */
#ifndef AUTHZ_TRACKED_TABLE_H
#define AUTHZ_TRACKED_TABLE_H

#include "executor/tuptable.h"
#include "utils/rel.h"

/* How a table is tracked. */
typedef struct AuthzTrackedTable
{
	const char *table;			/* for messages */
	List	   *relids;			/* the table, and those that it is a partition of */
	const char *type;
	const char *parent_type;	/* NULL: the type has none */
	AttrNumber	id_column;
	Oid			id_type;		/* base type */
	AttrNumber	parent_column;	/* 0: parents are not tracked */
	Oid			parent_id_type; /* base type */
	int64		creator_role_id;	/* 0: the creator gets none */
	bool		checks_operations;	/* of who moves a resource */
} AuthzTrackedTable;

/* An error if the row of authz.tracked_tables is not for this table. */
extern void authz_tracked_table_load(int64 id, Relation rel, MemoryContext context, AuthzTrackedTable *tracking);

/* Names of resources, palloc'd; NULL where the row has none. */
extern text *authz_tracked_table_resource(const AuthzTrackedTable *tracking, TupleTableSlot *row);
extern text *authz_tracked_table_parent(const AuthzTrackedTable *tracking, TupleTableSlot *row);

/* The row that has the resource; NULL: there is none. */
extern TupleTableSlot *authz_tracked_table_find(Relation rel, const AuthzTrackedTable *tracking, text *resource);

/*
 * Keep that row to the end of the transaction.  False: somebody is deleting it, or has
 * deleted it.
 */
extern bool authz_tracked_table_keep(Relation rel, ItemPointer tid);

#endif							/* AUTHZ_TRACKED_TABLE_H */
