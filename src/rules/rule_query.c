/*
 * rule_query.c
 *	  Queries of the rules: prepared once, run as the owner of the tables, over
 *	  what is committed now.
 *
 * A rule that read with the transaction's snapshot would miss, under
 * REPEATABLE READ, what others have committed since: write skew, in which two
 * transactions together break a rule that neither breaks alone.  So reads and
 * row locks use the latest snapshot, as foreign keys do (ri_PerformCheck).
 * Writes under a transaction snapshot use the latest one too, with the
 * transaction's own as crosscheck: a row that must be deleted but that this
 * transaction cannot see is a serialization failure, not a leftover.
 *
 * Each query has two plans: a generic one for few keys, planned once, and a
 * custom one that is planned anew for the arrays of a bulk load, whose size
 * the planner then knows.  The generic one must be good on tables of any size,
 * though it may have been made when they were empty and no statistics were
 * there: it uses indexes.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "jit/jit.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "rules/rule_query.h"

/*
 * The functions of the install script pin the same text, so that it is often
 * set already.
 */
#define SAFE_SEARCH_PATH "pg_catalog, pg_temp"

typedef struct PlannerSettings
{
	bool		seqscan;
	bool		nestloop;
	bool		hashjoin;
	bool		mergejoin;
	bool		memoize;
	bool		jit;
} PlannerSettings;

static SPIPlanPtr get_query_plan(AuthzRuleQuery *query, size_t keys);
static SPIPlanPtr prepare_query(AuthzRuleQuery *query, int options);
static uint64 execute_query(AuthzRuleQuery *query, Datum *args, size_t keys, bool read_only, bool fire_triggers, long limit);
static PlannerSettings prefer_indexes(bool few);
static void restore_planner_settings(PlannerSettings saved);

/*
 * Begin to run as the owner of the tables, who is exempt from row security on
 * them, and with the search_path of the install script, until
 * authz_rule_query_end().  The path counts at every execution, not only when a
 * query is prepared: a plan whose path is no longer the current one is
 * analysed anew, and would take its operators from the caller's path, to be
 * run as the owner.  After an error, the end of the (sub)transaction restores
 * both.
 */
void
authz_rule_query_begin(Oid owner, AuthzRuleQueryContext *saved)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	authz_caller_join(owner, &saved->identity);
	saved->guc_nestlevel = 0;
	if (strcmp(namespace_search_path, SAFE_SEARCH_PATH) != 0)
	{
		saved->guc_nestlevel = NewGUCNestLevel();
		(void) set_config_option("search_path", SAFE_SEARCH_PATH, PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	}

	/* The queries must see the triggering statement's own changes. */
	CommandCounterIncrement();
}

void
authz_rule_query_end(const AuthzRuleQueryContext *saved)
{
	if (saved->guc_nestlevel > 0)
		AtEOXact_GUC(true, saved->guc_nestlevel);
	authz_caller_leave(&saved->identity);
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
}

uint64
authz_rule_query_read(AuthzRuleQuery *query, Datum *args, size_t keys, long limit)
{
	return execute_query(query, args, keys, true, false, limit);
}

uint64
authz_rule_query_lock(AuthzRuleQuery *query, Datum *args, size_t keys)
{
	return execute_query(query, args, keys, false, false, 0);
}

uint64
authz_rule_query_write(AuthzRuleQuery *query, Datum *args, size_t keys)
{
	return execute_query(query, args, keys, false, true, 0);
}

/*
 * Planned with the settings of prefer_indexes(), and executed with them unless
 * triggers fire, which are not ours to plan: then the generic plan is made
 * before, if there is none yet.
 */
static uint64
execute_query(AuthzRuleQuery *query, Datum *args, size_t keys, bool read_only, bool fire_triggers, long limit)
{
	SPIPlanPtr	plan = get_query_plan(query, keys);
	bool		few = plan == query->generic;
	PlannerSettings saved = prefer_indexes(few);
	volatile int result = 0;

	PG_TRY();
	{
		if (!fire_triggers)
			result = SPI_execute_snapshot(plan, args, NULL, GetLatestSnapshot(), InvalidSnapshot, read_only, false, limit);
		else if (few)
			ReleaseCachedPlan(SPI_plan_get_cached_plan(plan), CurrentResourceOwner);
	}
	PG_FINALLY();
	{
		restore_planner_settings(saved);
	}
	PG_END_TRY();

	if (fire_triggers)
	{
		Snapshot	crosscheck = IsolationUsesXactSnapshot() ? GetTransactionSnapshot() : InvalidSnapshot;

		result = SPI_execute_snapshot(plan, args, NULL, GetLatestSnapshot(), crosscheck, read_only, true, limit);
	}
	if (result < 0)
		elog(ERROR, "SPI_execute_snapshot returned %s", SPI_result_code_string(result));
	return SPI_processed;
}

/*
 * Plans that are made until the settings are restored, also within SQL
 * functions, must be good whatever the planner believes of the tables: within
 * one statement they may have become a thousand times as large.  So the
 * planner looks keys up by indexes, few keys each by itself, many by joins
 * that read each side once; and does not compile, however high the estimated
 * cost.  The variables are those of settings, but setting them as such would
 * cost more than the query.
 */
static PlannerSettings
prefer_indexes(bool few)
{
	PlannerSettings saved = {enable_seqscan, enable_nestloop, enable_hashjoin, enable_mergejoin, enable_memoize, jit_enabled};

	enable_seqscan = jit_enabled = false;
	if (few)
		enable_hashjoin = enable_mergejoin = enable_memoize = false;
	else
		enable_nestloop = false;
	return saved;
}

static void
restore_planner_settings(PlannerSettings saved)
{
	enable_seqscan = saved.seqscan;
	enable_nestloop = saved.nestloop;
	enable_hashjoin = saved.hashjoin;
	enable_mergejoin = saved.mergejoin;
	enable_memoize = saved.memoize;
	jit_enabled = saved.jit;
}

static SPIPlanPtr
get_query_plan(AuthzRuleQuery *query, size_t keys)
{
	if (keys < AUTHZ_RULE_QUERY_MANY)
	{
		if (query->generic == NULL)
			query->generic = prepare_query(query, CURSOR_OPT_GENERIC_PLAN);
		return query->generic;
	}
	if (query->custom == NULL)
		query->custom = prepare_query(query, CURSOR_OPT_CUSTOM_PLAN);
	return query->custom;
}

static SPIPlanPtr
prepare_query(AuthzRuleQuery *query, int options)
{
	SPIPlanPtr	plan;

	plan = SPI_prepare_cursor(query->sql, query->nargs, query->argtypes, options);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor returned %s for \"%s\"", SPI_result_code_string(SPI_result), query->sql);
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	return plan;
}

char *
authz_rule_query_text(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

/* A column of all rows of the last read; nulls are left out. */
void
authz_rule_query_read_ids(AuthzIdList *ids, int column)
{
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Datum		id = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, column, &isnull);

		if (!isnull)
			authz_id_list_add(ids, DatumGetInt64(id));
	}
}

/* As bigint[]. */
Datum
authz_rule_query_make_ids_array(const AuthzIdList *ids)
{
	ArrayType  *array;
	Size		size;

	if (ids->count == 0)
		return PointerGetDatum(construct_empty_array(INT8OID));
	if (ids->count > (MaxAllocSize - ARR_OVERHEAD_NONULLS(1)) / sizeof(int64))
		ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("too many rows in one statement"),
				errhint("Use several statements."));

	size = ARR_OVERHEAD_NONULLS(1) + sizeof(int64) * ids->count;
	array = palloc0(size);
	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->dataoffset = 0;
	array->elemtype = INT8OID;
	ARR_DIMS(array)[0] = (int) ids->count;
	ARR_LBOUND(array)[0] = 1;
	memcpy(ARR_DATA_PTR(array), ids->values, sizeof(int64) * ids->count);
	return PointerGetDatum(array);
}
