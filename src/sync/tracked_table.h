/*
 * tracked_table.h
 *	  Configuration of a tracked table, and the resources of its rows.  See
 *	  tracked_table.c.
 */
#ifndef AUTHZ_TRACKED_TABLE_H
#define AUTHZ_TRACKED_TABLE_H

#include "executor/tuptable.h"
#include "utils/rel.h"

/* A column with the ids of parents of one type. */
typedef struct AuthzParentColumn
{
	AttrNumber	column;
	Oid			id_type;		/* base type */
	const char *type;
} AuthzParentColumn;

/* The configuration of a tracked table. */
typedef struct AuthzTrackedTable
{
	int64		id;
	const char *table;			/* for messages */
	List	   *relids;			/* the table, and those that it is a partition
								 * of */
	const char *type;
	AttrNumber	id_column;
	Oid			id_type;		/* base type */
	AuthzParentColumn *parents; /* the first that is not NULL counts */
	int			nparents;		/* 0: parents are not tracked */
	bool		refers_to_itself;	/* some of these parents are rows of the
									 * table itself */
	int64		creator_role_id;	/* 0: the creator gets no role */
	bool		checks_operations;	/* a caller that moves a resource is
									 * checked */
} AuthzTrackedTable;

/* An error if the row of authz.tracked_tables is not for this table. */
extern void authz_tracked_table_load(int64 id, Relation rel, MemoryContext context, AuthzTrackedTable *tracking);

/* Names of resources, palloc'd; NULL if the row has none. */
extern text *authz_tracked_table_resource(const AuthzTrackedTable *tracking, TupleTableSlot *row);
extern text *authz_tracked_table_parent(const AuthzTrackedTable *tracking, TupleTableSlot *row);

/* The column that the parent is in; NULL if the row has none. */
extern const AuthzParentColumn *authz_tracked_table_parent_column(const AuthzTrackedTable *tracking, TupleTableSlot *row);

/* The row that has the resource; NULL if there is none. */
extern TupleTableSlot *authz_tracked_table_find_row(Relation rel, const AuthzTrackedTable *tracking, text *resource);

/*
 * Lock that row to the end of the transaction.  Returns false if another
 * transaction is deleting it, or has deleted it.
 */
extern bool authz_tracked_table_lock_row(Relation rel, ItemPointer tid);

#endif							/* AUTHZ_TRACKED_TABLE_H */
