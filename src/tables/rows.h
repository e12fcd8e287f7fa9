/*
 * rows.h
 *	  Rows of authz's tables as C structs.  See rows.c.
 */
#ifndef AUTHZ_ROWS_H
#define AUTHZ_ROWS_H

#include "tables/id_list.h"
#include "tables/tables.h"

/*
 * No walk up resources or teams goes further: what is above that many levels
 * does not count.  The rules keep what is made or moved to far fewer; a tree
 * can grow deeper all the same, by moving what has much beneath it.
 */
#define AUTHZ_MAX_LEVELS 1000

/* Rows.  Strings point into the scan: valid until its next row. */
typedef struct AuthzTypeRow
{
	text	  **parents;		/* palloc'd */
	int			nparents;		/* 0 for a root type */
	bool		has_members;
	bool		for_members;	/* roles_for = 'members' */
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
	bool		has_row;		/* in a tracked table */
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
	int64		inherits_id;	/* the first one; 0 for none */
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

/* The columns of an assignment that loading a subject needs. */
typedef struct AuthzShortAssignmentRow
{
	int64		role_id;
	int64		resource_id;
	TimestampTz expires_at;		/* DT_NOEND for never */
} AuthzShortAssignmentRow;

/* Look-ups of one row: false if there is none. */
extern bool authz_rows_read_type(AuthzReader *reader, const char *name, int len, AuthzTypeRow *row);

/* Does the type allow the role of that name as a base permission? */
extern bool authz_rows_type_allows_base_permission(AuthzReader *reader, const char *type, int type_len,
												   const char *role, int role_len);
extern bool authz_rows_read_permission(AuthzReader *reader, const char *name, int len,
									   AuthzPermissionRow *row);
extern bool authz_rows_read_resource(AuthzReader *reader, const char *name, int len,
									 AuthzResourceRow *row);
extern bool authz_rows_read_resource_by_id(AuthzReader *reader, int64 id, AuthzResourceRow *row);
extern bool authz_rows_read_subject(AuthzReader *reader, const char *name, int len,
									AuthzSubjectRow *row);
extern bool authz_rows_read_subject_by_id(AuthzReader *reader, int64 id, AuthzSubjectRow *row);

/*
 * The same for what loading needs of them: from an index alone.  _from: of
 * that name, or the next one in the order of names.
 */
extern bool authz_rows_find_resource(AuthzReader *reader, const char *name, int len, int64 *id,
									 int64 *parent_id);
extern bool authz_rows_find_resource_from(AuthzReader *reader, const char *name, int len, int64 *id);
extern bool authz_rows_find_resource_parent(AuthzReader *reader, int64 id, int64 *parent_id);
extern bool authz_rows_find_subject(AuthzReader *reader, const char *name, int len, int64 *id,
									int64 *parent_id);
extern bool authz_rows_find_subject_parent(AuthzReader *reader, int64 id, int64 *parent_id);
extern bool authz_rows_read_role(AuthzReader *reader, int64 id, AuthzRoleRow *row);

/* The role of that name and type, custom or (owner_id 0) predefined. */
extern bool authz_rows_find_role(AuthzReader *reader, const char *name, int name_len,
								 const char *type, int type_len, int64 owner_id, int64 *id);
extern bool authz_rows_read_assignment(AuthzReader *reader, int64 id, AuthzAssignmentRow *row);

/*
 * Is there this membership?  With lock, nobody can remove it before the end of
 * the transaction.
 */
extern bool authz_rows_find_membership(AuthzReader *reader, int64 group_id, int64 member_id, bool lock);

/*
 * The roles that a role builds on directly (row is its own), and those that
 * build directly on it.
 */
extern void authz_rows_add_lower_roles(AuthzReader *reader, int64 id, const AuthzRoleRow *row, AuthzIdList *ids);
extern void authz_rows_add_upper_roles(AuthzReader *reader, int64 id, AuthzIdList *ids);

/*
 * Sets of rows: a start function takes the key, then a next function returns
 * the rows until it returns false.  There is one scan per path at a time: copy
 * what is needed before starting another on the same path.
 */
extern void authz_rows_start_by_id(AuthzReader *reader, AuthzPath path, int64 id);
extern void authz_rows_start_by_ids(AuthzReader *reader, AuthzPath path, int64 id1, int64 id2);
extern void authz_rows_start_permissions_of_type(AuthzReader *reader, const char *type, int len);
extern void authz_rows_start_all_permissions(AuthzReader *reader);
extern void authz_rows_start_children(AuthzReader *reader, int64 parent_id, const char *type, int len);
extern void authz_rows_start_subjects_from(AuthzReader *reader, const char *first, int len);
extern bool authz_rows_next_permission(AuthzReader *reader, AuthzPermissionRow *row);
extern bool authz_rows_next_any_permission(AuthzReader *reader, AuthzPermissionRow *row);
extern bool authz_rows_next_role_permission(AuthzReader *reader, const char **name, int *len);
extern bool authz_rows_next_child_from(AuthzReader *reader, int64 *parent_id, const char **name, int *len, int64 *id);
extern bool authz_rows_next_child(AuthzReader *reader, const char **name, int *len, int64 *id);
extern bool authz_rows_next_resource(AuthzReader *reader, int64 *id, const char **name, int *len);
extern bool authz_rows_next_subject(AuthzReader *reader, AuthzPath path, AuthzSubjectRow *row);
extern bool authz_rows_next_group(AuthzReader *reader, int64 *group_id);
extern bool authz_rows_next_member(AuthzReader *reader, int64 *member_id);
extern bool authz_rows_next_membership(AuthzReader *reader, AuthzMembershipRow *row);
extern bool authz_rows_next_assignment(AuthzReader *reader, AuthzPath path, AuthzAssignmentRow *row);
extern bool authz_rows_next_short_assignment(AuthzReader *reader, AuthzShortAssignmentRow *row);

#endif							/* AUTHZ_ROWS_H */
