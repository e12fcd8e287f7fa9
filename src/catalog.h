/*
 * catalog.h
 *	  Reading authz's tables.  See catalog.c.
 */
#ifndef AUTHZ_CATALOG_H
#define AUTHZ_CATALOG_H

#include "access/genam.h"
#include "executor/tuptable.h"
#include "storage/buf.h"
#include "utils/snapshot.h"
#include "utils/timestamp.h"

/* The tables, those first whose rows decisions and rules read by the paths below. */
typedef enum AuthzTable
{
	AUTHZ_RESOURCE_TYPES,
	AUTHZ_PERMISSIONS,
	AUTHZ_RESOURCES,
	AUTHZ_SUBJECTS,
	AUTHZ_MEMBERSHIPS,
	AUTHZ_ROLES,
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
	AUTHZ_COL_RESOURCE_TYPES_PARENT,
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

/* The access paths: an index, and what is asked of it. */
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
	AUTHZ_ROLES_BY_INHERITED,
	AUTHZ_ROLES_BY_BASE_ROLE,
	AUTHZ_PERMISSIONS_BY_ROLE,
	AUTHZ_GRANTS_BY_SUBJECT,
	AUTHZ_ASSIGNMENTS_BY_RESOURCE,
	AUTHZ_ASSIGNMENTS_OF_SUBJECT_ON,
	AUTHZ_ASSIGNMENTS_OF_ROLE_ON,
	AUTHZ_ASSIGNMENT_BY_ID,
	AUTHZ_ALL_ASSIGNMENTS,
	AUTHZ_MEMBERSHIP,
	AUTHZ_ALL_MEMBERSHIPS,
	AUTHZ_PATH_COUNT
} AuthzPath;

/* An open scan that is used again and again within one fill. */
typedef struct AuthzScan
{
	Relation	index;
	IndexScanDesc desc;
	TupleTableSlot *slot;
	const AttrNumber *columns;	/* of a covered path: those of the index, by AuthzColumn */
} AuthzScan;

/*
 * One fill: a fresh snapshot, and whatever tables and scans it has needed so
 * far.  Lives on the caller's stack; after an error the resource owner closes
 * what is open.
 */
typedef struct AuthzReader
{
	Snapshot	snapshot;
	Relation	tables[AUTHZ_READ_TABLE_COUNT];
	AuthzScan	scans[AUTHZ_PATH_COUNT];
	Buffer		visibility[AUTHZ_READ_TABLE_COUNT];	/* pages of visibility maps */

	/* A reader that never waits for a lock finds nothing from then on: see catalog.c. */
	bool		never_waits;
	bool		gave_up;
	Oid			blocked_by;		/* what was locked; InvalidOid: something has been replaced */
} AuthzReader;

/*
 * Attribute numbers in the tables.  Those of a table are valid while a reader has it
 * open, and for somebody else who has it open after authz_catalog_resolve_columns().
 */
extern AttrNumber authz_column_numbers[AUTHZ_COLUMN_COUNT];

/*
 * For rows.c: start on a path with its keys; its next row, NULL if there is none;
 * both, for a path with one key.
 */
extern AuthzScan *authz_scan_start(AuthzReader *reader, AuthzPath path, const Datum *keys);
extern AuthzScan *authz_scan_next(AuthzReader *reader, AuthzPath path);
extern AuthzScan *authz_scan_find(AuthzReader *reader, AuthzPath path, Datum key);

/* Rows.  Strings point into the scan: valid until its next row. */
typedef struct AuthzTypeRow
{
	const char *parent;			/* NULL for a root type */
	int			parent_len;
	bool		has_members;
	bool		for_members;		/* roles_for = 'members' */
	bool		exclusive_roles;
} AuthzTypeRow;

typedef struct AuthzPermissionRow
{
	const char *name;
	int			name_len;
	const char *type;
	int			type_len;
	bool		planned;
	bool		deprecated;
	bool		is_default;
} AuthzPermissionRow;

typedef struct AuthzResourceRow
{
	int64		id;
	const char *name;
	int			name_len;
	const char *type;
	int			type_len;
	int64		parent_id;		/* 0 for none */
	bool		has_row;		/* of a tracked table */
} AuthzResourceRow;

typedef struct AuthzSubjectRow
{
	int64		id;
	const char *name;
	int			name_len;
	int64		resource_id;	/* 0 for none */
	int64		parent_id;		/* 0 for none */
} AuthzSubjectRow;

typedef struct AuthzRoleRow
{
	const char *name;
	int			name_len;
	const char *type;
	int			type_len;
	int64		owner_id;		/* 0: predefined */
	int64		inherits_id;	/* 0 for none */
	bool		all_permissions;
	int			min_holders;
} AuthzRoleRow;

typedef struct AuthzMembershipRow
{
	int64		group_id;
	int64		member_id;
} AuthzMembershipRow;

typedef struct AuthzAssignmentRow
{
	int64		id;
	int64		subject_id;
	int64		role_id;
	int64		resource_id;
	const char *source;
	int			source_len;
	TimestampTz expires_at;		/* DT_NOEND for never */
} AuthzAssignmentRow;

/* What a cold check needs of an assignment. */
typedef struct AuthzGrantRow
{
	int64		role_id;
	int64		resource_id;
	TimestampTz expires_at;		/* DT_NOEND for never */
} AuthzGrantRow;

/* OIDs.  authz_catalog_forget() makes the next use look them up again. */
extern void authz_catalog_resolve(void);
extern void authz_catalog_forget(void);
extern bool authz_catalog_is_table(Oid relid);
extern bool authz_catalog_announces(void);
extern Oid	authz_catalog_table(AuthzTable table);

/* Which of the tables has this OID?  AUTHZ_TABLE_COUNT: none. */
extern AuthzTable authz_catalog_identify(Oid relid);

extern void authz_catalog_resolve_columns(AuthzTable number, Relation table);

/* The owner of the tables, as whom rules, cascades and management functions run. */
extern Oid	authz_catalog_owner(void);

extern void authz_reader_open(AuthzReader *reader);
extern void authz_reader_open_before(AuthzReader *reader);
extern void authz_reader_close(AuthzReader *reader);

/* Look-ups of one row: false if there is none. */
extern bool authz_read_type(AuthzReader *reader, const char *name, int len, AuthzTypeRow *row);

/* Whether the type names a role of that name as a base permission. */
extern bool authz_type_allows_base_permission(AuthzReader *reader, const char *type, int type_len,
											  const char *role, int role_len);
extern bool authz_read_permission(AuthzReader *reader, const char *name, int len,
								  AuthzPermissionRow *row);
extern bool authz_read_resource(AuthzReader *reader, const char *name, int len,
								AuthzResourceRow *row);
extern bool authz_read_resource_by_id(AuthzReader *reader, int64 id, AuthzResourceRow *row);
extern bool authz_read_subject(AuthzReader *reader, const char *name, int len,
							   AuthzSubjectRow *row);
extern bool authz_read_subject_by_id(AuthzReader *reader, int64 id, AuthzSubjectRow *row);

/*
 * The same for what a cold check needs of them: from an index alone.  _from: of that
 * name, or the next one in the order of names.
 */
extern bool authz_find_resource(AuthzReader *reader, const char *name, int len, int64 *id,
								int64 *parent_id);
extern bool authz_find_resource_from(AuthzReader *reader, const char *name, int len, int64 *id);
extern bool authz_find_resource_parent(AuthzReader *reader, int64 id, int64 *parent_id);
extern bool authz_find_subject(AuthzReader *reader, const char *name, int len, int64 *id,
							   int64 *parent_id);
extern bool authz_find_subject_parent(AuthzReader *reader, int64 id, int64 *parent_id);
extern bool authz_read_role(AuthzReader *reader, int64 id, AuthzRoleRow *row);

/* The role of that name and type, custom or (owner_id 0) predefined. */
extern bool authz_find_role(AuthzReader *reader, const char *name, int name_len,
							const char *type, int type_len, int64 owner_id, int64 *id);
extern bool authz_read_assignment(AuthzReader *reader, int64 id, AuthzAssignmentRow *row);

/*
 * Is there this membership?  With lock, nobody can take it away before the end
 * of the transaction.
 */
extern bool authz_find_membership(AuthzReader *reader, int64 group_id, int64 member_id, bool lock);

/*
 * Sets of rows: start with the key, then next until false.  One scan per path
 * at a time: copy what is needed before starting another on the same path.
 */
extern void authz_start_by_id(AuthzReader *reader, AuthzPath path, int64 id);
extern void authz_start_by_ids(AuthzReader *reader, AuthzPath path, int64 id1, int64 id2);
extern void authz_start_permissions_of_type(AuthzReader *reader, const char *type, int len);
extern void authz_start_all_permissions(AuthzReader *reader);
extern void authz_start_children(AuthzReader *reader, int64 parent_id, const char *type, int len);
extern void authz_start_subjects_from(AuthzReader *reader, const char *first, int len);
extern bool authz_next_permission(AuthzReader *reader, AuthzPermissionRow *row);
extern bool authz_next_any_permission(AuthzReader *reader, AuthzPermissionRow *row);
extern bool authz_next_role_permission(AuthzReader *reader, const char **name, int *len);
extern bool authz_next_base_role(AuthzReader *reader, int64 *base_role_id);
extern bool authz_next_inheriting_role(AuthzReader *reader, int64 *id);
extern bool authz_next_role_with_base(AuthzReader *reader, int64 *id);
extern bool authz_next_child(AuthzReader *reader, const char **name, int *len, int64 *id);
extern bool authz_next_resource(AuthzReader *reader, int64 *id, const char **name, int *len);
extern bool authz_next_subject(AuthzReader *reader, AuthzPath path, AuthzSubjectRow *row);
extern bool authz_next_group(AuthzReader *reader, int64 *group_id);
extern bool authz_next_member(AuthzReader *reader, int64 *member_id);
extern bool authz_next_membership(AuthzReader *reader, AuthzMembershipRow *row);
extern bool authz_next_assignment(AuthzReader *reader, AuthzPath path, AuthzAssignmentRow *row);
extern bool authz_next_grant(AuthzReader *reader, AuthzGrantRow *row);

#endif							/* AUTHZ_CATALOG_H */
