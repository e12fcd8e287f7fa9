/*
 * named_permissions.c
 *	  Finds the permissions that calls name as constants, in a query that is
 *	  planned and in the stored form of policies and views.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

#include "planner/named_permissions.h"
#include "types/permission_set.h"

typedef struct NameSearch
{
	ReturnSetInfo *result;
	Oid			schema;			/* of our functions */
	Oid			permission_type;
	Oid			set_type;
} NameSearch;

static Oid	find_type(const char *name, Oid schema);
static void add_names_of_constant(const Const *constant, NameSearch *search);
static bool find_calls(Node *node, NameSearch *search);
static bool find_names(Node *node, NameSearch *search);
static void add_name(NameSearch *search, Datum name);

/*
 * authz_internal.named_permissions(tree pg_node_tree) returns setof text: the
 * names that calls of our functions in the tree have as constants, and those
 * in constants of our types.
 */
PG_FUNCTION_INFO_V1(authz_named_permissions);
Datum
authz_named_permissions(PG_FUNCTION_ARGS)
{
	Oid			schema = get_namespace_oid("authz", false);
	NameSearch	search = {
		.result = (ReturnSetInfo *) fcinfo->resultinfo,
		.schema = schema,
		.permission_type = find_type("permission", schema),
		.set_type = find_type("permission_set", schema)
	};

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	(void) find_calls(stringToNode(text_to_cstring(PG_GETARG_TEXT_PP(0))), &search);
	return (Datum) 0;
}

static Oid
find_type(const char *name, Oid schema)
{
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name), ObjectIdGetDatum(schema));
}

static bool
find_calls(Node *node, NameSearch *search)
{
	if (node == NULL)
		return false;
	check_stack_depth();
	if (IsA(node, Const) && !((Const *) node)->constisnull)
		add_names_of_constant((Const *) node, search);
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcresulttype == search->permission_type)
		(void) find_names((Node *) ((FuncExpr *) node)->args, search);
	if (IsA(node, FuncExpr) && get_func_namespace(((FuncExpr *) node)->funcid) == search->schema)
		(void) find_names(authz_named_permissions_find_argument((FuncExpr *) node), search);
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, find_calls, search, 0);
	return expression_tree_walker(node, find_calls, search);
}

/*
 * Add the name, or names, of a constant of our types, such as the operand of
 * an operator.
 */
static void
add_names_of_constant(const Const *constant, NameSearch *search)
{
	AuthzPermissionSetIterator names;
	const char *name;
	int			len;

	if (constant->consttype == search->permission_type)
		add_name(search, constant->constvalue);
	else if (constant->consttype == search->set_type)
	{
		authz_permission_set_iterate(&names, constant->constvalue);
		while (authz_permission_set_next(&names, &name, &len))
			add_name(search, PointerGetDatum(cstring_to_text_with_len(name, len)));
	}
}

/* Add all strings in the argument. */
static bool
find_names(Node *node, NameSearch *search)
{
	if (node == NULL)
		return false;
	if (IsA(node, Const) && !((Const *) node)->constisnull)
	{
		Const	   *constant = (Const *) node;
		Oid			element = get_element_type(constant->consttype);
		bool		by_value;
		int16		len;
		char		align;

		get_typlenbyvalalign(OidIsValid(element) ? element : constant->consttype, &len, &by_value, &align);
		if (len == -1 && OidIsValid(element))
		{
			Datum	   *names;
			bool	   *nulls;
			int			n;

			deconstruct_array(DatumGetArrayTypeP(constant->constvalue), element, len, by_value, align, &names, &nulls, &n);
			for (int i = 0; i < n; i++)
				if (!nulls[i])
					add_name(search, names[i]);
		}
		else if (len == -1)
			add_name(search, constant->constvalue);
	}
	return expression_tree_walker(node, find_names, search);
}

/* (Texts and permissions look the same.) */
static void
add_name(NameSearch *search, Datum name)
{
	Datum		value = PointerGetDatum(PG_DETOAST_DATUM_PACKED(name));
	bool		isnull = false;

	tuplestore_putvalues(search->result->setResult, search->result->setDesc, &value, &isnull);
}

Node *
authz_named_permissions_find_argument(FuncExpr *call)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(call->funcid));
	Node	   *result = NULL;
	Datum		proargnames;
	bool		isnull;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", call->funcid);
	proargnames = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proargnames, &isnull);
	if (!isnull)
	{
		char	  **names;
		int			n = get_func_input_arg_names(proargnames, (Datum) 0, &names);

		for (int i = 0; i < Min(n, list_length(call->args)); i++)
			if (names[i] != NULL && (strcmp(names[i], "permission") == 0 || strcmp(names[i], "permissions") == 0))
				result = list_nth(call->args, i);
	}
	ReleaseSysCache(tuple);
	return result;
}
