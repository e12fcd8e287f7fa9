/*
 * executor.c
 *	  Policies at less than a call for each row, while a query runs without a
 *	  break.
 *
 * has_permission() as a filter asks about every row, and looks each time whether
 * anybody has announced a change since the last one: an open cursor must not go on
 * to show rows after their grant has been revoked.  But as long as one and the same
 * ExecutorRun() goes on, nobody has sent another statement, and much less will
 * do.  So in the first run of a query, and only there (the next FETCH and the next rows
 * of a loop are later runs),
 *
 * - rows pass where the filter is nothing but the call for which an index
 *   condition of the same scan stands (planner.c).  That condition is lossy, or a cursor
 *   would take its word for as long as it is open; but its array was
 *   computed within this run, and says the same as the filter would, unless this
 *   process has heard of a change since, such as one of its own;
 *
 * - otherwise, in a long scan, the filter is evaluated without the interpreter of
 *   expressions, and changes are looked for once in a while: that is half of what
 *   a row costs.
 *
 * Not where rows are changed or locked: such a statement may wait for the very
 * transaction that takes its rights away, and shall not go on with them.  And not
 * with authz.strict, which promises more.  Parallel workers keep the filter as it
 * is: their plans come without the mark by which we know ours.  EXPLAIN always
 * shows it.
 */
#include "postgres.h"

#include "access/transam.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "jit/jit.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pg_list.h"
#include "pgstat.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"

#include "cache.h"
#include "check.h"
#include "compat.h"
#include "executor.h"
#include "id.h"
#include "invalidate.h"
#include "list.h"
#include "settings.h"
#include "subject.h"

/* Scans that cost less are over before anything is gained. */
#define LONG_SCAN 100.0

/* After so many rows changes are looked for. */
#define ROWS_BETWEEN 256

/* A filter that is evaluated otherwise for a while. */
typedef struct Replaced
{
	PlanState  *node;
	ExprState  *filter;
} Replaced;

/* The filter of a scan whose index condition says the same. */
typedef struct Said
{
	ExprState	state;			/* what the scan takes for its filter */
	ExprState  *filter;
	uint64		generation;		/* of the cache at the first row; 0: none yet */
} Said;

/* has_permission(permission, column) as a filter. */
typedef struct Shortcut
{
	ExprState	state;			/* what the scan takes for its filter */
	FmgrInfo	function;
	AttrNumber	column;			/* of the scanned row */
	uint32		rows;
	union
	{
		FunctionCallInfoBaseData fcinfo;
		char		room[SizeForFunctionCallInfo(2)];
	}			call;
} Shortcut;

static ExecutorRun_hook_type next_hook = NULL;

static bool replace_filters(PlanState *node, void *replaced);
static void put_back(const Replaced *replaced);
static List *index_conditions(PlanState *node);
static FuncExpr *only_call(List *filter);
static bool is_said_by(const FuncExpr *call, List *conditions);
static bool is_exact(const ScalarArrayOpExpr *condition);
static Said *make_said(ExprState *filter);
static Datum take_word(ExprState *state, ExprContext *econtext, bool *isnull);
static Shortcut *make_shortcut(ScanState *node, FuncExpr *call);
static Datum take_shortcut(ExprState *state, ExprContext *econtext, bool *isnull);
static bool calls(const FuncExpr *call, PGFunction with_subject, PGFunction of_current);

static void
run(QueryDesc *query, AUTHZ_RUN_PARAMETERS)
{
	List	   *replaced = NIL;
	ListCell   *cell;

	if (!query->already_executed && !authz_setting_strict &&
		query->operation == CMD_SELECT && !query->plannedstmt->hasModifyingCTE &&
		query->plannedstmt->rowMarks == NIL &&
		list_member_oid(query->plannedstmt->relationOids, AUTHZ_FILTER_PLAN_KEY))
	{
		MemoryContext old = MemoryContextSwitchTo(query->estate->es_query_cxt);

		(void) replace_filters(query->planstate, &replaced);
		MemoryContextSwitchTo(old);
	}

	if (next_hook != NULL)
		next_hook(query, AUTHZ_RUN_ARGUMENTS);
	else
		standard_ExecutorRun(query, AUTHZ_RUN_ARGUMENTS);

	/*
	 * The last one first: the walk may meet a node twice.  After an error nobody runs
	 * the query again.
	 */
	foreach(cell, replaced)
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
replace_filters(PlanState *node, void *replaced)
{
	FuncExpr   *call = node == NULL ? NULL : only_call(node->plan->qual);

	if (call != NULL)
	{
		ExprState  *filter = node->qual;

		if (is_said_by(call, index_conditions(node)))
		{
			node->qual = &make_said(filter)->state;
			/* Of pages of which the bitmap has forgotten the rows, each is asked about. */
			if (IsA(node, BitmapHeapScanState))
				((BitmapHeapScanState *) node)->bitmapqualorig = filter;
		}
		else if (IsA(node, SeqScanState) || IsA(node, IndexScanState) || IsA(node, IndexOnlyScanState))
		{
			Shortcut   *shortcut = make_shortcut((ScanState *) node, call);

			if (shortcut != NULL)
				node->qual = &shortcut->state;
		}

		if (node->qual != filter)
		{
			Replaced   *this = palloc(sizeof(Replaced));

			this->node = node;
			this->filter = filter;
			*(List **) replaced = lcons(this, *(List **) replaced);
		}
	}
	return node != NULL && planstate_tree_walker(node, replace_filters, replaced);
}

static void
put_back(const Replaced *replaced)
{
	replaced->node->qual = replaced->filter;
	if (IsA(replaced->node, BitmapHeapScanState))
		((BitmapHeapScanState *) replaced->node)->bitmapqualorig = NULL;
}

/* The conditions that an index has checked for every row that the node's filter sees. */
static List *
index_conditions(PlanState *node)
{
	switch (nodeTag(node))
	{
		case T_IndexOnlyScanState:
			return ((IndexOnlyScan *) node->plan)->recheckqual;
		case T_IndexScanState:
			return ((IndexScan *) node->plan)->indexqualorig;
		case T_BitmapHeapScanState:
			if (IsA(outerPlanState(node), BitmapIndexScanState) &&
				((BitmapHeapScanState *) node)->bitmapqualorig == NULL)
				return ((BitmapIndexScan *) outerPlan(node->plan))->indexqualorig;
			return NIL;
		default:
			return NIL;
	}
}

/* The call of has_permission() that is the whole filter, or NULL. */
static FuncExpr *
only_call(List *filter)
{
	FuncExpr   *call;

	if (list_length(filter) != 1)
		return NULL;
	call = linitial(filter);
	if (IsA(call, FuncExpr) && calls(call, authz_has_permission_subject, authz_has_permission))
		return call;
	return NULL;
}

/* Is there a condition id = ANY (permitted_ids(...)) with the arguments of the call? */
static bool
is_said_by(const FuncExpr *call, List *conditions)
{
	ListCell   *cell;

	foreach(cell, conditions)
	{
		ScalarArrayOpExpr *condition = lfirst(cell);
		FuncExpr   *ids;

		if (!IsA(condition, ScalarArrayOpExpr) || !condition->useOr || !is_exact(condition))
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

/*
 * Does the operator find the very same ids, as has_permission() does?  Who writes the
 * query can put ">= ANY" there; an operator class or a collation may hold different ids for
 * equal.
 */
static bool
is_exact(const ScalarArrayOpExpr *condition)
{
	switch (condition->opfuncid)
	{
		case F_INT2EQ:
		case F_INT4EQ:
		case F_INT8EQ:
		case F_UUID_EQ:
			return true;
		case F_TEXTEQ:
			return get_collation_isdeterministic(condition->inputcollid);
		default:
			return false;
	}
}

static Said *
make_said(ExprState *filter)
{
	Said	   *said = palloc(sizeof(Said));

	said->state = *filter;
	said->state.evalfunc = take_word;
	said->state.evalfunc_private = said;
	said->filter = filter;
	said->generation = 0;
	return said;
}

/*
 * The array was computed just before the first row is found, and nothing is accepted
 * in between.
 */
static Datum
take_word(ExprState *state, ExprContext *econtext, bool *isnull)
{
	Said	   *said = state->evalfunc_private;

	if (said->generation == 0)
		said->generation = authz_generation;
	if (likely(said->generation == authz_generation && !authz_subject_varies))
	{
		*isnull = false;
		return BoolGetDatum(true);
	}
	return said->filter->evalfunc(said->filter, econtext, isnull);
}

/* NULL: it would be none, or not worth the trouble. */
static Shortcut *
make_shortcut(ScanState *node, FuncExpr *call)
{
	const Const *permission = linitial(call->args);
	const Var  *id = llast(call->args);
	TupleDesc	columns = node->ss_ScanTupleSlot->tts_tupleDescriptor;
	Shortcut   *shortcut;
	FunctionCallInfo fcinfo;

	if (node->ps.plan->total_cost - node->ps.plan->startup_cost < LONG_SCAN ||
		(node->ps.state->es_jit_flags & PGJIT_PERFORM) ||
		list_length(call->args) != 2 ||
		!IsA(permission, Const) || permission->constisnull ||
		!IsA(id, Var) || id->varattno <= 0 || id->varattno > columns->natts ||
		TupleDescAttr(columns, id->varattno - 1)->atttypid != id->vartype ||
		!OidIsValid(authz_id_base_type(id->vartype)))
		return NULL;

	shortcut = palloc0(sizeof(Shortcut));
	fmgr_info(call->funcid, &shortcut->function);
	fmgr_info_set_expr((Node *) call, &shortcut->function);
	if (pgstat_track_functions > shortcut->function.fn_stats)
		return NULL;			/* each call shall be counted */
	fcinfo = &shortcut->call.fcinfo;
	InitFunctionCallInfoData(*fcinfo, &shortcut->function, 2, call->inputcollid, NULL, NULL);
	fcinfo->args[0].value = permission->constvalue;
	fcinfo->args[0].isnull = false;
	shortcut->column = id->varattno;
	shortcut->state = *node->ps.qual;
	shortcut->state.evalfunc = take_shortcut;
	shortcut->state.evalfunc_private = shortcut;
	return shortcut;
}

/* Stands in for the interpreter of expressions. */
static Datum
take_shortcut(ExprState *state, ExprContext *econtext, bool *isnull)
{
	Shortcut   *shortcut = state->evalfunc_private;
	FunctionCallInfo fcinfo = &shortcut->call.fcinfo;

	if (++shortcut->rows % ROWS_BETWEEN == 0)
		AcceptInvalidationMessages();
	fcinfo->args[1].value = slot_getattr(econtext->ecxt_scantuple, shortcut->column, &fcinfo->args[1].isnull);
	*isnull = false;
	return BoolGetDatum(authz_has_permission_too(fcinfo));
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
