/*
 * catalog.c
 *	  Reading authz's tables: the only C file that knows their names, columns
 *	  and indexes (src/sql/tables.sql has the definitions).
 *
 * A fill of the cache opens one AuthzReader, which takes one fresh snapshot and
 * keeps each table and scan it needs open to the end of the fill, so that the
 * next key costs an index_rescan() and no more.  Every read goes through an
 * index.
 *
 * The snapshot comes from GetCatalogSnapshot().  For tables that have no
 * syscache it is always taken anew (snapmgr.c), in every isolation level; it
 * sees the earlier commands of its own transaction, and works in parallel
 * workers, where GetLatestSnapshot() may not be called.  The transaction's own
 * snapshot would bring revoked grants back: see cache.c.
 *
 * Tables are found through the extension and its schema, never by search_path,
 * and nothing is read in the historic snapshot of logical decoding, which does
 * not see ordinary tables.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/visibilitymap.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "catalog.h"
#include "compat.h"
#include "name.h"

#define MAX_KEYS 3
#define MAX_COLUMNS 16			/* of a table with a covered path */

/* Columns that are read, by number: in the order of CREATE TABLE. */
enum
{
	RESOURCE_TYPES_PARENT = 2,
	RESOURCE_TYPES_HAS_MEMBERS = 4,
	RESOURCE_TYPES_ROLES_FOR = 5,
	RESOURCE_TYPES_EXCLUSIVE_ROLES = 6,
	RESOURCE_TYPES_BASE_PERMISSIONS = 8,

	PERMISSIONS_NAME = 1,
	PERMISSIONS_RESOURCE_TYPE = 2,
	PERMISSIONS_STATUS = 5,
	PERMISSIONS_IS_DEFAULT = 6,

	RESOURCES_ID = 1,
	RESOURCES_RESOURCE = 2,
	RESOURCES_PARENT_ID = 4,

	SUBJECTS_ID = 1,
	SUBJECTS_SUBJECT = 2,
	SUBJECTS_RESOURCE_ID = 3,
	SUBJECTS_PARENT_ID = 4,

	MEMBERSHIPS_GROUP_ID = 1,
	MEMBERSHIPS_MEMBER_ID = 2,

	ROLES_ID = 1,
	ROLES_NAME = 2,
	ROLES_RESOURCE_TYPE = 3,
	ROLES_OWNER_ID = 4,
	ROLES_INHERITS_ID = 5,
	ROLES_ALL_PERMISSIONS = 7,
	ROLES_MIN_HOLDERS = 9,

	ROLE_BASE_ROLES_BASE_ROLE_ID = 3,

	ROLE_PERMISSIONS_PERMISSION = 2,

	ASSIGNMENTS_ID = 1,
	ASSIGNMENTS_SUBJECT_ID = 2,
	ASSIGNMENTS_ROLE_ID = 3,
	ASSIGNMENTS_RESOURCE_ID = 4,
	ASSIGNMENTS_SOURCE = 5,
	ASSIGNMENTS_EXPIRES_AT = 8
};

static const char *const table_names[AUTHZ_TABLE_COUNT] = {
	[AUTHZ_RESOURCE_TYPES] = "resource_types",
	[AUTHZ_PERMISSIONS] = "permissions",
	[AUTHZ_RESOURCES] = "resources",
	[AUTHZ_SUBJECTS] = "subjects",
	[AUTHZ_MEMBERSHIPS] = "memberships",
	[AUTHZ_ROLES] = "roles",
	[AUTHZ_ROLE_BASE_ROLES] = "role_base_roles",
	[AUTHZ_ROLE_PERMISSIONS] = "role_permissions",
	[AUTHZ_ASSIGNMENTS] = "assignments",
};

/* An access path: table, index, and the leading keys with their strategies. */
typedef struct PathDescription
{
	AuthzTable	table;
	const char *index_name;
	bool		covered;		/* the index has all that is read of a row */
	int			nkeys;
	struct
	{
		AttrNumber	column;		/* of the index, from 1 */
		StrategyNumber strategy;
	}			keys[MAX_KEYS];
} PathDescription;

#define EQ(column) {(column), BTEqualStrategyNumber}
#define IS_NULL(column) {(column), InvalidStrategy}

static const PathDescription paths[AUTHZ_PATH_COUNT] = {
	[AUTHZ_TYPE_BY_NAME] = {AUTHZ_RESOURCE_TYPES, "resource_types_pkey", false, 1, {EQ(1)}},
	[AUTHZ_PERMISSION_BY_NAME] = {AUTHZ_PERMISSIONS, "permissions_pkey", false, 1, {EQ(1)}},
	[AUTHZ_PERMISSIONS_BY_TYPE] = {AUTHZ_PERMISSIONS, "permissions_resource_type_idx", false, 1, {EQ(1)}},
	[AUTHZ_ALL_PERMISSIONS] = {AUTHZ_PERMISSIONS, "permissions_pkey", false, 1,
	{{1, BTGreaterEqualStrategyNumber}}},
	[AUTHZ_RESOURCE_BY_NAME] = {AUTHZ_RESOURCES, "resources_resource_key", false, 1, {EQ(1)}},
	[AUTHZ_RESOURCE_BY_ID] = {AUTHZ_RESOURCES, "resources_pkey", false, 1, {EQ(1)}},
	[AUTHZ_RESOURCE_IDS_BY_NAME] = {AUTHZ_RESOURCES, "resources_resource_key", true, 1, {EQ(1)}},
	[AUTHZ_RESOURCE_PARENT] = {AUTHZ_RESOURCES, "resources_pkey", true, 1, {EQ(1)}},
	[AUTHZ_RESOURCES_FROM_ID] = {AUTHZ_RESOURCES, "resources_pkey", true, 1,
	{{1, BTGreaterEqualStrategyNumber}}},
	[AUTHZ_RESOURCES_BY_PARENT] = {AUTHZ_RESOURCES, "resources_parent_id_idx", true, 2,
	{EQ(1), {2, BTGreaterEqualStrategyNumber}}},
	[AUTHZ_SUBJECT_BY_NAME] = {AUTHZ_SUBJECTS, "subjects_subject_key", false, 1, {EQ(1)}},
	[AUTHZ_SUBJECT_BY_ID] = {AUTHZ_SUBJECTS, "subjects_pkey", false, 1, {EQ(1)}},
	[AUTHZ_SUBJECT_IDS_BY_NAME] = {AUTHZ_SUBJECTS, "subjects_subject_key", true, 1, {EQ(1)}},
	[AUTHZ_SUBJECT_PARENT] = {AUTHZ_SUBJECTS, "subjects_pkey", true, 1, {EQ(1)}},
	[AUTHZ_SUBJECTS_BY_PARENT] = {AUTHZ_SUBJECTS, "subjects_parent_id_idx", false, 1, {EQ(1)}},
	[AUTHZ_SUBJECTS_FROM_NAME] = {AUTHZ_SUBJECTS, "subjects_subject_key", false, 1,
	{{1, BTGreaterEqualStrategyNumber}}},
	[AUTHZ_GROUPS_BY_MEMBER] = {AUTHZ_MEMBERSHIPS, "memberships_member_id_idx", true, 1, {EQ(1)}},
	[AUTHZ_MEMBERS_BY_GROUP] = {AUTHZ_MEMBERSHIPS, "memberships_pkey", false, 1, {EQ(1)}},
	[AUTHZ_ROLE_BY_ID] = {AUTHZ_ROLES, "roles_pkey", false, 1, {EQ(1)}},
	[AUTHZ_ROLE_PREDEFINED] = {AUTHZ_ROLES, "roles_name_key", false, 3, {EQ(1), EQ(2), IS_NULL(3)}},
	[AUTHZ_ROLE_OF_OWNER] = {AUTHZ_ROLES, "roles_name_key", false, 3, {EQ(1), EQ(2), EQ(3)}},
	[AUTHZ_BASE_ROLES_BY_ROLE] = {AUTHZ_ROLE_BASE_ROLES, "role_base_roles_pkey", false, 1, {EQ(1)}},
	[AUTHZ_PERMISSIONS_BY_ROLE] = {AUTHZ_ROLE_PERMISSIONS, "role_permissions_pkey", false, 1, {EQ(1)}},
	[AUTHZ_GRANTS_BY_SUBJECT] = {AUTHZ_ASSIGNMENTS, "assignments_key", true, 1, {EQ(1)}},
	[AUTHZ_ASSIGNMENTS_BY_RESOURCE] = {AUTHZ_ASSIGNMENTS, "assignments_resource_id_idx", false, 1, {EQ(1)}},
	[AUTHZ_ASSIGNMENTS_OF_SUBJECT_ON] = {AUTHZ_ASSIGNMENTS, "assignments_key", false, 2, {EQ(1), EQ(2)}},
	[AUTHZ_ASSIGNMENTS_OF_ROLE_ON] = {AUTHZ_ASSIGNMENTS, "assignments_role_id_idx", false, 2, {EQ(1), EQ(2)}},
	[AUTHZ_ASSIGNMENT_BY_ID] = {AUTHZ_ASSIGNMENTS, "assignments_pkey", false, 1, {EQ(1)}},
	[AUTHZ_ALL_ASSIGNMENTS] = {AUTHZ_ASSIGNMENTS, "assignments_pkey", false, 1,
	{{1, BTGreaterEqualStrategyNumber}}},
	[AUTHZ_MEMBERSHIP] = {AUTHZ_MEMBERSHIPS, "memberships_pkey", false, 2, {EQ(1), EQ(2)}},
	[AUTHZ_ALL_MEMBERSHIPS] = {AUTHZ_MEMBERSHIPS, "memberships_pkey", false, 1,
	{{1, BTGreaterEqualStrategyNumber}}},
};

/* OIDs, valid while resolved is set. */
static bool resolved = false;
static uint64 forgotten = 0;	/* how often resolved has been unset */
static bool announces = false;	/* all our invalidation triggers fire */
static Oid	table_oids[AUTHZ_TABLE_COUNT];
static Oid	index_oids[AUTHZ_PATH_COUNT];
static bool known_paths[AUTHZ_PATH_COUNT];	/* what follows is set */
static FmgrInfo key_functions[AUTHZ_PATH_COUNT][MAX_KEYS];
static AttrNumber index_columns[AUTHZ_PATH_COUNT][MAX_COLUMNS];

static bool table_announces(Oid relid);
static AuthzScan *open_scan(AuthzReader *reader, AuthzPath path);
static AuthzScan *start(AuthzReader *reader, AuthzPath path, const Datum *keys);
static AuthzScan *next(AuthzReader *reader, AuthzPath path);
static AuthzScan *find(AuthzReader *reader, AuthzPath path, Datum key);
static inline Datum get(AuthzScan *scan, AttrNumber column, bool *isnull);
static int64 get_int64(AuthzScan *scan, AttrNumber column);
static bool get_bool(AuthzScan *scan, AttrNumber column);
static const char *get_text(AuthzScan *scan, AttrNumber column, int *len);

/*
 * A text value on the stack, for the key of a look-up of one row.  (A scan
 * that goes on keeps pointing to its keys: those are palloc'd.)
 */
typedef union KeyText
{
	struct varlena header;
	char		data[VARHDRSZ + AUTHZ_SUBJECT_MAX + 2];
} KeyText;

static Datum
key_text(KeyText *key, const char *str, int len)
{
	Assert(len <= AUTHZ_SUBJECT_MAX + 2);
	SET_VARSIZE(&key->header, VARHDRSZ + len);
	memcpy(key->data + VARHDRSZ, str, len);
	return PointerGetDatum(key);
}

/*
 * Find the tables and indexes.  The schema counts only if it belongs to the
 * extension, so that nobody can put look-alikes in our place.
 */
void
authz_catalog_resolve(void)
{
	Oid			extension;
	Oid			namespace;
	bool		all_announce = true;
	uint64		before = forgotten;

	if (resolved)
		return;

	extension = get_extension_oid("authz", true);
	namespace = get_namespace_oid("authz", true);
	if (!OidIsValid(extension) || !OidIsValid(namespace) ||
		getExtensionOfObject(NamespaceRelationId, namespace) != extension)
		ereport(ERROR,
				errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("extension \"%s\" is not installed in this database", "authz"),
				errhint("Run CREATE EXTENSION authz."));

	for (int i = 0; i < AUTHZ_TABLE_COUNT; i++)
	{
		table_oids[i] = get_relname_relid(table_names[i], namespace);
		if (!OidIsValid(table_oids[i]))
			ereport(ERROR,
					errcode(ERRCODE_UNDEFINED_TABLE),
					errmsg("table \"%s.%s\" does not exist", "authz", table_names[i]));
	}
	for (int i = 0; i < AUTHZ_PATH_COUNT; i++)
	{
		index_oids[i] = get_relname_relid(paths[i].index_name, namespace);
		if (!OidIsValid(index_oids[i]))
			ereport(ERROR,
					errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("index \"%s.%s\" does not exist", "authz", paths[i].index_name));
		known_paths[i] = false;
	}

	for (int i = 0; i < AUTHZ_TABLE_COUNT; i++)
		all_announce = table_announces(table_oids[i]) && all_announce;

	/*
	 * If a message arrived meanwhile, what was looked at before it may have
	 * changed since: use it once, remember nothing, and look again next time.
	 */
	resolved = forgotten == before;
	announces = all_announce && resolved;
}

/* Called by the invalidation callback, so it does nothing but set a flag. */
void
authz_catalog_forget(void)
{
	resolved = false;
	forgotten++;
}

/* May this be one of our tables?  Any may while they are not resolved. */
bool
authz_catalog_is_table(Oid relid)
{
	if (!resolved)
		return true;
	for (int i = 0; i < AUTHZ_TABLE_COUNT; i++)
		if (table_oids[i] == relid)
			return true;
	return false;
}

/*
 * Do all tables announce their changes?  If somebody has disabled one of the
 * triggers, nothing may be remembered.  (That ALTER TABLE is itself announced,
 * by PostgreSQL, under the table's own OID.)
 */
bool
authz_catalog_announces(void)
{
	return announces;
}

Oid
authz_catalog_table(AuthzTable table)
{
	authz_catalog_resolve();
	return table_oids[table];
}

static bool
table_announces(Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	TriggerDesc *triggers = rel->trigdesc;
	bool		found = false;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		Trigger    *trigger = &triggers->triggers[i];

		if (strcmp(trigger->tgname, "a_invalidate") == 0 &&
			trigger->tgenabled == TRIGGER_FIRES_ALWAYS)
			found = true;
	}
	table_close(rel, AccessShareLock);
	return found;
}

/* Start a fill.  The caller has accepted invalidations just before. */
void
authz_reader_open(AuthzReader *reader)
{
	if (HistoricSnapshotActive())
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("permissions cannot be checked during logical decoding"));

	memset(reader, 0, sizeof(*reader));
	authz_catalog_resolve();
	reader->snapshot = RegisterSnapshot(GetCatalogSnapshot(table_oids[AUTHZ_ASSIGNMENTS]));
}

/*
 * Not for a decision: the tables without what this transaction has done to them,
 * so that what it has removed can still be named.
 */
void
authz_reader_open_before(AuthzReader *reader)
{
	authz_reader_open(reader);
	Assert(reader->snapshot->copied);
	reader->snapshot->curcid = FirstCommandId;
}

void
authz_reader_close(AuthzReader *reader)
{
	for (int i = 0; i < AUTHZ_PATH_COUNT; i++)
	{
		AuthzScan  *scan = &reader->scans[i];

		if (scan->desc == NULL)
			continue;
		index_endscan(scan->desc);
		ExecDropSingleTupleTableSlot(scan->slot);
		index_close(scan->index, AccessShareLock);
	}
	for (int i = 0; i < AUTHZ_TABLE_COUNT; i++)
	{
		if (BufferIsValid(reader->visibility[i]))
			ReleaseBuffer(reader->visibility[i]);
		if (reader->tables[i] != NULL)
			table_close(reader->tables[i], AccessShareLock);
	}
	UnregisterSnapshot(reader->snapshot);
}

bool
authz_read_type(AuthzReader *reader, const char *name, int len, AuthzTypeRow *row)
{
	KeyText		key;
	AuthzScan  *scan;
	const char *roles_for;
	int			roles_for_len;

	scan = find(reader, AUTHZ_TYPE_BY_NAME, key_text(&key, name, len));
	if (scan == NULL)
		return false;
	row->parent = get_text(scan, RESOURCE_TYPES_PARENT, &row->parent_len);
	row->has_members = get_bool(scan, RESOURCE_TYPES_HAS_MEMBERS);
	roles_for = get_text(scan, RESOURCE_TYPES_ROLES_FOR, &roles_for_len);
	row->for_members = roles_for_len != 6 || memcmp(roles_for, "anyone", 6) != 0;
	row->exclusive_roles = get_bool(scan, RESOURCE_TYPES_EXCLUSIVE_ROLES);
	return true;
}

bool
authz_type_allows_base_permission(AuthzReader *reader, const char *type, int type_len,
								  const char *role, int role_len)
{
	KeyText		key;
	AuthzScan  *scan = find(reader, AUTHZ_TYPE_BY_NAME, key_text(&key, type, type_len));
	Datum		names;
	bool		isnull;
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	if (scan == NULL)
		return false;
	names = get(scan, RESOURCE_TYPES_BASE_PERMISSIONS, &isnull);
	if (isnull)
		return false;
	deconstruct_array(DatumGetArrayTypeP(names), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		text	   *name = nulls[i] ? NULL : DatumGetTextPP(elements[i]);

		if (name != NULL && VARSIZE_ANY_EXHDR(name) == role_len && memcmp(VARDATA_ANY(name), role, role_len) == 0)
			return true;
	}
	return false;
}

static void
permission_row(AuthzScan *scan, AuthzPermissionRow *row)
{
	int			len;
	const char *status;

	row->name = get_text(scan, PERMISSIONS_NAME, &row->name_len);
	row->type = get_text(scan, PERMISSIONS_RESOURCE_TYPE, &row->type_len);
	status = get_text(scan, PERMISSIONS_STATUS, &len);
	/* Whatever is not known to work does not. */
	row->deprecated = len == 10 && memcmp(status, "deprecated", 10) == 0;
	row->planned = !row->deprecated && !(len == 6 && memcmp(status, "active", 6) == 0);
	row->is_default = get_bool(scan, PERMISSIONS_IS_DEFAULT);
}

bool
authz_read_permission(AuthzReader *reader, const char *name, int len, AuthzPermissionRow *row)
{
	KeyText		key;
	AuthzScan  *scan;

	scan = find(reader, AUTHZ_PERMISSION_BY_NAME, key_text(&key, name, len));
	if (scan == NULL)
		return false;
	permission_row(scan, row);
	return true;
}

static void
resource_row(AuthzScan *scan, AuthzResourceRow *row)
{
	row->id = get_int64(scan, RESOURCES_ID);
	row->name = get_text(scan, RESOURCES_RESOURCE, &row->name_len);
	row->type = row->name;
	row->type_len = (const char *) memchr(row->name, ':', row->name_len) - row->name;
	row->parent_id = get_int64(scan, RESOURCES_PARENT_ID);
}

bool
authz_read_resource(AuthzReader *reader, const char *name, int len, AuthzResourceRow *row)
{
	KeyText		key;
	AuthzScan  *scan;

	scan = find(reader, AUTHZ_RESOURCE_BY_NAME, key_text(&key, name, len));
	if (scan == NULL)
		return false;
	resource_row(scan, row);
	return true;
}

bool
authz_read_resource_by_id(AuthzReader *reader, int64 id, AuthzResourceRow *row)
{
	AuthzScan  *scan = find(reader, AUTHZ_RESOURCE_BY_ID, Int64GetDatum(id));

	if (scan == NULL)
		return false;
	resource_row(scan, row);
	return true;
}

bool
authz_find_resource(AuthzReader *reader, const char *name, int len, int64 *id, int64 *parent_id)
{
	KeyText		key;
	AuthzScan  *scan;

	scan = find(reader, AUTHZ_RESOURCE_IDS_BY_NAME, key_text(&key, name, len));
	if (scan == NULL)
		return false;
	*id = get_int64(scan, RESOURCES_ID);
	*parent_id = get_int64(scan, RESOURCES_PARENT_ID);
	return true;
}

bool
authz_find_resource_parent(AuthzReader *reader, int64 id, int64 *parent_id)
{
	AuthzScan  *scan = find(reader, AUTHZ_RESOURCE_PARENT, Int64GetDatum(id));

	if (scan == NULL)
		return false;
	*parent_id = get_int64(scan, RESOURCES_PARENT_ID);
	return true;
}

static void
subject_row(AuthzScan *scan, AuthzSubjectRow *row)
{
	row->id = get_int64(scan, SUBJECTS_ID);
	row->name = get_text(scan, SUBJECTS_SUBJECT, &row->name_len);
	row->resource_id = get_int64(scan, SUBJECTS_RESOURCE_ID);
	row->parent_id = get_int64(scan, SUBJECTS_PARENT_ID);
}

bool
authz_read_subject(AuthzReader *reader, const char *name, int len, AuthzSubjectRow *row)
{
	KeyText		key;
	AuthzScan  *scan;

	scan = find(reader, AUTHZ_SUBJECT_BY_NAME, key_text(&key, name, len));
	if (scan == NULL)
		return false;
	subject_row(scan, row);
	return true;
}

bool
authz_read_subject_by_id(AuthzReader *reader, int64 id, AuthzSubjectRow *row)
{
	AuthzScan  *scan = find(reader, AUTHZ_SUBJECT_BY_ID, Int64GetDatum(id));

	if (scan == NULL)
		return false;
	subject_row(scan, row);
	return true;
}

bool
authz_find_subject(AuthzReader *reader, const char *name, int len, int64 *id, int64 *parent_id)
{
	KeyText		key;
	AuthzScan  *scan;

	scan = find(reader, AUTHZ_SUBJECT_IDS_BY_NAME, key_text(&key, name, len));
	if (scan == NULL)
		return false;
	*id = get_int64(scan, SUBJECTS_ID);
	*parent_id = get_int64(scan, SUBJECTS_PARENT_ID);
	return true;
}

bool
authz_find_subject_parent(AuthzReader *reader, int64 id, int64 *parent_id)
{
	AuthzScan  *scan = find(reader, AUTHZ_SUBJECT_PARENT, Int64GetDatum(id));

	if (scan == NULL)
		return false;
	*parent_id = get_int64(scan, SUBJECTS_PARENT_ID);
	return true;
}

bool
authz_read_role(AuthzReader *reader, int64 id, AuthzRoleRow *row)
{
	AuthzScan  *scan = find(reader, AUTHZ_ROLE_BY_ID, Int64GetDatum(id));
	bool		isnull;

	if (scan == NULL)
		return false;
	row->name = get_text(scan, ROLES_NAME, &row->name_len);
	row->type = get_text(scan, ROLES_RESOURCE_TYPE, &row->type_len);
	row->owner_id = get_int64(scan, ROLES_OWNER_ID);
	row->inherits_id = get_int64(scan, ROLES_INHERITS_ID);
	row->all_permissions = get_bool(scan, ROLES_ALL_PERMISSIONS);
	row->min_holders = DatumGetInt32(get(scan, ROLES_MIN_HOLDERS, &isnull));
	return true;
}

bool
authz_find_role(AuthzReader *reader, const char *name, int name_len,
				const char *type, int type_len, int64 owner_id, int64 *id)
{
	AuthzPath	path = owner_id == 0 ? AUTHZ_ROLE_PREDEFINED : AUTHZ_ROLE_OF_OWNER;
	Datum		keys[] = {
		PointerGetDatum(cstring_to_text_with_len(name, name_len)),
		PointerGetDatum(cstring_to_text_with_len(type, type_len)),
		Int64GetDatum(owner_id)
	};
	AuthzScan  *scan;

	start(reader, path, keys);
	scan = next(reader, path);
	if (scan == NULL)
		return false;
	*id = get_int64(scan, ROLES_ID);
	return true;
}

bool
authz_find_membership(AuthzReader *reader, int64 group_id, int64 member_id, bool lock)
{
	AuthzScan  *scan;
	TM_FailureData failure;

	authz_start_by_ids(reader, AUTHZ_MEMBERSHIP, group_id, member_id);
	if (next(reader, AUTHZ_MEMBERSHIP) == NULL)
		return false;
	if (!lock)
		return true;

	scan = &reader->scans[AUTHZ_MEMBERSHIP];
	LockRelationOid(table_oids[AUTHZ_MEMBERSHIPS], RowShareLock);
	switch (table_tuple_lock(reader->tables[AUTHZ_MEMBERSHIPS], &scan->slot->tts_tid, reader->snapshot,
							 scan->slot, GetCurrentCommandId(false), LockTupleKeyShare, LockWaitBlock,
							 0, &failure))
	{
		case TM_Ok:
			return true;
		case TM_Updated:
		case TM_Deleted:
			/* Somebody took it away while we waited. */
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
authz_start_by_id(AuthzReader *reader, AuthzPath path, int64 id)
{
	Datum		key = Int64GetDatum(id);

	start(reader, path, &key);
}

void
authz_start_by_ids(AuthzReader *reader, AuthzPath path, int64 id1, int64 id2)
{
	Datum		keys[2] = {Int64GetDatum(id1), Int64GetDatum(id2)};

	start(reader, path, keys);
}

void
authz_start_permissions_of_type(AuthzReader *reader, const char *type, int len)
{
	Datum		key = PointerGetDatum(cstring_to_text_with_len(type, len));

	start(reader, AUTHZ_PERMISSIONS_BY_TYPE, &key);
}

/* For an error message: nothing that is asked often reads all of them. */
void
authz_start_all_permissions(AuthzReader *reader)
{
	Datum		key = PointerGetDatum(cstring_to_text_with_len("", 0));

	start(reader, AUTHZ_ALL_PERMISSIONS, &key);
}

/*
 * The children of a resource, by name, from the first that has the given type.
 * (No upper bound: it would be compared with every row.)
 */
void
authz_start_children(AuthzReader *reader, int64 parent_id, const char *type, int len)
{
	char		bound[AUTHZ_TYPE_MAX + 1];
	Datum		keys[2];

	Assert(len <= AUTHZ_TYPE_MAX);
	memcpy(bound, type, len);
	bound[len] = ':';
	keys[0] = Int64GetDatum(parent_id);
	keys[1] = PointerGetDatum(cstring_to_text_with_len(bound, len + 1));
	start(reader, AUTHZ_RESOURCES_BY_PARENT, keys);
}

/* All subjects in the order of their names, from the given one on. */
void
authz_start_subjects_from(AuthzReader *reader, const char *first, int len)
{
	Datum		key = PointerGetDatum(cstring_to_text_with_len(first, len));

	start(reader, AUTHZ_SUBJECTS_FROM_NAME, &key);
}

bool
authz_next_permission(AuthzReader *reader, AuthzPermissionRow *row)
{
	AuthzScan  *scan = next(reader, AUTHZ_PERMISSIONS_BY_TYPE);

	if (scan == NULL)
		return false;
	permission_row(scan, row);
	return true;
}

bool
authz_next_any_permission(AuthzReader *reader, AuthzPermissionRow *row)
{
	AuthzScan  *scan = next(reader, AUTHZ_ALL_PERMISSIONS);

	if (scan == NULL)
		return false;
	permission_row(scan, row);
	return true;
}

bool
authz_next_role_permission(AuthzReader *reader, const char **name, int *len)
{
	AuthzScan  *scan = next(reader, AUTHZ_PERMISSIONS_BY_ROLE);

	if (scan == NULL)
		return false;
	*name = get_text(scan, ROLE_PERMISSIONS_PERMISSION, len);
	return true;
}

bool
authz_next_base_role(AuthzReader *reader, int64 *base_role_id)
{
	AuthzScan  *scan = next(reader, AUTHZ_BASE_ROLES_BY_ROLE);

	if (scan == NULL)
		return false;
	*base_role_id = get_int64(scan, ROLE_BASE_ROLES_BASE_ROLE_ID);
	return true;
}

/* id may be NULL: it costs something to get at. */
bool
authz_next_child(AuthzReader *reader, const char **name, int *len, int64 *id)
{
	AuthzScan  *scan = next(reader, AUTHZ_RESOURCES_BY_PARENT);

	if (scan == NULL)
		return false;
	*name = get_text(scan, RESOURCES_RESOURCE, len);
	if (id != NULL)
		*id = get_int64(scan, RESOURCES_ID);
	return true;
}

bool
authz_next_resource(AuthzReader *reader, int64 *id, const char **name, int *len)
{
	AuthzScan  *scan = next(reader, AUTHZ_RESOURCES_FROM_ID);

	if (scan == NULL)
		return false;
	*id = get_int64(scan, RESOURCES_ID);
	*name = get_text(scan, RESOURCES_RESOURCE, len);
	return true;
}

bool
authz_next_subject(AuthzReader *reader, AuthzPath path, AuthzSubjectRow *row)
{
	AuthzScan  *scan = next(reader, path);

	if (scan == NULL)
		return false;
	subject_row(scan, row);
	return true;
}

bool
authz_next_group(AuthzReader *reader, int64 *group_id)
{
	AuthzScan  *scan = next(reader, AUTHZ_GROUPS_BY_MEMBER);

	if (scan == NULL)
		return false;
	*group_id = get_int64(scan, MEMBERSHIPS_GROUP_ID);
	return true;
}

bool
authz_next_member(AuthzReader *reader, int64 *member_id)
{
	AuthzScan  *scan = next(reader, AUTHZ_MEMBERS_BY_GROUP);

	if (scan == NULL)
		return false;
	*member_id = get_int64(scan, MEMBERSHIPS_MEMBER_ID);
	return true;
}

bool
authz_next_membership(AuthzReader *reader, AuthzMembershipRow *row)
{
	AuthzScan  *scan = next(reader, AUTHZ_ALL_MEMBERSHIPS);

	if (scan == NULL)
		return false;
	row->group_id = get_int64(scan, MEMBERSHIPS_GROUP_ID);
	row->member_id = get_int64(scan, MEMBERSHIPS_MEMBER_ID);
	return true;
}

static void
assignment_row(AuthzScan *scan, AuthzAssignmentRow *row)
{
	Datum		expires_at;
	bool		isnull;

	row->id = get_int64(scan, ASSIGNMENTS_ID);
	row->subject_id = get_int64(scan, ASSIGNMENTS_SUBJECT_ID);
	row->role_id = get_int64(scan, ASSIGNMENTS_ROLE_ID);
	row->resource_id = get_int64(scan, ASSIGNMENTS_RESOURCE_ID);
	row->source = get_text(scan, ASSIGNMENTS_SOURCE, &row->source_len);
	expires_at = get(scan, ASSIGNMENTS_EXPIRES_AT, &isnull);
	row->expires_at = isnull ? DT_NOEND : DatumGetTimestampTz(expires_at);
}

bool
authz_read_assignment(AuthzReader *reader, int64 id, AuthzAssignmentRow *row)
{
	AuthzScan  *scan = find(reader, AUTHZ_ASSIGNMENT_BY_ID, Int64GetDatum(id));

	if (scan == NULL)
		return false;
	assignment_row(scan, row);
	return true;
}

bool
authz_next_assignment(AuthzReader *reader, AuthzPath path, AuthzAssignmentRow *row)
{
	AuthzScan  *scan = next(reader, path);

	if (scan == NULL)
		return false;
	assignment_row(scan, row);
	return true;
}

bool
authz_next_grant(AuthzReader *reader, AuthzGrantRow *row)
{
	AuthzScan  *scan = next(reader, AUTHZ_GRANTS_BY_SUBJECT);
	Datum		expires_at;
	bool		isnull;

	if (scan == NULL)
		return false;
	row->resource_id = get_int64(scan, ASSIGNMENTS_RESOURCE_ID);
	row->role_id = get_int64(scan, ASSIGNMENTS_ROLE_ID);
	expires_at = get(scan, ASSIGNMENTS_EXPIRES_AT, &isnull);
	row->expires_at = isnull ? DT_NOEND : DatumGetTimestampTz(expires_at);
	return true;
}

/* Open what the path needs, unless it is open already. */
static AuthzScan *
open_scan(AuthzReader *reader, AuthzPath path)
{
	const PathDescription *description = &paths[path];
	AuthzScan  *scan = &reader->scans[path];
	Relation	table = reader->tables[description->table];

	if (scan->desc != NULL)
		return scan;

	if (table == NULL)
	{
		table = table_open(table_oids[description->table], AccessShareLock);
		reader->tables[description->table] = table;
	}
	scan->index = index_open(index_oids[path], AccessShareLock);

	if (!known_paths[path])
	{
		for (int i = 0; i < description->nkeys; i++)
		{
			int			column = description->keys[i].column - 1;
			Oid			type = scan->index->rd_opcintype[column];
			Oid			operator;

			if (description->keys[i].strategy == InvalidStrategy)
				continue;
			operator = get_opfamily_member(scan->index->rd_opfamily[column], type, type,
										   description->keys[i].strategy);
			fmgr_info_cxt(get_opcode(operator), &key_functions[path][i], TopMemoryContext);
		}
		for (int i = 0; description->covered && i < scan->index->rd_index->indnatts; i++)
			index_columns[path][scan->index->rd_index->indkey.values[i]] = i + 1;
		known_paths[path] = true;
	}

	scan->slot = table_slot_create(table, NULL);
	scan->desc = authz_index_beginscan(table, scan->index, reader->snapshot, description->nkeys);
	if (description->covered)
	{
		scan->columns = index_columns[path];
		scan->desc->xs_want_itup = true;
	}
	return scan;
}

static AuthzScan *
start(AuthzReader *reader, AuthzPath path, const Datum *values)
{
	const PathDescription *description = &paths[path];
	AuthzScan  *scan = open_scan(reader, path);
	ScanKeyData keys[MAX_KEYS];

	for (int i = 0; i < description->nkeys; i++)
	{
		int			column = description->keys[i].column;

		if (description->keys[i].strategy == InvalidStrategy)
		{
			ScanKeyEntryInitialize(&keys[i], SK_ISNULL | SK_SEARCHNULL, column,
								   InvalidStrategy, InvalidOid, InvalidOid, InvalidOid, (Datum) 0);
			continue;
		}
		ScanKeyEntryInitializeWithInfo(&keys[i], 0, column,
									   description->keys[i].strategy,
									   InvalidOid,
									   scan->index->rd_indcollation[column - 1],
									   &key_functions[path][i],
									   values[i]);
	}
	index_rescan(scan->desc, keys, description->nkeys, NULL, 0);
	return scan;
}

/*
 * On a covered path the table is only looked at where not all rows of a page
 * are visible to everybody, as in nodeIndexonlyscan.c: rows that lie together in
 * the index lie anywhere in the table.
 */
static AuthzScan *
next(AuthzReader *reader, AuthzPath path)
{
	AuthzScan  *scan = &reader->scans[path];
	ItemPointer tid;

	if (scan->columns == NULL)
		return index_getnext_slot(scan->desc, ForwardScanDirection, scan->slot) ? scan : NULL;
	while ((tid = index_getnext_tid(scan->desc, ForwardScanDirection)) != NULL)
		if (VM_ALL_VISIBLE(scan->desc->heapRelation, ItemPointerGetBlockNumber(tid),
						   &reader->visibility[paths[path].table]) ||
			index_fetch_heap(scan->desc, scan->slot))
			return scan;
	return NULL;
}

static AuthzScan *
find(AuthzReader *reader, AuthzPath path, Datum key)
{
	start(reader, path, &key);
	return next(reader, path);
}

/* A column of the current row. */
static inline Datum
get(AuthzScan *scan, AttrNumber column, bool *isnull)
{
	if (scan->columns == NULL)
		return slot_getattr(scan->slot, column, isnull);
	Assert(scan->columns[column] > 0);
	return index_getattr(scan->desc->xs_itup, scan->columns[column], scan->desc->xs_itupdesc, isnull);
}

static int64
get_int64(AuthzScan *scan, AttrNumber column)
{
	bool		isnull;
	Datum		value = get(scan, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

static bool
get_bool(AuthzScan *scan, AttrNumber column)
{
	bool		isnull;
	Datum		value = get(scan, column, &isnull);

	return isnull ? false : DatumGetBool(value);
}

static const char *
get_text(AuthzScan *scan, AttrNumber column, int *len)
{
	bool		isnull;
	Datum		value = get(scan, column, &isnull);
	struct varlena *text;

	*len = 0;
	if (isnull)
		return NULL;
	text = PG_DETOAST_DATUM_PACKED(value);
	*len = VARSIZE_ANY_EXHDR(text);
	return VARDATA_ANY(text);
}
