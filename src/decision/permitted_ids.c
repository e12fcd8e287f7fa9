/*
 * permitted_ids.c
 *	  SQL functions that enumerate: permitted_ids(), list_resources() and
 *	  list_subjects().
 *
 * The resources on which a subject has a permission are found from its grants.
 * If the granted resource is of the permission's own type, it is one of them.
 * If it is an ancestor, the enumeration descends from it, by index, to all
 * resources of that type beneath it.  The result is kept with the subject
 * (AuthzPermittedIds) under the keys of everything it was read from, so that a
 * policy with an index condition costs a copy of an array per scan.
 *
 * The subjects that have a permission are found the other way round, from the
 * assignments on the resource and its ancestors.  That is for administrators
 * and not cached.
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

typedef struct NumberList
{
	int64	   *items;
	int			count;
	int			max;
} NumberList;

typedef struct KeyList
{
	Oid		   *items;
	int			count;
	int			max;
} KeyList;

typedef struct TextList
{
	text	  **items;
	int			count;
	int			max;
} TextList;

/* A type on the way from a grant down to resources of the permission's type. */
typedef struct TypeOnWay
{
	char		name[AUTHZ_TYPE_MAX];
	int			name_len;
	bool		has_children;	/* of types on the way */
} TypeOnWay;

/* A resource whose children are still to be visited. */
typedef struct Branch
{
	int64		id;
	int			type;			/* index of its type */
} Branch;

typedef struct BranchList
{
	Branch	   *items;
	int			count;
	int			max;
} BranchList;

/* One enumeration of resources. */
typedef struct Enumeration
{
	AuthzReader *reader;
	int			ntypes;
	TypeOnWay  *types;			/* that of the permission first, then its
								 * ancestors */
	bool	   *is_child;		/* [parent * ntypes + child] */
	bool		any_resource;	/* so many that any change of a resource invalidates the list */
	int			first_key;		/* the keys before this one are the subject's */
	KeyList		keys;
	NumberList	numbers;
	TextList	others;
	AuthzIdList branched;		/* resources whose children have been added to
								 * a list of branches */

	/* A walk over the resources by id: see seek_resource(). */
	bool		walking;
	int64		here;
	const char *name;			/* of the resource here */
	int			name_len;

	/* A walk over the resources by parent: see seek_children(). */
	bool		walking_down;
	int64		parent;
	int64		child;
	const char *child_name;
	int			child_name_len;
} Enumeration;

/*
 * With the keys of so many resources, the message of nearly any other resource
 * would share a slot with one of them.
 */
#define MANY_RESOURCES 16384

/*
 * Starting a scan at the next resource costs as much as this many steps of a
 * walk.
 */
#define WALK_STEPS 12

static void find_types(Enumeration *all, int type);
static void enumerate_resource(Enumeration *all, int64 resource_id, BranchList *branches);
static bool seek_resource(Enumeration *all, int64 id);
static void enumerate_children(Enumeration *all, const Branch *branch, BranchList *next);
static bool seek_children(Enumeration *all, int64 resource_id);
static int	find_child_type(Enumeration *all, int type, const char *name, int name_len);
static void enumerate_child(Enumeration *all, int type, const char *name, int name_len, int64 id, BranchList *next);
static void add_branch(Enumeration *all, BranchList *branches, int64 id, int type);
static int	compare_branches(const void *a, const void *b);
static bool is_name_of_type(const char *name, int name_len, const TypeOnWay *type);
static bool is_type_behind(const TypeOnWay *type, const char *name, int name_len);
static void add_resource(Enumeration *all, const char *name, int name_len);
static void add_resource_key(Enumeration *all, AuthzKeyKind kind, int64 resource_id);
static AuthzPermittedIds *pack_list(Enumeration *all, AuthzPermission *permission, uint64 built);
static AuthzPermittedIds *load_list_of_call(FunctionCallInfo fcinfo, int subject_arg);
static Datum return_permitted_ids(FunctionCallInfo fcinfo, int subject_arg);
static Datum return_resources(FunctionCallInfo fcinfo, int subject_arg);
static Datum make_number_array(const AuthzPermittedIds *list, Oid type, Oid base_type);
static Datum make_other_array(const AuthzPermittedIds *list, Oid type, Oid base_type);
static void find_subjects_with_permission(AuthzLoad *load, AuthzResource *resource, AuthzPermission *permission,
										  NumberList *ids, bool *everyone);
static void add_group_members(AuthzReader *reader, int64 group_id, NumberList *ids);
static void add_subjects_with_prefix(AuthzReader *reader, const char *prefix, TextList *names);
static void add_key(Enumeration *all, Oid key);
static void add_number(NumberList *numbers, int64 number);
static int	sort_unique_numbers(int64 *numbers, int count);
static int	compare_texts(const void *a, const void *b);
static int	sort_unique_texts(text **texts, int count);

PG_FUNCTION_INFO_V1(authz_permitted_ids);
PG_FUNCTION_INFO_V1(authz_permitted_ids_subject);
PG_FUNCTION_INFO_V1(authz_list_resources);
PG_FUNCTION_INFO_V1(authz_list_resources_subject);
PG_FUNCTION_INFO_V1(authz_list_subjects);

/* permitted_ids(permission text, sample anyelement) returns anyarray */
Datum
authz_permitted_ids(PG_FUNCTION_ARGS)
{
	return return_permitted_ids(fcinfo, -1);
}

/* permitted_ids(subject authz.subject, permission text, sample anyelement) */
Datum
authz_permitted_ids_subject(PG_FUNCTION_ARGS)
{
	return return_permitted_ids(fcinfo, 0);
}

/* list_resources(permission text) returns setof authz.resource */
Datum
authz_list_resources(PG_FUNCTION_ARGS)
{
	return return_resources(fcinfo, -1);
}

/* list_resources(subject authz.subject, permission text) */
Datum
authz_list_resources_subject(PG_FUNCTION_ARGS)
{
	return return_resources(fcinfo, 0);
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
	AuthzLoad	load;
	text	   *name;
	TextList	names = {0};

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;

	name = PG_GETARG_TEXT_PP(0);
	authz_load_init(&load);
	do
	{
		AuthzPermission *permission;
		AuthzResource *resource;
		NumberList	ids = {0};
		bool		everyone = false;

		authz_load_begin(&load);
		(void) authz_load_reader(&load);
		names.count = 0;
		permission = authz_load_permission(&load, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
		resource = authz_load_resource_datum(&load, PG_GETARG_DATUM(1));
		if (permission != NULL && permission->effective && resource != NULL &&
			resource->type == permission->type)
			find_subjects_with_permission(&load, resource, permission, &ids, &everyone);

		ids.count = sort_unique_numbers(ids.items, ids.count);
		for (int i = 0; i < ids.count; i++)
		{
			AuthzSubjectRow row;

			if (!authz_rows_read_subject_by_id(&load.reader, ids.items[i], &row))
				continue;
			AUTHZ_MAKE_ROOM(&names);
			names.items[names.count++] = cstring_to_text_with_len(row.name, row.name_len);
		}
		if (everyone)
		{
			add_subjects_with_prefix(&load.reader, "user:", &names);
			add_subjects_with_prefix(&load.reader, "service_account:", &names);
		}
	} while (!authz_load_end(&load));

	names.count = sort_unique_texts(names.items, names.count);
	for (int i = 0; i < names.count; i++)
	{
		Datum		value = PointerGetDatum(names.items[i]);
		bool		isnull = false;

		tuplestore_putvalues(result->setResult, result->setDesc, &value, &isnull);
	}
	return (Datum) 0;
}

AuthzPermittedIds *
authz_permitted_ids_load(AuthzLoad *load, AuthzSubject *subject, AuthzPermission *permission)
{
	Enumeration all = {0};
	NumberList	granted = {0};
	AuthzPermittedIds *list;
	BranchList	branches = {0};

	for (list = subject->lists; list != NULL; list = list->next)
		if (list->permission == permission->number && authz_validity_check(&list->validity))
			return list;

	all.reader = authz_load_reader(load);
	find_types(&all, permission->type);

	for (int i = 0; i < subject->validity.nkeys; i++)
		add_key(&all, subject->validity.keys[i]);
	for (uint32 i = 0; i <= subject->grants_mask; i++)
	{
		const AuthzGrant *grant = &subject->grants[i];

		if (grant->resource_id != 0 && permission->effective &&
			authz_role_cache_set_has(authz_role_cache_set(grant->effective), permission->number))
			add_number(&granted, grant->resource_id);
	}

	/* In the order of the index, so that neighbours are read together. */
	all.first_key = all.keys.count;
	granted.count = sort_unique_numbers(granted.items, granted.count);
	for (int i = 0; i < granted.count; i++)
		enumerate_resource(&all, granted.items[i], &branches);
	if (granted.items != NULL)
		pfree(granted.items);
	for (int level = 0; level < AUTHZ_MAX_LEVELS && branches.count > 0; level++)
	{
		BranchList	next = {0};

		/* The walk goes forward only. */
		qsort(branches.items, branches.count, sizeof(Branch), compare_branches);
		all.walking_down = false;
		for (int i = 0; i < branches.count; i++)
			enumerate_children(&all, &branches.items[i], &next);
		pfree(branches.items);
		branches = next;
	}

	/*
	 * The grants may be older than what was read here: the list is valid only
	 * while both are.
	 */
	list = pack_list(&all, permission, Min(load->started, subject->validity.built));
	authz_subject_cache_keep_list(subject, list);
	return list;
}

double
authz_permitted_ids_estimate(AuthzLoad *load, AuthzSubject *subject, AuthzPermission *permission)
{
	AuthzPermittedIds *list;

	for (list = subject->lists; list != NULL; list = list->next)
		if (list->permission == permission->number)
			break;
	if (list == NULL)
		list = authz_permitted_ids_load(load, subject, permission);
	return (double) list->nnumbers + list->nothers;
}

/*
 * Find the types of the resources that a grant of the permission can be on or
 * can reach resources of its type through: its type and all ancestor types,
 * which may form cycles.
 */
static void
find_types(Enumeration *all, int type)
{
	AuthzType  *first = authz_role_cache_type(type);
	AuthzIdList links = {0};	/* child, parent, child, parent, ... */
	int			max = 16;

	all->types = palloc0(sizeof(TypeOnWay) * max);
	memcpy(all->types[0].name, first->name, first->name_len);
	all->types[0].name_len = first->name_len;
	all->ntypes = 1;
	for (int i = 0; i < all->ntypes; i++)
	{
		AuthzTypeRow row;

		if (!authz_rows_read_type(all->reader, all->types[i].name, all->types[i].name_len, &row))
			continue;
		for (int j = 0; j < row.nparents; j++)
		{
			const char *name = VARDATA_ANY(row.parents[j]);
			int			len = VARSIZE_ANY_EXHDR(row.parents[j]);
			int			parent = 0;

			while (parent < all->ntypes &&
				   (all->types[parent].name_len != len || memcmp(all->types[parent].name, name, len) != 0))
				parent++;
			if (parent == all->ntypes)
			{
				if (all->ntypes == max)
				{
					max *= 2;
					all->types = repalloc(all->types, sizeof(TypeOnWay) * max);
				}
				memcpy(all->types[parent].name, name, len);
				all->types[parent].name_len = len;
				all->types[parent].has_children = false;
				all->ntypes++;
			}
			authz_id_list_add(&links, i);
			authz_id_list_add(&links, parent);
		}
	}

	all->is_child = palloc0(sizeof(bool) * all->ntypes * all->ntypes);
	for (size_t i = 0; i < links.count; i += 2)
	{
		all->types[links.values[i + 1]].has_children = true;
		all->is_child[links.values[i + 1] * all->ntypes + links.values[i]] = true;
	}
}

/*
 * Add a resource on which the subject has the permission, and the resources
 * beneath it to those to be visited.
 */
static void
enumerate_resource(Enumeration *all, int64 resource_id, BranchList *branches)
{
	add_resource_key(all, AUTHZ_KEY_RESOURCE, resource_id);
	if (!seek_resource(all, resource_id))
		return;
	for (int type = 0; type < all->ntypes; type++)
	{
		if (!is_name_of_type(all->name, all->name_len, &all->types[type]))
			continue;
		enumerate_child(all, type, all->name, all->name_len, resource_id, branches);
		return;
	}
}

/*
 * Go to the resource with this id; returns false if there is none.  The ids
 * come in ascending order, and a subject with roles on many resources has them
 * on neighbours: the next one is often a few steps ahead.
 */
static bool
seek_resource(Enumeration *all, int64 id)
{
	for (int step = 0; all->walking && all->here < id; step++)
	{
		if (step == WALK_STEPS)
			all->walking = false;
		else
			all->walking = authz_rows_next_resource(all->reader, &all->here, &all->name, &all->name_len);
	}
	if (!all->walking)
	{
		authz_rows_start_by_id(all->reader, AUTHZ_RESOURCES_FROM_ID, id);
		all->walking = authz_rows_next_resource(all->reader, &all->here, &all->name, &all->name_len);
	}
	return all->walking && all->here == id;
}

/*
 * The children of a resource that are of a type on the way.  They are in the
 * order of their names, so those of one type are neighbours; types off the way
 * are skipped by starting another scan, if they are many.
 */
static void
enumerate_children(Enumeration *all, const Branch *branch, BranchList *next)
{
	char		last[AUTHZ_RESOURCE_MAX];
	int			last_len = 0;
	int			skipped = 0;

	CHECK_FOR_INTERRUPTS();
	add_resource_key(all, AUTHZ_KEY_CHILDREN, branch->id);
	if (!seek_children(all, branch->id))
		return;
	while (all->walking_down && all->parent == branch->id && skipped <= WALK_STEPS)
	{
		int			type = find_child_type(all, branch->type, all->child_name, all->child_name_len);

		if (type >= 0)
			enumerate_child(all, type, all->child_name, all->child_name_len, all->child, next);
		else if (skipped++ == WALK_STEPS)
		{
			last_len = all->child_name_len;
			memcpy(last, all->child_name, last_len);
			break;
		}
		all->walking_down = authz_rows_next_child_from(all->reader, &all->parent, &all->child_name,
													   &all->child_name_len, &all->child);
	}
	if (skipped <= WALK_STEPS)
		return;

	/* The types whose children come behind the last one that was read. */
	for (int type = 0; type < all->ntypes; type++)
	{
		const TypeOnWay *of = &all->types[type];
		const char *name;
		int			name_len;
		int64		id;

		if (!all->is_child[branch->type * all->ntypes + type] ||
			!is_type_behind(of, last, last_len))
			continue;
		authz_rows_start_children(all->reader, branch->id, of->name, of->name_len);
		while (authz_rows_next_child(all->reader, &name, &name_len, &id) && is_name_of_type(name, name_len, of))
			enumerate_child(all, type, name, name_len, id, next);
	}
}

/*
 * Go to the first child of the resource; returns false if it has none.  The
 * resources come in ascending order, and what has been created together has
 * neighbouring ids: the next children are often a few steps ahead, and a
 * resource without any costs nothing.
 */
static bool
seek_children(Enumeration *all, int64 resource_id)
{
	for (int step = 0; all->walking_down && all->parent < resource_id; step++)
	{
		if (step == WALK_STEPS)
			all->walking_down = false;
		else
			all->walking_down = authz_rows_next_child_from(all->reader, &all->parent, &all->child_name,
														   &all->child_name_len, &all->child);
	}
	if (!all->walking_down)
	{
		authz_rows_start_by_id(all->reader, AUTHZ_RESOURCES_FROM_PARENT, resource_id);
		all->walking_down = authz_rows_next_child_from(all->reader, &all->parent, &all->child_name,
													   &all->child_name_len, &all->child);
	}
	return all->walking_down && all->parent == resource_id;
}

/* The index of the type of a child with this name; -1 if it is not on the way. */
static int
find_child_type(Enumeration *all, int type, const char *name, int name_len)
{
	for (int child = 0; child < all->ntypes; child++)
		if (all->is_child[type * all->ntypes + child] && is_name_of_type(name, name_len, &all->types[child]))
			return child;
	return -1;
}

static void
enumerate_child(Enumeration *all, int type, const char *name, int name_len, int64 id, BranchList *next)
{
	if (type == 0)
		add_resource(all, name, name_len);
	if (all->types[type].has_children)
		add_branch(all, next, id, type);
}

/*
 * Visit the children of a resource, once: it may have been granted itself, and
 * be beneath another one that was.
 */
static void
add_branch(Enumeration *all, BranchList *branches, int64 id, int type)
{
	if (!authz_id_list_add_once(&all->branched, id))
		return;
	AUTHZ_MAKE_ROOM(branches);
	branches->items[branches->count].id = id;
	branches->items[branches->count++].type = type;
}

static int
compare_branches(const void *a, const void *b)
{
	int64		left = ((const Branch *) a)->id;
	int64		right = ((const Branch *) b)->id;

	return left < right ? -1 : left > right;
}

/* Is the resource with this name of the type? */
static bool
is_name_of_type(const char *name, int name_len, const TypeOnWay *type)
{
	return name_len > type->name_len && name[type->name_len] == ':' &&
		memcmp(name, type->name, type->name_len) == 0;
}

/* Are the names of resources of the type greater than this one? */
static bool
is_type_behind(const TypeOnWay *type, const char *name, int name_len)
{
	int			order = memcmp(type->name, name, Min(type->name_len, name_len));

	if (order == 0 && type->name_len < name_len)
		order = (unsigned char) ':' - (unsigned char) name[type->name_len];
	return order >= 0;
}

static void
add_resource(Enumeration *all, const char *name, int name_len)
{
	const char *str = name + all->types[0].name_len + 1;
	int			len = name_len - all->types[0].name_len - 1;
	AuthzId		id;

	authz_resource_id_from_text(str, len, &id);
	if (id.kind == AUTHZ_ID_INT)
		add_number(&all->numbers, id.value.number);
	else
	{
		AUTHZ_MAKE_ROOM(&all->others);
		all->others.items[all->others.count++] = cstring_to_text_with_len(str, len);
	}
}

/* The list must be invalidated with this key. */
static void
add_resource_key(Enumeration *all, AuthzKeyKind kind, int64 resource_id)
{
	if (all->any_resource)
		return;
	if (all->keys.count - all->first_key == MANY_RESOURCES)
	{
		all->keys.count = all->first_key;
		add_key(all, authz_announce_key(AUTHZ_KEY_ANY_RESOURCE, 0));
		all->any_resource = true;
		return;
	}
	add_key(all, authz_announce_key(kind, resource_id));
}

/* Copy what was found into one chunk of the cache's memory. */
static AuthzPermittedIds *
pack_list(Enumeration *all, AuthzPermission *permission, uint64 built)
{
	AuthzPermittedIds *list;
	Size		size;
	char	   *at;

	all->numbers.count = sort_unique_numbers(all->numbers.items, all->numbers.count);
	all->others.count = sort_unique_texts(all->others.items, all->others.count);

	size = MAXALIGN(sizeof(AuthzPermittedIds)) + (Size) all->numbers.count * sizeof(int64) +
		(Size) all->others.count * sizeof(text *) + MAXALIGN(all->keys.count * sizeof(Oid));
	for (int i = 0; i < all->others.count; i++)
		size += MAXALIGN(VARSIZE(all->others.items[i]));

	list = MemoryContextAllocExtended(authz_cache_memory(), size, MCXT_ALLOC_HUGE);
	at = (char *) list + MAXALIGN(sizeof(AuthzPermittedIds));

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

/* The list of ids that a call asks for; NULL if there is none. */
static AuthzPermittedIds *
load_list_of_call(FunctionCallInfo fcinfo, int subject_arg)
{
	int			permission_arg = subject_arg + 1;
	AuthzLoad	load;
	AuthzPermittedIds *list;

	if (PG_ARGISNULL(permission_arg) || (subject_arg >= 0 && PG_ARGISNULL(subject_arg)))
		return NULL;
	authz_load_init(&load);
	do
	{
		AuthzSubject *subject;
		AuthzPermission *permission;
		struct varlena *name;

		authz_load_begin(&load);
		if (subject_arg < 0)
			subject = authz_load_current_subject(&load);
		else
			subject = authz_load_subject_datum(&load, PG_GETARG_DATUM(subject_arg));
		name = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(permission_arg));
		permission = authz_load_permission(&load, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
		list = permission == NULL || permission->type < 0 ? NULL :
			authz_permitted_ids_load(&load, subject, permission);
	} while (!authz_load_end(&load));
	return list;
}

static Datum
return_permitted_ids(FunctionCallInfo fcinfo, int subject_arg)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, subject_arg + 2);
	Oid			base_type = authz_resource_id_base_type(type);
	AuthzPermittedIds *list;
	Datum		result;

	if (!OidIsValid(base_type))
		authz_resource_id_refuse_type(type);

	list = load_list_of_call(fcinfo, subject_arg);
	if (list == NULL)
		result = PointerGetDatum(construct_empty_array(type));
	else if (base_type == INT8OID || base_type == INT4OID || base_type == INT2OID)
		result = make_number_array(list, type, base_type);
	else
		result = make_other_array(list, type, base_type);
	return result;
}

static Datum
return_resources(FunctionCallInfo fcinfo, int subject_arg)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	AuthzPermittedIds *list;
	StringInfoData name;
	int			prefix_len;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	list = load_list_of_call(fcinfo, subject_arg);
	if (list != NULL)
	{
		AuthzType  *type = authz_role_cache_type(authz_role_cache_permission(list->permission)->type);

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
make_fixed_size_array(Oid type, int n, Size element_size)
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

/* Integer ids within the range of the type. */
static Datum
make_number_array(const AuthzPermittedIds *list, Oid type, Oid base_type)
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
		array = make_fixed_size_array(type, n, sizeof(int64));
		memcpy(ARR_DATA_PTR(array), list->numbers + first, (Size) n * sizeof(int64));
	}
	else if (base_type == INT4OID)
	{
		int32	   *out;

		array = make_fixed_size_array(type, n, sizeof(int32));
		out = (int32 *) ARR_DATA_PTR(array);
		for (int i = 0; i < n; i++)
			out[i] = (int32) list->numbers[first + i];
	}
	else
	{
		int16	   *out;

		array = make_fixed_size_array(type, n, sizeof(int16));
		out = (int16 *) ARR_DATA_PTR(array);
		for (int i = 0; i < n; i++)
			out[i] = (int16) list->numbers[first + i];
	}
	return PointerGetDatum(array);
}

/* The uuids among the ids, or all ids as text. */
static Datum
make_other_array(const AuthzPermittedIds *list, Oid type, Oid base_type)
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

			authz_resource_id_from_text(VARDATA(list->others[i]), VARSIZE(list->others[i]) - VARHDRSZ, &id);
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

/*
 * The ids of the subjects that have the permission on the resource, with the
 * members of groups.
 */
static void
find_subjects_with_permission(AuthzLoad *load, AuthzResource *resource, AuthzPermission *permission,
							  NumberList *ids, bool *everyone)
{
	AuthzReader *reader = authz_load_reader(load);
	TimestampTz now = GetCurrentTimestamp();
	NumberList	principals = {0};

	for (int i = 0; i < resource->nchain; i++)
	{
		AuthzAssignmentRow row;

		authz_rows_start_by_id(reader, AUTHZ_ASSIGNMENTS_BY_RESOURCE, authz_resource_cache_chain(resource)[i]);
		while (authz_rows_next_assignment(reader, AUTHZ_ASSIGNMENTS_BY_RESOURCE, &row))
		{
			AuthzRole  *role;

			if (row.expires_at <= now)
				continue;
			role = authz_load_role(load, row.role_id);
			if (authz_role_cache_set_has(authz_role_cache_set(role->effective), permission->number))
				add_number(&principals, row.subject_id);
		}
	}
	principals.count = sort_unique_numbers(principals.items, principals.count);

	for (int i = 0; i < principals.count; i++)
	{
		AuthzSubjectRow row;
		AuthzSubjectKind kind;
		bool		bare;

		if (!authz_rows_read_subject_by_id(reader, principals.items[i], &row) ||
			authz_grammar_validate_subject(row.name, row.name_len, &kind, &bare) != NULL)
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
				add_group_members(reader, row.id, ids);
				break;
		}
	}
}

/* The members of a group, and of the teams beneath it. */
static void
add_group_members(AuthzReader *reader, int64 group_id, NumberList *ids)
{
	NumberList	groups = {0};
	AuthzSubjectRow row;
	int64		member_id;

	add_number(&groups, group_id);
	for (int i = 0; i < groups.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		authz_rows_start_by_id(reader, AUTHZ_MEMBERS_BY_GROUP, groups.items[i]);
		while (authz_rows_next_member(reader, &member_id))
			add_number(ids, member_id);
		authz_rows_start_by_id(reader, AUTHZ_SUBJECTS_BY_PARENT, groups.items[i]);
		while (authz_rows_next_subject(reader, AUTHZ_SUBJECTS_BY_PARENT, &row))
		{
			/*
			 * Of teams with one parent each, a cycle leads back to this group;
			 * it must not loop forever.
			 */
			if (row.id != group_id)
				add_number(&groups, row.id);
		}
	}
}

static void
add_subjects_with_prefix(AuthzReader *reader, const char *prefix, TextList *names)
{
	int			prefix_len = strlen(prefix);
	AuthzSubjectRow row;

	authz_rows_start_subjects_from(reader, prefix, prefix_len);
	while (authz_rows_next_subject(reader, AUTHZ_SUBJECTS_FROM_NAME, &row))
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
add_number(NumberList *numbers, int64 number)
{
	AUTHZ_MAKE_ROOM(numbers);
	numbers->items[numbers->count++] = number;
}

/*
 * Sort, and drop all but one of equal numbers; returns how many are left.  Ids
 * of resources come from a sequence, so many of them are mostly close to each
 * other: then a bitmap with a bit for each possible number sorts them in two
 * passes.
 */
#define MANY_NUMBERS 256
#define BITS_EACH 256			/* at most, of the bits for each number */

static int
sort_unique_numbers(int64 *numbers, int count)
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
sort_unique_texts(text **texts, int count)
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
