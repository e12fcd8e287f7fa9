/*
 * check.h
 *	  What the SQL entry points that ask have in common.
 */
#ifndef AUTHZ_CHECK_H
#define AUTHZ_CHECK_H

#include "fmgr.h"

#include "fill.h"

/* Who a question is about: the current subject, or a named one. */
extern AuthzSubject *authz_ask_current(AuthzFill *fill);
extern AuthzSubject *authz_ask_subject(AuthzFill *fill, Datum subject);

/* The resource that a value of type authz.resource names; NULL: none such. */
extern AuthzResource *authz_ask_resource(AuthzFill *fill, Datum resource);

#endif							/* AUTHZ_CHECK_H */
