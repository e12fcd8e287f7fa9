/*
 * load.c
 *	  From the tables into the cache: what a cold question reads.
 *
 * Each entry is built in the caller's memory and copied into the cache when it
 * is complete, so that an error half-way leaves the cache as it was.  It notes
 * the generation from before its snapshot and the keys of everything that it
 * was built from: see cache.c.
 *
 * The cost is that of the rows of the subject (its groups, the ancestors of its
 * teams, its assignments), one index look-up each, whatever the size of the tables.
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
typedef struct Keys
{
	Oid		   *items;
	int			count;
	int			max;
} Keys;

typedef struct Holdings
{
	AuthzHolding *items;
	int			count;
	int			max;
} Holdings;

static void add_key(Keys *keys, Oid key);
static void collect_role(AuthzFill *fill, int64 id, AuthzIds *roles, Keys *keys,
						 Bitmapset **effective, Bitmapset **including_planned);
static uint32 intern(const Bitmapset *bits);

void
authz_fill_begin(AuthzFill *fill)
{
	authz_cache_begin();
	Assert(!fill->open);
}

AuthzReader *
authz_fill_reader(AuthzFill *fill)
{
	if (!fill->open)
	{
		fill->started = authz_generation;
		authz_reader_open(&fill->reader);
		fill->reader.never_waits = true;
		authz_validity_note_read();
		fill->open = true;
	}
	return &fill->reader;
}

bool
authz_fill_end(AuthzFill *fill)
{
	if (likely(!fill->open))
		return true;
	fill->open = false;
	authz_reader_close(&fill->reader);
	if (OidIsValid(fill->waited_for))
		UnlockRelationOid(fill->waited_for, AccessShareLock);
	fill->waited_for = InvalidOid;
	if (likely(!fill->reader.gave_up))
		return true;

	/* What has been built of it is not complete. */
	authz_validity_invalidate_all();
	CHECK_FOR_INTERRUPTS();
	if (OidIsValid(fill->reader.blocked_by))
	{
		/* Kept while asking again, so that it is not to be waited for once more. */
		LockRelationOid(fill->reader.blocked_by, AccessShareLock);
		fill->waited_for = fill->reader.blocked_by;
	}
	return false;
}

static AuthzPermission *
keep_permission(AuthzFill *fill, const AuthzPermissionRow *row)
{
	int			type = authz_load_type(fill, row->type, row->type_len);

	return authz_model_add_permission(row->name, row->name_len, type, !row->planned);
}

AuthzPermission *
authz_load_permission(AuthzFill *fill, const char *name, int len)
{
	AuthzPermission *permission = authz_model_find_permission(name, len);
	AuthzPermissionRow row;

	if (permission != NULL)
		return permission;
	if (len > AUTHZ_PERMISSION_MAX ||
		!authz_read_permission(authz_fill_reader(fill), name, len, &row))
		return NULL;
	return keep_permission(fill, &row);
}

int
authz_load_type(AuthzFill *fill, const char *name, int len)
{
	int			type = authz_model_find_type(name, len);
	int			parent = -1;
	AuthzTypeRow row;

	if (type >= 0)
		return type;
	if (len > AUTHZ_TYPE_MAX || !authz_read_type(authz_fill_reader(fill), name, len, &row))
		return -1;
	if (row.parent != NULL)
	{
		/* The row is in a slot that reading the parent overwrites. */
		char		copy[AUTHZ_TYPE_MAX];
		int			copy_len = Min(row.parent_len, AUTHZ_TYPE_MAX);

		memcpy(copy, row.parent, copy_len);
		check_stack_depth();
		parent = authz_load_type(fill, copy, copy_len);
	}
	return authz_model_add_type(name, len, parent);
}

AuthzRole *
authz_load_role(AuthzFill *fill, int64 id)
{
	AuthzRole  *role = authz_model_find_role(id);
	AuthzIds	roles = {0};
	Keys		keys = {0};
	Bitmapset  *effective = NULL;
	Bitmapset  *including_planned = NULL;
	uint32		effective_set;
	uint32		including_planned_set;

	if (role != NULL)
		return role;

	(void) authz_fill_reader(fill);
	authz_ids_add_once(&roles, id);
	for (size_t i = 0; i < roles.count; i++)
		collect_role(fill, roles.values[i], &roles, &keys, &effective, &including_planned);
	effective_set = intern(effective);
	including_planned_set = intern(including_planned);
	role = authz_model_add_role(id, fill->started, keys.items, keys.count);
	role->effective = effective_set;
	role->including_planned = including_planned_set;
	return role;
}

/*
 * Add what a role holds itself, and the roles that it builds on to those that
 * are still to be visited.
 */
static void
collect_role(AuthzFill *fill, int64 id, AuthzIds *roles, Keys *keys,
			 Bitmapset **effective, Bitmapset **including_planned)
{
	AuthzReader *reader = authz_fill_reader(fill);
	AuthzRoleRow row;
	int64		base_role_id;
	const char *name;
	int			len;
	AuthzPermission *permission;

	add_key(keys, authz_key(AUTHZ_KEY_ROLE, id));
	if (!authz_read_role(reader, id, &row))
		return;
	if (row.inherits_id != 0)
		authz_ids_add_once(roles, row.inherits_id);

	/* All permissions of its type, or the one that every custom role holds. */
	if (row.all_permissions || row.owner_id != 0)
	{
		AuthzPermissionRow of_type;

		authz_start_permissions_of_type(reader, row.type, row.type_len);
		while (authz_next_permission(reader, &of_type))
		{
			if (!row.all_permissions && !of_type.is_default)
				continue;
			permission = authz_model_find_permission(of_type.name, of_type.name_len);
			if (permission == NULL)
				permission = keep_permission(fill, &of_type);
			*including_planned = bms_add_member(*including_planned, permission->number);
			if (permission->effective)
				*effective = bms_add_member(*effective, permission->number);
		}
	}

	authz_start_by_id(reader, AUTHZ_PERMISSIONS_BY_ROLE, id);
	while (authz_next_role_permission(reader, &name, &len))
	{
		permission = authz_load_permission(fill, name, len);
		if (permission == NULL)
			continue;
		*including_planned = bms_add_member(*including_planned, permission->number);
		if (permission->effective)
			*effective = bms_add_member(*effective, permission->number);
	}

	authz_start_by_id(reader, AUTHZ_BASE_ROLES_BY_ROLE, id);
	while (authz_next_base_role(reader, &base_role_id))
		authz_ids_add_once(roles, base_role_id);
}

AuthzSubject *
authz_load_subject(AuthzFill *fill, const char *name, int len)
{
	AuthzSubject *subject = authz_cache_find_subject(name, len);
	AuthzReader *reader;
	TimestampTz valid_until = DT_NOEND;
	Keys		keys = {0};
	AuthzIds	principals = {0};
	AuthzIds	roles = {0};
	Holdings	holdings = {0};
	AuthzHolding holding = {0};
	int64		role_id = 0;

	if (subject != NULL)
		return subject;

	reader = authz_fill_reader(fill);
	authz_principals_add(reader, name, len, &principals);

	add_key(&keys, authz_name_key(AUTHZ_KEY_SUBJECT_NAME, name, len));
	add_key(&keys, authz_name_key(AUTHZ_KEY_SUBJECT_NAME, AUTHZ_EVERYONE_NAME, strlen(AUTHZ_EVERYONE_NAME)));
	for (size_t i = 0; i < principals.count; i++)
		add_key(&keys, authz_key(AUTHZ_KEY_SUBJECT, principals.values[i]));

	for (size_t i = 0; i < principals.count; i++)
	{
		AuthzGrantRow row;

		authz_start_by_id(reader, AUTHZ_GRANTS_BY_SUBJECT, principals.values[i]);
		while (authz_next_grant(reader, &row))
		{
			if (authz_validity_has_expired(row.expires_at))
				continue;
			valid_until = Min(valid_until, row.expires_at);
			/* Who holds much mostly holds the same role in many places. */
			if (row.role_id != role_id)
			{
				AuthzRole  *role = authz_load_role(fill, row.role_id);

				role_id = row.role_id;
				holding.effective = role->effective;
				holding.including_planned = role->including_planned;
				if (authz_ids_add_once(&roles, role_id))
					for (int k = 0; k < role->validity.nkeys; k++)
						add_key(&keys, role->validity.keys[k]);
			}
			holding.resource_id = row.resource_id;
			AUTHZ_MAKE_ROOM(&holdings);
			holdings.items[holdings.count++] = holding;
		}
	}

	subject = authz_cache_add_subject(name, len, fill->started, keys.items, keys.count,
									  holdings.items, holdings.count);
	subject->valid_until = valid_until;
	/* May be megabytes, which the rest of the statement would not use again. */
	if (holdings.items != NULL)
		pfree(holdings.items);
	return subject;
}

AuthzResource *
authz_load_resource(AuthzFill *fill, int type, const AuthzId *id)
{
	AuthzResource *resource = authz_cache_find_resource(type, id);
	AuthzReader *reader;
	AuthzType  *description;
	char		name[AUTHZ_TYPE_MAX + 1 + AUTHZ_ID_BUFFER];
	int			len;
	int64		ancestor;
	int64		parent_id;
	AuthzIds	chain = {0};

	if (resource != NULL)
		return resource;

	reader = authz_fill_reader(fill);
	description = authz_model_type(type);
	memcpy(name, description->name, description->name_len);
	name[description->name_len] = ':';
	len = authz_id_to_text(id, name + description->name_len + 1);
	if (len < 0)
		return NULL;
	len += description->name_len + 1;

	if (!authz_find_resource(reader, name, len, &ancestor, &parent_id))
		return NULL;
	/* A cycle cannot be, but must not hang us. */
	while (authz_ids_add_once(&chain, ancestor))
	{
		ancestor = parent_id;
		if (ancestor == 0 || !authz_find_resource_parent(reader, ancestor, &parent_id))
			break;
	}
	return authz_cache_add_resource(type, id, fill->started, chain.values, (int) chain.count);
}

static uint32
intern(const Bitmapset *bits)
{
	int			nwords = authz_model_permission_count() / 64 + 1;
	uint64	   *words = palloc0(nwords * sizeof(uint64));
	int			member = -1;

	while ((member = bms_next_member(bits, member)) >= 0)
		words[member / 64] |= UINT64_C(1) << (member % 64);
	return authz_model_intern(words, nwords);
}

static void
add_key(Keys *keys, Oid key)
{
	AUTHZ_MAKE_ROOM(keys);
	keys->items[keys->count++] = key;
}
