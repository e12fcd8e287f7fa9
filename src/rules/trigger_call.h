/*
 * trigger_call.h
 *	  Validation of the call of a trigger function.  See trigger_call.c.
 */
#ifndef AUTHZ_TRIGGER_CALL_H
#define AUTHZ_TRIGGER_CALL_H

#include "commands/trigger.h"
#include "fmgr.h"

#include "tables/tables.h"

/*
 * When a trigger function may fire: combine one of each line; events may be
 * several.
 */
#define AUTHZ_FIRES_BEFORE		0x0001
#define AUTHZ_FIRES_AFTER		0x0002

#define AUTHZ_FIRES_ROW			0x0004
#define AUTHZ_FIRES_STATEMENT	0x0008

#define AUTHZ_FIRES_INSERT		0x0010
#define AUTHZ_FIRES_UPDATE		0x0020
#define AUTHZ_FIRES_DELETE		0x0040
#define AUTHZ_FIRES_TRUNCATE	0x0080

/*
 * The function reads transition tables: OLD TABLE and NEW TABLE, as far as the
 * event has them.
 */
#define AUTHZ_READS_ROWS		0x0100

/*
 * The trigger data of a call, an error if the function was not called as a
 * trigger; and whether the trigger fires as the function requires.
 */
extern TriggerData *authz_trigger_call_data(FunctionCallInfo fcinfo, const char *function);
extern bool authz_trigger_call_fires(TriggerData *trigger, int fires);

/*
 * Does logical replication write the row?  Not what is written within a
 * trigger that it has fired.
 */
extern bool authz_trigger_call_is_applied(void);

/*
 * The trigger that called one of our functions, on one of the tables in the
 * set; otherwise an error.
 */
extern TriggerData *authz_trigger_call_begin(FunctionCallInfo fcinfo, const char *function, int fires,
											 uint32 tables, AuthzTable *table);

#endif							/* AUTHZ_TRIGGER_CALL_H */
