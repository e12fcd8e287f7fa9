/*
 * rule_query.h
 *	  Queries of the rules, and vectors of keys for them.  See rule_query.c.
 */
#ifndef AUTHZ_RULE_QUERY_H
#define AUTHZ_RULE_QUERY_H

#include "executor/spi.h"

#include "session/caller.h"
#include "tables/id_list.h"

#define AUTHZ_QUERY_ARGS 5

/* From so many keys on, a plan of its own pays. */
#define AUTHZ_QUERY_MANY 500

/*
 * A query and its plans.  Static storage: text and argument types are given,
 * the plans are made at first use and kept for the session.
 */
typedef struct AuthzQuery
{
	const char *sql;
	int			nargs;
	Oid			argtypes[AUTHZ_QUERY_ARGS];
	SPIPlanPtr	generic;		/* for few keys */
	SPIPlanPtr	custom;			/* for many keys */
} AuthzQuery;

/* Whose identity and search_path to return to. */
typedef struct AuthzQueryContext
{
	AuthzIdentity identity;
	int			guc_nestlevel;	/* 0: search_path was the right one already */
} AuthzQueryContext;

extern void authz_query_begin(Oid owner, AuthzQueryContext *saved);
extern void authz_query_end(const AuthzQueryContext *saved);

/* Each returns the number of rows; SPI_tuptable has those of a read. */
extern uint64 authz_query_read(AuthzQuery *query, Datum *args, size_t keys, long limit);
extern uint64 authz_query_lock(AuthzQuery *query, Datum *args, size_t keys);
extern uint64 authz_query_write(AuthzQuery *query, Datum *args, size_t keys);

/* Column number (from 1) of a row of the last read; NULL for null. */
extern char *authz_query_text(uint64 row, int column);

extern void authz_ids_read(AuthzIds *ids, int column);
extern Datum authz_ids_array(const AuthzIds *ids);

#endif							/* AUTHZ_RULE_QUERY_H */
