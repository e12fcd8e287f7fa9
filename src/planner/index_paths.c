/*
 * index_paths.c
 *	  Revises the index paths of a table for which the support function of
 *	  has_permission() has supplied an array: a set_rel_pathlist_hook.
 *
 * Paths without the array.  The planner uses every index condition that fits.
 * Where a join already supplies the id, the array would be computed for each
 * row of the outer table without excluding anything that the filter does not
 * exclude for less.  So for a table that is joined the hook makes the index
 * paths once more, and the support function supplies no array this time.  The
 * planner keeps both, and the costs decide.
 *
 * Parallel scans.  Each process computes the array for itself, but the
 * processes of a parallel plain scan of a btree share a position in it.  If
 * the array changed between the start of one process and of another, rows
 * would be returned twice or not at all.  Such paths are removed.  (A bitmap
 * is built by one process.)
 *
 * A table without such an array costs one comparison.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"

#include "planner/index_paths.h"

static set_rel_pathlist_hook_type previous_hook = NULL;

/*
 * The table whose index has been given an array, and the one whose indexes
 * shall be given none.  Planning may end in an error and leave them dangling:
 * they may be compared, never dereferenced.  Another table at the same address
 * costs one needless revision, or one array less.
 */
static const RelOptInfo *array_rel = NULL;
static const RelOptInfo *no_array_rel = NULL;

static void revise_index_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte);
static void add_paths_without_array(PlannerInfo *root, RelOptInfo *rel);
static List *remove_array_paths(List *paths);
static bool has_array_condition(const IndexPath *path);

void
authz_index_paths_init(void)
{
	previous_hook = set_rel_pathlist_hook;
	set_rel_pathlist_hook = revise_index_paths;
}

/*
 * Called by the support function that is about to supply an array for this
 * index.  Returns false if it must not.
 */
bool
authz_index_paths_take_array(IndexOptInfo *index)
{
	if (index->rel == no_array_rel)
		return false;
	array_rel = index->rel;
	return true;
}

static void
revise_index_paths(PlannerInfo *root, RelOptInfo *rel, Index rti, RangeTblEntry *rte)
{
	if (previous_hook)
		previous_hook(root, rel, rti, rte);
	if (array_rel != rel)
		return;
	array_rel = NULL;

	/*
	 * Only where the planner makes index paths: not for a table with
	 * TABLESAMPLE, one that cannot return a row, or one that is the parent of
	 * others.
	 */
	if (rte->rtekind != RTE_RELATION || rte->inh || rte->tablesample != NULL ||
		(rte->relkind != RELKIND_RELATION && rte->relkind != RELKIND_MATVIEW) ||
		IS_DUMMY_REL(rel))
		return;

	if (rel->joininfo != NIL || rel->has_eclass_joins)
		add_paths_without_array(root, rel);
	rel->partial_pathlist = remove_array_paths(rel->partial_pathlist);
}

static void
add_paths_without_array(PlannerInfo *root, RelOptInfo *rel)
{
	no_array_rel = rel;
	create_index_paths(root, rel);
	no_array_rel = NULL;
}

/* The paths without the plain index scans that have an array. */
static List *
remove_array_paths(List *paths)
{
	List	   *result = NIL;
	ListCell   *cell;

	foreach(cell, paths)
	{
		Path	   *path = lfirst(cell);

		if (!IsA(path, IndexPath) || !has_array_condition((IndexPath *) path))
			result = lappend(result, path);
	}
	return result;
}

/*
 * Does the path have an index condition that a support function has derived
 * from a call?
 */
static bool
has_array_condition(const IndexPath *path)
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
