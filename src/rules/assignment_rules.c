/*
 * assignment_rules.c
 *	  The rules of assignments and memberships, checked row by row.
 *
 * The rules of the other tables are queries (src/sql/role_rules.sql,
 * holder_rules.sql).  These two tables are written one row at a time by every
 * grant, and millions of rows at a time by a load, so that no plan would do
 * for both: here every look-up is an index probe, and the facts that were
 * looked up are cached to the end of the statement.  The trigger checks the
 * rows that it was called for, authz.validate() checks all
 * (authz_internal.assignment_rules, authz_internal.membership_rules), so that
 * each rule is written once all the same.
 *
 * A row that refers to a missing row breaks no rule here: the foreign keys
 * report that.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "rules/assignment_rules.h"
#include "tables/rows.h"
#include "types/grammar.h"

/* How many facts of a kind are cached; a power of 2. */
#define CACHED_FACTS 4096

/* The source of assignments that are the base permission of a resource. */
#define BASE_PERMISSION "base_permission"

/* Whether it breaks a rule, whether its role is exclusive, and its min_holders. */
#define MAX_ASKED_OF_ROW 3

typedef struct TypeFacts
{
	char		name[AUTHZ_TYPE_MAX];
	int			name_len;
	bool		has_members;
	bool		for_members;
	bool		exclusive_roles;
	List	   *parents;
	List	   *ancestors;			/* and itself */
} TypeFacts;

typedef struct RoleFacts
{
	int64		id;				/* 0: the slot is free */
	int64		owner_id;
	TypeFacts  *type;
	int			min_holders;
} RoleFacts;

typedef struct ResourceFacts
{
	int64		id;
	int64		parent_id;
	TypeFacts  *type;
} ResourceFacts;

typedef struct SubjectFacts
{
	int64		id;
	int64		home_id;
	AuthzSubjectKind kind;
} SubjectFacts;

/* A resource and its member set. */
typedef struct MemberSetFacts
{
	int64		resource_id;
	int64		group_id;		/* 0 if it has none */
} MemberSetFacts;

struct AuthzAssignmentRules
{
	MemoryContext context;
	AuthzReader reader;
	bool		lock;
	List	   *types;
	/* Direct-mapped by id; allocated when more than one row is checked. */
	uint64		asked;
	RoleFacts  *roles;
	ResourceFacts *resources;
	SubjectFacts *subjects;
	MemberSetFacts *member_sets;
	/* Used as long as nothing is cached. */
	RoleFacts	role;
	ResourceFacts resource;
	SubjectFacts subject;
	MemberSetFacts member_set;
};

static bool is_member(AuthzAssignmentRules *rules, int64 subject_id, int64 resource_id);
static int64 find_member_list(AuthzAssignmentRules *rules, int64 resource_id);
static bool is_type_exclusive(const TypeFacts *type, const char *source, int source_len);
static bool is_base_permission_source(const char *source, int source_len);
static bool may_be_base_permission(AuthzAssignmentRules *rules, const AuthzAssignmentRow *row, const SubjectFacts *subject,
								   const ResourceFacts *resource, const RoleFacts *role);
static bool has_other_role(AuthzAssignmentRules *rules, const AuthzAssignmentRow *row, TypeFacts *type, bool or_earlier);
static bool resource_is_within(AuthzAssignmentRules *rules, int64 resource_id, int64 ancestor_id);

static TypeFacts *read_type(AuthzAssignmentRules *rules, const char *name, int len);
static void add_ancestors(AuthzAssignmentRules *rules);
static TypeFacts *get_type(AuthzAssignmentRules *rules, const char *name, int len);
static RoleFacts *get_role(AuthzAssignmentRules *rules, int64 id);
static ResourceFacts *get_resource(AuthzAssignmentRules *rules, int64 id);
static SubjectFacts *get_subject(AuthzAssignmentRules *rules, int64 id);
static int64 get_member_set(AuthzAssignmentRules *rules, int64 resource_id);

/*
 * Open the rules.  With lock, memberships that a row relies on are locked to
 * the end of the transaction.  The rules see what is committed now; open them
 * again after waiting for a lock.
 */
AuthzAssignmentRules *
authz_assignment_rules_open(bool lock)
{
	AuthzAssignmentRules *rules = palloc0(sizeof(AuthzAssignmentRules));

	rules->context = CurrentMemoryContext;
	rules->lock = lock;
	authz_reader_open(&rules->reader);
	return rules;
}

void
authz_assignment_rules_close(AuthzAssignmentRules *rules)
{
	authz_reader_close(&rules->reader);
}

/*
 * Count what is asked.  Caching pays from the second row on; of one row the
 * callers ask up to three things.
 */
static void
count_checked_row(AuthzAssignmentRules *rules)
{
	CHECK_FOR_INTERRUPTS();
	if (rules->asked++ != MAX_ASKED_OF_ROW)
		return;
	rules->roles = MemoryContextAllocZero(rules->context, sizeof(RoleFacts) * CACHED_FACTS);
	rules->resources = MemoryContextAllocZero(rules->context, sizeof(ResourceFacts) * CACHED_FACTS);
	rules->subjects = MemoryContextAllocZero(rules->context, sizeof(SubjectFacts) * CACHED_FACTS);
	rules->member_sets = MemoryContextAllocZero(rules->context, sizeof(MemberSetFacts) * CACHED_FACTS);
}

const char *
authz_assignment_rules_check(AuthzAssignmentRules *rules, const AuthzAssignmentRow *row)
{
	RoleFacts	role;
	ResourceFacts resource;
	SubjectFacts subject;
	RoleFacts  *found_role;
	ResourceFacts *found_resource;
	SubjectFacts *found_subject;

	count_checked_row(rules);
	if ((found_role = get_role(rules, row->role_id)) == NULL)
		return NULL;
	role = *found_role;
	if ((found_resource = get_resource(rules, row->resource_id)) == NULL)
		return NULL;
	resource = *found_resource;
	if ((found_subject = get_subject(rules, row->subject_id)) == NULL)
		return NULL;
	subject = *found_subject;

	/*
	 * A role has an effect on resources of its type, on whichever ancestor it
	 * is assigned.
	 */
	if (!list_member_ptr(role.type->ancestors, resource.type))
		return "assignment_type";

	/* A custom role is visible only beneath its owner. */
	if (role.owner_id != 0 && !resource_is_within(rules, row->resource_id, role.owner_id))
		return "assignment_owner";

	/* A group can have roles only beneath the resource that it belongs to. */
	if (subject.home_id != 0)
	{
		if (!resource_is_within(rules, row->resource_id, subject.home_id))
			return "assignment_group";
	}
	else if ((resource.type->for_members || role.type->for_members) &&
			 (subject.kind == AUTHZ_EVERYONE ||
			  !is_member(rules, row->subject_id, find_member_list(rules, row->resource_id))))
		return "assignment_member";
	else if (rules->lock && role.min_holders > 0)

		/*
		 * A transaction that removes a member relies on knowing where holders
		 * are counted: see lock.c.
		 */
		(void) is_member(rules, row->subject_id, find_member_list(rules, row->resource_id));

	if (is_base_permission_source(row->source, row->source_len) &&
		!may_be_base_permission(rules, row, &subject, &resource, &role))
		return "base_permission";

	if (is_type_exclusive(role.type, row->source, row->source_len) &&
		has_other_role(rules, row, role.type, false))
		return "exclusive_roles";
	return NULL;
}

/* Check a row that is in the table; a missing one breaks no rule. */
const char *
authz_assignment_rules_check_id(AuthzAssignmentRules *rules, int64 id)
{
	AuthzAssignmentRow row;

	if (!authz_rows_read_assignment(&rules->reader, id, &row))
		return NULL;
	return authz_assignment_rules_check(rules, &row);
}

const char *
authz_assignment_rules_check_membership(AuthzAssignmentRules *rules, int64 group_id, int64 member_id)
{
	SubjectFacts *found;
	SubjectFacts group;

	count_checked_row(rules);
	if ((found = get_subject(rules, group_id)) == NULL)
		return NULL;
	group = *found;
	if ((found = get_subject(rules, member_id)) == NULL)
		return NULL;

	if (group.kind != AUTHZ_TEAM && group.kind != AUTHZ_MEMBERS)
		return "membership_group";
	if (found->kind != AUTHZ_USER && found->kind != AUTHZ_SERVICE_ACCOUNT)
		return "membership_member";
	if (group.kind == AUTHZ_TEAM && !is_member(rules, member_id, group.home_id))
		return "team_member";
	return NULL;
}

/* May a subject have only one such role on a resource from one source? */
bool
authz_assignment_rules_is_exclusive(AuthzAssignmentRules *rules, int64 role_id, const char *source, int source_len)
{
	RoleFacts  *role;

	count_checked_row(rules);
	role = get_role(rules, role_id);
	return role != NULL && is_type_exclusive(role->type, source, source_len);
}

/* Does the row replace another? */
bool
authz_assignment_rules_does_replace(AuthzAssignmentRules *rules, const AuthzAssignmentRow *row)
{
	RoleFacts  *role;

	count_checked_row(rules);
	role = get_role(rules, row->role_id);
	return role != NULL && is_type_exclusive(role->type, row->source, row->source_len) &&
		has_other_role(rules, row, role->type, true);
}

/*
 * The number of holders that the role must keep; 0 if it does not exist (any
 * more).
 */
int
authz_assignment_rules_min_holders(AuthzAssignmentRules *rules, int64 role_id)
{
	RoleFacts  *role;

	count_checked_row(rules);
	role = get_role(rules, role_id);
	return role == NULL ? 0 : role->min_holders;
}

/* Has the resource a member list of its own? */
bool
authz_assignment_rules_has_members(AuthzAssignmentRules *rules, int64 resource_id)
{
	ResourceFacts *resource = get_resource(rules, resource_id);

	return resource != NULL && resource->type->has_members;
}

/* 0 if it has none. */
int64
authz_assignment_rules_parent(AuthzAssignmentRules *rules, int64 resource_id)
{
	ResourceFacts *resource = get_resource(rules, resource_id);

	return resource == NULL ? 0 : resource->parent_id;
}

/* Is the subject in the member list of the resource (0: of none)? */
static bool
is_member(AuthzAssignmentRules *rules, int64 subject_id, int64 resource_id)
{
	int64		group_id = resource_id == 0 ? 0 : get_member_set(rules, resource_id);

	return group_id != 0 && authz_rows_find_membership(&rules->reader, group_id, subject_id, rules->lock);
}

/* The resource, or its nearest ancestor, that has a member list; or 0. */
static int64
find_member_list(AuthzAssignmentRules *rules, int64 resource_id)
{
	for (int level = 0; resource_id != 0 && level <= AUTHZ_MAX_LEVELS; level++)
	{
		ResourceFacts *resource = get_resource(rules, resource_id);

		if (resource == NULL)
			return 0;
		if (resource->type->has_members)
			return resource_id;
		resource_id = resource->parent_id;
	}
	return 0;
}

/* The type says so; and a resource has one base permission for each type. */
static bool
is_type_exclusive(const TypeFacts *type, const char *source, int source_len)
{
	return type->exclusive_roles || is_base_permission_source(source, source_len);
}

static bool
is_base_permission_source(const char *source, int source_len)
{
	return source_len == strlen(BASE_PERMISSION) && memcmp(source, BASE_PERMISSION, source_len) == 0;
}

/*
 * The members of a resource may have those predefined roles of a child type
 * that its type allows.
 */
static bool
may_be_base_permission(AuthzAssignmentRules *rules, const AuthzAssignmentRow *row, const SubjectFacts *subject,
					   const ResourceFacts *resource, const RoleFacts *role)
{
	AuthzRoleRow found;

	return subject->kind == AUTHZ_MEMBERS && subject->home_id == row->resource_id &&
		role->owner_id == 0 && list_member_ptr(role->type->parents, resource->type) &&
		authz_rows_read_role(&rules->reader, row->role_id, &found) &&
		authz_rows_type_allows_base_permission(&rules->reader, resource->type->name, resource->type->name_len,
											   found.name, found.name_len);
}

/*
 * Is there another role of the same type, from the same source, on the same
 * resource, that ends when this one does (or earlier)?  One that ends at
 * another time stays beside it: a subject can have more, or less, for a time
 * than it has for good.
 */
static bool
has_other_role(AuthzAssignmentRules *rules, const AuthzAssignmentRow *row, TypeFacts *type, bool or_earlier)
{
	AuthzAssignmentRow other;

	authz_rows_start_by_ids(&rules->reader, AUTHZ_ASSIGNMENTS_OF_SUBJECT_ON, row->subject_id, row->resource_id);
	while (authz_rows_next_assignment(&rules->reader, AUTHZ_ASSIGNMENTS_OF_SUBJECT_ON, &other))
	{
		RoleFacts  *role;

		if (other.role_id == row->role_id ||
			(or_earlier ? other.expires_at > row->expires_at : other.expires_at != row->expires_at) ||
			other.source_len != row->source_len || memcmp(other.source, row->source, row->source_len) != 0)
			continue;
		role = get_role(rules, other.role_id);
		if (role != NULL && role->type == type)
			return true;
	}
	return false;
}

/*
 * Types --------------------------------------------------------------------
 */

static TypeFacts *
find_type(AuthzAssignmentRules *rules, const char *name, int len)
{
	ListCell   *cell;

	foreach(cell, rules->types)
	{
		TypeFacts  *type = lfirst(cell);

		if (type->name_len == len && memcmp(type->name, name, len) == 0)
			return type;
	}
	return NULL;
}

/*
 * A type; equal names are equal pointers.  NULL if it does not exist, in a
 * table that has been broken.
 */
static TypeFacts *
get_type(AuthzAssignmentRules *rules, const char *name, int len)
{
	TypeFacts  *type = find_type(rules, name, len);
	MemoryContext old;

	if (type != NULL)
		return type;
	old = MemoryContextSwitchTo(rules->context);
	type = read_type(rules, name, len);
	if (type != NULL)
		add_ancestors(rules);
	MemoryContextSwitchTo(old);
	return type;
}

static TypeFacts *
read_type(AuthzAssignmentRules *rules, const char *name, int len)
{
	AuthzTypeRow row;
	TypeFacts  *type;

	if (len > AUTHZ_TYPE_MAX || !authz_rows_read_type(&rules->reader, name, len, &row))
		return NULL;
	type = palloc0(sizeof(TypeFacts));
	memcpy(type->name, name, len);
	type->name_len = len;
	type->has_members = row.has_members;
	type->for_members = row.for_members;
	type->exclusive_roles = row.exclusive_roles;
	rules->types = lappend(rules->types, type);
	for (int i = 0; i < row.nparents; i++)
	{
		TypeFacts  *parent;

		check_stack_depth();
		parent = find_type(rules, VARDATA_ANY(row.parents[i]), VARSIZE_ANY_EXHDR(row.parents[i]));
		if (parent == NULL)
			parent = read_type(rules, VARDATA_ANY(row.parents[i]), VARSIZE_ANY_EXHDR(row.parents[i]));
		if (parent != NULL)
			type->parents = lappend(type->parents, parent);
	}
	return type;
}

/*
 * Find the ancestors of all types that have none yet.  The types may form
 * cycles.
 */
static void
add_ancestors(AuthzAssignmentRules *rules)
{
	ListCell   *cell;

	foreach(cell, rules->types)
	{
		TypeFacts  *type = lfirst(cell);

		if (type->ancestors != NIL)
			continue;
		type->ancestors = list_make1(type);
		for (int i = 0; i < list_length(type->ancestors); i++)
			type->ancestors = list_concat_unique_ptr(type->ancestors, ((TypeFacts *) list_nth(type->ancestors, i))->parents);
	}
}

/*
 * Roles --------------------------------------------------------------------
 */

static RoleFacts *
get_role(AuthzAssignmentRules *rules, int64 id)
{
	RoleFacts  *role = rules->roles == NULL ? &rules->role : &rules->roles[id & (CACHED_FACTS - 1)];
	AuthzRoleRow row;

	if (id == 0)
		return NULL;			/* 0 marks a free slot */
	if (role->id == id)
		return role;
	if (!authz_rows_read_role(&rules->reader, id, &row))
		return NULL;
	role->id = 0;
	role->owner_id = row.owner_id;
	role->min_holders = row.min_holders;
	role->type = get_type(rules, row.type, row.type_len);
	if (role->type == NULL)
		return NULL;
	role->id = id;
	return role;
}

/*
 * Resources ----------------------------------------------------------------
 */

static bool
resource_is_within(AuthzAssignmentRules *rules, int64 resource_id, int64 ancestor_id)
{
	for (int level = 0; resource_id != 0 && level <= AUTHZ_MAX_LEVELS; level++)
	{
		ResourceFacts *resource;

		if (resource_id == ancestor_id)
			return true;
		resource = get_resource(rules, resource_id);
		if (resource == NULL)
			return false;
		resource_id = resource->parent_id;
	}
	return false;
}

static ResourceFacts *
get_resource(AuthzAssignmentRules *rules, int64 id)
{
	ResourceFacts *resource = rules->resources == NULL ? &rules->resource : &rules->resources[id & (CACHED_FACTS - 1)];
	AuthzResourceRow row;

	if (id == 0)
		return NULL;			/* 0 marks a free slot */
	if (resource->id == id)
		return resource;
	if (!authz_rows_read_resource_by_id(&rules->reader, id, &row))
		return NULL;
	resource->id = 0;
	resource->parent_id = row.parent_id;
	resource->type = get_type(rules, row.type, row.type_len);
	if (resource->type == NULL)
		return NULL;
	resource->id = id;
	return resource;
}

/*
 * Subjects -----------------------------------------------------------------
 */

static SubjectFacts *
get_subject(AuthzAssignmentRules *rules, int64 id)
{
	SubjectFacts *subject = rules->subjects == NULL ? &rules->subject : &rules->subjects[id & (CACHED_FACTS - 1)];
	AuthzSubjectRow row;

	if (id == 0)
		return NULL;			/* 0 marks a free slot */
	if (subject->id == id)
		return subject;
	if (!authz_rows_read_subject_by_id(&rules->reader, id, &row))
		return NULL;
	subject->home_id = row.resource_id;
	subject->kind = authz_grammar_subject_kind(row.name, row.name_len);
	subject->id = id;
	return subject;
}

/* The subject TYPE:ID#member of a resource, 0 if it does not exist. */
static int64
get_member_set(AuthzAssignmentRules *rules, int64 resource_id)
{
	MemberSetFacts *member_set =
		rules->member_sets == NULL ? &rules->member_set : &rules->member_sets[resource_id & (CACHED_FACTS - 1)];
	AuthzResourceRow resource;
	AuthzSubjectRow subject;
	char		name[AUTHZ_SUBJECT_MAX];

	if (resource_id == 0)
		return 0;				/* 0 marks a free slot */
	if (member_set->resource_id == resource_id)
		return member_set->group_id;
	if (!authz_rows_read_resource_by_id(&rules->reader, resource_id, &resource))
		return 0;
	Assert(resource.name_len + strlen("#member") <= AUTHZ_SUBJECT_MAX);
	memcpy(name, resource.name, resource.name_len);
	memcpy(name + resource.name_len, "#member", strlen("#member"));
	member_set->group_id = 0;
	if (authz_rows_read_subject(&rules->reader, name, resource.name_len + strlen("#member"), &subject))
		member_set->group_id = subject.id;
	member_set->resource_id = resource_id;
	return member_set->group_id;
}

/*
 * All rows, or given ones --------------------------------------------------
 */

/*
 * authz_internal.assignment_rules(ids): which of these assignments, NULL for
 * all, break a rule.
 */
PG_FUNCTION_INFO_V1(authz_assignment_rules);
Datum
authz_assignment_rules(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	AuthzAssignmentRules *rules;
	Datum	   *ids = NULL;
	int			count = 0;
	AuthzAssignmentRow row;

	InitMaterializedSRF(fcinfo, 0);
	if (!PG_ARGISNULL(0))
		deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE,
						  &ids, NULL, &count);

	rules = authz_assignment_rules_open(false);
	if (PG_ARGISNULL(0))
		authz_rows_start_by_id(&rules->reader, AUTHZ_ALL_ASSIGNMENTS, PG_INT64_MIN);
	for (int i = 0;; i++)
	{
		Datum		values[2];
		bool		nulls[2] = {false, false};
		const char *rule;

		if (PG_ARGISNULL(0))
		{
			if (!authz_rows_next_assignment(&rules->reader, AUTHZ_ALL_ASSIGNMENTS, &row))
				break;
		}
		else
		{
			if (i == count)
				break;
			if (!authz_rows_read_assignment(&rules->reader, DatumGetInt64(ids[i]), &row))
				continue;
		}
		rule = authz_assignment_rules_check(rules, &row);
		if (rule == NULL)
			continue;
		values[0] = Int64GetDatum(row.id);
		values[1] = CStringGetTextDatum(rule);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	authz_assignment_rules_close(rules);
	return (Datum) 0;
}

/* authz_internal.membership_rules(): which memberships break a rule. */
PG_FUNCTION_INFO_V1(authz_membership_rules);
Datum
authz_membership_rules(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	AuthzAssignmentRules *rules;
	AuthzMembershipRow row;

	InitMaterializedSRF(fcinfo, 0);
	rules = authz_assignment_rules_open(false);
	authz_rows_start_by_id(&rules->reader, AUTHZ_ALL_MEMBERSHIPS, PG_INT64_MIN);
	while (authz_rows_next_membership(&rules->reader, &row))
	{
		Datum		values[3];
		bool		nulls[3] = {false, false, false};
		const char *rule = authz_assignment_rules_check_membership(rules, row.group_id, row.member_id);

		if (rule == NULL)
			continue;
		values[0] = Int64GetDatum(row.group_id);
		values[1] = Int64GetDatum(row.member_id);
		values[2] = CStringGetTextDatum(rule);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	authz_assignment_rules_close(rules);
	return (Datum) 0;
}

/*
 * What the queries of the other rules ask ----------------------------------
 */

PG_FUNCTION_INFO_V1(authz_type_is_within);
Datum
authz_type_is_within(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(0);
	text	   *ancestor_name = PG_GETARG_TEXT_PP(1);
	AuthzAssignmentRules *rules;
	TypeFacts  *type;
	TypeFacts  *ancestor;

	if (VARSIZE_ANY_EXHDR(name) == VARSIZE_ANY_EXHDR(ancestor_name) &&
		memcmp(VARDATA_ANY(name), VARDATA_ANY(ancestor_name), VARSIZE_ANY_EXHDR(name)) == 0)
		PG_RETURN_BOOL(true);
	rules = authz_assignment_rules_open(false);
	type = get_type(rules, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	ancestor = find_type(rules, VARDATA_ANY(ancestor_name), VARSIZE_ANY_EXHDR(ancestor_name));
	authz_assignment_rules_close(rules);
	PG_RETURN_BOOL(type != NULL && ancestor != NULL && list_member_ptr(type->ancestors, ancestor));
}

PG_FUNCTION_INFO_V1(authz_resource_is_within);
Datum
authz_resource_is_within(PG_FUNCTION_ARGS)
{
	AuthzAssignmentRules *rules = authz_assignment_rules_open(false);
	bool		within = resource_is_within(rules, PG_GETARG_INT64(0), PG_GETARG_INT64(1));

	authz_assignment_rules_close(rules);
	PG_RETURN_BOOL(within);
}

PG_FUNCTION_INFO_V1(authz_member_list_of);
Datum
authz_member_list_of(PG_FUNCTION_ARGS)
{
	AuthzAssignmentRules *rules = authz_assignment_rules_open(false);
	int64		id = find_member_list(rules, PG_GETARG_INT64(0));

	authz_assignment_rules_close(rules);
	if (id == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(id);
}

PG_FUNCTION_INFO_V1(authz_is_member);
Datum
authz_is_member(PG_FUNCTION_ARGS)
{
	AuthzAssignmentRules *rules = authz_assignment_rules_open(false);
	bool		member = is_member(rules, PG_GETARG_INT64(0), PG_GETARG_INT64(1));

	authz_assignment_rules_close(rules);
	PG_RETURN_BOOL(member);
}
