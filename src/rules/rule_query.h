/*
 * rule_query.h
 *	  Queries of the rules, and arrays of ids for them.  See rule_query.c.
 */
#ifndef AUTHZ_RULE_QUERY_H
#define AUTHZ_RULE_QUERY_H

#include "executor/spi.h"

#include "session/caller.h"
#include "tables/id_list.h"

#define AUTHZ_RULE_QUERY_ARGS 5

/* From so many keys on, a custom plan pays. */
#define AUTHZ_RULE_QUERY_MANY 500

/*
 * A query and its plans, in static storage: the definition gives the text and
 * the argument types; the plans are made at first use and kept for the
 * session.
 */
typedef struct AuthzRuleQuery
{
	const char *sql;
	int			nargs;
	Oid			argtypes[AUTHZ_RULE_QUERY_ARGS];
	SPIPlanPtr	generic;		/* for few keys */
	SPIPlanPtr	custom;			/* for many keys */
} AuthzRuleQuery;

/* The identity and search_path to restore. */
typedef struct AuthzRuleQueryContext
{
	AuthzIdentity identity;
	int			guc_nestlevel;	/* 0: search_path needed no change */
} AuthzRuleQueryContext;

extern void authz_rule_query_begin(Oid owner, AuthzRuleQueryContext *saved);
extern void authz_rule_query_end(const AuthzRuleQueryContext *saved);

/*
 * Each executes a query and returns the number of rows; SPI_tuptable has those
 * of a read.
 */
extern uint64 authz_rule_query_read(AuthzRuleQuery *query, Datum *args, size_t keys, long limit);
extern uint64 authz_rule_query_lock(AuthzRuleQuery *query, Datum *args, size_t keys);
extern uint64 authz_rule_query_write(AuthzRuleQuery *query, Datum *args, size_t keys);

/* Column number (from 1) of a row of the last read; NULL for null. */
extern char *authz_rule_query_text(uint64 row, int column);

extern void authz_rule_query_read_ids(AuthzIdList *ids, int column);
extern Datum authz_rule_query_make_ids_array(const AuthzIdList *ids);

#endif							/* AUTHZ_RULE_QUERY_H */
