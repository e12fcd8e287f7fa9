/*
 * index_paths.h
 *	  Revision of the index paths that use has_permission().  See
 *	  index_paths.c.
 */
#ifndef AUTHZ_INDEX_PATHS_H
#define AUTHZ_INDEX_PATHS_H

#include "nodes/pathnodes.h"

extern void authz_index_paths_init(void);
extern bool authz_index_paths_take_array(IndexOptInfo *index);

#endif							/* AUTHZ_INDEX_PATHS_H */
