/*
 * follower.h
 *	  State of a trigger call that follows rows of a tracked table.  See
 *	  follower.c.
 */
#ifndef AUTHZ_FOLLOWER_H
#define AUTHZ_FOLLOWER_H

#include "tables/rows.h"
#include "rules/moves.h"
#include "rules/rule_query.h"
#include "sync/tracked_statement.h"
#include "sync/tracked_table.h"
#include "sync/tracked_waiting.h"

/* Number of resources that are written together. */
#define AUTHZ_FOLLOWER_BATCH 50000

/*
 * A row whose resource another row still had when the first trigger call read
 * all rows of the statement.
 */
typedef struct AuthzLeftover
{
	char	   *name;			/* of the resource */
	bool		was_seen;		/* by the BEFORE trigger, like this: */
	AuthzSeenRow seen;
} AuthzLeftover;

typedef struct AuthzLeftovers
{
	MemoryContext context;
	List	   *rows;
	int			next;
} AuthzLeftovers;

/*
 * A row whose resource has no parent for now, since that of the parent is
 * missing.
 */
typedef struct AuthzLateRow
{
	text	   *resource;
	text	   *parent;
} AuthzLateRow;

/*
 * What becomes of a row that was there before the table was tracked, if its
 * parent is missing: an error, or it has none for now.
 */
typedef enum AuthzMissingParents
{
	AUTHZ_PARENTS_REQUIRED,
	AUTHZ_PARENTS_WITH_WARNING,
	AUTHZ_PARENTS_LATER
} AuthzMissingParents;

/* The state of a trigger call. */
typedef struct AuthzFollower
{
	bool		applied;		/* logical replication applies the rows */
	const AuthzTrackedTable *tracking;
	AuthzRuleQueryContext saved;
	AuthzReader reader;
	MemoryContext context;		/* of the reader, and of what outlives a batch */
	MemoryContext batch;		/* of the names and parents that are collected */
	int			count;
	int			allocated;
	Datum	   *resources;		/* texts */
	AuthzIdList parents;		/* 0 for none */
	uint64		written;		/* new and moved resources so far */
	int			new_in_a_row;	/* rows without a resource, one after another */

	/* Rows whose parents may come next; NULL: rows do not wait. */
	AuthzWaitingRows *waiting;
	List	   *late;			/* AuthzLateRows */
	AuthzMissingParents missing_parents;
	AuthzMoveList moves;		/* of resources that were there before */
	AuthzLeftovers *leftovers;	/* of a statement whose rows are read ahead */
	bool		lookahead;		/* the rows are those of events that are still
								 * to come */
	bool		inserting;		/* rows of an INSERT, which the BEFORE trigger
								 * may have seen */
	bool		truncating;		/* rows beneath may be deleted next */
	bool		is_newer;		/* the deleted rows were written by the
								 * statement that is running */

	/* The parent that was looked up last. */
	text	   *parent;
	int64		parent_id;
} AuthzFollower;

extern void authz_follower_begin(AuthzFollower *follower);
extern void authz_follower_end(AuthzFollower *follower);

/* Open the reader anew, so that it sees what has been written. */
extern void authz_follower_refresh(AuthzFollower *follower);

/*
 * The batch: add a resource, in the batch's memory context; get all names as
 * an array of text; clear it.
 */
extern void authz_follower_add(AuthzFollower *follower, text *resource, int64 parent_id);
extern Datum authz_follower_take_names(AuthzFollower *follower);
extern void authz_follower_clear_batch(AuthzFollower *follower);

extern int64 authz_follower_find_parent_id(AuthzFollower *follower, TupleTableSlot *row, text *resource, bool missing_ok);

/*
 * The same for a row whose parent may come later, as another row of the table:
 * awaited is its name then, in the current memory context; otherwise NULL.
 */
extern int64 authz_follower_find_new_parent_id(AuthzFollower *follower, TupleTableSlot *row, text *resource, text **awaited);

/*
 * Does not return: an error that there is no such parent; NULL: the one that
 * was looked up last.
 */
extern void authz_follower_refuse_provisional(AuthzFollower *follower, const text *parent, const text *resource);
extern void authz_follower_refuse_parent(AuthzFollower *follower, const text *parent, const text *resource);
extern bool authz_follower_read_resource(AuthzFollower *follower, text *resource, AuthzResourceRow *found);

#endif							/* AUTHZ_FOLLOWER_H */
