/*
 * announce.c
 *	  Sends invalidation messages: a row trigger on every table of the model
 *	  announces what a changed row concerns.
 *
 * PostgreSQL's relation cache messages are transactional: they take effect
 * locally at the next command, are undone with a rolled-back subtransaction,
 * kept by PREPARE TRANSACTION, sent at commit, and replayed on standbys from
 * the commit's WAL record.  Such a message carries nothing but a database and
 * a relation OID.  The trigger puts a hash of the changed subject, resource or
 * role in place of the OID (announce.h), so that an assignment to one subject
 * does not invalidate the entries of the others.
 * CacheInvalidateRelcacheByTuple() reads only the OID and relisshared of the
 * pg_class row it is given, so the row can be made up.
 *
 * The trigger is a row trigger, ENABLE ALWAYS, because statement triggers do
 * not fire in logical replication's apply.  A command that changes many rows
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

/*
 * Distinct keys that one command announces before it announces AUTHZ_KEY_ALL.
 */
#define MAX_KEYS_PER_COMMAND 64

/*
 * The keys that the current command has announced, so that none is sent twice.
 */
static FullTransactionId current_xid;
static SubTransactionId current_subxid;
static CommandId current_command;
static int	announced = 0;
static Oid	announced_keys[MAX_KEYS_PER_COMMAND];
static bool announced_all = false;

static void announce_key(Oid key);
static void announce_row(AuthzTable table, HeapTuple row, TupleDesc desc);
static int64 get_int64_column(HeapTuple row, TupleDesc desc, const char *column);
static Oid	get_name_key(HeapTuple row, TupleDesc desc, const char *column, AuthzKeyKind kind);

PG_FUNCTION_INFO_V1(authz_invalidate);

/*
 * authz_internal.invalidate(): trigger AFTER INSERT OR UPDATE OR DELETE FOR
 * EACH ROW.
 */
Datum
authz_invalidate(PG_FUNCTION_ARGS)
{
	AuthzTable	table;
	TriggerData *trigger = authz_trigger_call_begin(fcinfo, "authz_internal.invalidate",
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

/*
 * Announce the keys of a row.  A change of a type or a permission invalidates
 * everything.
 */
static void
announce_row(AuthzTable table, HeapTuple row, TupleDesc desc)
{
	switch (table)
	{
		case AUTHZ_ASSIGNMENTS:
			announce_key(authz_announce_key(AUTHZ_KEY_SUBJECT, get_int64_column(row, desc, "subject_id")));
			break;
		case AUTHZ_MEMBERSHIPS:
			announce_key(authz_announce_key(AUTHZ_KEY_SUBJECT, get_int64_column(row, desc, "member_id")));
			break;
		case AUTHZ_SUBJECTS:
			announce_key(authz_announce_key(AUTHZ_KEY_SUBJECT, get_int64_column(row, desc, "id")));
			announce_key(get_name_key(row, desc, "subject", AUTHZ_KEY_SUBJECT_NAME));
			break;
		case AUTHZ_RESOURCES:
			announce_key(authz_announce_key(AUTHZ_KEY_RESOURCE, get_int64_column(row, desc, "id")));
			announce_key(authz_announce_key(AUTHZ_KEY_CHILDREN, get_int64_column(row, desc, "parent_id")));
			break;
		case AUTHZ_ROLES:
			announce_key(authz_announce_key(AUTHZ_KEY_ROLE, get_int64_column(row, desc, "id")));
			break;
		case AUTHZ_ROLE_PERMISSIONS:
		case AUTHZ_ROLE_INHERITS:
		case AUTHZ_ROLE_BASE_ROLES:
			announce_key(authz_announce_key(AUTHZ_KEY_ROLE, get_int64_column(row, desc, "role_id")));
			break;
		case AUTHZ_PERMISSIONS:
			announce_key(AUTHZ_PERMISSIONS_PLAN_KEY);
			announce_key(authz_announce_key(AUTHZ_KEY_ALL, 0));
			break;
		default:
			announce_key(authz_announce_key(AUTHZ_KEY_ALL, 0));
			break;
	}
}

static void
announce_key(Oid key)
{
	FullTransactionId xid = GetTopFullTransactionId();
	SubTransactionId subxid = GetCurrentSubTransactionId();
	CommandId	command = GetCurrentCommandId(true);
	HeapTuple	made_up;

	/*
	 * An earlier announcement covers this one only within the same command of
	 * the same subtransaction: the next command has already acted upon it,
	 * and a rollback of its subtransaction takes it back.
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
		key = authz_announce_key(AUTHZ_KEY_ALL, 0);

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
	announced_all |= (key == authz_announce_key(AUTHZ_KEY_ALL, 0));
}

static Datum
get_column(HeapTuple row, TupleDesc desc, const char *column, bool *isnull)
{
	for (int i = 0; i < desc->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(desc, i)->attname), column) == 0)
			return heap_getattr(row, i + 1, desc, isnull);
	elog(ERROR, "unexpected table: no column \"%s\"", column);
}

static int64
get_int64_column(HeapTuple row, TupleDesc desc, const char *column)
{
	bool		isnull;
	Datum		value = get_column(row, desc, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

static Oid
get_name_key(HeapTuple row, TupleDesc desc, const char *column, AuthzKeyKind kind)
{
	bool		isnull;
	Datum		value = get_column(row, desc, column, &isnull);
	struct varlena *name = PG_DETOAST_DATUM_PACKED(value);

	Assert(!isnull);
	return authz_announce_name_key(kind, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
}
