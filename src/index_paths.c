/*
 * index_paths.c
 *	  What the planner makes of a table's indexes where the support function has
 *	  given one an array for has_permission(), looked through once more: a hook that is
 *	  called when the planner is through with the table's own paths.
 *
 * Hash indexes.  An access method either takes an array as a key (btree) or not (hash).  For one
 * that does not, the executor expands the array itself, but in bitmap scans
 * alone: in a plain index scan an array is an error.  The planner knows that, but
 * goes by the clause of the query (is it an "= ANY"?), not by the condition that a
 * support function has derived from it.  So the support function may not give a
 * hash index an array while plain scans of it are considered as well.
 *
 * What it does instead is to say here that it would have liked to.  Our hook lets
 * the planner look at the indexes once more, as if none could be scanned but into
 * a bitmap; then the support function may give the array.
 *
 * Paths without the array.  The planner puts into an index scan whatever fits.  Where a join
 * already names the id, the array would be computed for every row of the outer
 * table, to say nothing that the filter does not say for less.  So where there are joins, the planner
 * looks once more at the indexes, and the support function gives none.
 *
 * In each case whatever else belongs to matching clauses with indexes stays the
 * planner's: security levels, predicates of partial indexes, join clauses,
 * BitmapOr and BitmapAnd with other indexes.  What it finds becomes more paths, and the costs decide.
 *
 * Parallel scans.  Each process computes the array for itself, but a plain parallel scan of a
 * btree shares a position in it.  Were it to change between one process's
 * beginning and another's, rows would be found twice, or not at all.  Such paths are
 * taken out again.  (A bitmap is built by one process.)
 *
 * Queries in which no support function has given or wanted to give an array cost two
 * comparisons per table.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"

#include "index_paths.h"

static set_rel_pathlist_hook_type previous_hook = NULL;

/*
 * The table of which an index would have been given an array, one of which it has
 * been, and the one that shall be given none.  Planning may end in an error, and
 * then they point nowhere: they may be compared, never followed.  Taking another
 * table for one of them costs a look in vain, or one array less.
 */
static const RelOptInfo *wanted = NULL;
static const RelOptInfo *given = NULL;
static const RelOptInfo *declined = NULL;

static void look_again(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte);
static void make_bitmap_paths(PlannerInfo *root, RelOptInfo *rel);
static void make_paths_without(PlannerInfo *root, RelOptInfo *rel);
static List *without_arrays(List *paths);
static bool has_array(const IndexPath *path);
static List *for_bitmaps_only(List *indexes);

void
authz_index_paths_init(void)
{
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = look_again;
}

/*
 * May a support function give an array as a key of this index?  If only a bitmap
 * scan could, the answer is no, and the planner will ask once more.
 */
bool
authz_index_paths_take_array(IndexOptInfo *index)
{
	if (index->rel == declined)
		return false;
	if (index->amsearcharray || !index->amhasgettuple)
	{
		given = index->rel;
		return true;
	}
	if (index->amhasgetbitmap)
		wanted = index->rel;
	return false;
}

static void
look_again(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	if (previous_hook)
		previous_hook(root, rel, rti, rte);
	if (wanted != rel && given != rel)
		return;

	/*
	 * Where the planner looks at indexes: not in a table of which it takes a
	 * sample, one that cannot hold a row of the result, or one that is but the
	 * sum of others.
	 */
	if (rte->rtekind == RTE_RELATION && !rte->inh && rte->tablesample == NULL &&
		(rte->relkind == RELKIND_RELATION || rte->relkind == RELKIND_MATVIEW) &&
		!IS_DUMMY_REL(rel))
	{
		if (wanted == rel)
			make_bitmap_paths(root, rel);
		if (given == rel && (rel->joininfo != NIL || rel->has_eclass_joins))
			make_paths_without(root, rel);
		rel->partial_pathlist = without_arrays(rel->partial_pathlist);
	}
	wanted = given = NULL;
}

static void
make_bitmap_paths(PlannerInfo *root, RelOptInfo *rel)
{
	List	   *indexes = rel->indexlist;

	rel->indexlist = for_bitmaps_only(indexes);
	create_index_paths(root, rel);
	rel->indexlist = indexes;
}

static void
make_paths_without(PlannerInfo *root, RelOptInfo *rel)
{
	declined = rel;
	create_index_paths(root, rel);
	declined = NULL;
}

/* The paths but for plain index scans with an array. */
static List *
without_arrays(List *paths)
{
	List	   *result = NIL;
	ListCell   *cell;

	foreach(cell, paths)
	{
		Path	   *path = lfirst(cell);

		if (!IsA(path, IndexPath) || !has_array((IndexPath *) path))
			result = lappend(result, path);
	}
	return result;
}

/* Has a support function derived an array from a call? */
static bool
has_array(const IndexPath *path)
{
	ListCell   *cell;

	foreach(cell, path->indexclauses)
	{
		IndexClause *clause = lfirst_node(IndexClause, cell);

		if (is_funcclause(clause->rinfo->clause) && clause->lossy && clause->indexquals != NIL &&
			IsA(linitial_node(RestrictInfo, clause->indexquals)->clause, ScalarArrayOpExpr))
			return true;
	}
	return false;
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
