/*
 * growing_array.h
 *	  Arrays that grow: {items, count, max} in any struct.
 */
#ifndef AUTHZ_GROWING_ARRAY_H
#define AUTHZ_GROWING_ARRAY_H

#include "utils/memutils.h"

/* Make room for one more item, in the current memory context at the first. */
#define AUTHZ_MAKE_ROOM(list) \
	do { \
		if ((list)->count == (list)->max) \
		{ \
			Size		newmax = Max(16, (Size) (list)->max * 2); \
			if (newmax > PG_INT32_MAX) \
				ereport(ERROR, \
						errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), \
						errmsg("too many items in a list of authz")); \
			if ((list)->items == NULL) \
				(list)->items = palloc_extended(newmax * sizeof(*(list)->items), MCXT_ALLOC_HUGE); \
			else \
				(list)->items = repalloc_huge((list)->items, newmax * sizeof(*(list)->items)); \
			(list)->max = (int) newmax; \
		} \
	} while (0)

#endif							/* AUTHZ_GROWING_ARRAY_H */
