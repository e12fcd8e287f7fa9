/*
 * role_cache.h
 *	  Role cache: permissions, resource types, roles, and sets of permissions.
 *	  See role_cache.c.
 */
#ifndef AUTHZ_ROLE_CACHE_H
#define AUTHZ_ROLE_CACHE_H

#include "cache/validity.h"

/*
 * A set of permissions, by their numbers in this backend.  Equal sets have one
 * object and one number.
 */
typedef struct AuthzSet
{
	uint32		number;			/* index in authz_role_cache_sets */
	uint32		hash;
	int			nwords;			/* no trailing zero words */
	uint64		words[FLEXIBLE_ARRAY_MEMBER];
} AuthzSet;

#define AUTHZ_EMPTY_SET 0

typedef struct AuthzPermission
{
	char	   *name;
	int			name_len;
	uint32		hash;
	bool		effective;		/* not merely planned */
	int			number;			/* its bit in every AuthzSet */
	int			type;			/* number of its resource type */
	uint64		built;			/* generation before its snapshot was taken */
} AuthzPermission;

typedef struct AuthzType
{
	char	   *name;
	int			name_len;
	uint64		built;			/* generation before its snapshot was taken */
} AuthzType;

typedef struct AuthzRole
{
	int64		id;
	AuthzValidity validity;
	uint32		effective;		/* number of the set of its permissions */
	uint32		including_planned;	/* the same with planned permissions */
} AuthzRole;

extern void authz_role_cache_begin(MemoryContext context);
extern void authz_role_cache_forget(void);
extern Size authz_role_cache_bytes(void);

extern AuthzPermission *authz_role_cache_find_permission(const char *name, int len);
extern AuthzPermission *authz_role_cache_add_permission(const char *name, int len, int type,
														bool effective);
extern AuthzPermission *authz_role_cache_permission(int number);
extern int	authz_role_cache_permission_count(void);
extern int	authz_role_cache_find_type(const char *name, int len);
extern int	authz_role_cache_add_type(const char *name, int len);
extern AuthzType *authz_role_cache_type(int number);
extern int	authz_role_cache_type_count(void);
extern AuthzRole *authz_role_cache_find_role(int64 id);
extern AuthzRole *authz_role_cache_add_role(int64 id, uint64 built, const Oid *keys, int nkeys);

extern AuthzSet **authz_role_cache_sets;
extern uint32 authz_role_cache_intern_set(const uint64 *words, int nwords);
extern uint32 authz_role_cache_unite_sets(uint32 a, uint32 b);
extern uint32 authz_role_cache_set_count(void);

static inline const AuthzSet *
authz_role_cache_set(uint32 number)
{
	return authz_role_cache_sets[number];
}

static inline bool
authz_role_cache_set_has(const AuthzSet *set, int permission)
{
	int			word = permission >> 6;

	return word < set->nwords && (set->words[word] >> (permission & 63)) & 1;
}

#endif							/* AUTHZ_ROLE_CACHE_H */
