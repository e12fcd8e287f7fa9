/*
 * rows.c
 *	  Rows of authz's tables as C structs: the only file that knows what the
 *	  columns mean (src/sql/tables.sql has the definitions).
 *
 * tables.c has the access paths.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "compat.h"
#include "tables/rows.h"
#include "types/grammar.h"

/*
 * A text value on the stack, as the key of a look-up of one row.  (A scan of
 * several rows keeps pointing to its keys: those are palloc'd.)
 */
typedef union KeyText
{
	struct varlena header;
	char		data[VARHDRSZ + AUTHZ_SUBJECT_MAX + 2];
} KeyText;

static Datum
make_text_key(KeyText *key, const char *str, int len)
{
	Assert(len <= AUTHZ_SUBJECT_MAX + 2);
	SET_VARSIZE(&key->header, VARHDRSZ + len);
	memcpy(key->data + VARHDRSZ, str, len);
	return PointerGetDatum(key);
}

/* A column of the current row. */
static inline Datum
get_column(AuthzScan *scan, AuthzColumn column, bool *isnull)
{
	if (scan->columns == NULL)
		return slot_getattr(scan->slot, authz_column_numbers[column], isnull);
	Assert(scan->columns[column] > 0);
	return index_getattr(scan->desc->xs_itup, scan->columns[column], scan->desc->xs_itupdesc, isnull);
}

static int64
get_int64_column(AuthzScan *scan, AuthzColumn column)
{
	bool		isnull;
	Datum		value = get_column(scan, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

static bool
get_bool_column(AuthzScan *scan, AuthzColumn column)
{
	bool		isnull;
	Datum		value = get_column(scan, column, &isnull);

	return isnull ? false : DatumGetBool(value);
}

static const char *
get_text_column(AuthzScan *scan, AuthzColumn column, int *len)
{
	bool		isnull;
	Datum		value = get_column(scan, column, &isnull);
	struct varlena *text;

	*len = 0;
	if (isnull)
		return NULL;
	text = PG_DETOAST_DATUM_PACKED(value);
	*len = VARSIZE_ANY_EXHDR(text);
	return VARDATA_ANY(text);
}

/* The elements of an array of texts, palloc'd; NULLs are left out. */
static text **
get_texts_column(AuthzScan *scan, AuthzColumn column, int *count)
{
	bool		isnull;
	Datum		value = get_column(scan, column, &isnull);
	Datum	   *elements;
	bool	   *nulls;
	int			nelements;
	text	  **texts;

	*count = 0;
	if (isnull)
		return NULL;
	deconstruct_array(DatumGetArrayTypePCopy(value), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &nelements);
	texts = palloc(sizeof(text *) * Max(nelements, 1));
	for (int i = 0; i < nelements; i++)
		if (!nulls[i])
			texts[(*count)++] = DatumGetTextPP(elements[i]);
	return texts;
}

bool
authz_rows_read_type(AuthzReader *reader, const char *name, int len, AuthzTypeRow *row)
{
	KeyText		key;
	AuthzScan  *scan;
	const char *roles_for;
	int			roles_for_len;

	scan = authz_scan_find(reader, AUTHZ_TYPE_BY_NAME, make_text_key(&key, name, len));
	if (scan == NULL)
		return false;
	row->parents = get_texts_column(scan, AUTHZ_COL_RESOURCE_TYPES_PARENTS, &row->nparents);
	row->has_members = get_bool_column(scan, AUTHZ_COL_RESOURCE_TYPES_HAS_MEMBERS);
	roles_for = get_text_column(scan, AUTHZ_COL_RESOURCE_TYPES_ROLES_FOR, &roles_for_len);
	row->for_members = roles_for_len != 6 || memcmp(roles_for, "anyone", 6) != 0;
	row->exclusive_roles = get_bool_column(scan, AUTHZ_COL_RESOURCE_TYPES_EXCLUSIVE_ROLES);
	return true;
}

bool
authz_rows_type_allows_base_permission(AuthzReader *reader, const char *type, int type_len,
									   const char *role, int role_len)
{
	KeyText		key;
	AuthzScan  *scan = authz_scan_find(reader, AUTHZ_TYPE_BY_NAME, make_text_key(&key, type, type_len));
	text	  **names;
	int			count;

	if (scan == NULL)
		return false;
	names = get_texts_column(scan, AUTHZ_COL_RESOURCE_TYPES_BASE_PERMISSIONS, &count);
	for (int i = 0; i < count; i++)
		if (VARSIZE_ANY_EXHDR(names[i]) == role_len && memcmp(VARDATA_ANY(names[i]), role, role_len) == 0)
			return true;
	return false;
}

static void
fill_permission_row(AuthzScan *scan, AuthzPermissionRow *row)
{
	int			len;
	const char *status;

	row->name = get_text_column(scan, AUTHZ_COL_PERMISSIONS_NAME, &row->name_len);
	row->type = get_text_column(scan, AUTHZ_COL_PERMISSIONS_RESOURCE_TYPE, &row->type_len);
	status = get_text_column(scan, AUTHZ_COL_PERMISSIONS_STATUS, &len);
	/* An unknown status counts as planned. */
	row->deprecated = len == 10 && memcmp(status, "deprecated", 10) == 0;
	row->planned = !row->deprecated && !(len == 6 && memcmp(status, "active", 6) == 0);
	row->is_default = get_bool_column(scan, AUTHZ_COL_PERMISSIONS_IS_DEFAULT);
}

bool
authz_rows_read_permission(AuthzReader *reader, const char *name, int len, AuthzPermissionRow *row)
{
	KeyText		key;
	AuthzScan  *scan;

	scan = authz_scan_find(reader, AUTHZ_PERMISSION_BY_NAME, make_text_key(&key, name, len));
	if (scan == NULL)
		return false;
	fill_permission_row(scan, row);
	return true;
}

static void
fill_resource_row(AuthzScan *scan, AuthzResourceRow *row)
{
	row->id = get_int64_column(scan, AUTHZ_COL_RESOURCES_ID);
	row->name = get_text_column(scan, AUTHZ_COL_RESOURCES_RESOURCE, &row->name_len);
	row->type = row->name;
	row->type_len = (const char *) memchr(row->name, ':', row->name_len) - row->name;
	row->parent_id = get_int64_column(scan, AUTHZ_COL_RESOURCES_PARENT_ID);
	row->has_row = get_bool_column(scan, AUTHZ_COL_RESOURCES_HAS_ROW);
}

bool
authz_rows_read_resource(AuthzReader *reader, const char *name, int len, AuthzResourceRow *row)
{
	KeyText		key;
	AuthzScan  *scan;

	scan = authz_scan_find(reader, AUTHZ_RESOURCE_BY_NAME, make_text_key(&key, name, len));
	if (scan == NULL)
		return false;
	fill_resource_row(scan, row);
	return true;
}

bool
authz_rows_read_resource_by_id(AuthzReader *reader, int64 id, AuthzResourceRow *row)
{
	AuthzScan  *scan = authz_scan_find(reader, AUTHZ_RESOURCE_BY_ID, Int64GetDatum(id));

	if (scan == NULL)
		return false;
	fill_resource_row(scan, row);
	return true;
}

bool
authz_rows_find_resource(AuthzReader *reader, const char *name, int len, int64 *id, int64 *parent_id)
{
	KeyText		key;
	AuthzScan  *scan;

	scan = authz_scan_find(reader, AUTHZ_RESOURCE_IDS_BY_NAME, make_text_key(&key, name, len));
	if (scan == NULL)
		return false;
	*id = get_int64_column(scan, AUTHZ_COL_RESOURCES_ID);
	*parent_id = get_int64_column(scan, AUTHZ_COL_RESOURCES_PARENT_ID);
	return true;
}

bool
authz_rows_find_resource_from(AuthzReader *reader, const char *name, int len, int64 *id)
{
	KeyText		key;
	AuthzScan  *scan = authz_scan_find(reader, AUTHZ_RESOURCES_FROM_NAME, make_text_key(&key, name, len));

	if (scan == NULL)
		return false;
	*id = get_int64_column(scan, AUTHZ_COL_RESOURCES_ID);
	return true;
}

bool
authz_rows_find_resource_parent(AuthzReader *reader, int64 id, int64 *parent_id)
{
	AuthzScan  *scan = authz_scan_find(reader, AUTHZ_RESOURCE_PARENT, Int64GetDatum(id));

	if (scan == NULL)
		return false;
	*parent_id = get_int64_column(scan, AUTHZ_COL_RESOURCES_PARENT_ID);
	return true;
}

static void
fill_subject_row(AuthzScan *scan, AuthzSubjectRow *row)
{
	row->id = get_int64_column(scan, AUTHZ_COL_SUBJECTS_ID);
	row->name = get_text_column(scan, AUTHZ_COL_SUBJECTS_SUBJECT, &row->name_len);
	row->resource_id = get_int64_column(scan, AUTHZ_COL_SUBJECTS_RESOURCE_ID);
	row->parent_id = get_int64_column(scan, AUTHZ_COL_SUBJECTS_PARENT_ID);
}

bool
authz_rows_read_subject(AuthzReader *reader, const char *name, int len, AuthzSubjectRow *row)
{
	KeyText		key;
	AuthzScan  *scan;

	scan = authz_scan_find(reader, AUTHZ_SUBJECT_BY_NAME, make_text_key(&key, name, len));
	if (scan == NULL)
		return false;
	fill_subject_row(scan, row);
	return true;
}

bool
authz_rows_read_subject_by_id(AuthzReader *reader, int64 id, AuthzSubjectRow *row)
{
	AuthzScan  *scan = authz_scan_find(reader, AUTHZ_SUBJECT_BY_ID, Int64GetDatum(id));

	if (scan == NULL)
		return false;
	fill_subject_row(scan, row);
	return true;
}

bool
authz_rows_find_subject(AuthzReader *reader, const char *name, int len, int64 *id, int64 *parent_id)
{
	KeyText		key;
	AuthzScan  *scan;

	scan = authz_scan_find(reader, AUTHZ_SUBJECT_IDS_BY_NAME, make_text_key(&key, name, len));
	if (scan == NULL)
		return false;
	*id = get_int64_column(scan, AUTHZ_COL_SUBJECTS_ID);
	*parent_id = get_int64_column(scan, AUTHZ_COL_SUBJECTS_PARENT_ID);
	return true;
}

bool
authz_rows_find_subject_parent(AuthzReader *reader, int64 id, int64 *parent_id)
{
	AuthzScan  *scan = authz_scan_find(reader, AUTHZ_SUBJECT_PARENT, Int64GetDatum(id));

	if (scan == NULL)
		return false;
	*parent_id = get_int64_column(scan, AUTHZ_COL_SUBJECTS_PARENT_ID);
	return true;
}

bool
authz_rows_read_role(AuthzReader *reader, int64 id, AuthzRoleRow *row)
{
	AuthzScan  *scan = authz_scan_find(reader, AUTHZ_ROLE_BY_ID, Int64GetDatum(id));
	bool		isnull;

	if (scan == NULL)
		return false;
	row->name = get_text_column(scan, AUTHZ_COL_ROLES_NAME, &row->name_len);
	row->type = get_text_column(scan, AUTHZ_COL_ROLES_RESOURCE_TYPE, &row->type_len);
	row->owner_id = get_int64_column(scan, AUTHZ_COL_ROLES_OWNER_ID);
	row->inherits_id = get_int64_column(scan, AUTHZ_COL_ROLES_INHERITS_ID);
	row->all_permissions = get_bool_column(scan, AUTHZ_COL_ROLES_ALL_PERMISSIONS);
	row->min_holders = DatumGetInt32(get_column(scan, AUTHZ_COL_ROLES_MIN_HOLDERS, &isnull));
	return true;
}

bool
authz_rows_find_role(AuthzReader *reader, const char *name, int name_len,
					 const char *type, int type_len, int64 owner_id, int64 *id)
{
	AuthzPath	path = owner_id == 0 ? AUTHZ_ROLE_PREDEFINED : AUTHZ_ROLE_OF_OWNER;
	Datum		keys[] = {
		PointerGetDatum(cstring_to_text_with_len(name, name_len)),
		PointerGetDatum(cstring_to_text_with_len(type, type_len)),
		Int64GetDatum(owner_id)
	};
	AuthzScan  *scan;

	authz_scan_start(reader, path, keys);
	scan = authz_scan_next(reader, path);
	if (scan == NULL)
		return false;
	*id = get_int64_column(scan, AUTHZ_COL_ROLES_ID);
	return true;
}

bool
authz_rows_find_membership(AuthzReader *reader, int64 group_id, int64 member_id, bool lock)
{
	AuthzScan  *scan;
	TM_FailureData failure;

	authz_rows_start_by_ids(reader, AUTHZ_MEMBERSHIP, group_id, member_id);
	if (authz_scan_next(reader, AUTHZ_MEMBERSHIP) == NULL)
		return false;
	if (!lock)
		return true;

	scan = &reader->scans[AUTHZ_MEMBERSHIP];
	LockRelationOid(authz_tables_oid(AUTHZ_MEMBERSHIPS), RowShareLock);
	switch (table_tuple_lock(reader->tables[AUTHZ_MEMBERSHIPS], &scan->slot->tts_tid, reader->snapshot,
							 scan->slot, GetCurrentCommandId(false), LockTupleKeyShare, LockWaitBlock,
							 0, &failure))
	{
		case TM_Ok:
			return true;
		case TM_Updated:
		case TM_Deleted:
			/* Another transaction removed the membership while we waited. */
			if (IsolationUsesXactSnapshot())
				ereport(ERROR,
						errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("could not serialize access due to concurrent update"));
			return false;
		default:
			return false;
	}
}

void
authz_rows_start_by_id(AuthzReader *reader, AuthzPath path, int64 id)
{
	Datum		key = Int64GetDatum(id);

	authz_scan_start(reader, path, &key);
}

void
authz_rows_start_by_ids(AuthzReader *reader, AuthzPath path, int64 id1, int64 id2)
{
	Datum		keys[2] = {Int64GetDatum(id1), Int64GetDatum(id2)};

	authz_scan_start(reader, path, keys);
}

void
authz_rows_start_permissions_of_type(AuthzReader *reader, const char *type, int len)
{
	Datum		key = PointerGetDatum(cstring_to_text_with_len(type, len));

	authz_scan_start(reader, AUTHZ_PERMISSIONS_BY_TYPE, &key);
}

/* For an error message; no frequent question reads all permissions. */
void
authz_rows_start_all_permissions(AuthzReader *reader)
{
	Datum		key = PointerGetDatum(cstring_to_text_with_len("", 0));

	authz_scan_start(reader, AUTHZ_ALL_PERMISSIONS, &key);
}

/*
 * The children of a resource, by name, from the first that has the given type.
 * (No upper bound: it would be compared with every row.)
 */
void
authz_rows_start_children(AuthzReader *reader, int64 parent_id, const char *type, int len)
{
	char		bound[AUTHZ_TYPE_MAX + 1];
	Datum		keys[2];

	Assert(len <= AUTHZ_TYPE_MAX);
	memcpy(bound, type, len);
	bound[len] = ':';
	keys[0] = Int64GetDatum(parent_id);
	keys[1] = PointerGetDatum(cstring_to_text_with_len(bound, len + 1));
	authz_scan_start(reader, AUTHZ_RESOURCES_BY_PARENT, keys);
}

/* All subjects in the order of their names, from the given one on. */
void
authz_rows_start_subjects_from(AuthzReader *reader, const char *first, int len)
{
	Datum		key = PointerGetDatum(cstring_to_text_with_len(first, len));

	authz_scan_start(reader, AUTHZ_SUBJECTS_FROM_NAME, &key);
}

bool
authz_rows_next_permission(AuthzReader *reader, AuthzPermissionRow *row)
{
	AuthzScan  *scan = authz_scan_next(reader, AUTHZ_PERMISSIONS_BY_TYPE);

	if (scan == NULL)
		return false;
	fill_permission_row(scan, row);
	return true;
}

bool
authz_rows_next_any_permission(AuthzReader *reader, AuthzPermissionRow *row)
{
	AuthzScan  *scan = authz_scan_next(reader, AUTHZ_ALL_PERMISSIONS);

	if (scan == NULL)
		return false;
	fill_permission_row(scan, row);
	return true;
}

bool
authz_rows_next_role_permission(AuthzReader *reader, const char **name, int *len)
{
	AuthzScan  *scan = authz_scan_next(reader, AUTHZ_PERMISSIONS_BY_ROLE);

	if (scan == NULL)
		return false;
	*name = get_text_column(scan, AUTHZ_COL_ROLE_PERMISSIONS_PERMISSION, len);
	return true;
}

/* Add the ids in one column of the rows of a path, each once. */
static void
add_ids(AuthzReader *reader, AuthzPath path, int64 key, AuthzColumn column, AuthzIdList *ids)
{
	AuthzScan  *scan;

	authz_rows_start_by_id(reader, path, key);
	while ((scan = authz_scan_next(reader, path)) != NULL)
		authz_id_list_add_once(ids, get_int64_column(scan, column));
}

void
authz_rows_add_lower_roles(AuthzReader *reader, int64 id, const AuthzRoleRow *row, AuthzIdList *ids)
{
	if (row->inherits_id != 0)
		authz_id_list_add_once(ids, row->inherits_id);
	add_ids(reader, AUTHZ_INHERITED_ROLES_BY_ROLE, id, AUTHZ_COL_ROLE_INHERITS_INHERITS_ID, ids);
	add_ids(reader, AUTHZ_BASE_ROLES_BY_ROLE, id, AUTHZ_COL_ROLE_BASE_ROLES_BASE_ROLE_ID, ids);
}

void
authz_rows_add_upper_roles(AuthzReader *reader, int64 id, AuthzIdList *ids)
{
	add_ids(reader, AUTHZ_ROLES_BY_FIRST_INHERITED, id, AUTHZ_COL_ROLES_ID, ids);
	add_ids(reader, AUTHZ_ROLES_BY_INHERITED, id, AUTHZ_COL_ROLE_INHERITS_ROLE_ID, ids);
	add_ids(reader, AUTHZ_ROLES_BY_BASE_ROLE, id, AUTHZ_COL_ROLE_BASE_ROLES_ROLE_ID, ids);
}

/* id may be NULL: it costs something to extract. */
bool
authz_rows_next_child(AuthzReader *reader, const char **name, int *len, int64 *id)
{
	AuthzScan  *scan = authz_scan_next(reader, AUTHZ_RESOURCES_BY_PARENT);

	if (scan == NULL)
		return false;
	*name = get_text_column(scan, AUTHZ_COL_RESOURCES_RESOURCE, len);
	if (id != NULL)
		*id = get_int64_column(scan, AUTHZ_COL_RESOURCES_ID);
	return true;
}

bool
authz_rows_next_child_from(AuthzReader *reader, int64 *parent_id, const char **name, int *len, int64 *id)
{
	AuthzScan  *scan = authz_scan_next(reader, AUTHZ_RESOURCES_FROM_PARENT);

	if (scan == NULL)
		return false;
	*parent_id = get_int64_column(scan, AUTHZ_COL_RESOURCES_PARENT_ID);
	*name = get_text_column(scan, AUTHZ_COL_RESOURCES_RESOURCE, len);
	*id = get_int64_column(scan, AUTHZ_COL_RESOURCES_ID);
	return true;
}

bool
authz_rows_next_resource(AuthzReader *reader, int64 *id, const char **name, int *len)
{
	AuthzScan  *scan = authz_scan_next(reader, AUTHZ_RESOURCES_FROM_ID);

	if (scan == NULL)
		return false;
	*id = get_int64_column(scan, AUTHZ_COL_RESOURCES_ID);
	*name = get_text_column(scan, AUTHZ_COL_RESOURCES_RESOURCE, len);
	return true;
}

bool
authz_rows_next_subject(AuthzReader *reader, AuthzPath path, AuthzSubjectRow *row)
{
	AuthzScan  *scan = authz_scan_next(reader, path);

	if (scan == NULL)
		return false;
	fill_subject_row(scan, row);
	return true;
}

bool
authz_rows_next_group(AuthzReader *reader, int64 *group_id)
{
	AuthzScan  *scan = authz_scan_next(reader, AUTHZ_GROUPS_BY_MEMBER);

	if (scan == NULL)
		return false;
	*group_id = get_int64_column(scan, AUTHZ_COL_MEMBERSHIPS_GROUP_ID);
	return true;
}

bool
authz_rows_next_member(AuthzReader *reader, int64 *member_id)
{
	AuthzScan  *scan = authz_scan_next(reader, AUTHZ_MEMBERS_BY_GROUP);

	if (scan == NULL)
		return false;
	*member_id = get_int64_column(scan, AUTHZ_COL_MEMBERSHIPS_MEMBER_ID);
	return true;
}

bool
authz_rows_next_membership(AuthzReader *reader, AuthzMembershipRow *row)
{
	AuthzScan  *scan = authz_scan_next(reader, AUTHZ_ALL_MEMBERSHIPS);

	if (scan == NULL)
		return false;
	row->group_id = get_int64_column(scan, AUTHZ_COL_MEMBERSHIPS_GROUP_ID);
	row->member_id = get_int64_column(scan, AUTHZ_COL_MEMBERSHIPS_MEMBER_ID);
	return true;
}

static void
fill_assignment_row(AuthzScan *scan, AuthzAssignmentRow *row)
{
	Datum		expires_at;
	bool		isnull;

	row->id = get_int64_column(scan, AUTHZ_COL_ASSIGNMENTS_ID);
	row->subject_id = get_int64_column(scan, AUTHZ_COL_ASSIGNMENTS_SUBJECT_ID);
	row->role_id = get_int64_column(scan, AUTHZ_COL_ASSIGNMENTS_ROLE_ID);
	row->resource_id = get_int64_column(scan, AUTHZ_COL_ASSIGNMENTS_RESOURCE_ID);
	row->source = get_text_column(scan, AUTHZ_COL_ASSIGNMENTS_SOURCE, &row->source_len);
	expires_at = get_column(scan, AUTHZ_COL_ASSIGNMENTS_EXPIRES_AT, &isnull);
	row->expires_at = isnull ? DT_NOEND : DatumGetTimestampTz(expires_at);
}

bool
authz_rows_read_assignment(AuthzReader *reader, int64 id, AuthzAssignmentRow *row)
{
	AuthzScan  *scan = authz_scan_find(reader, AUTHZ_ASSIGNMENT_BY_ID, Int64GetDatum(id));

	if (scan == NULL)
		return false;
	fill_assignment_row(scan, row);
	return true;
}

bool
authz_rows_next_assignment(AuthzReader *reader, AuthzPath path, AuthzAssignmentRow *row)
{
	AuthzScan  *scan = authz_scan_next(reader, path);

	if (scan == NULL)
		return false;
	fill_assignment_row(scan, row);
	return true;
}

bool
authz_rows_next_short_assignment(AuthzReader *reader, AuthzShortAssignmentRow *row)
{
	AuthzScan  *scan = authz_scan_next(reader, AUTHZ_SHORT_ASSIGNMENTS_BY_SUBJECT);
	Datum		expires_at;
	bool		isnull;

	if (scan == NULL)
		return false;
	row->resource_id = get_int64_column(scan, AUTHZ_COL_ASSIGNMENTS_RESOURCE_ID);
	row->role_id = get_int64_column(scan, AUTHZ_COL_ASSIGNMENTS_ROLE_ID);
	expires_at = get_column(scan, AUTHZ_COL_ASSIGNMENTS_EXPIRES_AT, &isnull);
	row->expires_at = isnull ? DT_NOEND : DatumGetTimestampTz(expires_at);
	return true;
}
