/*
 * resolve.c
 *	  The decision: pure functions over cached data.
 *
 * What a subject may do on a resource is the union, over the resource and its
 * ancestors, of what the subject holds there through all its principals.  The
 * principals, the live assignments, and what their roles hold are already
 * together in AuthzSubject (fill.c), so all that is left is to walk up the
 * resource's chain.
 *
 * A permission belongs to one resource type and is only ever asked of a
 * resource of that type, so the sets need no filter by type here: a permission
 * of organizations that a role carries is simply never asked of a project.
 */
#include "postgres.h"

#include "resolve.h"

/*
 * A resource that does not exist may be given as NULL: the answer is no.  The
 * permission is one of the resource's type.
 */
bool
authz_resolve_has(const AuthzSubject *subject, const AuthzResource *resource, int permission)
{
	const int64 *chain;

	if (resource == NULL)
		return false;
	chain = authz_resource_chain(resource);
	for (int i = 0; i < resource->nchain; i++)
	{
		const AuthzGrant *grant = authz_find_grant(subject, chain[i]);

		if (grant != NULL && authz_set_has(authz_model_set(grant->effective), permission))
			return true;
	}
	return false;
}

/* The set of everything that the subject may do there, by number. */
uint32
authz_resolve_effective(const AuthzSubject *subject, const AuthzResource *resource)
{
	uint32		set = AUTHZ_EMPTY_SET;

	for (int i = 0; resource != NULL && i < resource->nchain; i++)
	{
		const AuthzGrant *grant = authz_find_grant(subject, authz_resource_chain(resource)[i]);

		if (grant != NULL)
			set = authz_model_union(set, grant->effective);
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
		const AuthzGrant *grant = authz_find_grant(subject, authz_resource_chain(resource)[i]);

		if (grant != NULL)
			set = authz_model_union(set, grant->including_planned);
	}
	return set;
}
