/*
 * tracked_statement.h
 *		What the triggers of one statement on a tracked table leave for each other.
 *		See tracked_statement.c.
 */
#ifndef AUTHZ_TRACKED_STATEMENT_H
#define AUTHZ_TRACKED_STATEMENT_H

#include "tables/id_list.h"

#define AUTHZ_MISSING_PARENT (-1)

/* A new row, as the BEFORE trigger has seen it. */
typedef struct AuthzSeenRow
{
	text	   *resource;		/* its name; NULL: the row has no id */
	int64		parent_id;		/* 0 for none; AUTHZ_MISSING_PARENT: there is none of that name */
	int64		provisional_id; /* of the resource that was made for it; 0: none was */
	bool		was_there;		/* there was one of that name, with the next as its parent */
	int64		parent_then;
	bool		stored;			/* the AFTER trigger has seen it, too */
} AuthzSeenRow;

typedef struct AuthzTrackedStatement AuthzTrackedStatement;

extern void authz_tracked_statement_init(void);

/*
 * The innermost statement that inserts into (or updates) one of the tables: a table, and
 * those that it is a partition of.  NULL: none.
 */
extern AuthzTrackedStatement *authz_tracked_statement_current(const List *relids, bool inserts);

/* Is there any that updates? */
extern bool authz_tracked_statement_updates(void);

/* Of the statements that update one of the tables, one within the other: the one around as many others, or NULL. */
extern AuthzTrackedStatement *authz_tracked_statement_around(const List *relids, int others);

/* The resource of a new row has been made, or (NULL) those of all. */
extern void authz_tracked_statement_follow(AuthzTrackedStatement *statement, const text *resource);
extern bool authz_tracked_statement_has_followed(const AuthzTrackedStatement *statement, const text *resource);

/* Has anything been set aside?  And the first command whose rows are of the statement. */
extern bool authz_tracked_statement_has_aside(const AuthzTrackedStatement *statement);
extern CommandId authz_tracked_statement_command(const AuthzTrackedStatement *statement);

extern void authz_tracked_statement_begin(Oid relid, bool inserts);

/* What a statement leaves at its end; copies. */
typedef struct AuthzTrackedLeft
{
	AuthzIds	unconfirmed;	/* resources made for rows that have not been stored */
	text	   *aside;			/* name of a resource that was set aside and that no row has taken, or NULL */
	text	   *moving;			/* resource of a row that left its partition and came nowhere, or NULL */
	bool		spoiled;		/* changes of its rows within it have been rolled back */
} AuthzTrackedLeft;

extern void authz_tracked_statement_end(Oid relid, bool inserts, AuthzTrackedLeft *left);

/* A row that the BEFORE trigger has seen; copied. */
extern void authz_tracked_statement_see(AuthzTrackedStatement *statement, const AuthzSeenRow *row);
extern bool authz_tracked_statement_has_seen(const AuthzTrackedStatement *statement);

/* The same row in the AFTER trigger: rows come in the same order.  NULL: it was not seen like this. */
extern AuthzSeenRow *authz_tracked_statement_store(AuthzTrackedStatement *statement, const text *resource, int64 parent_id);

/* The resource of a row that has not come yet was in the way of another's new name. */
extern void authz_tracked_statement_set_aside(AuthzTrackedStatement *statement, const text *resource, int64 id);
extern int64 authz_tracked_statement_take_aside(AuthzTrackedStatement *statement, const text *resource);

/*
 * An UPDATE that moves a row to another partition is a DELETE there and then an INSERT
 * here, each with its own triggers, any of which may suppress it.  What the BEFORE triggers
 * see: the row is about to leave (its resource, or NULL for none), a row is about to
 * arrive, and it has passed the application's triggers (false: no row that has left).
 */
extern void authz_tracked_statement_leave(AuthzTrackedStatement *statement, const text *resource);
extern void authz_tracked_statement_arrive(AuthzTrackedStatement *statement);
extern bool authz_tracked_statement_pass(AuthzTrackedStatement *statement, const text *resource);

/*
 * What the AFTER triggers see, in the same order: the row has left; a row has been
 * inserted.  lost: the resource of a row that has come nowhere, or NULL.  The first says
 * whether the row came somewhere; the second returns the resource that the row had, or NULL
 * where it is a new row.
 */
extern bool authz_tracked_statement_left(AuthzTrackedStatement *statement, const text *resource, text **lost);
extern text *authz_tracked_statement_inserted(AuthzTrackedStatement *statement, const text *resource, text **lost);

/* Is the resource provisional, made for a row that may not be stored? */
extern bool authz_tracked_statement_is_provisional(int64 resource_id);

#endif							/* AUTHZ_TRACKED_STATEMENT_H */
