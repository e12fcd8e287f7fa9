/*
 * ids.h
 *	  A growing vector of keys of rows.
 */
#ifndef AUTHZ_IDS_H
#define AUTHZ_IDS_H

/* In the memory context that is current at the first addition. */
typedef struct AuthzIds
{
	int64	   *values;
	size_t		count;
	size_t		allocated;
} AuthzIds;

extern void authz_ids_add(AuthzIds *ids, int64 id);

/* False if it is there already.  It looks at all of them: for short vectors. */
extern bool authz_ids_add_once(AuthzIds *ids, int64 id);

#endif							/* AUTHZ_IDS_H */
