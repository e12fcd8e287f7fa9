/*
 * resolve.c
 *	  The decision: pure functions over cache entries.
 *
 * What a subject may do on a resource is the union, over the resource and its
 * ancestors, of what the subject has there through all its principals.
 * AuthzSubject already combines the principals, the live assignments and the
 * permissions of their roles (load.c), so that a decision only walks up the
 * resource's chain.
 *
 * A permission belongs to one resource type and is only asked of a resource of
 * that type, so the sets need no filter by type here: a permission of
 * organizations that a role has is never asked of a project.
 */
#include "postgres.h"

#include "decision/resolve.h"

/*
 * May the subject do this on the resource?  A resource that does not exist may
 * be given as NULL: the answer is no.  The permission is one of the resource's
 * type.
 */
bool
authz_resolve_has(const AuthzSubject *subject, const AuthzResource *resource, int permission)
{
	const int64 *chain;

	if (resource == NULL)
		return false;
	chain = authz_resource_cache_chain(resource);
	for (int i = 0; i < resource->nchain; i++)
	{
		const AuthzGrant *grant = authz_subject_cache_find_grant(subject, chain[i]);

		if (grant != NULL && authz_role_cache_set_has(authz_role_cache_set(grant->effective), permission))
			return true;
	}
	return false;
}

/*
 * The number of the set of everything that the subject may do on the resource.
 */
uint32
authz_resolve_effective(const AuthzSubject *subject, const AuthzResource *resource)
{
	uint32		set = AUTHZ_EMPTY_SET;

	for (int i = 0; resource != NULL && i < resource->nchain; i++)
	{
		const AuthzGrant *grant = authz_subject_cache_find_grant(subject, authz_resource_cache_chain(resource)[i]);

		if (grant != NULL)
			set = authz_role_cache_unite_sets(set, grant->effective);
	}
	return set;
}

/* The same with permissions that are only planned. */
uint32
authz_resolve_including_planned(const AuthzSubject *subject, const AuthzResource *resource)
{
	uint32		set = AUTHZ_EMPTY_SET;

	for (int i = 0; resource != NULL && i < resource->nchain; i++)
	{
		const AuthzGrant *grant = authz_subject_cache_find_grant(subject, authz_resource_cache_chain(resource)[i]);

		if (grant != NULL)
			set = authz_role_cache_unite_sets(set, grant->including_planned);
	}
	return set;
}
