/*
 * audit_log.c
 *	  The audit log itself: adds entries, refuses every other change, purges.
 *
 * Entries are inserted into the table and its indexes directly, not by an
 * INSERT.  That keeps the log append-only: its trigger refuses every INSERT,
 * UPDATE, DELETE and TRUNCATE that a session sends, whichever role sends it,
 * and needs no secret to distinguish ours from theirs (a setting or the depth
 * of triggers would be such, and could be imitated).  It also saves the checks
 * of privileges, the executor and the parser for each entry.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "replication/logicalworker.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/xid8.h"

#include "audit/audit_log.h"
#include "compat.h"
#include "rules/trigger_call.h"
#include "session/caller.h"
#include "sync/restore.h"
#include "tables/tables.h"

/* Number of entries that are written together. */
#define BATCH 1000

struct AuthzAuditLogWriter
{
	Relation	log;
	Oid			sequence;		/* of the column id */
	EState	   *estate;
	ResultRelInfo *result_rel;
	BulkInsertState bulk;		/* NULL until a batch is full */
	MemoryContext context;		/* of the writer and the slots */
	MemoryContext entries;		/* what the slots point to, until they are
								 * written */
	int			count;			/* slots in use */
	int			allocated;
	TupleTableSlot *slots[BATCH];

	/* the same in every entry */
	Datum		at;
	Datum		transaction_id;
	Datum		actor;
	bool		actor_is_null;
	Datum		database_role;
	Datum		session_role;
};

static void set_column(TupleTableSlot *slot, AuthzColumn column, Datum value);
static void flush_entries(AuthzAuditLogWriter *writer);
static int64 remove_entries_before(TimestampTz before);
static void log_purge(TimestampTz before, int64 removed);

/*
 * Open the log for entries.  Everything belongs to the current memory context
 * and resource owner.
 */
AuthzAuditLogWriter *
authz_audit_log_begin(void)
{
	AuthzAuditLogWriter *writer = palloc0(sizeof(AuthzAuditLogWriter));
	const char *actor;
	int			actor_len;

	writer->context = CurrentMemoryContext;
	writer->log = table_open(authz_tables_oid(AUTHZ_AUDIT_LOG), RowExclusiveLock);
	authz_tables_resolve_columns(AUTHZ_AUDIT_LOG, writer->log);
	writer->sequence = get_relname_relid("audit_log_id_seq", RelationGetNamespace(writer->log));
	writer->estate = CreateExecutorState();
	writer->result_rel = makeNode(ResultRelInfo);
	InitResultRelInfo(writer->result_rel, writer->log, 0, NULL, 0);
	ExecOpenIndices(writer->result_rel, false);
	writer->entries = AllocSetContextCreate(CurrentMemoryContext, "authz audit entries",
											ALLOCSET_DEFAULT_SIZES);

	writer->at = TimestampTzGetDatum(GetCurrentTimestamp());
	writer->transaction_id = FullTransactionIdGetDatum(GetTopFullTransactionId());
	writer->actor_is_null = !authz_caller_subject(&actor, &actor_len);
	if (!writer->actor_is_null)
		writer->actor = PointerGetDatum(cstring_to_text_with_len(actor, actor_len));
	writer->database_role = CStringGetTextDatum(GetUserNameFromId(authz_caller_role(), false));
	writer->session_role = CStringGetTextDatum(GetUserNameFromId(GetSessionUserId(), false));
	return writer;
}

static void
set_column(TupleTableSlot *slot, AuthzColumn column, Datum value)
{
	AttrNumber	number = authz_column_numbers[column];

	slot->tts_values[number - 1] = value;
	slot->tts_isnull[number - 1] = false;
}

/* The memory context in which to build the values of the next entry. */
MemoryContext
authz_audit_log_entry_context(AuthzAuditLogWriter *writer)
{
	return writer->entries;
}

void
authz_audit_log_append(AuthzAuditLogWriter *writer, const char *event, text *object, Jsonb *old, Jsonb *new)
{
	MemoryContext caller = MemoryContextSwitchTo(writer->entries);
	TupleTableSlot *slot;

	if (writer->count == writer->allocated)
	{
		MemoryContextSwitchTo(writer->context);
		writer->slots[writer->allocated++] = table_slot_create(writer->log, NULL);
		MemoryContextSwitchTo(writer->entries);
	}
	slot = writer->slots[writer->count++];

	ExecClearTuple(slot);
	/* A column that somebody has added gets NULL. */
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts * sizeof(bool));
	set_column(slot, AUTHZ_COL_AUDIT_LOG_ID, Int64GetDatum(nextval_internal(writer->sequence, false)));
	set_column(slot, AUTHZ_COL_AUDIT_LOG_AT, writer->at);
	set_column(slot, AUTHZ_COL_AUDIT_LOG_TRANSACTION_ID, writer->transaction_id);
	set_column(slot, AUTHZ_COL_AUDIT_LOG_EVENT, CStringGetTextDatum(event));
	if (!writer->actor_is_null)
		set_column(slot, AUTHZ_COL_AUDIT_LOG_ACTOR, writer->actor);
	set_column(slot, AUTHZ_COL_AUDIT_LOG_DATABASE_ROLE, writer->database_role);
	set_column(slot, AUTHZ_COL_AUDIT_LOG_SESSION_ROLE, writer->session_role);
	set_column(slot, AUTHZ_COL_AUDIT_LOG_OBJECT, PointerGetDatum(object));
	if (old != NULL)
		set_column(slot, AUTHZ_COL_AUDIT_LOG_OLD, PointerGetDatum(old));
	if (new != NULL)
		set_column(slot, AUTHZ_COL_AUDIT_LOG_NEW, PointerGetDatum(new));
	ExecStoreVirtualTuple(slot);
	MemoryContextSwitchTo(caller);

	if (writer->count == BATCH)
		flush_entries(writer);
}

void
authz_audit_log_end(AuthzAuditLogWriter *writer)
{
	flush_entries(writer);
	if (writer->bulk != NULL)
		FreeBulkInsertState(writer->bulk);
	for (int i = 0; i < writer->allocated; i++)
		ExecDropSingleTupleTableSlot(writer->slots[i]);
	ExecCloseIndices(writer->result_rel);
	FreeExecutorState(writer->estate);
	MemoryContextDelete(writer->entries);
	/* The lock stays to the end of the transaction, as with any INSERT. */
	table_close(writer->log, NoLock);
	pfree(writer);
}

/* Write the collected entries to the table and its indexes. */
static void
flush_entries(AuthzAuditLogWriter *writer)
{
	CommandId	command = GetCurrentCommandId(true);
	MemoryContext caller;

	if (writer->count == 0)
		return;
	caller = MemoryContextSwitchTo(writer->context);
	if (writer->count == BATCH && writer->bulk == NULL)
		writer->bulk = GetBulkInsertState();

	MemoryContextSwitchTo(writer->entries);
	if (writer->count == 1)
		table_tuple_insert(writer->log, writer->slots[0], command, 0, writer->bulk);
	else
		table_multi_insert(writer->log, writer->slots, writer->count, command, 0, writer->bulk);
	MemoryContextSwitchTo(caller);

	for (int i = 0; i < writer->count; i++)
	{
		ResetPerTupleExprContext(writer->estate);
		authz_insert_index_tuples(writer->result_rel, writer->slots[i], writer->estate);
		ExecClearTuple(writer->slots[i]);
	}
	writer->count = 0;
	MemoryContextReset(writer->entries);
}

/*
 * authz_internal.keep_audit_log(): the trigger that makes the log append-only.
 *
 * Only two may add rows by INSERT or COPY, both of them rows that were written
 * as entries elsewhere: a worker of logical replication, and a restore.
 */
PG_FUNCTION_INFO_V1(authz_keep_audit_log);
Datum
authz_keep_audit_log(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = authz_trigger_call_begin(fcinfo, "authz_internal.keep_audit_log",
													 AUTHZ_FIRES_BEFORE | AUTHZ_FIRES_STATEMENT | AUTHZ_FIRES_INSERT |
													 AUTHZ_FIRES_UPDATE | AUTHZ_FIRES_DELETE | AUTHZ_FIRES_TRUNCATE,
													 AUTHZ_TABLE_BIT(AUTHZ_AUDIT_LOG), NULL);

	if (TRIGGER_FIRED_BY_INSERT(trigdata->tg_event) &&
		(IsLogicalWorker() || authz_restore_is_running(trigdata->tg_relation)))
		return PointerGetDatum(NULL);

	ereport(ERROR,
			errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			errmsg("the audit log is append-only"),
			errdetail("Entries are added by the changes that they describe, and nobody can add, change or remove one by a statement."),
			errhint("Administrators remove old entries with authz.purge_audit_log(before)."));
}

/*
 * authz.purge_audit_log(before): delete the entries from before that time and
 * add one about it.
 */
PG_FUNCTION_INFO_V1(authz_purge_audit_log);
Datum
authz_purge_audit_log(PG_FUNCTION_ARGS)
{
	TimestampTz before = PG_GETARG_TIMESTAMPTZ(0);
	int64		removed;

	authz_caller_refuse_restricted("authz.purge_audit_log");
	if (!authz_caller_is_administrator())
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("permission denied to purge the audit log"),
				errdetail("Only administrators, roles that may write the tables of authz, may purge it."));

	PreventCommandIfReadOnly("authz.purge_audit_log()");
	removed = remove_entries_before(before);
	log_purge(before, removed);
	PG_RETURN_INT64(removed);
}

/*
 * Delete entries by the index on their time.  Sees what is committed now,
 * whatever the isolation level: every entry that is old enough is deleted.
 */
static int64
remove_entries_before(TimestampTz before)
{
	Relation	log;
	Oid			index;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Snapshot	snapshot;
	int64		removed = 0;

	log = table_open(authz_tables_oid(AUTHZ_AUDIT_LOG), RowExclusiveLock);
	/* Two purges at once would try to delete the same rows. */
	LockRelation(log, ShareUpdateExclusiveLock);

	authz_tables_resolve_columns(AUTHZ_AUDIT_LOG, log);
	index = get_relname_relid("audit_log_at_idx", RelationGetNamespace(log));
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	ScanKeyInit(&key, authz_column_numbers[AUTHZ_COL_AUDIT_LOG_AT], BTLessStrategyNumber, F_TIMESTAMPTZ_LT, TimestampTzGetDatum(before));
	scan = systable_beginscan(log, index, true, snapshot, 1, &key);
	while ((tuple = systable_getnext(scan)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		simple_heap_delete(log, &tuple->t_self);
		removed++;
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(log, NoLock);
	return removed;
}

static void
log_purge(TimestampTz before, int64 removed)
{
	AuthzAuditLogWriter *writer = authz_audit_log_begin();
	MemoryContext caller = MemoryContextSwitchTo(authz_audit_log_entry_context(writer));
	char		time[MAXDATELEN + 1];
	char	   *json;
	Jsonb	   *new;
	text	   *object;

	JsonEncodeDateTime(time, TimestampTzGetDatum(before), TIMESTAMPTZOID, NULL);
	json = psprintf("{\"before\": \"%s\", \"removed\": " INT64_FORMAT "}", time, removed);
	new = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
	object = cstring_to_text(psprintf("entries before %s", time));
	MemoryContextSwitchTo(caller);

	authz_audit_log_append(writer, "audit_log.purge", object, NULL, new);
	authz_audit_log_end(writer);
}
