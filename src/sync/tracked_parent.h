/*
 * tracked_parent.h
 *		Rows that come under another parent.  See tracked_parent.c.
 */
#ifndef AUTHZ_TRACKED_PARENT_H
#define AUTHZ_TRACKED_PARENT_H

#include "sync/follower.h"

/* resource: its name, for messages */
extern void authz_tracked_move(AuthzFollower *follower, int64 id, int64 parent_id, const text *resource, bool is_checked);

/* Has the parent of the resource another name than in the row as it was? */
extern bool authz_tracked_has_lost_parent(AuthzFollower *follower, const AuthzResourceRow *resource, TupleTableSlot *old_row);

/* Has a foreign key's action, ON UPDATE or ON DELETE, given the row, which has lost its parent, the one that it has now? */
extern bool authz_tracked_is_key_action(const AuthzTrackedTable *tracking, Relation rel, TupleTableSlot *new_row, bool on_update);

/* Before resources go, those beneath them leave whose rows have another parent by now. */
extern void authz_tracked_let_children_leave(AuthzFollower *follower, Datum resources);

/*
 * The rows beneath resources that go with them although the rows stay: what no foreign
 * key has seen to.  They are found before, and afterwards have resources again, on which
 * nothing hangs, so that nobody else's row can take their ids.
 */
extern List *authz_tracked_find_orphans(AuthzFollower *follower, Datum resources);
extern void authz_tracked_keep_orphans(AuthzFollower *follower, List *orphans);

#endif							/* AUTHZ_TRACKED_PARENT_H */
