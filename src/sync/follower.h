/*
 * follower.h
 *		What goes on while rows of a tracked table are followed.  See follower.c.
 */
#ifndef AUTHZ_FOLLOWER_H
#define AUTHZ_FOLLOWER_H

#include "tables/rows.h"
#include "rules/rule_query.h"
#include "sync/tracked_statement.h"
#include "sync/tracked_table.h"

/* Resources that are written together. */
#define AUTHZ_FOLLOWER_BATCH 50000

/* A row whose resource another row still had when the statement was looked at ahead. */
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

/* What goes on while rows are followed. */
typedef struct AuthzFollower
{
	bool		applied;		/* by logical replication */
	const AuthzTrackedTable *tracking;
	AuthzRuleQueryContext saved;
	AuthzReader reader;
	MemoryContext context;		/* of all this */
	MemoryContext batch;		/* of what is collected */
	int			count;
	int			allocated;
	Datum	   *resources;		/* texts */
	AuthzIds	parents;		/* 0 for none */
	uint64		written;		/* new and moved resources so far */
	int			new_in_a_row;	/* rows that had no resource */
	AuthzLeftovers *leftovers;	/* of a statement whose rows are looked at ahead */
	bool		lookahead;		/* rows of events that are still to come */
	bool		inserting;		/* rows of an INSERT, which the BEFORE trigger may have seen */
	bool		truncating;		/* rows beneath may go next */
	bool		is_newer;		/* the rows that go came to be in the statement that goes on */

	/* The parent that was looked up last. */
	text	   *parent;
	int64		parent_id;
} AuthzFollower;

extern void authz_follower_begin(AuthzFollower *follower);
extern void authz_follower_end(AuthzFollower *follower);

/* So that the reader sees what has been written. */
extern void authz_follower_refresh(AuthzFollower *follower);

/* The batch: one more, in its context; all names as an array of text; the end of it. */
extern void authz_follower_add(AuthzFollower *follower, text *resource, int64 parent_id);
extern Datum authz_follower_take(AuthzFollower *follower);
extern void authz_follower_forget(AuthzFollower *follower);

extern int64 authz_follower_parent_id(AuthzFollower *follower, TupleTableSlot *row, text *resource, bool missing_ok);
/* Does not return: there is no such parent; NULL: the one that was looked up last. */
extern void authz_follower_refuse_parent(AuthzFollower *follower, const text *parent, const text *resource);
extern bool authz_follower_read(AuthzFollower *follower, text *resource, AuthzResourceRow *found);

#endif							/* AUTHZ_FOLLOWER_H */
