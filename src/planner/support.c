/*
 * support.c
 *	  Planner support functions: what the planner is told about
 *	  has_permission() and its relatives.
 *
 * Simplify.  Adds an IS NOT NULL test where the id is on the nullable side of
 * an outer join (add_not_null_test).  Otherwise it changes nothing, but sees
 * every call with constant arguments before anything runs: a permission that does not exist is an error here,
 * with a suggestion, and so is an id whose type cannot be one.  (At run time
 * the function is LEAKPROOF and answers "no".)  A deprecated permission is a
 * warning, once per session, so that the server's log shows who still uses it.
 *
 * Index condition.  On an indexed id column the call yields the lossy
 * condition
 *
 *	id = ANY (authz.permitted_ids(permission, NULL::type of id))
 *
 * permitted_ids() is STABLE, so the executor computes it once per scan, as a
 * runtime key: the same plan is right for every subject, also when it is
 * cached or prepared.  Simplify must never make it part of the query: without
 * a fitting index the array would then be searched, even built, for every row.
 * Where no index fits, the plain call stays as a qual, which costs some 20 ns
 * per row.  Only btree indexes fit.  (A hash index takes an array in bitmap
 * scans alone, and the planner would try plain ones too.)
 *
 * The planner supposes ten elements in an array that it cannot see, and would
 * choose to fetch a whole table by index for a subject that sees all of it.
 * So no condition is offered when the subject has the permission on more than
 * authz.index_threshold of the column's distinct values, and the selectivity
 * comes from the same count.
 *
 * An array that the planner can see costs planning time: it computes the array
 * for its estimate, and spends some 0.1 us on each id in it, whether the path
 * is chosen or not.  So no condition is offered either where it cannot win:
 * where another index finds fewer rows than there are ids, such as the primary
 * key's.
 *
 * Plans that outlive their subject.  The estimates are those of the subject at
 * plan time.  A plan made for a subject that sees little is good for everybody
 * (in the worst case a few times slower than the best); a plan without the
 * index, made for a subject that sees nearly everything, would be hundreds of
 * times too slow for the others.  So such plans are marked (plan_marks.c),
 * with a made-up relation OID that the plan depends on, and dropped when the
 * current subject changes.  With another mark, all plans that contain the name
 * of a permission are dropped when authz.permissions changes.
 *
 * Models: network.c and like_support.c of PostgreSQL.
 */
#include "postgres.h"

#include <math.h>

#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "storage/sinval.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

#include "cache/cache.h"
#include "cache/load.h"
#include "cache/plan_marks.h"
#include "compat.h"
#include "decision/has_permission.h"
#include "decision/permitted_ids.h"
#include "planner/index_paths.h"
#include "planner/named_permissions.h"
#include "rules/rule_query.h"
#include "session/current_subject.h"
#include "session/settings.h"
#include "tables/rows.h"
#include "types/nearest_name.h"
#include "types/resource_id.h"

/* Estimate for a subject or a permission that is not known yet. */
#define DEFAULT_SHARE 0.01

/* The arguments of a call, by what they are. */
typedef struct HasPermissionCall
{
	Node	   *subject;		/* NULL: the current one */
	Node	   *permission;		/* a name, or an array of names */
	Node	   *id;
	int			id_arg;
} HasPermissionCall;

static void check_permission_names(SupportRequestSimplify *request);
static Node *add_not_null_test(SupportRequestSimplify *request);
static bool is_relation_nullable(Node *from, int relid, bool beneath);
static List *make_index_condition(SupportRequestIndexCondition *request);
static bool estimate_selectivity(SupportRequestSelectivity *request);
static bool estimate_cost(SupportRequestCost *request);
static bool estimate_rows(SupportRequestRows *request);
static bool match_call(List *args, HasPermissionCall *call);
static void refuse_resource_as_id(SupportRequestSimplify *request);
static void check_permission_exists(const char *name, int len);
static char *find_nearest_permission(AuthzReader *reader, const char *name, int len);
static bool is_first_use_in_session(const char *name, int len);
static bool is_outranked_by_other_index(SupportRequestIndexCondition *request, double count);
static bool is_indexable_equality(PlannerInfo *root, Expr *clause, IndexOptInfo *index);
static double estimate_share(PlannerInfo *root, double count, Node *id, int relid);
static double estimate_count(PlannerInfo *root, Node *subject, Node *permission);
static Oid	find_permitted_ids_function(Oid like, Node *subject);
static StrategyNumber get_equality_strategy(Oid access_method);

PG_FUNCTION_INFO_V1(authz_has_permission_support);
PG_FUNCTION_INFO_V1(authz_permission_support);

/*
 * authz_internal.has_permission_support(internal): for has_permission().
 */
Datum
authz_has_permission_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	void	   *result = NULL;

	if (IsA(request, SupportRequestSimplify))
	{
		Oid			id_type = exprType(llast(((SupportRequestSimplify *) request)->fcall->args));

		if (!OidIsValid(authz_resource_id_base_type(id_type)))
			authz_resource_id_refuse_type(id_type);
		check_permission_names((SupportRequestSimplify *) request);
		refuse_resource_as_id((SupportRequestSimplify *) request);
		result = add_not_null_test((SupportRequestSimplify *) request);
	}
	else if (IsA(request, SupportRequestIndexCondition))
		result = make_index_condition((SupportRequestIndexCondition *) request);
	else if (IsA(request, SupportRequestSelectivity))
	{
		if (estimate_selectivity((SupportRequestSelectivity *) request))
			result = request;
	}
	else if (IsA(request, SupportRequestCost))
	{
		if (estimate_cost((SupportRequestCost *) request))
			result = request;
	}
	PG_RETURN_POINTER(result);
}

/*
 * authz_internal.permission_support(internal): for the other functions that
 * take permission names.
 */
Datum
authz_permission_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	void	   *result = NULL;

	if (IsA(request, SupportRequestSimplify))
		check_permission_names((SupportRequestSimplify *) request);
	else if (IsA(request, SupportRequestRows))
	{
		if (estimate_rows((SupportRequestRows *) request))
			result = request;
	}
	PG_RETURN_POINTER(result);
}

/* Check the permission, or permissions, of a call if they are constant. */
static void
check_permission_names(SupportRequestSimplify *request)
{
	Const	   *names = (Const *) authz_named_permissions_find_argument(request->fcall);

	if (names == NULL || !IsA(names, Const) || names->constisnull)
		return;

	/* The check must be repeated once permissions have changed. */
	if (request->root != NULL)
		authz_plan_marks_add(request->root, AUTHZ_PERMISSIONS_PLAN_KEY);

	if (names->consttype == TEXTOID)
	{
		text	   *name = DatumGetTextPP(names->constvalue);

		check_permission_exists(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	}
	else if (names->consttype == TEXTARRAYOID)
	{
		Datum	   *elements;
		bool	   *nulls;
		int			n;

		deconstruct_array(DatumGetArrayTypeP(names->constvalue), TEXTOID, -1, false,
						  TYPALIGN_INT, &elements, &nulls, &n);
		for (int i = 0; i < n; i++)
		{
			text	   *name;

			if (nulls[i])
				continue;
			name = DatumGetTextPP(elements[i]);
			check_permission_exists(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
		}
	}
}

/*
 * Return "id IS NOT NULL AND call" for an id on the nullable side of an outer
 * join, else NULL.  Nothing is permitted on NULL, but the planner cannot know
 * that of a function that is not strict.  With the test it can make the join
 * an inner one, and look for the id by index.  Each call gets it once, since
 * the result of Simplify is simplified again.
 */
static Node *
add_not_null_test(SupportRequestSimplify *request)
{
	Node	   *id = llast(request->fcall->args);
	Var		   *column = (Var *) id;
	NullTest   *test;
	char	   *text;
	Oid			key;

	while (IsA(column, RelabelType))
		column = (Var *) ((RelabelType *) column)->arg;
	if (request->root == NULL || !IsA(column, Var) || column->varlevelsup != 0 ||
		!is_relation_nullable((Node *) request->root->parse->jointree, column->varno, false))
		return NULL;
	text = nodeToString(request->fcall);
	key = AUTHZ_CALL_PLAN_KEY(hash_bytes((unsigned char *) text, strlen(text)));
	if (list_member_oid(request->root->glob->relationOids, key))
		return NULL;
	authz_plan_marks_add(request->root, key);

	test = makeNode(NullTest);
	test->arg = (Expr *) copyObject(id);
	test->nulltesttype = IS_NOT_NULL;
	test->location = -1;
	return (Node *) makeBoolExpr(AND_EXPR, list_make2(test, copyObject(request->fcall)), -1);
}

/* Is a relation on the nullable side of an outer join? */
static bool
is_relation_nullable(Node *from, int relid, bool beneath)
{
	if (from == NULL)
		return false;
	if (IsA(from, RangeTblRef))
		return beneath && ((RangeTblRef *) from)->rtindex == relid;
	if (IsA(from, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) from;

		return is_relation_nullable(join->larg, relid, beneath || join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL) ||
			is_relation_nullable(join->rarg, relid, beneath || join->jointype == JOIN_LEFT || join->jointype == JOIN_FULL);
	}
	if (IsA(from, FromExpr))
	{
		ListCell   *cell;

		foreach(cell, ((FromExpr *) from)->fromlist)
			if (is_relation_nullable(lfirst(cell), relid, beneath))
				return true;
	}
	return false;
}

/*
 * An error for has_permission('project.view', 'project:42') where ids of
 * projects are numbers or uuids, if the query contains it so: its answer could
 * only be "no".
 */
static void
refuse_resource_as_id(SupportRequestSimplify *request)
{
	static AuthzRuleQuery find = {
		.sql = "SELECT p.resource_type FROM authz.permissions p JOIN authz.tracked_tables t ON t.resource_type = p.resource_type "
		"JOIN pg_catalog.pg_namespace n ON n.nspname = t.table_schema "
		"JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.table_name "
		"JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = t.id_column AND NOT a.attisdropped "
		"WHERE p.name::text = $1 AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'uuid'::regtype) "
		"AND starts_with($2, p.resource_type || ':')",
		.nargs = 2, .argtypes = {TEXTOID, TEXTOID}
	};
	Const	   *id = llast(request->fcall->args);
	Const	   *permission = list_nth(request->fcall->args, list_length(request->fcall->args) - 2);
	AuthzRuleQueryContext saved;
	Datum		args[2];
	bool		is_resource;

	/* A bound parameter is data. */
	if (request->root == NULL || request->root->glob->boundParams != NULL ||
		!IsA(id, Const) || id->consttype != TEXTOID || id->constisnull ||
		!IsA(permission, Const) || permission->consttype != TEXTOID || permission->constisnull ||
		memchr(VARDATA_ANY(DatumGetTextPP(id->constvalue)), ':', VARSIZE_ANY_EXHDR(DatumGetTextPP(id->constvalue))) == NULL)
		return;
	args[0] = permission->constvalue;
	args[1] = id->constvalue;
	authz_rule_query_begin(authz_tables_owner(), &saved);
	is_resource = authz_rule_query_read(&find, args, 1, 1) > 0;
	authz_rule_query_end(&saved);
	if (is_resource)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("\"%s\" is not an id", text_to_cstring(DatumGetTextPP(id->constvalue))),
				errdetail("has_permission() takes the id alone, as the table has it: the permission tells the type."),
				errhint("Leave the type out, or write '...'::authz.resource."));
}

/*
 * The index condition id = ANY (permitted_ids(...)), or NIL where there is
 * none or it cannot win.
 */
static List *
make_index_condition(SupportRequestIndexCondition *request)
{
	HasPermissionCall call;
	double		count;
	Node	   *id;
	Oid			type;
	Oid			operator;
	Oid			function;
	Oid			array_type;
	int16		typlen;
	bool		typbyval;
	Const	   *sample;
	List	   *args;
	Expr	   *array;
	ScalarArrayOpExpr *condition;

	if (!is_funcclause(request->node) ||
		!match_call(((FuncExpr *) request->node)->args, &call) ||
		request->indexarg != call.id_arg)
		return NIL;

	if (request->index->relam != BTREE_AM_OID)
		return NIL;

	/* The array must be known when the scan starts. */
	if (!is_pseudo_constant_for_index(request->root, call.permission, request->index) ||
		(call.subject != NULL &&
		 !is_pseudo_constant_for_index(request->root, call.subject, request->index)))
		return NIL;

	/* varchar is compared as text. */
	id = call.id;
	type = authz_resource_id_base_type(exprType(id));
	if (!OidIsValid(type))
		return NIL;
	if (type == VARCHAROID)
		type = TEXTOID;
	operator = get_opfamily_member(request->opfamily, type, type, BTEqualStrategyNumber);
	array_type = get_array_type(type);
	function = find_permitted_ids_function(request->funcid, call.subject);

	/*
	 * The plan depends on whether the user may execute that function: a
	 * prepared statement may get another user.
	 */
	request->root->glob->dependsOnRole = true;
	if (!OidIsValid(operator) || !OidIsValid(array_type) || !OidIsValid(function))
		return NIL;

	count = estimate_count(request->root, call.subject, call.permission);
	if (estimate_share(request->root, count, id, 0) > authz_setting_index_threshold)
	{
		authz_plan_marks_add_subject_dependent(request->root);
		return NIL;
	}
	if (is_outranked_by_other_index(request, count))
		return NIL;

	/*
	 * This comes last, so that no index paths are revised for a condition
	 * that is not made.
	 */
	if (!authz_index_paths_take_array(request->index))
		return NIL;

	get_typlenbyval(type, &typlen, &typbyval);
	sample = makeConst(type, -1, get_typcollation(type), typlen, (Datum) 0, true, typbyval);
	args = list_make2(copyObject(call.permission), sample);
	if (call.subject != NULL)
		args = lcons(copyObject(call.subject), args);
	array = (Expr *) makeFuncExpr(function, array_type, args, InvalidOid,
								  exprCollation(call.permission), COERCE_EXPLICIT_CALL);

	condition = makeNode(ScalarArrayOpExpr);
	condition->opno = operator;
	condition->opfuncid = get_opcode(operator);
	condition->useOr = true;
	condition->inputcollid = request->indexcollation;
	condition->args = list_make2(copyObject(id), array);
	condition->location = -1;

	request->lossy = true;
	return list_make1(condition);
}

/*
 * Does one other condition of the query, by an index, leave fewer rows than
 * there are ids to look for?
 */
static bool
is_outranked_by_other_index(SupportRequestIndexCondition *request, double count)
{
	RelOptInfo *rel = request->index->rel;
	ListCell   *clause_cell;
	ListCell   *index_cell;

	foreach(clause_cell, rel->baserestrictinfo)
	{
		RestrictInfo *clause = lfirst_node(RestrictInfo, clause_cell);

		if (!restriction_is_securely_promotable(clause, rel) ||
			rel->tuples * clause_selectivity(request->root, (Node *) clause, 0, JOIN_INNER, NULL) >= count)
			continue;
		foreach(index_cell, rel->indexlist)
			if (is_indexable_equality(request->root, clause->clause, lfirst_node(IndexOptInfo, index_cell)))
				return true;
	}
	return false;
}

/*
 * Is the clause "column = value", or "column = ANY (array)", of the index's
 * first column?
 */
static bool
is_indexable_equality(PlannerInfo *root, Expr *clause, IndexOptInfo *index)
{
	Node	   *column;
	Node	   *value;
	Oid			operator;
	Oid			collation;

	if (is_opclause(clause) && list_length(((OpExpr *) clause)->args) == 2)
	{
		column = get_leftop(clause);
		value = get_rightop(clause);
		operator = ((OpExpr *) clause)->opno;
		collation = ((OpExpr *) clause)->inputcollid;
		if (!match_index_to_operand(column, 0, index))
		{
			column = get_rightop(clause);
			value = get_leftop(clause);
			operator = get_commutator(operator);
		}
	}
	else if (IsA(clause, ScalarArrayOpExpr) && ((ScalarArrayOpExpr *) clause)->useOr && index->amsearcharray)
	{
		column = linitial(((ScalarArrayOpExpr *) clause)->args);
		value = lsecond(((ScalarArrayOpExpr *) clause)->args);
		operator = ((ScalarArrayOpExpr *) clause)->opno;
		collation = ((ScalarArrayOpExpr *) clause)->inputcollid;
	}
	else
		return false;

	return (index->indpred == NIL || index->predOK) &&
		(!OidIsValid(index->indexcollations[0]) || index->indexcollations[0] == collation) &&
		match_index_to_operand(column, 0, index) &&
		is_pseudo_constant_for_index(root, value, index) &&
		OidIsValid(operator) &&
		get_op_opfamily_strategy(operator, index->opfamily[0]) == get_equality_strategy(index->relam);
}

/* The share of the rows for which the call is true. */
static bool
estimate_selectivity(SupportRequestSelectivity *request)
{
	HasPermissionCall call;

	if (request->is_join || !match_call(request->args, &call))
		return false;
	request->selectivity = estimate_share(request->root,
										  estimate_count(request->root, call.subject, call.permission),
										  call.id, request->varRelid);
	CLAMP_PROBABILITY(request->selectivity);
	return true;
}

/*
 * A check on the fast path costs about as much as an operator when only the id
 * varies, and a few times that when a subject has to be looked up as well.
 */
static bool
estimate_cost(SupportRequestCost *request)
{
	FuncExpr   *call = (FuncExpr *) request->node;
	int			operators = 1;

	if (call == NULL || !IsA(call, FuncExpr))
		return false;
	if (list_length(call->args) == 3 && !IsA(linitial(call->args), Const))
		operators = 4;
	request->startup = 0;
	request->per_tuple = operators * cpu_operator_cost;
	return true;
}

/* The number of rows of list_resources([subject,] permission). */
static bool
estimate_rows(SupportRequestRows *request)
{
	FuncExpr   *call = (FuncExpr *) request->node;
	Node	   *subject = NULL;
	double		count;

	if (call == NULL || !IsA(call, FuncExpr) || !call->funcretset ||
		exprType(llast(call->args)) != TEXTOID)
		return false;			/* list_subjects ends with a resource */
	if (list_length(call->args) == 2)
	{
		subject = linitial(call->args);
		if (exprType(subject) == TEXTOID)
			return false;		/* a form that casts: see
								 * src/sql/overloads.sql */
	}
	count = estimate_count(request->root, subject, llast(call->args));
	if (count < 0)
		return false;
	request->rows = Max(count, 1);
	return true;
}

/* Match the arguments ([subject,] permission, id). */
static bool
match_call(List *args, HasPermissionCall *call)
{
	int			n = list_length(args);

	if (n != 2 && n != 3)
		return false;
	call->subject = n == 3 ? linitial(args) : NULL;
	call->permission = list_nth(args, n - 2);
	call->id = list_nth(args, n - 1);
	call->id_arg = n - 1;
	return true;
}

/* An error if the permission does not exist, a warning if it is deprecated. */
static void
check_permission_exists(const char *name, int len)
{
	AuthzLoad	load;
	bool		exists;
	bool		deprecated;
	char	   *meant;

	authz_load_init(&load);
	do
	{
		AuthzPermissionRow row;

		authz_load_begin(&load);
		deprecated = false;
		meant = NULL;
		exists = authz_load_permission(&load, name, len) != NULL;
		if (!exists)
			meant = find_nearest_permission(authz_load_reader(&load), name, len);
		else if (is_first_use_in_session(name, len))
			deprecated = authz_rows_read_permission(authz_load_reader(&load), name, len, &row) && row.deprecated;
	} while (!authz_load_end(&load));

	if (!exists)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_OBJECT),
				errmsg("permission \"%.*s\" does not exist", len, name),
				meant != NULL ? errhint("Did you mean \"%s\"?", meant) :
				errhint("Permissions are defined with authz.apply."));
	if (deprecated)
		ereport(WARNING,
				errcode(ERRCODE_WARNING_DEPRECATED_FEATURE),
				errmsg("permission \"%.*s\" is deprecated", len, name),
				errhint("It still works. Its description in authz.permissions may say what replaces it."));
}

/*
 * Is this the first time that this session uses the permission, which exists?
 */
static bool
is_first_use_in_session(const char *name, int len)
{
	static HTAB *known = NULL;
	char		key[AUTHZ_PERMISSION_MAX + 1];
	bool		found;

	if (known == NULL)
	{
		HASHCTL		info = {.keysize = sizeof(key), .entrysize = sizeof(key)};

		known = hash_create("authz permissions asked for", 64, &info, HASH_ELEM | HASH_STRINGS);
	}
	memcpy(key, name, len);
	key[len] = '\0';
	(void) hash_search(known, key, HASH_ENTER, &found);
	return !found;
}

/* The most similar name; NULL if there is none. */
static char *
find_nearest_permission(AuthzReader *reader, const char *name, int len)
{
	AuthzNearestName nearest;
	AuthzPermissionRow row;

	authz_nearest_name_begin(&nearest, name, len);
	authz_rows_start_all_permissions(reader);
	while (authz_rows_next_any_permission(reader, &row))
		authz_nearest_name_consider(&nearest, row.name, row.name_len);
	return nearest.nearest;
}

/*
 * The share of a column's distinct values on which the subject has the
 * permission; count is that of estimate_count(), relid as in
 * SupportRequestSelectivity.
 */
static double
estimate_share(PlannerInfo *root, double count, Node *id, int relid)
{
	VariableStatData variable;
	bool		is_default;
	double		distinct;
	double		nulls = 0;

	if (count < 0)
		return DEFAULT_SHARE;

	examine_variable(root, id, relid, &variable);
	distinct = get_variable_numdistinct(&variable, &is_default);
	if (HeapTupleIsValid(variable.statsTuple))
		nulls = ((Form_pg_statistic) GETSTRUCT(variable.statsTuple))->stanullfrac;
	ReleaseVariableStats(variable);

	/*
	 * Never zero: the subject of the next execution may have the permission.
	 */
	count = Max(count, 1);
	return Min(1.0, count / Max(distinct, 1)) * (1 - nulls);
}

/*
 * The number of resources on which the subject has the permission; -1 if it is
 * not known before the query runs.
 */
static double
estimate_count(PlannerInfo *root, Node *subject, Node *permission)
{
	AuthzLoad	load;
	double		count;
	text	   *name;

	permission = estimate_expression_value(root, permission);
	if (!IsA(permission, Const) || ((Const *) permission)->constisnull ||
		((Const *) permission)->consttype != TEXTOID)
		return -1;
	if (subject != NULL)
	{
		subject = estimate_expression_value(root, subject);
		if (!IsA(subject, Const) || ((Const *) subject)->constisnull)
			return -1;
	}

	name = DatumGetTextPP(((Const *) permission)->constvalue);
	authz_load_init(&load);
	do
	{
		AuthzSubject *entry;
		AuthzPermission *wanted;

		authz_load_begin(&load);
		if (subject == NULL)
			entry = authz_load_current_subject(&load);
		else
			entry = authz_load_subject_datum(&load, ((Const *) subject)->constvalue);
		wanted = authz_load_permission(&load, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
		count = wanted == NULL || wanted->type < 0 ? -1 :
			authz_permitted_ids_estimate(&load, entry, wanted);
	} while (!authz_load_end(&load));
	return count;
}

/*
 * permitted_ids([authz.subject,] text, anyelement) in the schema of the
 * function that it replaces, if the user may execute it: the executor will
 * check that again.
 */
static Oid
find_permitted_ids_function(Oid like, Node *subject)
{
	Oid			namespace = get_func_namespace(like);
	Oid			types[3];
	Oid			function;
	int			n = 0;

	if (subject != NULL)
		types[n++] = exprType(subject);
	types[n++] = TEXTOID;
	types[n++] = ANYELEMENTOID;
	function = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
							   CStringGetDatum("permitted_ids"),
							   PointerGetDatum(buildoidvector(types, n)),
							   ObjectIdGetDatum(namespace));
	if (!OidIsValid(function) || !authz_may_execute(function))
		return InvalidOid;
	return function;
}

/*
 * The number of "=" in the operator families of an access method that we know.
 */
static StrategyNumber
get_equality_strategy(Oid access_method)
{
	switch (access_method)
	{
		case BTREE_AM_OID:
			return BTEqualStrategyNumber;
		case HASH_AM_OID:
			return HTEqualStrategyNumber;
		default:
			return InvalidStrategy;
	}
}
