/*
 * cache.c
 *	  The caches of a backend together: where a question begins, their memory, and
 *	  eviction.
 *
 * Out of memory.  Entries are complete before they are published, but a hash table
 * of lib/simplehash.h that grows has its new size before it has the memory for it.
 * So what changes one says so; an error leaves that mark behind, and the next
 * question begins with nothing.
 *
 * Memory.  One context.  Subjects and resources are evicted, least recently
 * used first (second chance), when authz.cache_size is exceeded; permissions,
 * roles and sets are shared by them and go only with everything.  Nothing is
 * freed but at the beginning of a question, or when it is replaced.
 */
#include "postgres.h"

#include "utils/inval.h"
#include "utils/memutils.h"

#include "cache/cache.h"
#include "cache/strict_lock.h"
#include "cache/validity.h"
#include "session/settings.h"
#include "tables/tables.h"

/* Room that is left when evicting, so that not every call has to. */
#define EVICT_TO(limit) ((limit) - (limit) / 8)

/*
 * What was freed in small pieces can be used for pieces of the same size only.
 * When that, or what is not accounted for, becomes too much, all is forgotten.
 */
#define MAX_WASTE (2 * 1024 * 1024)

/* Resources that one question may add before the next begin. */
#define ROOM_FOR_QUESTION 65536

static bool growing = false;	/* a hash table may be about to allocate, or an error left it so */

static MemoryContext memory = NULL;

static void reset(void);
static Size memo_limit(void);
static Size accounted(void);
static void evict(Size limit);

void
authz_cache_begin(void)
{
	Size		limit = (Size) authz_setting_cache_size * 1024;

	AcceptInvalidationMessages();
	authz_catalog_resolve();

	if (authz_validity_reset_is_pending() || growing)
		reset();
	if (!authz_catalog_announces() || (authz_setting_strict && !authz_strict_lock_is_free()))
		authz_validity_raise_floor();
	else if (authz_setting_strict)
	{
		/* Whoever let the lock go had announced its changes before. */
		AcceptInvalidationMessages();
		authz_catalog_resolve();
		if (authz_validity_reset_is_pending())
			reset();
	}

	if (authz_memo_bytes() > memo_limit())
		authz_memo_free();		/* the setting has become smaller */
	if ((accounted() > limit && authz_model_bytes() <= limit / 2) ||
		authz_pool_count() > AUTHZ_POOL_MAX - ROOM_FOR_QUESTION)
		evict(limit);
	if (memory != NULL && (authz_model_bytes() > limit / 2 ||
						   MemoryContextMemAllocated(memory, false) > limit + MAX_WASTE))
		reset();
}

/*
 * May a call site keep what a question has found, and answer the next ones
 * without authz_cache_begin()?  Strict mode asks each time.
 */
bool
authz_cache_may_keep(void)
{
	return !authz_validity_reset_is_pending() && !authz_setting_strict && authz_catalog_announces();
}

MemoryContext
authz_cache_memory(void)
{
	if (memory == NULL)
		memory = AllocSetContextCreate(CacheMemoryContext, "authz cache",
									   0, 8 * 1024, 256 * 1024);
	if (!authz_subject_cache_is_open())
	{
		authz_model_begin(memory);
		authz_subject_cache_begin(memory);
	}
	return memory;
}

/* Forget everything. */
static void
reset(void)
{
	if (memory != NULL)
		MemoryContextReset(memory);
	authz_model_forget();
	authz_pool_forget();
	authz_memo_forget();
	authz_subject_cache_forget();
	authz_validity_has_been_reset();
	growing = false;
}

void
authz_cache_may_grow(void)
{
	growing = true;
}

void
authz_cache_has_grown(void)
{
	growing = false;
}

/* The share of the decision cache. */
static Size
memo_limit(void)
{
	return (Size) authz_setting_cache_size * 1024 / 4;
}

static Size
accounted(void)
{
	return authz_model_bytes() + authz_subject_cache_bytes() + authz_pool_bytes() + authz_memo_bytes();
}

/* Subjects and resources are considered in turn, in proportion to their numbers. */
static void
evict(Size limit)
{
	uint64		subject_share = authz_subject_cache_count();
	uint64		resource_share = authz_pool_count();
	uint64		considered_subjects = 0;
	uint64		considered_resources = 0;

	authz_validity_bump_epoch();
	while ((accounted() > EVICT_TO(limit) || authz_pool_count() > EVICT_TO(AUTHZ_POOL_MAX)) &&
		   (authz_subject_cache_count() > 0 || authz_pool_count() > 0))
	{
		if (authz_pool_count() > 0 &&
			(authz_subject_cache_count() == 0 ||
			 considered_resources * subject_share <= considered_subjects * resource_share))
		{
			authz_pool_sweep();
			considered_resources++;
			continue;
		}
		authz_subject_cache_sweep();
		considered_subjects++;
	}
}

void
authz_cache_keep_decision(const AuthzMemoKey *key, int64 id, uint32 set)
{
	authz_memo_add(authz_cache_memory(), memo_limit(), key, id, set);
}
