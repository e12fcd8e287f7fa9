/*
 * cache.c
 *	  All caches of a backend together: the start of a question, memory, and
 *	  eviction.
 *
 * Out of memory.  Entries are complete before they are published, but a hash
 * table of lib/simplehash.h that grows has its new size before it has the
 * memory for it.  So every insertion is between authz_cache_may_grow() and
 * authz_cache_has_grown(); an error leaves the flag set, and the next question
 * starts with empty caches.
 *
 * Memory.  There is one memory context.  When authz.cache_size is exceeded,
 * subjects and resources are evicted, the oldest first, with a second
 * chance for those that have been used.  Permissions, roles and sets are shared by them and are freed only
 * together with everything else.  Memory is freed only at the start of a
 * question, or when an entry is replaced.
 */
#include "postgres.h"

#include "utils/inval.h"
#include "utils/memutils.h"

#include "cache/cache.h"
#include "cache/strict_lock.h"
#include "cache/validity.h"
#include "session/settings.h"
#include "tables/tables.h"

/*
 * Eviction goes below the limit by this much, so that not every call has to
 * evict.
 */
#define EVICTION_TARGET(limit) ((limit) - (limit) / 8)

/*
 * A freed chunk can be used again only for chunks of the same size.  When this
 * waste, or memory that is not accounted for, exceeds the limit, all caches
 * are emptied.
 */
#define MAX_WASTE (2 * 1024 * 1024)

/* Resources that one question may add before the next authz_cache_begin(). */
#define ROOM_FOR_QUESTION 65536

static bool growing = false;	/* a hash table may be about to allocate, or
								 * an error interrupted it */

static MemoryContext memory = NULL;

static void reset_caches(void);
static Size decision_cache_limit(void);
static Size get_accounted_bytes(void);
static void evict_entries(Size limit);

void
authz_cache_begin(void)
{
	Size		limit = (Size) authz_setting_cache_size * 1024;

	AcceptInvalidationMessages();
	authz_tables_resolve();

	if (authz_validity_reset_is_pending() || growing)
		reset_caches();
	if (!authz_tables_announce_changes() || (authz_setting_strict && !authz_strict_lock_is_free()))
		authz_validity_raise_floor();
	else if (authz_setting_strict)
	{
		/*
		 * A writer that has released the lock had announced its changes
		 * before.
		 */
		AcceptInvalidationMessages();
		authz_tables_resolve();
		if (authz_validity_reset_is_pending())
			reset_caches();
	}

	if (authz_decision_cache_bytes() > decision_cache_limit())
		authz_decision_cache_free();	/* authz.cache_size has been reduced */
	if ((get_accounted_bytes() > limit && authz_role_cache_bytes() <= limit / 2) ||
		authz_resource_cache_count() > AUTHZ_RESOURCE_CACHE_MAX - ROOM_FOR_QUESTION)
		evict_entries(limit);
	/* Roles cannot be evicted one by one. */
	if (memory != NULL && (authz_role_cache_bytes() > limit / 2 ||
						   MemoryContextMemAllocated(memory, false) > limit + MAX_WASTE))
		reset_caches();
}

/*
 * May a call site keep what a question has found, and answer the next calls
 * without authz_cache_begin()?  Strict mode tries the lock at each call.
 */
bool
authz_cache_may_keep(void)
{
	return !authz_validity_reset_is_pending() && !authz_setting_strict && authz_tables_announce_changes();
}

MemoryContext
authz_cache_memory(void)
{
	if (memory == NULL)
		memory = AllocSetContextCreate(CacheMemoryContext, "authz cache",
									   0, 8 * 1024, 256 * 1024);
	if (!authz_subject_cache_is_open())
	{
		authz_role_cache_begin(memory);
		authz_subject_cache_begin(memory);
	}
	return memory;
}

/* Empty all caches. */
static void
reset_caches(void)
{
	if (memory != NULL)
		MemoryContextReset(memory);
	authz_role_cache_forget();
	authz_resource_cache_forget();
	authz_decision_cache_forget();
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

/* The share of authz.cache_size that the decision cache may use. */
static Size
decision_cache_limit(void)
{
	return (Size) authz_setting_cache_size * 1024 / 4;
}

static Size
get_accounted_bytes(void)
{
	return authz_role_cache_bytes() + authz_subject_cache_bytes() + authz_resource_cache_bytes() + authz_decision_cache_bytes();
}

/*
 * Evict subjects and resources in turn, in proportion to their numbers, until
 * the caches are below the limit.
 */
static void
evict_entries(Size limit)
{
	uint64		subject_share = authz_subject_cache_count();
	uint64		resource_share = authz_resource_cache_count();
	uint64		considered_subjects = 0;
	uint64		considered_resources = 0;

	authz_validity_bump_epoch();
	while ((get_accounted_bytes() > EVICTION_TARGET(limit) || authz_resource_cache_count() > EVICTION_TARGET(AUTHZ_RESOURCE_CACHE_MAX)) &&
		   (authz_subject_cache_count() > 0 || authz_resource_cache_count() > 0))
	{
		if (authz_resource_cache_count() > 0 &&
			(authz_subject_cache_count() == 0 ||
			 considered_resources * subject_share <= considered_subjects * resource_share))
		{
			authz_resource_cache_evict_next();
			considered_resources++;
			continue;
		}
		authz_subject_cache_evict_next();
		considered_subjects++;
	}
}

void
authz_cache_keep_decision(const AuthzDecisionKey *key, int64 id, uint32 set)
{
	authz_decision_cache_add(authz_cache_memory(), decision_cache_limit(), key, id, set);
}
