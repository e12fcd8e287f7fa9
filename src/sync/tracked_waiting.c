/*
 * tracked_waiting.c
 *	  Rows whose parent is still to come: in a table that refers to itself, rows
 *	  may come in any order.
 *
 * Where many rows are read together (a statement on an ordinary table, a table
 * that has just been tracked), a row waits until its parent has a resource.
 * So resources are made from the roots down, a level at a time.  What waits in
 * the end lacks its parent, or is in a cycle.
 *
 * Where each row is followed by itself, it has a resource without a parent for
 * the time being, and gets its parent at the end of the statement
 * (tracked_statement.c).  What logical replication applies is in no statement:
 * it gets its parent when that comes, in the same transaction.
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "sync/tracked_waiting.h"

/* A parent that rows wait for. */
typedef struct AwaitedParent
{
	text	   *name;
	AuthzWaitingRow *rows;
	List	   *applied;		/* ids of resources, as pointers */
	bool		missing;		/* it has not come */
	struct AwaitedParent *next; /* that is ready */
} AwaitedParent;

typedef struct AwaitedEntry
{
	const text *name;
	AwaitedParent *parent;
	char		status;
} AwaitedEntry;

static uint32
hash_text(const text *name)
{
	return hash_bytes((const unsigned char *) VARDATA(name), VARSIZE(name) - VARHDRSZ);
}

static bool
is_same_text(const text *a, const text *b)
{
	return VARSIZE(a) == VARSIZE(b) && memcmp(a, b, VARSIZE(a)) == 0;
}

#define SH_PREFIX awaited
#define SH_ELEMENT_TYPE AwaitedEntry
#define SH_KEY_TYPE const text *
#define SH_KEY name
#define SH_HASH_KEY(table, key) hash_text(key)
#define SH_EQUAL(table, a, b) is_same_text(a, b)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

struct AuthzWaitingRows
{
	MemoryContext memory;
	awaited_hash *parents;
	AwaitedParent *ready;
	AwaitedParent *last_ready;
};

/* What has been applied in this transaction. */
static AuthzWaitingRows *applied = NULL;
static List *applied_in_cycles = NIL;
static int	applied_count = 0;
static char *first_applied;
static char *first_applied_parent;

static awaited_hash *hash_waiting_rows(AuthzWaitingRows *waiting);
static AwaitedParent *get_awaited_parent(AuthzWaitingRows *waiting, const text *name);
static text *copy_text(const text *original);
static void handle_transaction_event(XactEvent event, void *arg);

AuthzWaitingRows *
authz_tracked_waiting_create(MemoryContext memory)
{
	AuthzWaitingRows *waiting = MemoryContextAllocZero(memory, sizeof(AuthzWaitingRows));

	waiting->memory = memory;
	waiting->parents = awaited_create(memory, 16, NULL);
	return waiting;
}

void
authz_tracked_waiting_add(AuthzWaitingRows *waiting, const text *parent, const text *resource, const AuthzSeenRow *seen)
{
	MemoryContext caller = MemoryContextSwitchTo(waiting->memory);
	AwaitedParent *awaited = get_awaited_parent(waiting, parent);
	AuthzWaitingRow *row = palloc0(seen == NULL ? offsetof(AuthzWaitingRow, seen) : sizeof(AuthzWaitingRow));

	row->resource = copy_text(resource);
	row->was_seen = seen != NULL;
	if (seen != NULL)
		row->seen = *seen;
	row->next = awaited->rows;
	awaited->rows = row;
	MemoryContextSwitchTo(caller);
}

void
authz_tracked_waiting_note_made(AuthzWaitingRows *waiting, const text *parent)
{
	AwaitedEntry *entry = awaited_lookup(waiting->parents, parent);
	AwaitedParent *ready;

	if (entry == NULL)
		return;
	ready = entry->parent;
	awaited_delete_item(waiting->parents, entry);
	if (waiting->ready == NULL)
		waiting->ready = ready;
	else
		waiting->last_ready->next = ready;
	waiting->last_ready = ready;
}

AuthzWaitingRow *
authz_tracked_waiting_next(AuthzWaitingRows *waiting, text **parent, bool *missing)
{
	AuthzWaitingRow *row;

	while (waiting->ready != NULL && waiting->ready->rows == NULL)
		waiting->ready = waiting->ready->next;
	if (waiting->ready == NULL)
		return NULL;
	row = waiting->ready->rows;
	waiting->ready->rows = row->next;
	*parent = waiting->ready->name;
	*missing = waiting->ready->missing;
	return row;
}

bool
authz_tracked_waiting_release_missing(AuthzWaitingRows *waiting, bool all)
{
	awaited_hash *names = hash_waiting_rows(waiting);
	awaited_iterator iterator;
	AwaitedEntry *entry;
	List	   *missing = NIL;
	ListCell   *cell;

	awaited_start_iterate(waiting->parents, &iterator);
	while ((entry = awaited_iterate(waiting->parents, &iterator)) != NULL)
		if (all || awaited_lookup(names, entry->name) == NULL)
			missing = lappend(missing, entry->parent);
	foreach(cell, missing)
	{
		AwaitedParent *parent = lfirst(cell);

		parent->missing = true;
		authz_tracked_waiting_note_made(waiting, parent->name);
	}
	awaited_destroy(names);
	return missing != NIL;
}

const text *
authz_tracked_waiting_find_cycle(AuthzWaitingRows *waiting)
{
	awaited_hash *names = hash_waiting_rows(waiting);
	awaited_iterator iterator;
	AwaitedEntry *entry;
	const text *start;
	const text *first;

	awaited_start_iterate(names, &iterator);
	entry = awaited_iterate(names, &iterator);
	if (entry == NULL)
		return NULL;

	/* From anywhere, as many steps up as there are rows lead into a cycle. */
	for (uint32 i = names->members; i > 0; i--)
		entry = awaited_lookup(names, entry->parent->name);
	start = first = entry->name;
	do
	{
		entry = awaited_lookup(names, entry->parent->name);
		if (strcmp(text_to_cstring(entry->name), text_to_cstring(first)) < 0)
			first = entry->name;
	} while (entry->name != start);
	return first;
}

/* The rows that wait, by their own names, each with the parent it waits for. */
static awaited_hash *
hash_waiting_rows(AuthzWaitingRows *waiting)
{
	awaited_hash *names = awaited_create(waiting->memory, waiting->parents->members + 16, NULL);
	awaited_iterator iterator;
	AwaitedEntry *entry;
	bool		found;

	awaited_start_iterate(waiting->parents, &iterator);
	while ((entry = awaited_iterate(waiting->parents, &iterator)) != NULL)
		for (AuthzWaitingRow *row = entry->parent->rows; row != NULL; row = row->next)
			awaited_insert(names, row->resource, &found)->parent = entry->parent;
	return names;
}

void
authz_tracked_waiting_init(void)
{
	RegisterXactCallback(handle_transaction_event, NULL);
}

void
authz_tracked_waiting_note_applied(int64 id, const text *resource, const text *parent)
{
	MemoryContext caller = MemoryContextSwitchTo(TopTransactionContext);
	int64	   *copy = palloc(sizeof(int64));

	*copy = id;
	if (parent == NULL)
		applied_in_cycles = lappend(applied_in_cycles, copy);
	else
	{
		AwaitedParent *awaited;

		if (applied == NULL)
			applied = authz_tracked_waiting_create(TopTransactionContext);
		awaited = get_awaited_parent(applied, parent);
		awaited->applied = lappend(awaited->applied, copy);
		if (applied_count++ == 0)
		{
			first_applied = text_to_cstring(resource);
			first_applied_parent = text_to_cstring(parent);
		}
	}
	MemoryContextSwitchTo(caller);
}

/* Their ids; NULL: of those that are in the way of their parents. */
List *
authz_tracked_waiting_take_applied(const text *parent)
{
	AwaitedEntry *entry;
	List	   *ids;

	if (parent == NULL)
	{
		ids = applied_in_cycles;
		applied_in_cycles = NIL;
		return ids;
	}
	entry = applied == NULL ? NULL : awaited_lookup(applied->parents, parent);
	if (entry == NULL)
		return NIL;
	ids = entry->parent->applied;
	awaited_delete_item(applied->parents, entry);
	applied_count -= list_length(ids);
	return ids;
}

/* A change that logical replication applies is never refused. */
static void
handle_transaction_event(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_PRE_COMMIT && applied_count > 0)
		ereport(WARNING,
				errcode(ERRCODE_WARNING),
				errmsg_plural("the parent of %d row has not come, which has none for now",
							  "the parents of %d rows have not come, which have none for now",
							  applied_count, applied_count),
				errdetail("The first was \"%s\", whose parent is \"%s\".", first_applied, first_applied_parent),
				errhint("When they have come, authz.track for the table gives its rows their parents."));
	if (event == XACT_EVENT_ABORT || event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE)
	{
		applied = NULL;
		applied_in_cycles = NIL;
		applied_count = 0;
	}
}

static AwaitedParent *
get_awaited_parent(AuthzWaitingRows *waiting, const text *name)
{
	AwaitedEntry *entry = awaited_lookup(waiting->parents, name);
	AwaitedParent *parent;
	bool		found;

	if (entry != NULL)
		return entry->parent;
	parent = palloc0(sizeof(AwaitedParent));
	parent->name = copy_text(name);
	awaited_insert(waiting->parents, parent->name, &found)->parent = parent;
	return parent;
}

static text *
copy_text(const text *original)
{
	text	   *copy = palloc(VARSIZE(original));

	memcpy(copy, original, VARSIZE(original));
	return copy;
}
