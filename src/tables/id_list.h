/*
 * id_list.h
 *	  A growing vector of keys of rows.
 */
#ifndef AUTHZ_ID_LIST_H
#define AUTHZ_ID_LIST_H

/* In the memory context that is current at the first addition. */
typedef struct AuthzIds
{
	int64	   *values;
	size_t		count;
	size_t		allocated;

	/* of authz_ids_add_once; see id_list.c */
	struct idset_hash *set;
	size_t		in_set;			/* of the values, from the first on */
} AuthzIds;

extern void authz_ids_add(AuthzIds *ids, int64 id);

/* False if it is there already. */
extern bool authz_ids_add_once(AuthzIds *ids, int64 id);

#endif							/* AUTHZ_ID_LIST_H */
