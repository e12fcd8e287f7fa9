/*
 * id_list.h
 *	  A growing array of row ids.
 */
#ifndef AUTHZ_ID_LIST_H
#define AUTHZ_ID_LIST_H

/*
 * The values are in the memory context that is current at the first addition.
 */
typedef struct AuthzIdList
{
	int64	   *values;
	size_t		count;
	size_t		allocated;

	/* of authz_id_list_add_once(); see id_list.c */
	struct idset_hash *set;
	size_t		in_set;			/* how many of the values it has, from the
								 * first on */
} AuthzIdList;

extern void authz_id_list_add(AuthzIdList *ids, int64 id);

/* Returns false if the id is in the array already. */
extern bool authz_id_list_add_once(AuthzIdList *ids, int64 id);
extern bool authz_id_list_contains(AuthzIdList *ids, int64 id);

#endif							/* AUTHZ_ID_LIST_H */
