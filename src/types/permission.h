/*
 * permission.h
 *	  The type authz.permission: a text value that is a well-formed permission
 *	  name.  Its bytes are read as those of text.
 */
#ifndef AUTHZ_PERMISSION_H
#define AUTHZ_PERMISSION_H

#include "nodes/nodes.h"

#include "types/grammar.h"

extern bool authz_permission_validate(const char *str, size_t len, int sqlstate, Node *escontext);

#endif							/* AUTHZ_PERMISSION_H */
