/*
 * permission_set.c
 *	  The type authz.permission_set: a set of permission names as a value.
 *
 * The names are stored sorted bytewise and without duplicates, behind an array
 * of their end offsets.  So equal sets have equal bytes (PostgreSQL's bytea
 * functions compare them for equality and hash them; see
 * src/sql/permission_set.sql), one name is found by binary search, and the set
 * operations are merges.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "compat.h"
#include "types/permission_set.h"

/* The characters that array input takes for blanks. */
#define BLANKS " \t\n\r\v\f"

typedef struct PermissionSet
{
	int32		vl_len_;		/* varlena header, never read directly */
	uint32		count;
	uint32		ends[FLEXIBLE_ARRAY_MEMBER];	/* ends[i]: where name i ends,
												 * from the start of the
												 * names, which follow the
												 * array */
} PermissionSet;

/* A name in memory that belongs to another owner. */
typedef struct PermissionName
{
	const char *data;
	int			len;
} PermissionName;

/* A growing array of names. */
typedef struct NameList
{
	PermissionName *names;
	uint32		count;
	uint32		capacity;
} NameList;

/* What to keep in a merge of two sets. */
typedef enum Keep
{
	KEEP_LEFT_ONLY = 1,
	KEEP_BOTH = 2,
	KEEP_RIGHT_ONLY = 4
} Keep;

/* The names that a permission_union has seen. */
typedef struct UnionEntry
{
	PermissionName name;		/* data owned by the aggregate's context */
	uint32		hash;
	char		status;			/* for simplehash */
} UnionEntry;

#define SH_PREFIX union_names
#define SH_ELEMENT_TYPE UnionEntry
#define SH_KEY_TYPE PermissionName
#define SH_KEY name
#define SH_HASH_KEY(tb, key) hash_bytes((const unsigned char *) (key).data, (key).len)
#define SH_EQUAL(tb, a, b) ((a).len == (b).len && memcmp((a).data, (b).data, (a).len) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define DatumGetPermissionSet(d)	((PermissionSet *) PG_DETOAST_DATUM(d))
#define PG_GETARG_PERMISSION_SET(n)	DatumGetPermissionSet(PG_GETARG_DATUM(n))

static bool parse_set(const char *str, NameList *list, Node *escontext);
static const char *split_set(const char *str, NameList *list);
static const char *split_name(const char **p, PermissionName *name);
static int32 receive_int(StringInfo buf);
static PermissionSet *make_set(PermissionName *names, uint32 count, Node *escontext);
static PermissionSet *make_sorted_set(const PermissionName *names, uint32 count);
static PermissionSet *merge_sets(const PermissionSet *left, const PermissionSet *right, int keep);
static bool contains_set(const PermissionSet *set, const PermissionSet *subset);
static bool contains_name(const PermissionSet *set, PermissionName name);
static int	compare_sets(const PermissionSet *a, const PermissionSet *b);
static PermissionName get_name(const PermissionSet *set, uint32 i);
static PermissionName get_permission(text *permission);
static int	compare_names(PermissionName a, PermissionName b);
static int	compare_names_for_qsort(const void *a, const void *b);
static void append_name(NameList *list, PermissionName name);
static union_names_hash *get_union_state(FunctionCallInfo fcinfo);
static void add_to_union(union_names_hash *state, PermissionName name);
static void add_set_to_union(union_names_hash *state, const PermissionSet *set);
static PermissionSet *make_union_set(union_names_hash *state);

PG_FUNCTION_INFO_V1(authz_permission_set_in);
Datum
authz_permission_set_in(PG_FUNCTION_ARGS)
{
	NameList	list = {0};
	PermissionSet *set;

	if (!parse_set(PG_GETARG_CSTRING(0), &list, fcinfo->context))
		PG_RETURN_NULL();
	set = make_set(list.names, list.count, fcinfo->context);
	if (set == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(set);
}

PG_FUNCTION_INFO_V1(authz_permission_set_out);
Datum
authz_permission_set_out(PG_FUNCTION_ARGS)
{
	PermissionSet *set = PG_GETARG_PERMISSION_SET(0);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, '{');
	for (uint32 i = 0; i < set->count; i++)
	{
		PermissionName name = get_name(set, i);

		if (i > 0)
			appendStringInfoChar(&buf, ',');
		appendBinaryStringInfo(&buf, name.data, name.len);
	}
	appendStringInfoChar(&buf, '}');
	PG_RETURN_CSTRING(buf.data);
}

/*
 * The binary form: the number of names, then each as its length and its bytes.
 * As in the text form, the order is free and a name may come twice.
 */
PG_FUNCTION_INFO_V1(authz_permission_set_recv);
Datum
authz_permission_set_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buf = (StringInfo) PG_GETARG_POINTER(0);
	int32		count = receive_int(buf);
	NameList	list = {0};

	if (count < 0 || count > AUTHZ_PERMISSION_SET_MAX)
		ereport(ERROR,
				errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				errmsg("invalid binary value for type %s", "authz.permission_set"),
				errdetail("The number of permissions is %d, but must be between 0 and %d.",
						  count, AUTHZ_PERMISSION_SET_MAX));

	for (int32 i = 0; i < count; i++)
	{
		int32		raw_len = receive_int(buf);
		PermissionName name;

		if (raw_len < 0 || raw_len > buf->len - buf->cursor)
			ereport(ERROR,
					errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
					errmsg("invalid binary value for type %s", "authz.permission_set"),
					errdetail("Permission %d has the length %d, but the value has %d bytes left.",
							  i + 1, raw_len, buf->len - buf->cursor));
		name.data = pq_getmsgtext(buf, raw_len, &name.len);
		authz_permission_validate(name.data, name.len, ERRCODE_INVALID_BINARY_REPRESENTATION, NULL);
		append_name(&list, name);
	}
	PG_RETURN_POINTER(make_set(list.names, list.count, NULL));
}

PG_FUNCTION_INFO_V1(authz_permission_set_send);
Datum
authz_permission_set_send(PG_FUNCTION_ARGS)
{
	PermissionSet *set = PG_GETARG_PERMISSION_SET(0);
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendint32(&buf, set->count);
	for (uint32 i = 0; i < set->count; i++)
	{
		PermissionName name = get_name(set, i);

		/* ASCII: the same in every client encoding. */
		pq_sendint32(&buf, name.len);
		pq_sendbytes(&buf, name.data, name.len);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* The cast from authz.permission[].  The dimensions do not matter. */
PG_FUNCTION_INFO_V1(authz_permission_set);
Datum
authz_permission_set(PG_FUNCTION_ARGS)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	Datum	   *elements;
	bool	   *nulls;
	int			count;
	PermissionName *names;

	deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	names = palloc_array(PermissionName, count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					errmsg("null value not allowed in a permission set"),
					errdetail("Element %d of the array is null.", i + 1),
					errhint("Remove the nulls with array_remove(..., NULL)."));
		names[i] = get_permission(DatumGetTextPP(elements[i]));
	}
	PG_RETURN_POINTER(make_set(names, count, NULL));
}

/* The cast to authz.permission[]. */
PG_FUNCTION_INFO_V1(authz_permissions);
Datum
authz_permissions(PG_FUNCTION_ARGS)
{
	PermissionSet *set = PG_GETARG_PERMISSION_SET(0);
	Oid			element_type = get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid));
	Datum	   *elements = palloc_array(Datum, set->count);

	for (uint32 i = 0; i < set->count; i++)
	{
		PermissionName name = get_name(set, i);

		elements[i] = PointerGetDatum(cstring_to_text_with_len(name.data, name.len));
	}
	PG_RETURN_ARRAYTYPE_P(construct_array(elements, set->count, element_type, -1, false, TYPALIGN_INT));
}

PG_FUNCTION_INFO_V1(authz_permission_count);
Datum
authz_permission_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(PG_GETARG_PERMISSION_SET(0)->count);
}

PG_FUNCTION_INFO_V1(authz_permission_set_union);
Datum
authz_permission_set_union(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(merge_sets(PG_GETARG_PERMISSION_SET(0), PG_GETARG_PERMISSION_SET(1),
								 KEEP_LEFT_ONLY | KEEP_BOTH | KEEP_RIGHT_ONLY));
}

PG_FUNCTION_INFO_V1(authz_permission_set_intersect);
Datum
authz_permission_set_intersect(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(merge_sets(PG_GETARG_PERMISSION_SET(0), PG_GETARG_PERMISSION_SET(1),
								 KEEP_BOTH));
}

PG_FUNCTION_INFO_V1(authz_permission_set_except);
Datum
authz_permission_set_except(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(merge_sets(PG_GETARG_PERMISSION_SET(0), PG_GETARG_PERMISSION_SET(1),
								 KEEP_LEFT_ONLY));
}

PG_FUNCTION_INFO_V1(authz_permission_set_contains);
Datum
authz_permission_set_contains(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains_set(PG_GETARG_PERMISSION_SET(0), PG_GETARG_PERMISSION_SET(1)));
}

PG_FUNCTION_INFO_V1(authz_permission_set_contained);
Datum
authz_permission_set_contained(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains_set(PG_GETARG_PERMISSION_SET(1), PG_GETARG_PERMISSION_SET(0)));
}

PG_FUNCTION_INFO_V1(authz_permission_set_overlaps);
Datum
authz_permission_set_overlaps(PG_FUNCTION_ARGS)
{
	PermissionSet *left = PG_GETARG_PERMISSION_SET(0);
	PermissionSet *right = PG_GETARG_PERMISSION_SET(1);
	uint32		l = 0;
	uint32		r = 0;

	while (l < left->count && r < right->count)
	{
		int			cmp = compare_names(get_name(left, l), get_name(right, r));

		if (cmp == 0)
			PG_RETURN_BOOL(true);
		if (cmp < 0)
			l++;
		else
			r++;
	}
	PG_RETURN_BOOL(false);
}

PG_FUNCTION_INFO_V1(authz_permission_set_has);
Datum
authz_permission_set_has(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains_name(PG_GETARG_PERMISSION_SET(0), get_permission(PG_GETARG_TEXT_PP(1))));
}

PG_FUNCTION_INFO_V1(authz_permission_is_in);
Datum
authz_permission_is_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains_name(PG_GETARG_PERMISSION_SET(1), get_permission(PG_GETARG_TEXT_PP(0))));
}

PG_FUNCTION_INFO_V1(authz_permission_set_lt);
Datum
authz_permission_set_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_sets(PG_GETARG_PERMISSION_SET(0), PG_GETARG_PERMISSION_SET(1)) < 0);
}

PG_FUNCTION_INFO_V1(authz_permission_set_le);
Datum
authz_permission_set_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_sets(PG_GETARG_PERMISSION_SET(0), PG_GETARG_PERMISSION_SET(1)) <= 0);
}

PG_FUNCTION_INFO_V1(authz_permission_set_ge);
Datum
authz_permission_set_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_sets(PG_GETARG_PERMISSION_SET(0), PG_GETARG_PERMISSION_SET(1)) >= 0);
}

PG_FUNCTION_INFO_V1(authz_permission_set_gt);
Datum
authz_permission_set_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_sets(PG_GETARG_PERMISSION_SET(0), PG_GETARG_PERMISSION_SET(1)) > 0);
}

PG_FUNCTION_INFO_V1(authz_permission_set_cmp);
Datum
authz_permission_set_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_sets(PG_GETARG_PERMISSION_SET(0), PG_GETARG_PERMISSION_SET(1)));
}

/*
 * The aggregates permission_union(permission) and (permission_set).  The state
 * is a hash table of names, so that its size is that of the result.
 */
PG_FUNCTION_INFO_V1(authz_permission_union_add);
Datum
authz_permission_union_add(PG_FUNCTION_ARGS)
{
	union_names_hash *state = get_union_state(fcinfo);

	if (!PG_ARGISNULL(1))
		add_to_union(state, get_permission(PG_GETARG_TEXT_PP(1)));
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(authz_permission_union_add_set);
Datum
authz_permission_union_add_set(PG_FUNCTION_ARGS)
{
	union_names_hash *state = get_union_state(fcinfo);

	if (!PG_ARGISNULL(1))
		add_set_to_union(state, PG_GETARG_PERMISSION_SET(1));
	PG_RETURN_POINTER(state);
}

PG_FUNCTION_INFO_V1(authz_permission_union_combine);
Datum
authz_permission_union_combine(PG_FUNCTION_ARGS)
{
	union_names_hash *state = get_union_state(fcinfo);

	if (!PG_ARGISNULL(1))
	{
		union_names_hash *other = (union_names_hash *) PG_GETARG_POINTER(1);
		union_names_iterator it;
		UnionEntry *entry;

		union_names_start_iterate(other, &it);
		while ((entry = union_names_iterate(other, &it)) != NULL)
			add_to_union(state, entry->name);
	}
	PG_RETURN_POINTER(state);
}

/* Between processes the state is sent as the set of its names. */
PG_FUNCTION_INFO_V1(authz_permission_union_serialize);
Datum
authz_permission_union_serialize(PG_FUNCTION_ARGS)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "aggregate function called in non-aggregate context");
	PG_RETURN_POINTER(make_union_set((union_names_hash *) PG_GETARG_POINTER(0)));
}

PG_FUNCTION_INFO_V1(authz_permission_union_deserialize);
Datum
authz_permission_union_deserialize(PG_FUNCTION_ARGS)
{
	union_names_hash *state;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "aggregate function called in non-aggregate context");
	state = union_names_create(CurrentMemoryContext, 16, NULL);
	add_set_to_union(state, PG_GETARG_PERMISSION_SET(0));
	PG_RETURN_POINTER(state);
}

/* The union of nothing is the empty set. */
PG_FUNCTION_INFO_V1(authz_permission_union_final);
Datum
authz_permission_union_final(PG_FUNCTION_ARGS)
{
	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "aggregate function called in non-aggregate context");
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(make_sorted_set(NULL, 0));
	PG_RETURN_POINTER(make_union_set((union_names_hash *) PG_GETARG_POINTER(0)));
}

Datum
authz_permission_set_make(const char *const *names, const int *lens, int n)
{
	PermissionName *copy = palloc_array(PermissionName, n);
	PermissionSet *set;

	for (int i = 0; i < n; i++)
	{
		copy[i].data = names[i];
		copy[i].len = lens[i];
	}
	set = make_set(copy, n, NULL);
	pfree(copy);
	return PointerGetDatum(set);
}

void
authz_permission_set_iterate(AuthzPermissionSetIterator *it, Datum set)
{
	it->set = DatumGetPermissionSet(set);
	it->next = 0;
}

bool
authz_permission_set_next(AuthzPermissionSetIterator *it, const char **name, int *len)
{
	PermissionName found;

	if (it->next >= it->set->count)
		return false;
	found = get_name(it->set, it->next++);
	*name = found.data;
	*len = found.len;
	return true;
}

/*
 * Reads "{a, b}", with the liberties of array input: blanks around everything,
 * names in double quotes.  There is nothing in a name to be escaped, and the
 * word null is a name like any other.  The names in the list point into str.
 * If str is malformed, an error; a soft error, with false as the result, if
 * escontext asks for it.
 */
static bool
parse_set(const char *str, NameList *list, Node *escontext)
{
	const char *problem = split_set(str, list);

	if (problem != NULL)
		ereturn(escontext, false,
				errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				errmsg("invalid input syntax for type %s: \"%s\"", "authz.permission_set", str),
				errdetail_internal("%s", problem),
				authz_grammar_validate_permission(str, strlen(str)) == NULL ?
				errhint("A set of one permission is \"{%s}\".", str) :
				errhint("A permission set looks like \"{project.view,project.job.stop}\"."));

	for (uint32 i = 0; i < list->count; i++)
	{
		if (!authz_permission_validate(list->names[i].data, list->names[i].len,
									   ERRCODE_INVALID_TEXT_REPRESENTATION, escontext))
			return false;
	}
	return true;
}

/*
 * Finds the elements of the literal str, whatever they are.  Returns NULL, or
 * what is wrong with the braces, commas and quotes.
 */
static const char *
split_set(const char *str, NameList *list)
{
	const char *p = str + strspn(str, BLANKS);

	if (*p != '{')
		return "A permission set must start with \"{\".";
	p++;
	p += strspn(p, BLANKS);
	if (*p == '}')
		p++;
	else
	{
		bool		more;

		do
		{
			PermissionName name;
			const char *problem = split_name(&p, &name);

			if (problem != NULL)
				return problem;
			append_name(list, name);
			more = (*p++ == ',');
		} while (more);
	}

	p += strspn(p, BLANKS);
	if (*p != '\0')
		return "There is something after the closing brace.";
	return NULL;
}

/*
 * Finds the element at *p, and moves *p to the comma or brace that ends it.
 * Returns NULL, or what is wrong.
 */
static const char *
split_name(const char **p, PermissionName *name)
{
	bool		quoted;

	*p += strspn(*p, BLANKS);
	quoted = (**p == '"');
	if (quoted)
	{
		(*p)++;
		name->data = *p;
		name->len = strcspn(*p, "\"");
		*p += name->len;
		if (**p == '\0')
			return "A double quote is not closed.";
		(*p)++;
		*p += strspn(*p, BLANKS);
	}
	else
	{
		name->data = *p;
		name->len = strcspn(*p, ",{}\"");
		*p += name->len;
		while (name->len > 0 && strchr(BLANKS, name->data[name->len - 1]) != NULL)
			name->len--;
	}

	if (**p == '\0')
		return "A permission set must end with \"}\".";
	if (**p != ',' && **p != '}')
		return "Permissions must be separated by commas.";
	if (!quoted && name->len == 0)
		return "A permission is missing before or after a comma.";
	return NULL;
}

/* As pq_getmsgint, but a value that is too short is an error of the type. */
static int32
receive_int(StringInfo buf)
{
	if (buf->len - buf->cursor < (int) sizeof(int32))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				errmsg("invalid binary value for type %s", "authz.permission_set"),
				errdetail("The value ends too early."));
	return pq_getmsgint(buf, sizeof(int32));
}

/*
 * Make a set of names in any order, with repetitions; sorts the array in
 * place.  If there are too many, an error, a soft one if escontext asks for
 * it.
 */
static PermissionSet *
make_set(PermissionName *names, uint32 count, Node *escontext)
{
	uint32		unique = 0;

	if (count > 1)
		qsort(names, count, sizeof(PermissionName), compare_names_for_qsort);
	for (uint32 i = 0; i < count; i++)
	{
		if (unique == 0 || compare_names(names[unique - 1], names[i]) != 0)
			names[unique++] = names[i];
	}
	if (unique > AUTHZ_PERMISSION_SET_MAX)
		ereturn(escontext, NULL,
				errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("too many permissions in a permission set"),
				errdetail("There are %u permissions, but at most %d are allowed.",
						  unique, AUTHZ_PERMISSION_SET_MAX));
	return make_sorted_set(names, unique);
}

/*
 * The set of names that are sorted, unique and not too many: so the size,
 * below 9 MB, cannot overflow.
 */
static PermissionSet *
make_sorted_set(const PermissionName *names, uint32 count)
{
	Size		header = offsetof(PermissionSet, ends) + count * sizeof(uint32);
	Size		size = header;
	PermissionSet *set;
	char	   *data;
	uint32		end = 0;

	for (uint32 i = 0; i < count; i++)
		size += names[i].len;
	set = palloc(size);
	SET_VARSIZE(set, size);
	set->count = count;
	data = (char *) set + header;
	for (uint32 i = 0; i < count; i++)
	{
		memcpy(data + end, names[i].data, names[i].len);
		end += names[i].len;
		set->ends[i] = end;
	}
	return set;
}

static PermissionSet *
merge_sets(const PermissionSet *left, const PermissionSet *right, int keep)
{
	PermissionName *names = palloc_array(PermissionName, (Size) left->count + right->count);
	uint32		count = 0;
	uint32		l = 0;
	uint32		r = 0;

	while (l < left->count || r < right->count)
	{
		int			cmp;

		if (r >= right->count)
			cmp = -1;
		else if (l >= left->count)
			cmp = 1;
		else
			cmp = compare_names(get_name(left, l), get_name(right, r));

		if (cmp <= 0)
		{
			if (keep & (cmp < 0 ? KEEP_LEFT_ONLY : KEEP_BOTH))
				names[count++] = get_name(left, l);
			l++;
			if (cmp == 0)
				r++;
		}
		else
		{
			if (keep & KEEP_RIGHT_ONLY)
				names[count++] = get_name(right, r);
			r++;
		}
	}
	/* Sorted already, but make_set also counts. */
	return make_set(names, count, NULL);
}

static bool
contains_set(const PermissionSet *set, const PermissionSet *subset)
{
	uint32		i = 0;

	for (uint32 j = 0; j < subset->count; j++, i++)
	{
		PermissionName wanted = get_name(subset, j);

		while (i < set->count && compare_names(get_name(set, i), wanted) < 0)
			i++;
		if (i >= set->count || compare_names(get_name(set, i), wanted) != 0)
			return false;
	}
	return true;
}

static bool
contains_name(const PermissionSet *set, PermissionName name)
{
	uint32		low = 0;
	uint32		high = set->count;

	while (low < high)
	{
		uint32		mid = low + (high - low) / 2;
		int			cmp = compare_names(name, get_name(set, mid));

		if (cmp == 0)
			return true;
		if (cmp < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

/* Compare as arrays do: name by name, and a prefix comes first. */
static int
compare_sets(const PermissionSet *a, const PermissionSet *b)
{
	uint32		count = Min(a->count, b->count);

	for (uint32 i = 0; i < count; i++)
	{
		int			cmp = compare_names(get_name(a, i), get_name(b, i));

		if (cmp != 0)
			return cmp;
	}
	return a->count < b->count ? -1 : a->count > b->count ? 1 : 0;
}

static PermissionName
get_name(const PermissionSet *set, uint32 i)
{
	const char *data = (const char *) &set->ends[set->count];
	uint32		start = i == 0 ? 0 : set->ends[i - 1];
	PermissionName name;

	name.data = data + start;
	name.len = set->ends[i] - start;
	return name;
}

static PermissionName
get_permission(text *permission)
{
	PermissionName name;

	name.data = VARDATA_ANY(permission);
	name.len = VARSIZE_ANY_EXHDR(permission);
	return name;
}

static int
compare_names(PermissionName a, PermissionName b)
{
	int			cmp = memcmp(a.data, b.data, Min(a.len, b.len));

	return cmp != 0 ? cmp : a.len - b.len;
}

static int
compare_names_for_qsort(const void *a, const void *b)
{
	return compare_names(*(const PermissionName *) a, *(const PermissionName *) b);
}

static void
append_name(NameList *list, PermissionName name)
{
	if (list->count == list->capacity)
	{
		list->capacity = list->capacity == 0 ? 16 : list->capacity * 2;
		list->names = list->names == NULL ?
			palloc_array(PermissionName, list->capacity) :
			repalloc_array(list->names, PermissionName, list->capacity);
	}
	list->names[list->count++] = name;
}

/* The state in argument 0, made at the first call. */
static union_names_hash *
get_union_state(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	if (!PG_ARGISNULL(0))
		return (union_names_hash *) PG_GETARG_POINTER(0);
	return union_names_create(context, 16, NULL);
}

static void
add_to_union(union_names_hash *state, PermissionName name)
{
	bool		found;
	UnionEntry *entry = union_names_insert(state, name, &found);

	if (!found)
	{
		char	   *copy = MemoryContextAlloc(state->ctx, name.len);

		memcpy(copy, name.data, name.len);
		entry->name.data = copy;
	}
}

static void
add_set_to_union(union_names_hash *state, const PermissionSet *set)
{
	for (uint32 i = 0; i < set->count; i++)
		add_to_union(state, get_name(set, i));
}

static PermissionSet *
make_union_set(union_names_hash *state)
{
	PermissionName *names = palloc_array(PermissionName, state->members);
	uint32		count = 0;
	union_names_iterator it;
	UnionEntry *entry;

	union_names_start_iterate(state, &it);
	while ((entry = union_names_iterate(state, &it)) != NULL)
		names[count++] = entry->name;
	return make_set(names, count, NULL);
}
