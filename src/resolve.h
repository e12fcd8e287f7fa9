/*
 * resolve.h
 *	  The decision.  See resolve.c.
 */
#ifndef AUTHZ_RESOLVE_H
#define AUTHZ_RESOLVE_H

#include "cache.h"

extern bool authz_resolve_has(const AuthzSubject *subject, const AuthzResource *resource,
							  int permission);
extern uint32 authz_resolve_effective(const AuthzSubject *subject, const AuthzResource *resource);
extern uint32 authz_resolve_including_planned(const AuthzSubject *subject, const AuthzResource *resource);

#endif							/* AUTHZ_RESOLVE_H */
