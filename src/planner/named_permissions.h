/*
 * named_permissions.h
 *	  Permissions that calls name as constants.  See named_permissions.c.
 */
#ifndef AUTHZ_NAMED_PERMISSIONS_H
#define AUTHZ_NAMED_PERMISSIONS_H

#include "nodes/primnodes.h"

/*
 * The argument that is called permission or permissions, or NULL.  Its type does not
 * tell it: subjects and ids may be texts as well.
 */
extern Node *authz_permission_argument(FuncExpr *call);

#endif							/* AUTHZ_NAMED_PERMISSIONS_H */
