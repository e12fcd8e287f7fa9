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
 * in fn_extra what it has found: the permissions by number, and where the
 * subject is the same in all calls, the subject.  A call accepts invalidations,
 * looks whether all that still stands (cache.h: generation and epoch), looks for
 * a kept answer (memo.h) and tests a bit; or looks up the subject and the resource
 * and probes the subject's grants.  No table, no SPI, no palloc.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"

#include "cache.h"
#include "caller.h"
#include "check.h"
#include "fill.h"
#include "id.h"
#include "permission_set.h"
#include "resolve.h"
#include "settings.h"
#include "subject.h"

typedef enum Quantifier
{
	ANY_OF,
	ALL_OF
} Quantifier;

/* A permission that is asked for. */
typedef struct Asked
{
	int			permission;		/* its number, -1: there is none of that name */
	int			type;
} Asked;

#define NO_SET UINT32_MAX		/* found by no look-up */

/* One mention of has_permission() and so on in a query. */
typedef struct CallSite
{
	/* What is known from the call's expression. */
	Oid			id_type;		/* base type of the id */
	bool		id_is_integer;
	bool		same_subject;	/* in all calls: the current one, or a constant */
	bool		same_permissions;	/* a constant */

	/* What was asked for at the last cold call; good while the epoch stands. */
	uint64		epoch;			/* 0: nothing */
	Asked	   *asked;
	int			nasked;
	int			max_asked;
	int			type;			/* resource type of all that is asked, -1: of several */
	struct varlena *names;		/* the argument, unless same_permissions */
	Size		names_room;
	AuthzSubject *subject;		/* if same_subject */
	uint32		last_set;		/* the answer for that set is last_answer; NO_SET: none */
	bool		last_answer;

	/* Where kept decisions about one subject are; good while the generation stands. */
	uint64		generation;		/* 0: nothing */
	TimestampTz valid_until;
	AuthzMemoKey memo_key;
} CallSite;

/* The arguments: [subject,] permission or permissions, id. */
#define SUBJECT_ARG(with_subject) 0
#define NAMES_ARG(with_subject) ((with_subject) ? 1 : 0)
#define ID_ARG(with_subject) ((with_subject) ? 2 : 1)

static bool is_constant(FmgrInfo *flinfo, int arg);
static CallSite *make_site(FunctionCallInfo fcinfo, bool with_subject);
static bool ask_further(FunctionCallInfo fcinfo, bool with_subject, bool several,
						Quantifier quantifier);
static bool ask_cache(FunctionCallInfo fcinfo, CallSite *site, bool with_subject,
					  Quantifier quantifier, bool *answer);
static bool ask_tables(FunctionCallInfo fcinfo, CallSite *site, bool with_subject,
					   bool several, Quantifier quantifier);
static bool decide(const CallSite *site, const AuthzSubject *subject, const AuthzResource *resource,
				   const AuthzId *id, Quantifier quantifier, AuthzFill *fill, bool *answer);
static inline void keep_subject(CallSite *site, const AuthzSubject *subject, const AuthzMemoKey *key);
static Datum effective_set(const AuthzSubject *subject, const AuthzResource *resource);
static Datum set_datum(uint32 set, int type);
static bool has_permission_on(FunctionCallInfo fcinfo, int arg);

PG_FUNCTION_INFO_V1(authz_has_permission);
PG_FUNCTION_INFO_V1(authz_has_permission_subject);
PG_FUNCTION_INFO_V1(authz_has_permission_on);
PG_FUNCTION_INFO_V1(authz_has_permission_on_subject);
PG_FUNCTION_INFO_V1(authz_has_any_permission);
PG_FUNCTION_INFO_V1(authz_has_any_permission_subject);
PG_FUNCTION_INFO_V1(authz_has_all_permissions);
PG_FUNCTION_INFO_V1(authz_has_all_permissions_subject);
PG_FUNCTION_INFO_V1(authz_permissions_on);
PG_FUNCTION_INFO_V1(authz_permissions_on_subject);
PG_FUNCTION_INFO_V1(authz_role_permission_set);
PG_FUNCTION_INFO_V1(authz_held_permission_set);

/* Does a set of permissions satisfy the question? */
static bool
set_satisfies(const CallSite *site, uint32 number, Quantifier quantifier)
{
	const AuthzSet *set = authz_model_set(number);

	for (int i = 0; i < site->nasked; i++)
	{
		bool		has = site->asked[i].permission >= 0 &&
			authz_set_has(set, site->asked[i].permission);

		if (has == (quantifier == ANY_OF))
			return has;
	}
	/* No permission asked for is no permission, also with ALL_OF. */
	return quantifier == ALL_OF && site->nasked > 0;
}

static inline int64
integer_id(Datum value, Oid type)
{
	if (type == INT8OID)
		return DatumGetInt64(value);
	if (type == INT4OID)
		return DatumGetInt32(value);
	return DatumGetInt16(value);
}

/*
 * Look for a kept decision.  Returns false if there is none; *resource is then the
 * cache entry of the resource, if that has been looked up.
 */
static inline bool
ask_memo(CallSite *site, const AuthzMemoKey *key, const AuthzId *id, Quantifier quantifier,
		 AuthzResource **resource, bool *answer)
{
	uint32		set;

	*resource = NULL;
	if (id->kind == AUTHZ_ID_INT)
		set = authz_memo_find(key, id->value.number);
	else
	{
		AuthzMemoKey by_resource = authz_memo_key_by_resource(key);

		*resource = authz_cache_find_resource(site->type, id);
		if (*resource == NULL)
			return false;
		set = authz_memo_find(&by_resource, authz_resource_chain(*resource)[0]);
	}
	if (set == AUTHZ_MEMO_UNKNOWN)
		return false;
	if (unlikely(set != site->last_set))
	{
		site->last_set = set;
		site->last_answer = set_satisfies(site, set, quantifier);
	}
	*answer = site->last_answer;
	return true;
}

/* Keep the decision for a resource with this id. */
static inline void
keep_decision(const AuthzMemoKey *key, const AuthzId *id, const AuthzResource *resource, uint32 set)
{
	AuthzMemoKey by_resource = authz_memo_key_by_resource(key);

	if (id->kind == AUTHZ_ID_INT)
		authz_cache_keep_answer(key, id->value.number, set);
	else
		authz_cache_keep_answer(&by_resource, authz_resource_chain(resource)[0], set);
}

/*
 * All functions of this family, with the last three arguments constant.  Here
 * only what nearly every row of a scan needs, so that nothing is saved and
 * restored for the rest: the same subject, an id and an answer as before.
 */
static pg_attribute_always_inline bool
ask(FunctionCallInfo fcinfo, bool with_subject, bool several, Quantifier quantifier)
{
	const CallSite *site = fcinfo->flinfo->fn_extra;

	AcceptInvalidationMessages();
	if (likely(site != NULL && site->generation == authz_generation && site->id_is_integer) &&
		likely(!PG_ARGISNULL(ID_ARG(with_subject)) && site->valid_until == DT_NOEND) &&
		(with_subject || likely(!authz_subject_varies)))
	{
		int64		id = integer_id(PG_GETARG_DATUM(ID_ARG(with_subject)), site->id_type);

		if (likely(authz_memo_find(&site->memo_key, id) == site->last_set))
			return site->last_answer;
	}
	return ask_further(fcinfo, with_subject, several, quantifier);
}

/* The same in general; invalidations have just been accepted. */
static pg_noinline bool
ask_further(FunctionCallInfo fcinfo, bool with_subject, bool several, Quantifier quantifier)
{
	CallSite   *site = fcinfo->flinfo->fn_extra;
	bool		answer;

	if (unlikely(site == NULL))
		site = make_site(fcinfo, with_subject);
	if (PG_ARGISNULL(NAMES_ARG(with_subject)) || PG_ARGISNULL(ID_ARG(with_subject)) ||
		(with_subject && PG_ARGISNULL(SUBJECT_ARG(with_subject))))
		return false;

	if (!with_subject && unlikely(authz_subject_varies))
	{
		const char *name;
		int			len;

		(void) authz_caller_subject(&name, &len);
	}
	if (site->generation == authz_generation && !authz_cache_has_expired(site->valid_until))
	{
		AuthzResource *resource;
		AuthzId		id;

		authz_id_from_datum(PG_GETARG_DATUM(ID_ARG(with_subject)), site->id_type, &id);
		if (ask_memo(site, &site->memo_key, &id, quantifier, &resource, &answer))
			return answer;
	}
	if (site->epoch == authz_epoch &&
		ask_cache(fcinfo, site, with_subject, quantifier, &answer))
		return answer;
	return ask_tables(fcinfo, site, with_subject, several, quantifier);
}

/*
 * has_permission([subject authz.subject,] permission text, resource_id): the
 * id is anyelement or text.
 */
Datum
authz_has_permission(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ask(fcinfo, false, false, ANY_OF));
}

Datum
authz_has_permission_subject(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ask(fcinfo, true, false, ANY_OF));
}

/*
 * has_any_permission([subject authz.subject,] permissions text[], resource_id)
 */
Datum
authz_has_any_permission(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ask(fcinfo, false, true, ANY_OF));
}

Datum
authz_has_any_permission_subject(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ask(fcinfo, true, true, ANY_OF));
}

/*
 * has_all_permissions([subject authz.subject,] permissions text[], resource_id)
 */
Datum
authz_has_all_permissions(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ask(fcinfo, false, true, ALL_OF));
}

Datum
authz_has_all_permissions_subject(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(ask(fcinfo, true, true, ALL_OF));
}

/*
 * has_permission(permission text, resource authz.resource): the same for a resource by
 * its whole name; one of another type than the permission's is "no".
 */
Datum
authz_has_permission_on(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(has_permission_on(fcinfo, 0));
}

/* has_permission(subject authz.subject, permission text, resource authz.resource) */
Datum
authz_has_permission_on_subject(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!PG_ARGISNULL(0) && has_permission_on(fcinfo, 1));
}

/*
 * The answer for the permission at the given argument and the resource after it, and
 * for the subject before it, or the current one.
 */
static bool
has_permission_on(FunctionCallInfo fcinfo, int arg)
{
	AuthzFill	fill;
	text	   *name;
	bool		answer;

	if (PG_ARGISNULL(arg) || PG_ARGISNULL(arg + 1))
		return false;
	name = PG_GETARG_TEXT_PP(arg);
	authz_fill_init(&fill);
	do
	{
		AuthzPermission *permission;

		authz_fill_begin(&fill);
		permission = authz_load_permission(&fill, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
		answer = false;
		if (permission != NULL && permission->effective)
		{
			int			number = permission->number;
			int			type = permission->type;
			const AuthzSubject *subject = arg == 0 ? authz_ask_current(&fill) : authz_ask_subject(&fill, PG_GETARG_DATUM(0));
			const AuthzResource *resource = authz_ask_resource(&fill, PG_GETARG_DATUM(arg + 1));

			answer = resource != NULL && resource->type == type &&
				authz_set_has(authz_model_set(authz_resolve_effective(subject, resource)), number);
		}
	} while (!authz_fill_end(&fill));
	return answer;
}

/*
 * permissions_on(resource authz.resource) returns authz.permission_set
 */
Datum
authz_permissions_on(PG_FUNCTION_ARGS)
{
	AuthzFill	fill;
	Datum		result;

	authz_fill_init(&fill);
	do
	{
		authz_fill_begin(&fill);
		result = effective_set(authz_ask_current(&fill),
							   PG_ARGISNULL(0) ? NULL : authz_ask_resource(&fill, PG_GETARG_DATUM(0)));
	} while (!authz_fill_end(&fill));
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
	authz_fill_init(&fill);
	do
	{
		authz_fill_begin(&fill);
		result = effective_set(authz_ask_subject(&fill, PG_GETARG_DATUM(0)),
							   authz_ask_resource(&fill, PG_GETARG_DATUM(1)));
	} while (!authz_fill_end(&fill));
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

	authz_fill_init(&fill);
	do
	{
		authz_fill_begin(&fill);
		role = authz_load_role(&fill, PG_GETARG_INT64(0));
		result = set_datum(PG_GETARG_BOOL(1) ? role->including_planned : role->effective, -1);
	} while (!authz_fill_end(&fill));
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

	authz_fill_init(&fill);
	do
	{
		authz_fill_begin(&fill);
		subject = authz_ask_subject(&fill, PG_GETARG_DATUM(0));
		resource = authz_ask_resource(&fill, PG_GETARG_DATUM(1));
		result = set_datum(PG_GETARG_BOOL(2) ?
						   authz_resolve_including_planned(subject, resource) :
						   authz_resolve_effective(subject, resource), -1);
	} while (!authz_fill_end(&fill));
	return result;
}

AuthzSubject *
authz_ask_current(AuthzFill *fill)
{
	const char *name;
	int			len;

	(void) authz_caller_subject(&name, &len);
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
make_site(FunctionCallInfo fcinfo, bool with_subject)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	Oid			id_type = get_fn_expr_argtype(flinfo, ID_ARG(with_subject));
	CallSite   *site;

	site = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(CallSite));
	site->id_type = authz_id_base_type(id_type);
	if (!OidIsValid(site->id_type))
		authz_id_refuse_type(id_type);
	site->id_is_integer = site->id_type == INT8OID || site->id_type == INT4OID ||
		site->id_type == INT2OID;
	site->same_subject = !with_subject || is_constant(flinfo, SUBJECT_ARG(with_subject));
	site->same_permissions = is_constant(flinfo, NAMES_ARG(with_subject));
	flinfo->fn_extra = site;
	return site;
}

/*
 * The answer from what the call site and the cache know, no table being read.
 * The epoch stands, and invalidations have just been accepted.  False: not
 * everything is there.
 */
static bool
ask_cache(FunctionCallInfo fcinfo, CallSite *site, bool with_subject,
		  Quantifier quantifier, bool *answer)
{
	AuthzSubject *subject = site->subject;
	AuthzResource *resource = NULL;
	AuthzId		id;

	if (!site->same_permissions)
	{
		struct varlena *names = (struct varlena *) PG_GETARG_POINTER(NAMES_ARG(with_subject));

		/* Compressed ones are too long to be worth the trouble. */
		if (VARATT_IS_EXTENDED(names) && !VARATT_IS_SHORT(names))
			return false;
		if (VARSIZE_ANY(names) != VARSIZE_ANY(site->names) ||
			memcmp(names, site->names, VARSIZE_ANY(names)) != 0)
			return false;
	}

	authz_id_from_datum(PG_GETARG_DATUM(ID_ARG(with_subject)), site->id_type, &id);
	if (site->same_subject)
	{
		if (!authz_cache_subject_holds(subject))
			return false;
	}
	else
	{
		struct varlena *name = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(SUBJECT_ARG(with_subject)));
		const char *str = VARDATA_ANY(name);
		int			len = VARSIZE_ANY_EXHDR(name);
		uint32		hash = authz_cache_hash_name(str, len);

		if (site->type >= 0)
		{
			uint64		serial;

			if (id.kind == AUTHZ_ID_INT)
				authz_memo_prefetch(hash, site->type, id.value.number);
			serial = authz_cache_find_serial(str, len, hash);
			if (serial != 0)
			{
				AuthzMemoKey key = authz_memo_key(serial, hash, site->type);

				if (ask_memo(site, &key, &id, quantifier, &resource, answer))
					return true;
			}
		}
		subject = authz_cache_find_hashed_subject(str, len, hash);
		if (subject == NULL)
			return false;
	}

	if (site->type >= 0)
	{
		AuthzMemoKey key = authz_cache_memo_key(subject, site->type);

		if (!ask_memo(site, &key, &id, quantifier, &resource, answer))
		{
			if (resource == NULL)
				resource = authz_cache_find_resource(site->type, &id);
			if (resource == NULL)
				return false;
			keep_decision(&key, &id, resource, authz_resolve_effective(subject, resource));
			if (!ask_memo(site, &key, &id, quantifier, &resource, answer))
				return decide(site, subject, resource, &id, quantifier, NULL, answer);
		}
		keep_subject(site, subject, &key);
		return true;
	}
	return decide(site, subject, NULL, &id, quantifier, NULL, answer);
}

/*
 * Ask for one permission after the other.  resource is that of the common type,
 * NULL if it has not been looked up.  Without a fill it returns false if a
 * resource is not in the cache.
 */
static bool
decide(const CallSite *site, const AuthzSubject *subject, const AuthzResource *resource,
	   const AuthzId *id, Quantifier quantifier, AuthzFill *fill, bool *answer)
{
	int			type = resource != NULL ? site->type : -1;

	for (int i = 0; i < site->nasked; i++)
	{
		const Asked *asked = &site->asked[i];
		bool		has = false;

		if (asked->permission >= 0)
		{
			if (type != asked->type)
			{
				type = asked->type;
				if (fill != NULL)
					resource = authz_load_resource(fill, type, id);
				else if ((resource = authz_cache_find_resource(type, id)) == NULL)
					return false;
			}
			has = authz_resolve_has(subject, resource, asked->permission);
		}
		if (has == (quantifier == ANY_OF))
		{
			*answer = has;
			return true;
		}
	}
	/* No permission asked for is no permission, also with ALL_OF. */
	*answer = quantifier == ALL_OF && site->nasked > 0;
	return true;
}

/* Note one of the permissions that are asked for. */
static void
note_asked(CallSite *site, FmgrInfo *flinfo, const AuthzPermission *permission)
{
	Asked	   *asked;

	if (site->nasked == site->max_asked)
	{
		int			newmax = Max(1, site->max_asked * 2);

		if (site->asked == NULL)
			site->asked = MemoryContextAlloc(flinfo->fn_mcxt, newmax * sizeof(Asked));
		else
			site->asked = repalloc(site->asked, newmax * sizeof(Asked));
		site->max_asked = newmax;
	}
	asked = &site->asked[site->nasked];
	asked->permission = -1;
	asked->type = -1;
	if (permission != NULL && permission->type >= 0)
	{
		asked->permission = permission->number;
		asked->type = permission->type;
	}
	site->nasked++;
}

/* The permissions that are asked for, by their names. */
static void
load_asked(AuthzFill *fill, FunctionCallInfo fcinfo, CallSite *site, Datum names, bool several)
{
	site->nasked = 0;
	site->type = -1;
	if (several)
	{
		ArrayIterator iterator = array_create_iterator(DatumGetArrayTypeP(names), 0, NULL);
		Datum		element;
		bool		isnull;

		while (array_iterate(iterator, &element, &isnull))
		{
			struct varlena *name = isnull ? NULL : PG_DETOAST_DATUM_PACKED(element);

			CHECK_FOR_INTERRUPTS();
			note_asked(site, fcinfo->flinfo, isnull ? NULL :
					   authz_load_permission(fill, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)));
		}
		array_free_iterator(iterator);
	}
	else
	{
		struct varlena *name = PG_DETOAST_DATUM_PACKED(names);

		note_asked(site, fcinfo->flinfo,
				   authz_load_permission(fill, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)));
	}

	for (int i = 0; i < site->nasked; i++)
	{
		if (i > 0 && site->asked[i].type != site->type)
		{
			site->type = -1;
			break;
		}
		site->type = site->asked[i].type;
	}
}

/*
 * Keep the names that were asked for, to compare the next ones with.  False: they
 * are stored out of line or compressed, which is not worth the trouble.
 */
static bool
keep_names(FunctionCallInfo fcinfo, CallSite *site, struct varlena *names)
{
	Size		size;

	if (VARATT_IS_EXTENDED(names) && !VARATT_IS_SHORT(names))
		return false;
	size = VARSIZE_ANY(names);
	if (site->names_room < size)
	{
		if (site->names != NULL)
			pfree(site->names);
		site->names = NULL;
		site->names_room = 0;
		site->names = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, size);
		site->names_room = size;
	}
	memcpy(site->names, names, size);
	return true;
}

/*
 * The general form: whatever is not known yet is read, and kept where that
 * pays.
 */
static bool
ask_tables(FunctionCallInfo fcinfo, CallSite *site, bool with_subject,
		   bool several, Quantifier quantifier)
{
	Datum		names = PG_GETARG_DATUM(NAMES_ARG(with_subject));
	AuthzFill	fill;
	AuthzSubject *subject;
	AuthzId		id;
	bool		answer;

	/* After an error nothing is kept. */
	site->epoch = 0;
	site->generation = 0;

	authz_fill_init(&fill);
	do
	{
		authz_fill_begin(&fill);
		if (with_subject)
			subject = authz_ask_subject(&fill, PG_GETARG_DATUM(SUBJECT_ARG(with_subject)));
		else
			subject = authz_ask_current(&fill);
		load_asked(&fill, fcinfo, site, names, several);
		authz_id_from_datum(PG_GETARG_DATUM(ID_ARG(with_subject)), site->id_type, &id);
		(void) decide(site, subject, NULL, &id, quantifier, &fill, &answer);
	} while (!authz_fill_end(&fill));

	if (authz_cache_may_keep() &&
		(site->same_permissions || keep_names(fcinfo, site, (struct varlena *) DatumGetPointer(names))))
	{
		site->subject = subject;
		site->last_set = NO_SET;
		site->epoch = authz_epoch;
	}
	return answer;
}

/*
 * The next calls at this site may ask for kept answers of the subject at once.
 * It holds at this moment.
 */
static inline void
keep_subject(CallSite *site, const AuthzSubject *subject, const AuthzMemoKey *key)
{
	if (!site->same_subject || !site->same_permissions)
		return;
	site->memo_key = *key;
	site->valid_until = subject->valid_until;
	site->generation = authz_generation;
}

/* What the subject may do on the resource, as an authz.permission_set. */
static Datum
effective_set(const AuthzSubject *subject, const AuthzResource *resource)
{
	if (resource == NULL)
		return authz_permission_set_make(NULL, NULL, 0);
	return set_datum(authz_resolve_effective(subject, resource), resource->type);
}

/* The members of a set that belong to a resource type, -1 for all. */
static Datum
set_datum(uint32 set, int type)
{
	const AuthzSet *members = authz_model_set(set);
	int			max = members->nwords * 64;
	const char **names = palloc(Max(max, 1) * sizeof(char *));
	int		   *lens = palloc(Max(max, 1) * sizeof(int));
	int			count = 0;

	for (int i = 0; i < max; i++)
	{
		AuthzPermission *permission;

		if (!authz_set_has(members, i))
			continue;
		permission = authz_model_permission(i);
		if (type >= 0 && permission->type != type)
			continue;
		names[count] = permission->name;
		lens[count++] = permission->name_len;
	}
	return authz_permission_set_make(names, lens, count);
}
