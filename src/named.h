/*
 * named.h
 *	  Permissions that calls name as constants.  See named.c.
 */
#ifndef AUTHZ_NAMED_H
#define AUTHZ_NAMED_H

#include "nodes/primnodes.h"

/*
 * The argument that is called permission or permissions, or NULL.  Its type does not
 * tell it: subjects and ids may be texts as well.
 */
extern Node *authz_permission_argument(FuncExpr *call);

#endif							/* AUTHZ_NAMED_H */
