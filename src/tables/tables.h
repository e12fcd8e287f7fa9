/*
 * tables.h
 *	  Access to authz's tables.  See tables.c.
 */
#ifndef AUTHZ_TABLES_H
#define AUTHZ_TABLES_H

#include "access/genam.h"
#include "executor/tuptable.h"
#include "storage/buf.h"
#include "utils/snapshot.h"
#include "utils/timestamp.h"

/*
 * The tables.  Those whose rows decisions and rules read by the paths below
 * come first.
 */
typedef enum AuthzTable
{
	AUTHZ_RESOURCE_TYPES,
	AUTHZ_PERMISSIONS,
	AUTHZ_RESOURCES,
	AUTHZ_SUBJECTS,
	AUTHZ_MEMBERSHIPS,
	AUTHZ_ROLES,
	AUTHZ_ROLE_INHERITS,
	AUTHZ_ROLE_BASE_ROLES,
	AUTHZ_ROLE_PERMISSIONS,
	AUTHZ_ASSIGNMENTS,
	AUTHZ_READ_TABLE_COUNT,
	AUTHZ_PERMISSION_REQUIREMENTS = AUTHZ_READ_TABLE_COUNT,
	AUTHZ_MANAGEMENT_PERMISSIONS,
	AUTHZ_MANAGEMENT_ROLES,
	AUTHZ_TRACKED_TABLES,
	AUTHZ_AUDIT_LOG,
	AUTHZ_RESTORED_TABLES,
	AUTHZ_TABLE_COUNT
} AuthzTable;

/* A set of tables. */
#define AUTHZ_TABLE_BIT(table) (UINT32_C(1) << (table))
#define AUTHZ_READ_TABLES (AUTHZ_TABLE_BIT(AUTHZ_READ_TABLE_COUNT) - 1)
#define AUTHZ_ALL_TABLES (AUTHZ_TABLE_BIT(AUTHZ_TABLE_COUNT) - 1)

/* The columns that C code reads or writes. */
typedef enum AuthzColumn
{
	AUTHZ_COL_RESOURCE_TYPES_PARENTS,
	AUTHZ_COL_RESOURCE_TYPES_HAS_MEMBERS,
	AUTHZ_COL_RESOURCE_TYPES_ROLES_FOR,
	AUTHZ_COL_RESOURCE_TYPES_EXCLUSIVE_ROLES,
	AUTHZ_COL_RESOURCE_TYPES_BASE_PERMISSIONS,
	AUTHZ_COL_PERMISSIONS_NAME,
	AUTHZ_COL_PERMISSIONS_RESOURCE_TYPE,
	AUTHZ_COL_PERMISSIONS_STATUS,
	AUTHZ_COL_PERMISSIONS_IS_DEFAULT,
	AUTHZ_COL_RESOURCES_ID,
	AUTHZ_COL_RESOURCES_RESOURCE,
	AUTHZ_COL_RESOURCES_PARENT_ID,
	AUTHZ_COL_RESOURCES_HAS_ROW,
	AUTHZ_COL_SUBJECTS_ID,
	AUTHZ_COL_SUBJECTS_SUBJECT,
	AUTHZ_COL_SUBJECTS_RESOURCE_ID,
	AUTHZ_COL_SUBJECTS_PARENT_ID,
	AUTHZ_COL_MEMBERSHIPS_GROUP_ID,
	AUTHZ_COL_MEMBERSHIPS_MEMBER_ID,
	AUTHZ_COL_ROLES_ID,
	AUTHZ_COL_ROLES_NAME,
	AUTHZ_COL_ROLES_RESOURCE_TYPE,
	AUTHZ_COL_ROLES_OWNER_ID,
	AUTHZ_COL_ROLES_INHERITS_ID,
	AUTHZ_COL_ROLES_ALL_PERMISSIONS,
	AUTHZ_COL_ROLES_MIN_HOLDERS,
	AUTHZ_COL_ROLE_INHERITS_ROLE_ID,
	AUTHZ_COL_ROLE_INHERITS_INHERITS_ID,
	AUTHZ_COL_ROLE_BASE_ROLES_ROLE_ID,
	AUTHZ_COL_ROLE_BASE_ROLES_BASE_ROLE_ID,
	AUTHZ_COL_ROLE_PERMISSIONS_PERMISSION,
	AUTHZ_COL_ASSIGNMENTS_ID,
	AUTHZ_COL_ASSIGNMENTS_SUBJECT_ID,
	AUTHZ_COL_ASSIGNMENTS_ROLE_ID,
	AUTHZ_COL_ASSIGNMENTS_RESOURCE_ID,
	AUTHZ_COL_ASSIGNMENTS_SOURCE,
	AUTHZ_COL_ASSIGNMENTS_EXPIRES_AT,
	AUTHZ_COL_AUDIT_LOG_ID,
	AUTHZ_COL_AUDIT_LOG_AT,
	AUTHZ_COL_AUDIT_LOG_TRANSACTION_ID,
	AUTHZ_COL_AUDIT_LOG_EVENT,
	AUTHZ_COL_AUDIT_LOG_ACTOR,
	AUTHZ_COL_AUDIT_LOG_DATABASE_ROLE,
	AUTHZ_COL_AUDIT_LOG_SESSION_ROLE,
	AUTHZ_COL_AUDIT_LOG_OBJECT,
	AUTHZ_COL_AUDIT_LOG_OLD,
	AUTHZ_COL_AUDIT_LOG_NEW,
	AUTHZ_COLUMN_COUNT
} AuthzColumn;

/* The access paths: an index, and the keys that it is searched with. */
typedef enum AuthzPath
{
	AUTHZ_TYPE_BY_NAME,
	AUTHZ_PERMISSION_BY_NAME,
	AUTHZ_PERMISSIONS_BY_TYPE,
	AUTHZ_ALL_PERMISSIONS,
	AUTHZ_RESOURCE_BY_NAME,
	AUTHZ_RESOURCE_BY_ID,
	AUTHZ_RESOURCE_IDS_BY_NAME,
	AUTHZ_RESOURCE_PARENT,
	AUTHZ_RESOURCES_FROM_ID,
	AUTHZ_RESOURCES_FROM_NAME,
	AUTHZ_RESOURCES_BY_PARENT,
	AUTHZ_RESOURCES_FROM_PARENT,
	AUTHZ_SUBJECT_BY_NAME,
	AUTHZ_SUBJECT_BY_ID,
	AUTHZ_SUBJECT_IDS_BY_NAME,
	AUTHZ_SUBJECT_PARENT,
	AUTHZ_SUBJECTS_BY_PARENT,
	AUTHZ_SUBJECTS_FROM_NAME,
	AUTHZ_GROUPS_BY_MEMBER,
	AUTHZ_MEMBERS_BY_GROUP,
	AUTHZ_ROLE_BY_ID,
	AUTHZ_ROLE_PREDEFINED,
	AUTHZ_ROLE_OF_OWNER,
	AUTHZ_BASE_ROLES_BY_ROLE,
	AUTHZ_INHERITED_ROLES_BY_ROLE,
	AUTHZ_ROLES_BY_FIRST_INHERITED,
	AUTHZ_ROLES_BY_INHERITED,
	AUTHZ_ROLES_BY_BASE_ROLE,
	AUTHZ_PERMISSIONS_BY_ROLE,
	AUTHZ_SHORT_ASSIGNMENTS_BY_SUBJECT,
	AUTHZ_ASSIGNMENTS_BY_RESOURCE,
	AUTHZ_ASSIGNMENTS_OF_SUBJECT_ON,
	AUTHZ_ASSIGNMENTS_OF_ROLE_ON,
	AUTHZ_ASSIGNMENT_BY_ID,
	AUTHZ_ALL_ASSIGNMENTS,
	AUTHZ_MEMBERSHIP,
	AUTHZ_ALL_MEMBERSHIPS,
	AUTHZ_PATH_COUNT
} AuthzPath;

/* An open scan that is used again and again by one reader. */
typedef struct AuthzScan
{
	Relation	index;
	IndexScanDesc desc;
	TupleTableSlot *slot;
	const AttrNumber *columns;	/* of a covered path: column numbers in the
								 * index, by AuthzColumn */
} AuthzScan;

/*
 * A fresh snapshot, and the tables and scans that were needed so far.  Lives
 * on the caller's stack; after an error the resource owner closes what is
 * open.
 */
typedef struct AuthzReader
{
	Snapshot	snapshot;
	Relation	tables[AUTHZ_READ_TABLE_COUNT];
	AuthzScan	scans[AUTHZ_PATH_COUNT];
	Buffer		visibility[AUTHZ_READ_TABLE_COUNT]; /* pages of visibility
													 * maps */

	/*
	 * A reader that never waits for a lock finds nothing once it has given
	 * up: see tables.c.
	 */
	bool		never_waits;
	bool		gave_up;
	Oid			blocked_by;		/* the relation that was locked; InvalidOid: a
								 * table has been replaced */
} AuthzReader;

/*
 * Attribute numbers in the tables.  Those of a table are valid while a reader
 * has it open; for others that have it open after
 * authz_tables_resolve_columns().
 */
extern AttrNumber authz_column_numbers[AUTHZ_COLUMN_COUNT];

/*
 * For rows.c: start a scan on a path with its keys; get its next row, NULL if
 * there is none; both, for a path with one key.
 */
extern AuthzScan *authz_scan_start(AuthzReader *reader, AuthzPath path, const Datum *keys);
extern AuthzScan *authz_scan_next(AuthzReader *reader, AuthzPath path);
extern AuthzScan *authz_scan_find(AuthzReader *reader, AuthzPath path, Datum key);

/* OIDs.  authz_tables_forget() makes the next use look them up again. */
extern void authz_tables_resolve(void);
extern void authz_tables_forget(void);
extern bool authz_tables_contain(Oid relid);
extern bool authz_tables_announce_changes(void);
extern Oid	authz_tables_oid(AuthzTable table);

/* The table that has this OID; AUTHZ_TABLE_COUNT if none. */
extern AuthzTable authz_tables_identify(Oid relid);

extern void authz_tables_resolve_columns(AuthzTable number, Relation table);

/*
 * The owner of the tables; rules, cascades and management functions run as
 * this role.
 */
extern Oid	authz_tables_owner(void);

extern void authz_reader_open(AuthzReader *reader);
extern void authz_reader_open_before(AuthzReader *reader);
extern void authz_reader_close(AuthzReader *reader);

#endif							/* AUTHZ_TABLES_H */
