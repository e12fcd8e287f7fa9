/*
 * has_permission.h
 *	  Loading of the arguments that the SQL functions about permissions have in
 *	  common.
 */
#ifndef AUTHZ_HAS_PERMISSION_H
#define AUTHZ_HAS_PERMISSION_H

#include "fmgr.h"

#include "cache/load.h"

/* The subject of a question: the current subject, or a named one. */
extern AuthzSubject *authz_load_current_subject(AuthzLoad *load);
extern AuthzSubject *authz_load_subject_datum(AuthzLoad *load, Datum subject);

/*
 * The resource that a value of type authz.resource names; NULL if there is
 * none.
 */
extern AuthzResource *authz_load_resource_datum(AuthzLoad *load, Datum resource);

#endif							/* AUTHZ_HAS_PERMISSION_H */
