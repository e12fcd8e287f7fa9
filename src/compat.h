/*
 * compat.h
 *	  What differs between the supported PostgreSQL releases (15 to 18).  This
 *	  is the only file that tests PG_VERSION_NUM.
 */
#ifndef AUTHZ_COMPAT_H
#define AUTHZ_COMPAT_H

#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#include "varatt.h"				/* before, a part of postgres.h */
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

/* Indexes that only summarize blocks can be told from the rest since 16. */
#if PG_VERSION_NUM >= 160000
#define authz_insert_index_tuples(result_rel, slot, estate) \
	ExecInsertIndexTuples((result_rel), (slot), (estate), false, false, NULL, NIL, false)
#else
#define authz_insert_index_tuples(result_rel, slot, estate) \
	ExecInsertIndexTuples((result_rel), (slot), (estate), false, false, NULL, NIL)
#endif

/*
 * Before 18, functions that do not return were marked at the end of their
 * declaration.
 */
#ifndef pg_noreturn
#define pg_noreturn __attribute__((noreturn))
#endif

/* Index scans can be instrumented since 18. */
#if PG_VERSION_NUM >= 180000
#define authz_index_beginscan(table, index, snapshot, nkeys) \
	index_beginscan((table), (index), (snapshot), NULL, (nkeys), 0)
#else
#define authz_index_beginscan(table, index, snapshot, nkeys) \
	index_beginscan((table), (index), (snapshot), (nkeys), 0)
#endif

/* The callbacks of the JSON parser return a result since 16. */
#if PG_VERSION_NUM >= 160000
#define AuthzJsonResult JsonParseErrorType
#define AUTHZ_JSON_RETURN return JSON_SUCCESS
#else
#define AuthzJsonResult void
#define AUTHZ_JSON_RETURN return
#endif

/* A lexer over text in the encoding of the database, with escapes resolved. */
#if PG_VERSION_NUM >= 170000
#define authz_json_lexer(text, len) \
	makeJsonLexContextCstringLen(NULL, (text), (len), GetDatabaseEncoding(), true)
#else
#define authz_json_lexer(text, len) \
	makeJsonLexContextCstringLen(unconstify(char *, (text)), (len), GetDatabaseEncoding(), true)
#endif

/*
 * One function checks the privileges, and one the owner, of all kinds of
 * objects since 16.
 */
#if PG_VERSION_NUM >= 160000
#define authz_may_execute(function) \
	(object_aclcheck(ProcedureRelationId, (function), GetUserId(), ACL_EXECUTE) == ACLCHECK_OK)
#define authz_owns_table(table) \
	object_ownercheck(RelationRelationId, (table), GetUserId())
#else
#define authz_may_execute(function) \
	(pg_proc_aclcheck((function), GetUserId(), ACL_EXECUTE) == ACLCHECK_OK)
#define authz_owns_table(table) \
	pg_class_ownercheck((table), GetUserId())
#endif

#endif							/* AUTHZ_COMPAT_H */
