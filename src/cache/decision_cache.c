/*
 * decision_cache.c
 *	  Decision cache: (subject, resource type, id) -> permission set.
 *
 * A permission check spends more time waiting for memory than computing:
 * finding the subject, the resource and what the subject has on the resource
 * touches half a dozen cache lines.  So the decision (the set of what the
 * subject may do) is kept in one line of the processor's cache: for a subject,
 * a resource type and 16 neighbouring ids.  A subject that has permissions on
 * a resource usually has them on others of the same tenant, and ids usually
 * come from a sequence; a scan of one subject over ids in order reads the
 * lines in order.  An id that is a uuid or a text is first looked up in the
 * resource cache; its decision is then kept under the primary key of
 * authz.resources, which is dense as well.  (A line for each uuid was slower
 * than no line: 20,000 of them do not fit into the processor's second cache.)
 *
 * A line can be in one of two slots.  Where both are taken, the table grows,
 * up to its share of authz.cache_size; from then on a new decision replaces an
 * older one.  Lines are never deleted: a subject that is loaded again has a
 * new serial number, which no old line matches, and no line is valid once the
 * resource floor has risen (validity.c).
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "cache/decision_cache.h"

#define CACHE_LINE 64
#define MIN_LINES 64

StaticAssertDecl(sizeof(AuthzDecisionLine) <= CACHE_LINE, "a memo fits into a cache line");

/* Every look-up misses while no table is allocated. */
static AuthzDecisionLine nothing[2];

AuthzDecisionTable authz_decision_table = {nothing, lengthof(nothing) - 1};

static void *table_chunk = NULL;
static uint32 used_lines = 0;	/* number of lines in use, approximately */
static uint64 used_floor = 0;	/* authz_resource_floor when that was counted */

/*
 * The line of the block, or a free one for it; NULL if both slots are taken.
 */
static AuthzDecisionLine *
find_line(const AuthzDecisionKey *key, int64 block)
{
	uint32		slot = authz_decision_slot(key, block);
	AuthzDecisionLine *first = &authz_decision_table.lines[slot];
	AuthzDecisionLine *second = &authz_decision_table.lines[authz_decision_other_slot(slot)];

	if (authz_decision_line_matches(first, key, block))
		return first;
	if (authz_decision_line_matches(second, key, block))
		return second;
	if (first->owner == 0 || first->floor != key->floor)
		return first;
	if (second->owner == 0 || second->floor != key->floor)
		return second;
	return NULL;
}

static Size
table_bytes(uint32 count)
{
	return (Size) count * sizeof(AuthzDecisionLine);
}

/*
 * Replace the table by one of that many lines, with the valid lines of the
 * present one.
 */
static void
resize_table(MemoryContext memory, uint32 count)
{
	void	   *old_chunk = table_chunk;
	AuthzDecisionLine *old = authz_decision_table.lines;
	uint32		old_count = old_chunk == NULL ? 0 : authz_decision_table.mask + 1;

	table_chunk = MemoryContextAllocExtended(memory, table_bytes(count) + CACHE_LINE,
											 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	authz_decision_table.lines = (AuthzDecisionLine *) TYPEALIGN(CACHE_LINE, table_chunk);
	authz_decision_table.mask = count - 1;
	used_lines = 0;
	used_floor = authz_resource_floor;
	for (uint32 i = 0; i < old_count; i++)
	{
		AuthzDecisionKey key = authz_decision_key(old[i].owner >> 16, old[i].subject_hash, (uint16) old[i].owner);
		AuthzDecisionLine *line;

		if (old[i].owner == 0 || old[i].floor != authz_resource_floor)
			continue;
		key.owner = old[i].owner;
		line = find_line(&key, old[i].block);
		if (line == NULL)
			continue;
		*line = old[i];
		used_lines++;
	}
	if (old_chunk != NULL)
		pfree(old_chunk);
}

/*
 * Add a decision.  The entries of subject and resource must be valid at this
 * moment.  The table may grow to limit bytes.
 */
void
authz_decision_cache_add(MemoryContext memory, Size limit, const AuthzDecisionKey *key, int64 id, uint32 set)
{
	int64		block = id >> AUTHZ_DECISION_SHIFT;
	uint32		count = authz_decision_table.mask + 1;
	AuthzDecisionLine *line;

	/*
	 * A larger number does not fit in and is decided again each time; so many
	 * sets are rare.
	 */
	if (set >= AUTHZ_DECISION_UNKNOWN)
		return;

	if (used_floor != authz_resource_floor)
	{
		/* The floor has risen: all lines are free. */
		used_lines = 0;
		used_floor = authz_resource_floor;
	}
	if (table_chunk == NULL)
		resize_table(memory, MIN_LINES);
	line = find_line(key, block);
	if (line == NULL && used_lines > count / 16 && table_bytes(count * 2) <= limit)
	{
		resize_table(memory, count * 2);
		line = find_line(key, block);
	}
	if (line == NULL)
		line = &authz_decision_table.lines[authz_decision_slot(key, block)];
	if (!authz_decision_line_matches(line, key, block))
	{
		line->block = block;
		line->owner = key->owner;
		line->floor = key->floor;
		line->subject_hash = key->subject_hash;
		memset(line->sets, 0xff, sizeof(line->sets));
		used_lines++;
	}
	line->sets[id & (AUTHZ_DECISION_IDS - 1)] = (uint16) set;
}

Size
authz_decision_cache_bytes(void)
{
	return table_chunk == NULL ? 0 : table_bytes(authz_decision_table.mask + 1);
}

void
authz_decision_cache_free(void)
{
	if (table_chunk != NULL)
		pfree(table_chunk);
	authz_decision_cache_forget();
}

/* The memory context has been reset. */
void
authz_decision_cache_forget(void)
{
	table_chunk = NULL;
	authz_decision_table.lines = nothing;
	authz_decision_table.mask = lengthof(nothing) - 1;
	used_lines = 0;
}
