/*
 * id_list.h
 *	  A growing array of row ids.
 */
#ifndef AUTHZ_ID_LIST_H
#define AUTHZ_ID_LIST_H

/*
 * The values are in the memory context that is current at the first addition.
 */
typedef struct AuthzIds
{
	int64	   *values;
	size_t		count;
	size_t		allocated;

	/* of authz_ids_add_once(); see id_list.c */
	struct idset_hash *set;
	size_t		in_set;			/* how many of the values it has, from the
								 * first on */
} AuthzIds;

extern void authz_ids_add(AuthzIds *ids, int64 id);

/* Returns false if the id is in the array already. */
extern bool authz_ids_add_once(AuthzIds *ids, int64 id);

#endif							/* AUTHZ_ID_LIST_H */
