/*
 * bitmap_paths.c
 *	  A second look at a table's indexes, for bitmap scans: how a hash index
 *	  comes to be searched for an array.
 *
 * An access method either takes an array as a key (btree) or not (hash).  For one
 * that does not, the executor expands the array itself, but in bitmap scans
 * alone: in a plain index scan an array is an error.  The planner knows that, but
 * goes by the clause of the query (is it an "= ANY"?), not by the condition that a
 * support function has derived from it.  So the support function may not give a
 * hash index an array while plain scans of it are considered as well.
 *
 * What it does instead is to say here that it would have liked to.  When the
 * planner is through with the table's own paths, our hook lets it look at the
 * indexes once more, as if none could be scanned but into a bitmap; then the
 * support function may give the array.  Whatever else belongs to matching
 * clauses with indexes stays the planner's: security levels, predicates of partial
 * indexes, join clauses, BitmapOr and BitmapAnd with other indexes.  The best of
 * the bitmap scans found becomes one more path, and the costs decide.
 *
 * Queries in which no support function has asked for this cost one comparison
 * per table.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"

#include "bitmap_paths.h"

static set_rel_pathlist_hook_type previous_hook = NULL;

/*
 * The table that deserves the second look.  Planning it may end in an error, and
 * then this points nowhere: it may be compared, never followed.  Taking another
 * table for it costs a second look in vain.
 */
static const RelOptInfo *wanted = NULL;

static void look_again(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte);
static List *for_bitmaps_only(List *indexes);

void
authz_bitmap_paths_init(void)
{
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = look_again;
}

/*
 * May a support function give an array as a key of this index?  If only a bitmap
 * scan could, the answer is no, and the planner will ask once more.
 */
bool
authz_bitmap_paths_take_array(IndexOptInfo *index)
{
	if (index->amsearcharray || !index->amhasgettuple)
		return true;
	if (index->amhasgetbitmap)
		wanted = index->rel;
	return false;
}

static void
look_again(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	List	   *indexes;

	if (previous_hook)
		previous_hook(root, rel, rti, rte);
	if (wanted != rel)
		return;
	wanted = NULL;

	/*
	 * Where the planner looks at indexes: not in a table of which it takes a
	 * sample, one that cannot hold a row of the result, or one that is but the
	 * sum of others.
	 */
	if (rte->rtekind != RTE_RELATION || rte->inh || rte->tablesample != NULL ||
		(rte->relkind != RELKIND_RELATION && rte->relkind != RELKIND_MATVIEW) ||
		IS_DUMMY_REL(rel))
		return;

	indexes = rel->indexlist;
	rel->indexlist = for_bitmaps_only(indexes);
	create_index_paths(root, rel);
	rel->indexlist = indexes;
}

/*
 * Copies of the indexes that can only be scanned into a bitmap.  Parallel plain
 * scans are paths of their own, which would be made all the same.
 */
static List *
for_bitmaps_only(List *indexes)
{
	List	   *result = NIL;
	ListCell   *cell;

	foreach(cell, indexes)
	{
		IndexOptInfo *index = makeNode(IndexOptInfo);

		*index = *lfirst_node(IndexOptInfo, cell);
		index->amhasgettuple = false;
		index->amcanparallel = false;
		result = lappend(result, index);
	}
	return result;
}
