/*
 * closures.c
 *	  Closures as sets of rows, for the delegation checks and the rules: the
 *	  ancestors of a resource or a group, the roles that a role builds on, and
 *	  the roles that a subject has on a resource.
 *
 * The cache answers what is permitted now; these functions answer more (what
 * is planned, until when, by which role) and are called seldom.  They were
 * queries, but a query of an SQL function is planned whenever the function is
 * called from another query, which cost a hundred times its execution.  Each
 * reads what is committed now, and our own changes.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "tables/principals.h"
#include "tables/rows.h"

static void add_resource_and_above(AuthzReader *reader, int64 resource_id, AuthzIdList *ids);
static int32 count_levels(bool (*find_parent) (AuthzReader *reader, int64 id, int64 *parent_id), int64 id);
static void add_role_closure(AuthzReader *reader, int64 role_id, AuthzIdList *ids);
static void add_assigned_roles(AuthzReader *reader, const text *subject, int64 resource_id, TimestampTz until,
							   AuthzIdList *ids);
static Datum return_ids(FunctionCallInfo fcinfo, AuthzReader *reader, const AuthzIdList *ids);

/* authz_internal.resource_and_above(resource_id) returns setof bigint */
PG_FUNCTION_INFO_V1(authz_resource_and_above);
Datum
authz_resource_and_above(PG_FUNCTION_ARGS)
{
	AuthzReader reader;
	AuthzIdList ids = {0};

	authz_reader_open(&reader);
	add_resource_and_above(&reader, PG_GETARG_INT64(0), &ids);
	return return_ids(fcinfo, &reader, &ids);
}

/* authz_internal.group_and_above(group_id) returns setof bigint */
PG_FUNCTION_INFO_V1(authz_group_and_above);
Datum
authz_group_and_above(PG_FUNCTION_ARGS)
{
	AuthzReader reader;
	AuthzIdList ids = {0};

	authz_reader_open(&reader);
	authz_principals_add_group(&reader, PG_GETARG_INT64(0), &ids);
	return return_ids(fcinfo, &reader, &ids);
}

/*
 * authz_internal.principals(subject) returns setof bigint: all subjects whose
 * assignments apply to it; of nobody (null), everyone.
 */
PG_FUNCTION_INFO_V1(authz_principals);
Datum
authz_principals(PG_FUNCTION_ARGS)
{
	AuthzReader reader;
	AuthzIdList ids = {0};

	authz_reader_open(&reader);
	if (PG_ARGISNULL(0))
		authz_principals_add(&reader, NULL, 0, &ids);
	else
		authz_principals_add(&reader, VARDATA_ANY(PG_GETARG_TEXT_PP(0)), VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(0)), &ids);
	return return_ids(fcinfo, &reader, &ids);
}

/* authz_internal.role_closure(role_id) returns setof bigint */
PG_FUNCTION_INFO_V1(authz_role_closure);
Datum
authz_role_closure(PG_FUNCTION_ARGS)
{
	AuthzReader reader;
	AuthzIdList ids = {0};

	authz_reader_open(&reader);
	add_role_closure(&reader, PG_GETARG_INT64(0), &ids);
	return return_ids(fcinfo, &reader, &ids);
}

/* authz_internal.roles_upon(role_ids bigint[]) returns setof bigint */
PG_FUNCTION_INFO_V1(authz_roles_upon);
Datum
authz_roles_upon(PG_FUNCTION_ARGS)
{
	AuthzReader reader;
	AuthzIdList ids = {0};
	Datum	   *roles;
	bool	   *nulls;
	int			count;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(0), INT8OID, sizeof(int64), true, TYPALIGN_DOUBLE, &roles, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			authz_id_list_add_once(&ids, DatumGetInt64(roles[i]));
	authz_reader_open(&reader);
	for (size_t i = 0; i < ids.count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		authz_rows_add_upper_roles(&reader, ids.values[i], &ids);
	}
	return return_ids(fcinfo, &reader, &ids);
}

/*
 * authz_internal.held_roles(subject, resource_id, until) returns setof bigint:
 * the roles from assignments that last at least until then, forever if it is
 * null.
 */
PG_FUNCTION_INFO_V1(authz_held_roles);
Datum
authz_held_roles(PG_FUNCTION_ARGS)
{
	AuthzReader reader;
	AuthzIdList ids = {0};

	authz_reader_open(&reader);
	if (!PG_ARGISNULL(0) && !PG_ARGISNULL(1))
		add_assigned_roles(&reader, PG_GETARG_TEXT_PP(0), PG_GETARG_INT64(1),
						   PG_ARGISNULL(2) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(2), &ids);
	return return_ids(fcinfo, &reader, &ids);
}

/*
 * authz_internal.resource_from(resource), authz_internal.team_home_from(team)
 * return bigint: the id of the resource, or of the team's home.  If there is
 * none, that of the next one by name; 0 if there is none either.  The caller
 * then tests with the same work whether the user may know of it, so that the
 * time it takes does not tell what exists.
 */
PG_FUNCTION_INFO_V1(authz_resource_from);
Datum
authz_resource_from(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(0);
	AuthzReader reader;
	int64		id;

	authz_reader_open(&reader);
	if (!authz_rows_find_resource_from(&reader, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name), &id))
		id = 0;
	authz_reader_close(&reader);
	PG_RETURN_INT64(id);
}

PG_FUNCTION_INFO_V1(authz_team_home_from);
Datum
authz_team_home_from(PG_FUNCTION_ARGS)
{
	text	   *name = PG_GETARG_TEXT_PP(0);
	AuthzReader reader;
	AuthzSubjectRow row = {0};

	authz_reader_open(&reader);
	authz_rows_start_subjects_from(&reader, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	(void) authz_rows_next_subject(&reader, AUTHZ_SUBJECTS_FROM_NAME, &row);
	authz_reader_close(&reader);
	PG_RETURN_INT64(row.resource_id);
}

/*
 * authz_internal.resource_level(resource_id), team_level(team_id) return
 * integer: how many resources or teams there are from it up to its root, the
 * root included, counted up to AUTHZ_MAX_LEVELS + 2; 0: it is beneath itself.
 */
PG_FUNCTION_INFO_V1(authz_resource_level);
Datum
authz_resource_level(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(count_levels(authz_rows_find_resource_parent, PG_GETARG_INT64(0)));
}

PG_FUNCTION_INFO_V1(authz_team_level);
Datum
authz_team_level(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(count_levels(authz_rows_find_subject_parent, PG_GETARG_INT64(0)));
}

static int32
count_levels(bool (*find_parent) (AuthzReader *reader, int64 id, int64 *parent_id), int64 id)
{
	AuthzReader reader;
	AuthzIdList way = {0};
	int64		parent_id;
	bool		cycle = false;

	authz_reader_open(&reader);
	while (id != 0 && !cycle && way.count <= AUTHZ_MAX_LEVELS + 1)
	{
		CHECK_FOR_INTERRUPTS();
		cycle = !authz_id_list_add_once(&way, id);
		id = find_parent(&reader, id, &parent_id) ? parent_id : 0;
	}
	authz_reader_close(&reader);
	return cycle ? 0 : (int32) way.count;
}

static void
add_resource_and_above(AuthzReader *reader, int64 resource_id, AuthzIdList *ids)
{
	int64		parent_id;

	for (int level = 0; level <= AUTHZ_MAX_LEVELS && resource_id != 0; level++)
	{
		if (!authz_rows_find_resource_parent(reader, resource_id, &parent_id) || !authz_id_list_add_once(ids, resource_id))
			break;
		resource_id = parent_id;
	}
}

/* Adds the role itself also if it does not exist (any more). */
static void
add_role_closure(AuthzReader *reader, int64 role_id, AuthzIdList *ids)
{
	size_t		first = ids->count;

	if (!authz_id_list_add_once(ids, role_id))
		return;
	for (size_t i = first; i < ids->count; i++)
	{
		AuthzRoleRow row;

		CHECK_FOR_INTERRUPTS();
		if (authz_rows_read_role(reader, ids->values[i], &row))
			authz_rows_add_lower_roles(reader, ids->values[i], &row, ids);
	}
}

static void
add_assigned_roles(AuthzReader *reader, const text *subject, int64 resource_id, TimestampTz until, AuthzIdList *ids)
{
	AuthzIdList principals = {0};
	AuthzIdList resources = {0};
	TimestampTz now = GetCurrentTimestamp();

	authz_principals_add(reader, VARDATA_ANY(subject), VARSIZE_ANY_EXHDR(subject), &principals);
	add_resource_and_above(reader, resource_id, &resources);
	for (size_t i = 0; i < principals.count; i++)
		for (size_t j = 0; j < resources.count; j++)
		{
			AuthzAssignmentRow row;

			CHECK_FOR_INTERRUPTS();
			authz_rows_start_by_ids(reader, AUTHZ_ASSIGNMENTS_OF_SUBJECT_ON, principals.values[i], resources.values[j]);
			while (authz_rows_next_assignment(reader, AUTHZ_ASSIGNMENTS_OF_SUBJECT_ON, &row))
				if (row.expires_at > now && row.expires_at >= until)
					authz_id_list_add_once(ids, row.role_id);
		}
}

static Datum
return_ids(FunctionCallInfo fcinfo, AuthzReader *reader, const AuthzIdList *ids)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	authz_reader_close(reader);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	for (size_t i = 0; i < ids->count; i++)
	{
		Datum		value = Int64GetDatum(ids->values[i]);
		bool		isnull = false;

		tuplestore_putvalues(result->setResult, result->setDesc, &value, &isnull);
	}
	return (Datum) 0;
}
