/*
 * role_cache.c
 *	  Role cache: permissions, resource types, roles, and sets of permissions.
 *
 * All subjects and resources share these, and there are few of them.  So they
 * are numbered, entries of the other caches refer to them by number, and they
 * are freed only together with everything else.  Whether an entry is valid is
 * decided by validity.c.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "cache/cache.h"
#include "cache/hash.h"
#include "cache/role_cache.h"
#include "cache/validity.h"

static MemoryContext memory = NULL;
static Size bytes = 0;

static AuthzPermission **permissions = NULL;
static int	npermissions = 0;
static int	max_permissions = 0;

static AuthzType *types = NULL;
static int	ntypes = 0;
static int	max_types = 0;

AuthzSet  **authz_role_cache_sets = NULL;
static uint32 nsets = 0;
static uint32 max_sets = 0;

/*
 * Hash tables of pointers.  The key of a look-up is an object on the stack
 * that has just its key fields filled in.
 */
typedef struct PointerEntry
{
	void	   *object;
	uint32		hash;
	char		status;
} PointerEntry;

static inline bool
is_same_permission(const AuthzPermission *a, const AuthzPermission *b)
{
	return a->name_len == b->name_len && memcmp(a->name, b->name, a->name_len) == 0;
}

static inline bool
is_same_role(const AuthzRole *a, const AuthzRole *b)
{
	return a->id == b->id;
}

static inline bool
is_same_set(const AuthzSet *a, const AuthzSet *b)
{
	return a->nwords == b->nwords &&
		memcmp(a->words, b->words, a->nwords * sizeof(uint64)) == 0;
}

#define SH_PREFIX permission_table
#define SH_ELEMENT_TYPE PointerEntry
#define SH_KEY_TYPE void *
#define SH_KEY object
#define SH_HASH_KEY(tb, key) (((AuthzPermission *) (key))->hash)
#define SH_EQUAL(tb, a, b) is_same_permission((a), (b))
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) ((entry)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define SH_PREFIX role_table
#define SH_ELEMENT_TYPE PointerEntry
#define SH_KEY_TYPE void *
#define SH_KEY object
#define SH_HASH_KEY(tb, key) ((uint32) authz_hash_mix(((AuthzRole *) (key))->id))
#define SH_EQUAL(tb, a, b) is_same_role((a), (b))
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) ((entry)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define SH_PREFIX set_table
#define SH_ELEMENT_TYPE PointerEntry
#define SH_KEY_TYPE void *
#define SH_KEY object
#define SH_HASH_KEY(tb, key) (((AuthzSet *) (key))->hash)
#define SH_EQUAL(tb, a, b) is_same_set((a), (b))
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) ((entry)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static permission_table_hash *permission_table;
static role_table_hash *role_table;
static set_table_hash *set_table;

static uint32 intern_set(const uint64 *words, int nwords);

/* Start with no entries, in a memory context that is empty. */
void
authz_role_cache_begin(MemoryContext context)
{
	static const uint64 nothing[1] = {0};

	authz_role_cache_forget();
	memory = context;
	permission_table = permission_table_create(memory, 256, NULL);
	role_table = role_table_create(memory, 64, NULL);
	set_table = set_table_create(memory, 64, NULL);
	(void) intern_set(nothing, 0);	/* AUTHZ_EMPTY_SET */
}

/* The memory context has been reset. */
void
authz_role_cache_forget(void)
{
	permission_table = NULL;
	role_table = NULL;
	set_table = NULL;
	permissions = NULL;
	npermissions = max_permissions = 0;
	types = NULL;
	ntypes = max_types = 0;
	authz_role_cache_sets = NULL;
	nsets = max_sets = 0;
	bytes = 0;
}

Size
authz_role_cache_bytes(void)
{
	return bytes;
}

/* ---------------------------------------------------------------------------
 * Permissions, types and roles
 */

AuthzPermission *
authz_role_cache_find_permission(const char *name, int len)
{
	AuthzPermission probe;
	PointerEntry *entry;
	AuthzPermission *permission;

	if (permission_table == NULL)
		return NULL;
	probe.name = (char *) name;
	probe.name_len = len;
	probe.hash = hash_bytes((const unsigned char *) name, len);
	entry = permission_table_lookup(permission_table, &probe);
	if (entry == NULL)
		return NULL;
	permission = entry->object;
	return authz_validity_is_above_floor(permission->built) ? permission : NULL;
}

AuthzPermission *
authz_role_cache_add_permission(const char *name, int len, int type, bool effective)
{
	MemoryContext context = authz_cache_memory();
	AuthzPermission probe;
	AuthzPermission *permission;
	PointerEntry *entry;
	bool		found;

	probe.name = (char *) name;
	probe.name_len = len;
	probe.hash = hash_bytes((const unsigned char *) name, len);
	entry = permission_table_lookup(permission_table, &probe);
	if (entry != NULL)
		permission = entry->object;
	else
	{
		if (npermissions == max_permissions)
		{
			int			newmax = Max(256, max_permissions * 2);

			if (permissions == NULL)
				permissions = MemoryContextAlloc(context, newmax * sizeof(AuthzPermission *));
			else
				permissions = repalloc(permissions, newmax * sizeof(AuthzPermission *));
			max_permissions = newmax;
		}
		permission = MemoryContextAlloc(context, sizeof(AuthzPermission) + len);
		permission->name = (char *) (permission + 1);
		memcpy(permission->name, name, len);
		permission->name_len = len;
		permission->hash = probe.hash;
		permission->number = npermissions;
		authz_cache_may_grow();
		entry = permission_table_insert(permission_table, permission, &found);
		authz_cache_has_grown();
		permissions[npermissions++] = permission;
		bytes += GetMemoryChunkSpace(permission) + 3 * sizeof(PointerEntry);
	}
	permission->type = type;
	permission->effective = effective;
	permission->built = authz_generation;
	return permission;
}

AuthzPermission *
authz_role_cache_permission(int number)
{
	return permissions[number];
}

int
authz_role_cache_permission_count(void)
{
	return npermissions;
}

/*
 * The number of a type, -1 if it is not in the cache.  There are only a few.
 */
int
authz_role_cache_find_type(const char *name, int len)
{
	for (int i = 0; i < ntypes; i++)
		if (types[i].name_len == len && memcmp(types[i].name, name, len) == 0)
			return authz_validity_is_above_floor(types[i].built) ? i : -1;
	return -1;
}

int
authz_role_cache_add_type(const char *name, int len)
{
	MemoryContext context = authz_cache_memory();
	char	   *copy;
	int			i;

	for (i = 0; i < ntypes; i++)
		if (types[i].name_len == len && memcmp(types[i].name, name, len) == 0)
			break;
	if (i == ntypes)
	{
		if (ntypes > PG_UINT16_MAX)
			ereport(ERROR,
					errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("too many resource types"));
		if (ntypes == max_types)
		{
			int			newmax = Max(16, max_types * 2);

			if (types == NULL)
				types = MemoryContextAlloc(context, newmax * sizeof(AuthzType));
			else
				types = repalloc(types, newmax * sizeof(AuthzType));
			max_types = newmax;
		}
		copy = MemoryContextAlloc(context, len);
		memcpy(copy, name, len);
		types[i].name = copy;
		types[i].name_len = len;
		bytes += GetMemoryChunkSpace(copy) + sizeof(AuthzType);
		ntypes++;
	}
	types[i].built = authz_generation;
	return i;
}

AuthzType *
authz_role_cache_type(int number)
{
	return &types[number];
}

int
authz_role_cache_type_count(void)
{
	return ntypes;
}

AuthzRole *
authz_role_cache_find_role(int64 id)
{
	AuthzRole	probe;
	PointerEntry *entry;
	AuthzRole  *role;

	if (role_table == NULL)
		return NULL;
	probe.id = id;
	entry = role_table_lookup(role_table, &probe);
	if (entry == NULL)
		return NULL;
	role = entry->object;
	return authz_validity_check(&role->validity) ? role : NULL;
}

/* The caller fills in the sets. */
AuthzRole *
authz_role_cache_add_role(int64 id, uint64 built, const Oid *keys, int nkeys)
{
	MemoryContext context = authz_cache_memory();
	AuthzRole  *role;
	PointerEntry *entry;
	bool		found;

	role = MemoryContextAllocZero(context, sizeof(AuthzRole) + nkeys * sizeof(Oid));
	role->id = id;
	authz_validity_set(&role->validity, built, (Oid *) (role + 1), keys, nkeys);
	authz_cache_may_grow();
	entry = role_table_insert(role_table, role, &found);
	authz_cache_has_grown();
	bytes += GetMemoryChunkSpace(role);
	if (found)
	{
		AuthzRole  *old = entry->object;

		entry->object = role;
		bytes -= GetMemoryChunkSpace(old);
		pfree(old);
	}
	else
		bytes += 2 * sizeof(PointerEntry);
	return role;
}

/* ---------------------------------------------------------------------------
 * Sets
 */

uint32
authz_role_cache_set_count(void)
{
	return nsets;
}

/* The number of the set with these bits. */
uint32
authz_role_cache_intern_set(const uint64 *words, int nwords)
{
	(void) authz_cache_memory();
	return intern_set(words, nwords);
}

static uint32
intern_set(const uint64 *words, int nwords)
{
	AuthzSet   *set;
	PointerEntry *entry;
	bool		found;

	while (nwords > 0 && words[nwords - 1] == 0)
		nwords--;

	if (nsets == max_sets)
	{
		uint32		newmax = Max(64, max_sets * 2);

		if (authz_role_cache_sets == NULL)
			authz_role_cache_sets = MemoryContextAlloc(memory, newmax * sizeof(AuthzSet *));
		else
			authz_role_cache_sets = repalloc(authz_role_cache_sets, newmax * sizeof(AuthzSet *));
		max_sets = newmax;
	}
	set = MemoryContextAlloc(memory, offsetof(AuthzSet, words) + nwords * sizeof(uint64));
	set->nwords = nwords;
	memcpy(set->words, words, nwords * sizeof(uint64));
	set->hash = hash_bytes((const unsigned char *) set->words, nwords * sizeof(uint64));
	set->number = nsets;
	authz_cache_may_grow();
	entry = set_table_insert(set_table, set, &found);
	authz_cache_has_grown();
	if (found)
	{
		pfree(set);
		return ((AuthzSet *) entry->object)->number;
	}
	bytes += GetMemoryChunkSpace(set) + 3 * sizeof(PointerEntry);
	authz_role_cache_sets[nsets] = set;
	return nsets++;
}

uint32
authz_role_cache_unite_sets(uint32 a, uint32 b)
{
	const AuthzSet *left = authz_role_cache_sets[a];
	const AuthzSet *right = authz_role_cache_sets[b];
	uint64	   *words;
	uint32		result;

	if (a == b || b == AUTHZ_EMPTY_SET)
		return a;
	if (a == AUTHZ_EMPTY_SET)
		return b;
	if (left->nwords < right->nwords)
	{
		const AuthzSet *swap = left;

		left = right;
		right = swap;
	}
	words = palloc(left->nwords * sizeof(uint64));
	memcpy(words, left->words, left->nwords * sizeof(uint64));
	for (int i = 0; i < right->nwords; i++)
		words[i] |= right->words[i];
	result = authz_role_cache_intern_set(words, left->nwords);
	pfree(words);
	return result;
}
