/*
 * named_permissions.h
 *	  Finds the permissions that calls name as constants.  See
 *	  named_permissions.c.
 */
#ifndef AUTHZ_NAMED_PERMISSIONS_H
#define AUTHZ_NAMED_PERMISSIONS_H

#include "nodes/primnodes.h"

/*
 * The argument that is called permission or permissions, or NULL.  Its type
 * does not identify it: subjects and ids may be texts as well.
 */
extern Node *authz_named_permissions_find_argument(FuncExpr *call);

#endif							/* AUTHZ_NAMED_PERMISSIONS_H */
