/*
 * tracked_statement.c
 *	  State that the triggers of one statement on a tracked table share.
 *
 * Statements are a stack: the BEFORE STATEMENT trigger pushes one, the AFTER
 * STATEMENT trigger pops it, and so does the end of a (sub)transaction that an
 * error has aborted.  A statement that a trigger or a function of another one
 * runs is complete before that goes on.  Memory is that of the transaction.  A
 * change by a nested statement in the state of an outer one is not undone with
 * a subtransaction: instead the outer one is refused, at its end.
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "compat.h"
#include "sync/tracked_statement.h"

/* A resource that may be removed at the end of the statement. */
typedef struct ProvisionalResource
{
	int64		id;
	char		status;
} ProvisionalResource;

#define SH_PREFIX provisional
#define SH_ELEMENT_TYPE ProvisionalResource
#define SH_KEY_TYPE int64
#define SH_KEY id
#define SH_HASH_KEY(table, key) murmurhash32((uint32) (key))
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* A resource by its name, such as one whose name another one needs. */
typedef struct NamedResource
{
	char	   *name;
	int64		id;
	char		status;
} NamedResource;

#define SH_PREFIX named
#define SH_ELEMENT_TYPE NamedResource
#define SH_KEY_TYPE char *
#define SH_KEY name
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(table, a, b) (strcmp((a), (b)) == 0)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* A row that changes its partition: its resource before and after. */
typedef struct MovingRow
{
	text	   *old;
	text	   *new;
} MovingRow;

struct AuthzTrackedStatement
{
	AuthzTrackedStatement *outer;
	Oid			relid;			/* the table that the statement names: nobody
								 * creates triggers on another role's */
	bool		inserts;		/* otherwise updates */
	int			nest_level;		/* of the transaction when the statement began */
	int			touched_level;	/* deepest one in which this state has been
								 * changed since; 0: none deeper */
	bool		spoiled;		/* a subtransaction in which it has been
								 * changed was rolled back */
	CommandId	command;
	MemoryContext memory;

	/*
	 * Rows in the order in which they were seen; those before next have been
	 * stored, or will not be.
	 */
	AuthzSeenRow *seen;
	int			nseen;
	int			max_seen;
	int			next;
	provisional_hash *provisional;	/* of rows that have not been stored;
									 * NULL: none yet */

	named_hash *aside;			/* NULL: none yet */

	List	   *pending;		/* AuthzPendingParents */

	/* New rows whose resources have been made, by name. */
	named_hash *followed;
	bool		followed_all;

	/*
	 * Rows that change their partition, in order; those before next_moving
	 * have left.
	 */
	MovingRow  *moving;
	int			nmoving;
	int			max_moving;
	int			next_moving;
	MovingRow  *underway;		/* the row has left, and has not been inserted
								 * yet */
	text	   *leaving;
	text	   *arriving;
};

static AuthzTrackedStatement *statements = NULL;	/* the innermost first */

static void handle_transaction_event(XactEvent event, void *arg);
static void handle_subtransaction_event(SubXactEvent event, SubTransactionId mySubid,
										SubTransactionId parentSubid, void *arg);
static void mark_touched(AuthzTrackedStatement *statement);
static bool is_same_text(const text *a, const text *b);
static text *copy_text(const text *original);
static AuthzPendingParent *copy_pending(const AuthzPendingParent *original);

void
authz_tracked_statement_init(void)
{
	RegisterXactCallback(handle_transaction_event, NULL);
	RegisterSubXactCallback(handle_subtransaction_event, NULL);
}

static void
handle_transaction_event(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE)
		statements = NULL;
}

static void
handle_subtransaction_event(SubXactEvent event, SubTransactionId mySubid,
							SubTransactionId parentSubid, void *arg)
{
	int			level = GetCurrentTransactionNestLevel();

	if (event == SUBXACT_EVENT_ABORT_SUB)
		while (statements != NULL && statements->nest_level >= GetCurrentTransactionNestLevel())
		{
			MemoryContext memory = statements->memory;

			statements = statements->outer;
			MemoryContextDelete(memory);
		}
	for (AuthzTrackedStatement *statement = statements; statement != NULL; statement = statement->outer)
	{
		if (statement->touched_level < level)
			continue;
		if (event == SUBXACT_EVENT_ABORT_SUB)
			statement->spoiled = true;
		if (event == SUBXACT_EVENT_ABORT_SUB || event == SUBXACT_EVENT_COMMIT_SUB)
			statement->touched_level = level - 1 > statement->nest_level ? level - 1 : 0;
	}
}

/* Note a change of the state, which is not undone when a subtransaction is. */
static void
mark_touched(AuthzTrackedStatement *statement)
{
	int			level = GetCurrentTransactionNestLevel();

	if (level > statement->nest_level)
		statement->touched_level = Max(statement->touched_level, level);
}

AuthzTrackedStatement *
authz_tracked_statement_find(const List *relids, bool inserts)
{
	for (AuthzTrackedStatement *statement = statements; statement != NULL; statement = statement->outer)
		if (statement->inserts == inserts && list_member_oid(relids, statement->relid))
			return statement;
	return NULL;
}

bool
authz_tracked_statement_any_updates(void)
{
	for (AuthzTrackedStatement *statement = statements; statement != NULL; statement = statement->outer)
		if (!statement->inserts)
			return true;
	return false;
}

AuthzTrackedStatement *
authz_tracked_statement_find_outer(const List *relids, int others)
{
	for (AuthzTrackedStatement *statement = statements; statement != NULL; statement = statement->outer)
		if (!statement->inserts && list_member_oid(relids, statement->relid) && others-- == 0)
			return statement;
	return NULL;
}

void
authz_tracked_statement_note_followed(AuthzTrackedStatement *statement, const text *resource)
{
	MemoryContext caller = MemoryContextSwitchTo(statement->memory);
	bool		found;

	mark_touched(statement);
	if (resource == NULL)
		statement->followed_all = true;
	else
	{
		if (statement->followed == NULL)
			statement->followed = named_create(statement->memory, 16, NULL);
		(void) named_insert(statement->followed, text_to_cstring(resource), &found);
	}
	MemoryContextSwitchTo(caller);
}

bool
authz_tracked_statement_has_followed(const AuthzTrackedStatement *statement, const text *resource)
{
	return statement->followed_all ||
		(statement->followed != NULL && named_lookup(statement->followed, text_to_cstring(resource)) != NULL);
}

bool
authz_tracked_statement_has_aside(const AuthzTrackedStatement *statement)
{
	return statement->aside != NULL && statement->aside->members > 0;
}

CommandId
authz_tracked_statement_first_command(const AuthzTrackedStatement *statement)
{
	return statement->command;
}

void
authz_tracked_statement_begin(Oid relid, bool inserts)
{
	MemoryContext memory = AllocSetContextCreate(TopTransactionContext, "authz tracked statement",
												 ALLOCSET_SMALL_SIZES);
	AuthzTrackedStatement *statement = MemoryContextAllocZero(memory, sizeof(AuthzTrackedStatement));

	statement->relid = relid;
	statement->inserts = inserts;
	statement->nest_level = GetCurrentTransactionNestLevel();
	statement->command = GetCurrentCommandId(false);
	statement->memory = memory;
	statement->outer = statements;
	statements = statement;
}

void
authz_tracked_statement_end(Oid relid, bool inserts, AuthzTrackedUnfinished *left)
{
	AuthzTrackedStatement **link = &statements;
	AuthzTrackedStatement *ended;
	ListCell   *cell;

	memset(left, 0, sizeof(*left));

	/*
	 * It is not the innermost where one query has several parts, each with
	 * statement triggers.
	 */
	while (*link != NULL && ((*link)->relid != relid || (*link)->inserts != inserts))
		link = &(*link)->outer;
	ended = *link;
	if (ended == NULL)
		return;
	left->spoiled = ended->spoiled;

	if (ended->provisional != NULL)
	{
		provisional_iterator iterator;
		ProvisionalResource *resource;

		provisional_start_iterate(ended->provisional, &iterator);
		while ((resource = provisional_iterate(ended->provisional, &iterator)) != NULL)
			authz_id_list_add(&left->unconfirmed, resource->id);
	}
	if (ended->aside != NULL)
	{
		named_iterator iterator;
		NamedResource *resource;

		named_start_iterate(ended->aside, &iterator);
		if ((resource = named_iterate(ended->aside, &iterator)) != NULL)
			left->aside = cstring_to_text(resource->name);
	}
	if (ended->underway != NULL)
		left->moving = copy_text(ended->underway->old);
	foreach(cell, ended->pending)
		left->pending = lappend(left->pending, copy_pending(lfirst(cell)));
	*link = ended->outer;
	MemoryContextDelete(ended->memory);
}

void
authz_tracked_statement_note_leaving(AuthzTrackedStatement *statement, const text *resource)
{
	MemoryContext caller = MemoryContextSwitchTo(statement->memory);

	statement->leaving = resource == NULL ? NULL : copy_text(resource);
	statement->arriving = NULL;
	MemoryContextSwitchTo(caller);
}

void
authz_tracked_statement_note_arriving(AuthzTrackedStatement *statement)
{
	statement->arriving = statement->leaving;
	statement->leaving = NULL;
}

/*
 * A row that leaves arrives next, or not at all.  (After a DELETE of the same
 * statement that is a DELETE, the next INSERT looks like an arrival; but such
 * a row has not left.)
 */
bool
authz_tracked_statement_note_passed(AuthzTrackedStatement *statement, const text *resource)
{
	MemoryContext caller = MemoryContextSwitchTo(statement->memory);
	bool		arrives = statement->arriving != NULL;

	if (statement->arriving != NULL && resource != NULL)
	{
		mark_touched(statement);
		if (statement->nmoving == statement->max_moving)
		{
			int			max = Max(16, statement->max_moving * 2);
			MovingRow  *moving = MemoryContextAllocHuge(statement->memory, (Size) max * sizeof(MovingRow));

			/*
			 * The triggers for the rows come later: no pointer into the array
			 * exists.
			 */
			if (statement->nmoving > 0)
				memcpy(moving, statement->moving, statement->nmoving * sizeof(MovingRow));
			statement->moving = moving;
			statement->max_moving = max;
		}
		statement->moving[statement->nmoving].old = statement->arriving;
		statement->moving[statement->nmoving++].new = copy_text(resource);
	}
	statement->arriving = NULL;
	MemoryContextSwitchTo(caller);
	return arrives;
}

bool
authz_tracked_statement_note_left(AuthzTrackedStatement *statement, const text *resource, text **lost)
{
	*lost = NULL;
	if (statement->underway != NULL)
	{
		mark_touched(statement);
		*lost = statement->underway->old;
		statement->underway = NULL;
	}
	for (int i = statement->next_moving; i < statement->nmoving; i++)
		if (is_same_text(statement->moving[i].old, resource))
		{
			mark_touched(statement);
			statement->underway = &statement->moving[i];
			statement->next_moving = i + 1;
			return true;
		}
	return false;
}

text *
authz_tracked_statement_note_inserted(AuthzTrackedStatement *statement, const text *resource, text **lost)
{
	MovingRow  *row = statement->underway;

	*lost = NULL;
	if (row == NULL)
		return NULL;
	mark_touched(statement);
	statement->underway = NULL;
	if (is_same_text(row->new, resource))
		return row->old;
	*lost = row->old;
	return NULL;
}

void
authz_tracked_statement_note_seen(AuthzTrackedStatement *statement, const AuthzSeenRow *row)
{
	MemoryContext caller = MemoryContextSwitchTo(statement->memory);
	AuthzSeenRow copy = *row;

	mark_touched(statement);
	if (statement->nseen == statement->max_seen)
	{
		int			max = Max(16, statement->max_seen * 2);

		if (statement->seen == NULL)
			statement->seen = palloc_array(AuthzSeenRow, max);
		else
			statement->seen = repalloc_huge(statement->seen, (Size) max * sizeof(AuthzSeenRow));
		statement->max_seen = max;
	}
	copy.resource = row->resource == NULL ? NULL : copy_text(row->resource);
	copy.stored = false;
	statement->seen[statement->nseen++] = copy;
	if (copy.provisional_id != 0)
	{
		bool		found;

		if (statement->provisional == NULL)
			statement->provisional = provisional_create(statement->memory, 16, NULL);
		(void) provisional_insert(statement->provisional, copy.provisional_id, &found);
	}
	MemoryContextSwitchTo(caller);
}

void
authz_tracked_statement_note_pending(AuthzTrackedStatement *statement, const AuthzPendingParent *pending)
{
	MemoryContext caller = MemoryContextSwitchTo(statement->memory);

	mark_touched(statement);
	statement->pending = lappend(statement->pending, copy_pending(pending));
	MemoryContextSwitchTo(caller);
}

bool
authz_tracked_statement_has_seen(const AuthzTrackedStatement *statement)
{
	return statement->nseen > 0;
}

AuthzSeenRow *
authz_tracked_statement_note_stored(AuthzTrackedStatement *statement, const text *resource, int64 parent_id)
{
	mark_touched(statement);
	for (int i = statement->next; i < statement->nseen; i++)
	{
		AuthzSeenRow *row = &statement->seen[i];

		if (row->stored || !is_same_text(row->resource, resource) ||
			(row->parent_id != parent_id && row->parent_id != AUTHZ_MISSING_PARENT))
			continue;
		row->stored = true;
		if (row->provisional_id != 0)
			(void) provisional_delete(statement->provisional, row->provisional_id);
		statement->next = i + 1;
		return row;
	}
	return NULL;
}

void
authz_tracked_statement_set_aside(AuthzTrackedStatement *statement, const text *resource, int64 id)
{
	MemoryContext caller = MemoryContextSwitchTo(statement->memory);
	bool		found;

	mark_touched(statement);
	if (statement->aside == NULL)
		statement->aside = named_create(statement->memory, 16, NULL);
	named_insert(statement->aside, text_to_cstring(resource), &found)->id = id;
	MemoryContextSwitchTo(caller);
}

/* The id of the resource of that name, if it has been set aside; 0 if not. */
int64
authz_tracked_statement_take_aside(AuthzTrackedStatement *statement, const text *resource)
{
	NamedResource *aside = statement->aside == NULL ? NULL :
		named_lookup(statement->aside, text_to_cstring(resource));
	int64		id;

	if (aside == NULL)
		return 0;
	mark_touched(statement);
	id = aside->id;
	named_delete_item(statement->aside, aside);
	return id;
}

bool
authz_tracked_statement_is_provisional(int64 resource_id)
{
	for (AuthzTrackedStatement *statement = statements; statement != NULL; statement = statement->outer)
		if (statement->provisional != NULL && provisional_lookup(statement->provisional, resource_id) != NULL)
			return true;
	return false;
}

static bool
is_same_text(const text *a, const text *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

static text *
copy_text(const text *original)
{
	text	   *copy = palloc(VARSIZE(original));

	memcpy(copy, original, VARSIZE(original));
	return copy;
}

static AuthzPendingParent *
copy_pending(const AuthzPendingParent *original)
{
	AuthzPendingParent *copy = palloc(sizeof(AuthzPendingParent));

	*copy = *original;
	if (original->parent_then != NULL)
		copy->parent_then = copy_text(original->parent_then);
	return copy;
}
