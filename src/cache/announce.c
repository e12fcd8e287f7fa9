/*
 * announce.c
 *	  The sending side of the cache: a row trigger on every table of the model
 *	  announces what a changed row concerns.
 *
 * PostgreSQL's relation cache messages are transactional: they take effect
 * locally at the next command, are undone with a rolled-back subtransaction,
 * kept by PREPARE TRANSACTION, sent at commit, and replayed on standbys from
 * the commit's WAL record.  Such a message carries nothing but a database and
 * a relation OID.  We put a hash of the changed subject, resource or role in
 * place of the OID (announce.h), so that a grant to one subject does not make
 * backends forget the others.  CacheInvalidateRelcacheByTuple() reads only the
 * OID and relisshared of the pg_class row it is given, so the row can be made up.
 *
 * The trigger is a row trigger, ENABLE ALWAYS, because statement triggers do
 * not fire in logical replication's apply.  A statement that touches many rows
 * sends AUTHZ_KEY_ALL instead of ever more keys.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "fmgr.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "cache/announce.h"
#include "cache/cache.h"
#include "cache/plan_marks.h"
#include "cache/strict_lock.h"
#include "rules/trigger_call.h"

/* Distinct announcements of one command before it announces everything. */
#define MAX_KEYS_PER_COMMAND 64

/* What the current command has announced, so as not to say it again. */
static FullTransactionId current_xid;
static SubTransactionId current_subxid;
static CommandId current_command;
static int	announced = 0;
static Oid	announced_keys[MAX_KEYS_PER_COMMAND];
static bool announced_all = false;

static void announce(Oid key);
static void announce_row(AuthzTable table, HeapTuple row, TupleDesc desc);
static int64 column_int64(HeapTuple row, TupleDesc desc, const char *column);
static Oid	column_name_key(HeapTuple row, TupleDesc desc, const char *column, AuthzKeyKind kind);

PG_FUNCTION_INFO_V1(authz_invalidate);

/*
 * authz_internal.invalidate(): trigger AFTER INSERT OR UPDATE OR DELETE FOR EACH ROW.
 */
Datum
authz_invalidate(PG_FUNCTION_ARGS)
{
	AuthzTable	table;
	TriggerData *trigger = authz_trigger_begin(fcinfo, "authz_internal.invalidate",
											   AUTHZ_FIRES_AFTER | AUTHZ_FIRES_ROW |
											   AUTHZ_FIRES_INSERT | AUTHZ_FIRES_UPDATE | AUTHZ_FIRES_DELETE,
											   AUTHZ_READ_TABLES, &table);
	TupleDesc	desc = RelationGetDescr(trigger->tg_relation);

	authz_strict_lock_acquire();
	announce_row(table, trigger->tg_trigtuple, desc);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		announce_row(table, trigger->tg_newtuple, desc);
	return PointerGetDatum(NULL);
}

/* What a row concerns.  Types and permissions are read together with everything else. */
static void
announce_row(AuthzTable table, HeapTuple row, TupleDesc desc)
{
	switch (table)
	{
		case AUTHZ_ASSIGNMENTS:
			announce(authz_key(AUTHZ_KEY_SUBJECT, column_int64(row, desc, "subject_id")));
			break;
		case AUTHZ_MEMBERSHIPS:
			announce(authz_key(AUTHZ_KEY_SUBJECT, column_int64(row, desc, "member_id")));
			break;
		case AUTHZ_SUBJECTS:
			announce(authz_key(AUTHZ_KEY_SUBJECT, column_int64(row, desc, "id")));
			announce(column_name_key(row, desc, "subject", AUTHZ_KEY_SUBJECT_NAME));
			break;
		case AUTHZ_RESOURCES:
			announce(authz_key(AUTHZ_KEY_RESOURCE, column_int64(row, desc, "id")));
			announce(authz_key(AUTHZ_KEY_CHILDREN, column_int64(row, desc, "parent_id")));
			break;
		case AUTHZ_ROLES:
			announce(authz_key(AUTHZ_KEY_ROLE, column_int64(row, desc, "id")));
			break;
		case AUTHZ_ROLE_PERMISSIONS:
		case AUTHZ_ROLE_BASE_ROLES:
			announce(authz_key(AUTHZ_KEY_ROLE, column_int64(row, desc, "role_id")));
			break;
		case AUTHZ_PERMISSIONS:
			announce(AUTHZ_PERMISSIONS_PLAN_KEY);
			announce(authz_key(AUTHZ_KEY_ALL, 0));
			break;
		default:
			announce(authz_key(AUTHZ_KEY_ALL, 0));
			break;
	}
}

static void
announce(Oid key)
{
	FullTransactionId xid = GetTopFullTransactionId();
	SubTransactionId subxid = GetCurrentSubTransactionId();
	CommandId	command = GetCurrentCommandId(true);
	HeapTuple	made_up;

	/*
	 * An earlier announcement still stands only within the same command of the
	 * same subtransaction: at the next command it has been acted upon, and with
	 * its subtransaction it is taken back.
	 */
	if (!FullTransactionIdEquals(xid, current_xid) || subxid != current_subxid ||
		command != current_command)
	{
		current_xid = xid;
		current_subxid = subxid;
		current_command = command;
		announced = 0;
		announced_all = false;
	}
	if (announced_all && key != AUTHZ_PERMISSIONS_PLAN_KEY)
		return;
	for (int i = 0; i < announced; i++)
		if (announced_keys[i] == key)
			return;
	if (announced == MAX_KEYS_PER_COMMAND && key != AUTHZ_PERMISSIONS_PLAN_KEY)
		key = authz_key(AUTHZ_KEY_ALL, 0);

	made_up = (HeapTuple) palloc0(HEAPTUPLESIZE + MAXALIGN(SizeofHeapTupleHeader) +
								  sizeof(FormData_pg_class));
	made_up->t_data = (HeapTupleHeader) ((char *) made_up + HEAPTUPLESIZE);
	made_up->t_data->t_hoff = MAXALIGN(SizeofHeapTupleHeader);
	((Form_pg_class) GETSTRUCT(made_up))->oid = key;
	((Form_pg_class) GETSTRUCT(made_up))->relisshared = false;
	CacheInvalidateRelcacheByTuple(made_up);
	pfree(made_up);

	if (announced < MAX_KEYS_PER_COMMAND)
		announced_keys[announced++] = key;
	announced_all |= (key == authz_key(AUTHZ_KEY_ALL, 0));
}

static Datum
column_value(HeapTuple row, TupleDesc desc, const char *column, bool *isnull)
{
	for (int i = 0; i < desc->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), column) == 0)
			return heap_getattr(row, i + 1, desc, isnull);
	elog(ERROR, "unexpected table: no column \"%s\"", column);
}

static int64
column_int64(HeapTuple row, TupleDesc desc, const char *column)
{
	bool		isnull;
	Datum		value = column_value(row, desc, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

static Oid
column_name_key(HeapTuple row, TupleDesc desc, const char *column, AuthzKeyKind kind)
{
	bool		isnull;
	Datum		value = column_value(row, desc, column, &isnull);
	struct varlena *name = PG_DETOAST_DATUM_PACKED(value);

	Assert(!isnull);
	return authz_name_key(kind, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
}
