/*
 * entry_point.h
 *	  Entry points of the management functions.  See entry_point.c.
 */
#ifndef AUTHZ_ENTRY_POINT_H
#define AUTHZ_ENTRY_POINT_H

#include "fmgr.h"

/*
 * Calls the implementation of authz.f(...): authz_internal.f(...), with the
 * arguments of fcinfo.
 */
extern Datum authz_entry_point_call_implementation(FunctionCallInfo fcinfo);

/* The name of the function that was called, for messages: authz.f. */
extern char *authz_entry_point_name(FunctionCallInfo fcinfo);

#endif							/* AUTHZ_ENTRY_POINT_H */
