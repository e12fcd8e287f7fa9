/*
 * moves.c
 *	  Moves of resources: what is locked for them, and which of them can break
 *	  a rule.
 *
 * A move changes what is above everything beneath the moved resource.  What is
 * assigned there relies on three things above it: the nearest member list, the
 * resources that groups belong to, and the owners of custom roles.
 *
 * - A move that changes none of them breaks no rule, however much is beneath:
 *   nothing but the ways up is locked.
 * - For any other one, everything beneath is locked FOR UPDATE, so that nobody
 *   assigns anything there meanwhile, and what is assigned is checked.
 *
 * The moved resource and the ancestors that it leaves are locked FOR UPDATE, so
 * that nobody moves them or creates a role there; its new ancestors KEY SHARE,
 * so that nobody moves them.  This keeps two moves from making a cycle (write
 * skew).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "rules/assignment_rules.h"
#include "rules/lock.h"
#include "rules/moves.h"
#include "session/caller.h"
#include "types/growing_array.h"

/* The rows to lock, and the moved resources of which all beneath is locked. */
typedef struct MoveLocks
{
	AuthzIdList excluded;		/* FOR UPDATE */
	AuthzIdList kept;			/* FOR KEY SHARE */
	AuthzIdList roots;
} MoveLocks;

/* A resource to lock. */
typedef struct RowToLock
{
	int64		id;
	bool		excluded;
} RowToLock;

static bool read_old_parents(AuthzMoveList *moves);
static bool find_more_locks(const AuthzMoveList *moves, MoveLocks *locks, AuthzIdList *beneath);
static void find_locks(const AuthzMoveList *moves, MoveLocks *locks);
static bool can_break_rules(AuthzAssignmentRules *rules, const AuthzIdList *old_ancestors,
							const AuthzIdList *new_ancestors, AuthzIdList *left);
static bool find_ancestors(AuthzAssignmentRules *rules, int64 id, AuthzIdList *ids);
static void find_beneath(const AuthzIdList *roots, AuthzIdList *beneath);
static void lock_rows(const MoveLocks *locks);
static int	compare_rows(const void *a, const void *b);

void
authz_moves_lock(const AuthzMoveList *moves, AuthzIdList *beneath)
{
	MoveLocks	locks = {0};

	/* Until no more are found: what has been waited for may have moved. */
	while (find_more_locks(moves, &locks, beneath))
		lock_rows(&locks);
}

/* Add what the moves need locked now; returns whether there is anything new. */
static bool
find_more_locks(const AuthzMoveList *moves, MoveLocks *locks, AuthzIdList *beneath)
{
	size_t		known = locks->excluded.count + locks->kept.count;

	locks->roots.count = 0;
	beneath->count = 0;
	find_locks(moves, locks);
	if (locks->roots.count > 0)
	{
		find_beneath(&locks->roots, beneath);
		for (size_t i = 0; i < beneath->count; i++)
			authz_id_list_add_once(&locks->excluded, beneath->values[i]);
	}
	return locks->excluded.count + locks->kept.count > known;
}

void
authz_moves_prepare(AuthzMoveList *moves)
{
	AuthzIdList beneath = {0};

	authz_lock_model(false);
	/* As far as possible all locks at once: they have an order. */
	(void) read_old_parents(moves);
	do
		authz_moves_lock(moves, &beneath);
	/* The rows are locked now: their parents stay. */
	while (read_old_parents(moves));
}

/* Returns whether any is another one than before. */
static bool
read_old_parents(AuthzMoveList *moves)
{
	AuthzReader reader;
	bool		changed = false;

	authz_reader_open(&reader);
	for (int i = 0; i < moves->count; i++)
	{
		AuthzMove  *move = &moves->items[i];
		int64		was = move->old_parent;

		if (!authz_rows_find_resource_parent(&reader, move->id, &move->old_parent))
			move->old_parent = 0;
		changed |= move->old_parent != was;
	}
	authz_reader_close(&reader);
	return changed;
}

/*
 * authz_internal.lock_move(resource_id, parent_id) returns void: the locks of a
 * move that is about to be made, in the order of all locks.  If others have
 * moved something meanwhile, the order is lost: then an error with SQLSTATE
 * AZNEW says that the caller must give the locks back, with its subtransaction,
 * and try again.
 */
PG_FUNCTION_INFO_V1(authz_lock_move);
Datum
authz_lock_move(PG_FUNCTION_ARGS)
{
	AuthzMove	move = {.id = PG_GETARG_INT64(0), .new_parent = PG_ARGISNULL(1) ? 0 : PG_GETARG_INT64(1)};
	AuthzMoveList moves = {.items = &move, .count = 1, .max = 1};
	MoveLocks	locks = {0};
	AuthzIdList beneath = {0};
	AuthzRuleQueryContext saved;

	authz_caller_require_administrator("authz_internal.lock_move");
	authz_lock_model(false);
	authz_rule_query_begin(authz_tables_owner(), &saved);
	(void) read_old_parents(&moves);
	if (find_more_locks(&moves, &locks, &beneath))
		lock_rows(&locks);
	if (read_old_parents(&moves) || find_more_locks(&moves, &locks, &beneath))
		ereport(ERROR,
				errcode(MAKE_SQLSTATE('A', 'Z', 'N', 'E', 'W')),
				errmsg("resources have been moved meanwhile"));
	authz_rule_query_end(&saved);
	PG_RETURN_VOID();
}

/*
 * Check that what is assigned on moved resources and beneath them, and the
 * custom roles that they own, are allowed beneath their new parents.
 */
void
authz_moves_check(AuthzRuleTriggerCall *call, const AuthzIdList *beneath)
{
	static AuthzRuleQuery assignments_on = {
		.sql = "SELECT a.id FROM authz.assignments a WHERE a.resource_id = ANY ($1) ORDER BY a.id",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	static AuthzRuleQuery message = {
		.sql = "SELECT $1, w[1], w[2], w[3] FROM authz_internal.assignment_violation_message($1, $2) AS w",
		.nargs = 2, .argtypes = {TEXTOID, INT8OID}
	};
	static AuthzRuleQuery owned_roles = {
		.sql = "SELECT r.id FROM authz.roles r WHERE r.owner_id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	AuthzIdList assignments = {0};
	AuthzIdList roles = {0};
	AuthzIdList lowered = {0};
	AuthzAssignmentRules *rules;
	Datum		args[1];

	if (beneath->count == 0)
		return;
	args[0] = authz_rule_query_make_ids_array(beneath);
	authz_rule_query_read(&assignments_on, args, beneath->count, 0);
	authz_rule_query_read_ids(&assignments, 1);

	/*
	 * With locks: a member that leaves the new ancestor meanwhile would keep
	 * what has been moved there.
	 */
	rules = authz_assignment_rules_open(true);
	for (size_t i = 0; i < assignments.count; i++)
	{
		const char *rule = authz_assignment_rules_check_id(rules, assignments.values[i]);

		if (rule != NULL)
		{
			Datum		broken[2] = {CStringGetTextDatum(rule), Int64GetDatum(assignments.values[i])};

			authz_rule_trigger_raise_first(call, &message, broken, 0);
		}
	}
	authz_assignment_rules_close(rules);

	authz_rule_query_read(&owned_roles, args, beneath->count, 0);
	authz_rule_query_read_ids(&roles, 1);
	authz_role_triggers_check_role_ids(call, &roles, &lowered);
}

/* Add what the moves need locked, as the tables are now. */
static void
find_locks(const AuthzMoveList *moves, MoveLocks *locks)
{
	AuthzAssignmentRules *rules = authz_assignment_rules_open(false);
	const AuthzMove *last = NULL;
	bool		last_can_break = false;

	for (int i = 0; i < moves->count; i++)
	{
		const AuthzMove *move = &moves->items[i];

		CHECK_FOR_INTERRUPTS();
		authz_id_list_add_once(&locks->excluded, move->id);
		/* Most are moved together. */
		if (last == NULL || last->old_parent != move->old_parent || last->new_parent != move->new_parent)
		{
			AuthzIdList old_ancestors = {0};
			AuthzIdList new_ancestors = {0};
			AuthzIdList left = {0};

			/* What has made a cycle will be refused. */
			if (!find_ancestors(rules, move->new_parent, &new_ancestors))
				continue;
			(void) find_ancestors(rules, move->old_parent, &old_ancestors);
			last_can_break = can_break_rules(rules, &old_ancestors, &new_ancestors, &left);
			for (size_t j = 0; j < left.count; j++)
				authz_id_list_add_once(&locks->excluded, left.values[j]);
			for (size_t j = 0; j < new_ancestors.count; j++)
				authz_id_list_add_once(&locks->kept, new_ancestors.values[j]);
			last = move;
		}
		if (last_can_break)
			authz_id_list_add_once(&locks->roots, move->id);
	}
	authz_assignment_rules_close(rules);
}

/*
 * Does a move between these ancestors change what assignments beneath rely on?
 * left gets the ancestors that are no longer above.
 */
static bool
can_break_rules(AuthzAssignmentRules *rules, const AuthzIdList *old_ancestors, const AuthzIdList *new_ancestors,
				AuthzIdList *left)
{
	static AuthzRuleQuery owned_roles = {
		.sql = "SELECT FROM authz.roles r WHERE r.owner_id = ANY ($1)",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	size_t		nold = old_ancestors->count;
	size_t		nnew = new_ancestors->count;
	bool		can_break = false;
	Datum		args[1];

	/* What is above both is the same from their roots down. */
	while (nold > 0 && nnew > 0 && old_ancestors->values[nold - 1] == new_ancestors->values[nnew - 1])
	{
		nold--;
		nnew--;
	}
	for (size_t i = 0; i < nold; i++)
	{
		authz_id_list_add(left, old_ancestors->values[i]);
		can_break |= authz_assignment_rules_has_members(rules, old_ancestors->values[i]);
	}
	for (size_t i = 0; i < nnew; i++)
		can_break |= authz_assignment_rules_has_members(rules, new_ancestors->values[i]);
	if (can_break || left->count == 0)
		return can_break;
	args[0] = authz_rule_query_make_ids_array(left);
	return authz_rule_query_read(&owned_roles, args, left->count, 1) > 0;
}

/* The resource and its ancestors; returns false if they are a cycle. */
static bool
find_ancestors(AuthzAssignmentRules *rules, int64 id, AuthzIdList *ids)
{
	while (id != 0 && ids->count <= AUTHZ_MAX_LEVELS)
	{
		if (!authz_id_list_add_once(ids, id))
			return false;
		id = authz_assignment_rules_parent(rules, id);
	}
	return true;
}

static void
find_beneath(const AuthzIdList *roots, AuthzIdList *beneath)
{
	static AuthzRuleQuery find = {
		.sql = "SELECT unnest(authz_internal.resources_within($1))",
		.nargs = 1, .argtypes = {INT8ARRAYOID}
	};
	Datum		args[1] = {authz_rule_query_make_ids_array(roots)};

	authz_rule_query_read(&find, args, roots->count, 0);
	authz_rule_query_read_ids(beneath, 1);
}

/* In the order of the ids, whichever lock each row gets. */
static void
lock_rows(const MoveLocks *locks)
{
	RowToLock  *rows = palloc(sizeof(RowToLock) * (locks->excluded.count + locks->kept.count));
	size_t		count = 0;

	for (size_t i = 0; i < locks->excluded.count; i++)
		rows[count++] = (RowToLock) {locks->excluded.values[i], true};
	for (size_t i = 0; i < locks->kept.count; i++)
		rows[count++] = (RowToLock) {locks->kept.values[i], false};
	qsort(rows, count, sizeof(RowToLock), compare_rows);
	for (size_t i = 0; i < count;)
	{
		AuthzIdList run = {0};
		bool		excluded = rows[i].excluded;

		for (; i < count && rows[i].excluded == excluded; i++)
			authz_id_list_add(&run, rows[i].id);
		authz_lock_resources(&run, excluded ? AUTHZ_ROW_MOVED : AUTHZ_ROW_KEPT);
	}
	pfree(rows);
}

/* The stronger lock of a row first. */
static int
compare_rows(const void *a, const void *b)
{
	const RowToLock *left = a;
	const RowToLock *right = b;

	if (left->id != right->id)
		return left->id < right->id ? -1 : 1;
	return (int) right->excluded - (int) left->excluded;
}
