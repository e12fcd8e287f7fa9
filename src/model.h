/*
 * model.h
 *	  What a backend remembers of the model itself.  See model.c.
 */
#ifndef AUTHZ_MODEL_H
#define AUTHZ_MODEL_H

/* A set of permissions, by their numbers in this backend.  Equal sets are one. */
typedef struct AuthzSet
{
	uint32		number;			/* in the list of sets */
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
	uint64		built;			/* generation */
} AuthzPermission;

typedef struct AuthzType
{
	char	   *name;
	int			name_len;
	int			parent;			/* number of the parent type, -1 for none */
	uint64		built;			/* generation */
} AuthzType;

/* What an entry was built from, and whether it still holds. */
typedef struct AuthzValidity
{
	uint64		built;			/* generation before its snapshot was taken */
	Oid		   *keys;			/* what it depends on, see invalidate.h */
	int			nkeys;
	uint64		checked;		/* generation at which it was last found good */
} AuthzValidity;

typedef struct AuthzRole
{
	int64		id;
	AuthzValidity validity;
	uint32		effective;		/* set of what it grants now */
	uint32		including_planned;	/* the same with planned permissions */
} AuthzRole;

extern void authz_model_begin(MemoryContext context);
extern void authz_model_forget(void);
extern Size authz_model_bytes(void);

extern AuthzPermission *authz_model_find_permission(const char *name, int len);
extern AuthzPermission *authz_model_add_permission(const char *name, int len, int type,
												   bool effective);
extern AuthzPermission *authz_model_permission(int number);
extern int	authz_model_permission_count(void);
extern int	authz_model_find_type(const char *name, int len);
extern int	authz_model_add_type(const char *name, int len, int parent);
extern AuthzType *authz_model_type(int number);
extern int	authz_model_type_count(void);
extern AuthzRole *authz_model_find_role(int64 id);
extern AuthzRole *authz_model_add_role(int64 id, uint64 built, const Oid *keys, int nkeys);

extern AuthzSet **authz_model_sets;
extern uint32 authz_model_intern(const uint64 *words, int nwords);
extern uint32 authz_model_union(uint32 a, uint32 b);
extern uint32 authz_model_set_count(void);

static inline const AuthzSet *
authz_model_set(uint32 number)
{
	return authz_model_sets[number];
}

static inline bool
authz_set_has(const AuthzSet *set, int permission)
{
	int			word = permission >> 6;

	return word < set->nwords && (set->words[word] >> (permission & 63)) & 1;
}

#endif							/* AUTHZ_MODEL_H */
