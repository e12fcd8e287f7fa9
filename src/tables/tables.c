/*
 * tables.c
 *	  Access to authz's tables: their names, indexes and columns, as OIDs and
 *	  attribute numbers, and scans of them (src/sql/tables.sql has the
 *	  definitions; rows.c reads the columns).
 *
 * Loading cache entries opens one AuthzReader, which takes one fresh snapshot
 * and keeps each table and scan it needs open to its end, so that the next key
 * costs an index_rescan() and no more.  Every read uses an index.
 *
 * The snapshot comes from GetCatalogSnapshot().  For tables that have no
 * syscache it is always taken anew (snapmgr.c), in every isolation level; it
 * sees the earlier commands of its own transaction, and works in parallel
 * workers, where GetLatestSnapshot() may not be called.  The transaction's own
 * snapshot would bring revoked assignments back: see validity.c.
 *
 * Locks.  REINDEX, CLUSTER and DDL lock our tables and indexes in an unknown
 * order, and hold the locks to the end of their transaction: a backend that
 * waits for one lock while it has others can deadlock with them.  So the
 * reader of a question never waits: if a lock is not free it gives up and
 * finds nothing any longer, and the question is asked again after the lock has
 * been waited for without having any other (authz_load_end).  Readers of
 * statements that write wait, as the statement itself does.  A table that was
 * waited for may have got other indexes, or been replaced: OIDs are looked up
 * again after its lock has been acquired, and remain valid while it is held.
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
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "compat.h"
#include "tables/tables.h"
#include "types/grammar.h"

#define MAX_KEYS 3

static const char *const table_names[AUTHZ_TABLE_COUNT] = {
	[AUTHZ_RESOURCE_TYPES] = "resource_types",
	[AUTHZ_PERMISSIONS] = "permissions",
	[AUTHZ_RESOURCES] = "resources",
	[AUTHZ_SUBJECTS] = "subjects",
	[AUTHZ_MEMBERSHIPS] = "memberships",
	[AUTHZ_ROLES] = "roles",
	[AUTHZ_ROLE_INHERITS] = "role_inherits",
	[AUTHZ_ROLE_BASE_ROLES] = "role_base_roles",
	[AUTHZ_ROLE_PERMISSIONS] = "role_permissions",
	[AUTHZ_ASSIGNMENTS] = "assignments",
	[AUTHZ_PERMISSION_REQUIREMENTS] = "permission_requirements",
	[AUTHZ_MANAGEMENT_PERMISSIONS] = "management_permissions",
	[AUTHZ_MANAGEMENT_ROLES] = "management_roles",
	[AUTHZ_TRACKED_TABLES] = "tracked_tables",
	[AUTHZ_AUDIT_LOG] = "audit_log",
	[AUTHZ_RESTORED_TABLES] = "restored_tables",
};

/* A column, by the name that it has in src/sql/tables.sql. */
typedef struct ColumnDescription
{
	AuthzTable	table;
	const char *name;
} ColumnDescription;

static const ColumnDescription columns[AUTHZ_COLUMN_COUNT] = {
	[AUTHZ_COL_RESOURCE_TYPES_PARENTS] = {AUTHZ_RESOURCE_TYPES, "parents"},
	[AUTHZ_COL_RESOURCE_TYPES_HAS_MEMBERS] = {AUTHZ_RESOURCE_TYPES, "has_members"},
	[AUTHZ_COL_RESOURCE_TYPES_ROLES_FOR] = {AUTHZ_RESOURCE_TYPES, "roles_for"},
	[AUTHZ_COL_RESOURCE_TYPES_EXCLUSIVE_ROLES] = {AUTHZ_RESOURCE_TYPES, "exclusive_roles"},
	[AUTHZ_COL_RESOURCE_TYPES_BASE_PERMISSIONS] = {AUTHZ_RESOURCE_TYPES, "base_permissions"},
	[AUTHZ_COL_PERMISSIONS_NAME] = {AUTHZ_PERMISSIONS, "name"},
	[AUTHZ_COL_PERMISSIONS_RESOURCE_TYPE] = {AUTHZ_PERMISSIONS, "resource_type"},
	[AUTHZ_COL_PERMISSIONS_STATUS] = {AUTHZ_PERMISSIONS, "status"},
	[AUTHZ_COL_PERMISSIONS_IS_DEFAULT] = {AUTHZ_PERMISSIONS, "is_default"},
	[AUTHZ_COL_RESOURCES_ID] = {AUTHZ_RESOURCES, "id"},
	[AUTHZ_COL_RESOURCES_RESOURCE] = {AUTHZ_RESOURCES, "resource"},
	[AUTHZ_COL_RESOURCES_PARENT_ID] = {AUTHZ_RESOURCES, "parent_id"},
	[AUTHZ_COL_RESOURCES_HAS_ROW] = {AUTHZ_RESOURCES, "has_row"},
	[AUTHZ_COL_SUBJECTS_ID] = {AUTHZ_SUBJECTS, "id"},
	[AUTHZ_COL_SUBJECTS_SUBJECT] = {AUTHZ_SUBJECTS, "subject"},
	[AUTHZ_COL_SUBJECTS_RESOURCE_ID] = {AUTHZ_SUBJECTS, "resource_id"},
	[AUTHZ_COL_SUBJECTS_PARENT_ID] = {AUTHZ_SUBJECTS, "parent_id"},
	[AUTHZ_COL_MEMBERSHIPS_GROUP_ID] = {AUTHZ_MEMBERSHIPS, "group_id"},
	[AUTHZ_COL_MEMBERSHIPS_MEMBER_ID] = {AUTHZ_MEMBERSHIPS, "member_id"},
	[AUTHZ_COL_ROLES_ID] = {AUTHZ_ROLES, "id"},
	[AUTHZ_COL_ROLES_NAME] = {AUTHZ_ROLES, "name"},
	[AUTHZ_COL_ROLES_RESOURCE_TYPE] = {AUTHZ_ROLES, "resource_type"},
	[AUTHZ_COL_ROLES_OWNER_ID] = {AUTHZ_ROLES, "owner_id"},
	[AUTHZ_COL_ROLES_INHERITS_ID] = {AUTHZ_ROLES, "inherits_id"},
	[AUTHZ_COL_ROLES_ALL_PERMISSIONS] = {AUTHZ_ROLES, "all_permissions"},
	[AUTHZ_COL_ROLES_MIN_HOLDERS] = {AUTHZ_ROLES, "min_holders"},
	[AUTHZ_COL_ROLE_INHERITS_ROLE_ID] = {AUTHZ_ROLE_INHERITS, "role_id"},
	[AUTHZ_COL_ROLE_INHERITS_INHERITS_ID] = {AUTHZ_ROLE_INHERITS, "inherits_id"},
	[AUTHZ_COL_ROLE_BASE_ROLES_ROLE_ID] = {AUTHZ_ROLE_BASE_ROLES, "role_id"},
	[AUTHZ_COL_ROLE_BASE_ROLES_BASE_ROLE_ID] = {AUTHZ_ROLE_BASE_ROLES, "base_role_id"},
	[AUTHZ_COL_ROLE_PERMISSIONS_PERMISSION] = {AUTHZ_ROLE_PERMISSIONS, "permission"},
	[AUTHZ_COL_ASSIGNMENTS_ID] = {AUTHZ_ASSIGNMENTS, "id"},
	[AUTHZ_COL_ASSIGNMENTS_SUBJECT_ID] = {AUTHZ_ASSIGNMENTS, "subject_id"},
	[AUTHZ_COL_ASSIGNMENTS_ROLE_ID] = {AUTHZ_ASSIGNMENTS, "role_id"},
	[AUTHZ_COL_ASSIGNMENTS_RESOURCE_ID] = {AUTHZ_ASSIGNMENTS, "resource_id"},
	[AUTHZ_COL_ASSIGNMENTS_SOURCE] = {AUTHZ_ASSIGNMENTS, "source"},
	[AUTHZ_COL_ASSIGNMENTS_EXPIRES_AT] = {AUTHZ_ASSIGNMENTS, "expires_at"},
	[AUTHZ_COL_AUDIT_LOG_ID] = {AUTHZ_AUDIT_LOG, "id"},
	[AUTHZ_COL_AUDIT_LOG_AT] = {AUTHZ_AUDIT_LOG, "at"},
	[AUTHZ_COL_AUDIT_LOG_TRANSACTION_ID] = {AUTHZ_AUDIT_LOG, "transaction_id"},
	[AUTHZ_COL_AUDIT_LOG_EVENT] = {AUTHZ_AUDIT_LOG, "event"},
	[AUTHZ_COL_AUDIT_LOG_ACTOR] = {AUTHZ_AUDIT_LOG, "actor"},
	[AUTHZ_COL_AUDIT_LOG_DATABASE_ROLE] = {AUTHZ_AUDIT_LOG, "database_role"},
	[AUTHZ_COL_AUDIT_LOG_SESSION_ROLE] = {AUTHZ_AUDIT_LOG, "session_role"},
	[AUTHZ_COL_AUDIT_LOG_OBJECT] = {AUTHZ_AUDIT_LOG, "object"},
	[AUTHZ_COL_AUDIT_LOG_OLD] = {AUTHZ_AUDIT_LOG, "old"},
	[AUTHZ_COL_AUDIT_LOG_NEW] = {AUTHZ_AUDIT_LOG, "new"},
};

/* An access path: table, index, and the leading keys with their strategies. */
typedef struct PathDescription
{
	AuthzTable	table;
	const char *index_name;
	bool		covered;		/* the index has all columns that are read */
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
	[AUTHZ_RESOURCES_FROM_NAME] = {AUTHZ_RESOURCES, "resources_resource_key", true, 1,
	{{1, BTGreaterEqualStrategyNumber}}},
	[AUTHZ_RESOURCES_BY_PARENT] = {AUTHZ_RESOURCES, "resources_parent_id_idx", true, 2,
	{EQ(1), {2, BTGreaterEqualStrategyNumber}}},
	[AUTHZ_RESOURCES_FROM_PARENT] = {AUTHZ_RESOURCES, "resources_parent_id_idx", true, 1,
	{{1, BTGreaterEqualStrategyNumber}}},
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
	[AUTHZ_INHERITED_ROLES_BY_ROLE] = {AUTHZ_ROLE_INHERITS, "role_inherits_pkey", true, 1, {EQ(1)}},
	[AUTHZ_ROLES_BY_FIRST_INHERITED] = {AUTHZ_ROLES, "roles_inherits_id_idx", false, 1, {EQ(1)}},
	[AUTHZ_ROLES_BY_INHERITED] = {AUTHZ_ROLE_INHERITS, "role_inherits_inherits_id_idx", true, 1, {EQ(1)}},
	[AUTHZ_ROLES_BY_BASE_ROLE] = {AUTHZ_ROLE_BASE_ROLES, "role_base_roles_base_role_id_idx", false, 1, {EQ(1)}},
	[AUTHZ_BASE_ROLES_BY_ROLE] = {AUTHZ_ROLE_BASE_ROLES, "role_base_roles_pkey", false, 1, {EQ(1)}},
	[AUTHZ_PERMISSIONS_BY_ROLE] = {AUTHZ_ROLE_PERMISSIONS, "role_permissions_pkey", false, 1, {EQ(1)}},
	[AUTHZ_SHORT_ASSIGNMENTS_BY_SUBJECT] = {AUTHZ_ASSIGNMENTS, "assignments_key", true, 1, {EQ(1)}},
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
static bool known_paths[AUTHZ_PATH_COUNT];	/* the following two are set */
static FmgrInfo key_functions[AUTHZ_PATH_COUNT][MAX_KEYS];
static AttrNumber index_columns[AUTHZ_PATH_COUNT][AUTHZ_COLUMN_COUNT];
static bool known_columns[AUTHZ_TABLE_COUNT];	/* the following is set, for
												 * the table */
AttrNumber	authz_column_numbers[AUTHZ_COLUMN_COUNT];

static bool does_table_announce(Oid relid);
static AuthzScan *open_scan(AuthzReader *reader, AuthzPath path);
static void resolve_index_columns(AuthzPath path, Relation index);

/*
 * Find the tables and indexes.  The schema counts only if it belongs to the
 * extension, so that nobody can substitute look-alikes.
 */
void
authz_tables_resolve(void)
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
		table_oids[i] = get_relname_relid(table_names[i], i == AUTHZ_RESTORED_TABLES ? get_namespace_oid("authz_internal", true) : namespace);
		if (!OidIsValid(table_oids[i]) && i < AUTHZ_READ_TABLE_COUNT)
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
	memset(known_columns, false, sizeof(known_columns));

	for (int i = 0; i < AUTHZ_READ_TABLE_COUNT; i++)
		all_announce = does_table_announce(table_oids[i]) && all_announce;

	/*
	 * If a message arrived meanwhile, what was looked up before it may have
	 * changed since: use it once, keep nothing, and look it up again next
	 * time.
	 */
	resolved = forgotten == before;
	announces = all_announce && resolved;
}

/* The invalidation callback calls this, so it only sets flags. */
void
authz_tables_forget(void)
{
	resolved = false;
	forgotten++;
}

/*
 * Does a message with this OID concern one of our tables?  While they are
 * being resolved, only those that have been looked up already count; the
 * others will be looked up after the message.  The invalidation callback calls
 * this.
 */
bool
authz_tables_contain(Oid relid)
{
	for (int i = 0; i < AUTHZ_TABLE_COUNT; i++)
		if (table_oids[i] == relid)
			return true;
	return false;
}

AuthzTable
authz_tables_identify(Oid relid)
{
	authz_tables_resolve();
	for (int i = 0; i < AUTHZ_TABLE_COUNT; i++)
		if (table_oids[i] == relid)
			return (AuthzTable) i;
	return AUTHZ_TABLE_COUNT;
}

Oid
authz_tables_owner(void)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(authz_tables_oid(AUTHZ_RESOURCES)));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", authz_tables_oid(AUTHZ_RESOURCES));
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * Do all tables announce their changes?  If a trigger is disabled, nothing may
 * be cached.  (PostgreSQL itself announces that ALTER TABLE, with the table's
 * own OID.)
 */
bool
authz_tables_announce_changes(void)
{
	return announces;
}

Oid
authz_tables_oid(AuthzTable table)
{
	authz_tables_resolve();
	if (!OidIsValid(table_oids[table]))
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("table \"%s.%s\" does not exist", "authz", table_names[table]));
	return table_oids[table];
}

static bool
does_table_announce(Oid relid)
{
	Relation	rel = try_table_open(relid, AccessShareLock);
	TriggerDesc *triggers;
	bool		found = false;

	/* It was dropped while we waited: a message says so. */
	if (rel == NULL)
		return false;
	triggers = rel->trigdesc;

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

/*
 * Open a reader.  The caller has accepted invalidation messages just before.
 */
void
authz_reader_open(AuthzReader *reader)
{
	if (HistoricSnapshotActive())
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("permissions cannot be checked during logical decoding"));

	memset(reader, 0, sizeof(*reader));
	authz_tables_resolve();
	reader->snapshot = RegisterSnapshot(GetCatalogSnapshot(table_oids[AUTHZ_ASSIGNMENTS]));
}

/*
 * Open a reader that does not see the changes of this transaction, so that
 * what it has removed can still be named.  Not for a decision.
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
	for (int i = 0; i < AUTHZ_READ_TABLE_COUNT; i++)
	{
		if (BufferIsValid(reader->visibility[i]))
			ReleaseBuffer(reader->visibility[i]);
		if (reader->tables[i] != NULL)
			table_close(reader->tables[i], AccessShareLock);
	}
	UnregisterSnapshot(reader->snapshot);
}

/* The reader finds nothing any longer: the question must be asked again. */
static void
give_up_reading(AuthzReader *reader, Oid blocked_by)
{
	reader->gave_up = true;
	reader->blocked_by = blocked_by;
}

/*
 * Lock a relation.  Returns false if the lock is not free and this reader
 * never waits.
 */
static bool
lock_relation(AuthzReader *reader, Oid relid)
{
	if (!reader->never_waits)
		LockRelationOid(relid, AccessShareLock);
	else if (!ConditionalLockRelationOid(relid, AccessShareLock))
	{
		give_up_reading(reader, relid);
		return false;
	}
	return true;
}

/* NULL if the reader has given up. */
static Relation
open_table(AuthzReader *reader, AuthzTable number)
{
	while (!reader->gave_up)
	{
		Oid			relid = table_oids[number];

		if (!lock_relation(reader, relid))
			break;
		/* Acquiring the lock has accepted messages. */
		authz_tables_resolve();
		if (table_oids[number] == relid)
		{
			Relation	table = try_table_open(relid, NoLock);

			if (table != NULL)
				return table;
			authz_tables_forget();
		}
		UnlockRelationOid(relid, AccessShareLock);
		/* The reader's open scans may be of the table's predecessor. */
		if (reader->never_waits)
			give_up_reading(reader, InvalidOid);
		else
			authz_tables_resolve();
	}
	return NULL;
}

/*
 * Open the table and index of a path, unless they are open.  NULL if the
 * reader has given up.
 */
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
		table = open_table(reader, description->table);
		reader->tables[description->table] = table;
	}
	if (table == NULL || reader->gave_up || !lock_relation(reader, index_oids[path]))
		return NULL;
	authz_tables_resolve_columns(description->table, table);
	scan->index = index_open(index_oids[path], NoLock);

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
		if (description->covered)
			resolve_index_columns(path, scan->index);
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

/*
 * Look up the attribute numbers of an open table, unless they are known.  An
 * upgrade may have added, dropped or reordered columns: see test/columns.
 */
void
authz_tables_resolve_columns(AuthzTable number, Relation table)
{
	TupleDesc	desc = RelationGetDescr(table);

	/* A message may have arrived since they were looked up. */
	if (resolved && known_columns[number])
		return;
	for (int i = 0; i < AUTHZ_COLUMN_COUNT; i++)
	{
		if (columns[i].table != number)
			continue;
		authz_column_numbers[i] = InvalidAttrNumber;
		for (int j = 0; j < desc->natts; j++)
			if (!TupleDescAttr(desc, j)->attisdropped &&
				strcmp(NameStr(TupleDescAttr(desc, j)->attname), columns[i].name) == 0)
				authz_column_numbers[i] = j + 1;
		if (authz_column_numbers[i] == InvalidAttrNumber)
			ereport(ERROR,
					errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("column \"%s\" of table \"%s.%s\" does not exist",
						   columns[i].name, "authz", table_names[number]));
	}
	known_columns[number] = true;
}

static void
resolve_index_columns(AuthzPath path, Relation index)
{
	for (int i = 0; i < AUTHZ_COLUMN_COUNT; i++)
	{
		index_columns[path][i] = InvalidAttrNumber;
		if (columns[i].table != paths[path].table)
			continue;
		for (int j = 0; j < index->rd_index->indnatts; j++)
			if (index->rd_index->indkey.values[j] == authz_column_numbers[i])
				index_columns[path][i] = j + 1;
	}
}

AuthzScan *
authz_scan_start(AuthzReader *reader, AuthzPath path, const Datum *values)
{
	const PathDescription *description = &paths[path];
	AuthzScan  *scan = open_scan(reader, path);
	ScanKeyData keys[MAX_KEYS];

	if (scan == NULL)
		return NULL;
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
 * On a covered path the table is read only where not all rows of a page are
 * visible to everybody, as in nodeIndexonlyscan.c: rows that are neighbours in
 * the index can be anywhere in the table.
 */
AuthzScan *
authz_scan_next(AuthzReader *reader, AuthzPath path)
{
	AuthzScan  *scan = &reader->scans[path];
	ItemPointer tid;

	if (scan->desc == NULL)
		return NULL;			/* gave up */
	if (scan->columns == NULL)
		return index_getnext_slot(scan->desc, ForwardScanDirection, scan->slot) ? scan : NULL;
	while ((tid = index_getnext_tid(scan->desc, ForwardScanDirection)) != NULL)
		if (VM_ALL_VISIBLE(scan->desc->heapRelation, ItemPointerGetBlockNumber(tid),
						   &reader->visibility[paths[path].table]) ||
			index_fetch_heap(scan->desc, scan->slot))
			return scan;
	return NULL;
}

AuthzScan *
authz_scan_find(AuthzReader *reader, AuthzPath path, Datum key)
{
	authz_scan_start(reader, path, &key);
	return authz_scan_next(reader, path);
}
