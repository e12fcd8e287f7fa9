/*
 * executor.c
 *	  Rows that an index found by permitted_ids() are not asked about again while
 *	  nobody can have sent another statement.
 *
 * An index condition that stands for has_permission() (planner.c) is lossy: the
 * call itself stays in the plan as a filter, or an open cursor would go on
 * to show rows after their grant has been revoked, from an array that was computed
 * when it was opened.  But as long as one and the same ExecutorRun() goes on, the
 * array, which was computed within it, is what the statement's beginning saw,
 * and the filter says of each row what the index has just said.  That cost
 * more than the rest of an index-only scan.
 *
 * So in the first run of a query the filter is left out, where it is nothing but
 * the call for which the index condition stands; a later run (the next FETCH, the
 * next rows of a loop) has it.  A recheck after a lock wait has a plan state of
 * its own, with the filter.  Parallel workers keep it.
 */
#include "postgres.h"

#include "access/transam.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pg_list.h"

#include "check.h"
#include "compat.h"
#include "executor.h"
#include "invalidate.h"
#include "list.h"

/* A filter that is left out for a while. */
typedef struct Omission
{
	PlanState  *node;
	ExprState  *filter;
} Omission;

static ExecutorRun_hook_type next_hook = NULL;

static bool omit_filters(PlanState *node, void *omissions);
static void put_back(const Omission *omission);
static bool is_said_by(List *filter, List *conditions);
static bool calls(const FuncExpr *call, PGFunction with_subject, PGFunction of_current);

static void
run(QueryDesc *query, AUTHZ_RUN_PARAMETERS)
{
	List	   *omissions = NIL;
	ListCell   *cell;

	if (!query->already_executed &&
		list_member_oid(query->plannedstmt->relationOids, AUTHZ_INDEXED_PLAN_KEY))
	{
		MemoryContext old = MemoryContextSwitchTo(query->estate->es_query_cxt);

		(void) omit_filters(query->planstate, &omissions);
		MemoryContextSwitchTo(old);
	}

	if (next_hook != NULL)
		next_hook(query, AUTHZ_RUN_ARGUMENTS);
	else
		standard_ExecutorRun(query, AUTHZ_RUN_ARGUMENTS);

	/* After an error nobody runs the query again. */
	foreach(cell, omissions)
		put_back(lfirst(cell));
}

void
authz_executor_init(void)
{
	next_hook = ExecutorRun_hook;
	ExecutorRun_hook = run;
}

/* In this node and those below it. */
static bool
omit_filters(PlanState *node, void *omissions)
{
	List	   *conditions = NIL;

	if (node == NULL)
		return false;
	if (IsA(node, IndexOnlyScanState))
		conditions = ((IndexOnlyScan *) node->plan)->recheckqual;
	else if (IsA(node, IndexScanState))
		conditions = ((IndexScan *) node->plan)->indexqualorig;
	else if (IsA(node, BitmapHeapScanState) && IsA(outerPlanState(node), BitmapIndexScanState) &&
			 ((BitmapHeapScanState *) node)->bitmapqualorig == NULL)
		conditions = ((BitmapIndexScan *) outerPlan(node->plan))->indexqualorig;

	if (conditions != NIL && is_said_by(node->plan->qual, conditions))
	{
		Omission   *omission = palloc(sizeof(Omission));

		omission->node = node;
		omission->filter = node->qual;
		*(List **) omissions = lappend(*(List **) omissions, omission);
		node->qual = NULL;
		/* Of pages of which the bitmap has forgotten the rows, each is asked about. */
		if (IsA(node, BitmapHeapScanState))
			((BitmapHeapScanState *) node)->bitmapqualorig = omission->filter;
	}
	return planstate_tree_walker(node, omit_filters, omissions);
}

static void
put_back(const Omission *omission)
{
	omission->node->qual = omission->filter;
	if (IsA(omission->node, BitmapHeapScanState))
		((BitmapHeapScanState *) omission->node)->bitmapqualorig = NULL;
}

/* Is the filter has_permission(..., id), and a condition id = ANY (permitted_ids(...)) of the same? */
static bool
is_said_by(List *filter, List *conditions)
{
	FuncExpr   *call;
	ListCell   *cell;

	if (list_length(filter) != 1)
		return false;
	call = linitial(filter);
	if (!IsA(call, FuncExpr) || !calls(call, authz_has_permission_subject, authz_has_permission))
		return false;

	foreach(cell, conditions)
	{
		ScalarArrayOpExpr *condition = lfirst(cell);
		FuncExpr   *ids;

		if (!IsA(condition, ScalarArrayOpExpr) || !condition->useOr)
			continue;
		ids = lsecond(condition->args);
		if (!IsA(ids, FuncExpr) ||
			!calls(ids, authz_permitted_ids_subject, authz_permitted_ids) ||
			list_length(ids->args) != list_length(call->args) ||
			!equal(linitial(condition->args), llast(call->args)))
			continue;
		/* All but the last: there the one has the id, the other only its type. */
		for (int i = 0; i < list_length(call->args) - 1; i++)
			if (!equal(list_nth(ids->args, i), list_nth(call->args, i)))
				return false;
		return true;
	}
	return false;
}

/* The function by what it does: its name and schema are no proof. */
static bool
calls(const FuncExpr *call, PGFunction with_subject, PGFunction of_current)
{
	FmgrInfo	info;

	if (call->funcid < FirstNormalObjectId)
		return false;
	fmgr_info(call->funcid, &info);
	return info.fn_addr == (list_length(call->args) == 3 ? with_subject : of_current);
}
