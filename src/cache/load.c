/*
 * load.c
 *	  Loads cache entries from the tables.
 *
 * Each entry is built in the caller's memory and copied into the cache when it
 * is complete, so that an error half-way leaves the cache as it was.  It notes
 * the generation from before its snapshot and the keys of everything that it
 * was built from: see validity.c.
 *
 * Loading a subject costs one index look-up for each of its rows (its groups,
 * the ancestors of its teams, its assignments), whatever the size of the
 * tables.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "storage/lmgr.h"

#include "cache/announce.h"
#include "cache/cache.h"
#include "cache/load.h"
#include "cache/validity.h"
#include "tables/principals.h"
#include "tables/rows.h"
#include "types/grammar.h"
#include "types/growing_array.h"
#include "types/resource_id.h"

/* A growing list of keys. */
typedef struct KeyList
{
	Oid		   *items;
	int			count;
	int			max;
} KeyList;

typedef struct AssignedSetsList
{
	AuthzAssignedSets *items;
	int			count;
	int			max;
} AssignedSetsList;

static void add_key(KeyList *keys, Oid key);
static void collect_role_permissions(AuthzLoad *load, int64 id, AuthzIdList *roles, KeyList *keys,
									 Bitmapset **effective, Bitmapset **including_planned);
static uint32 intern_bitmap(const Bitmapset *bits);

void
authz_load_begin(AuthzLoad *load)
{
	authz_cache_begin();
	Assert(!load->open);
}

AuthzReader *
authz_load_reader(AuthzLoad *load)
{
	if (!load->open)
	{
		load->started = authz_generation;
		authz_reader_open(&load->reader);
		load->reader.never_waits = true;
		authz_validity_note_read();
		load->open = true;
	}
	return &load->reader;
}

bool
authz_load_end(AuthzLoad *load)
{
	if (likely(!load->open))
		return true;
	load->open = false;
	authz_reader_close(&load->reader);
	if (OidIsValid(load->waited_for))
		UnlockRelationOid(load->waited_for, AccessShareLock);
	load->waited_for = InvalidOid;
	if (likely(!load->reader.gave_up))
		return true;

	/* What was built from these reads is not complete. */
	authz_validity_invalidate_all();
	CHECK_FOR_INTERRUPTS();
	if (OidIsValid(load->reader.blocked_by))
	{
		/*
		 * Held while the question is asked again, so that it need not wait for
		 * this lock once more.
		 */
		LockRelationOid(load->reader.blocked_by, AccessShareLock);
		load->waited_for = load->reader.blocked_by;
	}
	return false;
}

static AuthzPermission *
keep_permission(AuthzLoad *load, const AuthzPermissionRow *row)
{
	int			type = authz_load_type(load, row->type, row->type_len);

	return authz_role_cache_add_permission(row->name, row->name_len, type, !row->planned);
}

AuthzPermission *
authz_load_permission(AuthzLoad *load, const char *name, int len)
{
	AuthzPermission *permission = authz_role_cache_find_permission(name, len);
	AuthzPermissionRow row;

	if (permission != NULL)
		return permission;
	if (len > AUTHZ_PERMISSION_MAX ||
		!authz_rows_read_permission(authz_load_reader(load), name, len, &row))
		return NULL;
	return keep_permission(load, &row);
}

int
authz_load_type(AuthzLoad *load, const char *name, int len)
{
	int			type = authz_role_cache_find_type(name, len);
	AuthzTypeRow row;

	if (type >= 0)
		return type;
	if (len > AUTHZ_TYPE_MAX || !authz_rows_read_type(authz_load_reader(load), name, len, &row))
		return -1;
	return authz_role_cache_add_type(name, len);
}

AuthzRole *
authz_load_role(AuthzLoad *load, int64 id)
{
	AuthzRole  *role = authz_role_cache_find_role(id);
	AuthzIdList roles = {0};
	KeyList		keys = {0};
	Bitmapset  *effective = NULL;
	Bitmapset  *including_planned = NULL;
	uint32		effective_set;
	uint32		including_planned_set;

	if (role != NULL)
		return role;

	(void) authz_load_reader(load);
	authz_id_list_add_once(&roles, id);
	for (size_t i = 0; i < roles.count; i++)
		collect_role_permissions(load, roles.values[i], &roles, &keys, &effective, &including_planned);
	effective_set = intern_bitmap(effective);
	including_planned_set = intern_bitmap(including_planned);
	role = authz_role_cache_add_role(id, load->started, keys.items, keys.count);
	role->effective = effective_set;
	role->including_planned = including_planned_set;
	return role;
}

/*
 * Add the permissions that a role itself has to the sets, and the roles that
 * it builds on to those that are still to be visited.
 */
static void
collect_role_permissions(AuthzLoad *load, int64 id, AuthzIdList *roles, KeyList *keys,
						 Bitmapset **effective, Bitmapset **including_planned)
{
	AuthzReader *reader = authz_load_reader(load);
	AuthzRoleRow row;
	const char *name;
	int			len;
	AuthzPermission *permission;

	add_key(keys, authz_announce_key(AUTHZ_KEY_ROLE, id));
	if (!authz_rows_read_role(reader, id, &row))
		return;
	authz_rows_add_lower_roles(reader, id, &row, roles);

	/*
	 * All permissions of its type, or the default one that every custom role
	 * has.
	 */
	if (row.all_permissions || row.owner_id != 0)
	{
		AuthzPermissionRow of_type;

		authz_rows_start_permissions_of_type(reader, row.type, row.type_len);
		while (authz_rows_next_permission(reader, &of_type))
		{
			if (!row.all_permissions && !of_type.is_default)
				continue;
			permission = authz_role_cache_find_permission(of_type.name, of_type.name_len);
			if (permission == NULL)
				permission = keep_permission(load, &of_type);
			*including_planned = bms_add_member(*including_planned, permission->number);
			if (permission->effective)
				*effective = bms_add_member(*effective, permission->number);
		}
	}

	authz_rows_start_by_id(reader, AUTHZ_PERMISSIONS_BY_ROLE, id);
	while (authz_rows_next_role_permission(reader, &name, &len))
	{
		permission = authz_load_permission(load, name, len);
		if (permission == NULL)
			continue;
		*including_planned = bms_add_member(*including_planned, permission->number);
		if (permission->effective)
			*effective = bms_add_member(*effective, permission->number);
	}
}

AuthzSubject *
authz_load_subject(AuthzLoad *load, const char *name, int len)
{
	AuthzSubject *subject = authz_subject_cache_find(name, len);
	AuthzReader *reader;
	TimestampTz valid_until = DT_NOEND;
	KeyList		keys = {0};
	AuthzIdList principals = {0};
	AuthzIdList roles = {0};
	AssignedSetsList assigned_sets = {0};
	AuthzAssignedSets assigned = {0};
	int64		role_id = 0;

	if (subject != NULL)
		return subject;

	reader = authz_load_reader(load);
	authz_principals_add(reader, name, len, &principals);

	add_key(&keys, authz_announce_name_key(AUTHZ_KEY_SUBJECT_NAME, name, len));
	add_key(&keys, authz_announce_name_key(AUTHZ_KEY_SUBJECT_NAME, AUTHZ_EVERYONE_NAME, strlen(AUTHZ_EVERYONE_NAME)));
	for (size_t i = 0; i < principals.count; i++)
		add_key(&keys, authz_announce_key(AUTHZ_KEY_SUBJECT, principals.values[i]));

	for (size_t i = 0; i < principals.count; i++)
	{
		AuthzShortAssignmentRow row;

		authz_rows_start_by_id(reader, AUTHZ_SHORT_ASSIGNMENTS_BY_SUBJECT, principals.values[i]);
		while (authz_rows_next_short_assignment(reader, &row))
		{
			if (authz_validity_has_expired(row.expires_at))
				continue;
			valid_until = Min(valid_until, row.expires_at);
			/*
			 * A subject with many roles mostly has the same role on many
			 * resources.
			 */
			if (row.role_id != role_id)
			{
				AuthzRole  *role = authz_load_role(load, row.role_id);

				role_id = row.role_id;
				assigned.effective = role->effective;
				assigned.including_planned = role->including_planned;
				if (authz_id_list_add_once(&roles, role_id))
					for (int k = 0; k < role->validity.nkeys; k++)
						add_key(&keys, role->validity.keys[k]);
			}
			assigned.resource_id = row.resource_id;
			AUTHZ_MAKE_ROOM(&assigned_sets);
			assigned_sets.items[assigned_sets.count++] = assigned;
		}
	}

	subject = authz_subject_cache_add(name, len, load->started, keys.items, keys.count,
									  assigned_sets.items, assigned_sets.count);
	subject->valid_until = valid_until;
	/*
	 * The list may be megabytes, which the rest of the statement would not use
	 * again.
	 */
	if (assigned_sets.items != NULL)
		pfree(assigned_sets.items);
	return subject;
}

AuthzResource *
authz_load_resource(AuthzLoad *load, int type, const AuthzId *id)
{
	AuthzResource *resource = authz_resource_cache_find(type, id);
	AuthzReader *reader;
	AuthzType  *description;
	char		name[AUTHZ_TYPE_MAX + 1 + AUTHZ_ID_BUFFER];
	int			len;
	int64		ancestor;
	int64		parent_id;
	AuthzIdList chain = {0};

	if (resource != NULL)
		return resource;

	reader = authz_load_reader(load);
	description = authz_role_cache_type(type);
	memcpy(name, description->name, description->name_len);
	name[description->name_len] = ':';
	len = authz_resource_id_to_text(id, name + description->name_len + 1);
	if (len < 0)
		return NULL;
	len += description->name_len + 1;

	if (!authz_rows_find_resource(reader, name, len, &ancestor, &parent_id))
		return NULL;
	do
	{
		authz_id_list_add(&chain, ancestor);
		ancestor = parent_id;
	} while (ancestor != 0 && chain.count <= AUTHZ_MAX_LEVELS &&
			 authz_rows_find_resource_parent(reader, ancestor, &parent_id));
	return authz_resource_cache_add(type, id, load->started, chain.values, (int) chain.count);
}

static uint32
intern_bitmap(const Bitmapset *bits)
{
	int			nwords = authz_role_cache_permission_count() / 64 + 1;
	uint64	   *words = palloc0(nwords * sizeof(uint64));
	int			member = -1;

	while ((member = bms_next_member(bits, member)) >= 0)
		words[member / 64] |= UINT64_C(1) << (member % 64);
	return authz_role_cache_intern_set(words, nwords);
}

static void
add_key(KeyList *keys, Oid key)
{
	AUTHZ_MAKE_ROOM(keys);
	keys->items[keys->count++] = key;
}
