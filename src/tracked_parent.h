/*
 * tracked_parent.h
 *		Rows that come under another parent.  See tracked_parent.c.
 */
#ifndef AUTHZ_TRACKED_PARENT_H
#define AUTHZ_TRACKED_PARENT_H

#include "follower.h"

extern void authz_tracked_move(AuthzFollower *follower, int64 id, int64 parent_id, bool is_checked);

/* Is there no resource any more under the name of the parent that the row had? */
extern bool authz_tracked_has_lost_parent(AuthzFollower *follower, TupleTableSlot *old_row);

/* Has a foreign key's action given the row, which has lost its parent, the one that it has now? */
extern bool authz_tracked_is_key_action(const AuthzTrackedTable *tracking, Relation rel, TupleTableSlot *new_row);

/* Before resources go, those beneath them leave whose rows have another parent by now. */
extern void authz_tracked_let_children_leave(AuthzFollower *follower, Datum resources);

#endif							/* AUTHZ_TRACKED_PARENT_H */
