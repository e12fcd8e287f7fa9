/*
 * permitted_ids.c
 *	  SQL entry points that enumerate: permitted_ids(), list_resources() and
 *	  list_subjects().
 *
 * The resources on which a subject holds a permission are found from its
 * grants: a grant on a resource of the permission's own type is one of them;
 * one on an ancestor is followed down, by index, to all resources of that type
 * beneath it.  The result is kept with the subject (AuthzIdList) under the keys
 * of everything it was read from, so that a policy with an index condition
 * costs a copy of an array per scan.
 *
 * The subjects that hold a permission are found the other way round, from the
 * assignments on the resource and its ancestors.  That is for administrators
 * and not kept.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

#include "cache/announce.h"
#include "cache/cache.h"
#include "cache/load.h"
#include "cache/validity.h"
#include "decision/has_permission.h"
#include "decision/permitted_ids.h"
#include "tables/rows.h"
#include "types/grammar.h"
#include "types/growing_array.h"
#include "types/resource_id.h"

#define ST_SORT sort_numbers
#define ST_ELEMENT_TYPE int64
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_DECLARE
#define ST_DEFINE
#include "lib/sort_template.h"

typedef struct Numbers
{
	int64	   *items;
	int			count;
	int			max;
} Numbers;

typedef struct Keys
{
	Oid		   *items;
	int			count;
	int			max;
} Keys;

typedef struct Texts
{
	text	  **items;
	int			count;
	int			max;
} Texts;

/* One enumeration of resources. */
typedef struct Enumeration
{
	AuthzReader *reader;
	int			depth;			/* of the permission's type */
	int		   *types;			/* that type, its parent, ... the root */
	bool		any_resource;	/* so many that any change of a resource counts */
	Keys		keys;
	Numbers		numbers;
	Texts		others;

	/* A walk over the resources by id: see seek(). */
	bool		walking;
	int64		here;
	const char *name;			/* of the resource here */
	int			name_len;
} Enumeration;

/* With the keys of so many, the message of nearly any other resource would meet one of them. */
#define MANY_RESOURCES 16384

/* To look for the next one is as much work as so many steps of a walk. */
#define WALK_STEPS 12

static void enumerate(Enumeration *all, int64 resource_id);
static bool seek(Enumeration *all, int64 id);
static void descend(Enumeration *all, int64 resource_id, int level);
static bool is_of_type(const char *name, int name_len, const AuthzType *type);
static void add_resource(Enumeration *all, const AuthzType *type, const char *name, int name_len);
static AuthzIdList *pack(Enumeration *all, AuthzPermission *permission, uint64 built);
static AuthzIdList *ask_ids(FunctionCallInfo fcinfo, int subject_arg);
static Datum permitted_ids(FunctionCallInfo fcinfo, int subject_arg);
static Datum list_resources(FunctionCallInfo fcinfo, int subject_arg);
static Datum number_array(const AuthzIdList *list, Oid type, Oid base_type);
static Datum other_array(const AuthzIdList *list, Oid type, Oid base_type);
static void holders(AuthzFill *fill, AuthzResource *resource, AuthzPermission *permission,
					Numbers *ids, bool *everyone);
static void members(AuthzReader *reader, int64 group_id, Numbers *ids);
static void add_subjects_with_prefix(AuthzReader *reader, const char *prefix, Texts *names);
static void add_key(Enumeration *all, Oid key);
static void add_number(Numbers *numbers, int64 number);
static int	unique_numbers(int64 *numbers, int count);
static int	compare_texts(const void *a, const void *b);
static int	unique_texts(text **texts, int count);

PG_FUNCTION_INFO_V1(authz_permitted_ids);
PG_FUNCTION_INFO_V1(authz_permitted_ids_subject);
PG_FUNCTION_INFO_V1(authz_list_resources);
PG_FUNCTION_INFO_V1(authz_list_resources_subject);
PG_FUNCTION_INFO_V1(authz_list_subjects);

/* permitted_ids(permission text, sample anyelement) returns anyarray */
Datum
authz_permitted_ids(PG_FUNCTION_ARGS)
{
	return permitted_ids(fcinfo, -1);
}

/* permitted_ids(subject authz.subject, permission text, sample anyelement) */
Datum
authz_permitted_ids_subject(PG_FUNCTION_ARGS)
{
	return permitted_ids(fcinfo, 0);
}

/* list_resources(permission text) returns setof authz.resource */
Datum
authz_list_resources(PG_FUNCTION_ARGS)
{
	return list_resources(fcinfo, -1);
}

/* list_resources(subject authz.subject, permission text) */
Datum
authz_list_resources_subject(PG_FUNCTION_ARGS)
{
	return list_resources(fcinfo, 0);
}

/*
 * list_subjects(permission text, resource authz.resource) returns setof
 * authz.subject: users and service accounts.  What everyone has, everybody in
 * the table has, user:* included.
 */
Datum
authz_list_subjects(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	AuthzFill	fill;
	text	   *name;
	Texts		names = {0};

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;

	name = PG_GETARG_TEXT_PP(0);
	authz_fill_init(&fill);
	do
	{
		AuthzPermission *permission;
		AuthzResource *resource;
		Numbers		ids = {0};
		bool		everyone = false;

		authz_fill_begin(&fill);
		(void) authz_fill_reader(&fill);
		names.count = 0;
		permission = authz_load_permission(&fill, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
		resource = authz_ask_resource(&fill, PG_GETARG_DATUM(1));
		if (permission != NULL && permission->effective && resource != NULL &&
			resource->type == permission->type)
			holders(&fill, resource, permission, &ids, &everyone);

		ids.count = unique_numbers(ids.items, ids.count);
		for (int i = 0; i < ids.count; i++)
		{
			AuthzSubjectRow row;

			if (!authz_read_subject_by_id(&fill.reader, ids.items[i], &row))
				continue;
			AUTHZ_MAKE_ROOM(&names);
			names.items[names.count++] = cstring_to_text_with_len(row.name, row.name_len);
		}
		if (everyone)
		{
			add_subjects_with_prefix(&fill.reader, "user:", &names);
			add_subjects_with_prefix(&fill.reader, "service_account:", &names);
		}
	} while (!authz_fill_end(&fill));

	names.count = unique_texts(names.items, names.count);
	for (int i = 0; i < names.count; i++)
	{
		Datum		value = PointerGetDatum(names.items[i]);
		bool		isnull = false;

		tuplestore_putvalues(result->setResult, result->setDesc, &value, &isnull);
	}
	return (Datum) 0;
}

AuthzIdList *
authz_list_ids(AuthzFill *fill, AuthzSubject *subject, AuthzPermission *permission)
{
	Enumeration all = {0};
	Numbers		granted = {0};
	AuthzIdList *list;
	int			type;
	int			max_depth;

	for (list = subject->lists; list != NULL; list = list->next)
		if (list->permission == permission->number && authz_validity_check(&list->validity))
			return list;

	all.reader = authz_fill_reader(fill);
	/* A cycle cannot be, but must not hang us. */
	max_depth = authz_model_type_count();
	all.types = palloc(Max(max_depth, 1) * sizeof(int));
	for (type = permission->type; type >= 0 && all.depth < max_depth;
		 type = authz_model_type(type)->parent)
		all.types[all.depth++] = type;

	for (int i = 0; i < subject->validity.nkeys; i++)
		add_key(&all, subject->validity.keys[i]);
	for (uint32 i = 0; i <= subject->grants_mask; i++)
	{
		const AuthzGrant *grant = &subject->grants[i];

		if (grant->resource_id != 0 && permission->effective &&
			authz_set_has(authz_model_set(grant->effective), permission->number))
			add_number(&granted, grant->resource_id);
	}

	/* In the order of the index, so that neighbours are read together. */
	granted.count = unique_numbers(granted.items, granted.count);
	if (granted.count > MANY_RESOURCES)
	{
		add_key(&all, authz_key(AUTHZ_KEY_ANY_RESOURCE, 0));
		all.any_resource = true;
	}
	for (int i = 0; i < granted.count; i++)
		enumerate(&all, granted.items[i]);
	if (granted.items != NULL)
		pfree(granted.items);

	/* The grants may be older than what was read here; both must hold. */
	list = pack(&all, permission, Min(fill->started, subject->validity.built));
	authz_cache_keep_list(subject, list);
	return list;
}

double
authz_list_estimate(AuthzFill *fill, AuthzSubject *subject, AuthzPermission *permission)
{
	AuthzIdList *list;

	for (list = subject->lists; list != NULL; list = list->next)
		if (list->permission == permission->number)
			break;
	if (list == NULL)
		list = authz_list_ids(fill, subject, permission);
	return (double) list->nnumbers + list->nothers;
}

/* A resource on which the permission is held: itself, or what is beneath. */
static void
enumerate(Enumeration *all, int64 resource_id)
{
	if (!all->any_resource)
		add_key(all, authz_key(AUTHZ_KEY_RESOURCE, resource_id));
	if (!seek(all, resource_id))
		return;
	for (int level = 0; level < all->depth; level++)
	{
		const AuthzType *type = authz_model_type(all->types[level]);

		if (!is_of_type(all->name, all->name_len, type))
			continue;
		if (level == 0)
			add_resource(all, type, all->name, all->name_len);
		else
			descend(all, resource_id, level - 1);
		return;
	}
}

/*
 * Go to the resource with this id; false: there is none.  The ids come in
 * ascending order, and who holds roles on many resources holds them on
 * neighbours: the next one is often a few steps ahead.
 */
static bool
seek(Enumeration *all, int64 id)
{
	for (int step = 0; all->walking && all->here < id; step++)
	{
		if (step == WALK_STEPS)
			all->walking = false;
		else
			all->walking = authz_next_resource(all->reader, &all->here, &all->name, &all->name_len);
	}
	if (!all->walking)
	{
		authz_start_by_id(all->reader, AUTHZ_RESOURCES_FROM_ID, id);
		all->walking = authz_next_resource(all->reader, &all->here, &all->name, &all->name_len);
	}
	return all->walking && all->here == id;
}

/* All resources of the permission's type below this one, whose children are of types[level]. */
static void
descend(Enumeration *all, int64 resource_id, int level)
{
	const AuthzType *type = authz_model_type(all->types[level]);
	const char *name;
	int			name_len;
	int64		id;
	Numbers		next = {0};

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (!all->any_resource)
		add_key(all, authz_key(AUTHZ_KEY_CHILDREN, resource_id));

	/* From the first of that type on; those of other types come behind. */
	authz_start_children(all->reader, resource_id, type->name, type->name_len);
	while (authz_next_child(all->reader, &name, &name_len, level == 0 ? NULL : &id) &&
		   is_of_type(name, name_len, type))
	{
		if (level == 0)
			add_resource(all, type, name, name_len);
		else
			add_number(&next, id);
	}
	for (int i = 0; i < next.count; i++)
		descend(all, next.items[i], level - 1);
	if (next.items != NULL)
		pfree(next.items);
}

/* Is the resource with this name of the type? */
static bool
is_of_type(const char *name, int name_len, const AuthzType *type)
{
	return name_len > type->name_len && name[type->name_len] == ':' &&
		memcmp(name, type->name, type->name_len) == 0;
}

static void
add_resource(Enumeration *all, const AuthzType *type, const char *name, int name_len)
{
	const char *str = name + type->name_len + 1;
	int			len = name_len - type->name_len - 1;
	AuthzId		id;

	authz_id_from_text(str, len, &id);
	if (id.kind == AUTHZ_ID_INT)
		add_number(&all->numbers, id.value.number);
	else
	{
		AUTHZ_MAKE_ROOM(&all->others);
		all->others.items[all->others.count++] = cstring_to_text_with_len(str, len);
	}
}

/* What was found, moved into one chunk of the cache's memory. */
static AuthzIdList *
pack(Enumeration *all, AuthzPermission *permission, uint64 built)
{
	AuthzIdList *list;
	Size		size;
	char	   *at;

	all->numbers.count = unique_numbers(all->numbers.items, all->numbers.count);
	all->others.count = unique_texts(all->others.items, all->others.count);

	size = MAXALIGN(sizeof(AuthzIdList)) + (Size) all->numbers.count * sizeof(int64) +
		(Size) all->others.count * sizeof(text *) + MAXALIGN(all->keys.count * sizeof(Oid));
	for (int i = 0; i < all->others.count; i++)
		size += MAXALIGN(VARSIZE(all->others.items[i]));

	list = MemoryContextAllocExtended(authz_cache_memory(), size, MCXT_ALLOC_HUGE);
	at = (char *) list + MAXALIGN(sizeof(AuthzIdList));

	list->permission = permission->number;
	list->nnumbers = all->numbers.count;
	list->numbers = (int64 *) at;
	if (all->numbers.count > 0)
		memcpy(at, all->numbers.items, (Size) all->numbers.count * sizeof(int64));
	at += (Size) all->numbers.count * sizeof(int64);

	list->nothers = all->others.count;
	list->others = (text **) at;
	at += (Size) all->others.count * sizeof(text *);

	list->validity.built = built;
	list->validity.checked = 0;
	list->validity.nkeys = all->keys.count;
	list->validity.keys = (Oid *) at;
	memcpy(at, all->keys.items, all->keys.count * sizeof(Oid));
	at += MAXALIGN(all->keys.count * sizeof(Oid));

	for (int i = 0; i < all->others.count; i++)
	{
		memcpy(at, all->others.items[i], VARSIZE(all->others.items[i]));
		list->others[i] = (text *) at;
		at += MAXALIGN(VARSIZE(all->others.items[i]));
	}
	if (all->numbers.items != NULL)
		pfree(all->numbers.items);
	return list;
}

/* The list that a call asks for; NULL: none. */
static AuthzIdList *
ask_ids(FunctionCallInfo fcinfo, int subject_arg)
{
	int			permission_arg = subject_arg + 1;
	AuthzFill	fill;
	AuthzIdList *list;

	if (PG_ARGISNULL(permission_arg) || (subject_arg >= 0 && PG_ARGISNULL(subject_arg)))
		return NULL;
	authz_fill_init(&fill);
	do
	{
		AuthzSubject *subject;
		AuthzPermission *permission;
		struct varlena *name;

		authz_fill_begin(&fill);
		if (subject_arg < 0)
			subject = authz_ask_current(&fill);
		else
			subject = authz_ask_subject(&fill, PG_GETARG_DATUM(subject_arg));
		name = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(permission_arg));
		permission = authz_load_permission(&fill, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
		list = permission == NULL || permission->type < 0 ? NULL :
			authz_list_ids(&fill, subject, permission);
	} while (!authz_fill_end(&fill));
	return list;
}

static Datum
permitted_ids(FunctionCallInfo fcinfo, int subject_arg)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, subject_arg + 2);
	Oid			base_type = authz_id_base_type(type);
	AuthzIdList *list;
	Datum		result;

	if (!OidIsValid(base_type))
		authz_id_refuse_type(type);

	list = ask_ids(fcinfo, subject_arg);
	if (list == NULL)
		result = PointerGetDatum(construct_empty_array(type));
	else if (base_type == INT8OID || base_type == INT4OID || base_type == INT2OID)
		result = number_array(list, type, base_type);
	else
		result = other_array(list, type, base_type);
	return result;
}

static Datum
list_resources(FunctionCallInfo fcinfo, int subject_arg)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	AuthzIdList *list;
	StringInfoData name;
	int			prefix_len;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	list = ask_ids(fcinfo, subject_arg);
	if (list != NULL)
	{
		AuthzType  *type = authz_model_type(authz_model_permission(list->permission)->type);

		initStringInfo(&name);
		appendBinaryStringInfo(&name, type->name, type->name_len);
		appendStringInfoChar(&name, ':');
		prefix_len = name.len;
		for (int i = 0; i < list->nnumbers + list->nothers; i++)
		{
			Datum		value;
			bool		isnull = false;

			name.len = prefix_len;
			if (i < list->nnumbers)
				appendStringInfo(&name, INT64_FORMAT, list->numbers[i]);
			else
			{
				text	   *other = list->others[i - list->nnumbers];

				appendBinaryStringInfo(&name, VARDATA(other), VARSIZE(other) - VARHDRSZ);
			}
			value = PointerGetDatum(cstring_to_text_with_len(name.data, name.len));
			tuplestore_putvalues(result->setResult, result->setDesc, &value, &isnull);
			pfree(DatumGetPointer(value));
		}
	}
	return (Datum) 0;
}

/* An array without NULLs of n elements of a fixed size. */
static ArrayType *
make_array(Oid type, int n, Size element_size)
{
	ArrayType  *array;
	Size		size = ARR_OVERHEAD_NONULLS(1) + (Size) n * element_size;

	if (!AllocSizeIsValid(size))
		ereport(ERROR,
				errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("array of %d identifiers exceeds the maximum allowed size", n));
	array = palloc(size);
	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->dataoffset = 0;
	array->elemtype = type;
	ARR_DIMS(array)[0] = n;
	ARR_LBOUND(array)[0] = 1;
	return array;
}

/* Integer ids that the type can hold. */
static Datum
number_array(const AuthzIdList *list, Oid type, Oid base_type)
{
	int64		least = base_type == INT8OID ? PG_INT64_MIN :
		base_type == INT4OID ? PG_INT32_MIN : PG_INT16_MIN;
	int64		most = base_type == INT8OID ? PG_INT64_MAX :
		base_type == INT4OID ? PG_INT32_MAX : PG_INT16_MAX;
	int			first = 0;
	int			end = list->nnumbers;
	int			n;
	ArrayType  *array;

	while (first < end && list->numbers[first] < least)
		first++;
	while (end > first && list->numbers[end - 1] > most)
		end--;
	n = end - first;
	if (n == 0)
		return PointerGetDatum(construct_empty_array(type));

	if (base_type == INT8OID)
	{
		array = make_array(type, n, sizeof(int64));
		memcpy(ARR_DATA_PTR(array), list->numbers + first, (Size) n * sizeof(int64));
	}
	else if (base_type == INT4OID)
	{
		int32	   *out;

		array = make_array(type, n, sizeof(int32));
		out = (int32 *) ARR_DATA_PTR(array);
		for (int i = 0; i < n; i++)
			out[i] = (int32) list->numbers[first + i];
	}
	else
	{
		int16	   *out;

		array = make_array(type, n, sizeof(int16));
		out = (int16 *) ARR_DATA_PTR(array);
		for (int i = 0; i < n; i++)
			out[i] = (int16) list->numbers[first + i];
	}
	return PointerGetDatum(array);
}

/* The uuids among the ids, or all ids as text. */
static Datum
other_array(const AuthzIdList *list, Oid type, Oid base_type)
{
	Datum	   *values = palloc_extended(((Size) list->nnumbers + list->nothers + 1) * sizeof(Datum),
										 MCXT_ALLOC_HUGE);
	int			n = 0;
	int16		typlen;
	bool		typbyval;
	char		typalign;

	if (base_type != UUIDOID)
		for (int i = 0; i < list->nnumbers; i++)
		{
			char		buffer[MAXINT8LEN + 1];
			int			len = pg_lltoa(list->numbers[i], buffer);

			values[n++] = PointerGetDatum(cstring_to_text_with_len(buffer, len));
		}
	for (int i = 0; i < list->nothers; i++)
	{
		if (base_type == UUIDOID)
		{
			AuthzId		id;
			pg_uuid_t  *uuid;

			authz_id_from_text(VARDATA(list->others[i]), VARSIZE(list->others[i]) - VARHDRSZ, &id);
			if (id.kind != AUTHZ_ID_UUID)
				continue;
			uuid = palloc(sizeof(pg_uuid_t));
			memcpy(uuid->data, id.value.uuid, UUID_LEN);
			values[n++] = UUIDPGetDatum(uuid);
		}
		else
			values[n++] = PointerGetDatum(list->others[i]);
	}
	if (n == 0)
		return PointerGetDatum(construct_empty_array(type));
	get_typlenbyvalalign(type, &typlen, &typbyval, &typalign);
	return PointerGetDatum(construct_array(values, n, type, typlen, typbyval, typalign));
}

/* The ids of the subjects that hold the permission there, groups taken apart. */
static void
holders(AuthzFill *fill, AuthzResource *resource, AuthzPermission *permission,
		Numbers *ids, bool *everyone)
{
	AuthzReader *reader = authz_fill_reader(fill);
	TimestampTz now = GetCurrentTimestamp();
	Numbers		principals = {0};

	for (int i = 0; i < resource->nchain; i++)
	{
		AuthzAssignmentRow row;

		authz_start_by_id(reader, AUTHZ_ASSIGNMENTS_BY_RESOURCE, authz_resource_chain(resource)[i]);
		while (authz_next_assignment(reader, AUTHZ_ASSIGNMENTS_BY_RESOURCE, &row))
		{
			AuthzRole  *role;

			if (row.expires_at <= now)
				continue;
			role = authz_load_role(fill, row.role_id);
			if (authz_set_has(authz_model_set(role->effective), permission->number))
				add_number(&principals, row.subject_id);
		}
	}
	principals.count = unique_numbers(principals.items, principals.count);

	for (int i = 0; i < principals.count; i++)
	{
		AuthzSubjectRow row;
		AuthzSubjectKind kind;
		bool		bare;

		if (!authz_read_subject_by_id(reader, principals.items[i], &row) ||
			authz_name_check_subject(row.name, row.name_len, &kind, &bare) != NULL)
			continue;
		switch (kind)
		{
			case AUTHZ_USER:
			case AUTHZ_SERVICE_ACCOUNT:
				add_number(ids, row.id);
				break;
			case AUTHZ_EVERYONE:
				*everyone = true;
				break;
			case AUTHZ_TEAM:
			case AUTHZ_MEMBERS:
				members(reader, row.id, ids);
				break;
		}
	}
}

/* The members of a group, and of the teams beneath it. */
static void
members(AuthzReader *reader, int64 group_id, Numbers *ids)
{
	Numbers		groups = {0};
	AuthzSubjectRow row;
	int64		member_id;

	add_number(&groups, group_id);
	for (int i = 0; i < groups.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		authz_start_by_id(reader, AUTHZ_MEMBERS_BY_GROUP, groups.items[i]);
		while (authz_next_member(reader, &member_id))
			add_number(ids, member_id);
		authz_start_by_id(reader, AUTHZ_SUBJECTS_BY_PARENT, groups.items[i]);
		while (authz_next_subject(reader, AUTHZ_SUBJECTS_BY_PARENT, &row))
		{
			/* Of teams with one parent each, a cycle, which must not hang us, leads back to here. */
			if (row.id != group_id)
				add_number(&groups, row.id);
		}
	}
}

static void
add_subjects_with_prefix(AuthzReader *reader, const char *prefix, Texts *names)
{
	int			prefix_len = strlen(prefix);
	AuthzSubjectRow row;

	authz_start_subjects_from(reader, prefix, prefix_len);
	while (authz_next_subject(reader, AUTHZ_SUBJECTS_FROM_NAME, &row))
	{
		if (row.name_len < prefix_len || memcmp(row.name, prefix, prefix_len) != 0)
			break;
		AUTHZ_MAKE_ROOM(names);
		names->items[names->count++] = cstring_to_text_with_len(row.name, row.name_len);
	}
}

static void
add_key(Enumeration *all, Oid key)
{
	AUTHZ_MAKE_ROOM(&all->keys);
	all->keys.items[all->keys.count++] = key;
}

static void
add_number(Numbers *numbers, int64 number)
{
	AUTHZ_MAKE_ROOM(numbers);
	numbers->items[numbers->count++] = number;
}

/*
 * Sort, and drop all but one of equal ones; returns how many are left.  Numbers of
 * resources come from a sequence, so many of them are mostly close to each
 * other: then a bit for each number that there may be sorts them in two walks.
 */
#define MANY_NUMBERS 256
#define BITS_EACH 256			/* at most, of the bits for each number */

static int
unique_numbers(int64 *numbers, int count)
{
	int			kept = 0;
	int64		least;
	int64		most;

	if (count == 0)
		return 0;
	least = most = numbers[0];
	for (int i = 1; i < count; i++)
	{
		least = Min(least, numbers[i]);
		most = Max(most, numbers[i]);
	}
	if (count >= MANY_NUMBERS && ((uint64) most - (uint64) least) / BITS_EACH < count)
	{
		Size		nwords = ((uint64) most - (uint64) least) / 64 + 1;
		uint64	   *words = palloc_extended(nwords * sizeof(uint64), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

		for (int i = 0; i < count; i++)
			words[(numbers[i] - least) / 64] |= UINT64_C(1) << (numbers[i] - least) % 64;
		for (Size i = 0; i < nwords; i++)
			for (uint64 word = words[i]; word != 0; word &= word - 1)
				numbers[kept++] = least + i * 64 + pg_rightmost_one_pos64(word);
		pfree(words);
		return kept;
	}

	sort_numbers(numbers, count);
	for (int i = 1; i < count; i++)
		if (numbers[i] != numbers[kept])
			numbers[++kept] = numbers[i];
	return kept + 1;
}

static int
compare_texts(const void *a, const void *b)
{
	const text *left = *(text *const *) a;
	const text *right = *(text *const *) b;
	int			left_len = VARSIZE(left) - VARHDRSZ;
	int			right_len = VARSIZE(right) - VARHDRSZ;
	int			order = memcmp(VARDATA(left), VARDATA(right), Min(left_len, right_len));

	return order != 0 ? order : left_len - right_len;
}

static int
unique_texts(text **texts, int count)
{
	int			kept = 0;

	if (count == 0)
		return 0;
	qsort(texts, count, sizeof(text *), compare_texts);
	for (int i = 1; i < count; i++)
		if (compare_texts(&texts[i], &texts[kept]) != 0)
			texts[++kept] = texts[i];
	return kept + 1;
}
