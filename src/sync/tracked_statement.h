/*
 * tracked_statement.h
 *	  State that the triggers of one statement on a tracked table share.  See
 *	  tracked_statement.c.
 */
#ifndef AUTHZ_TRACKED_STATEMENT_H
#define AUTHZ_TRACKED_STATEMENT_H

#include "nodes/pg_list.h"

#include "tables/id_list.h"

#define AUTHZ_MISSING_PARENT (-1)

/* A new row, as the BEFORE trigger has seen it. */
typedef struct AuthzSeenRow
{
	text	   *resource;		/* its name; NULL: the row has no id */
	int64		parent_id;		/* 0 for none; AUTHZ_MISSING_PARENT: no
								 * resource has that name */
	int64		provisional_id; /* of the resource that was made for it; 0 if
								 * none */
	bool		was_there;		/* a resource of that name existed, with
								 * parent_then as its parent */
	int64		parent_then;
	bool		stored;			/* the AFTER trigger has seen it, too */
} AuthzSeenRow;

/*
 * A resource that comes under the parent of its row at the end of the
 * statement.
 */
typedef struct AuthzPendingParent
{
	int64		id;
	text	   *parent_then;	/* of the row before, NULL for none */
	bool		is_new;			/* the resource of a new row */
	Oid			role;			/* the user of the statement */
} AuthzPendingParent;

typedef struct AuthzTrackedStatement AuthzTrackedStatement;

extern void authz_tracked_statement_init(void);

/*
 * The innermost statement that inserts into (or updates) one of the tables: a
 * table, and those that it is a partition of.  NULL if there is none.
 */
extern AuthzTrackedStatement *authz_tracked_statement_find(const List *relids, bool inserts);

/* Is there a statement that updates? */
extern bool authz_tracked_statement_any_updates(void);

/*
 * Among the nested statements that update one of the tables, the one with that
 * many others within it, or NULL.
 */
extern AuthzTrackedStatement *authz_tracked_statement_find_outer(const List *relids, int others);

/*
 * Note that the resource of a new row has been made, or (NULL) those of all.
 */
extern void authz_tracked_statement_note_followed(AuthzTrackedStatement *statement, const text *resource);
extern bool authz_tracked_statement_has_followed(const AuthzTrackedStatement *statement, const text *resource);

/*
 * Has any resource been set aside?  And the first command whose rows belong to
 * the statement.
 */
extern bool authz_tracked_statement_has_aside(const AuthzTrackedStatement *statement);
extern CommandId authz_tracked_statement_first_command(const AuthzTrackedStatement *statement);

extern void authz_tracked_statement_begin(Oid relid, bool inserts);

/* What is left to do at the end of a statement; copies. */
typedef struct AuthzTrackedUnfinished
{
	AuthzIdList unconfirmed;	/* resources made for rows that have not been
								 * stored */
	text	   *aside;			/* name of a resource that was set aside and
								 * that no row has got, or NULL */
	text	   *moving;			/* resource of a row that left its partition
								 * and was not inserted into another, or NULL */
	List	   *pending;		/* AuthzPendingParents */
	bool		spoiled;		/* changes of its rows within it have been
								 * rolled back */
} AuthzTrackedUnfinished;

extern void authz_tracked_statement_end(Oid relid, bool inserts, AuthzTrackedUnfinished *left);

/* Note a resource that comes under its parent at the end; it is copied. */
extern void authz_tracked_statement_note_pending(AuthzTrackedStatement *statement, const AuthzPendingParent *pending);

/* Note a row that the BEFORE trigger has seen; it is copied. */
extern void authz_tracked_statement_note_seen(AuthzTrackedStatement *statement, const AuthzSeenRow *row);
extern bool authz_tracked_statement_has_seen(const AuthzTrackedStatement *statement);

/*
 * Note the same row in the AFTER trigger: rows come in the same order.  NULL:
 * the BEFORE trigger has not seen it like this.
 */
extern AuthzSeenRow *authz_tracked_statement_note_stored(AuthzTrackedStatement *statement, const text *resource, int64 parent_id);

/*
 * Set aside a resource whose name another row needs, while its own row is
 * still to come.
 */
extern void authz_tracked_statement_set_aside(AuthzTrackedStatement *statement, const text *resource, int64 id);
extern int64 authz_tracked_statement_take_aside(AuthzTrackedStatement *statement, const text *resource);

/*
 * An UPDATE that moves a row to another partition is a DELETE there and then
 * an INSERT here, each with its own triggers, any of which may suppress it.
 * The BEFORE triggers note: the row is about to leave (its resource, or NULL
 * for none), a row is about to arrive, and it has passed the application's
 * triggers (false: it is no row that has left).
 */
extern void authz_tracked_statement_note_leaving(AuthzTrackedStatement *statement, const text *resource);
extern void authz_tracked_statement_note_arriving(AuthzTrackedStatement *statement);
extern bool authz_tracked_statement_note_passed(AuthzTrackedStatement *statement, const text *resource);

/*
 * The AFTER triggers note, in the same order: the row has left; a row has been
 * inserted.  lost: the resource of a row that was not inserted anywhere, or
 * NULL.  The first returns whether the row goes on in another partition; the
 * second the resource that the row had, or NULL for a new row.
 */
extern bool authz_tracked_statement_note_left(AuthzTrackedStatement *statement, const text *resource, text **lost);
extern text *authz_tracked_statement_note_inserted(AuthzTrackedStatement *statement, const text *resource, text **lost);

/* Is the resource provisional, made for a row that may not be stored? */
extern bool authz_tracked_statement_is_provisional(int64 resource_id);

#endif							/* AUTHZ_TRACKED_STATEMENT_H */
