/*
 * trigger_call.h
 *	  What all trigger functions verify first.  See trigger_call.c.
 */
#ifndef AUTHZ_TRIGGER_CALL_H
#define AUTHZ_TRIGGER_CALL_H

#include "commands/trigger.h"
#include "fmgr.h"

#include "tables/tables.h"

/* When a trigger function may fire: combine one of each line; events may be several. */
#define AUTHZ_FIRES_BEFORE		0x0001
#define AUTHZ_FIRES_AFTER		0x0002

#define AUTHZ_FIRES_ROW			0x0004
#define AUTHZ_FIRES_STATEMENT	0x0008

#define AUTHZ_FIRES_INSERT		0x0010
#define AUTHZ_FIRES_UPDATE		0x0020
#define AUTHZ_FIRES_DELETE		0x0040
#define AUTHZ_FIRES_TRUNCATE	0x0080

/* It reads transition tables: OLD TABLE and NEW TABLE, as far as the event has them. */
#define AUTHZ_READS_ROWS		0x0100

/* May the function fire like this?  function: its name, for the error if it was called otherwise. */
extern TriggerData *authz_trigger_data(FunctionCallInfo fcinfo, const char *function);
extern bool authz_trigger_fires(TriggerData *trigger, int fires);

/*
 * Is it logical replication that writes the row?  Within a trigger that it has fired,
 * whatever else is written is not.
 */
extern bool authz_trigger_is_applied(void);

/*
 * The trigger that a function of ours was called by, on one of the tables in the
 * set; otherwise an error.
 */
extern TriggerData *authz_trigger_begin(FunctionCallInfo fcinfo, const char *function, int fires,
										uint32 tables, AuthzTable *table);

#endif							/* AUTHZ_TRIGGER_CALL_H */
