/*
 * check.c
 *	  SQL entry points that ask about one resource: has_permission() and its
 *	  relatives.
 *
 * has_permission() is LEAKPROOF: nothing here raises an error, or prints
 * anything, that depends on an argument's value.  What is unknown, malformed or
 * NULL is "no".  Errors that depend on an argument's type alone are fine.
 *
 * The warm path.  A call site (one mention of the function in one query) keeps
 * in fn_extra what it found at its first call: the permission, the subject, and
 * the subject's memo of resources of that type.  As long as the generation has
 * not moved (cache.c), a call accepts invalidations, probes the memo and tests a
 * bit: no table, no SPI, no palloc.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"

#include "cache.h"
#include "check.h"
#include "fill.h"
#include "id.h"
#include "permission_set.h"
#include "resolve.h"
#include "settings.h"
#include "subject.h"

/* One mention of has_permission() and so on in a query. */
typedef struct CallSite
{
	/* What is known from the call's expression. */
	Oid			id_type;		/* base type of the id */
	bool		fixed_subject;	/* the same in all calls of this execution */
	bool		fixed_permission;

	/* What was found at the last slow call; good while the generation stands. */
	uint64		generation;		/* 0: nothing */
	TimestampTz valid_until;
	AuthzMemo  *memo;
	int			permission;		/* its number */
	uint32		last_set;		/* the answer for that set is last_answer */
	bool		last_answer;
} CallSite;

typedef enum Quantifier
{
	ANY_OF,
	ALL_OF
} Quantifier;

static bool is_constant(FmgrInfo *flinfo, int arg);
static CallSite *make_site(FunctionCallInfo fcinfo, int subject_arg);
static bool check_one(FunctionCallInfo fcinfo, int subject_arg);
static bool check_several(FunctionCallInfo fcinfo, int subject_arg, Quantifier quantifier);
static Datum effective_set(const AuthzSubject *subject, const AuthzResource *resource);
static Datum set_datum(uint32 set, int type);

PG_FUNCTION_INFO_V1(authz_has_permission);
PG_FUNCTION_INFO_V1(authz_has_permission_subject);
PG_FUNCTION_INFO_V1(authz_has_any_permission);
PG_FUNCTION_INFO_V1(authz_has_any_permission_subject);
PG_FUNCTION_INFO_V1(authz_has_all_permissions);
PG_FUNCTION_INFO_V1(authz_has_all_permissions_subject);
PG_FUNCTION_INFO_V1(authz_permissions_on);
PG_FUNCTION_INFO_V1(authz_permissions_on_subject);
PG_FUNCTION_INFO_V1(authz_role_permission_set);
PG_FUNCTION_INFO_V1(authz_held_permission_set);

/*
 * has_permission(permission text, resource_id): the id is anyelement or text.
 */
Datum
authz_has_permission(PG_FUNCTION_ARGS)
{
	CallSite   *site = fcinfo->flinfo->fn_extra;

	if (likely(site != NULL) && likely(site->generation != 0) && !PG_ARGISNULL(1))
	{
		const char *name;
		int			len;

		AcceptInvalidationMessages();
		if (unlikely(authz_subject_varies))
			(void) authz_subject_current(&name, &len);
		if (likely(site->generation == authz_generation) &&
			likely(GetCurrentStatementStartTimestamp() < site->valid_until))
		{
			const AuthzMemo *memo = site->memo;
			int64		id;
			uint32		slot;

			if (site->id_type == INT8OID)
				id = PG_GETARG_INT64(1);
			else if (site->id_type == INT4OID)
				id = PG_GETARG_INT32(1);
			else
				id = PG_GETARG_INT16(1);

			for (slot = authz_memo_hash(id) & memo->mask;;
				 slot = (slot + 1) & memo->mask)
			{
				const AuthzMemoSlot *entry = &memo->slots[slot];

				if (entry->set == AUTHZ_MEMO_FREE)
					break;
				if (entry->id != id)
					continue;
				if (entry->set != site->last_set)
				{
					site->last_set = entry->set;
					site->last_answer = authz_set_has(authz_cache_set(entry->set),
													  site->permission);
				}
				PG_RETURN_BOOL(site->last_answer);
			}
		}
	}
	PG_RETURN_BOOL(check_one(fcinfo, -1));
}

/*
 * has_permission(subject authz.subject, permission text, resource_id)
 */
Datum
authz_has_permission_subject(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(check_one(fcinfo, 0));
}

Datum
authz_has_any_permission(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(check_several(fcinfo, -1, ANY_OF));
}

Datum
authz_has_any_permission_subject(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(check_several(fcinfo, 0, ANY_OF));
}

Datum
authz_has_all_permissions(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(check_several(fcinfo, -1, ALL_OF));
}

Datum
authz_has_all_permissions_subject(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(check_several(fcinfo, 0, ALL_OF));
}

/*
 * permissions_on(resource authz.resource) returns authz.permission_set
 */
Datum
authz_permissions_on(PG_FUNCTION_ARGS)
{
	AuthzFill	fill;
	Datum		result;

	authz_cache_begin();
	authz_fill_init(&fill);
	result = effective_set(authz_ask_current(&fill),
						   PG_ARGISNULL(0) ? NULL : authz_ask_resource(&fill, PG_GETARG_DATUM(0)));
	authz_fill_end(&fill);
	return result;
}

/*
 * permissions_on(subject authz.subject, resource authz.resource)
 */
Datum
authz_permissions_on_subject(PG_FUNCTION_ARGS)
{
	AuthzFill	fill;
	Datum		result;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return authz_permission_set_make(NULL, NULL, 0);
	authz_cache_begin();
	authz_fill_init(&fill);
	result = effective_set(authz_ask_subject(&fill, PG_GETARG_DATUM(0)),
						   authz_ask_resource(&fill, PG_GETARG_DATUM(1)));
	authz_fill_end(&fill);
	return result;
}

/*
 * role_permission_set(role_id bigint, planned boolean) returns
 * authz.permission_set: everything that a role holds, of all resource types,
 * through every role that it builds on.
 */
Datum
authz_role_permission_set(PG_FUNCTION_ARGS)
{
	AuthzFill	fill;
	AuthzRole  *role;
	Datum		result;

	authz_cache_begin();
	authz_fill_init(&fill);
	role = authz_load_role(&fill, PG_GETARG_INT64(0));
	result = set_datum(PG_GETARG_BOOL(1) ? role->listed : role->effective, -1);
	authz_fill_end(&fill);
	return result;
}

/*
 * held_permission_set(subject authz.subject, resource authz.resource, planned
 * boolean) returns authz.permission_set: everything that the subject's roles on
 * the resource and its ancestors hold, of all resource types.
 */
Datum
authz_held_permission_set(PG_FUNCTION_ARGS)
{
	AuthzFill	fill;
	AuthzSubject *subject;
	AuthzResource *resource;
	Datum		result;

	authz_cache_begin();
	authz_fill_init(&fill);
	subject = authz_ask_subject(&fill, PG_GETARG_DATUM(0));
	resource = authz_ask_resource(&fill, PG_GETARG_DATUM(1));
	result = set_datum(PG_GETARG_BOOL(2) ?
					   authz_resolve_listed(subject, resource) :
					   authz_resolve_effective(subject, resource), -1);
	authz_fill_end(&fill);
	return result;
}

AuthzSubject *
authz_ask_current(AuthzFill *fill)
{
	const char *name;
	int			len;

	(void) authz_subject_current(&name, &len);
	return authz_load_subject(fill, name, len);
}

AuthzSubject *
authz_ask_subject(AuthzFill *fill, Datum subject)
{
	struct varlena *name = PG_DETOAST_DATUM_PACKED(subject);

	return authz_load_subject(fill, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
}

AuthzResource *
authz_ask_resource(AuthzFill *fill, Datum resource)
{
	struct varlena *name = PG_DETOAST_DATUM_PACKED(resource);
	const char *str = VARDATA_ANY(name);
	int			len = VARSIZE_ANY_EXHDR(name);
	const char *colon = memchr(str, ':', len);
	int			type_len = colon - str;
	AuthzId		id;
	int			type;

	Assert(colon != NULL);		/* by its input function */
	type = authz_load_type(fill, str, type_len);
	if (type < 0)
		return NULL;
	authz_id_from_text(colon + 1, len - type_len - 1, &id);
	return authz_load_resource(fill, type, &id);
}

/*
 * Is the argument a constant?  (Not get_fn_expr_arg_stable(): it counts
 * parameters too, but PL/pgSQL evaluates one expression again and again with
 * new values of its variables, which are parameters.)
 */
static bool
is_constant(FmgrInfo *flinfo, int arg)
{
	FuncExpr   *call = (FuncExpr *) flinfo->fn_expr;

	return call != NULL && IsA(call, FuncExpr) && IsA(list_nth(call->args, arg), Const);
}

/* What can be known about the calls from their expression, once. */
static CallSite *
make_site(FunctionCallInfo fcinfo, int subject_arg)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	int			permission_arg = subject_arg + 1;
	Oid			id_type = get_fn_expr_argtype(flinfo, permission_arg + 1);
	CallSite   *site;

	site = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(CallSite));
	site->id_type = authz_id_base_type(id_type);
	if (!OidIsValid(site->id_type))
		authz_id_refuse_type(id_type);
	site->fixed_subject = subject_arg < 0;
	site->fixed_permission = is_constant(flinfo, permission_arg);
	flinfo->fn_extra = site;
	return site;
}

/*
 * The general form: whatever is not known yet is found, and kept where that
 * pays.  subject_arg is the number of the subject's argument, -1 for none; the
 * permission and the id follow it.
 */
static bool
check_one(FunctionCallInfo fcinfo, int subject_arg)
{
	CallSite   *site = fcinfo->flinfo->fn_extra;
	int			permission_arg = subject_arg + 1;
	int			id_arg = subject_arg + 2;
	AuthzFill	fill;
	AuthzSubject *subject;
	AuthzPermission *permission;
	struct varlena *name;
	AuthzId		id;
	bool		answer;

	if (site == NULL)
		site = make_site(fcinfo, subject_arg);
	if (PG_ARGISNULL(permission_arg) || PG_ARGISNULL(id_arg) ||
		(subject_arg >= 0 && PG_ARGISNULL(subject_arg)))
		return false;

	authz_cache_begin();
	authz_fill_init(&fill);
	if (subject_arg < 0)
		subject = authz_ask_current(&fill);
	else
		subject = authz_ask_subject(&fill, PG_GETARG_DATUM(subject_arg));
	name = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(permission_arg));
	permission = authz_load_permission(&fill, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	if (permission == NULL || permission->type < 0)
		answer = false;
	else
	{
		AuthzResource *resource;

		authz_id_from_datum(PG_GETARG_DATUM(id_arg), site->id_type, &id);
		resource = authz_load_resource(&fill, permission->type, &id);
		answer = authz_resolve_has(subject, resource, permission);

		if (site->fixed_subject && site->fixed_permission &&
			(site->id_type == INT8OID || site->id_type == INT4OID || site->id_type == INT2OID))
		{
			AuthzMemo  *memo = authz_cache_memo(subject, permission->type);
			uint32		set = authz_resolve_effective(subject, resource);

			authz_cache_memo_add(subject, memo, id.value.number, set);
			site->memo = memo;
			site->permission = permission->number;
			site->valid_until = subject->valid_until;
			site->last_set = set;
			site->last_answer = answer;
			/* Nothing may have arrived meanwhile, and strict mode asks each time. */
			site->generation = 0;
			if (!authz_setting_strict && authz_catalog_announces() &&
				authz_cache_holds(&subject->validity) &&
				(resource == NULL || authz_cache_holds(&resource->validity)) &&
				authz_cache_memo_holds(memo))
				site->generation = authz_generation;
		}
	}
	authz_fill_end(&fill);
	return answer;
}

static bool
check_several(FunctionCallInfo fcinfo, int subject_arg, Quantifier quantifier)
{
	CallSite   *site = fcinfo->flinfo->fn_extra;
	int			permissions_arg = subject_arg + 1;
	int			id_arg = subject_arg + 2;
	AuthzFill	fill;
	AuthzSubject *subject;
	ArrayIterator iterator;
	AuthzId		id;
	Datum		element;
	bool		isnull;
	bool		answer = false;

	if (site == NULL)
		site = make_site(fcinfo, subject_arg);
	if (PG_ARGISNULL(permissions_arg) || PG_ARGISNULL(id_arg) ||
		(subject_arg >= 0 && PG_ARGISNULL(subject_arg)))
		return false;

	authz_cache_begin();
	authz_fill_init(&fill);
	if (subject_arg < 0)
		subject = authz_ask_current(&fill);
	else
		subject = authz_ask_subject(&fill, PG_GETARG_DATUM(subject_arg));
	authz_id_from_datum(PG_GETARG_DATUM(id_arg), site->id_type, &id);

	/* No permission asked for is no permission, also with ALL_OF. */
	iterator = array_create_iterator(PG_GETARG_ARRAYTYPE_P(permissions_arg), 0, NULL);
	while (array_iterate(iterator, &element, &isnull))
	{
		AuthzPermission *permission = NULL;

		if (!isnull)
		{
			struct varlena *name = PG_DETOAST_DATUM_PACKED(element);

			permission = authz_load_permission(&fill, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
		}
		answer = permission != NULL && permission->type >= 0 &&
			authz_resolve_has(subject, authz_load_resource(&fill, permission->type, &id),
							  permission);
		if (answer == (quantifier == ANY_OF))
			break;
	}
	array_free_iterator(iterator);
	authz_fill_end(&fill);
	return answer;
}

/* What the subject may do on the resource, as an authz.permission_set. */
static Datum
effective_set(const AuthzSubject *subject, const AuthzResource *resource)
{
	if (resource == NULL || resource->nchain == 0)
		return authz_permission_set_make(NULL, NULL, 0);
	return set_datum(authz_resolve_effective(subject, resource), resource->type);
}

/* The members of a set that belong to a resource type, -1 for all. */
static Datum
set_datum(uint32 set, int type)
{
	const AuthzSet *members = authz_cache_set(set);
	int			max = members->nwords * 64;
	const char **names = palloc(Max(max, 1) * sizeof(char *));
	int		   *lens = palloc(Max(max, 1) * sizeof(int));
	int			count = 0;

	for (int i = 0; i < max; i++)
	{
		AuthzPermission *permission;

		if (!authz_set_has(members, i))
			continue;
		permission = authz_cache_permission(i);
		if (type >= 0 && permission->type != type)
			continue;
		names[count] = permission->name;
		lens[count++] = permission->name_len;
	}
	return authz_permission_set_make(names, lens, count);
}
