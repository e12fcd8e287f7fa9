/*
 * restore.c
 *	  Restores of a dump: triggers do not fire while its tables come, and the
 *	  rules are checked at its end.
 *
 * pg_dump dumps the data of our tables, and pg_restore loads them in any
 * order, with -j side by side, each COPY a transaction of its own.  Between
 * two of them neither the foreign keys nor the rules can be satisfied, and the
 * audit log must come back as it was, without entries about the restore.  So
 *
 * - a trigger BEFORE each INSERT statement recognises a restore and switches
 *   to session_replication_role = replica for the statement: foreign keys,
 *   rules and audit triggers do not fire, invalidation (ENABLE ALWAYS) does;
 * - a trigger AFTER it (ENABLE ALWAYS) switches back and notes the table in
 *   authz_internal.restored_tables.  When the last table has come, everything
 *   is checked at once: foreign keys and rules (authz.validate()).  A
 *   violation makes the restore fail;
 * - tracked tables of an application that come in the same restore are noted
 *   and not followed (authz_restore_defers), since their resources are in the
 *   dump, too.  In case they are not, the tables are followed before the next
 *   ordinary write of a row: not in the restore, which sets the sequences
 *   last;
 * - where not all tables come (a dump without the data of some of them, or one
 *   of INSERT commands, which has none for an empty table), the check is made
 *   before the next ordinary write of a row.
 *
 * A restore is recognised by the settings that every dump begins with, in a
 * statement of the owner of the tables (not within a SECURITY DEFINER
 * function: anybody can make these settings around it), for a table that was
 * empty when the restore began.  The owner may disable triggers anyway, so
 * nobody gains a power that they did not have; the settings only keep ordinary
 * work of the owner from being mistaken for a restore, and for the same reason
 * a session that has completed one does not begin another.  Only this file
 * writes the list of restored tables: a role that could would be able to add
 * to a table, such as the audit log, that was not empty.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "replication/logicalworker.h"
#include "storage/bufmgr.h"
#include "tcop/pquery.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "rules/lock.h"
#include "rules/rule_query.h"
#include "rules/rule_triggers.h"
#include "rules/trigger_call.h"
#include "sync/restore.h"
#include "tables/tables.h"

/*
 * Prefix of the id of a tracked table that is noted in
 * authz_internal.restored_tables.
 */
#define TRACKED_TABLE_NOTE "#"

/* The statement that is part of a restore, while it runs. */
static Oid	restored_table = InvalidOid;
static SubTransactionId restored_in = InvalidSubTransactionId;
static int	role_before;

/* This session has completed a restore. */
static bool completed = false;

/* This file is writing authz_internal.restored_tables. */
static bool noting = false;

/* Tables whose data are dumped. */
#define DUMPED_TABLES (AUTHZ_ALL_TABLES & ~AUTHZ_TABLE_BIT(AUTHZ_RESTORED_TABLES))

static void complete_restore(Relation table);
static bool has_restore_settings(Relation table);
static bool is_part_of_restore(Relation table);
static bool is_copy_command(void);
static bool is_table_empty(Relation table);
static bool is_table_noted(Relation table);
static bool is_restore_pending(Relation table);
static void note_restored(const char *name);
static void write_notes(AuthzRuleQuery *query, Datum *args);
static void check_all_rules(Relation table, bool follow);
static void set_replication_role(int role);

/* BEFORE INSERT, fires before all other triggers. */
PG_FUNCTION_INFO_V1(authz_restore_begin);
Datum
authz_restore_begin(PG_FUNCTION_ARGS)
{
	Relation	table = authz_trigger_call_begin(fcinfo, "authz_internal.restore_begin",
												 AUTHZ_FIRES_BEFORE | AUTHZ_FIRES_STATEMENT | AUTHZ_FIRES_INSERT,
												 DUMPED_TABLES, NULL)->tg_relation;

	restored_table = InvalidOid;
	if (completed || !has_restore_settings(table) || !is_part_of_restore(table))
		return PointerGetDatum(NULL);

	restored_table = RelationGetRelid(table);
	restored_in = GetCurrentSubTransactionId();
	role_before = SessionReplicationRole;
	set_replication_role(SESSION_REPLICATION_ROLE_REPLICA);
	return PointerGetDatum(NULL);
}

/* AFTER INSERT, ENABLE ALWAYS: also fires without a restore. */
PG_FUNCTION_INFO_V1(authz_restore_end);
Datum
authz_restore_end(PG_FUNCTION_ARGS)
{
	static AuthzRuleQuery still_to_come = {
		.sql = "SELECT FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
		"WHERE t.tgname = 'z_restore_end' AND NOT t.tgisinternal AND c.relnamespace = $1 "
		"AND NOT EXISTS (SELECT FROM authz_internal.restored_tables r WHERE r.name = c.relname)",
		.nargs = 1, .argtypes = {OIDOID}
	};
	Relation	table = authz_trigger_call_begin(fcinfo, "authz_internal.restore_end",
												 AUTHZ_FIRES_AFTER | AUTHZ_FIRES_STATEMENT | AUTHZ_FIRES_INSERT,
												 DUMPED_TABLES, NULL)->tg_relation;
	AuthzRuleQueryContext saved;
	Datum		args[1];

	if (!authz_restore_is_running(table))
		return PointerGetDatum(NULL);
	restored_table = InvalidOid;
	set_replication_role(role_before);

	/* Serialized, so that the last one sees all others. */
	authz_lock_restore();
	authz_rule_query_begin(table->rd_rel->relowner, &saved);
	note_restored(RelationGetRelationName(table));
	args[0] = ObjectIdGetDatum(RelationGetNamespace(table));
	if (is_copy_command() && authz_rule_query_read(&still_to_come, args, 0, 1) == 0)
	{
		check_all_rules(table, false);
		completed = true;
	}
	authz_rule_query_end(&saved);
	return PointerGetDatum(NULL);
}

/* Is the statement that fires triggers of the table part of a restore? */
bool
authz_restore_is_running(Relation table)
{
	return restored_table == RelationGetRelid(table) && restored_in == GetCurrentSubTransactionId();
}

/* Does the statement look like one of pg_restore, or of psql with a dump? */
static bool
has_restore_settings(Relation table)
{
	return namespace_search_path[0] == '\0' && !row_security && !check_function_bodies &&
		!InLocalUserIdChange() && !InSecurityRestrictedOperation() &&
		has_privs_of_role(GetUserId(), table->rd_rel->relowner);
}

static bool
is_part_of_restore(Relation table)
{
	return is_table_empty(table) || is_table_noted(table);
}

/*
 * Do rows of a tracked table come in a restore that brings authz's tables as
 * well?  Then the table is noted, and followed at the end.  A restore of authz
 * is running if some of its tables have come, or if the configuration by which
 * the table is tracked has not; and the session that has seen its end may
 * still be restoring.
 */
bool
authz_restore_defers(int64 tracked_id)
{
	static AuthzRuleQuery find = {
		.sql = "SELECT FROM authz.tracked_tables t WHERE t.id = $1",
		.nargs = 1, .argtypes = {INT8OID}
	};
	Relation	table = table_open(authz_tables_oid(AUTHZ_RESOURCES), AccessShareLock);
	Datum		args[1] = {Int64GetDatum(tracked_id)};
	AuthzRuleQueryContext saved;
	bool		defers = false;

	if (has_restore_settings(table))
	{
		authz_rule_query_begin(table->rd_rel->relowner, &saved);
		defers = completed || is_restore_pending(table) || authz_rule_query_read(&find, args, 0, 1) == 0;
		if (defers)
		{
			/* The end may have come meanwhile. */
			authz_lock_restore();
			defers = completed || is_restore_pending(table) || authz_rule_query_read(&find, args, 0, 1) == 0;
		}
		if (defers)
			note_restored(psprintf(TRACKED_TABLE_NOTE INT64_FORMAT, tracked_id));
		authz_rule_query_end(&saved);
	}
	table_close(table, AccessShareLock);
	return defers;
}

void
authz_restore_init(void)
{
	authz_rule_trigger_register_before(complete_restore);
}

/*
 * Before an ordinary write: check the rules after a restore in which not all
 * tables came.  Tests that once in a transaction.
 */
static void
complete_restore(Relation table)
{
	static TransactionId looked_in = InvalidTransactionId;
	AuthzRuleQueryContext saved;

	if (TransactionIdIsCurrentTransactionId(looked_in))
		return;
	looked_in = GetTopTransactionId();
	if (!is_restore_pending(table))
		return;

	authz_lock_restore();
	authz_rule_query_begin(table->rd_rel->relowner, &saved);
	check_all_rules(table, true);
	authz_rule_query_end(&saved);
}

/* A COPY brings a whole table, an INSERT a part of it. */
static bool
is_copy_command(void)
{
	return ActivePortal != NULL && ActivePortal->commandTag == CMDTAG_COPY;
}

static bool
is_table_empty(Relation table)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	TableScanDesc scan = table_beginscan(table, snapshot, 0, NULL);
	TupleTableSlot *slot = table_slot_create(table, NULL);
	bool		empty = !table_scan_getnextslot(scan, ForwardScanDirection, slot);

	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	return empty;
}

/* Have rows of the table been restored already (a dump of INSERTs)? */
static bool
is_table_noted(Relation table)
{
	static AuthzRuleQuery find = {
		.sql = "SELECT FROM authz_internal.restored_tables r WHERE r.name = $1",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	Datum		args[1] = {CStringGetTextDatum(RelationGetRelationName(table))};
	AuthzRuleQueryContext saved;
	bool		noted;

	authz_rule_query_begin(table->rd_rel->relowner, &saved);
	noted = authz_rule_query_read(&find, args, 0, 1) > 0;
	authz_rule_query_end(&saved);
	return noted;
}

/*
 * Is there a restore that has not been completed?  The test is cheap: the list
 * is truncated when a restore is completed.
 */
static bool
is_restore_pending(Relation table)
{
	Oid			relid = get_relname_relid("restored_tables", get_namespace_oid("authz_internal", true));
	Relation	list;
	bool		pending;

	if (!OidIsValid(relid))
		return false;
	list = table_open(relid, AccessShareLock);
	pending = RelationGetNumberOfBlocks(list) > 0;
	table_close(list, AccessShareLock);
	return pending;
}

static void
note_restored(const char *name)
{
	static AuthzRuleQuery add = {
		.sql = "INSERT INTO authz_internal.restored_tables (name) VALUES ($1) ON CONFLICT DO NOTHING",
		.nargs = 1, .argtypes = {TEXTOID}
	};
	Datum		args[1] = {CStringGetTextDatum(name)};

	write_notes(&add, args);
}

static void
write_notes(AuthzRuleQuery *query, Datum *args)
{
	noting = true;
	PG_TRY();
	{
		authz_rule_query_write(query, args, 0);
	}
	PG_FINALLY();
	{
		noting = false;
	}
	PG_END_TRY();
}

/*
 * authz_internal.keep_restored_tables(): the trigger that lets only this file
 * write the list of restored tables, and a worker of logical replication,
 * which applies what this file did elsewhere.
 */
PG_FUNCTION_INFO_V1(authz_keep_restored_tables);
Datum
authz_keep_restored_tables(PG_FUNCTION_ARGS)
{
	(void) authz_trigger_call_begin(fcinfo, "authz_internal.keep_restored_tables",
									AUTHZ_FIRES_BEFORE | AUTHZ_FIRES_STATEMENT | AUTHZ_FIRES_INSERT |
									AUTHZ_FIRES_UPDATE | AUTHZ_FIRES_DELETE | AUTHZ_FIRES_TRUNCATE,
									AUTHZ_TABLE_BIT(AUTHZ_RESTORED_TABLES), NULL);
	if (!noting && !IsLogicalWorker())
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("table \"%s\" is written by restores only", "authz_internal.restored_tables"));
	return PointerGetDatum(NULL);
}

/*
 * Raises the first violation; without one, completes the restore, and tracked
 * tables may be followed.
 */
static void
check_all_rules(Relation table, bool follow)
{
	static AuthzRuleQuery validate = {
		.sql = "SELECT rule, message, detail, hint FROM authz.validate()"
	};
	static AuthzRuleQuery deferred = {
		.sql = "SELECT substr(r.name, 2)::bigint FROM authz_internal.restored_tables r WHERE starts_with(r.name, '" TRACKED_TABLE_NOTE "')"
	};
	static AuthzRuleQuery forget = {
		.sql = "TRUNCATE authz_internal.restored_tables"
	};
	static AuthzRuleQuery follow_tracked = {
		.sql = "SELECT authz_internal.track_restored_rows($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery keep_tracked = {
		.sql = "INSERT INTO authz_internal.restored_tables (name) SELECT '" TRACKED_TABLE_NOTE "' || u.id FROM unnest($1) AS u (id)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	AuthzIdList tracked = {0};
	Datum		args[1];

	authz_lock_model(true);
	if (authz_rule_query_read(&validate, NULL, AUTHZ_RULE_QUERY_MANY, 1) > 0)
	{
		char	   *rule = authz_rule_query_text(0, 1);
		char	   *message = authz_rule_query_text(0, 2);
		char	   *detail = authz_rule_query_text(0, 3);

		ereport(ERROR,
				errcode(ERRCODE_CHECK_VIOLATION),
				errmsg("restored data of authz break rule \"%s\"", rule),
				errdetail_internal("%s%s%s", message, detail == NULL ? "" : "\n", detail == NULL ? "" : detail),
				errhint("Restore all tables from one dump, or mend them with session_replication_role = replica; authz.validate() shows what is wrong."),
				errtableconstraint(table, rule));
	}
	authz_rule_query_read(&deferred, NULL, 0, 0);
	authz_rule_query_read_ids(&tracked, 1);
	write_notes(&forget, NULL);
	if (tracked.count == 0)
		return;
	args[0] = authz_rule_query_make_ids_array(&tracked);
	if (follow)
		authz_rule_query_write(&follow_tracked, args, 0);
	else
		write_notes(&keep_tracked, args);
}

/* Lasts to the end of the transaction at most. */
static void
set_replication_role(int role)
{
	const char *name = role == SESSION_REPLICATION_ROLE_REPLICA ? "replica" :
		role == SESSION_REPLICATION_ROLE_LOCAL ? "local" : "origin";

	(void) set_config_option("session_replication_role", name, PGC_SUSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}
