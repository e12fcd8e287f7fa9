/*
 * follower.c
 *	  State of a trigger call that follows rows of a tracked table: the
 *	  identity of the owner, a reader of the resources, and a batch of names
 *	  and parents that are written together.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "compat.h"
#include "rules/rule_query.h"
#include "rules/trigger_call.h"
#include "sync/follower.h"
#include "sync/tracked_statement.h"
#include "tables/rows.h"

void
authz_follower_begin(AuthzFollower *follower)
{
	memset(follower, 0, sizeof(*follower));
	follower->applied = authz_trigger_call_is_applied();
	authz_rule_query_begin(authz_tables_owner(), &follower->saved);
	authz_reader_open(&follower->reader);
	follower->context = CurrentMemoryContext;
	follower->batch = AllocSetContextCreate(CurrentMemoryContext, "authz tracked rows",
											ALLOCSET_DEFAULT_SIZES);
}

void
authz_follower_end(AuthzFollower *follower)
{
	authz_reader_close(&follower->reader);
	authz_rule_query_end(&follower->saved);
}

/* Open the reader anew, so that it sees what has been written. */
void
authz_follower_refresh(AuthzFollower *follower)
{
	MemoryContext caller = MemoryContextSwitchTo(follower->context);

	authz_reader_close(&follower->reader);
	CommandCounterIncrement();
	authz_reader_open(&follower->reader);
	follower->parent = NULL;
	MemoryContextSwitchTo(caller);
}

/* Allocates in the memory context of the batch, which must be current. */
void
authz_follower_add(AuthzFollower *follower, text *resource, int64 parent_id)
{
	if (follower->count == follower->allocated)
	{
		follower->allocated = follower->allocated == 0 ? 16 : follower->allocated * 2;
		if (follower->resources == NULL)
			follower->resources = palloc_array(Datum, follower->allocated);
		else
			follower->resources = repalloc_array(follower->resources, Datum, follower->allocated);
	}
	follower->resources[follower->count++] = PointerGetDatum(resource);
	authz_id_list_add(&follower->parents, parent_id);
}

Datum
authz_follower_take_names(AuthzFollower *follower)
{
	return PointerGetDatum(construct_array(follower->resources, follower->count,
										   TEXTOID, -1, false, TYPALIGN_INT));
}

void
authz_follower_clear_batch(AuthzFollower *follower)
{
	MemoryContextReset(follower->batch);
	follower->count = 0;
	follower->allocated = 0;
	follower->resources = NULL;
	memset(&follower->parents, 0, sizeof(follower->parents));
	follower->parent = NULL;
}

/*
 * The id of the row's parent, which must exist, or AUTHZ_MISSING_PARENT; 0 for
 * none.
 */
int64
authz_follower_find_parent_id(AuthzFollower *follower, TupleTableSlot *row, text *resource, bool missing_ok)
{
	text	   *parent = authz_tracked_table_parent(follower->tracking, row);
	AuthzResourceRow found;

	if (parent == NULL)
		return 0;
	if (follower->parent != NULL && VARSIZE(follower->parent) == VARSIZE(parent) &&
		memcmp(follower->parent, parent, VARSIZE(parent)) == 0)
		return follower->parent_id;

	if (!authz_follower_read_resource(follower, parent, &found))
	{
		if (missing_ok)
			return AUTHZ_MISSING_PARENT;

		/*
		 * A change that logical replication applies is never refused: the
		 * tables may come in any order.
		 */
		if (follower->applied)
		{
			ereport(WARNING,
					errcode(ERRCODE_WARNING),
					errmsg("resource \"%s\" does not exist", text_to_cstring(parent)),
					errdetail("It is the parent of \"%s\" in table \"%s\", which has none for now.", text_to_cstring(resource), follower->tracking->table),
					errhint("When it has come, authz.track for the table gives its rows their parents."));
			return 0;
		}
		authz_follower_refuse_parent(follower, parent, resource);
	}

	/*
	 * A resource of a stored row must not depend on one that may be removed.
	 */
	if (!missing_ok && authz_tracked_statement_is_provisional(found.id))
		authz_follower_refuse_provisional(follower, parent, resource);
	follower->parent = parent;
	follower->parent_id = found.id;
	return found.id;
}

void
authz_follower_refuse_provisional(AuthzFollower *follower, const text *parent, const text *resource)
{
	ereport(ERROR,
			errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			errmsg("resource \"%s\" is provisional", text_to_cstring(parent)),
			errdetail("It was made for a new row that has not been stored; it is the parent of \"%s\" in table \"%s\".",
					  text_to_cstring(resource), follower->tracking->table));
}

int64
authz_follower_find_new_parent_id(AuthzFollower *follower, TupleTableSlot *row, text *resource, text **awaited)
{
	const AuthzParentColumn *column = authz_tracked_table_parent_column(follower->tracking, row);
	int64		id;

	*awaited = NULL;
	if (column == NULL)
		return 0;
	if (strcmp(column->type, follower->tracking->type) != 0 && follower->missing_parents == AUTHZ_PARENTS_REQUIRED)
		return authz_follower_find_parent_id(follower, row, resource, false);

	id = authz_follower_find_parent_id(follower, row, resource, true);
	if (id == AUTHZ_MISSING_PARENT || authz_tracked_statement_is_provisional(id))
		*awaited = authz_tracked_table_parent(follower->tracking, row);
	return id;
}

/*
 * Does not return: an error that there is no such parent, as far as the caller
 * may know.
 */
void
authz_follower_refuse_parent(AuthzFollower *follower, const text *parent, const text *resource)
{
	if (parent == NULL)
		parent = follower->parent;
	ereport(ERROR,
			errcode(ERRCODE_UNDEFINED_OBJECT),
			errmsg("resource \"%s\" does not exist", parent == NULL ? "" : text_to_cstring(parent)),
			errdetail("It is the parent of \"%s\" in table \"%s\".", text_to_cstring(resource), follower->tracking->table),
			errhint("The parent must be there first, and be one that you may see."));
}

/*
 * Reads in the follower's context: what the reader opens at first use outlives
 * the batch.
 */
bool
authz_follower_read_resource(AuthzFollower *follower, text *resource, AuthzResourceRow *found)
{
	MemoryContext caller = MemoryContextSwitchTo(follower->context);
	bool		result;

	result = authz_rows_read_resource(&follower->reader, VARDATA(resource), VARSIZE(resource) - VARHDRSZ, found);
	MemoryContextSwitchTo(caller);
	return result;
}
