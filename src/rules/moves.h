/*
 * moves.h
 *	  Moves of resources.  See moves.c.
 */
#ifndef AUTHZ_MOVES_H
#define AUTHZ_MOVES_H

#include "rules/rule_triggers.h"

typedef struct AuthzMove
{
	int64		id;
	int64		old_parent;		/* 0 for none */
	int64		new_parent;
} AuthzMove;

typedef struct AuthzMoveList
{
	AuthzMove  *items;
	int			count;
	int			max;
} AuthzMoveList;

/*
 * All between authz_rule_query_begin and authz_rule_query_end.  Locking finds
 * everything at and beneath the resources whose move can break a rule; the
 * check is of those.
 */
extern void authz_moves_lock(const AuthzMoveList *moves, AuthzIdList *beneath);
extern void authz_moves_check(AuthzRuleTriggerCall *call, const AuthzIdList *beneath);

/*
 * Acquires the locks of moves that are about to be made, and fills in the old
 * parents.
 */
extern void authz_moves_prepare(AuthzMoveList *moves);

#endif							/* AUTHZ_MOVES_H */
