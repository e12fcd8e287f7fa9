/*
 * tracked_write.h
 *	  Writes the resources of rows: creates, takes over, renames and deletes
 *	  them.  See tracked_write.c.
 */
#ifndef AUTHZ_TRACKED_WRITE_H
#define AUTHZ_TRACKED_WRITE_H

#include "sync/follower.h"

/* Adds a row to the batch, and writes the batch when it is full. */
typedef void (*AuthzAddRow) (AuthzFollower *follower, TupleTableSlot *row);

extern void authz_tracked_write_add_existing(AuthzFollower *follower, TupleTableSlot *row);
extern void authz_tracked_write_add_new(AuthzFollower *follower, TupleTableSlot *row);
extern void authz_tracked_write_add_old(AuthzFollower *follower, TupleTableSlot *row);

extern void authz_tracked_write_flush_existing(AuthzFollower *follower);
extern void authz_tracked_write_flush_new(AuthzFollower *follower);
extern void authz_tracked_write_flush_old(AuthzFollower *follower);

/* When all rows have been added: writes what is left, also rows that wait. */
extern void authz_tracked_write_finish(AuthzFollower *follower, bool are_new);

/* The same for a row that was left over, if it was. */
extern void authz_tracked_write_add_leftover(AuthzFollower *follower, TupleTableSlot *row);

/*
 * Creates the resource of a row that may not be stored; 0: another transaction
 * has created it at this moment.
 */
extern int64 authz_tracked_write_make_provisional(AuthzFollower *follower, text *resource, int64 parent_id);

/*
 * For tables whose creators get a role: an error unless the current subject
 * may create the row.
 */
extern void authz_tracked_write_check_create(AuthzFollower *follower, text *resource, int64 parent_id);

/* Returns the id of the resource; 0 if none has the old name. */
extern int64 authz_tracked_write_rename(AuthzFollower *follower, text *old_name, text *new_name);

#endif							/* AUTHZ_TRACKED_WRITE_H */
