/*
 * tracked_parent.h
 *	  Rows of tracked tables that get another parent.  See tracked_parent.c.
 */
#ifndef AUTHZ_TRACKED_PARENT_H
#define AUTHZ_TRACKED_PARENT_H

#include "sync/follower.h"

/* Moves the resource to another parent.  resource: its name, for messages. */
extern void authz_tracked_parent_move(AuthzFollower *follower, int64 id, int64 parent_id, const text *resource, bool is_checked);

/*
 * Does the parent of the resource have another name than that of the parent of
 * the row before?
 */
extern bool authz_tracked_parent_was_lost(AuthzFollower *follower, const AuthzResourceRow *resource, const text *parent);

/*
 * The row has lost its old parent: has a foreign key's action, ON UPDATE or ON
 * DELETE, given it the present one?
 */
extern bool authz_tracked_parent_is_key_action(AuthzFollower *follower, const AuthzTrackedTable *tracking, Relation rel,
											   int64 old_parent_id, TupleTableSlot *new_row, int64 new_parent_id,
											   bool on_update);

/*
 * Resources come under the parents that their rows have now: AuthzPendingParents
 * of the follower's table.  Returns those that cannot yet; is_last: an error.
 */
extern List *authz_tracked_parent_follow_pending(AuthzFollower *follower, List *pending, bool is_last);

/*
 * Before resources are deleted, moves those beneath them whose rows have
 * another parent by now.
 */
extern void authz_tracked_parent_detach_children(AuthzFollower *follower, Datum resources);

/*
 * The rows beneath deleted resources whose own resources are deleted with them
 * although the rows stay, since no foreign key has handled them.  They are
 * found before the delete, and afterwards get new resources without
 * dependents, so that nobody else's row can take their ids.
 */
extern List *authz_tracked_parent_find_orphans(AuthzFollower *follower, Datum resources);
extern void authz_tracked_parent_keep_orphans(AuthzFollower *follower, List *orphans);

#endif							/* AUTHZ_TRACKED_PARENT_H */
