/*
 * trigger_call.c
 *	  Validation of the call of a trigger function, before anything else: that
 *	  it fires as a trigger, at a time and for an event that it is made for, on
 *	  a table of ours.
 *
 * A role that may execute a trigger function can use it in a trigger on a
 * table of its own, of any name and with any columns, and some of ours write
 * as the owner of the extension.  So the table is recognised by its OID, never
 * by its name.  Tables of applications have a function of their own (track.c).
 */
#include "postgres.h"

#include "replication/logicalworker.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"

#include "rules/trigger_call.h"

TriggerData *
authz_trigger_call_data(FunctionCallInfo fcinfo, const char *function)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("function \"%s\" was not called by trigger manager", function));
	return (TriggerData *) fcinfo->context;
}

bool
authz_trigger_call_fires(TriggerData *trigger, int fires)
{
	TriggerEvent event = trigger->tg_event;
	int			timing = TRIGGER_FIRED_BEFORE(event) ? AUTHZ_FIRES_BEFORE :
		TRIGGER_FIRED_AFTER(event) ? AUTHZ_FIRES_AFTER : 0;
	int			level = TRIGGER_FIRED_FOR_ROW(event) ? AUTHZ_FIRES_ROW : AUTHZ_FIRES_STATEMENT;
	int			kind = TRIGGER_FIRED_BY_INSERT(event) ? AUTHZ_FIRES_INSERT :
		TRIGGER_FIRED_BY_UPDATE(event) ? AUTHZ_FIRES_UPDATE :
		TRIGGER_FIRED_BY_DELETE(event) ? AUTHZ_FIRES_DELETE : AUTHZ_FIRES_TRUNCATE;

	if ((fires & timing) == 0 || (fires & level) == 0 || (fires & kind) == 0)
		return false;
	if ((fires & AUTHZ_READS_ROWS) == 0)
		return true;
	return (kind == AUTHZ_FIRES_INSERT || trigger->tg_oldtable != NULL) &&
		(kind == AUTHZ_FIRES_DELETE || trigger->tg_newtable != NULL);
}

bool
authz_trigger_call_is_applied(void)
{
	return IsLogicalWorker() && DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0)) <= 1;
}

TriggerData *
authz_trigger_call_begin(FunctionCallInfo fcinfo, const char *function, int fires,
						 uint32 tables, AuthzTable *table)
{
	TriggerData *trigger = authz_trigger_call_data(fcinfo, function);
	AuthzTable	found = authz_tables_identify(RelationGetRelid(trigger->tg_relation));

	if (found == AUTHZ_TABLE_COUNT || (tables & AUTHZ_TABLE_BIT(found)) == 0)
		ereport(ERROR,
				errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("trigger function \"%s\" is not for table \"%s\"", function,
					   RelationGetRelationName(trigger->tg_relation)),
				errdetail("It is a part of the extension \"%s\", for tables of its own.", "authz"));
	if (!authz_trigger_call_fires(trigger, fires))
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("trigger function \"%s\" is not for a trigger such as \"%s\"", function,
					   trigger->tg_trigger->tgname));
	if (table != NULL)
		*table = found;
	return trigger;
}
