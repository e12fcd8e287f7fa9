/*
 * bitmap_paths.h
 *	  A second look at a table's indexes, for bitmap scans: see bitmap_paths.c.
 */
#ifndef AUTHZ_BITMAP_PATHS_H
#define AUTHZ_BITMAP_PATHS_H

#include "nodes/pathnodes.h"

extern void authz_bitmap_paths_init(void);
extern bool authz_bitmap_paths_take_array(IndexOptInfo *index);

#endif							/* AUTHZ_BITMAP_PATHS_H */
