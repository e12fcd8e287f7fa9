/*
 * has_permission.c
 *	  The permission check: SQL functions about one resource, has_permission()
 *	  and its relatives.
 *
 * has_permission() is LEAKPROOF: nothing here raises an error, or prints
 * anything, that depends on an argument's value.  An unknown, malformed or
 * NULL argument gives "no".  Errors that depend on an argument's type alone
 * are fine.
 *
 * Fast path.  A call site keeps its state in fn_extra: the permissions by
 * number, and where the subject is the same in all calls, the subject.  A call
 * accepts invalidation messages, tests whether that state is still valid
 * (validity.h: generation and epoch), looks up the decision (decision_cache.h)
 * and tests a bit; or looks up the subject and the resource and probes the
 * subject's grants.  It uses no table, no SPI and no palloc.
 *
 * Slow path.  What is not in the cache is loaded from the tables (load.c), and
 * the call site keeps it for the next calls.
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

#include "cache/cache.h"
#include "cache/load.h"
#include "cache/validity.h"
#include "decision/has_permission.h"
#include "decision/resolve.h"
#include "session/caller.h"
#include "session/current_subject.h"
#include "session/settings.h"
#include "types/permission_set.h"
#include "types/resource_id.h"

typedef enum Quantifier
{
	ANY_OF,
	ALL_OF
} Quantifier;

/* A permission that the call asks for. */
typedef struct AskedPermission
{
	int			permission;		/* its number, -1: no permission has that name */
	int			type;
} AskedPermission;

#define NO_SET UINT32_MAX		/* number of no set */

/*
 * State of one call site (one mention of has_permission() etc. in one query),
 * kept in fn_extra.
 */
typedef struct CallSite
{
	/* What the call's expression tells. */
	Oid			id_type;		/* base type of the id */
	bool		id_is_integer;
	bool		same_subject;	/* in all calls: the current one, or a
								 * constant */
	bool		same_permissions;	/* in all calls: a constant */

	/*
	 * What the last call on the slow path has loaded; valid while the epoch
	 * is the same.
	 */
	uint64		epoch;			/* 0: nothing */
	AskedPermission *asked;
	int			nasked;
	int			max_asked;
	int			type;			/* resource type of all that is asked, -1: of
								 * several */
	struct varlena *names;		/* the argument, unless same_permissions */
	Size		names_room;
	AuthzSubject *subject;		/* if same_subject */
	uint32		last_set;		/* last_answer is the answer for that set;
								 * NO_SET: for none */
	bool		last_answer;

	/*
	 * The key of the cached decisions about the subject; valid while the
	 * generation is the same.
	 */
	uint64		generation;		/* 0: nothing */
	TimestampTz valid_until;
	AuthzDecisionKey decision_key;
} CallSite;

/* The arguments: [subject,] permission or permissions, id. */
#define SUBJECT_ARG(with_subject) 0
#define NAMES_ARG(with_subject) ((with_subject) ? 1 : 0)
#define ID_ARG(with_subject) ((with_subject) ? 2 : 1)

static bool is_constant_argument(FmgrInfo *flinfo, int arg);
static CallSite *make_call_site(FunctionCallInfo fcinfo, bool with_subject);
static bool check_call_site_slow_path(FunctionCallInfo fcinfo, bool with_subject, bool several,
									  Quantifier quantifier);
static bool check_in_cache(FunctionCallInfo fcinfo, CallSite *site, bool with_subject,
						   Quantifier quantifier, bool *answer);
static bool check_in_tables(FunctionCallInfo fcinfo, CallSite *site, bool with_subject,
							bool several, Quantifier quantifier);
static bool decide_permissions(const CallSite *site, const AuthzSubject *subject, const AuthzResource *resource,
							   const AuthzId *id, Quantifier quantifier, AuthzLoad *load, bool *answer);
static inline void keep_decision_key(CallSite *site, const AuthzSubject *subject, const AuthzDecisionKey *key);
static Datum make_effective_set(const AuthzSubject *subject, const AuthzResource *resource);
static Datum make_set_datum(uint32 set, int type);
static bool check_resource(FunctionCallInfo fcinfo, int arg);

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

/* Does a set of permissions satisfy the call? */
static bool
does_set_satisfy(const CallSite *site, uint32 number, Quantifier quantifier)
{
	const AuthzSet *set = authz_role_cache_set(number);

	for (int i = 0; i < site->nasked; i++)
	{
		bool		has = site->asked[i].permission >= 0 &&
			authz_role_cache_set_has(set, site->asked[i].permission);

		if (has == (quantifier == ANY_OF))
			return has;
	}
	/* Without any permission the answer is no, also with ALL_OF. */
	return quantifier == ALL_OF && site->nasked > 0;
}

static inline int64
get_integer_id(Datum value, Oid type)
{
	if (type == INT8OID)
		return DatumGetInt64(value);
	if (type == INT4OID)
		return DatumGetInt32(value);
	return DatumGetInt16(value);
}

/*
 * Look up the decision in the cache.  Returns false if it is not there;
 * *resource is then the cache entry of the resource, if that has been looked
 * up.
 */
static inline bool
find_decision(CallSite *site, const AuthzDecisionKey *key, const AuthzId *id, Quantifier quantifier,
			  AuthzResource **resource, bool *answer)
{
	uint32		set;

	*resource = NULL;
	if (id->kind == AUTHZ_ID_INT)
		set = authz_decision_cache_find(key, id->value.number);
	else
	{
		AuthzDecisionKey by_resource = authz_decision_key_by_resource(key);

		*resource = authz_resource_cache_find(site->type, id);
		if (*resource == NULL)
			return false;
		set = authz_decision_cache_find(&by_resource, authz_resource_cache_chain(*resource)[0]);
	}
	if (set == AUTHZ_DECISION_UNKNOWN)
		return false;
	if (unlikely(set != site->last_set))
	{
		site->last_set = set;
		site->last_answer = does_set_satisfy(site, set, quantifier);
	}
	*answer = site->last_answer;
	return true;
}

/* Add the decision about the resource with this id to the cache. */
static inline void
keep_decision(const AuthzDecisionKey *key, const AuthzId *id, const AuthzResource *resource, uint32 set)
{
	AuthzDecisionKey by_resource = authz_decision_key_by_resource(key);

	if (id->kind == AUTHZ_ID_INT)
		authz_cache_keep_decision(key, id->value.number, set);
	else
		authz_cache_keep_decision(&by_resource, authz_resource_cache_chain(resource)[0], set);
}

/*
 * Fast path of all functions of this family; the last three arguments are
 * constants.  It contains only what nearly every row of a scan needs, so that
 * no registers are saved and restored for the rest: the same subject, an
 * integer id, and the same set as before.
 */
static pg_attribute_always_inline bool
check_call_site(FunctionCallInfo fcinfo, bool with_subject, bool several, Quantifier quantifier)
{
	const CallSite *site = fcinfo->flinfo->fn_extra;

	AcceptInvalidationMessages();
	if (likely(site != NULL && site->generation == authz_generation && site->id_is_integer) &&
		likely(!PG_ARGISNULL(ID_ARG(with_subject)) && site->valid_until == DT_NOEND) &&
		(with_subject || likely(!authz_current_subject_varies)))
	{
		int64		id = get_integer_id(PG_GETARG_DATUM(ID_ARG(with_subject)), site->id_type);

		if (likely(authz_decision_cache_find(&site->decision_key, id) == site->last_set))
			return site->last_answer;
	}
	return check_call_site_slow_path(fcinfo, with_subject, several, quantifier);
}

/* The general case; invalidation messages have just been accepted. */
static pg_noinline bool
check_call_site_slow_path(FunctionCallInfo fcinfo, bool with_subject, bool several, Quantifier quantifier)
{
	CallSite   *site = fcinfo->flinfo->fn_extra;
	bool		answer;

	if (unlikely(site == NULL))
		site = make_call_site(fcinfo, with_subject);
	if (PG_ARGISNULL(NAMES_ARG(with_subject)) || PG_ARGISNULL(ID_ARG(with_subject)) ||
		(with_subject && PG_ARGISNULL(SUBJECT_ARG(with_subject))))
		return false;

	if (!with_subject && unlikely(authz_current_subject_varies))
	{
		const char *name;
		int			len;

		(void) authz_caller_subject(&name, &len);
	}
	if (site->generation == authz_generation && !authz_validity_has_expired(site->valid_until))
	{
		AuthzResource *resource;
		AuthzId		id;

		authz_resource_id_from_datum(PG_GETARG_DATUM(ID_ARG(with_subject)), site->id_type, &id);
		if (find_decision(site, &site->decision_key, &id, quantifier, &resource, &answer))
			return answer;
	}
	if (site->epoch == authz_epoch &&
		check_in_cache(fcinfo, site, with_subject, quantifier, &answer))
		return answer;
	return check_in_tables(fcinfo, site, with_subject, several, quantifier);
}

/*
 * has_permission([subject authz.subject,] permission text, resource_id): the
 * id is anyelement or text.
 */
Datum
authz_has_permission(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(check_call_site(fcinfo, false, false, ANY_OF));
}

Datum
authz_has_permission_subject(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(check_call_site(fcinfo, true, false, ANY_OF));
}

/*
 * has_any_permission([subject authz.subject,] permissions text[], resource_id)
 */
Datum
authz_has_any_permission(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(check_call_site(fcinfo, false, true, ANY_OF));
}

Datum
authz_has_any_permission_subject(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(check_call_site(fcinfo, true, true, ANY_OF));
}

/*
 * has_all_permissions([subject authz.subject,] permissions text[],
 * resource_id)
 */
Datum
authz_has_all_permissions(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(check_call_site(fcinfo, false, true, ALL_OF));
}

Datum
authz_has_all_permissions_subject(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(check_call_site(fcinfo, true, true, ALL_OF));
}

/*
 * has_permission(permission text, resource authz.resource): the same for a
 * resource by its whole name; for one of another type than the permission's
 * the answer is no.
 */
Datum
authz_has_permission_on(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(check_resource(fcinfo, 0));
}

/*
 * has_permission(subject authz.subject, permission text, resource
 * authz.resource)
 */
Datum
authz_has_permission_on_subject(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!PG_ARGISNULL(0) && check_resource(fcinfo, 1));
}

/*
 * The check for the permission at the given argument, the resource after it,
 * and the subject before it, or the current one.
 */
static bool
check_resource(FunctionCallInfo fcinfo, int arg)
{
	AuthzLoad	load;
	text	   *name;
	bool		answer;

	if (PG_ARGISNULL(arg) || PG_ARGISNULL(arg + 1))
		return false;
	name = PG_GETARG_TEXT_PP(arg);
	authz_load_init(&load);
	do
	{
		AuthzPermission *permission;

		authz_load_begin(&load);
		permission = authz_load_permission(&load, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
		answer = false;
		if (permission != NULL && permission->effective)
		{
			int			number = permission->number;
			int			type = permission->type;
			const AuthzSubject *subject = arg == 0 ? authz_load_current_subject(&load) : authz_load_subject_datum(&load, PG_GETARG_DATUM(0));
			const AuthzResource *resource = authz_load_resource_datum(&load, PG_GETARG_DATUM(arg + 1));

			answer = resource != NULL && resource->type == type &&
				authz_role_cache_set_has(authz_role_cache_set(authz_resolve_effective(subject, resource)), number);
		}
	} while (!authz_load_end(&load));
	return answer;
}

/*
 * permissions_on(resource authz.resource) returns authz.permission_set
 */
Datum
authz_permissions_on(PG_FUNCTION_ARGS)
{
	AuthzLoad	load;
	Datum		result;

	authz_load_init(&load);
	do
	{
		authz_load_begin(&load);
		result = make_effective_set(authz_load_current_subject(&load),
									PG_ARGISNULL(0) ? NULL : authz_load_resource_datum(&load, PG_GETARG_DATUM(0)));
	} while (!authz_load_end(&load));
	return result;
}

/*
 * permissions_on(subject authz.subject, resource authz.resource)
 */
Datum
authz_permissions_on_subject(PG_FUNCTION_ARGS)
{
	AuthzLoad	load;
	Datum		result;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return authz_permission_set_make(NULL, NULL, 0);
	authz_load_init(&load);
	do
	{
		authz_load_begin(&load);
		result = make_effective_set(authz_load_subject_datum(&load, PG_GETARG_DATUM(0)),
									authz_load_resource_datum(&load, PG_GETARG_DATUM(1)));
	} while (!authz_load_end(&load));
	return result;
}

/*
 * role_permission_set(role_id bigint, planned boolean) returns
 * authz.permission_set: all permissions of a role, of all resource types,
 * through every role that it builds on.
 */
Datum
authz_role_permission_set(PG_FUNCTION_ARGS)
{
	AuthzLoad	load;
	AuthzRole  *role;
	Datum		result;

	authz_load_init(&load);
	do
	{
		authz_load_begin(&load);
		role = authz_load_role(&load, PG_GETARG_INT64(0));
		result = make_set_datum(PG_GETARG_BOOL(1) ? role->including_planned : role->effective, -1);
	} while (!authz_load_end(&load));
	return result;
}

/*
 * held_permission_set(subject authz.subject, resource authz.resource, planned
 * boolean) returns authz.permission_set: all permissions of the subject's
 * roles on the resource and its ancestors, of all resource types.
 */
Datum
authz_held_permission_set(PG_FUNCTION_ARGS)
{
	AuthzLoad	load;
	AuthzSubject *subject;
	AuthzResource *resource;
	Datum		result;

	authz_load_init(&load);
	do
	{
		authz_load_begin(&load);
		subject = authz_load_subject_datum(&load, PG_GETARG_DATUM(0));
		resource = authz_load_resource_datum(&load, PG_GETARG_DATUM(1));
		result = make_set_datum(PG_GETARG_BOOL(2) ?
								authz_resolve_including_planned(subject, resource) :
								authz_resolve_effective(subject, resource), -1);
	} while (!authz_load_end(&load));
	return result;
}

AuthzSubject *
authz_load_current_subject(AuthzLoad *load)
{
	const char *name;
	int			len;

	(void) authz_caller_subject(&name, &len);
	return authz_load_subject(load, name, len);
}

AuthzSubject *
authz_load_subject_datum(AuthzLoad *load, Datum subject)
{
	struct varlena *name = PG_DETOAST_DATUM_PACKED(subject);

	return authz_load_subject(load, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
}

AuthzResource *
authz_load_resource_datum(AuthzLoad *load, Datum resource)
{
	struct varlena *name = PG_DETOAST_DATUM_PACKED(resource);
	const char *str = VARDATA_ANY(name);
	int			len = VARSIZE_ANY_EXHDR(name);
	const char *colon = memchr(str, ':', len);
	int			type_len = colon - str;
	AuthzId		id;
	int			type;

	Assert(colon != NULL);		/* tested by the type's input function */
	type = authz_load_type(load, str, type_len);
	if (type < 0)
		return NULL;
	authz_resource_id_from_text(colon + 1, len - type_len - 1, &id);
	return authz_load_resource(load, type, &id);
}

/*
 * Is the argument a constant?  (Not get_fn_expr_arg_stable(): it counts
 * parameters too, but PL/pgSQL evaluates one expression again and again with
 * new values of its variables, which are parameters.)
 */
static bool
is_constant_argument(FmgrInfo *flinfo, int arg)
{
	FuncExpr   *call = (FuncExpr *) flinfo->fn_expr;

	return call != NULL && IsA(call, FuncExpr) && IsA(list_nth(call->args, arg), Const);
}

/* Create the state of a call site, with what the call's expression tells. */
static CallSite *
make_call_site(FunctionCallInfo fcinfo, bool with_subject)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	Oid			id_type = get_fn_expr_argtype(flinfo, ID_ARG(with_subject));
	CallSite   *site;

	site = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(CallSite));
	site->id_type = authz_resource_id_base_type(id_type);
	if (!OidIsValid(site->id_type))
		authz_resource_id_refuse_type(id_type);
	site->id_is_integer = site->id_type == INT8OID || site->id_type == INT4OID ||
		site->id_type == INT2OID;
	site->same_subject = !with_subject || is_constant_argument(flinfo, SUBJECT_ARG(with_subject));
	site->same_permissions = is_constant_argument(flinfo, NAMES_ARG(with_subject));
	flinfo->fn_extra = site;
	return site;
}

/*
 * The check with what the call site and the cache have; reads no table.  The
 * epoch is the same as before, and invalidation messages have just been
 * accepted.  Returns false if something is not in the cache.
 */
static bool
check_in_cache(FunctionCallInfo fcinfo, CallSite *site, bool with_subject,
			   Quantifier quantifier, bool *answer)
{
	AuthzSubject *subject = site->subject;
	AuthzResource *resource = NULL;
	AuthzId		id;

	if (!site->same_permissions)
	{
		struct varlena *names = (struct varlena *) PG_GETARG_POINTER(NAMES_ARG(with_subject));

		/* Compressed names are too long to be worth the trouble. */
		if (VARATT_IS_EXTENDED(names) && !VARATT_IS_SHORT(names))
			return false;
		if (VARSIZE_ANY(names) != VARSIZE_ANY(site->names) ||
			memcmp(names, site->names, VARSIZE_ANY(names)) != 0)
			return false;
	}

	authz_resource_id_from_datum(PG_GETARG_DATUM(ID_ARG(with_subject)), site->id_type, &id);
	if (site->same_subject)
	{
		if (!authz_subject_cache_is_valid(subject))
			return false;
	}
	else
	{
		struct varlena *name = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(SUBJECT_ARG(with_subject)));
		const char *str = VARDATA_ANY(name);
		int			len = VARSIZE_ANY_EXHDR(name);
		uint32		hash = authz_subject_cache_hash_name(str, len);

		if (site->type >= 0)
		{
			uint64		serial;

			if (id.kind == AUTHZ_ID_INT)
				authz_decision_cache_prefetch(hash, site->type, id.value.number);
			serial = authz_subject_cache_find_serial(str, len, hash);
			if (serial != 0)
			{
				AuthzDecisionKey key = authz_decision_key(serial, hash, site->type);

				if (find_decision(site, &key, &id, quantifier, &resource, answer))
					return true;
			}
		}
		subject = authz_subject_cache_find_hashed(str, len, hash);
		if (subject == NULL)
			return false;
	}

	if (site->type >= 0)
	{
		AuthzDecisionKey key = authz_subject_cache_decision_key(subject, site->type);

		if (!find_decision(site, &key, &id, quantifier, &resource, answer))
		{
			if (resource == NULL)
				resource = authz_resource_cache_find(site->type, &id);
			if (resource == NULL)
				return false;
			keep_decision(&key, &id, resource, authz_resolve_effective(subject, resource));
			if (!find_decision(site, &key, &id, quantifier, &resource, answer))
				return decide_permissions(site, subject, resource, &id, quantifier, NULL, answer);
		}
		keep_decision_key(site, subject, &key);
		return true;
	}
	return decide_permissions(site, subject, NULL, &id, quantifier, NULL, answer);
}

/*
 * Decide one permission after the other.  resource is that of the common type,
 * NULL if it has not been looked up.  Without a load it returns false if a
 * resource is not in the cache.
 */
static bool
decide_permissions(const CallSite *site, const AuthzSubject *subject, const AuthzResource *resource,
				   const AuthzId *id, Quantifier quantifier, AuthzLoad *load, bool *answer)
{
	int			type = resource != NULL ? site->type : -1;

	for (int i = 0; i < site->nasked; i++)
	{
		const AskedPermission *asked = &site->asked[i];
		bool		has = false;

		if (asked->permission >= 0)
		{
			if (type != asked->type)
			{
				type = asked->type;
				if (load != NULL)
					resource = authz_load_resource(load, type, id);
				else if ((resource = authz_resource_cache_find(type, id)) == NULL)
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
	/* Without any permission the answer is no, also with ALL_OF. */
	*answer = quantifier == ALL_OF && site->nasked > 0;
	return true;
}

/* Add one of the permissions that the call asks for. */
static void
add_asked_permission(CallSite *site, FmgrInfo *flinfo, const AuthzPermission *permission)
{
	AskedPermission *asked;

	if (site->nasked == site->max_asked)
	{
		int			newmax = Max(1, site->max_asked * 2);

		if (site->asked == NULL)
			site->asked = MemoryContextAlloc(flinfo->fn_mcxt, newmax * sizeof(AskedPermission));
		else
			site->asked = repalloc(site->asked, newmax * sizeof(AskedPermission));
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

/* Load the permissions that the call asks for, by their names. */
static void
load_asked_permissions(AuthzLoad *load, FunctionCallInfo fcinfo, CallSite *site, Datum names, bool several)
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
			add_asked_permission(site, fcinfo->flinfo, isnull ? NULL :
								 authz_load_permission(load, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)));
		}
		array_free_iterator(iterator);
	}
	else
	{
		struct varlena *name = PG_DETOAST_DATUM_PACKED(names);

		add_asked_permission(site, fcinfo->flinfo,
							 authz_load_permission(load, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)));
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
 * Keep the names for comparison with those of the next call.  Returns false if
 * they are stored out of line or compressed, which is not worth the trouble.
 */
static bool
keep_asked_names(FunctionCallInfo fcinfo, CallSite *site, struct varlena *names)
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

/* Slow path: loads what is not in the cache, and keeps it where that pays. */
static bool
check_in_tables(FunctionCallInfo fcinfo, CallSite *site, bool with_subject,
				bool several, Quantifier quantifier)
{
	Datum		names = PG_GETARG_DATUM(NAMES_ARG(with_subject));
	AuthzLoad	load;
	AuthzSubject *subject;
	AuthzId		id;
	bool		answer;

	/* After an error nothing is kept. */
	site->epoch = 0;
	site->generation = 0;

	authz_load_init(&load);
	do
	{
		authz_load_begin(&load);
		if (with_subject)
			subject = authz_load_subject_datum(&load, PG_GETARG_DATUM(SUBJECT_ARG(with_subject)));
		else
			subject = authz_load_current_subject(&load);
		load_asked_permissions(&load, fcinfo, site, names, several);
		authz_resource_id_from_datum(PG_GETARG_DATUM(ID_ARG(with_subject)), site->id_type, &id);
		(void) decide_permissions(site, subject, NULL, &id, quantifier, &load, &answer);
	} while (!authz_load_end(&load));

	if (authz_cache_may_keep() &&
		(site->same_permissions || keep_asked_names(fcinfo, site, (struct varlena *) DatumGetPointer(names))))
	{
		site->subject = subject;
		site->last_set = NO_SET;
		site->epoch = authz_epoch;
	}
	return answer;
}

/*
 * Let the next calls at this site look up decisions about the subject at once.
 * Its entry is valid at this moment.
 */
static inline void
keep_decision_key(CallSite *site, const AuthzSubject *subject, const AuthzDecisionKey *key)
{
	if (!site->same_subject || !site->same_permissions)
		return;
	site->decision_key = *key;
	site->valid_until = subject->valid_until;
	site->generation = authz_generation;
}

/*
 * The permissions that the subject has on the resource, as an
 * authz.permission_set.
 */
static Datum
make_effective_set(const AuthzSubject *subject, const AuthzResource *resource)
{
	if (resource == NULL)
		return authz_permission_set_make(NULL, NULL, 0);
	return make_set_datum(authz_resolve_effective(subject, resource), resource->type);
}

/*
 * The members of a set that belong to a resource type, -1 for all, as an
 * authz.permission_set.
 */
static Datum
make_set_datum(uint32 set, int type)
{
	const AuthzSet *members = authz_role_cache_set(set);
	int			max = members->nwords * 64;
	const char **names = palloc(Max(max, 1) * sizeof(char *));
	int		   *lens = palloc(Max(max, 1) * sizeof(int));
	int			count = 0;

	for (int i = 0; i < max; i++)
	{
		AuthzPermission *permission;

		if (!authz_role_cache_set_has(members, i))
			continue;
		permission = authz_role_cache_permission(i);
		if (type >= 0 && permission->type != type)
			continue;
		names[count] = permission->name;
		lens[count++] = permission->name_len;
	}
	return authz_permission_set_make(names, lens, count);
}
