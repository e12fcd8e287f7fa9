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
		int64		slot;

		if (!authz_subject_may_hold(subject, chain[i], resource->type))
			continue;
		slot = authz_grant_slot(subject, chain[i]);
		if (slot >= 0 &&
			authz_set_has(authz_model_set(authz_grant_effective(subject, slot)), permission))
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
		int64		slot = authz_grant_slot(subject, authz_resource_chain(resource)[i]);

		if (slot >= 0)
			set = authz_model_union(set, authz_grant_effective(subject, slot));
	}
	return set;
}

/* The same with permissions that are only planned. */
uint32
authz_resolve_listed(const AuthzSubject *subject, const AuthzResource *resource)
{
	uint32		set = AUTHZ_EMPTY_SET;

	for (int i = 0; resource != NULL && i < resource->nchain; i++)
	{
		int64		slot = authz_grant_slot(subject, authz_resource_chain(resource)[i]);

		if (slot >= 0)
			set = authz_model_union(set, subject->listed[slot]);
	}
	return set;
}
