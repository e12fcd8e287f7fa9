/*
 * tracked_waiting.h
 *	  Rows whose parent is still to come.  See tracked_waiting.c.
 */
#ifndef AUTHZ_TRACKED_WAITING_H
#define AUTHZ_TRACKED_WAITING_H

#include "sync/tracked_statement.h"

/* A row that waits until its parent has a resource. */
typedef struct AuthzWaitingRow
{
	struct AuthzWaitingRow *next;	/* that waits for the same parent */
	text	   *resource;
	bool		was_seen;		/* by the BEFORE trigger, like this: */
	AuthzSeenRow seen;
} AuthzWaitingRow;

typedef struct AuthzWaitingRows AuthzWaitingRows;

/* Rows that are read together. */
extern AuthzWaitingRows *authz_tracked_waiting_create(MemoryContext memory);
extern void authz_tracked_waiting_add(AuthzWaitingRows *waiting, const text *parent, const text *resource, const AuthzSeenRow *seen);

/* The parent has a resource now: its rows are ready. */
extern void authz_tracked_waiting_note_made(AuthzWaitingRows *waiting, const text *parent);

/*
 * Takes the next row that is ready, with the name of its parent; NULL: none
 * is.
 */
extern AuthzWaitingRow *authz_tracked_waiting_next(AuthzWaitingRows *waiting, text **parent, bool *missing);

/*
 * When no more rows come: makes those ready whose parents are missing, or all.
 * False: there are none.  Then what still waits is in a cycle, or beneath one:
 * the name of a row in it, or NULL.
 */
extern bool authz_tracked_waiting_release_missing(AuthzWaitingRows *waiting, bool all);
extern const text *authz_tracked_waiting_find_cycle(AuthzWaitingRows *waiting);

/*
 * Rows that logical replication has applied, until the end of the transaction:
 * waiting for a parent of that name, or (NULL) for one that is beneath them.
 */
extern void authz_tracked_waiting_init(void);
extern void authz_tracked_waiting_note_applied(int64 id, const text *resource, const text *parent);
extern List *authz_tracked_waiting_take_applied(const text *parent);

#endif							/* AUTHZ_TRACKED_WAITING_H */
