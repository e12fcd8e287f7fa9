/*
 * compat.h
 *		What differs between the supported PostgreSQL releases (15 to 18).
 *		This is the only file that tests PG_VERSION_NUM.
 */
#ifndef AUTHZ_COMPAT_H
#define AUTHZ_COMPAT_H

#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#else

/*
 * Soft errors came with PostgreSQL 16.  Before, nobody passes an
 * ErrorSaveContext, and every error is a hard one.
 */
#define ereturn(context, dummy_value, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy_value; \
	} while (0)
#endif

/* Minor releases of 15 got these later than its first one. */
#ifndef palloc_array
#define palloc_array(type, count) \
	((type *) palloc(sizeof(type) * (count)))
#define repalloc_array(pointer, type, count) \
	((type *) repalloc(pointer, sizeof(type) * (count)))
#endif

#endif							/* AUTHZ_COMPAT_H */
