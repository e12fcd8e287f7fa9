/*
 * tracked_write.h
 *		Resources of rows: made, taken over, renamed, removed.  See tracked_write.c.
 */
#ifndef AUTHZ_TRACKED_WRITE_H
#define AUTHZ_TRACKED_WRITE_H

#include "sync/follower.h"

/* Add a row to the batch, and write that when it is full. */
typedef void (*AuthzAddRow) (AuthzFollower *follower, TupleTableSlot *row);

extern void authz_tracked_add_existing(AuthzFollower *follower, TupleTableSlot *row);
extern void authz_tracked_add_new(AuthzFollower *follower, TupleTableSlot *row);
extern void authz_tracked_add_old(AuthzFollower *follower, TupleTableSlot *row);

extern void authz_tracked_write_existing(AuthzFollower *follower);
extern void authz_tracked_write_new(AuthzFollower *follower);
extern void authz_tracked_write_old(AuthzFollower *follower);

/* The same for a row that was left over, if it was. */
extern void authz_tracked_add_leftover(AuthzFollower *follower, TupleTableSlot *row);

/* The resource of a row that may not be stored; 0: somebody else has made it at this moment. */
extern int64 authz_tracked_make_provisional(AuthzFollower *follower, text *resource, int64 parent_id);

/* Where the creator of a row gets a role: an error unless the current subject may create the row. */
extern void authz_tracked_check_create(AuthzFollower *follower, text *resource, int64 parent_id);

/* Returns the key of the resource; 0: there is none under the old name. */
extern int64 authz_tracked_rename(AuthzFollower *follower, text *old, text *new);

#endif							/* AUTHZ_TRACKED_WRITE_H */
