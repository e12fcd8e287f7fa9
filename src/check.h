/*
 * check.h
 *	  What the SQL entry points that ask have in common.
 */
#ifndef AUTHZ_CHECK_H
#define AUTHZ_CHECK_H

#include "fmgr.h"

#include "fill.h"

/* has_permission(permission, id) and has_permission(subject, permission, id) */
extern PGDLLEXPORT Datum authz_has_permission(PG_FUNCTION_ARGS);
extern PGDLLEXPORT Datum authz_has_permission_subject(PG_FUNCTION_ARGS);

extern bool authz_has_permission_too(FunctionCallInfo fcinfo);

/* Who a question is about: the current subject, or a named one. */
extern AuthzSubject *authz_ask_current(AuthzFill *fill);
extern AuthzSubject *authz_ask_subject(AuthzFill *fill, Datum subject);

/* The resource that a value of type authz.resource names; NULL: none such. */
extern AuthzResource *authz_ask_resource(AuthzFill *fill, Datum resource);

#endif							/* AUTHZ_CHECK_H */
