/*
 * support.c
 *	  What the planner is told about has_permission(): the support function.
 *
 * Simplify.  Changes nothing, but sees every call with constant arguments
 * before anything runs: a permission that does not exist is an error here, with
 * a suggestion, and so is an id whose type cannot be one.  (At run time the
 * function is LEAKPROOF and answers "no".)  A deprecated one is a warning, once
 * per session, so that whoever still asks for it is found in the server's log.
 *
 * Index condition.  On an indexed id column the call yields the lossy condition
 *
 *		id = ANY (authz.permitted_ids(permission, NULL::type of id))
 *
 * permitted_ids() is STABLE, so the executor computes it once per scan, as a
 * runtime key: the same plan is right for every subject, also when it is cached
 * or prepared.  It must never become part of the query by Simplify: without a
 * fitting index the array would then be searched, even built, for every row.
 * Where no index fits, the plain call stays, which costs some 20 ns per row.
 * btree indexes fit.  (A hash index takes an array in bitmap scans alone, and the
 * planner would try plain ones too.)
 *
 * The planner supposes ten elements in an array that it cannot see, and would
 * choose to fetch a whole table by index for somebody who sees all of it.  So no
 * condition is offered when the subject holds the permission on more than
 * authz.index_threshold of the column's distinct values, and the selectivity
 * comes from the same count.
 *
 * What it can see, it looks at: it computes the array for its estimate, and costs
 * some 0.1 us for each id in it, whether the path is chosen or not.  So none is offered
 * either where it cannot win: where another index finds fewer rows than there are
 * ids, such as one by primary key.
 *
 * Plans that outlive their subject.  The estimates are those of the subject at
 * plan time.  A plan made for one who sees little is good for everybody (in the
 * worst case a few times slower than the best); a plan without the index, made
 * for one who sees nearly everything, would be hundreds of times too slow for
 * the others.  So such plans are marked, with a made-up relation OID that the
 * plan depends on, and dropped when the current subject changes.  So are, by another
 * one, all plans with the name of a permission, when authz.permissions changes.
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

/* What is guessed of a subject or a permission that is not known yet. */
#define DEFAULT_SHARE 0.01

/* The arguments of a call, by what they are. */
typedef struct Call
{
	Node	   *subject;		/* NULL: the current one */
	Node	   *permission;		/* a name, or an array of names */
	Node	   *id;
	int			id_arg;
} Call;

static void look_at_names(SupportRequestSimplify *request);
static Node *reject_null(SupportRequestSimplify *request);
static bool is_nullable(Node *from, int relid, bool beneath);
static List *index_condition(SupportRequestIndexCondition *request);
static bool selectivity(SupportRequestSelectivity *request);
static bool cost(SupportRequestCost *request);
static bool rows(SupportRequestRows *request);
static bool take_apart(List *args, Call *call);
static void refuse_resource(SupportRequestSimplify *request);
static void require_permission(const char *name, int len);
static char *nearest_permission(AuthzReader *reader, const char *name, int len);
static bool is_news(const char *name, int len);
static bool is_beaten(SupportRequestIndexCondition *request, double count);
static bool names_values(PlannerInfo *root, Expr *clause, IndexOptInfo *index);
static double estimate_share(PlannerInfo *root, double count, Node *id, int relid);
static double estimate_count(PlannerInfo *root, Node *subject, Node *permission);
static Oid	permitted_ids_function(Oid like, Node *subject);
static StrategyNumber equality_strategy(Oid access_method);

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

		if (!OidIsValid(authz_id_base_type(id_type)))
			authz_id_refuse_type(id_type);
		look_at_names((SupportRequestSimplify *) request);
		refuse_resource((SupportRequestSimplify *) request);
		result = reject_null((SupportRequestSimplify *) request);
	}
	else if (IsA(request, SupportRequestIndexCondition))
		result = index_condition((SupportRequestIndexCondition *) request);
	else if (IsA(request, SupportRequestSelectivity))
	{
		if (selectivity((SupportRequestSelectivity *) request))
			result = request;
	}
	else if (IsA(request, SupportRequestCost))
	{
		if (cost((SupportRequestCost *) request))
			result = request;
	}
	PG_RETURN_POINTER(result);
}

/*
 * authz_internal.permission_support(internal): for the other functions that take
 * permission names.
 */
Datum
authz_permission_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	void	   *result = NULL;

	if (IsA(request, SupportRequestSimplify))
		look_at_names((SupportRequestSimplify *) request);
	else if (IsA(request, SupportRequestRows))
	{
		if (rows((SupportRequestRows *) request))
			result = request;
	}
	PG_RETURN_POINTER(result);
}

/* Look at the permission, or permissions, of a call if they are constant. */
static void
look_at_names(SupportRequestSimplify *request)
{
	Const	   *names = (Const *) authz_permission_argument(request->fcall);

	if (names == NULL || !IsA(names, Const) || names->constisnull)
		return;

	/* What is true of the name now is to be asked again once permissions have changed. */
	if (request->root != NULL)
		authz_plan_mark(request->root, AUTHZ_PERMISSIONS_PLAN_KEY);

	if (names->consttype == TEXTOID)
	{
		text	   *name = DatumGetTextPP(names->constvalue);

		require_permission(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
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
			require_permission(VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
		}
	}
}

/*
 * Nothing is permitted on NULL.  The planner cannot know it of a function that is not
 * strict, so an id on the nullable side of an outer join is said to be not null as
 * well: then the join can be an inner one, and the id be looked for by index.  Of each
 * call once, since what a call is simplified to is simplified again.
 */
static Node *
reject_null(SupportRequestSimplify *request)
{
	Node	   *id = llast(request->fcall->args);
	Var		   *column = (Var *) id;
	NullTest   *test;
	char	   *text;
	Oid			key;

	while (IsA(column, RelabelType))
		column = (Var *) ((RelabelType *) column)->arg;
	if (request->root == NULL || !IsA(column, Var) || column->varlevelsup != 0 ||
		!is_nullable((Node *) request->root->parse->jointree, column->varno, false))
		return NULL;
	text = nodeToString(request->fcall);
	key = AUTHZ_CALL_PLAN_KEY(hash_bytes((unsigned char *) text, strlen(text)));
	if (list_member_oid(request->root->glob->relationOids, key))
		return NULL;
	authz_plan_mark(request->root, key);

	test = makeNode(NullTest);
	test->arg = (Expr *) copyObject(id);
	test->nulltesttype = IS_NOT_NULL;
	test->location = -1;
	return (Node *) makeBoolExpr(AND_EXPR, list_make2(test, copyObject(request->fcall)), -1);
}

/* Is a relation beneath an outer join that may have no row of it? */
static bool
is_nullable(Node *from, int relid, bool beneath)
{
	if (from == NULL)
		return false;
	if (IsA(from, RangeTblRef))
		return beneath && ((RangeTblRef *) from)->rtindex == relid;
	if (IsA(from, JoinExpr))
	{
		JoinExpr   *join = (JoinExpr *) from;

		return is_nullable(join->larg, relid, beneath || join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL) ||
			is_nullable(join->rarg, relid, beneath || join->jointype == JOIN_LEFT || join->jointype == JOIN_FULL);
	}
	if (IsA(from, FromExpr))
	{
		ListCell   *cell;

		foreach(cell, ((FromExpr *) from)->fromlist)
			if (is_nullable(lfirst(cell), relid, beneath))
				return true;
	}
	return false;
}

/*
 * has_permission('project.view', 'project:42') would be "no" for ever, where ids of
 * projects are numbers or uuids: an error, if it stands so in the query.
 */
static void
refuse_resource(SupportRequestSimplify *request)
{
	static AuthzQuery find = {
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
	AuthzQueryContext saved;
	Datum		args[2];
	bool		is_resource;

	/* What comes from a bound parameter is data. */
	if (request->root == NULL || request->root->glob->boundParams != NULL ||
		!IsA(id, Const) || id->consttype != TEXTOID || id->constisnull ||
		!IsA(permission, Const) || permission->consttype != TEXTOID || permission->constisnull ||
		memchr(VARDATA_ANY(DatumGetTextPP(id->constvalue)), ':', VARSIZE_ANY_EXHDR(DatumGetTextPP(id->constvalue))) == NULL)
		return;
	args[0] = permission->constvalue;
	args[1] = id->constvalue;
	authz_query_begin(authz_catalog_owner(), &saved);
	is_resource = authz_query_read(&find, args, 1, 1) > 0;
	authz_query_end(&saved);
	if (is_resource)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("\"%s\" is not an id", text_to_cstring(DatumGetTextPP(id->constvalue))),
				errdetail("has_permission() takes the id alone, as the table has it: the permission tells the type."),
				errhint("Leave the type out, or write '...'::authz.resource."));
}

/*
 * id = ANY (permitted_ids(...)), or NIL where that cannot or should not be.
 */
static List *
index_condition(SupportRequestIndexCondition *request)
{
	Call		call;
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
		!take_apart(((FuncExpr *) request->node)->args, &call) ||
		request->indexarg != call.id_arg)
		return NIL;

	if (request->index->relam != BTREE_AM_OID)
		return NIL;

	/* What is compared with must be known when the scan starts. */
	if (!is_pseudo_constant_for_index(request->root, call.permission, request->index) ||
		(call.subject != NULL &&
		 !is_pseudo_constant_for_index(request->root, call.subject, request->index)))
		return NIL;

	/* varchar is compared as text. */
	id = call.id;
	type = authz_id_base_type(exprType(id));
	if (!OidIsValid(type))
		return NIL;
	if (type == VARCHAROID)
		type = TEXTOID;
	operator = get_opfamily_member(request->opfamily, type, type, BTEqualStrategyNumber);
	array_type = get_array_type(type);
	function = permitted_ids_function(request->funcid, call.subject);
	/* Whether the user may execute that function: a prepared statement may get another user. */
	request->root->glob->dependsOnRole = true;
	if (!OidIsValid(operator) || !OidIsValid(array_type) || !OidIsValid(function))
		return NIL;

	count = estimate_count(request->root, call.subject, call.permission);
	if (estimate_share(request->root, count, id, 0) > authz_setting_index_threshold)
	{
		authz_plan_mark_subject_dependent(request->root);
		return NIL;
	}
	if (is_beaten(request, count))
		return NIL;
	/* Last, so that a condition that would be none leads to no second look. */
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
 * Do other conditions of the query, each by an index of its own, leave fewer rows than
 * there are ids to look for?
 */
static bool
is_beaten(SupportRequestIndexCondition *request, double count)
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
			if (names_values(request->root, clause->clause, lfirst_node(IndexOptInfo, index_cell)))
				return true;
	}
	return false;
}

/* Is the clause "column = value", or "column = ANY (array)", of the index's first column? */
static bool
names_values(PlannerInfo *root, Expr *clause, IndexOptInfo *index)
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
		get_op_opfamily_strategy(operator, index->opfamily[0]) == equality_strategy(index->relam);
}

/* Share of the rows for which the call is true. */
static bool
selectivity(SupportRequestSelectivity *request)
{
	Call		call;

	if (request->is_join || !take_apart(request->args, &call))
		return false;
	request->selectivity = estimate_share(request->root,
										  estimate_count(request->root, call.subject, call.permission),
										  call.id, request->varRelid);
	CLAMP_PROBABILITY(request->selectivity);
	return true;
}

/*
 * A warm check costs about as much as an operator when only the id varies, and
 * a few times that when a subject has to be looked up as well.
 */
static bool
cost(SupportRequestCost *request)
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

/* Number of rows of list_resources([subject,] permission). */
static bool
rows(SupportRequestRows *request)
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
			return false;		/* a form that casts: see src/sql/overloads.sql */
	}
	count = estimate_count(request->root, subject, llast(call->args));
	if (count < 0)
		return false;
	request->rows = Max(count, 1);
	return true;
}

/* ([subject,] permission, id) */
static bool
take_apart(List *args, Call *call)
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

/* A permission that does not exist is an error. */
static void
require_permission(const char *name, int len)
{
	AuthzFill	fill;
	bool		exists;
	bool		deprecated;
	char	   *meant;

	authz_fill_init(&fill);
	do
	{
		AuthzPermissionRow row;

		authz_fill_begin(&fill);
		deprecated = false;
		meant = NULL;
		exists = authz_load_permission(&fill, name, len) != NULL;
		if (!exists)
			meant = nearest_permission(authz_fill_reader(&fill), name, len);
		else if (is_news(name, len))
			deprecated = authz_read_permission(authz_fill_reader(&fill), name, len, &row) && row.deprecated;
	} while (!authz_fill_end(&fill));

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

/* True the first time that this session asks for the permission, which exists. */
static bool
is_news(const char *name, int len)
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

/* The name that was meant; NULL: none is near. */
static char *
nearest_permission(AuthzReader *reader, const char *name, int len)
{
	AuthzNearest nearest;
	AuthzPermissionRow row;

	authz_nearest_begin(&nearest, name, len);
	authz_start_all_permissions(reader);
	while (authz_next_any_permission(reader, &row))
		authz_nearest_consider(&nearest, row.name, row.name_len);
	return nearest.nearest;
}

/*
 * The share of a column's distinct values on which the permission is held; count is that
 * of estimate_count(), relid as in SupportRequestSelectivity.
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

	/* Never nothing: the subject of the next execution may hold something. */
	count = Max(count, 1);
	return Min(1.0, count / Max(distinct, 1)) * (1 - nulls);
}

/* On how many resources?  -1: not known before the query runs. */
static double
estimate_count(PlannerInfo *root, Node *subject, Node *permission)
{
	AuthzFill	fill;
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
	authz_fill_init(&fill);
	do
	{
		AuthzSubject *entry;
		AuthzPermission *wanted;

		authz_fill_begin(&fill);
		if (subject == NULL)
			entry = authz_ask_current(&fill);
		else
			entry = authz_ask_subject(&fill, ((Const *) subject)->constvalue);
		wanted = authz_load_permission(&fill, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
		count = wanted == NULL || wanted->type < 0 ? -1 :
			authz_list_estimate(&fill, entry, wanted);
	} while (!authz_fill_end(&fill));
	return count;
}

/*
 * permitted_ids([authz.subject,] text, anyelement) in the schema of the
 * function that it stands in for, if the user may execute it: the executor will
 * check that again.
 */
static Oid
permitted_ids_function(Oid like, Node *subject)
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

/* The number of "=" in the operator families of an access method that we know. */
static StrategyNumber
equality_strategy(Oid access_method)
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
