/*
 * model.c
 *	  What a backend remembers of the model itself: permissions, resource types,
 *	  roles, and sets of permissions.
 *
 * All subjects and resources share these, and there are few of them: they are
 * numbered, so that others can note a number, and forgotten only together with
 * everything else.  What is true is cache.c's business.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "cache.h"
#include "model.h"

static MemoryContext memory = NULL;
static Size bytes = 0;

static AuthzPermission **permissions = NULL;
static int	npermissions = 0;
static int	max_permissions = 0;

static AuthzType *types = NULL;
static int	ntypes = 0;
static int	max_types = 0;

AuthzSet  **authz_model_sets = NULL;
static uint32 nsets = 0;
static uint32 max_sets = 0;

/*
 * Hash tables of pointers; a look-up is made with an object on the stack that
 * has just the key filled in.
 */
typedef struct Entry
{
	void	   *object;
	uint32		hash;
	char		status;
} Entry;

static inline bool
same_permission(const AuthzPermission *a, const AuthzPermission *b)
{
	return a->name_len == b->name_len && memcmp(a->name, b->name, a->name_len) == 0;
}

static inline bool
same_role(const AuthzRole *a, const AuthzRole *b)
{
	return a->id == b->id;
}

static inline bool
same_set(const AuthzSet *a, const AuthzSet *b)
{
	return a->nwords == b->nwords &&
		memcmp(a->words, b->words, a->nwords * sizeof(uint64)) == 0;
}

#define SH_PREFIX permission_table
#define SH_ELEMENT_TYPE Entry
#define SH_KEY_TYPE void *
#define SH_KEY object
#define SH_HASH_KEY(tb, key) (((AuthzPermission *) (key))->hash)
#define SH_EQUAL(tb, a, b) same_permission((a), (b))
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) ((entry)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define SH_PREFIX role_table
#define SH_ELEMENT_TYPE Entry
#define SH_KEY_TYPE void *
#define SH_KEY object
#define SH_HASH_KEY(tb, key) ((uint32) authz_mix(((AuthzRole *) (key))->id))
#define SH_EQUAL(tb, a, b) same_role((a), (b))
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) ((entry)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define SH_PREFIX set_table
#define SH_ELEMENT_TYPE Entry
#define SH_KEY_TYPE void *
#define SH_KEY object
#define SH_HASH_KEY(tb, key) (((AuthzSet *) (key))->hash)
#define SH_EQUAL(tb, a, b) same_set((a), (b))
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) ((entry)->hash)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static permission_table_hash *permission_table;
static role_table_hash *role_table;
static set_table_hash *set_table;

static uint32 intern(const uint64 *words, int nwords);

/* Start with nothing, in a memory context that is empty. */
void
authz_model_begin(MemoryContext context)
{
	static const uint64 nothing[1] = {0};

	authz_model_forget();
	memory = context;
	permission_table = permission_table_create(memory, 256, NULL);
	role_table = role_table_create(memory, 64, NULL);
	set_table = set_table_create(memory, 64, NULL);
	(void) intern(nothing, 0);	/* AUTHZ_EMPTY_SET */
}

/* The memory has been reset. */
void
authz_model_forget(void)
{
	permission_table = NULL;
	role_table = NULL;
	set_table = NULL;
	permissions = NULL;
	npermissions = max_permissions = 0;
	types = NULL;
	ntypes = max_types = 0;
	authz_model_sets = NULL;
	nsets = max_sets = 0;
	bytes = 0;
}

Size
authz_model_bytes(void)
{
	return bytes;
}

/* ---------------------------------------------------------------------------
 * Permissions, types and roles
 */

AuthzPermission *
authz_model_find_permission(const char *name, int len)
{
	AuthzPermission probe;
	Entry	   *entry;
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
	return authz_cache_is_above_floor(permission->built) ? permission : NULL;
}

AuthzPermission *
authz_model_add_permission(const char *name, int len, int type, bool effective)
{
	MemoryContext context = authz_cache_memory();
	AuthzPermission probe;
	AuthzPermission *permission;
	Entry	   *entry;
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
		bytes += GetMemoryChunkSpace(permission) + 3 * sizeof(Entry);
	}
	permission->type = type;
	permission->effective = effective;
	permission->built = authz_generation;
	return permission;
}

AuthzPermission *
authz_model_permission(int number)
{
	return permissions[number];
}

int
authz_model_permission_count(void)
{
	return npermissions;
}

/* The number of a type, -1 if it is not known here.  There are only a few. */
int
authz_model_find_type(const char *name, int len)
{
	for (int i = 0; i < ntypes; i++)
		if (types[i].name_len == len && memcmp(types[i].name, name, len) == 0)
			return authz_cache_is_above_floor(types[i].built) ? i : -1;
	return -1;
}

int
authz_model_add_type(const char *name, int len, int parent)
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
	types[i].parent = parent;
	types[i].built = authz_generation;
	return i;
}

AuthzType *
authz_model_type(int number)
{
	return &types[number];
}

int
authz_model_type_count(void)
{
	return ntypes;
}

AuthzRole *
authz_model_find_role(int64 id)
{
	AuthzRole	probe;
	Entry	   *entry;
	AuthzRole  *role;

	if (role_table == NULL)
		return NULL;
	probe.id = id;
	entry = role_table_lookup(role_table, &probe);
	if (entry == NULL)
		return NULL;
	role = entry->object;
	return authz_cache_holds(&role->validity) ? role : NULL;
}

/* The caller fills in the sets. */
AuthzRole *
authz_model_add_role(int64 id, uint64 built, const Oid *keys, int nkeys)
{
	MemoryContext context = authz_cache_memory();
	AuthzRole  *role;
	Entry	   *entry;
	bool		found;

	role = MemoryContextAllocZero(context, sizeof(AuthzRole) + nkeys * sizeof(Oid));
	role->id = id;
	authz_cache_set_validity(&role->validity, built, (Oid *) (role + 1), keys, nkeys);
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
		bytes += 2 * sizeof(Entry);
	return role;
}

/* ---------------------------------------------------------------------------
 * Sets
 */

uint32
authz_model_set_count(void)
{
	return nsets;
}

/* The number of the set with these bits. */
uint32
authz_model_intern(const uint64 *words, int nwords)
{
	(void) authz_cache_memory();
	return intern(words, nwords);
}

static uint32
intern(const uint64 *words, int nwords)
{
	AuthzSet   *set;
	Entry	   *entry;
	bool		found;

	while (nwords > 0 && words[nwords - 1] == 0)
		nwords--;

	if (nsets == max_sets)
	{
		uint32		newmax = Max(64, max_sets * 2);

		if (authz_model_sets == NULL)
			authz_model_sets = MemoryContextAlloc(memory, newmax * sizeof(AuthzSet *));
		else
			authz_model_sets = repalloc(authz_model_sets, newmax * sizeof(AuthzSet *));
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
	bytes += GetMemoryChunkSpace(set) + 3 * sizeof(Entry);
	authz_model_sets[nsets] = set;
	return nsets++;
}

uint32
authz_model_union(uint32 a, uint32 b)
{
	const AuthzSet *left = authz_model_sets[a];
	const AuthzSet *right = authz_model_sets[b];
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
	result = authz_model_intern(words, left->nwords);
	pfree(words);
	return result;
}
