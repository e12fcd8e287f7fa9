/*
 * cache.h
 *	  All caches of a backend together: the start of a question, and memory.
 *	  See cache.c; validity.c has the theory.
 */
#ifndef AUTHZ_CACHE_H
#define AUTHZ_CACHE_H

#include "cache/decision_cache.h"
#include "cache/resource_cache.h"
#include "cache/role_cache.h"
#include "cache/subject_cache.h"
#include "cache/validity.h"

/*
 * Start a question: accept what other backends have announced, drop what must
 * be dropped, evict down to the limit.  Pointers into the cache are good until
 * the next call.
 */
extern void authz_cache_begin(void);
extern bool authz_cache_may_keep(void);
extern void authz_cache_keep_decision(const AuthzDecisionKey *key, int64 id, uint32 set);

extern MemoryContext authz_cache_memory(void);

/*
 * Around an insertion into a hash table of lib/simplehash.h: see "Out of
 * memory" in cache.c.
 */
extern void authz_cache_may_grow(void);
extern void authz_cache_has_grown(void);

#endif							/* AUTHZ_CACHE_H */
